"""What to label next: stretches that would teach most, and stretches that look like what was marked.

The first are chosen one after another by uncertainty times diversity: the distance to everything marked or chosen
before (farthest point first: Gonzalez 1985, Clustering to minimize the maximum intercluster distance, Theoretical
Computer Science 38:293-306), weighed by how undecided a stretch is. Nothing here reads a detector's score unless it
is given one: without, a stretch is undecided where it lies as near to one class of marks as to another, of which not
both say what is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clinic.timeline.clock import MINUTE_US
from data.grid import HOP_US, Grid
from data.intervals import Interval, Intervals, intersect, overlap_fraction
from data.labels import ALL, NOT
from models.calibration import log_odds, sigmoid
from models.detectors import Detector
from models.detectors.rules import true_runs
from models.embedding import Embeddings

CELLS = 10
"""Half seconds of a stretch: 5 s."""
LENGTH_US = CELLS * HOP_US
APART_US = MINUTE_US
"""Suggestions begin at least so far from one another."""
BETWEEN = 0.9
"""A stretch whose nearest two classes are this alike in distance is said to lie between them."""
DOUBTFUL = 0.5
"""Uncertainty by the detector from which it is given as the reason."""
_BLOCK = 20_000

Marked = Sequence[tuple[Interval, str]]
"""Spans with their classes."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Stretches of 5 s, side by side, that may be suggested; equal only to itself.

    Parameters
    ----------
    start_us
        ``(n,)`` int64, increasing.
    directions
        ``(n, k)`` float32, mean whitened directions of each.
    """

    start_us: NDArray[np.int64]
    directions: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A stretch to look at, and why, in words for the person who marks."""

    interval: Interval
    why: str


def stretches(embeddings: Embeddings, detector: Detector, within: Intervals) -> Stretches:
    """The stretches that lie whole in given time and can be read, in the directions that a detector is taught in."""
    starts = embeddings.grid.start_us
    usable = embeddings.valid & (overlap_fraction(starts, HOP_US, within) >= 1.0)
    firsts = _firsts(embeddings.grid, usable)
    found = []
    for at in range(0, len(starts), _BLOCK):  # block by block: the vectors of a week are half a gigabyte
        here = firsts[(firsts >= at) & (firsts < at + _BLOCK)]
        if len(here):
            low, high = int(here[0]), int(here[-1]) + CELLS
            seen = detector.directions(detector.network.standardised(np.asarray(embeddings.vectors[slice(low, high)])))
            sums = np.concatenate([np.zeros((1, seen.shape[1])), np.cumsum(seen, axis=0)])
            found.append(((sums[here - low + CELLS] - sums[here - low]) / CELLS).astype(np.float32))
    directions = np.concatenate(found) if found else np.zeros((0, 1), dtype=np.float32)
    return Stretches(starts[firsts], directions)


