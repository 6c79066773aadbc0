"""Ten thousand flags of one patient: how long the timeline and the audit make a person wait, and whether they stutter.

A week of noise with flags put into it by hand, in a real Chromium at 1280 by 800. Frames are counted while the person
goes from flag to flag, zooms and drags. Writes ``docs/validation/many_flags.json``. The machine should be doing nothing
else.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.about import about
from benchmarks.pages import LOOK, ROOT, SETTLED_MS, ready, seen, timed
from clinic.analysis import Analysis, Judgement, outcomes
from clinic.home import Home
from clinic.serve import ADDRESS, command, end, environment, free_port, wait_until_up
from clinic.store import Store
from data.grid import HOP_US, half_seconds
from data.intervals import Interval
from data.phenomena import FREEZING
from data.quality import Quality, StreamQuality
from data.recording import Clock, Placement, Recording, Segment, Side, Source, Stream
from models.scores import Certainty, Episode, Scores

START_US = 1_772_402_400_000_000  # 1 March 2026, 22:00 UTC
DAYS, RATE_HZ, FLAGS = 7, 20.0, 10_000
FLAG_US = 4_000_000
FRAME_MS = 50
"""Longer than this a frame is seen as a jerk: three of sixty a second."""
FRAMES = """() => {
  window.frames_ms = []; window.counting = true;
  let last = performance.now();
  const tick = now => {
    window.frames_ms.push(now - last); last = now;
    if (window.counting) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""
DRAW = """(root, times) => {
  const spent = [];
  for (let k = 0; k < times; k++) {
    const begun = performance.now();
    root.dispatchEvent(new KeyboardEvent("keydown", { key: k % 2 ? "+" : "-", bubbles: true }));
    spent.push(performance.now() - begun);
  }
  return spent;
}"""
"""Milliseconds of drawing everything, without waiting for a frame; the quickest hardly depends on what else runs."""
LIMITS_MS = {
    "timeline opened": 1000,
    "next flag by key": 300,
    "audit drawn": 2000,
    "stretch answered, the next one drawn": 300,
}


def made(home: Home) -> Store:
    """A store with one patient, a week of noise and ten thousand flags, evenly spread."""
    draw = np.random.default_rng(0)
    n = round(DAYS * 86_400 * RATE_HZ)
    samples = draw.normal(0, 0.05, (n, 3)).astype(np.float32)
    samples[:, 2] += 1
    stream = Stream(
        "lower-back", Placement.LOWER_BACK, Side.MIDDLE, RATE_HZ, ("acc_x", "acc_y", "acc_z"),
        (Segment(START_US, RATE_HZ, samples),),
    )  # fmt: skip
    recording = Recording(
        (stream,), (), "made by hand", Clock.ABSOLUTE, "UTC", Source("week.csv", 1, "cd" * 32), (), True
    )
    grid = half_seconds(stream)
    step = stream.interval.duration // FLAGS // HOP_US * HOP_US
    peaks = draw.uniform(0.62, 0.99, FLAGS)
    episodes = tuple(
        Episode(
            Interval(START_US + k * step, START_US + k * step + FLAG_US), stream.name, FREEZING, stream.placement,
            float(peaks[k]), float(peaks[k]) - 0.05, Certainty.SURE if k % 10 else Certainty.UNSURE, "v1",
        )
        for k in range(FLAGS)
    )  # fmt: skip
    p = draw.uniform(0, 0.3, len(grid)).astype(np.float32)
    scores = Scores(stream.name, FREEZING, grid, p, p * np.float32(0.8), p, np.ones(len(grid), dtype=bool), ())
    parts = outcomes(scores, episodes, stream.recorded)
    quality = Quality((), (StreamQuality(stream.name, stream.recorded, (), (), ()),), None)
    detectors = [{"name": "freezing-of-gait-lower-back", "version": "v1", "threshold": 0.6}]
    judgement = Judgement(stream.name, FREEZING, "v1", 0.6, scores, episodes, *parts)
    store = Store.open(home)
    store.add_patient("B-1", "UTC", is_simulated=True, actor="benchmark", now_us=START_US)
    identity, _ = store.import_(recording, "B-1", actor="benchmark", now_us=START_US)
    store.record(
        identity, Analysis(quality, (judgement,), {"detectors": detectors}), actor="benchmark", now_us=START_US
    )
    return store


def measure(store: Store, times: int, pictures: Path | None) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Milliseconds of each thing a person waits for, and of the frames while they move about."""
    found: dict[str, list[float]] = {row: [] for row in LIMITS_MS}
    frames: dict[str, list[float]] = {}
    port = free_port()
    child = subprocess.Popen(command(port), env=environment(store.home), cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_until_up(child, port)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.set_default_timeout(120_000)
            page.add_init_script(LOOK)
            address = f"http://{ADDRESS}:{port}"
            page.goto(address)
            link = page.get_by_role("link", name="B-1")
            link.wait_for()
            page.wait_for_timeout(SETTLED_MS)

            def stands() -> None:
                seen(page, ".timeline")
                ready(page)

            found["timeline opened"].append(timed(link.click, stands))
            _picture(page, pictures, "timeline")
            page.locator(".timeline").focus()
            before = _cpu_ms(child.pid)
            for _ in range(times):
                found["next flag by key"].append(timed(lambda: page.keyboard.press("n"), lambda: ready(page)))
            frames["server's processor time for a next flag"] = [(_cpu_ms(child.pid) - before) / times]
            drawn: list[float] = page.locator(".timeline").evaluate(DRAW, 4 * times)
            frames["timeline drawn once"] = drawn
            frames["zoom by wheel"] = _counted(page, lambda: _wheel(page, times))
            frames["drag across the week"] = _counted(page, lambda: _drag(page, times))
            page.get_by_role("button", name="Audit", exact=True).click()
            begin = page.get_by_role("button", name="Begin the audit")
            begin.wait_for()
            found["audit drawn"].append(timed(begin.click, lambda: _stretch(page, 0)))
            _picture(page, pictures, "audit")
            page.locator(".audit").focus()
            for k in range(times):
                page.wait_for_timeout(1000)  # nobody judges a stretch faster
                key = "n" if k % 2 else "y"
                found["stretch answered, the next one drawn"].append(
                    timed(lambda key=key: page.keyboard.press(key), lambda k=k: _stretch(page, k + 1))  # type: ignore[misc]  # bound at once
                )
            browser.close()
    finally:
        end(child)
    return found, frames


def _cpu_ms(process: int) -> float:
    """Processor time that a process has used, by Linux; unlike waiting, it hardly depends on what else runs."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _stretch(page: Page, number: int) -> None:
    page.wait_for_function(
        "n => { const find = root => { for (const e of root.querySelectorAll('*')) {"
        " if (e.matches('.audit')) return e; const f = e.shadowRoot && find(e.shadowRoot); if (f) return f; } };"
        " const view = find(document)?.dataset.view; if (!view) return false; const v = JSON.parse(view);"
        " return v.stretch === n && v.ready; }",
        arg=number,
        polling="raf",
    )


def _counted(page: Page, act: Callable[[], None]) -> list[float]:
    page.evaluate(FRAMES)
    act()
    told: Sequence[float] = page.evaluate("() => { window.counting = false; return window.frames_ms; }")
    return list(told)


def _wheel(page: Page, times: int) -> None:
    box = page.locator(".winhead").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 400, box["y"] + 90)
    for k in range(2 * times):
        page.mouse.wheel(0, 120 if k % 8 < 4 else -120)
        page.wait_for_timeout(40)


def _drag(page: Page, times: int) -> None:
    box = page.locator("canvas.picture").bounding_box()
    assert box is not None
    y = box["y"] + 20 + 11
    page.mouse.move(box["x"] + 100, y)
    page.mouse.down()
    for k in range(4 * times):
        page.mouse.move(box["x"] + 100 + 5 * k, y)
        page.wait_for_timeout(16)
    page.mouse.up()


def _picture(page: Page, folder: Path | None, name: str) -> None:
    if folder is not None:
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=folder / f"{name}.png")


