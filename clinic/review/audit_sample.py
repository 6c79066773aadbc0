"""Which stretches to look at: a stratified random sample of one patient's flags and clear time.

All judged time, and what was unsure, is cut into *stretches* that do not overlap: each flag, each unsure stretch, and
windows of clear time. Every true episode belongs to exactly one of them, so that none is counted twice:

1. to the first flag that it touches;
2. if it touches none, to the first unsure stretch that it touches;
3. if it touches neither, to the clear window that holds its start.

So a flag that begins a second late is right and nothing was missed, as when detectors are measured (a false alarm is
a flag that touches no episode). An episode that starts where nothing could be
judged and touches no flag is not counted.

Stratified sampling without replacement: Cochran, Sampling Techniques, 3rd ed. 1977, chapter 5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval, Intervals, subtract, total
from models.scores import Certainty

LOOKS = 40
"""Stretches to look at, unless told otherwise."""
WINDOW_US = 120_000_000
"""Longest clear window, microseconds.

What was missed is known no better than the clear time looked at allows: nothing found in three hours says at most one
an hour, whatever the number of looks. ``docs/validation/reviewed_rate.md`` has the widths for other lengths.
"""
FEWEST = 3
"""Looks at the least in every stratum, where it has as many stretches."""
NEAR = 0.1
"""Share of the clear windows, those of the highest probabilities, that are a stratum of their own."""
POWER = 2 / 3
"""Exponent of the allocation; 1 is Neyman's."""


class Kind(StrEnum):
    """What a detector made of a stretch."""

    FLAG = "flag"
    UNSURE = "unsure"
    CLEAR = "clear"


class Flagged(Protocol):
    """What is asked of an episode: analysed or read from the store, it has this."""

    @property
    def interval(self) -> Interval:
        """When."""
        ...

    @property
    def peak(self) -> float:
        """Largest probability."""
        ...

    @property
    def certainty(self) -> str:
        """``sure`` or ``unsure``."""
        ...


@dataclass(frozen=True, slots=True)
class Stratum:
    """Stretches that are alike: ``size`` of them, of which ``planned`` were drawn.

    ``probability`` is the mean over all of them of the largest probability in each.
    """

    name: str
    kind: Kind
    size: int
    planned: int
    probability: float


@dataclass(frozen=True, slots=True)
class Item:
    """A stretch to look at; ``probability`` is the largest in it. Neither it nor the stratum is for the reviewer."""

    interval: Interval
    stratum: Stratum
    probability: float

    @property
    def inclusion(self) -> float:
        """Probability with which this stretch was drawn; one over it is what it stands for."""
        return self.stratum.planned / self.stratum.size


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """What to look at, in this order, and what that was drawn from; ``covered_us`` is the length of all stretches."""

    items: tuple[Item, ...]
    strata: tuple[Stratum, ...]
    covered_us: int

    def size(self, kind: Kind) -> int:
        """Stretches of a kind, drawn or not."""
        return sum(s.size for s in self.strata if s.kind is kind)


@dataclass(frozen=True, slots=True)
class _Stretches:
    """Stretches of one stratum as ``(n,)`` arrays: start, end, largest probability."""

    name: str
    kind: Kind
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    peak: NDArray[np.float64]

    def part(self, name: str, chosen: NDArray[np.intp]) -> _Stretches:
        return _Stretches(name, self.kind, self.start[chosen], self.end[chosen], self.peak[chosen])


def audit_plan(
    episodes: Sequence[Flagged],
    judged: Intervals,
    half_second_us: NDArray[np.int64],
    probability: NDArray[np.floating],
    *,
    looks: int = LOOKS,
    window_us: int = WINDOW_US,
    seed: int = 0,
) -> AuditPlan:
    """Draw the stretches of one stream and phenomenon that a person should look at.

    Deterministic: the same arguments give the same plan. More rows than were there when it was drawn make another
    one, so a plan that has been begun is kept, not drawn again.

    Parameters
    ----------
    episodes
        Sure and unsure ones, in any order.
    judged
        What was flagged or clear.
    half_second_us, probability
        ``(n,)`` start, increasing, and probability of each half second.
    looks
        How many stretches; each stratum gets ``FEWEST`` even where that makes more.
    window_us
        Longest clear window.

    Raises
    ------
    ValueError
        If episodes overlap one another.
    """
    spans = [e.interval for e in episodes]
    if sum(s.duration for s in spans) != total(spans):
        raise ValueError("episodes of one stream and phenomenon overlap: give those of the present run alone")
    clear = subtract(judged, spans)
    strata = [
        *_by_peak(_of(Kind.FLAG, [e for e in episodes if e.certainty == Certainty.SURE])),
        _of(Kind.UNSURE, [e for e in episodes if e.certainty == Certainty.UNSURE]),
        *_by_nearness(_windows(clear, window_us, half_second_us, probability)),
    ]
    strata = [s for s in strata if len(s.start)]
    sizes = [len(s.start) for s in strata]
    expected = [float(s.peak.mean()) for s in strata]
    counts = allocate(sizes, [_spread(p) for p in expected], looks)
    draw = np.random.default_rng(seed)
    placed: list[tuple[float, Item]] = []
    described = []
    for s, n, mean in zip(strata, counts, expected, strict=True):
        stratum = Stratum(s.name, s.kind, len(s.start), n, mean)
        described.append(stratum)
        chosen = draw.permutation(len(s.start))[:n]
        # Shuffled, but every stratum spread evenly: an audit that is broken off has seen something of each.
        at = (np.arange(n) + draw.random(n)) / n
        placed += [
            (float(x), Item(Interval(int(s.start[k]), int(s.end[k])), stratum, float(s.peak[k])))
            for x, k in zip(at, chosen, strict=True)
        ]
    items = tuple(item for _, item in sorted(placed, key=lambda pair: pair[0]))
    return AuditPlan(items, tuple(described), total(spans) + total(clear))


