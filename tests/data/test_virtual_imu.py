"""A sensor that nobody wore: what physics says it would have measured, and what a real one beside it did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from data.datasets.utd_mhad import FIRST_ON_THIGH, JOINTS, clips, inertial_index
from data.datasets.utd_mhad_virtual import BONES, UP, load
from data.recording import Placement
from data.units import STANDARD_GRAVITY
from data.virtual_imu import virtual_imu

T = np.arange(120) / 20.0
AT = np.arange(300) / 50.0
INNER = slice(60, 240)
"""Away from the ends, where the filter has one side alone."""


def swung(turn: NDArray[np.float64], radius: float = 0.3, elbow: tuple[float, float, float] = (0, 1, 2)) -> NDArray:
    """An elbow that rests and a wrist that goes round it in the upright plane, at these angles from hanging down."""
    far = np.stack([radius * np.sin(turn), -radius * np.cos(turn), np.zeros_like(turn)], axis=1)
    return np.stack([np.zeros_like(far), far], axis=1) + np.array(elbow)


def test_a_sensor_at_rest_measures_gravity_alone() -> None:
    found = virtual_imu(swung(np.full(120, 0.7)), T, AT, (0, 1), UP)
    np.testing.assert_allclose(np.linalg.norm(found[:, :3], axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(found[:, 3:], 0.0, atol=1e-6)
    hanging = virtual_imu(swung(np.zeros(120)), T, AT, (0, 1), UP)
    np.testing.assert_allclose(hanging[:, 2], -1.0, atol=1e-6)  # z points down the forearm


def test_a_wrist_that_goes_round_at_an_even_pace_is_pulled_inwards() -> None:
    pace = 2.0  # radians a second: a third of a hertz, which the filter passes
    found = virtual_imu(swung(pace * T), T, AT, (0, 1), UP).astype(np.float64)[INNER]
    turn = pace * AT[INNER]
    inwards = pace**2 * 0.3 / STANDARD_GRAVITY
    np.testing.assert_allclose(found[:, 2], -inwards - np.cos(turn), atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found[:, :2], axis=1), np.abs(np.sin(turn)), atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found[:, 3:], axis=1), np.rad2deg(pace), rtol=2e-3)


def test_a_fall_from_rest_weighs_nothing() -> None:
    fallen = swung(np.full(120, 0.7))
    fallen[:, :, 1] -= (0.5 * STANDARD_GRAVITY * T**2)[:, None]
    found = virtual_imu(fallen, T, AT, (0, 1), UP)[INNER]
    np.testing.assert_allclose(found[:, :3], 0.0, atol=2e-3)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.1, 3.1), st.integers(0, 2**16))
def test_which_way_the_person_faces_and_where_they_stand_changes_no_strength(heading: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = 0.6 * np.sin(2 * np.pi * rng.uniform(0.3, 1.5) * T + rng.uniform(0, 6))
    plain = swung(turn)
    elsewhere = plain @ Rotation.from_rotvec(heading * UP).as_matrix().T + rng.normal(size=3)
    for across in (None, (0, 2)):
        both = [
            virtual_imu(np.concatenate([x, x[:, :1] + y], axis=1), T, AT, (0, 1), UP, across)
            for x, y in ((plain, [[0, 0, 1.0]]), (elsewhere, Rotation.from_rotvec(heading * UP).apply([[0, 0, 1.0]])))
        ]
        forces, turns = ([np.linalg.norm(b[:, part], axis=1) for b in both] for part in np.s_[:3, 3:])
        np.testing.assert_allclose(*forces, atol=1e-3)
        np.testing.assert_allclose(*turns, rtol=1e-3, atol=0.1)  # steps of a fiftieth of a second are no arcs


def test_a_turn_about_an_upright_bone_is_seen_by_what_lies_across() -> None:
    heading = 0.8 * T
    hips = 0.1 * np.stack([np.cos(heading), np.zeros_like(T), np.sin(heading)], axis=1)
    spine = np.array([0.0, 1.2, 2.0])
    joints = np.stack([np.tile(spine, (120, 1)), np.tile(spine - [0, 0.3, 0], (120, 1)), spine - hips, spine + hips], 1)
    told = virtual_imu(joints, T, AT, (0, 1), UP, (2, 3))[INNER]
    np.testing.assert_allclose(np.abs(told[:, 5]), np.rad2deg(0.8), rtol=2e-3)
    unseen = virtual_imu(joints, T, AT, (0, 1), UP)[INNER]
    np.testing.assert_allclose(unseen[:, 3:], 0.0, atol=1e-3)


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="5 frames are too few"):
        virtual_imu(swung(np.zeros(5)), T[:5], AT[:9], (0, 1), UP)
    with pytest.raises(ValueError, match="the joints of a bone coincide"):
        virtual_imu(swung(np.zeros(120), radius=0.0), T, AT, (0, 1), UP)


def test_a_virtual_sensor_follows_the_real_one_beside_it(shared_data: Path) -> None:
    number = {name: i for i, name in enumerate(JOINTS)}
    alike: list[tuple[float, float]] = []
    for clip in clips(shared_data):
        if clip.person != "2" or clip.action >= FIRST_ON_THIGH:
            continue
        n, frames = len(clip.inertial), len(clip.skeleton)
        frame_s, at_s = inertial_index(np.arange(frames), frames, n) / 50, np.arange(n) / 50
        made = virtual_imu(clip.skeleton, frame_s, at_s, (number["right_elbow"], number["right_wrist"]), UP)
        pairs = [(np.linalg.norm(x[:, part], axis=1) for x in (clip.inertial, made)) for part in np.s_[:3, 3:]]
        alike.append(tuple(float(np.corrcoef(*pair)[0, 1]) for pair in pairs))  # type: ignore[arg-type]  # two
    acc, gyro = np.median(alike, axis=0)
    assert acc > 0.35
    assert gyro > 0.65


def test_every_clip_has_seven_sensors_as_long_as_the_real_one(shared_data: Path) -> None:
    person, recording = next(load(shared_data))
    assert person in "12345678"
    assert len({s.name for s in recording.streams}) == len(BONES)
    assert {s.placement for s in recording.streams} >= {Placement.LOWER_BACK, Placement.ANKLE}
    (annotation,) = recording.annotations
    assert annotation.interval == recording.interval
    assert "no sensor was there" in recording.assumptions[0]
