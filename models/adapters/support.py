"""The support set: labelled stretches as a detector reads them, and unlabelled time beside them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError
from data.grid import HOP_US
from data.intervals import Interval, Intervals, intersect, overlap_fraction, union
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
DAY_US = 86_400_000_000
NO_DATE_US = 366 * DAY_US
"""An instant before the end of 1970 is time since the first sample of a recording without a date."""
UNLABELLED = 0.5
"""Weight of a stretch that nobody marked, against 1 of one that somebody did."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled (or unlabelled) stretch.

    Parameters
    ----------
    recording, stream
        Where it lies; the recording by the SHA-256 of its content, since file names repeat.
    weight
        Against 1 of what somebody marked.
    directions
        ``(n, k)`` float64, the detector's whitened directions of its half seconds.
    log_odds
        ``(n,)`` float64, calibrated log-odds of the detector before it learns from this.
    is_unselected
        Whether it comes out of a stretch in which everything was marked: only there do marks tell a share of time.
    file
        What the recording's file is called, for people to read.
    margin_us
        How far to either side of the interval directions and log-odds are told from.
    person
        Whose it is; empty where nobody says, and then whatever has a date counts as of one person.
    """

    recording: str
    stream: str
    interval: Interval
    is_positive: bool
    weight: float
    directions: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    is_unselected: bool = False
    file: str = ""
    margin_us: int = READS_US
    person: str = ""

    @property
    def clock(self) -> tuple[str, str]:
        """What two examples share whose instants can be compared."""
        return clock_of(self.recording, self.person, self.interval.start)

    @property
    def read(self) -> Interval:
        """The time that anything of it is told from."""
        return Interval(self.interval.start - self.margin_us, self.interval.end + self.margin_us)


def clock_of(recording: str, person: str, at_us: int) -> tuple[str, str]:
    """What two instants share that can be compared: the person where they have a date, else the recording.

    What two files of one person have at once is one movement; the clocks of two people may agree by chance.
    """
    return ("", recording) if at_us < NO_DATE_US else (person, "")


def by_person(examples: Sequence[Example]) -> list[list[int]]:
    """Which examples are of one person, for each of them in order of appearance."""
    whose: dict[str, list[int]] = {}
    for i, e in enumerate(examples):
        whose.setdefault(e.person, []).append(i)
    return list(whose.values())


def moments(examples: Sequence[Example]) -> int:
    """How many stretches of time they are: what two sensors have at once is one."""
    return len(together(examples, lambda e: e.interval))


def together(examples: Sequence[Example], span: Callable[[Example], Interval], gap_us: int = 0) -> list[list[int]]:
    """Which examples are of one stretch of time, whatever their sensor: less than ``gap_us`` is between their spans.

    Stretches and what lies in them are in order of time, those of one clock after those of another.
    """
    groups: list[list[int]] = []
    end, clock = 0, ("", "")
    for i in sorted(range(len(examples)), key=lambda i: (examples[i].clock, span(examples[i]))):
        here, at = span(examples[i]), examples[i].clock
        if groups and at == clock and here.start < end + gap_us:
            groups[-1].append(i)
            end = max(end, here.end)
        else:
            groups.append([i])
            end, clock = here.end, at
    return groups


def place(example: Example) -> tuple[tuple[str, str], Interval, str, str]:
    """To sort by: one after another in time, and what is at once in the same order however the files were given."""
    return example.clock, example.interval, example.recording, example.stream


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
        detector.directions(detector.network.standardised(seen)),
        np.array([log_odds(float(p)) for p in scores.probability[rows]]),
        margin_us=margin_us(detector.network),
    )


def margin_us(network: Network) -> int:
    """How far to either side of a half second its vector, and what a network makes of those around it, is told from."""
    return READS_US + network.reach * HOP_US


def apart_from(examples: Sequence[Example], others: Sequence[Example]) -> list[Example]:
    """Those that no moment was read for which was read for one of the others, whatever the sensor and its file.

    What two sensors have at once is one movement, and what lies near in time shares what it is told from: neither
    vouches for the other.
    """
    return clear_of(examples, [(o.clock, o.read) for o in others])


def clear_of(examples: Sequence[Example], read: Sequence[tuple[tuple[str, str], Interval]]) -> list[Example]:
    """Those that share no moment with what was read: each time with its clock (:func:`clock_of`)."""
    near: dict[tuple[str, str], list[Interval]] = {}
    for clock, interval in read:
        near.setdefault(clock, []).append(interval)
    merged = {clock: union(of) for clock, of in near.items()}
    ends = {clock: [i.end for i in of] for clock, of in merged.items()}

    def is_near(e: Example) -> bool:
        clock = e.clock
        of = merged.get(clock)
        if of is None:
            return False
        first = bisect_right(ends[clock], e.interval.start - e.margin_us)
        return first < len(of) and of[first].start < e.interval.end + e.margin_us

    return [e for e in examples if not is_near(e)]


def is_one_day(examples: Sequence[Example]) -> bool:
    """Whether everything that was marked lies within 24 hours."""
    spans = _marked_together(examples)
    return len(spans) == 1 and spans[0].duration <= DAY_US


def is_undated(examples: Sequence[Example]) -> bool:
    """Whether marks lie in several recordings, one at least without a date, and nothing tells that of two days."""
    spans = _marked_together(examples)
    return len(spans) > 1 and all(span.duration <= DAY_US for span in spans)


def _marked_together(examples: Sequence[Example]) -> list[Interval]:
    """From the first to the last mark of all recordings with a date, and of each without one."""
    groups: dict[str, list[Interval]] = {}
    for e in examples:
        if e.weight == 1.0:  # a recording without a date counts from its first sample
            groups.setdefault(e.recording if e.interval.start < NO_DATE_US else "", []).append(e.interval)
    return [Interval(min(i.start for i in g), max(i.end for i in g)) for g in groups.values()]
