"""How far marks and flags agree on the share of time of each recording: intra-class correlation, by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.splits import LEAST_PEOPLE, bootstrap

LEAST_RECORDINGS = 3
"""With fewer there is no correlation: two recordings always lie on a line."""
_DEFINED = 0.95
"""Share of the draws of people that must have a correlation, else those without one would be passed over unseen."""


def icc(ratings: NDArray[np.floating]) -> float:
    """ICC(2,1) of each recording's ratings: two-way random effects, absolute agreement, a single rater.

    Shrout and Fleiss, Psychological Bulletin 1979; ICC(A,1) of McGraw and Wong, Psychological Methods 1996. One rater
    who says the same of every recording gives 0; it may be negative.

    Parameters
    ----------
    ratings
        ``(n, k)``: ``n`` recordings by ``k`` raters, finite, all in one unit.

    Returns
    -------
    float
        1 where all raters say the same; NaN of fewer than three recordings, and where no rater tells any two apart.
    """
    x = np.asarray(ratings, dtype=np.float64)
    n, k = x.shape
    if n < LEAST_RECORDINGS or not np.ptp(x, axis=0).any():
        return float("nan")
    rows, columns, mean = x.mean(axis=1), x.mean(axis=0), x.mean()
    between = k * np.sum((rows - mean) ** 2) / (n - 1)
    raters = n * np.sum((columns - mean) ** 2) / (k - 1)
    rest = np.sum((x - rows[:, None] - columns + mean) ** 2) / ((n - 1) * (k - 1))
    return float((between - rest) / (between + (k - 1) * rest + k * (raters - rest) / n))


@dataclass(frozen=True, slots=True)
class Agreement:
    """ICC(2,1) of the share of time, marked beside flagged.

    Parameters
    ----------
    value
        NaN where it cannot be told (:func:`icc`).
    low, high
        2.5 and 97.5 % over draws of people; NaN of fewer than three, and where many draws have no correlation.
    recordings, people
        What it rests on.
    """

    value: float
    low: float
    high: float
    recordings: int
    people: int


def agreement(shares: Mapping[str, Sequence[tuple[float, float]]], draws: int, seed: int) -> Agreement:
    """Agreement over all recordings, with an interval over people, each of whom brings all of theirs.

    Parameters
    ----------
    shares
        Of each person, one pair a recording: share of the judged time that is marked, and that is flagged.
    """
    of = {p: np.array(pairs, dtype=np.float64) for p, pairs in shares.items() if pairs}
    nothing = float("nan")
    if not of:
        return Agreement(nothing, nothing, nothing, 0, 0)
    every = np.concatenate(list(of.values()))
    value, low, high = icc(every), nothing, nothing
    if len(of) >= LEAST_PEOPLE:
        drawn = np.array([icc(np.concatenate([of[p] for p in draw])) for draw in bootstrap(list(of), draws, seed)])
        held = drawn[np.isfinite(drawn)]
        if np.isfinite(value) and len(held) >= _DEFINED * draws:
            low, high = (float(q) for q in np.quantile(held, [0.025, 0.975]))
    return Agreement(value, low, high, len(every), len(of))
