"""One look through a segment before anything else: which way is down, and how strongly it moves when it moves."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from data.recording import Segment

MOVING_G = 0.05
"""Standard deviation of the acceleration's length in a second from which the second counts as moving, g."""

_MOST_SECONDS = 86_400
_FEWEST_MOVING = 10


@dataclass(frozen=True, slots=True)
class Reference:
    """What a segment's samples are compared with.

    The posture is taken from the seconds in which the sensor moved (a person who moves is mostly
    upright, and a night on the side or an hour on a table must not become "down"); with fewer than
    ten of those, from all seconds.

    Parameters
    ----------
    down
        ``(3,)`` unit vector of the median gravity in the sensor's frame; +z where there is none.
    log_movement
        Median over the moving seconds of ln(standard deviation of the acceleration's length, g); NaN
        when fewer than ten seconds moved.
    """

    down: NDArray[np.float64]
    log_movement: float


def reference(segment: Segment, acc: list[int]) -> Reference:
    """Read a segment once, in minutes; of one longer than a day every second, third ... minute.

    Parameters
    ----------
    acc
        Columns of the three acceleration axes.
    """
    second = max(1, round(segment.rate_hz))
    minute = 60 * second
    stride = minute * ceil(segment.n_samples / (second * _MOST_SECONDS))
    means, spreads = [], []
    for i in range(0, segment.n_samples, stride):
        rows = np.asarray(segment.samples[i : min(i + minute, segment.n_samples)], dtype=np.float32)[:, acc]
        whole = len(rows) // second
        if whole == 0 and i > 0:
            continue  # less than a second is left
        blocks = rows[: whole * second].reshape(whole, second, 3) if whole else rows[None]
        means.append(blocks.mean(axis=1, dtype=np.float64))
        spreads.append(np.linalg.norm(blocks, axis=2).std(axis=1, dtype=np.float64))
    mean, spread = np.concatenate(means), np.concatenate(spreads)
    moving = spread > MOVING_G
    enough = int(moving.sum()) >= _FEWEST_MOVING
    median = np.median(mean[moving] if enough else mean, axis=0)
    length = float(np.linalg.norm(median))
    down = median / length if length > 0.1 else np.array([0.0, 0.0, 1.0])
    return Reference(down, float(np.median(np.log(spread[moving]))) if enough else float("nan"))
