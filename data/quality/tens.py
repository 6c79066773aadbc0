"""Ten seconds at a time: the mean, the movement and the noise from which rest, posture and wear are told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CELLS = 10
"""Cells (seconds) of a window, as in van Hees et al. 2014."""
REST_SD_G = 0.013


@dataclass(frozen=True, slots=True)
class Tens:
    """Consecutive windows of ten cells from a segment's first sample on; what is left at its end is left out.

    Parameters
    ----------
    mean
        ``(n, axes)`` float32 g.
    sd
        ``(n, axes)`` float32 g: standard deviation over the window.
    noise
        ``(n, axes)`` float32 g: root mean square over its seconds of the deviation from the second's mean.
    span
        ``(n, channels)`` float32: largest minus smallest value of each channel.
    """

    mean: NDArray[np.float32]
    sd: NDArray[np.float32]
    noise: NDArray[np.float32]
    span: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def at_rest(self) -> NDArray[np.bool_]:
        """``(n,)``: no axis moves by more than 13 mg (van Hees et al. 2014), and there is a signal at all."""
        if not self.mean.shape[1]:
            return np.zeros(len(self), dtype=bool)
        return np.asarray((self.sd < REST_SD_G).all(axis=1) & (np.abs(self.mean).max(axis=1) > 0))


def tens_of(
    mean: NDArray[np.float32], variance: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32]
) -> Tens:
    """Windows of the seconds' means and variances ``(axes, cells)``, and least and largest ``(channels, cells)``."""
    count = mean.shape[1] // CELLS
    least, most = (x[:, : count * CELLS].reshape(len(x), count, CELLS) for x in (low, high))
    means = mean[:, : count * CELLS].reshape(len(mean), count, CELLS)
    within = variance[:, : count * CELLS].reshape(len(mean), count, CELLS).mean(axis=-1)
    between = means.var(axis=-1)
    return Tens(
        np.ascontiguousarray(means.mean(axis=-1).T),
        np.ascontiguousarray(np.sqrt(within + between).T),
        np.ascontiguousarray(np.sqrt(within).T),
        np.ascontiguousarray((most.max(axis=-1) - least.min(axis=-1)).T),
    )


def joined(parts: list[Tens], axes: int, channels: int) -> Tens:
    """One after the other."""
    empty = np.zeros((0, axes), dtype=np.float32)
    return Tens(
        np.concatenate([empty, *(p.mean for p in parts)]),
        np.concatenate([empty, *(p.sd for p in parts)]),
        np.concatenate([empty, *(p.noise for p in parts)]),
        np.concatenate([np.zeros((0, channels), dtype=np.float32), *(p.span for p in parts)]),
    )
