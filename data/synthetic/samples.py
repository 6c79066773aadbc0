"""Samples that are made when they are asked for: any slice equals the same rows of the whole."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.recording import Placement
from data.synthetic.movement import move
from data.synthetic.person import SITES, mount_of, person_of
from data.synthetic.plan import Plan, Vector

ACC_STEP_G = 2.0**-12
"""A 16-bit sensor of 8 g full scale; the gyroscope has 2048 °/s."""
GYRO_STEP_DPS = 2.0**-4
ACC_NOISE_G = 0.0015
GYRO_NOISE_DPS = 0.08
REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor on one simulated person."""

    plan: Plan
    placement: Placement
    rate_hz: float
    seed: int


class SimulatedSamples:
    """``(n, 6)`` float32 rows of a simulated sensor, acc in g and gyro in °/s.

    Each act is made whole, from its own random numbers, and the last few are remembered;
    memory is that of some minutes, whatever the length.

    Parameters
    ----------
    first
        Number of the first row, counted from the start of the plan.
    count
        Number of rows.
    """

    def __init__(self, sensor: Sensor, first: int, count: int) -> None:
        self._sensor, self._first, self._count = sensor, first, count
        self._edges = act_edges(sensor.plan, sensor.rate_hz)
        self._person = person_of(sensor.seed)
        self._mount = mount_of(sensor.seed, sensor.placement)
        self._made: OrderedDict[int, NDArray[np.float32]] = OrderedDict()

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, 6)``."""
        return (self._count, 6)

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, 6)`` float32 of the rows asked for."""
        start, stop, step = rows.indices(self._count)
        if step < 0:
            raise ValueError("rows are read forwards")
        a, b = self._first + start, self._first + max(start, stop)
        out = np.empty((b - a, 6), dtype=np.float32)
        k = max(0, int(np.searchsorted(self._edges, a, side="right")) - 1)
        while a < b:
            end = min(b, int(self._edges[k + 1]))
            if end > a:
                made = self._act(k)
                offset = int(self._edges[k])
                out[a - self._first - start : end - self._first - start] = made[a - offset : end - offset]
                a = end
            k += 1
        return out[::step]

    def _act(self, k: int) -> NDArray[np.float32]:
        """All rows of act ``k``."""
        if k in self._made:
            self._made.move_to_end(k)
            return self._made[k]
        made = self._make(k)
        self._made[k] = made
        if len(self._made) > REMEMBERED:
            self._made.popitem(last=False)
        return made

    def _make(self, k: int) -> NDArray[np.float32]:
        sensor, act = self._sensor, self._sensor.plan[k]
        site = SITES[sensor.placement]

        def up(number: int) -> Vector:
            one = sensor.plan[max(0, number)]
            return site.sit_up if one.kind == "sit" and site.sit_up is not None else one.up

        t = np.arange(self._edges[k], self._edges[k + 1]) / sensor.rate_hz
        motion = move(act, (up(k - 1), up(k)), t, who=(self._person, site), key=(sensor.seed, k))
        number = list(Placement).index(sensor.placement)
        rng = np.random.default_rng([sensor.seed, k, 4, number])
        out = np.empty((len(t), 6), dtype=np.float32)
        for columns, body, noise, offset, step in (
            (slice(0, 3), motion.up + motion.push, ACC_NOISE_G, self._mount.offset_g, ACC_STEP_G),
            (slice(3, 6), motion.spin, GYRO_NOISE_DPS, self._mount.offset_dps, GYRO_STEP_DPS),
        ):
            read = rng.standard_normal((3, len(t)), dtype=np.float32)
            read *= np.float32(noise / step)
            read += (self._mount.turn / np.float32(step)) @ body + offset[:, None] / np.float32(step)
            np.rint(read, out=read)
            read *= np.float32(step)
            read += np.float32(0.0)  # a converter knows no minus zero
            out[:, columns] = read.T
        return out


def act_edges(plan: Plan, rate_hz: float) -> NDArray[np.int64]:
    """Row numbers that bound the acts: a row belongs to the act its instant lies in."""
    ends = np.array([0.0, *(a.end_s for a in plan)])
    return np.ceil(np.round(ends * rate_hz, 6)).astype(np.int64)