def main() -> None:
    """Measure, print a table, write the JSON file."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, default=15)
    arguments.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "many_flags.json")
    arguments.add_argument("--pictures", type=Path, help="folder for pictures of the pages")
    given = arguments.parse_args()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found, frames = measure(made(Home(Path(folder)).made()), given.times, given.pictures)
    results = []
    for row, values in found.items():
        wanted = LIMITS_MS[row]
        told = {"median_ms": statistics.median(values), "worst_ms": max(values), "wanted_ms": float(wanted)}
        print(f"{row:45s} median {told['median_ms']:6.0f} ms  worst {told['worst_ms']:6.0f} ms  wanted {wanted} ms")
        results += [
            {"task": "many flags", "row": row, "metric": metric, "value": round(v), "n": len(values)}
            for metric, v in told.items()
        ]
    for row, values in frames.items():
        told = {
            "quickest_ms": min(values), "median_ms": statistics.median(values), "worst_ms": max(values),
            "share_over_50_ms": sum(v > FRAME_MS for v in values) / len(values),
        }  # fmt: skip
        print(f"{row:45s} " + "  ".join(f"{k} {v:.3g}" for k, v in told.items()) + f"  n {len(values)}")
        results += [
            {"task": "many flags", "row": row, "metric": metric, "value": round(v, 3), "n": len(values)}
            for metric, v in told.items()
        ]
    document = about("benchmarks/many_flags.py", begun, f"load {os.getloadavg()[0]:.1f}") | {"results": results}
    given.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
