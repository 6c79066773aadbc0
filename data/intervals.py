"""Half-open interval algebra in whole microseconds.

Every function takes any iterable of intervals and returns a sorted tuple of
disjoint, non-touching, non-empty ones, so that totals are sums and add up exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Half-open span ``[start, end)`` in microseconds since 1970 UTC (or since the file began).

    Raises
    ------
    ValueError
        If ``end`` lies before ``start``.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"interval ends before it starts: [{self.start}, {self.end})")

    @property
    def duration(self) -> int:
        """Length in microseconds."""
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share at least one microsecond."""
        return self.start < other.end and other.start < self.end


Intervals = tuple[Interval, ...]


def union(*sets: Iterable[Interval]) -> Intervals:
    """Everything that any of the sets covers; touching intervals become one."""
    merged: list[Interval] = []
    for piece in sorted(i for group in sets for i in group if i.duration > 0):
        if merged and piece.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, piece.end))
        else:
            merged.append(piece)
    return tuple(merged)


def intersect(a: Iterable[Interval], b: Iterable[Interval]) -> Intervals:
    """What both sets cover."""
    left, right, out = union(a), union(b), []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            out.append(Interval(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return tuple(out)


def subtract(a: Iterable[Interval], b: Iterable[Interval]) -> Intervals:
    """What ``a`` covers and ``b`` does not."""
    out, cuts, j = [], union(b), 0
    for piece in union(a):
        start = piece.start
        while j < len(cuts) and cuts[j].end <= start:
            j += 1
        k = j
        while k < len(cuts) and cuts[k].start < piece.end:
            if start < cuts[k].start:
                out.append(Interval(start, cuts[k].start))
            start = max(start, cuts[k].end)
            k += 1
        if start < piece.end:
            out.append(Interval(start, piece.end))
    return tuple(out)


def total(intervals: Iterable[Interval]) -> int:
    """Microseconds covered, counting overlaps once."""
    return sum(i.duration for i in union(intervals))


def overlap_fraction(starts: NDArray[np.int64], length: int, intervals: Iterable[Interval]) -> NDArray[np.float64]:
    """Share of each cell ``[start, start + length)`` that the intervals cover.

    Parameters
    ----------
    starts
        ``(n,)`` cell starts in microseconds, any order.
    length
        Cell length in microseconds.

    Returns
    -------
    ``(n,)`` values from 0 to 1.
    """
    pieces = union(intervals)
    if not pieces:
        return np.zeros(len(starts))
    begin = np.array([p.start for p in pieces], dtype=np.int64)
    end = np.array([p.end for p in pieces], dtype=np.int64)
    before = np.concatenate([[0], np.cumsum(end - begin)])

    def covered_until(t: NDArray[np.int64]) -> NDArray[np.int64]:
        k = np.searchsorted(begin, t, side="right")
        inside = np.where(k > 0, np.minimum(t, end[np.maximum(k - 1, 0)]) - begin[np.maximum(k - 1, 0)], 0)
        return before[np.maximum(k - 1, 0)] + inside

    at = np.asarray(starts, dtype=np.int64)
    return (covered_until(at + length) - covered_until(at)) / float(length)


def runs_of(mask: NDArray[np.bool_], starts: NDArray[np.int64], length: int) -> Intervals:
    """Intervals covered by the cells where ``mask`` holds; touching cells join.

    Parameters
    ----------
    mask
        ``(n,)`` bool.
    starts
        ``(n,)`` cell starts, increasing.
    length
        Cell length, microseconds; no two cells overlap.
    """
    at = np.asarray(starts, dtype=np.int64)[np.asarray(mask, dtype=bool)]
    if not len(at):
        return ()
    breaks = np.flatnonzero(np.diff(at) != length) + 1
    first = at[np.concatenate([[0], breaks])]
    last = at[np.concatenate([breaks - 1, [len(at) - 1]])]
    return tuple(Interval(int(a), int(b) + length) for a, b in zip(first, last, strict=True))
