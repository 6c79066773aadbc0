"""The input of the encoder's shape branch: dynamic signal with its local strength divided out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.conditioning.condition import Source

WINDOW = 200
"""Samples (4 s) over which the local strength is measured, centred."""

ACC_FLOOR, GYRO_FLOOR = 0.02, 0.05
"""What counts as sensor noise (g; hundreds of °/s): weaker movement is not blown up."""


def moving_rms(x: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Root mean square length of the rows of ``x`` in a centred window of 200, over the rows that are ``inside``.

    Parameters
    ----------
    x
        ``(n + 200, 3)``.
    inside
        ``(n + 200,)``; a row outside counts as absent.

    Returns
    -------
    ``(n,)`` for the rows 100 ... n + 99.
    """
    power = np.where(inside, np.einsum("nc,nc->n", x, x, dtype=np.float64), 0.0)
    total = np.concatenate([[0.0], np.cumsum(power)])
    count = np.concatenate([[0], np.cumsum(inside)])
    mean = (total[WINDOW:-1] - total[: -WINDOW - 1]) / np.maximum(count[WINDOW:-1] - count[: -WINDOW - 1], 1)
    return np.asarray(np.sqrt(np.maximum(mean, 0.0)))


def shape_input(conditioned: Source, start: int, stop: int) -> NDArray[np.float32]:
    """``(stop - start, 8)`` float32: three axes of acceleration, three of rotation, and a flag for each being present.

    ``start`` and ``stop`` may lie outside the segment; there, everything is 0, the flags included.
    """
    n, half = conditioned.n_samples, WINDOW // 2
    out = np.zeros((stop - start, 8), dtype=np.float32)
    low, high = max(0, start - half), min(n, stop + half)
    a, b = max(0, start), min(n, stop)
    if b <= a:
        return out
    piece = conditioned.read(low, high)
    inside = np.zeros(b - a + WINDOW, dtype=bool)
    offset = low - (a - half)
    inside[offset : offset + high - low] = True
    here = slice(a - start, b - start)
    sensors = [(piece.acc - np.array([0, 0, 1], dtype=np.float32), ACC_FLOOR, 0)]
    if conditioned.has_gyro:
        sensors.append((piece.gyro, GYRO_FLOOR, 1))
    for signal, floor, which in sensors:
        padded = np.zeros((b - a + WINDOW, 3), dtype=np.float32)
        padded[offset : offset + high - low] = signal
        scale = moving_rms(padded, inside)[:, None] + floor
        out[here, 3 * which : 3 * which + 3] = np.arcsinh(padded[half : half + b - a] / scale)
        out[here, 6 + which] = 1.0
    return out
