"""One day at a glance: movement and probability in as many columns as the screen has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Overview:
    """Columns of equal length over ``interval``; NaN where there is nothing to show.

    ``movement`` is the largest standard deviation of the acceleration (g) in the column,
    ``probability`` the largest of its half seconds; both ``(columns,)`` float32.
    """

    interval: Interval
    movement: Floats
    probability: Floats


def columns_max(at_us: NDArray[np.int64], values: Floats, interval: Interval, columns: int) -> Floats:
    """Largest value in each of ``columns`` equal stretches of ``interval``.

    Parameters
    ----------
    at_us, values
        ``(n,)`` instants, increasing, and what holds there; NaN counts as nothing.

    Returns
    -------
    ``(columns,)`` float32, NaN where a column holds no value.
    """
    out = np.full(columns, np.nan, dtype=np.float32)
    keep = (at_us >= interval.start) & (at_us < interval.end) & ~np.isnan(values)
    at, held = at_us[keep], np.asarray(values, dtype=np.float32)[keep]
    if not len(at) or interval.duration == 0:
        return out
    column = (at - interval.start) * columns // interval.duration
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    out[column[starts]] = np.maximum.reduceat(held, starts)
    return out


def overview(
    interval: Interval,
    columns: int,
    movement: tuple[NDArray[np.int64], Floats],
    probability: tuple[NDArray[np.int64], Floats],
) -> Overview:
    """A day from its summary (start_us, movement) and its scores (start_us, probability)."""
    return Overview(interval, columns_max(*movement, interval, columns), columns_max(*probability, interval, columns))
