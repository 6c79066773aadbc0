"""Which way up a sensor sat, from the direction of gravity while the person was upright and active.

Nothing in a signal tells how a sensor *should* sit: makers count axes differently. So a sensor is upside-down where
it contradicts something: itself at another time, the other sensors of the recording, which are of one make and worn
one way, or the direction that is usual for its make (:data:`USUAL_UP`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval, Intervals
from data.quality.scan import Scan
from data.quality.tens import CELLS
from data.recording import Placement, Recording, Stream

Vector = tuple[float, float, float]

ACTIVE_G = (0.04, 1.5)
"""Standard deviation of the acceleration, all axes together, of somebody who is up, shuffling or walking."""
PULL_G = (0.85, 1.15)
"""Length of the mean over ten seconds: gravity is all that is left of steady movement."""
LEAST_WINDOWS = 3
"""Half a minute of activity says which way is up."""
OVER = -0.5
"""Cosine of the angle from which a direction is the opposite one: 120°."""
LEAST_OVER = 3
"""Active windows in a row that must say so: half a minute."""
STEEP = 0.7
"""A usual direction that gravity does not lie along, one way or the other, says nothing: another mounting."""
UPRIGHT = frozenset(
    {Placement.LOWER_BACK, Placement.TRUNK, Placement.WAIST, Placement.CHEST, Placement.THIGH, Placement.ANKLE}
)
"""Placements whose direction is that of a person who walks; hands and feet turn as they like."""
USUAL_UP: dict[tuple[str, Placement], Vector] = {
    ("simulated sensor", Placement.LOWER_BACK): (1.0, 0.0, 0.0),
    ("simulated sensor", Placement.TRUNK): (1.0, 0.0, 0.0),
    ("simulated sensor", Placement.WAIST): (1.0, 0.0, 0.0),
    ("simulated sensor", Placement.ANKLE): (1.0, 0.0, 0.0),
    ("Mobilise-D", Placement.LOWER_BACK): (1.0, 0.0, 0.0),
    ("TLVMC", Placement.LOWER_BACK): (-1.0, 0.0, 0.0),
}
"""Where "up" lies for a sensor of that make (as :attr:`Recording.device` begins) at that place."""


def up(stream: Stream, scans: Sequence[Scan]) -> Vector | None:
    """Mean direction of "up" in the sensor's own axes while active; None with less than half a minute of that."""
    directions, _ = _active(stream, scans)
    if len(directions) < LEAST_WINDOWS:
        return None
    middle = _middle(directions)
    return float(middle[0]), float(middle[1]), float(middle[2])


def turned_over(stream: Stream, scans: Sequence[Scan]) -> Intervals:
    """Stretches of activity in which the sensor sat the other way up than for most of the recording.

    Half a minute of activity in a row have to say so.
    """
    if stream.placement not in UPRIGHT:
        return ()
    directions, when = _active(stream, scans)
    if len(directions) < LEAST_WINDOWS:
        return ()
    middle = _middle(directions)
    over = directions @ middle < OVER
    turns = np.flatnonzero(np.diff(np.concatenate([[0], over.astype(np.int8), [0]])))
    return tuple(
        Interval(when[int(a)].start, when[int(b) - 1].end)
        for a, b in zip(turns[::2], turns[1::2], strict=True)
        if b - a >= LEAST_OVER
    )


def usual_up(recording: Recording, stream: Stream, ups: Sequence[tuple[Stream, Vector | None]]) -> Vector | None:
    """Where "up" is expected for a stream: by its make, else by what the other upright sensors agree on; or None."""
    for (make, placement), direction in USUAL_UP.items():
        if placement is stream.placement and recording.device.startswith(make):
            return direction
    others = [np.array(u) for s, u in ups if s.name != stream.name and u is not None and s.placement in UPRIGHT]
    if len(others) < 2:
        return None
    agreed = _unit(np.mean(others, axis=0))
    if min(float(agreed @ o) for o in others) < STEEP:
        return None
    return float(agreed[0]), float(agreed[1]), float(agreed[2])


def is_upside_down(direction: Vector, usual: Vector) -> bool:
    """Whether "up" lies opposite to where it usually does, within 45°."""
    return float(np.dot(direction, usual)) < -STEEP


def _active(stream: Stream, scans: Sequence[Scan]) -> tuple[NDArray[np.float64], list[Interval]]:
    """Unit vectors ``(n, 3)`` of active windows of ten seconds, and when they were."""
    found, when = [np.zeros((0, 3))], list[Interval]()
    for segment, s in zip(stream.segments, scans, strict=True):
        if s.tens.mean.shape[1] != 3:
            return np.zeros((0, 3)), []
        length = np.linalg.norm(s.tens.mean, axis=1)
        sd = np.linalg.norm(s.tens.sd, axis=1)
        pick = (sd > ACTIVE_G[0]) & (sd < ACTIVE_G[1]) & (length > PULL_G[0]) & (length < PULL_G[1])
        found.append(s.tens.mean[pick].astype(np.float64) / length[pick, None])
        size = CELLS * max(1, round(segment.rate_hz))
        when += [
            Interval(segment.time_us(int(i) * size), segment.time_us((int(i) + 1) * size)) for i in np.flatnonzero(pick)
        ]
    return np.concatenate(found), when


def _middle(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction of most: the axis that all lie along best, whichever way, pointing as the larger part does."""
    axis = np.asarray(np.linalg.eigh(directions.T @ directions)[1][:, -1])
    along = directions @ axis
    return axis if (along > 0).sum() >= (along < 0).sum() else -axis


def _unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x / max(float(np.linalg.norm(x)), 1e-9))
