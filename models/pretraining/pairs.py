"""Clips that a sensor and a camera saw at once, ready for two towers.

UTD-MHAD's clips keep the sensor's own frame, gravity included: somebody stands before a camera with the sensor always
mounted alike, and the direction of an arm is what tells one action from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data.datasets.utd_mhad import JOINTS, clips, source_of
from models.encoders.imu import BEFORE, EXTRA
from models.encoders.skeleton import FRAMES, normalised
from models.encoders.video import sampled
from models.features import CELL

View = Literal["skeleton", "depth"]
SECONDS = 7
"""Longest clip kept; the longest of UTD-MHAD is 6.5 s by the sensor's clock."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """``n`` clips.

    Parameters
    ----------
    inertial
        ``(n, 350, 6)`` float32: g, hundreds of °/s; 0 after the clip's end.
    length
        ``(n,)`` samples of each.
    seen
        What the camera saw: skeletons ``(n, 32, 20, 3)`` float32, the person's own frame, torso length 1; or depth
        ``(n, 16, 64, 64)`` float16, 0 without a body to 1 near.
    person, action
        ``(n,)``; actions from 0.
    """

    inertial: NDArray[np.float32]
    length: NDArray[np.int64]
    seen: NDArray[np.floating]
    person: NDArray[np.str_]
    action: NDArray[np.int64]

    def of(self, people: tuple[str, ...]) -> Pairs:
        """The clips of some people."""
        rows = np.isin(self.person, people)
        return self.rows(np.flatnonzero(rows))

    def rows(self, rows: NDArray[np.int64]) -> Pairs:
        """Some clips."""
        return Pairs(self.inertial[rows], self.length[rows], self.seen[rows], self.person[rows], self.action[rows])

    def shuffled(self, seed: int) -> Pairs:
        """The same clips beside what the camera saw of others: whoever learns from these learns nothing of pairs."""
        order = np.random.default_rng(seed).permutation(len(self.seen))
        return Pairs(self.inertial, self.length, self.seen[order], self.person, self.action)


def load_pairs(root: Path, view: View = "skeleton") -> Pairs:
    """All clips of UTD-MHAD that have both."""
    return named_pairs(root, view)[1]


def named_pairs(root: Path, view: View = "skeleton") -> tuple[list[str], Pairs]:
    """The same, and the recording of each by its source's name."""
    joint = [JOINTS.index(n) for n in ("hip_center", "shoulder_center", "left_shoulder", "right_shoulder")]
    inertial, length, seen, person, action, names = [], [], [], [], [], []
    for clip in clips(root):
        if view == "skeleton" and len(clip.skeleton) > 1:
            seen.append(normalised(clip.skeleton, *joint))
        elif view == "depth" and clip.depth is not None:
            seen.append((sampled(clip.depth).astype(np.float32) / 255).astype(np.float16))
        else:
            continue
        rows = clip.inertial[: SECONDS * 50] * np.array([1, 1, 1, 0.01, 0.01, 0.01], dtype=np.float32)
        inertial.append(np.pad(rows, ((0, SECONDS * 50 - len(rows)), (0, 0))))
        length.append(len(rows))
        person.append(clip.person)
        action.append(clip.action - 1)
        names.append(source_of(clip))
    pairs = Pairs(np.stack(inertial), np.array(length), np.stack(seen), np.array(person), np.array(action))
    return names, pairs


def inertial_view(inertial: Tensor, length: Tensor, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
    """A batch of clips as the shape branch reads it, and which of its vectors lie in the clip.

    With a generator each clip is changed as a sensor could have been: turned by up to a third of a radian (both
    sensors alike), stronger or weaker, noisier, faster or slower, its ends cut.

    Returns
    -------
    ``(B, 25 N + 201, 8)`` and ``(B, N)`` float32, ``N`` as the longest clip of the batch needs it.
    """
    batch, samples, _ = inertial.shape
    x, n = inertial, length.float()
    if generator is not None:
        speed = (0.15 * (2 * torch.rand(batch, generator=generator) - 1)).exp()
        begin = 0.15 * torch.rand(batch, generator=generator) * n
        end = n - 0.15 * torch.rand(batch, generator=generator) * n
        n = ((end - begin) / speed).clamp(max=samples)
        at = begin[:, None] + torch.arange(samples)[None, :] * speed[:, None]
        low = at.floor().clamp(0, samples - 2).long()
        share = (at - low).clamp(0, 1)[..., None]
        pick = low[..., None].expand(-1, -1, 6)
        x = x.gather(1, pick) * (1 - share) + x.gather(1, pick + 1) * share
        turn = small_rotations(torch.randn(batch, 3, generator=generator) * 0.15)
        gain = (0.1 * torch.randn(batch, 1, 1, generator=generator)).exp()
        x = torch.cat([x[..., :3] @ turn, x[..., 3:] @ turn], dim=2) * gain
        x = x + 0.03 * torch.randn(x.shape, generator=generator)
    vectors = min(samples // CELL, int(n.max().item()) // CELL + 1)
    samples = vectors * CELL
    there = (torch.arange(samples)[None, :] < n[:, None]).float()
    out = torch.zeros(batch, samples + EXTRA, 8)
    out[:, BEFORE : BEFORE + samples, :6] = x[:, :samples] * there[..., None]
    out[:, BEFORE : BEFORE + samples, 6:] = there[..., None]
    # A vector is of the clip when the middle of its half second is.
    inside = (torch.arange(vectors)[None, :] * CELL + CELL // 2 < n[:, None]).float()
    return out, inside


def skeleton_view(skeleton: Tensor, generator: torch.Generator) -> Tensor:
    """Clips changed as a person or camera could have been: turned about the vertical, larger or smaller, cut, shaky."""
    batch = len(skeleton)
    begin = 0.15 * torch.rand(batch, generator=generator) * (FRAMES - 1)
    end = (1 - 0.15 * torch.rand(batch, generator=generator)) * (FRAMES - 1)
    at = begin[:, None] + (end - begin)[:, None] * torch.linspace(0, 1, FRAMES)[None, :]
    low = at.floor().clamp(0, FRAMES - 2).long()
    share = (at - low)[..., None, None]
    rows = torch.arange(batch)[:, None]
    x = skeleton[rows, low] * (1 - share) + skeleton[rows, low + 1] * share
    angle = 0.3 * (2 * torch.rand(batch, generator=generator) - 1)
    up = torch.zeros(batch, 3)
    up[:, 1] = angle
    size = (0.1 * torch.randn(batch, 1, 1, 3, generator=generator)).exp()
    return (x @ small_rotations(up)[:, None]) * size + 0.02 * torch.randn(x.shape, generator=generator)


def small_rotations(v: Tensor) -> Tensor:
    """``(B, 3, 3)``: turns about the directions of ``(B, 3)`` by their lengths, radians (Rodrigues)."""
    x, y, z = v.unbind(dim=1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=1).view(-1, 3, 3)
    out: Tensor = torch.linalg.matrix_exp(cross)
    return out
