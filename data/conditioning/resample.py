"""Band-limited resampling of one segment to 50 Hz, readable from any place."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from data.recording import Samples, Segment

RATE_HZ = 50
"""Samples per second of everything after conditioning."""

_MAX_UP = 1000
_MAX_DRIFT = 0.05  # input samples that a rational rate may be off at the end of the segment
_HALF_PERIODS = 10  # filter length to either side, in periods of the slower of both rates
_PHASES = 1024
_BLOCK = 50  # output samples at least that a row of the filter's matrix form gives
_MOST_UP = 64  # the matrix of a larger one is mostly zeros


def mirror(index: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Indices reflected at both ends of ``n`` samples, as often as needed; the end samples are not repeated."""
    if n == 1:
        return np.zeros_like(index)
    period = 2 * (n - 1)
    folded = np.abs(index) % period
    return np.where(folded < n, folded, period - folded)


def read_clamped(samples: Samples, start: int, stop: int) -> NDArray[np.float32]:
    """Rows ``[start, stop)``; outside the segment its first or last row is repeated."""
    n = int(samples.shape[0])
    first, last = min(max(start, 0), n - 1), max(min(stop, n), 1)
    rows = np.asarray(samples[min(first, last - 1) : last], dtype=np.float32)
    before, after = max(0, min(stop, 0) - start), max(0, stop - max(start, n))
    kept = rows[: max(0, min(stop, n) - max(start, 0))] if start < n and stop > 0 else rows[:0]
    parts = [np.repeat(rows[:1], before, axis=0), kept, np.repeat(rows[-1:], after, axis=0)]
    return np.concatenate(parts) if before or after else rows


def _kernel(t: NDArray[np.float64], rate_in: float) -> NDArray[np.float64]:
    """Low-pass at 0.45 of the slower rate (Kaiser window), at ``t`` input samples from its middle; not normalised."""
    slower = min(rate_in, RATE_HZ) / rate_in
    inside = np.clip(1.0 - (t * slower / _HALF_PERIODS) ** 2, 0.0, None)
    window = np.where(inside > 0, np.i0(5.0 * np.sqrt(inside)), 0.0)
    return np.asarray(np.sinc(0.9 * slower * t) * window)


@lru_cache(maxsize=32)
def _polyphase(up: int, down: int, rate_in: float) -> NDArray[np.float32]:
    """Taps for ``upfirdn``; constants pass with a gain of exactly 1 in each phase."""
    half = _HALF_PERIODS * max(up, down)
    taps = _kernel(np.arange(-half, half + 1) / up, rate_in)
    rows = np.concatenate([taps, np.zeros(-len(taps) % up)]).reshape(-1, up)
    return np.asarray((rows / rows.sum(axis=0)).reshape(-1)[: len(taps)], dtype=np.float32)


@lru_cache(maxsize=32)
def _in_blocks(up: int, down: int, rate_in: float) -> tuple[int, NDArray[np.float64]]:
    """The polyphase filter as a matrix for rows of input: a tenth of the time of scipy's, which is not vectorised.

    Returns
    -------
    Input samples that an output may depend on before its own, and ``(k, inputs, outputs)``: a row of outputs is the
    sum over ``k`` of a row of inputs and those that follow it, times its part. A row begins so many samples early.
    """
    half = _HALF_PERIODS * max(up, down)
    lead = half // up
    times = ceil(_BLOCK / up)
    outputs, inputs = up * times, down * times
    taps = _polyphase(up, down, rate_in)
    parts = ceil((inputs + 2 * lead + 1) / inputs)
    at = half + np.arange(outputs) * down - (np.arange(parts * inputs)[:, None] - lead) * up
    there = (at >= 0) & (at < len(taps))
    matrix = np.where(there, taps[np.where(there, at, 0)].astype(np.float64), 0.0)
    return lead, matrix.reshape(parts, inputs, outputs)


