"""Augmentations: what they keep, what they change, and the agreement with the conditioning they imitate."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import torch

from data.conditioning import condition, shape_input
from data.recording import CHANNELS, Segment
from models.augmentations import Strengths, augment, local_scale, mirror, rotation, smooth, time_warp

NONE = Strengths(tilt=0, gain=0, warp=0, noise=0, smooth=0, mirror=0, drop_gyro=0, crop=0)


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_rotations_are_rotations_and_tilt_is_the_angle_of_the_vertical() -> None:
    angles = torch.rand(3, 50, generator=draw()) * 6
    turn = rotation(*angles)
    torch.testing.assert_close(turn @ turn.transpose(1, 2), torch.eye(3).expand(50, 3, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.linalg.det(turn), torch.ones(50), atol=1e-5, rtol=0)
    torch.testing.assert_close(turn[:, 2, 2], angles[1].cos(), atol=1e-5, rtol=0)
    quarter = rotation(torch.tensor([math.pi / 2]), torch.zeros(1), torch.zeros(1))
    torch.testing.assert_close(quarter[0] @ torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]), atol=1e-6, rtol=0)


def test_mirror_is_the_mirror_of_a_turning_body() -> None:
    # In a plane of symmetry y -> -y a rotation about y stays, one about x or z turns round: v = w x r must hold after.
    w, r = torch.randn(4, 6, 3, generator=draw(1)), torch.randn(4, 6, 3, generator=draw(2))
    all_of = torch.ones(4, dtype=torch.bool)
    v_mirrored, w_mirrored = mirror(torch.linalg.cross(w, r), w, all_of)
    r_mirrored, _ = mirror(r, w, all_of)
    torch.testing.assert_close(torch.linalg.cross(w_mirrored, r_mirrored), v_mirrored)
    same, _ = mirror(r, w, ~all_of)
    torch.testing.assert_close(same, r)


def test_time_warp_plays_faster_about_the_middle() -> None:
    x = torch.arange(101.0)[None, :, None].repeat(2, 1, 1)
    inside = torch.ones(2, 101, dtype=torch.bool)
    warped, ok = time_warp(x, inside, torch.tensor([2.0, 0.5]))
    torch.testing.assert_close(warped[0, 40:61, 0], torch.arange(30.0, 71.0, 2.0))
    torch.testing.assert_close(warped[1, :, 0], torch.arange(25.0, 75.5, 0.5))
    assert ok[1].all()
    assert ok[0].sum() == 51


def test_smoothing_is_the_mean_of_three_where_chosen() -> None:
    x = torch.randn(2, 9, 3, generator=draw())
    out = smooth(x, torch.tensor([True, False]))
    torch.testing.assert_close(out[0, 4], x[0, 3:6].mean(dim=0))
    torch.testing.assert_close(out[1], x[1])


def test_local_scale_is_that_of_the_conditioning() -> None:
    t = np.arange(900) / 50
    x = np.random.default_rng(0).normal(scale=0.1, size=(900, 6)).astype(np.float32)
    x[:, 2] += (1 + 0.3 * np.sin(9 * t) * (t > 9)).astype(np.float32)
    x[:, 3:] *= 200
    source = condition(Segment(0, 50.0, x), CHANNELS)
    piece = source.read(0, 900)
    inside = torch.ones(1, 900, dtype=torch.bool)
    acc = local_scale(torch.from_numpy(piece.acc - np.array([0, 0, 1], dtype=np.float32))[None], inside, 0.02)
    gyro = local_scale(torch.from_numpy(piece.gyro)[None], inside, 0.05)
    wanted = torch.from_numpy(shape_input(source, 0, 900))
    torch.testing.assert_close(torch.cat([acc, gyro], dim=2)[0], wanted[:, :6], atol=1e-4, rtol=1e-4)


def test_with_all_strengths_zero_only_the_heading_changes() -> None:
    acc, gyro = torch.randn(3, 500, 3, generator=draw(1)), torch.randn(3, 500, 3, generator=draw(2))
    inside, has = torch.ones(3, 500, dtype=torch.bool), torch.tensor([True, True, False])
    view = augment(acc, gyro, inside, has, strengths=NONE, generator=draw(3))
    assert view.shape == (3, 300, 8)
    plain = local_scale(acc, inside, 0.02)[:, 100:-100]
    # asinh of a turned vector is not a turned asinh: compare before it.
    torch.testing.assert_close(view[..., 2], plain[..., 2], atol=1e-5, rtol=1e-4)
    level = torch.sinh(view[..., :2]).norm(dim=2)
    torch.testing.assert_close(level, torch.sinh(plain[..., :2]).norm(dim=2), atol=1e-4, rtol=1e-4)
    assert (view[2, :, 3:6] == 0).all()
    assert view[:, :, 7].mean(dim=1).tolist() == [1.0, 1.0, 0.0]


def test_the_same_seed_gives_the_same_views_and_padding_stays_zero() -> None:
    acc, gyro = torch.randn(4, 500, 3, generator=draw(1)), torch.randn(4, 500, 3, generator=draw(2))
    inside = torch.zeros(4, 500, dtype=torch.bool)
    inside[:, 180:320] = True
    has = torch.ones(4, dtype=torch.bool)
    views = [augment(acc, gyro, inside, has, strengths=Strengths(), generator=draw(9)) for _ in range(2)]
    torch.testing.assert_close(views[0], views[1], rtol=0, atol=0)
    assert (views[0][:, :60] == 0).all()
    assert (views[0][..., 6].sum(dim=1) > 50).all()


def test_what_turns_mirrors_and_strengthens_a_sensor_does_so_to_both_of_its_parts_alike() -> None:
    # A sensor whose rotation vector is its acceleration: whatever it undergoes, both stay one another's copy; seen in a
    # mirror they stay opposite, as a pseudovector must be.
    acc = torch.randn(64, 500, 3, generator=draw(1))
    inside, has = torch.ones(64, 500, dtype=torch.bool), torch.ones(64, dtype=torch.bool)
    changes = {"tilt": 0.5, "warp": 0.2, "smooth": 0.5, "gain": 0.7}
    for strengths in (Strengths(**{**asdict(NONE), k: v}) for k, v in changes.items()):
        view = augment(acc, acc.clone(), inside, has, strengths=strengths, generator=draw(3))
        both = (unscaled(view[..., 3 * i : 3 * i + 3]) for i in (0, 1))
        torch.testing.assert_close(*both, atol=1e-2, rtol=1e-2)
    seen = augment(
        acc, acc.clone(), inside, has, strengths=Strengths(**{**asdict(NONE), "mirror": 1.0}), generator=draw(3)
    )
    there, turned = (unscaled(seen[..., 3 * i : 3 * i + 3]) for i in (0, 1))
    torch.testing.assert_close(there, -turned, atol=1e-2, rtol=1e-2)


def test_a_stronger_movement_is_stronger_in_both_parts() -> None:
    # The floors of the local scale are felt only by weak movement: there a gain shows, and must show in both.
    weak = 0.02 * torch.randn(64, 500, 3, generator=draw(1))
    inside, has = torch.ones(64, 500, dtype=torch.bool), torch.ones(64, dtype=torch.bool)
    views = [
        augment(weak, weak, inside, has, strengths=Strengths(**{**asdict(NONE), "gain": g}), generator=draw(3))
        for g in (0.0, 0.7)
    ]
    ratios = [
        (torch.sinh(views[1][..., c]).norm(dim=(1, 2)) / torch.sinh(views[0][..., c]).norm(dim=(1, 2))).log()
        for c in (slice(0, 3), slice(3, 6))
    ]
    assert ratios[0].std() > 0.05
    assert torch.corrcoef(torch.stack(ratios))[0, 1] > 0.99


def unscaled(x: torch.Tensor) -> torch.Tensor:
    """Directions and relative lengths, whatever the floor of the local scale was."""
    plain = torch.sinh(x)
    return plain / plain.square().mean(dim=(1, 2), keepdim=True).sqrt()
