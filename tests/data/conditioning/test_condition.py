"""Gravity alignment: like arithmetic, and the same in pieces."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from data.conditioning import condition, read_mirrored, shape_input
from data.conditioning.condition import _to_z
from data.conditioning.reference import reference
from data.recording import CHANNELS, Segment

FIELDS = ("acc", "gyro", "gravity", "inclination", "held")


def walk(seconds: float, rate: float, seed: int = 0, sway: float = 0.3) -> np.ndarray:
    """Six axes: gravity along y that sways slowly, steps, noise, now and then a blow."""
    draw = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    x = draw.normal(scale=0.08, size=(len(t), 6))
    x[:, 0] += sway * np.sin(0.7 * t)
    x[:, 1] += -1.0 + 0.25 * np.sin(2 * np.pi * 1.8 * t)
    x[:, 3:] *= 300
    for at in draw.integers(0, max(len(t) - 40, 1), 3):
        x[at : at + 40, :3] *= 5
    return x.astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_gravity_comes_to_lie_along_z_however_the_sensor_was_mounted(seed: int) -> None:
    mounting = Rotation.random(random_state=seed).as_matrix()
    x = walk(60, 100.0, seed, sway=0.0)
    x[:, :3] = x[:, :3] @ mounting.T
    done = condition(Segment(0, 100.0, x), CHANNELS)
    acc = done.read(0, done.n_samples).acc
    assert np.linalg.norm(acc.mean(axis=0) - [0, 0, 1]) < 0.1


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_mounting_changes_nothing(seed: int) -> None:
    x = walk(60, 100.0)
    x[:, 2] += 0.2 * np.sin(2 * np.pi * 1.8 * np.arange(6000) / 100 + 0.5).astype(np.float32)
    turned = x.copy()
    mounting = Rotation.random(random_state=seed).as_matrix().T
    turned[:, :3], turned[:, 3:] = x[:, :3] @ mounting, x[:, 3:] @ mounting
    one, other = (condition(Segment(0, 100.0, s), CHANNELS) for s in (x, turned))
    a, b = one.read(0, 3000), other.read(0, 3000)
    # The usual posture is a median axis by axis, so it moves by some hundredths of a radian with the mounting.
    np.testing.assert_allclose(a.acc, b.acc, atol=0.05)
    np.testing.assert_allclose(a.gyro, b.gyro, atol=0.2)


@pytest.mark.parametrize("angle", [-2.5, -0.7, 0.0, 0.4, 1.5, 3.0])
def test_the_direction_of_most_movement_becomes_x_and_goes_with_the_movement_upwards(angle: float) -> None:
    t = np.arange(3000) / 50
    forward, sideways = 0.3 * np.sin(2 * np.pi * 1.8 * t), 0.1 * np.sin(2 * np.pi * 0.9 * t)
    up = 0.2 * np.sin(2 * np.pi * 1.8 * t + 0.5)
    c, s = np.cos(angle), np.sin(angle)
    x = np.stack([c * forward - s * sideways, s * forward + c * sideways, 1 + up], axis=1).astype(np.float32)
    done = condition(Segment(0, 50.0, x), CHANNELS[:3])
    acc = done.read(0, 3000).acc
    assert np.corrcoef(acc[:, 0], forward)[0, 1] > 0.98
    assert np.corrcoef(acc[:, 1], sideways)[0, 1] > 0.9


def test_a_night_lying_down_does_not_choose_the_heading() -> None:
    x = walk(120, 50.0, sway=0.0)[:, :3]
    lying = np.random.default_rng(0).normal([0.0, 1.0, 0.0], [0.0, 0.0, 0.3], (3000, 3)).astype(np.float32)
    alone, both = (condition(Segment(0, 50.0, s), CHANNELS[:3]) for s in (x, np.concatenate([x, lying])))
    assert both.reference.heading == pytest.approx(alone.reference.heading, abs=0.05)


def test_rotation_keeps_lengths_and_takes_down_to_z_upside_down_as_well() -> None:
    draw = np.random.default_rng(1)
    down = draw.normal(size=(3, 500))
    down[:, :50] = [[0], [0], [-1]] + 0.05 * draw.normal(size=(3, 50))
    down /= np.linalg.norm(down, axis=0)
    np.testing.assert_allclose(_to_z(down, down), np.tile([[0], [0], [1.0]], 500), atol=1e-9)
    one, other = draw.normal(size=(2, 3, 500))
    np.testing.assert_allclose(np.linalg.norm(_to_z(one, down), axis=0), np.linalg.norm(one, axis=0), atol=1e-9)
    # A proper rotation: it keeps the handedness of three vectors.
    np.testing.assert_allclose(
        np.cross(_to_z(one, down), _to_z(other, down), axis=0),
        _to_z(np.cross(one, other, axis=0), down),
        atol=1e-9,
    )


def test_a_blow_is_held_for_two_seconds_at_most() -> None:
    x = np.tile(np.array([0, 0, 1.0], dtype=np.float32), (50 * 40, 1))
    x[500:1500] = [0, 1.6, 0]  # ten seconds that no gravity explains
    piece = condition(Segment(0, 50.0, x), CHANNELS[:3]).read(0, 2000)
    held = piece.held.nonzero()[0]
    assert 440 <= held.min() <= 520
    assert len(held) <= 2 * 101 + 10  # once into it, and once more out of it
    np.testing.assert_allclose(piece.acc[1700:], np.tile([0, 0, 1], (300, 1)), atol=1e-5)


@settings(max_examples=25)
@given(
    rate=st.sampled_from([20.0, 50.0, 64.0, 100.0, 100.003, 128.0]),
    seconds=st.floats(0.3, 40),
    cuts=st.lists(st.floats(0, 1), max_size=6),
    kind=st.sampled_from(["walk", "zeros", "ones", "glitch"]),
    seed=st.integers(0, 50),
)
def test_pieces_equal_the_whole(rate: float, seconds: float, cuts: list[float], kind: str, seed: int) -> None:
    x = walk(max(seconds, 2 / rate), rate, seed)
    if kind == "zeros":
        x[:] = 0
    elif kind == "ones":
        x[:] = 1.25
    elif kind == "glitch":
        x[:: max(1, len(x) // 3)] = 30.0
    done = condition(Segment(0, rate, x), CHANNELS)
    n = done.n_samples
    edges = sorted({0, n, *(int(c * n) for c in cuts)})
    pairs = list(itertools.pairwise(edges))
    whole = done.read(0, n)
    for name in FIELDS:
        joined = np.concatenate([getattr(done.read(a, b), name) for a, b in pairs])
        assert np.isfinite(joined.astype(float)).all()
        np.testing.assert_allclose(joined.astype(float), getattr(whole, name).astype(float), atol=1e-5)
    shape = shape_input(done, -120, n + 120)
    parts = np.concatenate([shape_input(done, -120, 0), *(shape_input(done, a, b) for a, b in pairs)])
    np.testing.assert_allclose(parts, shape[: 120 + n], atol=1e-5)
    assert np.isfinite(shape).all()


def test_a_held_piece_reads_like_the_segment() -> None:
    done = condition(Segment(0, 100.0, walk(30, 100.0)), CHANNELS)
    held = done.hold(-100, 700)
    np.testing.assert_array_equal(held.read(40, 600).acc, done.read(40, 600).acc)
    np.testing.assert_array_equal(shape_input(held, -50, 500), shape_input(done, -50, 500))
    np.testing.assert_array_equal(read_mirrored(held, -60, 90).acc, read_mirrored(done, -60, 90).acc)
    with pytest.raises(IndexError, match="not held"):
        held.read(600, 800)


def test_mirrored_samples_are_those_on_the_other_side_of_the_end() -> None:
    done = condition(Segment(0, 50.0, walk(4, 50.0)), CHANNELS)
    inside = done.read(0, 200)
    outside = read_mirrored(done, -30, 230)
    np.testing.assert_allclose(outside.acc[30], inside.acc[0])
    np.testing.assert_allclose(outside.acc[:30], inside.acc[30:0:-1])
    np.testing.assert_allclose(outside.acc[230:], inside.acc[-2:-32:-1])


def test_without_a_gyroscope_or_when_it_is_not_wanted_rotation_is_absent() -> None:
    x = walk(10, 50.0)
    with_gyro = condition(Segment(0, 50.0, x), CHANNELS)
    unwanted = condition(Segment(0, 50.0, x), CHANNELS, CHANNELS[:3])
    absent = condition(Segment(0, 50.0, x[:, :3].copy()), CHANNELS[:3])
    assert with_gyro.has_gyro
    for one in (unwanted, absent):
        shape = shape_input(one, 0, 500)
        assert not one.has_gyro
        assert (shape[:, 3:6] == 0).all()
        assert (shape[:, 7] == 0).all()
        np.testing.assert_array_equal(shape[:, :3], shape_input(with_gyro, 0, 500)[:, :3])


def test_outside_the_segment_everything_is_zero_flags_included() -> None:
    done = condition(Segment(0, 50.0, walk(4, 50.0)), CHANNELS)
    shape = shape_input(done, -50, 260)
    assert (shape[:50] == 0).all()
    assert (shape[250:] == 0).all()
    assert (shape[50:250, 6:] == 1).all()
    assert (shape_input(done, 300, 310) == 0).all()


def test_local_strength_divides_loudness_out_but_does_not_blow_up_noise() -> None:
    draw = np.random.default_rng(0)
    t = np.arange(50 * 60) / 50
    quiet = np.zeros((len(t), 3), dtype=np.float32)
    quiet[:, 2] = 1 + 0.2 * np.sin(2 * np.pi * 2 * t)
    loud = quiet.copy()
    loud[:, 2] = 1 + 0.8 * np.sin(2 * np.pi * 2 * t)
    still = np.tile(np.array([0, 0, 1.0], dtype=np.float32), (len(t), 1)) + 0.001 * draw.normal(size=(len(t), 3))
    sd = [
        shape_input(condition(Segment(0, 50.0, x.astype(np.float32)), CHANNELS[:3]), 500, 2500)[:, :3].std()
        for x in (quiet, loud, still)
    ]
    assert sd[1] == pytest.approx(sd[0], rel=0.15)
    assert sd[2] < 0.15 * sd[0]


def test_the_posture_is_that_of_the_moving_seconds() -> None:
    x = walk(40, 100.0, sway=0.0)
    table = np.tile(np.array([0, 0, -1.0, 0, 0, 0], dtype=np.float32), (100 * 200, 1))
    down = reference(Segment(0, 100.0, np.concatenate([table, x])), [0, 1, 2]).down
    assert down[1] < -0.97
    assert reference(Segment(0, 100.0, table), [0, 1, 2]).down[2] == pytest.approx(-1.0)


def test_a_day_and_more_is_looked_at_in_every_nth_minute() -> None:
    class Long:
        """Ten days of one posture; counts what is read of it."""

        shape = (10 * 86_400 * 50, 3)
        read = 0

        def __getitem__(self, rows: slice) -> np.ndarray:
            n = rows.stop - rows.start
            Long.read += n
            return np.tile(np.array([0, 1.0, 0], dtype=np.float32), (n, 1))

    found = reference(Segment(0, 50.0, Long()), [0, 1, 2])
    assert found.down[1] == pytest.approx(1.0)
    assert Long.read <= Long.shape[0] / 9


def test_acceleration_must_have_three_axes() -> None:
    with pytest.raises(ValueError, match="acc_z"):
        condition(Segment(0, 50.0, np.zeros((10, 2), dtype=np.float32)), CHANNELS[:2])
