"""A segment at 50 Hz with gravity along +z and its heading along +x, computed where it is read.

Every number depends on samples at most :data:`REACH` away and on the segment's :class:`Reference`,
so a segment may be read in pieces of any size with the same result, and memory does not grow with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.conditioning.reference import Reference, reference, turn_to_z
from data.conditioning.resample import RATE_HZ, Resampled, mirror
from data.recording import CHANNELS, Segment

REACH = 165
"""50 Hz samples to either side that one conditioned sample may depend on."""

_STRIDE = 5  # gravity moves slowly: it is estimated at 10 Hz and interpolated
_HALF = 50  # of the 101-tap filter
_HOLD = 20  # estimates: 2 s
_TOLERANCE_G = 0.25
_NO_GRAVITY_G = 0.1
_UPSIDE_DOWN = -0.95
_HANN = np.hanning(103)[1:-1] / np.hanning(103).sum()


@dataclass(frozen=True, slots=True)
class Aligned:
    """A piece of a conditioned segment, ``n`` samples at 50 Hz.

    Parameters
    ----------
    acc
        ``(n, 3)`` float32, g, gravity included and along +z; x is the segment's heading (:class:`Reference`).
    gyro
        ``(n, 3)`` float32 in hundreds of °/s, turned like ``acc``; zeros when ``has_gyro`` is False.
    gravity
        ``(n, 3)`` float32 unit vector of gravity in the sensor's own frame.
    inclination
        ``(n,)`` float32, cosine of the angle between gravity and the segment's reference posture.
    held
        ``(n,)`` bool: gravity could not be told here (a fall, a blow, free swinging, no signal).
    """

    acc: NDArray[np.float32]
    gyro: NDArray[np.float32]
    gravity: NDArray[np.float32]
    inclination: NDArray[np.float32]
    held: NDArray[np.bool_]
    has_gyro: bool

    def take(self, rows: slice | NDArray[np.int64]) -> Aligned:
        """The rows asked for."""
        return Aligned(
            self.acc[rows], self.gyro[rows], self.gravity[rows], self.inclination[rows], self.held[rows], self.has_gyro
        )


@dataclass(frozen=True, slots=True)
class Conditioned:
    """A segment ready to be read at 50 Hz with gravity along +z. Made by :func:`condition`."""

    resampled: Resampled
    reference: Reference
    has_gyro: bool
    _columns: tuple[int, ...]
    _turn: NDArray[np.float64]  # (3, 3): the reference posture to +z, its heading to +x

    @property
    def n_samples(self) -> int:
        """Samples at 50 Hz."""
        return self.resampled.n_samples

    @property
    def n_cells(self) -> int:
        """Half seconds on the segment's grid."""
        return self.resampled.segment.interval.duration // 500_000

    def read(self, start: int, stop: int) -> Aligned:
        """Samples ``[start, stop)``, both within ``[0, n_samples]``."""
        # Gravity at every fifth sample of the segment, from 2 s before (what may be held) to just after.
        first = max(0, start // _STRIDE - _HOLD)
        last = max(first, -(-max(stop - 1, start) // _STRIDE))
        begin = max(0, first * _STRIDE - _HALF)
        raw = self.resampled.read(begin, min(self.n_samples, last * _STRIDE + _HALF + 1))[:, list(self._columns)]
        coarse = self._gravity(raw[:, :3], begin, first, last)
        direction, held = self._hold(coarse)
        index = np.arange(start, stop)
        left = np.minimum(index // _STRIDE - first, max(last - first - 1, 0))
        right = np.minimum(left + 1, last - first)
        share = ((index - (left + first) * _STRIDE) / _STRIDE)[:, None]
        turned = direction[left] * (1 - share) + direction[right] * share
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
        near = np.where(share[:, 0] < 0.5, left, right)
        rows = raw[start - begin : stop - begin].astype(np.float64)
        acc = _to_z(rows[:, :3] @ self._turn.T, turned)
        gyro = _to_z(rows[:, 3:6] @ self._turn.T / 100.0, turned) if self.has_gyro else np.zeros_like(acc)
        return Aligned(
            acc.astype(np.float32),
            gyro.astype(np.float32),
            (turned @ self._turn).astype(np.float32),
            turned[:, 2].astype(np.float32),
            held[near],
            self.has_gyro,
        )

    def hold(self, start: int, stop: int) -> Held:
        """The samples ``[start, stop)``, as far as the segment has them, to be read several times."""
        low = max(0, start)
        piece = self.read(low, min(self.n_samples, stop))
        return Held(self.n_samples, self.n_cells, self.reference, self.has_gyro, low, piece)

    def _gravity(self, acc: NDArray[np.float32], begin: int, first: int, last: int) -> NDArray[np.float64]:
        """``(last - first + 1, 3)`` low-passed acceleration at samples 5 · first ... 5 · last, in the turned frame."""
        from scipy.signal import upfirdn  # noqa: PLC0415  a second to import; the command line must start without it

        lead = begin - (first * _STRIDE - _HALF)
        wanted = (last - first) * _STRIDE + 2 * _HALF + 1
        ones = np.ones((len(acc), 1), dtype=np.float64)
        padded = np.zeros((wanted, 4), dtype=np.float64)
        padded[lead : lead + len(acc)] = np.hstack([acc, ones])
        smooth = upfirdn(_HANN, padded, 1, _STRIDE, axis=0)[2 * _HALF // _STRIDE :][: last - first + 1]
        # At a segment's end the filter is one-sided: divide by what it saw. Past the end nothing is seen.
        seen = smooth[:, 3:]
        return np.asarray(np.where(seen > 0, smooth[:, :3] / np.maximum(seen, 1e-9), 0.0) @ self._turn.T)

    @staticmethod
    def _hold(coarse: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Directions with the last good one held for at most 2 s, and where something was held or absent."""
        length = np.linalg.norm(coarse, axis=1)
        present = length > _NO_GRAVITY_G
        direction = np.where(
            present[:, None], coarse / np.maximum(length, _NO_GRAVITY_G)[:, None], np.array([0.0, 0.0, 1.0])
        )
        good = present & (np.abs(length - 1.0) <= _TOLERANCE_G) & (direction[:, 2] >= _UPSIDE_DOWN)
        at = np.arange(len(coarse))
        last_good = np.maximum.accumulate(np.where(good, at, -10 * _HOLD))
        hold = ~good & (at - last_good <= _HOLD)
        return direction[np.where(hold, last_good, at)], hold | ~present


class Source(Protocol):
    """Anything that gives conditioned samples: a :class:`Conditioned` or a :class:`Held` piece of one."""

    @property
    def n_samples(self) -> int:
        """Samples at 50 Hz of the whole segment."""

    @property
    def reference(self) -> Reference:
        """What the segment is compared with."""

    @property
    def has_gyro(self) -> bool:
        """Whether rotation was measured."""

    def read(self, start: int, stop: int) -> Aligned:
        """Samples ``[start, stop)`` of the segment."""


@dataclass(frozen=True, slots=True)
class Held:
    """A piece of a conditioned segment kept in memory, read like the segment itself."""

    n_samples: int
    n_cells: int
    reference: Reference
    has_gyro: bool
    first: int
    piece: Aligned

    def read(self, start: int, stop: int) -> Aligned:
        """Samples ``[start, stop)`` of the segment; they must lie inside the piece."""
        if start < self.first or stop > self.first + len(self.piece.acc):
            raise IndexError(f"samples [{start}, {stop}) are not held")
        return self.piece.take(slice(start - self.first, stop - self.first))


def read_mirrored(source: Source, start: int, stop: int) -> Aligned:
    """Samples ``[start, stop)`` with the segment mirrored at its ends: any ``start`` and ``stop``."""
    n = source.n_samples
    if start >= 0 and stop <= n:
        return source.read(start, stop)
    index = mirror(np.arange(start, stop), n)
    low = int(index.min())
    return source.read(low, int(index.max()) + 1).take(index - low)


def condition(segment: Segment, channels: tuple[str, ...], use: tuple[str, ...] = CHANNELS) -> Conditioned:
    """Prepare a segment; reads it once for its reference, nothing is kept.

    Parameters
    ----------
    channels
        Of the stream; the three acceleration axes are needed, the three of the gyroscope used when present.
    use
        The channels wanted: without the gyroscope's, those are left alone.

    Raises
    ------
    ValueError
        If an acceleration axis is missing: gravity cannot be told without it.
    """
    missing = [c for c in CHANNELS[:3] if c not in channels]
    if missing:
        raise ValueError(f"gravity alignment needs three acceleration axes; missing: {', '.join(missing)}")
    has_gyro = all(c in channels and c in use for c in CHANNELS[3:])
    columns = tuple(channels.index(c) for c in CHANNELS[: 6 if has_gyro else 3])
    seen = reference(segment, list(columns[:3]))
    c, s = np.cos(seen.heading), np.sin(seen.heading)
    forward = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return Conditioned(Resampled.of(segment), seen, has_gyro, columns, forward @ turn_to_z(seen.down))


def _to_z(rows: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each row by the shortest rotation that takes its ``down`` to +z.

    Upside down, where the shortest way is not defined, it is the shortest way to −z and half a turn about x.
    """
    flip = down[:, 2] < _UPSIDE_DOWN
    sign = np.where(flip, -1.0, 1.0)
    d = down * sign[:, None]
    # Rodrigues with v = d × z = (d_y, −d_x, 0): R r = r + v × r + v × (v × r) / (1 + d_z)
    vx, vy, k = d[:, 1], -d[:, 0], 1.0 / (1.0 + d[:, 2])
    x, y, z = rows[:, 0], rows[:, 1], rows[:, 2]
    cx, cy, cz = vy * z, -vx * z, vx * y - vy * x
    out = np.stack([x + cx + k * vy * cz, y + cy - k * vx * cz, z + cz + k * (vx * cy - vy * cx)], axis=1)
    # The axes of a flipped row: d → z means down → −z; half a turn about x brings it back to +z.
    out[flip, 1:] *= -1.0
    return out


__all__ = ["RATE_HZ", "REACH", "Aligned", "Conditioned", "Held", "Source", "condition", "read_mirrored"]
