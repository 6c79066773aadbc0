"""The support set: labelled stretches as a detector reads them, and unlabelled time beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError
from data.grid import HOP_US
from data.intervals import Interval, Intervals, intersect, overlap_fraction
from models.adapters.example import Example
from models.calibration import log_odds
from models.detectors import Detector, Network
from models.detectors.rules import true_runs
from models.embedding import READS_US, Embeddings
from models.scores import Scores

CLEAR_CELLS = 10
"""Half seconds of a stretch that stands for unlabelled time, and most of one that is marked as none."""
GUARD_US = 10_000_000
"""Unlabelled time nearer than this to a mark is left alone: where an episode begins is a matter of taste."""
EDGE_US = 1_000_000
"""The same in a stretch in which somebody marked everything: what is left there is known to be none."""
UNLABELLED = 0.5
"""Weight of a stretch that nobody marked, against 1 of one that somebody did."""


def read_example(
    detector: Detector, embeddings: Embeddings, scores: Scores, recording: str, interval: Interval, *,
    is_positive: bool, file: str = "",
) -> Example:  # fmt: skip
    """A labelled stretch: its half seconds by majority, without those that could not be judged.

    Raises
    ------
    MotionwardError
        If none of it could be judged.
    """
    rows = _rows(scores, interval)
    if not len(rows):
        raise MotionwardError(
            f"The label from {interval.start / 1e6:.1f} to {interval.end / 1e6:.1f} s of {file or recording} cannot be "
            "learned from: no half second of it could be judged. Mark at least half a second where the sensor was worn "
            "and its signal is sound."
        )
    return replace(_example(detector, embeddings, scores, recording, rows, is_positive=is_positive), file=file)


def is_readable(scores: Scores, interval: Interval) -> bool:
    """Whether a stretch covers most of a half second that could be judged; any other has nothing to learn from."""
    return len(_rows(scores, interval)) > 0


def unlabelled(
    detector: Detector, embeddings: Embeddings, scores: Scores, recording: str, marked: Intervals, number: int
) -> list[Example]:
    """Stretches of 5 s that nobody marked, evenly spread, read as none of the phenomenon (a stated assumption)."""
    wide = [Interval(i.start - GUARD_US, i.end + GUARD_US) for i in marked]
    places = [p for p, end in _pieces(scores, overlap_fraction(scores.grid.start_us, HOP_US, wide) == 0)
              if end - p == CLEAR_CELLS]  # fmt: skip
    chosen = (
        [places[i] for i in np.unique(np.linspace(0, len(places) - 1, number).round().astype(int))] if places else []
    )
    return [
        _example(
            detector, embeddings, scores, recording, np.arange(p, p + CLEAR_CELLS), is_positive=False, weight=UNLABELLED
        )
        for p in chosen
    ]


def rejected(
    detector: Detector, embeddings: Embeddings, scores: Scores, recording: str, flags: Intervals
) -> list[Example]:
    """Flags that somebody called wrong, as hard negatives; what of them could not be judged is left out."""
    found = ((flag, _rows(scores, flag)) for flag in flags)
    return [
        _example(detector, embeddings, scores, recording, rows, is_positive=False) for _, rows in found if len(rows)
    ]


def unselected(
    detector: Detector, embeddings: Embeddings, scores: Scores, recording: str, whole: Intervals, marked: Intervals
) -> list[Example]:
    """What is not marked in stretches in which everything is, in pieces of 5 s at most, a second away from any mark."""
    starts = scores.grid.start_us
    wide = [Interval(i.start - EDGE_US, i.end + EDGE_US) for i in marked]
    free = (overlap_fraction(starts, HOP_US, whole) >= 1.0) & (overlap_fraction(starts, HOP_US, wide) == 0)
    return [
        replace(
            _example(detector, embeddings, scores, recording, np.arange(a, b), is_positive=False), is_unselected=True
        )
        for a, b in _pieces(scores, free)
    ]


def within(example: Example, whole: Intervals) -> Example:
    """The example, knowing whether it lies in a stretch in which everything is marked."""
    inside = sum(i.duration for i in intersect([example.interval], whole))
    return replace(example, is_unselected=2 * inside >= example.interval.duration)


def _rows(scores: Scores, interval: Interval) -> NDArray[np.int64]:
    """The half seconds that an interval mostly covers and that could be judged."""
    starts = scores.grid.start_us
    near = slice(*np.searchsorted(starts, [interval.start - HOP_US, interval.end]))  # a week is long, a label short
    inside = (overlap_fraction(starts[near], HOP_US, [interval]) >= 0.5) & scores.valid[near]
    return np.asarray(near.start + np.flatnonzero(inside))


def _pieces(scores: Scores, free: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last half second (and one) of pieces of at most 5 s of what is free and could be judged."""
    return [
        (first, min(first + CLEAR_CELLS, run.start + b))
        for run in scores.grid.runs
        for a, b in true_runs((free & scores.valid)[run])
        for first in range(run.start + a, run.start + b, CLEAR_CELLS)
    ]


def _example(
    detector: Detector,
    embeddings: Embeddings,
    scores: Scores,
    recording: str,
    rows: NDArray[np.int64],
    *,
    is_positive: bool,
    weight: float = 1.0,
) -> Example:
    seen = np.asarray(embeddings.vectors[slice(int(rows[0]), int(rows[-1]) + 1)])[rows - rows[0]]
    start = int(scores.grid.start_us[rows[0]])
    return Example(
        recording,
        embeddings.stream,
        Interval(start, int(scores.grid.start_us[rows[-1]]) + HOP_US),
        is_positive,
        weight,
        detector.directions(detector.network.standardised(seen)).astype(np.float64),
        np.array([log_odds(float(p)) for p in scores.probability[rows]]),
        margin_us=margin_us(detector.network),
    )


def margin_us(network: Network) -> int:
    """How far to either side of a half second its vector, and what a network makes of those around it, is told from."""
    return READS_US + network.reach * HOP_US
