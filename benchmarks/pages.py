"""How the pages feel: times a person waits, in a real Chromium on the simulated patient's two weeks.

The server is started cold; the browser is already open, as on a clinic's desk, but has never seen the page.
What is waited for is looked for inside the page, frame by frame: asked from outside, the driver looks again
only after up to half a second. Writes ``docs/validation/pages.json``. The machine should be doing nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.about import ROOT, about
from clinic.analysis import Analysis, Judgement, Settings
from clinic.home import Home
from clinic.intake import make_demo
from clinic.serve import ADDRESS, command, end, environment, free_port, wait_until_up
from clinic.store import Store
from data.grid import half_seconds
from data.intervals import Interval, subtract
from data.phenomena import FREEZING
from data.quality import assess
from data.recording import CHANNELS, Clock, Placement, Recording, Segment, Side, Source, Stream
from models.scores import Certainty, Episode, Scores

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
    "labelling window opened": 500,
    "span saved": 100,
    "frame while panning over 10,000 flags": 33,
}
MANY = 10_000
"""Flags in one recording, of which a week is drawn without stutter: no frame is later than two of 60 a second."""
FRAMES = """root => new Promise(done => {
  const late = [], keys = ["ArrowRight", "ArrowRight", "ArrowLeft", "+", "-"];
  let last = null, n = 0;
  const step = now => {
    if (last !== null) late.push(now - last);
    last = now;
    if (n++ === 120) { done(late); return; }
    root.dispatchEvent(new KeyboardEvent("keydown", { key: keys[n % keys.length], bubbles: true }));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    """Measure, print a table, write the JSON file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--home", type=Path, help="data folder that holds the simulated patient; else one is made")
    arguments.add_argument("--times", type=int, default=15, help="repetitions of what is quick")
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "pages.json")
    arguments.add_argument("--note", default="", help="what else the machine was doing")
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
    load = {"load_1_min": round(os.getloadavg()[0], 1)}
    document = about("benchmarks/pages.py", begun, given.note) | load | {"results": results}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


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
                    labelling(page, f"http://{ADDRESS}:{port}/label?patient={code}", store, found, times)
                    found["frame while panning over 10,000 flags"] = crowded(page, f"http://{ADDRESS}:{port}", store)
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


def labelling(page: Page, link: str, store: Store, found: dict[str, list[float]], times: int) -> None:
    """Windows by key, and in each a span that is dragged and given a class."""
    page.goto(link)
    page.locator(".label[data-view*='\"ready\":true']").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    page.locator(".label").focus()
    before = len(store.labels())
    for _ in range(times):
        found["labelling window opened"].append(timed(lambda: page.keyboard.press("]"), lambda: ready(page, ".label")))
        box = page.locator(".label canvas.picture").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 200, box["y"] + 150)
        page.mouse.down()
        page.mouse.move(box["x"] + 260, box["y"] + 150)
        page.mouse.move(box["x"] + 300, box["y"] + 150)
        page.mouse.up()
        page.wait_for_timeout(LOOKING_MS)
        found["span saved"].append(
            timed(lambda: page.keyboard.press("1"), lambda: says(page, "waiting", "0", ".label"))
        )
        page.wait_for_timeout(LOOKING_MS)
    assert len(store.labels()) - before == times, "a span was not stored"


def crowded(page: Page, url: str, store: Store) -> list[float]:
    """Milliseconds from frame to frame while a window moves over a recording with so many flags."""
    code = with_many_flags(store)
    page.goto(f"{url}/timeline?patient={code}&days=all")
    page.locator(".timeline[data-view*='\"ready\":true']").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    return [float(x) for x in page.locator(".timeline").evaluate(FRAMES)]


def with_many_flags(store: Store) -> str:
    """A simulated patient whose day holds 10,000 flags of three seconds; the code."""
    code, rate, hours = "SIM-MANY", 12.5, 20
    start, samples = 1_772_431_200_000_000, np.zeros((round(hours * 3600 * rate), 3), dtype=np.float32)
    samples[:, 2] = 1.0
    samples += np.random.default_rng(0).normal(0, 0.1, samples.shape).astype(np.float32)
    stream = Stream(
        "lower-back", Placement.LOWER_BACK, Side.UNKNOWN, rate, CHANNELS[:3], (Segment(start, rate, samples),)
    )
    source = Source("many.csv", samples.nbytes, "many")
    recording = Recording((stream,), (), "simulated", Clock.ABSOLUTE, "Europe/Berlin", source, is_simulated=True)
    now = time.time_ns() // 1000
    store.add_patient(code, "Europe/Berlin", is_simulated=True, actor="benchmark", now_us=now)
    identity, is_new = store.import_(recording, code, actor="benchmark", now_us=now)
    if is_new:
        every = hours * 3_600_000_000 // MANY
        spans = [Interval(start + k * every, start + k * every + 3_000_000) for k in range(MANY)]
        episodes = tuple(
            Episode(i, "lower-back", FREEZING, Placement.LOWER_BACK, 0.9, 0.8, Certainty.SURE, "made") for i in spans
        )
        whole, grid = stream.interval, half_seconds(stream)
        p = np.full(len(grid), 0.5, dtype=np.float32)
        scores = Scores("lower-back", FREEZING, grid, p, p, p, np.ones(len(grid), dtype=bool), ())
        judged = Judgement(
            "lower-back", FREEZING, "made", 0.5, scores, episodes, tuple(spans), subtract([whole], spans), ()
        )
        manifest = {"detectors": [], "settings": asdict(Settings()), "made": "benchmark"}
        store.record(identity, Analysis(assess(recording), (judged,), manifest), actor="benchmark", now_us=now)
    return code


def ready(page: Page, canvas: str = ".timeline") -> None:
    """Wait until the picture holds the signal of its window."""
    says(page, "view", '"ready":true', canvas)


def says(page: Page, name: str, words: str, canvas: str = ".timeline") -> None:
    """Wait until a canvas says some words of itself, and the frame that shows it is drawn."""
    page.locator(canvas).evaluate(HEAR, [name, words])


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
