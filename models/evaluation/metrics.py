"""Figures of scores against marks: half seconds (AUROC, AP) and episodes against false alarms an hour.

Marks closer than 1 s are one freeze, flags closer than 1 s one flag, what is shorter than 1 s is dropped on both
sides, any overlap counts as found, an hour is one that raters judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from data.grid import HOP_US
from data.intervals import Interval, Intervals
from models.detectors.rules import Rules

Scores = NDArray[np.floating]
Truth = NDArray[np.bool_]
LONG_US = 5_000_000
"""A freeze of at least this length is a long one."""

PLAIN = Rules(0.5, 0.0, 1_000_000, 1_000_000)
"""Rules that every row of the table is judged with."""


def auroc(scores: Scores, truth: Truth) -> float:
    """Probability that a positive scores above a negative (ties count half); NaN when one kind is absent."""
    positive = int(truth.sum())
    negative = len(truth) - positive
    if positive == 0 or negative == 0:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(scores: Scores, truth: Truth) -> float:
    """Area under the precision-recall steps; NaN without a positive."""
    positive = int(truth.sum())
    if positive == 0:
        return float("nan")
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    ordered, hits = np.asarray(scores)[order], np.cumsum(truth[order])
    last_of_tie = np.append(np.diff(ordered) != 0, True)
    found = hits[last_of_tie]
    flagged = np.flatnonzero(last_of_tie) + 1
    return float(np.sum(np.diff(np.concatenate([[0], found])) * (found / flagged)) / positive)


@dataclass(frozen=True, slots=True)
class Track:
    """Scores and marks of one unbroken stretch of one person.

    Parameters
    ----------
    scores
        ``(n,)``, higher is more like freezing; probabilities where calibration is to be judged.
    truth, judged
        ``(n,)`` bool.
    marks
        Marks, microseconds from the first half second.
    """

    person: str
    scores: NDArray[np.float64]
    truth: Truth
    judged: Truth
    marks: Intervals

    @property
    def hours(self) -> float:
        """Hours that raters judged."""
        return float(self.judged.sum()) * HOP_US / 3.6e9


def reference_episodes(marks: Intervals, merge_us: int = 1_000_000, shortest_us: int = 1_000_000) -> Intervals:
    """Marks closer than ``merge_us`` as one, without those shorter than ``shortest_us``."""
    merged: list[Interval] = []
    for mark in sorted(marks):
        if merged and mark.start - merged[-1].end < merge_us:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, mark.end))
        else:
            merged.append(mark)
    return tuple(i for i in merged if i.duration >= shortest_us)


def flags(track: Track, rules: Rules) -> Intervals:
    """Episodes by the rules in a track (scores as probabilities); what was not judged parts them unless bridged."""
    found = rules.within(track.scores.astype(np.float32), track.judged)
    return tuple(Interval(a * HOP_US, b * HOP_US) for a, b in found)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one threshold gives: false alarms, freezes, those found, and the same of long ones."""

    threshold: float
    false_alarms: int
    events: int
    found: int
    long_events: int
    long_found: int

    @property
    def sensitivity(self) -> float:
        """Share of the freezes that were found; NaN without one."""
        return self.found / self.events if self.events else float("nan")

    @property
    def long_sensitivity(self) -> float:
        """Share of the long freezes that were found; NaN without one."""
        return self.long_found / self.long_events if self.long_events else float("nan")


def count(tracks: Sequence[Track], rules: Rules) -> Counts:
    """Go through all tracks with one set of rules."""
    false_alarms = found = long_found = events = long_events = 0
    for track in tracks:
        marked = reference_episodes(track.marks)
        flagged = flags(track, rules)
        false_alarms += sum(not any(f.overlaps(m) for m in marked) for f in flagged)
        for mark in marked:
            hit = any(f.overlaps(mark) for f in flagged)
            is_long = mark.duration >= LONG_US
            events, found = events + 1, found + hit
            long_events, long_found = long_events + is_long, long_found + (hit and is_long)
    return Counts(rules.threshold, false_alarms, events, found, long_events, long_found)


def as_probabilities(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """The same order of scores, spread evenly over 0 to 1 (for scores that are no probabilities)."""
    every = np.concatenate([t.scores for t in tracks])
    ranks = (rankdata(every) - 0.5) / len(every)
    ends = np.cumsum([len(t.scores) for t in tracks])
    return tuple(
        Track(t.person, ranks[e - len(t.scores) : e], t.truth, t.judged, t.marks)
        for t, e in zip(tracks, ends, strict=True)
    )


def sweep(tracks: Sequence[Track], rules: Rules, steps: int = 100) -> list[Counts]:
    """Counts for about so many thresholds, rising.

    Half of them are spread over the scores of freezing and half over those of everything else: where freezing is
    provoked, a threshold for few false alarms lies far from one for many in the one, near it in the other.
    """
    scores = np.concatenate([t.scores[t.judged] for t in tracks])
    frozen = np.concatenate([t.truth[t.judged] for t in tracks])
    clear, found = scores[~frozen], scores[frozen]
    levels = np.concatenate(
        [
            np.quantile(clear, 1 - np.geomspace(0.7, 2e-4, steps // 2)) if len(clear) else [],
            np.quantile(found, np.linspace(0.01, 0.99, steps - steps // 2)) if len(found) else [],
        ]
    )
    at = [float(v) for v in np.unique(levels) if 0.0 < v < 1.0]
    return [count(tracks, replace(rules, threshold=v)) for v in at]


def at_false_alarms(curve: Sequence[Counts], hours: float, per_hour: float) -> Counts | None:
    """The lowest threshold down to which every higher one keeps to so many false alarms an hour; None without one.

    A threshold so low that everything is one long flag has few false alarms too, and finds everything:
    coming down from the top, such points are never reached.
    """
    best = None
    for c in sorted(curve, key=lambda c: -c.threshold):
        if c.false_alarms > per_hour * hours:
            break
        best = c
    return best


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures in half seconds: pooled and the mean over people who have both kinds."""

    auroc: float
    ap: float
    macro_auroc: float
    macro_ap: float
    people: int
    people_with_both: int


def summary(tracks: Sequence[Track]) -> Summary:
    """Half-second figures over judged half seconds."""
    by_person: dict[str, list[Track]] = {}
    for track in tracks:
        by_person.setdefault(track.person, []).append(track)

    def pooled(group: Sequence[Track]) -> tuple[float, float]:
        s = np.concatenate([t.scores[t.judged] for t in group])
        y = np.concatenate([t.truth[t.judged] for t in group])
        return auroc(s, y), average_precision(s, y)

    each = [pooled(g) for g in by_person.values()]
    both = np.array([e for e in each if np.isfinite(e[0])]).reshape(-1, 2)
    macro = both.mean(axis=0) if len(both) else np.full(2, np.nan)
    return Summary(*pooled(tracks), float(macro[0]), float(macro[1]), len(by_person), len(both))
