"""What another sensor would have seen of the same movement."""

from __future__ import annotations

import numpy as np
import pytest

from data.recording import CHANNELS, Stream
from models.evaluation.stress import STRESSES, at_rate, stronger, turned, without_gyroscope
from tests.signals import moving, recording_of


@pytest.fixture
def stream() -> Stream:
    (made,) = recording_of([(0.0, moving(20)), (25.0, moving(10, seed=1))]).streams
    return made


def samples(stream: Stream, segment: int = 0) -> np.ndarray:
    return stream.segments[segment].samples[:]


def test_turning_keeps_lengths_and_turns_both_sensors_alike(stream: Stream) -> None:
    before, after = samples(stream).astype(np.float64), samples(turned(stream, 3)).astype(np.float64)
    for triad in (slice(0, 3), slice(3, 6)):
        np.testing.assert_allclose(
            np.linalg.norm(after[:, triad], axis=1), np.linalg.norm(before[:, triad], axis=1), rtol=1e-5
        )
    matrix = np.linalg.lstsq(before[:, :3], after[:, :3], rcond=None)[0]
    np.testing.assert_allclose(before[:, 3:] @ matrix, after[:, 3:], atol=1e-2)
    np.testing.assert_allclose(np.linalg.det(matrix), 1.0, atol=1e-5)
    assert np.abs(after[:, :3] - before[:, :3]).max() > 0.1


def test_without_a_gyroscope_the_acceleration_is_as_before(stream: Stream) -> None:
    bare = without_gyroscope(stream)
    assert bare.channels == CHANNELS[:3]
    np.testing.assert_array_equal(samples(bare), samples(stream)[:, :3])


@pytest.mark.parametrize("hz", [25.0, 100.0])
def test_another_rate_lasts_as_long_and_keeps_a_slow_swing(hz: float) -> None:
    swing = np.zeros((1000, 3), dtype=np.float32)
    swing[:, 0] = np.sin(2 * np.pi * 2 * np.arange(1000) / 50)
    (stream,) = recording_of([(0.0, swing)]).streams
    other = at_rate(stream, hz)
    assert other.interval == stream.interval
    assert other.rate_hz == other.segments[0].rate_hz == hz
    wanted = np.sin(2 * np.pi * 2 * np.arange(len(samples(other))) / hz)
    np.testing.assert_allclose(samples(other)[20:-20, 0], wanted[20:-20], atol=0.01)


def test_a_stronger_movement_leaves_gravity_alone(stream: Stream) -> None:
    before, after = samples(stream), samples(stronger(stream, 2.0))
    assert after[:, :3].std(axis=0) == pytest.approx(2 * before[:, :3].std(axis=0), rel=0.02)
    assert after[:, :3].mean(axis=0) == pytest.approx(before[:, :3].mean(axis=0), abs=0.02)
    np.testing.assert_allclose(after[:, 3:], 2 * before[:, 3:], rtol=1e-6)


@pytest.mark.parametrize("name", STRESSES)
def test_gaps_stay_where_they_are(stream: Stream, name: str) -> None:
    changed = STRESSES[name](stream, 1)
    assert changed.gaps == stream.gaps
    assert changed.channels == stream.channels
