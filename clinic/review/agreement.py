"""How far two raters agree who labelled apart: by half seconds, and by spans.

Only time that both looked at counts. Half seconds are compared by Cohen's kappa (Cohen 1960, A coefficient of
agreement for nominal scales, Educational and Psychological Measurement 20:37-46) and by positive and negative
agreement, which tell apart what kappa mixes when a class is rare (Cicchetti & Feinstein 1990, High agreement but low
kappa II, Journal of Clinical Epidemiology 43:551-558).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from clinic.store.rows import Label
from data.grid import HOP_US, half_seconds
from data.intervals import Interval, Intervals, intersect, overlap_fraction, union
from data.labels import ALL, NOT
from data.recording import Stream

ONLY_ONE = "Only one rater used it, and who does not mark a 'not' or an 'all' says nothing by that."
"""Why there is no agreement on a class of that kind: what is left unmarked of it is neither way an answer."""
_TIE = 1e-9
"""Worth of a pair beside its overlap: it decides only between matchings that are equally good."""


@dataclass(frozen=True, slots=True)
class LabelledApart:
    """What two raters said of one stream, each without seeing the other's.

    Parameters
    ----------
    starts
        ``(n,)`` int64, start of each half second of the stream, increasing.
    looked
        The time that both looked at.
    one, two
        The labels of each; of that stream alone.
    """

    starts: NDArray[np.int64]
    looked: Intervals
    one: tuple[Label, ...]
    two: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two raters agree on one class.

    Parameters
    ----------
    both, only_one, only_two, neither
        Half seconds that were marked by both raters, by the first or second alone, by neither.
    kappa
        Cohen's kappa over them; None where it is not defined, and ``why_no_kappa`` says why.
    positive, negative
        Share of agreement on what either marked, on what either left; None where nobody marked, or left, any, or where
        ``why_no_kappa`` is :data:`ONLY_ONE`.
    overlap
        Mean intersection over union of the matched spans, from 0 to 1; None where none are matched.
    matched
        Pairs of spans, one of each rater, that belong together.
    unmatched_one, unmatched_two
        Spans of each rater that have no partner.
    """

    label: str
    both: int
    only_one: int
    only_two: int
    neither: int
    kappa: float | None
    why_no_kappa: str
    positive: float | None
    negative: float | None
    overlap: float | None
    matched: int
    unmatched_one: int
    unmatched_two: int


def labelled_apart(
    stream: Stream, one: Sequence[Label], two: Sequence[Label], looked_one: Intervals, looked_two: Intervals
) -> LabelledApart:
    """What two raters said of a stream; ``looked_one`` and ``looked_two`` are what each of them looked at."""
    mine, theirs = (tuple(x for x in labels if x.stream == stream.name) for labels in (one, two))
    return LabelledApart(half_seconds(stream).start_us, intersect(looked_one, looked_two), mine, theirs)


def agreement(pieces: Sequence[LabelledApart]) -> tuple[Agreement, ...]:
    """Agreement on each class that either rater used, over all pieces together, by name.

    A half second counts when both looked at all of it, and is marked when at least half of it is. Spans are cut
    to what both looked at, what lies outside is left out; a span of which both looked at two parts counts as two.
    """
    names = sorted({x.label for p in pieces for x in (*p.one, *p.two)})
    return tuple(_of_class(name, pieces) for name in names)


def kappa(both: int, only_one: int, only_two: int, neither: int) -> float | None:
    """Cohen's kappa of two raters and two categories; None where chance alone would agree fully, or nothing counts."""
    by_chance = (both + only_one) * (only_one + neither) + (both + only_two) * (only_two + neither)
    return 2 * (both * neither - only_one * only_two) / by_chance if by_chance else None


def specific_agreement(agreed: int, only_one: int, only_two: int) -> float | None:
    """Positive agreement, or negative when ``agreed`` counts what neither marked; None where nothing counts."""
    said = 2 * agreed + only_one + only_two
    return 2 * agreed / said if said else None


def matched_spans(one: Sequence[Interval], two: Sequence[Interval]) -> list[tuple[int, int, float]]:
    """The one-to-one matching of two lists of spans that has the greatest sum of intersections over unions.

    Of matchings that are equally good, the one of more and earlier pairs is taken, whoever comes first.

    Returns
    -------
    ``(index in one, index in two, intersection over union)`` of the pairs that overlap, by the first index.
    """
    # Spans that lie in different clusters cannot overlap, so each cluster is matched by itself.
    clusters = np.array([c.start for c in union(one, two)], dtype=np.int64)
    found: list[tuple[int, int, float]] = []
    groups = [
        np.searchsorted(clusters, np.array([s.start for s in spans], dtype=np.int64), side="right")
        for spans in (one, two)
    ]
    for cluster in np.intersect1d(groups[0], groups[1]):
        rows, columns = (np.flatnonzero(g == cluster).tolist() for g in groups)
        shares = np.array([[overlap(one[i], two[j]) for j in columns] for i in rows])
        begins = np.array([[max(one[i].start, two[j].start) for j in columns] for i in rows], dtype=np.float64)
        earlier = (begins.max() - begins) / max(1.0, float(np.ptp(begins)))
        worth = np.where(shares > 0, shares + _TIE * (1 + earlier), 0.0)
        for i, j in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
            if shares[i, j] > 0:
                found.append((rows[i], columns[j], float(shares[i, j])))
    return sorted(found)


def overlap(one: Interval, two: Interval) -> float:
    """Intersection over union of two spans, from 0 to 1."""
    shared = min(one.end, two.end) - max(one.start, two.start)
    return shared / (one.duration + two.duration - shared) if shared > 0 else 0.0


def spans_within(labels: Sequence[Label], name: str, looked: Intervals) -> list[Interval]:
    """The spans of a class, cut to the time that counts; what lies outside is left out."""
    return sorted(part for x in labels if x.label == name for part in intersect([x.interval], looked))


def _of_class(name: str, pieces: Sequence[LabelledApart]) -> Agreement:
    counts, shares = np.zeros(4, dtype=np.int64), []
    alone_one = alone_two = 0
    for p in pieces:
        one, two = spans_within(p.one, name, p.looked), spans_within(p.two, name, p.looked)
        seen = p.starts[overlap_fraction(p.starts, HOP_US, p.looked) >= 1]
        said = [overlap_fraction(seen, HOP_US, spans) >= 0.5 for spans in (one, two)]
        counts += np.bincount(3 - 2 * said[0] - said[1], minlength=4)
        pairs = matched_spans(one, two)
        shares += [share for _, _, share in pairs]
        alone_one += len(one) - len(pairs)
        alone_two += len(two) - len(pairs)
    both, only_one, only_two, neither = (int(n) for n in counts)
    value = kappa(both, only_one, only_two, neither)
    why = "" if value is not None else _why_none(both, neither)
    positive, negative = (specific_agreement(agreed, only_one, only_two) for agreed in (both, neither))
    if name.startswith((NOT, ALL)) and not shares and (alone_one == 0) != (alone_two == 0):
        value = positive = negative = None
        why = ONLY_ONE
    return Agreement(
        name, both, only_one, only_two, neither, value, why, positive, negative,
        float(np.mean(shares)) if shares else None, len(shares), alone_one, alone_two,
    )  # fmt: skip


def _why_none(both: int, neither: int) -> str:
    if both:
        return "Kappa is not defined: both raters marked every half second, so they could not disagree by chance."
    if neither:
        return "Kappa is not defined: neither rater marked half a second, so they could not disagree by chance."
    return "Kappa is not defined: there is no half second that both raters looked at."