def allocate(sizes: Sequence[int], spreads: Sequence[float], looks: int) -> list[int]:
    """How many to look at in each stratum: power allocation in whole numbers.

    In proportion to ``(size * spread) ** POWER``. Neyman's optimum for the total (exponent 1; Cochran 1977, 5.5) gives
    nearly all looks to clear time and leaves a handful for flags; a power below 1 keeps both (Bankier, The American
    Statistician 1988). In whole numbers by priorities (Wright, The American Statistician 2012).

    Parameters
    ----------
    sizes, spreads
        Stretches of each stratum, and the expected standard deviation among them.
    looks
        The sum wanted; less where there are fewer stretches, more where ``FEWEST`` of each stratum needs it.

    >>> allocate([20, 20, 40, 160, 600], [0.4, 0.5, 0.4, 0.2, 0.1], 40)
    [4, 5, 6, 10, 15]
    """
    weights = [(n * s) ** POWER for n, s in zip(sizes, spreads, strict=True)]
    counts = [min(n, FEWEST) for n in sizes]
    while sum(counts) < looks:
        open_ = [h for h, n in enumerate(sizes) if counts[h] < n]
        if not open_:
            break
        best = max(open_, key=lambda h: weights[h] / math.sqrt(counts[h] * (counts[h] + 1)))
        counts[best] += 1
    return counts


def _spread(probability: float) -> float:
    """Expected standard deviation of found or not, if the detector's probabilities were right.

    Never less than for a share of 2 %: a detector that is sure of itself is not looked at less for it.
    """
    p = min(max(probability, 0.02), 0.98)
    return math.sqrt(p * (1 - p))


def _of(kind: Kind, episodes: Sequence[Flagged]) -> _Stretches:
    spans = sorted((e.interval, float(e.peak)) for e in episodes)
    return _Stretches(
        kind.value,
        kind,
        np.array([i.start for i, _ in spans], dtype=np.int64),
        np.array([i.end for i, _ in spans], dtype=np.int64),
        np.array([p for _, p in spans], dtype=np.float64),
    )


def _windows(
    clear: Intervals, window_us: int, half_second_us: NDArray[np.int64], probability: NDArray[np.floating]
) -> _Stretches:
    """Each clear interval cut into equal windows, as few as keep to the longest length."""
    if not clear:
        return _of(Kind.CLEAR, [])
    edges = [np.linspace(i.start, i.end, -(-i.duration // window_us) + 1).round().astype(np.int64) for i in clear]
    start = np.concatenate([e[:-1] for e in edges])
    end = np.concatenate([e[1:] for e in edges])
    first, last = np.searchsorted(half_second_us, start), np.searchsorted(half_second_us, end)
    # One more at the end, because a window may begin behind the last half second.
    values = np.append(np.asarray(probability, dtype=np.float64), 0.0)
    pairs = np.stack([first, last], axis=1).ravel()
    highest = np.where(first < last, np.maximum.reduceat(values, pairs)[::2], 0.0)
    return _Stretches(Kind.CLEAR.value, Kind.CLEAR, start, end, highest)


def _by_peak(flags: _Stretches) -> list[_Stretches]:
    """The more and the less certain half of the flags."""
    return _split(flags, len(flags.peak) // 2, "flag, higher probability", "flag, lower probability")


def _by_nearness(windows: _Stretches) -> list[_Stretches]:
    """Near misses, so that they are looked at more than their share, and the rest."""
    return _split(windows, max(FEWEST, round(NEAR * len(windows.peak))), "clear, near miss", "clear, far")


def _split(whole: _Stretches, first: int, high: str, low: str) -> list[_Stretches]:
    """The ``first`` stretches by probability, and the others; one stratum when they are few."""
    if len(whole.peak) < 4 * FEWEST:
        return [whole]
    order = np.argsort(-whole.peak, kind="stable")
    return [whole.part(high, order[:first]), whole.part(low, order[first:])]