def _firsts(grid: Grid, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The first half second of each stretch."""
    found = [
        np.arange(run.start + a, run.start + b - CELLS + 1, CELLS)
        for run in grid.runs
        for a, b in true_runs(usable[run])
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def doubt(
    all_: Stretches,
    start_us: NDArray[np.int64],
    probability: NDArray[np.float32],
    valid: NDArray[np.bool_],
    threshold: float,
) -> NDArray[np.float64]:
    """``(n,)`` how undecided a detector is of each stretch: 1 at its threshold, 0 where it is sure or has no say.

    Parameters
    ----------
    start_us, probability, valid
        ``(m,)`` of each half second, as the store keeps them.
    """
    p = np.clip(probability.astype(np.float64), 1e-9, 1 - 1e-9)
    at_threshold = sigmoid(np.log(p / (1 - p)) - log_odds(threshold))
    each = np.where(valid, 4 * at_threshold * (1 - at_threshold), 0.0)
    sums = np.concatenate([[0.0], np.cumsum(each)])
    low, high = (np.searchsorted(start_us, at) for at in (all_.start_us, all_.start_us + LENGTH_US))
    return np.asarray((sums[high] - sums[low]) / CELLS)


def informative(
    all_: Stretches, marked: Marked, number: int, doubts: NDArray[np.float64] | None = None
) -> list[Suggestion]:
    """The stretches that would teach most, the most first: undecided, and unlike what is marked or suggested already.

    Parameters
    ----------
    doubts
        ``(n,)`` from :func:`doubt`; None for a person who marks blind: the marks alone decide then.
    """
    free, of_class = _free(all_, marked), _by_class(all_, marked)
    if not free.any():
        return []
    names = list(of_class)
    nearest = [_distance(all_.directions, rows).min(axis=1) for rows in of_class.values()]
    sides = _sides(names)
    of_side = np.stack([np.min([nearest[k] for k in side], axis=0) for side in sides]) if sides else None
    away = np.sort(of_side, axis=0) if of_side is not None else None
    between = away[0] / np.maximum(away[1], 1e-9) if away is not None and len(away) > 1 else None
    unsure = doubts if doubts is not None else between if between is not None else np.ones(len(all_.start_us))
    # Beside nothing at all the most usual stretch comes first, not the oddest.
    far = away[0].copy() if away is not None else 1 / (1e-9 + np.linalg.norm(all_.directions - _middle(all_), axis=1))
    chosen: list[Suggestion] = []
    while free.any() and len(chosen) < number:
        best = int(np.argmax(np.where(free, unsure * far, -1.0)))
        if doubts is not None and doubts[best] >= DOUBTFUL:
            why = "the detector is unsure here"
        elif of_side is not None and between is not None and between[best] >= BETWEEN:
            pair = [sides[k] for k in np.argsort(of_side[:, best], kind="stable")[:2]]
            one, two = sorted(names[min(side, key=lambda k: nearest[k][best])] for side in pair)
            why = f"between your marks of {one} and {two}"
        else:
            nothing = "what you marked could not be judged" if marked else "nothing is marked yet"
            why = "unlike what you have marked" if names else f"{nothing}: an ordinary stretch"
            why = "unlike the ones above" if not names and chosen else why
        chosen.append(_suggestion(all_, best, why))
        free &= np.abs(all_.start_us - all_.start_us[best]) >= APART_US
        here = _distance(all_.directions, all_.directions[best : best + 1])[:, 0]
        far = here if not names and len(chosen) == 1 else np.minimum(far, here)
    return chosen


def alike(all_: Stretches, marked: Marked, name: str, number: int) -> list[Suggestion]:
    """The stretches nearest to a class's marks by the angle between whitened directions, the most alike first."""
    free, rows = _free(all_, marked), _by_class(all_, marked).get(name)
    if rows is None or not free.any():
        return []
    likeness = (_unit(all_.directions) @ _unit(rows).T).max(axis=1)
    chosen: list[Suggestion] = []
    while free.any() and len(chosen) < number:
        best = int(np.argmax(np.where(free, likeness, -2.0)))
        if likeness[best] <= 0:  # at a right angle and beyond nothing is alike
            break
        chosen.append(_suggestion(all_, best, f"looks like your {name}"))
        free &= np.abs(all_.start_us - all_.start_us[best]) >= APART_US
    return chosen


def apart(wanted: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Those of a list that are at least a minute from all before them."""
    kept: list[Suggestion] = []
    for one in wanted:
        if all(abs(one.interval.start - x.interval.start) >= APART_US for x in kept):
            kept.append(one)
    return tuple(kept)


def _suggestion(all_: Stretches, row: int, why: str) -> Suggestion:
    start = int(all_.start_us[row])
    return Suggestion(Interval(start, start + LENGTH_US), why)


def _free(all_: Stretches, marked: Marked) -> NDArray[np.bool_]:
    """Which stretches hold nothing that is marked."""
    return np.asarray(overlap_fraction(all_.start_us, LENGTH_US, [i for i, _ in marked]) == 0)


def _by_class(all_: Stretches, marked: Marked) -> dict[str, NDArray[np.float32]]:
    """The directions of each class's marks: of each mark the stretch that holds most of it."""
    found: dict[str, list[int]] = {}
    for span, name in marked:
        if name.startswith(ALL):  # that everything is marked somewhere is no class that anything looks like
            continue
        near = slice(*np.searchsorted(all_.start_us, [span.start - LENGTH_US, span.end]))
        held = [sum(i.duration for i in intersect([span], [Interval(int(s), int(s) + LENGTH_US)]))
                for s in all_.start_us[near]]  # fmt: skip
        if held and max(held) > 0:
            found.setdefault(name, []).append(near.start + int(np.argmax(held)))
    return {name: all_.directions[rows] for name, rows in found.items()}


def _sides(names: Sequence[str]) -> list[list[int]]:
    """Which classes are on one side: all that say ``not`` together, because between two of them nothing is undecided.

    Returns
    -------
    Places in ``names``, of every side at least one.
    """
    none = [k for k, name in enumerate(names) if name.startswith(NOT)]
    return [[k] for k in range(len(names)) if k not in none] + ([none] if none else [])


def _middle(all_: Stretches) -> NDArray[np.float32]:
    return np.asarray(np.median(all_.directions, axis=0), dtype=np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _distance(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float64]:
    """``(n, m)`` Euclidean distances."""
    squares = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None] - 2 * rows @ others.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)), dtype=np.float64)
