"""Two towers learn from pairs what pairs can teach, and nothing from pairs that are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import VideoMAEConfig, VideoMAEModel

from models.encoders.skeleton import FRAMES, SkeletonNet, normalised
from models.encoders.video import VideoNet, changed, sampled
from models.encoders.videomae import VideoMae
from models.pretraining.crossmodal import (
    Plan,
    accuracy,
    fit_cross,
    fit_labels,
    fit_simclr,
    retrieval,
    towers,
    zero_shot,
)
from models.pretraining.pairs import Pairs, inertial_view, skeleton_view, small_rotations

JOINTS = 4
PLAN = Plan(epochs=25, batch=12, learning_rate=3e-3)


def made_pairs(people: str, seed: int) -> Pairs:
    """Four actions: an arm that swings at one of four rates, seen by a sensor and by a camera at the same phase."""
    draw = np.random.default_rng(seed)
    inertial, length, skeleton, person, action = [], [], [], [], []
    for who in people:
        for kind in range(4):
            for _ in range(4):
                n, phase, rate = 120 + int(draw.integers(40)), draw.uniform(0, 6), 0.6 + 0.7 * kind
                angle = np.sin(2 * np.pi * rate * np.arange(n) / 50 + phase)
                x = draw.normal(0, 0.05, (350, 6)).astype(np.float32)
                x[:n, 0] += angle
                x[:n, 3] += np.gradient(angle) * 8
                x[n:] = 0
                bones = draw.normal(0, 0.02, (FRAMES, JOINTS, 3)).astype(np.float32)
                bones[:, 3, 1] += np.interp(np.linspace(0, n - 1, FRAMES), np.arange(n), angle)
                inertial.append(x)
                length.append(n)
                skeleton.append(bones)
                person.append(who)
                action.append(kind)
    return Pairs(np.stack(inertial), np.array(length), np.stack(skeleton), np.array(person), np.array(action))


@pytest.fixture(scope="module")
def pairs() -> tuple[Pairs, Pairs]:
    return made_pairs("abc", 1), made_pairs("xy", 2)


@pytest.mark.parametrize("objective", ["cmc", "cmkm", "sigmoid"])
def test_a_skeleton_finds_its_inertial_clip_of_people_never_seen(objective, pairs: tuple[Pairs, Pairs]) -> None:
    known, unknown = pairs
    teacher = towers(JOINTS, 1, (16, 16, 16))
    if objective == "cmkm":
        fit_simclr(known, teacher, replace(PLAN, epochs=5), 1)
    made = towers(JOINTS, 1, (16, 16, 16))
    fit_cross(known, made, PLAN, 1, objective, teacher if objective == "cmkm" else None)
    assert retrieval(unknown, made)["MRR"] > 1.8 * mean_rank_of_chance(len(unknown.action))
    assert zero_shot(known, unknown, made) > 0.6


def test_shuffled_pairs_teach_nothing(pairs: tuple[Pairs, Pairs]) -> None:
    known, unknown = pairs
    made = towers(JOINTS, 1, (16, 16, 16))
    fit_cross(known.shuffled(3), made, PLAN, 1, "cmc")
    assert retrieval(unknown, made)["MRR"] < 1.5 * mean_rank_of_chance(len(unknown.action))


def mean_rank_of_chance(n: int) -> float:
    return float(np.mean(1 / np.arange(1, n + 1)))


def test_mining_needs_a_teacher(pairs: tuple[Pairs, Pairs]) -> None:
    with pytest.raises(ValueError, match="trained before"):
        fit_cross(pairs[0], towers(JOINTS, 1, (16, 16, 16)), PLAN, 1, "cmkm")


def test_a_frozen_tower_stays_as_it_is_and_a_tuned_one_does_not(pairs: tuple[Pairs, Pairs]) -> None:
    known, unknown = pairs
    for frozen in (True, False):
        made = towers(JOINTS, 1, (16, 16, 16))
        before = [p.detach().clone() for p in made.inertial.parameters()]
        head = fit_labels(known, unknown, made, ("inertial",), PLAN, 1, frozen=frozen)
        same = all(torch.equal(a, b) for a, b in zip(before, made.inertial.parameters(), strict=True))
        assert same is frozen
        assert accuracy(unknown, made, head, ("inertial",)) > 0.5


def test_clips_that_are_fewer_than_half_a_batch_are_learned_from_too(pairs: tuple[Pairs, Pairs]) -> None:
    few = pairs[0].rows(np.arange(12))
    made = towers(JOINTS, 1, (16, 16, 16))
    before = [p.detach().clone() for p in made.inertial.parameters()]
    fit_labels(few, few, made, ("inertial",), replace(PLAN, epochs=1, batch=64), 1, frozen=False)
    assert any(not torch.equal(a, b) for a, b in zip(before, made.inertial.parameters(), strict=True))


def test_a_turned_sensor_turns_both_of_its_parts_alike() -> None:
    v = torch.randn(20, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    turn = small_rotations(v)
    eye = torch.eye(3, dtype=torch.float64).expand(20, 3, 3)
    torch.testing.assert_close(turn @ turn.transpose(1, 2), eye)
    torch.testing.assert_close(torch.linalg.det(turn), torch.ones(20, dtype=torch.float64))
    # A rotation about v leaves v where it is.
    torch.testing.assert_close((turn @ v[..., None])[..., 0], v)


def test_a_changed_clip_keeps_acceleration_and_rotation_of_one_rigid_sensor() -> None:
    # Both parts alike before, up to the noise alike after: turned, strengthened and cut together.
    known = made_pairs("a", 4)
    x = torch.from_numpy(known.inertial)
    x[..., 3:] = x[..., :3] = 10 * torch.randn((*x.shape[:2], 3), generator=torch.Generator().manual_seed(1))
    view, inside = inertial_view(x, torch.from_numpy(known.length), torch.Generator().manual_seed(2))
    there = view[..., 6] > 0
    assert inside.sum() > 0
    error = (view[..., :3] - view[..., 3:6])[there].std()
    assert error == pytest.approx(0.03 * 2**0.5, rel=0.1)


def test_nothing_of_a_clip_lies_outside_it() -> None:
    known = made_pairs("a", 4)
    args = torch.from_numpy(known.inertial), torch.from_numpy(known.length)
    for generator in (None, torch.Generator().manual_seed(1)):
        x, inside = inertial_view(*args, generator)
        assert x.shape[1] == inside.shape[1] * 25 + 201
        assert (x[x[..., 6] == 0] == 0).all()
        assert (x[:, :100] == 0).all()
        assert 0.7 * known.length.sum() / 25 < inside.sum() < 1.3 * known.length.sum() / 25


def test_a_changed_skeleton_keeps_its_shape_and_changes() -> None:
    x = torch.from_numpy(made_pairs("a", 4).seen)
    out = skeleton_view(x, torch.Generator().manual_seed(1))
    assert out.shape == x.shape
    assert torch.isfinite(out).all()
    assert not torch.allclose(out, x, atol=0.05)


def test_a_normalised_skeleton_does_not_know_where_the_camera_stood() -> None:
    draw = np.random.default_rng(1)
    clip = draw.normal(0, 0.3, (40, JOINTS, 3)) + np.array([[0, 0, 0], [0, 0.5, 0], [-0.2, 0.5, 0], [0.2, 0.5, 0]])
    angle = 0.8
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    moved = 1.7 * clip @ turn.T + np.array([0.4, -0.2, 2.5])
    first, second = (normalised(c, 0, 1, 2, 3) for c in (clip, moved))
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert first.shape == (FRAMES, JOINTS, 3)
    across = first[0, 3] - first[0, 2]
    assert across[0] > 0
    assert across[2] == pytest.approx(0, abs=1e-5)


def test_what_a_clip_becomes_does_not_depend_on_its_batch() -> None:
    torch.manual_seed(1)
    net = SkeletonNet(JOINTS).train()
    x = torch.randn(5, FRAMES, JOINTS, 3)
    torch.testing.assert_close(net(x)[:1], net(x[:1]), atol=1e-5, rtol=1e-4)


def test_a_film_finds_its_inertial_clip_too(pairs: tuple[Pairs, Pairs]) -> None:
    def filmed(known: Pairs) -> Pairs:
        """A bright square whose height follows the arm."""
        film = np.zeros((len(known.action), 16, 64, 64), dtype=np.float16)
        heights = np.rint(32 + 16 * known.seen[:, np.linspace(0, FRAMES - 1, 16).astype(int), 3, 1]).astype(int)
        for i, rows in enumerate(np.clip(heights, 6, 57)):
            for k, y in enumerate(rows):
                film[i, k, y - 6 : y + 6, 26:38] = 1.0
        return Pairs(known.inertial, known.length, film, known.person, known.action)

    made = towers(None, 1, (16, 16, 16))
    fit_cross(filmed(pairs[0]), made, replace(PLAN, epochs=20), 1, "sigmoid")
    assert retrieval(filmed(pairs[1]), made)["MRR"] > 1.5 * mean_rank_of_chance(len(pairs[1].action))


def test_a_changed_film_is_shifted_dimmed_and_hides_a_patch() -> None:
    x = torch.ones(6, 16, 64, 64)
    out = changed(x, torch.Generator().manual_seed(3))
    assert out.shape == x.shape
    assert ((out == 0).flatten(1).float().mean(dim=1) >= 16 * 16 / 64**2 - 1e-6).all()
    assert 0.8 <= out.max() <= 1.0


def test_frames_are_spread_from_the_first_to_the_last() -> None:
    frames = np.arange(40, dtype=np.uint8)[:, None, None].repeat(2, axis=1)
    assert sampled(frames)[[0, -1], 0, 0].tolist() == [0, 39]
    assert len(sampled(frames[:5])) == 16


def test_the_video_tower_is_small_and_independent_of_the_batch() -> None:
    torch.manual_seed(1)
    net = VideoNet()
    assert sum(p.numel() for p in net.parameters()) < 200_000
    x = torch.rand(3, 16, 64, 64)
    torch.testing.assert_close(net(x)[1:2], net(x[1:2]), atol=1e-5, rtol=1e-4)


def test_other_towers_learn_behind_the_same_interface(pairs: tuple[Pairs, Pairs]) -> None:
    known, unknown = pairs
    made = towers(JOINTS, 1, patches=True)
    before = retrieval(known, made)["MRR"]
    fit_cross(known, made, replace(PLAN, learning_rate=2e-3), 1, "cmc")
    assert retrieval(known, made)["MRR"] > 2 * before
    first, second = (
        fit_labels(known, unknown, made, ("inertial",), replace(PLAN, epochs=5), 1, frozen=True) for _ in range(2)
    )
    for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_a_pretrained_film_tower_takes_the_place_of_the_small_one(pairs: tuple[Pairs, Pairs]) -> None:
    model = VideoMAEModel(
        VideoMAEConfig(
            image_size=32, patch_size=16, num_frames=4, tubelet_size=2, hidden_size=16,
            num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        )
    )  # fmt: skip
    made = towers(None, 1, (16, 16, 16), film=VideoMae(model))
    clips = torch.rand(12, 16, 64, 64).to(torch.float16).numpy()
    few = Pairs(
        *(getattr(pairs[0].rows(np.arange(12)), f) for f in ("inertial", "length")),
        clips,
        *(getattr(pairs[0].rows(np.arange(12)), f) for f in ("person", "action")),
    )
    start = [p.detach().clone() for p in made.seen.parameters()]
    fit_cross(few, made, replace(PLAN, epochs=1, batch=6), 1, "sigmoid")
    assert any(not torch.equal(a, b) for a, b in zip(start, made.seen.parameters(), strict=True))
