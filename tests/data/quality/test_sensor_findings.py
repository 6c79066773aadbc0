from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.quality import Severity, assess
from data.recording import Placement, Recording
from data.synthetic import Script, short_walk, simulate
from tests.signals import US, moving, recording_of, still


def kinds(recording: Recording) -> dict[str, str]:
    return {f.kind: f.sentence for f in assess(recording).findings}


def walked(seed: int = 0, seconds: float = 180.0, **script) -> Recording:
    return simulate(Script(short_walk(seconds), 50.0, **script), seed)


def turned(recording: Recording, turn: tuple[int, ...], begin: float = 0.0, end: float = 1.0) -> Recording:
    """The first stream with its axes' signs changed between two shares of it."""
    stream = recording.streams[0]
    (segment,) = stream.segments
    x = np.array(segment.samples[0 : segment.n_samples])
    rows = slice(int(begin * len(x)), int(end * len(x)))
    x[rows] *= np.array([*turn, *turn][: x.shape[1]], dtype=np.float32)
    changed = replace(stream, segments=(replace(segment, samples=x),))
    return replace(recording, streams=(changed, *recording.streams[1:]))


OVER = (-1, -1, 1)


def test_a_sensor_worn_upside_down_is_told_where_its_kind_is_known():
    assert "upside-down" not in kinds(walked())
    assert "the other way than is usual" in kinds(turned(walked(), OVER))["upside-down"]
    unknown = replace(turned(walked(), OVER), device="some sensor")
    assert "upside-down" not in kinds(unknown)


def test_a_sensor_put_on_the_other_way_up_is_found_whatever_its_kind():
    recording = replace(turned(walked(), OVER, 0.7), device="some sensor")
    (found,) = [f for f in assess(recording).findings if f.kind == "turned over"]
    assert abs(found.interval.start - recording.interval.start - 126 * US) <= 30 * US
    assert abs(found.interval.end - recording.interval.end) <= 30 * US


def test_one_of_three_sensors_that_contradicts_the_others_is_upside_down():
    recording = walked(placements=(Placement.LOWER_BACK, Placement.TRUNK, Placement.ANKLE))
    recording = replace(turned(recording, OVER), device="some sensor")
    found = [f for f in assess(recording).findings if f.kind == "upside-down"]
    assert [f.stream for f in found] == ["lower-back"]


def test_hands_turn_as_they_like():
    recording = walked(placements=(Placement.WRIST,))
    assert not {"turned over", "upside-down"} & set(kinds(turned(recording, OVER, 0.6)))


def test_a_yaw_of_the_sensor_is_not_upside_down():
    assert not {"turned over", "upside-down"} & set(kinds(turned(walked(), (1, -1, -1), 0.5)))


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


def test_which_way_is_up_is_measured_while_walking():
    (stream,) = assess(walked()).streams
    assert stream.measures is not None
    up = np.array(stream.measures.up)
    assert up[0] > 0.95
    assert np.linalg.norm(up) == pytest.approx(1)


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
