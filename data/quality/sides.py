"""Whether left and right were swapped: told from the pelvis, which turns with the leg that swings.

When the right leg swings forward the pelvis turns to the left, seen from above counter-clockwise (a positive rate about
"up"), with its peak about a quarter of a stride after that of the leg. Both are measured against gravity, so that it
does not matter how any of the sensors was mounted. It needs gyroscopes at the trunk and on both ankles or feet, and a
person who walks. Of arms it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data.recording import Placement, Recording, Side, Stream

TRUNKS = (Placement.LOWER_BACK, Placement.WAIST, Placement.TRUNK)
LEGS = (Placement.ANKLE, Placement.FOOT)
RATE_HZ = 25.0
LAG_S = 0.3
PIECE_S = 60.0
LEAST_PIECE_S = 10.0
WALKING_DPS = 20.0
"""Mean length of the legs' turning rate from which a piece counts as walking."""
MOST_PIECES = 30
SURE = 0.25
"""Correlation from which the side is told; laboratory walks of the people it was made with have 0.5 to 0.75."""
_BAND_HZ = (0.4, 3.0)
_SLOW_HZ = 0.3

Floats = NDArray[np.float64]


def agreement(recording: Recording, placement: Placement) -> float | None:
    """Correlation of the pelvis' turning with the legs' swing: near 1 as labelled, near −1 swapped.

    None where it cannot be told: a sensor or its gyroscope is missing, or nobody walks.
    """
    streams = _three(recording, placement)
    if streams is None:
        return None
    xy = xx = yy = 0.0
    for pelvis, legs in _walks(*streams):
        lag = round(LAG_S * RATE_HZ)
        a, b = pelvis[lag:], legs[: len(legs) - lag]
        xy, xx, yy = xy + float(a @ b), xx + float(a @ a), yy + float(b @ b)
    return xy / (xx * yy) ** 0.5 if xx > 0 and yy > 0 else None


def _three(recording: Recording, placement: Placement) -> tuple[Stream, Stream, Stream] | None:
    """Trunk, left and right; None where one is missing, is there twice, or has no gyroscope."""

    def having(places: tuple[Placement, ...], side: Side | None) -> list[Stream]:
        return [
            s for s in recording.streams if s.placement in places and side in (None, s.side) and len(s.channels) == 6
        ]

    left, right = having((placement,), Side.LEFT), having((placement,), Side.RIGHT)
    trunk = sorted(having(TRUNKS, None), key=lambda s: TRUNKS.index(s.placement))
    if not trunk or len(left) != 1 or len(right) != 1:
        return None
    return trunk[0], left[0], right[0]


def _walks(trunk: Stream, left: Stream, right: Stream) -> Iterator[tuple[Floats, Floats]]:
    """The pelvis' turning and the right leg's swing less the left one's, band-passed, of each piece of walking."""
    from scipy.signal import butter, sosfiltfilt  # noqa: PLC0415  a second to import; the pages must start without it

    band = butter(2, _BAND_HZ, btype="band", fs=RATE_HZ, output="sos")
    slow = butter(2, _SLOW_HZ, fs=RATE_HZ, output="sos")
    found = 0
    for start, rate, samples in trunk.chunks(PIECE_S):
        end = start + round(len(samples) / rate * 1e6)
        if end - start < LEAST_PIECE_S * 1e6 or found == MOST_PIECES:
            continue
        at = np.arange(start, end, 1e6 / RATE_HZ)
        legs = [_at(s, start, end, at) for s in (left, right)]
        body = _on(at, start, rate, samples)
        if legs[0] is None or legs[1] is None:
            continue
        swing = [np.linalg.norm(x[:, 3:], axis=1) for x in legs if x is not None]
        if min(float(s.mean()) for s in swing) < WALKING_DPS:
            continue
        up = sosfiltfilt(slow, body[:, :3], axis=0)
        up /= np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
        yaw = (body[:, 3:] * up).sum(axis=1)
        found += 1
        yield np.asarray(sosfiltfilt(band, yaw)), np.asarray(sosfiltfilt(band, swing[1] - swing[0]))


def _at(stream: Stream, start: int, end: int, at: Floats) -> Floats | None:
    """``(len(at), 6)``; None where the stream does not fill the time."""
    pieces = stream.pieces(start, end)
    if len(pieces) != 1 or len(pieces[0][2]) / pieces[0][1] < 0.95 * (end - start) / 1e6:
        return None
    return _on(at, *pieces[0])


def _on(at: Floats, start: int, rate: float, samples: NDArray[np.float32]) -> Floats:
    """Means over what a sample of the common rate stands for, interpolated to its instants."""
    step = max(1, int(rate / RATE_HZ))
    count = len(samples) // step
    mean = samples[: count * step].reshape(count, step, -1).mean(axis=1, dtype=np.float64)
    when = start + (np.arange(count) * step + (step - 1) / 2) * 1e6 / rate
    return np.stack([np.interp(at, when, mean[:, c]) for c in range(mean.shape[1])], axis=1)
