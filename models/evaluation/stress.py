"""The same movement by another sensor (turned, without gyroscope, at another rate), or made weaker or stronger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import resample_poly
from scipy.spatial.transform import Rotation

from data.recording import CHANNELS, Segment, Stream

ACC, GYRO = CHANNELS[:3], CHANNELS[3:]
SLOW_S = 2.0
"""What stays over so many seconds is gravity."""

Samples = NDArray[np.float32]


def turned(stream: Stream, seed: int) -> Stream:
    """Mounted in a random direction, the same for acceleration and rotation, the same for the whole stream."""
    matrix = Rotation.random(random_state=seed).as_matrix().astype(np.float32)

    def change(samples: Samples, _: float) -> Samples:
        out = samples.copy()
        for triad in (ACC, GYRO):
            if set(triad) <= set(stream.channels):
                at = [stream.channels.index(c) for c in triad]
                out[:, at] = samples[:, at] @ matrix.T
        return out

    return _each(stream, change)


def without_gyroscope(stream: Stream) -> Stream:
    """Only what an accelerometer tells."""
    keep = [i for i, c in enumerate(stream.channels) if c not in GYRO]
    return replace(_each(stream, lambda s, _: s[:, keep]), channels=tuple(stream.channels[i] for i in keep))


def at_rate(stream: Stream, hz: float) -> Stream:
    """Recorded at another rate, by polyphase resampling without aliasing."""

    def change(samples: Samples, rate_hz: float) -> Samples:
        ratio = Fraction(hz / rate_hz).limit_denominator(500)
        # The ends are continued by their own values: zeros beyond them would ring.
        return resample_poly(samples, ratio.numerator, ratio.denominator, axis=0, padtype="edge").astype(np.float32)

    segments = tuple(
        Segment(s.start_us, s.rate_hz * float(Fraction(hz / s.rate_hz).limit_denominator(500)), new.samples)
        for s, new in zip(stream.segments, _each(stream, change).segments, strict=True)
    )
    return replace(stream, rate_hz=hz, segments=segments)


def stronger(stream: Stream, factor: float) -> Stream:
    """Every movement ``factor`` times as strong; gravity stays 1 g."""

    def change(samples: Samples, rate_hz: float) -> Samples:
        out = samples * np.float32(factor)
        at = [stream.channels.index(c) for c in ACC]
        slow = uniform_filter1d(samples[:, at], max(1, round(SLOW_S * rate_hz)), axis=0, mode="nearest")
        out[:, at] = slow + np.float32(factor) * (samples[:, at] - slow)
        return out

    return _each(stream, change)


STRESSES: dict[str, Callable[[Stream, int], Stream]] = {
    "turned at random": turned,
    "25 Hz": lambda stream, _: at_rate(stream, 25.0),
    "100 Hz": lambda stream, _: at_rate(stream, 100.0),
    "half as strong": lambda stream, _: stronger(stream, 0.5),
    "twice as strong": lambda stream, _: stronger(stream, 2.0),
}
"""By name; the number is a seed."""


def _each(stream: Stream, change: Callable[[Samples, float], Samples]) -> Stream:
    """Every segment's samples changed."""
    segments = tuple(
        Segment(s.start_us, s.rate_hz, change(np.asarray(s.samples[0 : s.n_samples]), s.rate_hz))
        for s in stream.segments
    )
    return replace(stream, segments=segments)
