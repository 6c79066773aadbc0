"""One look through a segment before anything else: which way is down and which forward, and how strongly it moves."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from data.files import columns
from data.recording import Segment

MOVING_G = 0.05
"""Standard deviation of the acceleration's length in a second from which the second counts as moving, g."""

_MOST_SECONDS = 86_400
_FEWEST_MOVING = 10
_PARTS = 8  # of a second: means over them keep what is slower than a few hertz
_UPRIGHT = 0.8  # cosine of the largest angle to the usual posture of a second that tells the heading


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
    heading
        Angle, radians, of the horizontal direction that moves most below a few hertz. Which of the body's it is depends
        on the site: sideways in most trials of tdcsfog's lower back, forward and back at Daphnet's trunk. Measured
        about +z from +x after ``down`` was turned to +z by the shortest way; of its two ends the one that goes with
        the movement upwards, which tells front from back no better than chance. 0 where nothing moves.
    log_movement
        Median over the moving seconds of ln(standard deviation of the acceleration's length, g); NaN
        when fewer than ten seconds moved.
    """

    down: NDArray[np.float64]
    heading: float
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
    every = ceil(segment.n_samples / (second * _MOST_SECONDS))
    # Where nothing is left out, ten minutes in one: on short rows a call costs more than its arithmetic.
    piece = minute if every > 1 else 10 * minute
    samples = columns(segment.samples, tuple(acc))
    means, spreads, shapes = [], [], []
    for i in range(0, segment.n_samples, piece * every):
        rows = np.asarray(samples[i : min(i + piece, segment.n_samples)], dtype=np.float32)
        whole = len(rows) // second
        if whole == 0 and i > 0:
            continue  # less than a second is left
        axes = np.ascontiguousarray((rows[: whole * second] if whole else rows).T)
        blocks = axes.reshape(3, max(1, whole), -1)
        x, y, z = blocks
        means.append(blocks.mean(axis=2, dtype=np.float64).T)
        spreads.append(np.sqrt(x * x + y * y + z * z).std(axis=1, dtype=np.float64))
        shapes.append(_shape(blocks))
    mean, spread, shape = np.concatenate(means), np.concatenate(spreads), np.concatenate(shapes)
    moving = spread > MOVING_G
    enough = int(moving.sum()) >= _FEWEST_MOVING
    median = np.median(mean[moving] if enough else mean, axis=0)
    length = float(np.linalg.norm(median))
    down = median / length if length > 0.1 else np.array([0.0, 0.0, 1.0])
    telling = (moving | (not enough)) & (mean @ down > _UPRIGHT * np.linalg.norm(mean, axis=1))
    heading = heading_of(shape[telling].sum(axis=0), turn_to_z(down))
    return Reference(down, heading, float(np.median(np.log(spread[moving]))) if enough else float("nan"))


def _shape(seconds: NDArray[np.float32]) -> NDArray[np.float64]:
    """``(k, 3, 3)``: covariance of the movement slower than a few hertz in each of ``(3, k, n)`` seconds.

    As a share of its trace (and of a little noise), so that each moving second counts the same.
    """
    _, k, n = seconds.shape
    size = max(1, n // _PARTS)
    parts = seconds[:, :, : n // size * size].reshape(3, k, n // size, size).mean(axis=3, dtype=np.float64)
    parts -= parts.mean(axis=2, keepdims=True)
    covariance = np.einsum("ikn,jkn->kij", parts, parts) / parts.shape[2]
    return np.asarray(covariance / (np.trace(covariance, axis1=1, axis2=2)[:, None, None] + 1e-4))


def heading_of(covariance: NDArray[np.float64], turn: NDArray[np.float64]) -> float:
    """Angle of the horizontal direction of most movement, with the sign that :class:`Reference` tells.

    Parameters
    ----------
    covariance
        ``(3, 3)`` in the sensor's frame.
    turn
        ``(3, 3)`` rotation of the sensor's frame to gravity along +z.
    """
    c = turn @ covariance @ turn.T
    angle = 0.5 * float(np.arctan2(2 * c[0, 1], c[0, 0] - c[1, 1]))
    upwards = c[2, 0] * np.cos(angle) + c[2, 1] * np.sin(angle)
    return angle if upwards >= 0 else angle + np.pi


def turn_to_z(down: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(3, 3)`` rotation that takes a unit vector to +z by the shortest way."""
    if down[2] < -0.999999:
        return np.diag([1.0, -1.0, -1.0])
    v = np.array([down[1], -down[0], 0.0])  # down × z
    cross = np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1.0 + down[2]))
