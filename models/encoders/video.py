"""The video tower: a small factorised space-time network, trained from scratch on depth clips.

Space and time are convolved in turn (R(2+1)D, Tran et al., CVPR 2018). Group norm: a clip is the same in any batch.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

FRAMES, SIZE = 16, 64
"""Frames of a clip after resampling end to end; pixels of a frame's side."""


def sampled(frames: NDArray[np.uint8], count: int = FRAMES) -> NDArray[np.uint8]:
    """``(count, H, W)``: frames spread evenly from the first to the last; a short clip repeats some."""
    return np.asarray(frames[np.rint(np.linspace(0, len(frames) - 1, count)).astype(int)])


class VideoNet(nn.Module):
    """``(B, 16, 64, 64)`` depth, 0 without a body to 1 near, to ``(B, width)``."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.width = width
        # Channels, kernel and stride over time, height and width.
        plan: tuple[tuple[int, tuple[int, int, int], tuple[int, int, int]], ...] = (
            (16, (1, 5, 5), (1, 2, 2)),
            (16, (3, 1, 1), (1, 1, 1)),
            (32, (1, 3, 3), (1, 2, 2)),
            (32, (3, 1, 1), (2, 1, 1)),
            (64, (1, 3, 3), (1, 2, 2)),
            (64, (3, 1, 1), (2, 1, 1)),
            (128, (1, 3, 3), (1, 2, 2)),
        )
        layers: list[nn.Module] = []
        inputs = 1
        for channels, kernel, stride in plan:
            padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
            layers += [nn.Conv3d(inputs, channels, kernel, stride, padding), nn.GroupNorm(8, channels), nn.ReLU()]
            inputs = channels
        self.layers = nn.Sequential(*layers)
        self.leave = nn.Linear(2 * inputs, width)

    def forward(self, x: Tensor) -> Tensor:
        """Mean and maximum over what is left of time and space, joined."""
        y = self.layers(x[:, None]).flatten(2)
        out: Tensor = self.leave(torch.cat([y.mean(dim=2), y.amax(dim=2)], dim=1))
        return out


def changed(x: Tensor, generator: torch.Generator) -> Tensor:
    """Clips as another camera or person could have given them: shifted, dimmed, a patch hidden, ends cut.

    Never mirrored: left and right tell actions apart.

    Parameters
    ----------
    x
        ``(B, F, H, W)``.
    """
    batch, frames, height, width = x.shape
    begin = 0.15 * torch.rand(batch, generator=generator) * (frames - 1)
    end = (1 - 0.15 * torch.rand(batch, generator=generator)) * (frames - 1)
    at = (begin[:, None] + (end - begin)[:, None] * torch.linspace(0, 1, frames)).round().long()
    x = x[torch.arange(batch)[:, None], at]
    shift = torch.randint(-5, 6, (batch, 2), generator=generator)
    rows = torch.arange(height)[None, :] - shift[:, :1]
    columns = torch.arange(width)[None, :] - shift[:, 1:]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    picked = x[
        torch.arange(batch)[:, None, None, None],
        torch.arange(frames)[None, :, None, None],
        rows.clamp(0, height - 1)[:, None, :, None],
        columns.clamp(0, width - 1)[:, None, None, :],
    ]
    dim = 1 - 0.2 * torch.rand(batch, 1, 1, 1, generator=generator)
    corner = torch.randint(0, height - 16, (batch, 2), generator=generator)
    y, z = torch.arange(height)[None, :], torch.arange(width)[None, :]
    patch = ((y >= corner[:, :1]) & (y < corner[:, :1] + 16))[:, :, None] & (
        (z >= corner[:, 1:]) & (z < corner[:, 1:] + 16)
    )[:, None, :]
    return picked * dim * (inside & ~patch)[:, None]
