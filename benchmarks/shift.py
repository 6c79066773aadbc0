"""How much of a person's movement is unlike what a detector learned: the limits of "near the edge" and "outside".

For each shipped detector the people it learned from are split into five parts; what is usual is learned from four of
them and each person of the fifth is held against it: the share of their half seconds beyond the detector's limit.
*Near the edge* is a share larger than that of 95 % of these people, *outside* larger than that of 99 %, both over all
detectors, each detector with the same weight (``clinic/learned.py`` holds the two numbers). Beside it, recordings that
the detector is not made for: another place on the body. ``python -m benchmarks.shift`` writes
``docs/validation/shift.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.phenomena import FREEZING
from models.calibration import Known, whitening
from models.detectors import Detector, encoder_of, shipped
from models.training.corpus import Trial, people, trials

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "validation" / "shift.json"
FOLDS = 5
DIRECTIONS = 24
LEARNED_FROM = {
    "freezing-of-gait-lower-back": ("tdcsfog", "daphnet-trunk", "oday-lumbar", "sisfall-waist", "umafall-waist"),
    "freezing-of-gait-ankle": ("daphnet-ankle", "oday-ankles", "umafall-ankle"),
    "fall-waist": ("sisfall-waist", "umafall-waist"),
    "rest-tremor-hand": ("rest-tremor-hand", "umafall-wrist"),
}
"""Sets that the detector learned from; the largest of healthy people are left out where there are others."""
NOT_MADE_FOR = {
    "freezing-of-gait-lower-back": ("umafall-wrist", "rest-tremor-hand"),
    "freezing-of-gait-ankle": ("umafall-wrist", "rest-tremor-hand"),
    "fall-waist": ("rest-tremor-hand", "umafall-wrist"),
    "rest-tremor-hand": ("umafall-ankle", "umafall-waist"),
}


def vectors_of(detector: Detector, items: tuple[Trial, ...]) -> dict[str, NDArray[np.float32]]:
    """What the detector's networks read of each person."""
    found: dict[str, list[NDArray[np.float32]]] = {}
    for t in items:
        found.setdefault(t.person, []).append(detector.network.standardised(t.vectors[t.judged]))
    return {p: np.concatenate(x) for p, x in found.items() if sum(map(len, x))}


def held_out(detector: Detector, vectors: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    """Share of each person's half seconds beyond the limit, by what the others look like."""
    names = sorted(vectors)
    order = np.random.default_rng(0).permutation(len(names))
    shares: dict[str, float] = {}
    for k in range(FOLDS):
        apart = [names[i] for i in order[k::FOLDS]]
        inside = np.concatenate([v for p, v in vectors.items() if p not in apart])
        known = Known(*whitening(inside, DIRECTIONS), detector.known.edge, detector.known.outside)
        shares |= {p: beyond(known, vectors[p]) for p in apart}
    return shares


def beyond(known: Known, vectors: NDArray[np.float32]) -> float:
    """Share of vectors that the detector refuses."""
    return float((known.distance(vectors) > known.outside).mean())


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shift")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--cache", type=Path, help="folder that remembers vectors")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    begun = time.perf_counter()
    results: list[dict[str, object]] = []
    every: list[tuple[float, float]] = []
    others: list[tuple[str, str, NDArray[np.float64]]] = []
    made: dict[tuple[str, str], tuple[Trial, ...]] = {}

    def of(site: str, detector: Detector, phenomenon: str) -> tuple[Trial, ...]:
        if (site, phenomenon) not in made:
            made[site, phenomenon] = trials(given.data, site, encoder_of(detector), given.cache, phenomenon)
        return made[site, phenomenon]

    for detector in shipped():
        items = tuple(t for site in LEARNED_FROM[detector.name] for t in of(site, detector, detector.phenomenon))
        shares = np.array(sorted(held_out(detector, vectors_of(detector, items)).values()))
        every += [(float(s), 1 / len(shares)) for s in shares]
        quantiles = {f"share_q{100 * q:.0f}": np.quantile(shares, q) for q in (0.5, 0.95, 0.99)}
        results += [_row(detector.name, "held-out people", name, value) for name, value in quantiles.items()]
        results.append(_row(detector.name, "held-out people", "people", len(people(items))))
        for site in NOT_MADE_FOR[detector.name]:
            foreign = vectors_of(detector, of(site, detector, FREEZING))
            others.append((detector.name, site, np.array([beyond(detector.known, v) for v in foreign.values()])))
    limits = [_quantile(every, q) for q in (0.95, 0.99)]
    results += [_row("limits", row, "share", v) for row, v in zip(("near the edge", "outside"), limits, strict=True)]
    for name, site, shares in others:
        results.append(_row(name, f"not made for: {site}", "people_outside", float((shares > limits[1]).mean())))
        results.append(_row(name, f"not made for: {site}", "share_q50", np.median(shares)))
    for row in results:
        sys.stdout.write(f"{row['task']:<30} {row['row']:<32} {row['metric']:<16} {row['value']}\n")
    about = {
        "made_by": "benchmarks/shift.py",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "seconds": round(time.perf_counter() - begun),
        "results": results,
    }
    given.out.write_text(json.dumps(about, indent=1) + "\n")


def _quantile(weighted: list[tuple[float, float]], q: float) -> float:
    values, weights = (np.array(x) for x in zip(*sorted(weighted), strict=True))
    return float(values[np.searchsorted(np.cumsum(weights) / weights.sum(), q)])


def _row(task: str, row: str, metric: str, value: float) -> dict[str, object]:
    return {"task": task, "row": row, "metric": metric, "value": round(float(value), 5)}


if __name__ == "__main__":
    main()
