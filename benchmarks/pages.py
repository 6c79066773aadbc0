"""How the pages feel: times a person waits, in a real Chromium on the simulated patient's two weeks.

The server is started cold; the browser is already open, as on a clinic's desk, but has never seen the page.
What is waited for is looked for inside the page, frame by frame: asked from outside, the driver looks again
only after up to half a second. Writes ``docs/validation/pages.json``. The machine should be doing nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from clinic.home import Home
from clinic.intake import make_demo
from clinic.serve import ADDRESS, command, end, environment, free_port, wait_until_up
from clinic.store import Store

ROOT = Path(__file__).resolve().parents[1]
SETTLED_MS = 2000
"""Until a browser just opened has nothing more to do."""
LOOKING_MS = 500
"""That a person looks at a flag, at the least, before judging it."""
# The components live in shadow trees, which a plain query does not enter.
LOOK = """
window.seen = (root, selector, words) => [...root.querySelectorAll("*")].some(e =>
  (e.matches(selector) && e.textContent.includes(words) && e.getClientRects().length > 0)
  || (e.shadowRoot && window.seen(e.shadowRoot, selector, words)));
"""
HEAR = """(root, [name, words]) => new Promise(drawn => {
  const look = () => {
    if (!root.dataset[name]?.includes(words)) return;
    watch.disconnect();
    requestAnimationFrame(drawn);
  };
  const watch = new MutationObserver(look);
  watch.observe(root, { attributes: true });
  look();
})"""
LIMITS_MS = {
    "first page from a cold start of the server": 2000,
    "week drawn after a click on the patient": 1000,
    "window opened anywhere in the week": 500,
    "next flag by key": 300,
    "review stored and seen": 100,
}


def main() -> None:
    """Measure, print a table, write the JSON file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--home", type=Path, help="data folder that holds the simulated patient; else one is made")
    arguments.add_argument("--times", type=int, default=15, help="repetitions of what is quick")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "pages.json")
    given = arguments.parse_args()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as made:
        home = Home(given.home or Path(made)).made()
        store = Store.open(home)
        make_demo(store, actor="benchmark", now=lambda: time.time_ns() // 1000)
        found = measure(home, store, given.times)
    results = []
    for row, times in found.items():
        median, worst = statistics.median(times), max(times)
        print(f"{row:45s} median {median:6.0f} ms  worst {worst:6.0f} ms  wanted {LIMITS_MS[row]} ms  n {len(times)}")
        for metric, value in (("median_ms", median), ("worst_ms", worst), ("wanted_ms", LIMITS_MS[row])):
            results.append({"task": "pages", "row": row, "metric": metric, "value": round(value), "n": len(times)})
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    about = {
        "made_by": "benchmarks/pages.py",
        "commit": commit.stdout.strip(),
        "machine": machine,
        "load_1_min": round(os.getloadavg()[0], 1),
        "seconds": round(time.perf_counter() - begun),
        "results": results,
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def measure(home: Home, store: Store, times: int) -> dict[str, list[float]]:
    """Milliseconds of each thing a person waits for."""
    found: dict[str, list[float]] = {row: [] for row in LIMITS_MS}
    code = store.patients()[0].code
    with sync_playwright() as play:
        for run in range(3):
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(LOOK)
            page.goto("about:blank")
            page.wait_for_timeout(SETTLED_MS)
            port, begun = free_port(), time.perf_counter()
            child = subprocess.Popen(command(port), env=environment(home), cwd=ROOT, stdout=subprocess.DEVNULL)
            try:
                wait_until_up(child, port)
                page.goto(f"http://{ADDRESS}:{port}", wait_until="commit")
                seen(page, ".links", "The order is a rule")
                found["first page from a cold start of the server"].append(1e3 * (time.perf_counter() - begun))
                link = page.get_by_role("link", name=code)
                found["week drawn after a click on the patient"].append(drawn(link, page))
                if run == 2:
                    before = store.head().seq
                    moving(page, found, times)
                    assert store.head().seq - before == times, "a review was not stored"
            finally:
                end(child)
                browser.close()
    return found


def moving(page: Page, found: dict[str, list[float]], times: int) -> None:
    """Windows at random places, flags by key, and reviews."""
    chance = random.Random(0)
    canvas = page.locator("canvas.picture").bounding_box()
    assert canvas is not None
    page.locator(".timeline").focus()
    ready(page)
    for _ in range(times):
        x, row = canvas["x"] + chance.uniform(330, 680), canvas["y"] + 20 + 22 * chance.randrange(7) + 11
        page.mouse.move(x, row)
        page.mouse.down()
        page.mouse.move(x + 5, row)
        page.mouse.move(x + 7, row)
        found["window opened anywhere in the week"].append(timed(page.mouse.up, lambda: ready(page)))
    for _ in range(times):
        found["next flag by key"].append(timed(lambda: page.keyboard.press("n"), lambda: ready(page)))
    for _ in range(times):
        page.keyboard.press("n")
        ready(page)
        page.wait_for_timeout(LOOKING_MS)
        found["review stored and seen"].append(
            timed(lambda: page.keyboard.press("y"), lambda: says(page, "waiting", "0"))
        )


def ready(page: Page) -> None:
    """Wait until the picture holds the signal of its window."""
    says(page, "view", '"ready":true')


def says(page: Page, name: str, words: str) -> None:
    """Wait until the timeline says some words of itself, and the frame that shows it is drawn."""
    page.locator(".timeline").evaluate(HEAR, [name, words])


def seen(page: Page, selector: str, words: str = "") -> None:
    """Wait until the page shows an element that holds some words."""
    page.wait_for_function("([s, w]) => window.seen?.(document, s, w)", arg=[selector, words], polling="raf")


def drawn(link: Locator, page: Page) -> float:
    """Milliseconds from the click on a patient until the week and a window stand."""

    def stands() -> None:
        seen(page, ".timeline")
        ready(page)

    return timed(link.click, stands)


def timed(act: Callable[[], object], answered: Callable[[], object]) -> float:
    """Milliseconds from an act until what it asks for is seen."""
    begun = time.perf_counter()
    act()
    answered()
    return 1e3 * (time.perf_counter() - begun)


if __name__ == "__main__":
    main()
