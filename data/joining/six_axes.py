"""Acceleration and rotation of one sensor that were recorded apart, as six axes at the times of the acceleration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.files import part
from data.intervals import intersect, total
from data.joining.words import long
from data.names import are_two_sides
from data.recording import Placement, Samples, Segment, Stream

COVERED = 0.95
"""Rotation is laid onto acceleration where it covers at least this share of it."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """Acceleration with the rotation of the same times beside it, interpolated as it is read.

    Parameters
    ----------
    first
        Place of the first row of ``acc`` among the rows of ``gyro``.
    step
        Rows of ``gyro`` for each row of ``acc``.
    """

    acc: Samples
    gyro: Samples
    first: float
    step: float

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return (self.acc.shape[0], self.acc.shape[1] + self.gyro.shape[1])

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        start, stop, stride = rows.indices(self.shape[0])
        if stop <= start:
            return np.zeros((0, self.shape[1]), dtype=np.float32)
        at = self.first + np.arange(start, stop) * self.step
        low = max(0, int(at[0]))
        held = self.gyro[low : min(self.gyro.shape[0], int(at[-1]) + 2)]
        index = np.arange(low, low + len(held))
        turned = [np.interp(at, index, held[:, c]).astype(np.float32) for c in range(held.shape[1])]
        return np.column_stack([self.acc[start:stop], *turned])[:: stride or 1]


def six_axes(streams: Sequence[Stream], said: list[str]) -> list[Stream]:
    """Rotation without acceleration laid onto the acceleration of the same sensor, where there is one such.

    ``said`` gains what was done, and what it cost.
    """
    out = list(streams)
    for gyro in [s for s in streams if not any(c.startswith("acc") for c in s.channels)]:
        fitting = [s for s in out if _is_its_acceleration(s, gyro)]
        if len(fitting) != 1:
            continue
        (acc,) = fitting
        segments = [_beside(a, g) for a in acc.segments for g in gyro.segments]
        whole = tuple(s for s in segments if s is not None)
        lost = acc.recorded_us - sum(s.interval.duration for s in whole)
        out[out.index(acc)] = replace(acc, channels=(*acc.channels, *gyro.channels), segments=whole)
        out.remove(gyro)
        said.append(f"{acc.name}: the rotation of {gyro.name} is laid onto the times of the acceleration.")
        if lost > 1e6 / acc.rate_hz:
            said.append(f"{acc.name}: {long(lost)} of acceleration without rotation were left out.")
    return out


def _is_its_acceleration(acc: Stream, gyro: Stream) -> bool:
    if any(c.startswith("gyro") for c in acc.channels) or gyro.rate_hz < 0.5 * acc.rate_hz:
        return False
    here, there = (acc.placement, acc.side), (gyro.placement, gyro.side)
    known = gyro.placement is not Placement.UNKNOWN and acc.placement is not Placement.UNKNOWN
    if (known and here != there) or are_two_sides(acc.name, gyro.name):
        return False
    return total(intersect(acc.recorded, gyro.recorded)) >= COVERED * acc.recorded_us


def _beside(acc: Segment, gyro: Segment) -> Segment | None:
    """The part of a segment of acceleration over which a segment of rotation lies."""
    last_us = gyro.time_us(gyro.n_samples - 1)
    first = max(0, int(np.ceil((gyro.start_us - acc.start_us) * acc.rate_hz / 1e6 - 0.5)))
    last = min(acc.n_samples, int((last_us - acc.start_us) * acc.rate_hz / 1e6 + 0.5) + 1)
    if last - first < 2:
        return None
    start = acc.time_us(first)
    offset = (start - gyro.start_us) * gyro.rate_hz / 1e6
    moved = part(acc.samples, first, last)
    return Segment(start, acc.rate_hz, _Beside(moved, gyro.samples, offset, gyro.rate_hz / acc.rate_hz))
