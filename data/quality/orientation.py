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

ACTIVE_G = (0.04, 4.0)
"""Standard deviation of the acceleration, all axes together, of somebody who is up, shuffling, walking or stamping."""
PULL_G = (0.7, 1.5)
"""Length of the mean over ten seconds: gravity, and what an ankle's swing and impacts add to it."""
LEAST_WINDOWS = 3
"""Half a minute of activity says which way is up."""
ALONG = 0.6
"""Cosine of the angle to the upright line, either way, up to which an active window was upright: 53°."""
ALONG_QUIET = 0.8
"""The same of a window without activity, 37°: who sits, lies or has the knees up is quiet, and further off."""
LEAST_OVER = 2
"""Upright windows one after the other that must point the other way: 20 s."""
LEAST_SHARE = 0.01
"""They must be so large a share of all upright windows too: in a week, 20 s are a sensor in somebody's hand."""
LEAST_ACTIVE = 0.1
"""So many of them are active, or half a minute of them is: legs that were put up are still."""
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
    directions, is_active, _ = _windows(stream, scans)
    if is_active.sum() < LEAST_WINDOWS:
        return None
    middle = _middle(directions[is_active])
    return float(middle[0]), float(middle[1]), float(middle[2])


def turned_over(stream: Stream, scans: Sequence[Scan]) -> Intervals:
    """Stretches in which the sensor sat the other way up than for most of the activity.

    The upright line is that of gravity in half a minute or more of unbroken activity, which nobody has in bed. Windows
    along it are upright, one way or the other, whatever lies between them: who sits, lies or bends says nothing. No
    trunk points the other way, and no leg that walks; legs that are put up do, so that a stretch needs some activity.

    Known weakness: a turn cannot be told from a body's own where its wearer never walks, or is not upright both before
    and after it.
    """
    if stream.placement not in UPRIGHT:
        return ()
    directions, is_active, when = _windows(stream, scans)
    busy = _in_a_row(is_active, when)
    if not busy.any():
        return ()
    along = directions @ _middle(directions[busy])
    upright = np.flatnonzero(np.abs(along) > np.where(is_active, ALONG, ALONG_QUIET))
    over = along[upright] < 0
    least = max(LEAST_OVER, LEAST_SHARE * len(upright))
    runs = [upright[a:b] for a, b in _runs(over)]
    return tuple(
        Interval(int(when[r[0], 0]), int(when[r[-1], 1]))
        for r in runs
        if len(r) >= least and (is_active[r].mean() >= LEAST_ACTIVE or busy[r].sum() >= LEAST_WINDOWS)
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


def _windows(stream: Stream, scans: Sequence[Scan]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """Windows of ten seconds in which gravity has a direction: unit vectors ``(n, 3)``, which are active, and when.

    When they begin and end are instants, ``(n, 2)``.
    """
    found, active, when = [np.zeros((0, 3))], [np.zeros(0, dtype=bool)], [np.zeros((0, 2), dtype=np.int64)]
    for segment, s in zip(stream.segments, scans, strict=True):
        if s.tens.mean.shape[1] != 3:
            return found[0], active[0], when[0]
        length = np.linalg.norm(s.tens.mean, axis=1)
        sd = np.linalg.norm(s.tens.sd, axis=1)
        pick = (sd < ACTIVE_G[1]) & (length > PULL_G[0]) & (length < PULL_G[1])
        found.append(s.tens.mean[pick].astype(np.float64) / length[pick, None])
        active.append(sd[pick] > ACTIVE_G[0])
        ten_us = 1e6 * CELLS * max(1, round(segment.rate_hz)) / segment.rate_hz
        edges = segment.start_us + np.rint(np.arange(len(pick) + 1) * ten_us).astype(np.int64)
        when.append(np.stack([edges[:-1][pick], edges[1:][pick]], axis=1))
    return np.concatenate(found), np.concatenate(active), np.concatenate(when)


def _in_a_row(is_active: NDArray[np.bool_], when: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which active windows are among three or more that follow on one another."""
    out = np.zeros(len(is_active), dtype=bool)
    follows = np.concatenate([[False], is_active[:-1] & is_active[1:] & (when[:-1, 1] == when[1:, 0])])
    for a, b in _runs(follows):
        out[a - 1 : b] = b - a + 1 >= LEAST_WINDOWS
    return out


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    turns = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(a), int(b)) for a, b in zip(turns[::2], turns[1::2], strict=True)]


def _middle(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction of most: the axis that all lie along best, whichever way, pointing as the larger part does."""
    axis = np.asarray(np.linalg.eigh(directions.T @ directions)[1][:, -1])
    along = directions @ axis
    return axis if (along > 0).sum() >= (along < 0).sum() else -axis


def _unit(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x / max(float(np.linalg.norm(x)), 1e-9))
