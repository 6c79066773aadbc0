"""How long teaching takes: ten and a hundred examples, and a week of half seconds scored and flagged anew; and the
same of a class that nothing is shipped for.

``python -m benchmarks.adapt`` writes ``docs/validation/adapt.json``. The machine should be doing nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from clinic.adaptation import MOST_FREE
from data.grid import Grid
from data.intervals import Interval
from models.adapters import fresh
from models.adapters.adapt import adapt
from models.adapters.example import Example
from models.adapters.lowrank import fit_low_rank
from models.adapters.rescore import rescored
from models.adapters.support import read_example, unlabelled
from models.calibration import sigmoid
from models.detectors import load
from models.detectors.detector import Detector
from models.embedding import Embeddings
from models.features import NAMES
from models.scores import Scores
from models.workers import one_thread

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation" / "adapt.json"
CELLS = 7 * 24 * 7200
EPISODES = 10
MANY = 100
"""Marked episodes, with as many spans that are none: enough for the low-rank adapter to be tried beside the others."""
REPEATS = 5


def week() -> tuple[Embeddings, Scores]:
    """Made-up vectors of a week, and scores that a detector might have given; only their number matters here."""
    rng = np.random.default_rng(9001)
    detector = load("freezing-of-gait-lower-back")
    starts = np.arange(CELLS, dtype=np.int64) * 500_000
    grid = Grid(starts, (slice(0, CELLS),))
    vectors = rng.normal(size=(CELLS, 128 + len(NAMES))).astype(np.float16)
    valid = np.ones(CELLS, dtype=bool)
    odds = 1.8 * lfilter([1.0], [1.0, -0.8], rng.normal(size=CELLS)) * np.sqrt(1 - 0.8**2) - 8.0
    p = sigmoid(odds).astype(np.float32)  # wanders: many more flags than of a busy week
    embeddings = Embeddings("lower back", detector.encoder_version, grid, vectors, valid)
    return embeddings, Scores("lower back", detector.phenomenon, grid, p, p * 0.8, p + (1 - p) * 0.2, valid)


def marked(detector: Detector, embeddings: Embeddings, scores: Scores, episodes: int) -> list[Example]:
    """So many episodes of 6 s and as many spans that are none, in turn, 100 s apart."""
    return [read_example(detector, embeddings, scores, "week", i, is_positive=p) for i, p in spans(episodes)]


def spans(episodes: int) -> list[tuple[Interval, bool]]:
    """The same as intervals."""
    starts = range(10**8, 10**8 * (2 * episodes + 1), 10**8)
    return [(Interval(at, at + 6_000_000), i % 2 == 0) for i, at in enumerate(starts)]


def of_new_class(embeddings: Embeddings, like: Detector) -> dict[str, float]:
    """Seconds of a detector made from ten marked episodes and what is unmarked of the week."""
    begun = time.perf_counter()
    new = fresh.blank(like, "tic", like.placements, embeddings.vectors)
    nothing = new.score(embeddings, ())
    marks = tuple(i for i, there in spans(EPISODES) if there)
    examples = [read_example(new, embeddings, nothing, "week", i, is_positive=True) for i in marks]
    examples += unlabelled(new, embeddings, nothing, "week", marks, MOST_FREE)
    read = time.perf_counter()
    with one_thread():
        taught = fresh.teach(new, examples)
    learned = time.perf_counter()
    anew = taught.score(embeddings, ())
    scored = time.perf_counter()
    taught.episodes(anew, (Interval(0, CELLS * 500_000),), like.placements[0])
    done = time.perf_counter()
    return {
        "new class, read": read - begun, "new class, taught": learned - read, "new class, score": scored - learned,
        "new class, flag": done - scored, "new class, in all": done - begun,
    }  # fmt: skip


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.adapt")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    shipped = load("freezing-of-gait-lower-back")
    # Whatever these made-up labels say, something is to be learned from them.
    assert shipped.personal is not None
    personal = replace(shipped.personal, gain=10.0, gain_sd=0.01)
    shipped = replace(shipped, personal=personal)
    embeddings, scores = week()
    times: dict[str, list[float]] = {"adapt": [], "score": [], "flag": [], "low-rank, 100": [], "adapt, 100": []}
    for _ in range(REPEATS):
        begun = time.perf_counter()
        taught = adapt(shipped, marked(shipped, embeddings, scores, EPISODES)).detector
        learned = time.perf_counter()
        anew = rescored(taught, shipped, scores, embeddings)
        scored = time.perf_counter()
        flags = taught.episodes(anew, (Interval(0, CELLS * 500_000),), shipped.placements[0])
        done = time.perf_counter()
        for name, seconds in (("adapt", learned - begun), ("score", scored - learned), ("flag", done - scored)):
            times[name].append(seconds)
        many = marked(shipped, embeddings, scores, MANY)
        begun = time.perf_counter()
        fit_low_rank(many, personal)
        fitted = time.perf_counter()
        adapt(shipped, many)
        times["low-rank, 100"].append(fitted - begun)
        times["adapt, 100"].append(time.perf_counter() - fitted)
        for name, seconds in of_new_class(embeddings, shipped).items():
            times.setdefault(name, []).append(seconds)
    found = {
        "made_by": "python -m benchmarks.adapt",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "half_seconds": CELLS,
        "episodes": EPISODES,
        "flags": len(flags),
        "seconds": {name: round(statistics.median(each), 2) for name, each in times.items()},
    }
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    sys.stdout.write(given.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
