"""What a detector says about a stream: a probability for each half second, and episodes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from data.grid import Grid
from data.intervals import Interval
from data.recording import Placement

UNKNOWN = "unlike anything the detector learned"
"""The reason why a half second is not judged whose vector lies far from those that the detector learned from."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Probability of one phenomenon in each half second of one stream.

    Parameters
    ----------
    grid
        The half seconds, ``n`` of them.
    probability, lower, upper
        ``(n,)`` float32 from 0 to 1: the calibrated probability and its band. Meaningless where not ``valid``.
    valid
        ``(n,)`` bool: the half second could be judged.
    reasons
        Why half seconds are not valid: each invalid half second lies in one of these intervals.
    """

    stream: str
    phenomenon: str
    grid: Grid
    probability: NDArray[np.float32]
    lower: NDArray[np.float32]
    upper: NDArray[np.float32]
    valid: NDArray[np.bool_]
    reasons: tuple[tuple[Interval, str], ...] = ()


class Certainty(StrEnum):
    """Whether an episode may enter a rate."""

    SURE = "sure"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch that a detector flagged.

    Parameters
    ----------
    interval
        Half-open, microseconds; lies inside one segment.
    peak, mean
        Largest and mean probability of its half seconds that were judged.
    detector
        Version of the detector that flagged it.
    """

    interval: Interval
    stream: str
    phenomenon: str
    placement: Placement
    peak: float
    mean: float
    certainty: Certainty
    detector: str
