"""What windows of acceleration go through while the motif distance learns to rebuild them all the same.

Two sets: what a rigid sensor can undergo, and the eight of RelCon's public code from their definitions (Um et al.,
ICMI 2017, arXiv 1706.00527; Tang et al. 2020, arXiv 2011.11542), some of which no sensor can.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

from models.augmentations import time_warp


def two_of(x: Tensor, generator: torch.Generator) -> Tensor:
    """Two of seven changes that a rigid sensor can undergo, different for each window, one after the other.

    Noise, gain, any rotation, mirror image, time warp, shuffled pieces, time reversal; all axes alike.

    Parameters
    ----------
    x
        ``(B, T, 3)`` acceleration, g.
    """
    batch, length, _ = x.shape
    order = torch.rand(batch, 7, generator=generator).argsort(dim=1)[:, :2]

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    for slot in range(2):
        changed = (
            x + 0.05 * normal(batch, length, 3),
            x * (0.2 * normal(batch, 1, 1)).exp(),
            x @ rotations(normal(batch, 4)),
            x * torch.tensor([1.0, -1.0, 1.0]),
            time_warp(x, torch.ones(batch, length, dtype=torch.bool), (0.2 * normal(batch)).exp())[0],
            shuffled(x, generator),
            x.flip(1),
        )
        x = torch.stack(changed, dim=1)[torch.arange(batch), order[:, slot]]
    return x


def rotations(q: Tensor) -> Tensor:
    """``(B, 3, 3)`` from ``(B, 4)`` normal numbers: uniform over all rotations (a uniform unit quaternion)."""
    a, b, c, d = (q / q.norm(dim=1, keepdim=True)).unbind(dim=1)
    rows = [
        1 - 2 * (c * c + d * d), 2 * (b * c - a * d), 2 * (b * d + a * c),
        2 * (b * c + a * d), 1 - 2 * (b * b + d * d), 2 * (c * d - a * b),
        2 * (b * d - a * c), 2 * (c * d + a * b), 1 - 2 * (b * b + c * c),
    ]  # fmt: skip
    return torch.stack(rows, dim=1).view(-1, 3, 3)


def shuffled(x: Tensor, generator: torch.Generator, pieces: int = 4) -> Tensor:
    """Each window cut into equal pieces that are laid in another order."""
    batch, length, channels = x.shape
    size = math.ceil(length / pieces)
    order = torch.rand(batch, pieces, generator=generator).argsort(dim=1)
    at = (order[:, :, None] * size + torch.arange(size)).reshape(batch, -1)
    at = at[at < length].view(batch, length)
    return x.gather(1, at[..., None].expand(-1, -1, channels))


def two_of_eight(x: Tensor, generator: torch.Generator) -> Tensor:
    """Two of the eight changes of RelCon's public code, different for each window, one after the other.

    Noise, a gain of each axis, a turn that is not uniform, negation, time reversal, axes in another order, pieces of
    random lengths in another order, a warp of each axis's own time.

    Parameters
    ----------
    x
        ``(B, T, 3)`` acceleration, g.
    """
    batch, length, _ = x.shape
    order = torch.rand(batch, 8, generator=generator).argsort(dim=1)[:, :2]

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    def uniform(*shape: int) -> Tensor:
        return 2 * torch.rand(*shape, generator=generator) - 1

    for slot in range(2):
        cuts = torch.randint(0, length, (batch, 5), generator=generator)
        pieces = (torch.arange(length) >= cuts[:, :, None]).sum(dim=1)
        axes = _ORDERS[torch.randint(0, len(_ORDERS), (batch,), generator=generator)]
        changed = (
            x + 0.1 * normal(batch, length, 3),
            x * (1 + 0.25 * normal(batch, 1, 3)),
            x @ about(uniform(batch, 3), math.pi * uniform(batch)),
            -x,
            x.flip(1),
            x.gather(2, axes[:, None, :].expand(-1, length, -1)),
            laid_anew(x, pieces, torch.rand(batch, 6, generator=generator)),
            warped_apart(x, 1 + 0.2 * normal(batch, 6, 3)),
        )
        x = torch.stack(changed, dim=1)[torch.arange(batch), order[:, slot]]
    return x


_ORDERS = torch.tensor([[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
"""Of three axes, but for the one they have."""


def about(axis: Tensor, angle: Tensor) -> Tensor:
    """``(B, 3, 3)``: turns by ``angle`` (``(B,)``, radians) about ``axis`` (``(B, 3)``, of any length)."""
    half = angle[:, None] / 2
    return rotations(torch.cat([half.cos(), half.sin() * axis / axis.norm(dim=1, keepdim=True)], dim=1))


def laid_anew(x: Tensor, pieces: Tensor, place: Tensor) -> Tensor:
    """Each window's pieces in the order of their new places.

    Parameters
    ----------
    x
        ``(B, T, C)``.
    pieces
        ``(B, T)`` number of the piece that each sample is of.
    place
        ``(B, P)``: where each piece goes, the lowest first.
    """
    at = place.gather(1, pieces).argsort(dim=1, stable=True)
    return x.gather(1, at[..., None].expand(-1, -1, x.shape[2]))


def warped_apart(x: Tensor, speed: Tensor) -> Tensor:
    """Each axis played at its own speed, a cubic spline through equally spaced knots; the ends stay.

    Parameters
    ----------
    x
        ``(B, T, C)``.
    speed
        ``(B, knots, C)``.
    """
    batch, length, channels = x.shape
    knots, at = np.linspace(0, length - 1, speed.shape[1]), np.arange(length)
    curve = CubicSpline(knots, speed.permute(1, 0, 2).reshape(speed.shape[1], -1).numpy())(at).clip(min=0.05)
    passed = curve.cumsum(axis=0)
    passed = (length - 1) * (passed - passed[0]) / (passed[-1] - passed[0])
    flat = x.permute(1, 0, 2).reshape(length, -1).numpy()
    out = np.stack([np.interp(at, passed[:, k], flat[:, k]) for k in range(batch * channels)], axis=1)
    return torch.from_numpy(out.astype(np.float32)).view(length, batch, channels).permute(1, 0, 2)


CHANGES: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {"rigid": two_of, "paper": two_of_eight}
"""By the name that a recipe has for them."""
