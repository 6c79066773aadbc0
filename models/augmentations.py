"""Physical changes to a conditioned window that must not change what the movement is.

All work on a batch: ``acc`` and ``gyro`` are ``(B, T, 3)`` tensors, the acceleration without gravity, in
the frame with gravity along z. What may happen to a sensor on a body: another heading, an imperfect
vertical, the other side of the body, a stronger or slower person, a coarser or noisier sensor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Strengths:
    """How strongly windows are changed.

    Parameters
    ----------
    yaw
        Largest error of the heading, radians.
    about
        Chance that the heading points backwards.
    tilt
        Standard deviation of the error of the vertical, radians.
    gain
        Largest ln of the factor on the strength.
    warp
        Largest ln of the factor on time.
    noise
        Largest standard deviation of added noise, g (and hundreds of °/s).
    smooth, mirror, drop_gyro, crop
        Chance of smoothing, of swapping left and right, of losing the gyroscope, and of hiding the surroundings.
    """

    yaw: float = math.pi
    about: float = 0.5
    tilt: float = 0.3
    gain: float = 0.35
    warp: float = 0.1
    noise: float = 0.02
    smooth: float = 0.3
    mirror: float = 0.5
    drop_gyro: float = 0.3
    crop: float = 0.2


def rotation(yaw: Tensor, tilt: Tensor, towards: Tensor) -> Tensor:
    """``(B, 3, 3)`` rotations: first by ``yaw`` about z, then by ``tilt`` about the horizontal axis at ``towards``.

    All three are ``(B,)``, radians.
    """
    zero, one = torch.zeros_like(yaw), torch.ones_like(yaw)
    c, s = yaw.cos(), yaw.sin()
    about_z = torch.stack([c, -s, zero, s, c, zero, zero, zero, one], dim=1).view(-1, 3, 3)
    x, y = towards.cos(), towards.sin()
    c, s, k = tilt.cos(), tilt.sin(), 1 - tilt.cos()
    about = torch.stack([c + x * x * k, x * y * k, y * s, x * y * k, c + y * y * k, -x * s, -y * s, x * s, c], dim=1)
    return about.view(-1, 3, 3) @ about_z


def mirror(acc: Tensor, gyro: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Left and right swapped (y turned round) where ``chosen``; of rotation, a pseudovector, all but y turns."""
    turn = torch.where(chosen, -1.0, 1.0)[:, None]
    return (
        torch.stack([acc[..., 0], acc[..., 1] * turn, acc[..., 2]], dim=2),
        torch.stack([gyro[..., 0] * turn, gyro[..., 1], gyro[..., 2] * turn], dim=2),
    )


def time_warp(x: Tensor, inside: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
    """Play ``factor`` times as fast about the middle, by linear interpolation.

    Parameters
    ----------
    x
        ``(B, T, C)``.
    inside
        ``(B, T)`` bool; a place is inside afterwards when both samples it lies between were.
    factor
        ``(B,)``.
    """
    length = x.shape[1]
    middle = (length - 1) / 2
    at = middle + (torch.arange(length)[None, :] - middle) * factor[:, None]
    low = at.floor().clamp(0, length - 2).long()
    share = (at - low).clamp(0.0, 1.0)[..., None]
    pick = low[..., None].expand(-1, -1, x.shape[2])
    warped = x.gather(1, pick) * (1 - share) + x.gather(1, pick + 1) * share
    ok = inside.gather(1, low) & inside.gather(1, low + 1) & (at >= 0) & (at <= length - 1)
    return warped, ok


def smooth(x: Tensor, chosen: Tensor) -> Tensor:
    """Mean of three neighbours where ``chosen``; the ends stay."""
    out = x.clone()
    out[:, 1:-1] = (x[:, :-2] + x[:, 1:-1] + x[:, 2:]) / 3
    return torch.where(chosen[:, None, None], out, x)


def local_scale(x: Tensor, inside: Tensor, floor: float) -> Tensor:
    """``asinh(x / (root mean square of 200 samples around + floor))``; rows outside are absent, and 0 after."""
    power = (x.square().sum(dim=2) * inside).double()
    pad = (100, 100)
    total = torch.nn.functional.pad(power, pad).cumsum(1)
    count = torch.nn.functional.pad(inside.double(), pad).cumsum(1)
    total, count = torch.nn.functional.pad(total, (1, 0)), torch.nn.functional.pad(count, (1, 0))
    n = x.shape[1]
    mean = (total[:, 200 : 200 + n] - total[:, :n]) / (count[:, 200 : 200 + n] - count[:, :n]).clamp(min=1.0)
    scale = mean.clamp(min=0.0).sqrt().float()[..., None] + floor
    return torch.asinh(x / scale) * inside[..., None]


def augment(
    acc: Tensor, gyro: Tensor, inside: Tensor, has_gyro: Tensor, *, strengths: Strengths, generator: torch.Generator
) -> Tensor:
    """One random view of each window as the encoder's input.

    Parameters
    ----------
    acc, gyro
        ``(B, T, 3)``; the first and last 100 samples only serve the local strength.
    inside
        ``(B, T)`` bool: the sample exists.
    has_gyro
        ``(B,)`` bool.

    Returns
    -------
    ``(B, T - 200, 8)`` float32.
    """
    batch, length = inside.shape

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(batch, generator=generator)

    def chance(p: float) -> Tensor:
        return torch.rand(batch, generator=generator) < p

    both, inside = time_warp(torch.cat([acc, gyro], dim=2), inside, uniform(-strengths.warp, strengths.warp).exp())
    turn = rotation(
        uniform(-strengths.yaw, strengths.yaw) + math.pi * chance(strengths.about),
        strengths.tilt * torch.randn(batch, generator=generator),
        uniform(0, 2 * math.pi),
    ).transpose(1, 2)
    acc, gyro = mirror(both[..., :3], both[..., 3:], chance(strengths.mirror))
    gain = uniform(-strengths.gain, strengths.gain).exp()[:, None, None]
    softened = chance(strengths.smooth)
    acc, gyro = smooth(acc @ turn * gain, softened), smooth(gyro @ turn * gain, softened)
    level = uniform(0.0, strengths.noise)[:, None, None]
    acc = acc + level * torch.randn(acc.shape, generator=generator)
    gyro = gyro + level * torch.randn(gyro.shape, generator=generator)
    has_gyro = has_gyro & ~chance(strengths.drop_gyro)
    # Hidden surroundings: what an encoder sees at the ends of a segment.
    reach = torch.where(chance(strengths.crop), uniform(60.0, length / 2), torch.full((batch,), float(length)))
    inside = inside & ((torch.arange(length)[None, :] - (length - 1) / 2).abs() <= reach[:, None])
    rotating = inside & has_gyro[:, None]
    view = torch.cat(
        [
            local_scale(acc, inside, 0.02),
            local_scale(gyro, rotating, 0.05),
            inside[..., None].float(),
            rotating[..., None].float(),
        ],
        dim=2,
    )
    return view[:, 100:-100]
