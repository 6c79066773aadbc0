"""The window: raw traces, spectrogram and probability of a short span, thinned to what a screen can show.

Nothing here joins two segments: each piece is thinned by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval

Floats = NDArray[np.float32]
RAW_BELOW_US = 20 * 60 * 1_000_000
"""Span up to which raw samples are read; above it the per-second summary is drawn."""
SHORTEST_US = 2_000_000
"""Shortest window, microseconds."""
SPECTRUM_HZ = 12.0
_FRAME_S = 2.56


@dataclass(frozen=True, slots=True)
class Series:
    """Evenly spaced values of one channel without a gap: value ``k`` stands at ``start_us + k * step_us``."""

    start_us: float
    step_us: float
    values: Floats


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """Power of the acceleration against time and frequency, 0 (none) to 1 (most), ``(columns, bins)``.

    Column ``k`` covers ``interval.start + k * step_us`` onwards; NaN where there is no signal.
    """

    interval: Interval
    step_us: float
    top_hz: float
    power: Floats


def thin(start_us: float, rate_hz: float, values: Floats, points: int) -> Series:
    """At most about ``points`` values: each stretch gives its least and its greatest, so no peak is lost."""
    n, step_us = len(values), 1e6 / rate_hz
    size = -(-2 * n // max(points, 2))
    if size <= 2:
        return Series(start_us, step_us, np.ascontiguousarray(values, dtype=np.float32))
    whole = n // size
    body = values[: whole * size].reshape(whole, size)
    pairs = np.stack([body.min(1), body.max(1)], axis=1).ravel()
    tail = values[whole * size :]
    if len(tail):
        pairs = np.concatenate([pairs, [tail.min(), tail.max()]])
    return Series(start_us + step_us * size / 4, step_us * size / 2, pairs.astype(np.float32))


def thinned(
    pieces: Iterable[tuple[int, float, Floats]], channel: int, interval: Interval, points: int
) -> tuple[Series, ...]:
    """One channel of each piece ``(start_us, rate_hz, (n, channels))``, sharing ``points`` over the interval."""
    out = []
    for start_us, rate_hz, samples in pieces:
        if len(samples):
            share = len(samples) / rate_hz * 1e6 / max(1, interval.duration)
            out.append(thin(start_us, rate_hz, samples[:, channel], max(4, round(points * share))))
    return tuple(out)


def envelope(start_us: NDArray[np.int64], low: Floats, high: Floats, step_us: int) -> tuple[Series, ...]:
    """Summary rows as one series for each run without a gap: least and greatest alternate."""
    if not len(start_us):
        return ()
    cuts = np.flatnonzero(np.diff(start_us) != step_us) + 1
    out = []
    for rows in np.split(np.arange(len(start_us)), cuts):
        pairs = np.stack([low[rows], high[rows]], axis=1).ravel().astype(np.float32)
        out.append(Series(float(start_us[rows[0]]) + step_us / 4, step_us / 2, pairs))
    return tuple(out)


def spectrogram(
    pieces: Sequence[tuple[int, float, Floats]], acc: Sequence[int], interval: Interval, columns: int = 224
) -> Spectrogram:
    """Power of the three acceleration axes up to 12 Hz in frames of 2.56 s, log-scaled over 24 dB.

    A frame that would reach out of its piece is left empty, so nothing is smeared over a gap.
    """
    step_us = interval.duration / columns
    bins = round(SPECTRUM_HZ * _FRAME_S)
    power = np.full((columns, bins), np.nan, dtype=np.float32)
    middles = interval.start + (np.arange(columns) + 0.5) * step_us
    for start_us, rate_hz, samples in pieces:
        length = round(_FRAME_S * rate_hz)
        first = np.rint((middles - start_us) * rate_hz / 1e6 - length / 2).astype(np.int64)
        use = np.flatnonzero((first >= 0) & (first + length <= len(samples)))
        if not len(use) or length < 2 * bins:
            continue
        rows = first[use][:, None] + np.arange(length)
        window = np.hanning(length).astype(np.float32)[:, None]
        frames = samples[:, list(acc)][rows]
        frames = (frames - frames.mean(1, keepdims=True)) * window
        power[use] = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).sum(2)[:, 1 : bins + 1]
    if np.isnan(power).all():
        return Spectrogram(interval, step_us, SPECTRUM_HZ, power)
    decibel = 10 * np.log10(power + 1e-12)
    top = float(np.nanpercentile(decibel, 99.5))
    return Spectrogram(interval, step_us, SPECTRUM_HZ, np.clip((decibel - top + 24) / 24, 0, 1).astype(np.float32))


@dataclass(frozen=True, slots=True)
class Curve:
    """Probability with its band over half seconds without a gap, ``(n,)`` each; the first stands at ``start_us``."""

    start_us: int
    probability: Floats
    lower: Floats
    upper: Floats


def curves(
    start_us: NDArray[np.int64],
    *,
    probability: Floats,
    lower: Floats,
    upper: Floats,
    valid: NDArray[np.bool_],
    hop_us: int = 500_000,
) -> tuple[Curve, ...]:
    """Runs of half seconds that were judged and touch; nothing is drawn between runs."""
    at = start_us[valid]
    if not len(at):
        return ()
    rows = np.flatnonzero(valid)
    cuts = np.flatnonzero(np.diff(at) != hop_us) + 1
    return tuple(
        Curve(int(start_us[r[0]]) + hop_us // 2, probability[r], lower[r], upper[r]) for r in np.split(rows, cuts)
    )


def asked_window(start: str, end: str) -> Interval | None:
    """The window that a link names by two whole numbers of microseconds; None where it names none."""
    if not all(re.fullmatch(r"-?[0-9]{1,18}", said) for said in (start, end)) or int(start) >= int(end):
        return None
    return Interval(int(start), int(end))


def around(episode: Interval, span_us: int) -> Interval:
    """A window of ``span_us`` (longer for a long episode) with the episode in its middle."""
    length = max(span_us, round(episode.duration * 1.6))
    middle = (episode.start + episode.end) // 2
    return Interval(middle - length // 2, middle - length // 2 + length)


def kept_in(window: Interval, limits: Interval) -> Interval:
    """The window moved into the limits, as long as it was where they are that long, and :data:`SHORTEST_US` at least.

    Nothing can be drawn beyond the limits, so a window that reaches out would wait for its signal for ever.
    """
    length = min(max(window.duration, SHORTEST_US), limits.duration)
    middle = (window.start + window.end) // 2
    start = min(max(middle - length // 2, limits.start), limits.end - length)
    return Interval(start, start + length)
