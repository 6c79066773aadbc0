"""A segment at 50 Hz with gravity along +z and its heading along +x, computed where it is read.

Every number depends on samples at most :data:`REACH` away and on the segment's :class:`Reference`,
so a segment may be read in pieces of any size with the same result, and memory does not grow with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.conditioning.reference import Reference, reference, turn_to_z
from data.conditioning.resample import RATE_HZ, Resampled, mirror
from data.files import columns
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
_SPAN = 2 * _HALF  # input samples to a row of the filter's matrix form, which gives _SPAN / _STRIDE estimates
_SHARES = np.arange(_STRIDE) / _STRIDE


def _filter_as_matrix() -> NDArray[np.float64]:
    """``(2 · span, span / stride)``: column ``i`` holds the filter that begins at sample ``stride · i`` of two rows."""
    taps = np.zeros((2 * _SPAN, _SPAN // _STRIDE))
    for i in range(taps.shape[1]):
        taps[i * _STRIDE : i * _STRIDE + len(_HANN), i] = _HANN
    return taps


_TAPS = _filter_as_matrix()


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
    """A segment ready to be read at 50 Hz with gravity along +z. Made by :func:`condition`, of the channels it uses."""

    resampled: Resampled
    reference: Reference
    has_gyro: bool
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
        raw = self.resampled.read(begin, min(self.n_samples, last * _STRIDE + _HALF + 1))
        coarse = self._gravity(raw[:, :3], begin, first, last)
        direction, held = self._hold(coarse)
        here = slice(start - first * _STRIDE, stop - first * _STRIDE)
        # Axes first: numpy is several times faster along long rows than along rows of three.
        turned = _between(direction.T)[:, here]
        turned /= np.maximum(np.sqrt(np.einsum("cn,cn->n", turned, turned)), 1e-9)
        rows = raw[start - begin : stop - begin].T.astype(np.float64, order="C")
        acc = _to_z(self._turn @ rows[:3], turned)
        gyro = _to_z(self._turn @ rows[3:6] / 100.0, turned) if self.has_gyro else np.zeros_like(acc)
        return Aligned(
            acc.astype(np.float32).T,
            gyro.astype(np.float32).T,
            (self._turn.T @ turned).astype(np.float32).T,
            turned[2].astype(np.float32),
            _nearest(held)[here],
            self.has_gyro,
        )

    def hold(self, start: int, stop: int) -> Held:
        """The samples ``[start, stop)``, as far as the segment has them, to be read several times."""
        low = max(0, start)
        piece = self.read(low, min(self.n_samples, stop))
        return Held(self.n_samples, self.n_cells, self.reference, self.has_gyro, low, piece)

    def _gravity(self, acc: NDArray[np.float32], begin: int, first: int, last: int) -> NDArray[np.float64]:
        """``(last - first + 1, 3)`` low-passed acceleration at samples 5 · first ... 5 · last, in the turned frame."""
        count = last - first + 1
        blocks = -(-count * _STRIDE // _SPAN)
        lead = begin - (first * _STRIDE - _HALF)
        padded = np.zeros((4, (blocks + 1) * _SPAN), dtype=np.float64)
        padded[:3, lead : lead + len(acc)] = acc.T
        padded[3, lead : lead + len(acc)] = 1.0
        # As matrix products over rows of two seconds: a tenth of the time of scipy's upfirdn, which is not vectorised.
        rows = padded.reshape(4, blocks + 1, _SPAN)
        smooth = (rows[:, :-1] @ _TAPS[:_SPAN] + rows[:, 1:] @ _TAPS[_SPAN:]).reshape(4, -1)[:, :count].T
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
    wanted = tuple(channels.index(c) for c in CHANNELS[: 6 if has_gyro else 3])
    seen = reference(segment, list(wanted[:3]))
    used = replace(segment, samples=columns(segment.samples, wanted))
    return Conditioned(Resampled.of(used), seen, has_gyro, turn_of(seen))


def turn_of(seen: Reference) -> NDArray[np.float64]:
    """``(3, 3)``: the rotation that takes a reference's posture to +z and its heading to +x."""
    c, s = np.cos(seen.heading), np.sin(seen.heading)
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]) @ turn_to_z(seen.down)


def _between(coarse: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(3, 5 m - 4)``: straight lines through the ``m`` columns given, five steps from one to the next."""
    pairs = np.stack([coarse[:, :-1], coarse[:, 1:]], axis=2)
    lines = pairs @ np.stack([1.0 - _SHARES, _SHARES])
    return np.concatenate([lines.reshape(3, -1), coarse[:, -1:]], axis=1)


def _nearest(coarse: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """``(5 m - 4,)``: the nearest of the ``m`` values given."""
    near = np.where(_SHARES < 0.5, coarse[:-1, None], coarse[1:, None])
    return np.concatenate([near.reshape(-1), coarse[-1:]])


def _to_z(rows: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each column by the shortest rotation that takes its ``down`` to +z; all are ``(3, n)``.

    Upside down, where the shortest way is not defined, it is the shortest way to −z and half a turn about x.
    """
    flip = down[2] < _UPSIDE_DOWN
    d = np.where(flip, -down, down)
    # Rodrigues with v = d × z = (d_y, −d_x, 0): R r = r + v × r + v × (v × r) / (1 + d_z)
    k = 1.0 / (1.0 + d[2])
    x, y, z = rows
    along = d[0] * x + d[1] * y
    lift = z + k * along
    out = np.stack([x - d[0] * lift, y - d[1] * lift, z + along - k * (d[0] ** 2 + d[1] ** 2) * z])
    # The axes of a flipped column: d → z means down → −z; half a turn about x brings it back to +z.
    out[1:, flip] *= -1.0
    return out


def from_z(rows: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float64]:
    """The way back of what turned ``down`` to +z; both are ``(3, n)``."""
    flip = down[2] < _UPSIDE_DOWN
    unflipped = np.where(flip, rows * np.array([[1.0], [-1.0], [-1.0]]), rows)
    # The shortest rotation from z to d is that from d mirrored at z to z.
    return _to_z(unflipped, np.where(flip, -down, down) * np.array([[-1.0], [-1.0], [1.0]]))


__all__ = [
    "RATE_HZ",
    "REACH",
    "Aligned",
    "Conditioned",
    "Held",
    "Source",
    "condition",
    "from_z",
    "read_mirrored",
    "turn_of",
]