@lru_cache(maxsize=32)
def _fractional(rate_in: float) -> NDArray[np.float32]:
    """``(phases + 1, taps)``: row p interpolates ``p / phases`` of a sample after the middle tap."""
    half = ceil(_HALF_PERIODS * max(1.0, rate_in / RATE_HZ))
    t = np.arange(-half, half + 1)[None, :] - np.arange(_PHASES + 1)[:, None] / _PHASES
    taps = _kernel(t, rate_in)
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Resampled:
    """A segment as it would be at 50 Hz, computed where it is read.

    Sample ``k`` lies exactly ``k / 50`` seconds after the segment's first one. A rate below 50 Hz is
    raised, yet holds nothing above 0.45 of what came in.

    Parameters
    ----------
    n_samples
        Whole 50 Hz samples in the segment: 25 for each half second of its grid, and what is left over.
    """

    segment: Segment
    n_samples: int
    _ratio: tuple[int, int] | None  # None: no rational rate is close enough
    _taps: NDArray[np.float32] = field(repr=False)

    @staticmethod
    def of(segment: Segment) -> Resampled:
        """Plan the resampling of a segment; nothing is read yet."""
        rate = segment.rate_hz
        n_samples = max(1, segment.interval.duration * RATE_HZ // 1_000_000)
        step = (Fraction(rate) / RATE_HZ).limit_denominator(_MAX_UP)
        if step > 0 and abs(float(step) - rate / RATE_HZ) * n_samples < _MAX_DRIFT:
            down, up = step.numerator, step.denominator
            taps = np.ones(1, dtype=np.float32) if up == down else _polyphase(up, down, rate)
            return Resampled(segment, n_samples, (up, down), taps)
        return Resampled(segment, n_samples, None, _fractional(rate))

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """``(stop - start, channels)`` float32 at 50 Hz; the same numbers whatever the piece.

        Parameters
        ----------
        start, stop
            Within ``[0, n_samples]``.
        """
        if stop <= start:
            return np.zeros((0, int(self.segment.samples.shape[1])), dtype=np.float32)
        if self._ratio is None:
            pieces = [self._read_any(i, min(i + 500, stop)) for i in range(start, stop, 500)]
            return np.concatenate(pieces)
        up, down = self._ratio
        if up == down:
            return read_clamped(self.segment.samples, start, stop)
        if up <= _MOST_UP:
            return self._read_blocks(start, stop)
        from scipy.signal import upfirdn  # noqa: PLC0415  a second to import; the command line must start without it

        half = _HALF_PERIODS * max(up, down)
        first = (start * down - half) // up
        last = ceil((stop * down + half) / up) + 1
        rows = read_clamped(self.segment.samples, first, last)
        # Output k sits at k * down on the raised clock; zeros before the filter bring its delay onto the raster.
        delay = start * down - first * up + half
        lead = -delay % down
        taps = np.concatenate([np.zeros(lead, dtype=np.float32), self._taps]) if lead else self._taps
        skip = (delay + lead) // down
        out = upfirdn(taps, rows, up, down, axis=0)[skip : skip + stop - start]
        return np.ascontiguousarray(out, dtype=np.float32)

    def _read_blocks(self, start: int, stop: int) -> NDArray[np.float32]:
        """As ``read``, in blocks that lie where they lie in the segment, whatever the piece."""
        assert self._ratio is not None
        lead, matrix = _in_blocks(*self._ratio, self.segment.rate_hz)
        parts, inputs, outputs = matrix.shape
        first, last = start // outputs, ceil(stop / outputs)
        begin = first * inputs - lead
        rows = read_clamped(self.segment.samples, begin, begin + (last - first + parts - 1) * inputs)
        # As float64, so that the order of a sum, which may change with the piece, is not seen in float32.
        blocks = rows.T.astype(np.float64, order="C").reshape(rows.shape[1], -1, inputs)
        out = blocks[:, : last - first] @ matrix[0]
        for k in range(1, parts):
            out += blocks[:, k : k + last - first] @ matrix[k]
        skip = start - first * outputs
        wanted = out.reshape(len(out), -1)[:, skip : skip + stop - start]
        return np.asarray(wanted.T, dtype=np.float32, order="C")

    def _read_any(self, start: int, stop: int) -> NDArray[np.float32]:
        """As ``read`` for a rate that is no ratio of small numbers: each output has its own phase."""
        at = np.arange(start, stop) * (self.segment.rate_hz / RATE_HZ)
        whole = np.floor(at).astype(np.int64)
        phase = np.rint((at - whole) * _PHASES).astype(np.int64)
        length = self._taps.shape[1]
        first = int(whole[0]) - length // 2
        rows = read_clamped(self.segment.samples, first, int(whole[-1]) + length // 2 + 1)
        windows = np.lib.stride_tricks.sliding_window_view(rows, length, axis=0)[whole - whole[0]]
        return np.asarray(np.einsum("nl,ncl->nc", self._taps[phase], windows), dtype=np.float32)
