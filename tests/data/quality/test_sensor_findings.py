from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.quality import Severity, assess
from data.recording import Recording
from tests.signals import moving, recording_of, still


def kinds(recording: Recording) -> dict[str, str]:
    return {f.kind: f.sentence for f in assess(recording).findings}


@pytest.mark.parametrize(("rate_hz", "said"), [(98.5, True), (99.9, False), (100.0, False)])
def test_a_sensor_that_is_off_its_nominal_rate_is_said_to_drift(rate_hz, said):
    recording = recording_of([(0.0, moving(120, 100.0))], rate_hz)
    (stream,) = recording.streams
    found = kinds(replace(recording, streams=(replace(stream, rate_hz=100.0),)))
    assert ("drift" in found) == said
    if said:
        assert "1.5 % fewer" in found["drift"]


def test_gaps_that_begin_at_rest_are_idle_mode():
    rested = np.concatenate([moving(60, channels=3), still(20, channels=3)])
    quality = assess(recording_of([(0.0, rested), (300.0, moving(60, channels=3)), (400.0, moving(60, channels=3))]))
    (found,) = [f for f in quality.findings if f.kind == "idle mode"]
    assert found.severity is Severity.NOTE
    assert "One gap begins at rest (4 min)" in found.sentence
    assert "Nothing is filled in" in found.sentence


def test_a_gyroscope_in_radians_is_said():
    x = moving(180)
    assert "gyroscope scale" not in kinds(recording_of([(0.0, x)]))
    x[:, 3:] *= np.pi / 180
    assert "rad/s" in kinds(recording_of([(0.0, x)]))["gyroscope scale"]


def test_a_gyroscope_in_radians_is_said_of_somebody_who_jogs_too():
    x = moving(180, size_g=1.0)
    assert "gyroscope scale" not in kinds(recording_of([(0.0, x)]))
    x[:, 3:] *= np.pi / 180
    assert np.ptp(x[:, 3:], axis=0).max() > 8
    assert "rad/s" in kinds(recording_of([(0.0, x)]))["gyroscope scale"]


def test_a_stream_without_acceleration_has_no_measures():
    recording = recording_of([(0.0, moving(60))])
    (stream,) = recording.streams
    (segment,) = stream.segments
    gyro = replace(segment, samples=segment.samples[:, 3:])
    bare = replace(stream, channels=stream.channels[3:], segments=(gyro,))
    (told,) = assess(replace(recording, streams=(bare,))).streams
    assert told.measures is not None
    assert told.measures.up is None
    assert told.measures.autocalibration is None
