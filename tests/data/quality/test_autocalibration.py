from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.quality import assess
from data.quality.autocalibration import LEAST_WINDOWS, autocalibrate
from tests.signals import moving, recording_of


def postures(count: int, seed: int = 0) -> np.ndarray:
    """Points on the unit sphere, of all directions."""
    x = np.random.default_rng(seed).normal(size=(count, 3))
    return x / np.linalg.norm(x, axis=1, keepdims=True)


@settings(max_examples=20)
@given(
    st.lists(st.floats(0.93, 1.07), min_size=3, max_size=3),
    st.lists(st.floats(-0.06, 0.06), min_size=3, max_size=3),
    st.integers(0, 99),
)
def test_a_known_offset_and_scale_come_back(scale, offset, seed):
    true = postures(400, seed)
    measured = (true - offset) / scale
    found = autocalibrate(measured)
    assert found.refused is None
    np.testing.assert_allclose(found.scale, scale, atol=0.01)
    np.testing.assert_allclose(found.offset_g, offset, atol=0.01)
    assert found.error_after_mg < 3
    direct = 1000 * np.abs(np.linalg.norm(measured, axis=1) - 1).mean()
    assert found.error_before_mg == pytest.approx(direct, abs=1.5)


def test_too_few_postures_are_refused_with_their_number():
    found = autocalibrate(np.repeat(postures(12) * 1.02, 50, axis=0))
    assert found.scale is None
    assert found.refused == f"only 12 different postures at rest, {LEAST_WINDOWS} are needed"
    assert found.error_before_mg == pytest.approx(20)


def test_an_axis_that_was_not_turned_both_ways_is_named():
    x = postures(600)
    assert "z axis was not turned" in str(autocalibrate(x[x[:, 2] > -0.2]).refused)


def test_a_night_on_one_side_does_not_outweigh_the_rest():
    true = postures(300)
    night = np.tile([[0.0, 0.0, 1.0]], (3000, 1))
    scale = np.array([1.0, 1.0, 0.95])
    found = autocalibrate(np.concatenate([true, night]) / scale)
    np.testing.assert_allclose(found.scale, scale, atol=0.01)


def test_what_no_offset_and_scale_can_mend_is_refused():
    x = postures(400) * np.random.default_rng(1).uniform(0.8, 1.2, (400, 1))
    assert "still" in str(autocalibrate(x).refused)


def test_without_rest_there_is_nothing_to_say():
    assert autocalibrate(np.zeros((0, 3))).refused == "the sensor was never at rest"


def test_it_is_reported_and_changes_no_sample():
    noise = np.random.default_rng(2).normal(0, 0.003, (180 * 500, 3))
    x = (np.repeat(postures(180), 500, axis=0) * 1.03 + noise).astype(np.float32)
    recording = recording_of([(0.0, np.concatenate([x, x[:500], moving(2400, channels=3)]))])
    before = recording.streams[0].segments[0].samples.copy()
    quality = assess(recording)
    measured = quality.streams[0].measures
    assert measured is not None
    assert measured.autocalibration is not None
    assert measured.autocalibration.error_before_mg == pytest.approx(30, abs=2)
    assert measured.autocalibration.error_after_mg < 5
    assert measured.noise_mg is not None
    np.testing.assert_allclose(measured.noise_mg, 3, atol=0.3)
    (said,) = [f.sentence for f in quality.findings if f.kind == "autocalibration"]
    assert said.startswith("At rest gravity is 30 mg off")
    np.testing.assert_array_equal(recording.streams[0].segments[0].samples, before)
