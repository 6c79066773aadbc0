"""The skeleton tower: joints over time to one vector a clip.

After the co-occurrence network (Li et al., IJCAI 2018) as CMC-CMKM uses it: positions and their differences read
apart, joints become channels, so that all joints are seen together. Group norm instead of batch norm: nothing a clip
becomes depends on the others of its batch. A joint that is not there is 0, and a flag says so.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

FRAMES = 32
"""Frames of a clip after resampling end to end."""


def normalised(
    joints: NDArray[np.float32], hips: int, neck: int, left: int, right: int, frames: int = FRAMES
) -> NDArray[np.float32]:
    """A clip in the person's own frame: origin at the first frame's hips, shoulders along x, torso length 1.

    The vertical is kept: what leans, leans afterwards.

    Parameters
    ----------
    joints
        ``(F, J, 3)`` m, y up.
    hips, neck, left, right
        Numbers of the joints that give origin, torso length and the line of the shoulders.

    Returns
    -------
    ``(frames, J, 3)`` float32, by linear interpolation.
    """
    first = joints[0].astype(np.float64)
    across = first[right] - first[left]
    angle = np.arctan2(across[2], across[0])
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    size = max(float(np.linalg.norm(first[neck] - first[hips])), 1e-3)
    return _spread((joints - first[hips]) @ turn.T / size, frames)


def centred(joints: NDArray[np.float32], frames: int = FRAMES) -> NDArray[np.float32]:
    """A clip of joints of which nobody says which is which: origin and size 1 from all of them in the first frame."""
    first = joints[0].astype(np.float64)
    apart = first - first.mean(axis=0)
    size = max(float(np.sqrt((apart**2).sum(axis=1).mean())), 1e-3)
    return _spread((joints - first.mean(axis=0)) / size, frames)


def _spread(joints: NDArray[np.float64], frames: int) -> NDArray[np.float32]:
    """So many frames from the first to the last."""
    at = np.linspace(0, len(joints) - 1, frames)
    low = np.minimum(at.astype(int), max(len(joints) - 2, 0))
    high = np.minimum(low + 1, len(joints) - 1)
    share = (at - low)[:, None, None]
    return np.asarray(joints[low] * (1 - share) + joints[high] * share, dtype=np.float32)


class _Stream(nn.Module):
    """One of positions and differences, ``(B, 3, F, J)`` to ``(B, c, F / 4, a / 4)``."""

    def __init__(self, joints: int, widths: tuple[int, int, int]) -> None:
        super().__init__()
        a, b, c = widths
        self.points = nn.Sequential(
            nn.Conv2d(3, a, 1),
            nn.GroupNorm(8, a),
            nn.ReLU(),
            nn.Conv2d(a, b, (3, 1), padding=(1, 0)),
            nn.GroupNorm(8, b),
        )
        self.together = nn.Sequential(
            nn.Conv2d(joints, b, 3, padding=1), nn.GroupNorm(8, b), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(b, c, 3, padding=1), nn.GroupNorm(8, c), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Joints become channels between the two halves."""
        out: Tensor = self.together(self.points(x).permute(0, 3, 2, 1))
        return out


class SkeletonNet(nn.Module):
    """``(B, F, J, 3)`` to ``(B, width)``.

    Parameters
    ----------
    joints
        Number of joints of a clip.
    widths
        Channels of the points, of the joints together, and of both at the end of a stream; multiples of 8.
    width
        Length of a vector.
    """

    def __init__(self, joints: int, widths: tuple[int, int, int] = (32, 32, 64), width: int = 128) -> None:
        super().__init__()
        self.width = width
        self.position, self.motion = _Stream(joints, widths), _Stream(joints, widths)
        self.fuse = nn.Sequential(
            nn.Conv2d(2 * widths[2], width, 3, padding=1), nn.GroupNorm(8, width), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(8, width), nn.ReLU(),
        )  # fmt: skip
        self.leave = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Mean and maximum over what is left of time and joints, joined."""
        y = x.permute(0, 3, 1, 2)
        difference = torch.nn.functional.pad(y[:, :, 1:] - y[:, :, :-1], (0, 0, 1, 0))
        z = self.fuse(torch.cat([self.position(y), self.motion(10 * difference)], dim=1)).flatten(2)
        out: Tensor = self.leave(torch.cat([z.mean(dim=2), z.amax(dim=2)], dim=1))
        return out
