"""Units by name, by magnitude at rest, by how gravity turns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import units


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("g", "g"), ("(G)", "g"), ("mg", "mg"), ("[m/s²]", "m/s²"), ("m/(s^2)", "m/s²"), ("(m/s^2)", "m/s²"),
        ("mps2", "m/s²"), ("deg/s", "°/s"), ("°/s", "°/s"), ("dps", "°/s"), ("rad/s", "rad/s"), ("rad_s", "rad/s"),
        ("cdeg_s", "c°/s"), ("mdeg/s", "m°/s"), ("ms", "ms"), ("us", "µs"), ("ns", "ns"), ("volt", None), ("", None),
    ],
)  # fmt: skip
def test_spellings_of_units_are_known(text: str, unit: str | None) -> None:
    assert units.unit_named(text) == unit


def test_conversions_agree_with_physics() -> None:
    assert 9.80665 * units.ACCELERATION["m/s²"] == pytest.approx(1.0)
    assert np.pi * units.ROTATION["rad/s"] == pytest.approx(180.0)
    assert 1000 * units.ACCELERATION["mg"] == pytest.approx(1.0)


@given(unit=st.sampled_from(["g", "m/s²", "mg"]), gain=st.floats(0.85, 1.15), seed=st.integers(0, 1000))
def test_unit_of_acceleration_is_told_at_rest_from_any_attitude(unit: str, gain: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    down = rng.normal(size=3)
    down /= np.linalg.norm(down)
    quiet = np.tile(down * gain, (400, 1)) + rng.normal(0, 0.004, (400, 3))
    shaken = down + rng.normal(0, 0.8, (600, 3))
    acc = (np.concatenate([shaken, quiet]) / units.ACCELERATION[unit]).astype(np.float32)
    magnitude = units.rest_magnitude(acc, 50.0)
    assert magnitude is not None
    assert units.acceleration_unit_at_rest(magnitude) == unit


def test_a_length_between_the_units_is_no_unit() -> None:
    assert units.acceleration_unit_at_rest(64.0) is None
    assert units.acceleration_unit_at_rest(3.0) is None


def test_zeros_before_switch_on_do_not_hide_gravity() -> None:
    acc = np.zeros((1000, 3), dtype=np.float32)
    acc[600:, 2] = 9.81
    assert units.rest_magnitude(acc, 50.0) == pytest.approx(9.81, rel=1e-4)
    assert units.rest_magnitude(acc[:600], 50.0) is None


@given(unit=st.sampled_from(["rad/s", "°/s"]), speed=st.floats(0.4, 6.0), axis=st.integers(0, 2))
def test_unit_of_rotation_is_told_by_how_gravity_turns(unit: str, speed: float, axis: int) -> None:
    t = np.arange(3000) / 100.0
    rate = speed * np.sin(2 * np.pi * 0.4 * t)
    angle = np.cumsum(rate) / 100.0
    acc, gyro = np.zeros((3000, 3)), np.zeros((3000, 3))
    acc[:, (axis + 1) % 3], acc[:, (axis + 2) % 3] = np.cos(angle), np.sin(angle)
    gyro[:, axis] = rate if unit == "rad/s" else np.degrees(rate)
    assert units.rotation_unit_by_gravity(acc.astype(np.float32), gyro.astype(np.float32), 100.0) == unit


def test_a_sensor_that_lies_still_does_not_tell_its_unit_of_rotation() -> None:
    rng = np.random.default_rng(0)
    acc = (np.array([0.0, 0.0, 1.0]) + rng.normal(0, 0.002, (2000, 3))).astype(np.float32)
    gyro = rng.normal(0.3, 0.1, (2000, 3)).astype(np.float32)
    assert units.rotation_unit_by_gravity(acc, gyro, 100.0) is None
