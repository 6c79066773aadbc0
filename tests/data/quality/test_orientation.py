from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.quality import assess
from data.recording import Placement, Recording
from data.synthetic import Script, short_walk, simulate
from data.synthetic.plan import ON_LEFT, ON_RIGHT, PRONE, SITTING, STANDING, SUPINE, quiet
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


def test_which_way_is_up_is_measured_while_walking():
    (stream,) = assess(walked()).streams
    assert stream.measures is not None
    up = np.array(stream.measures.up)
    assert up[0] > 0.95
    assert np.linalg.norm(up) == pytest.approx(1)


def acts(*parts: tuple[str, float, tuple[float, float, float]], seed: int = 0) -> Recording:
    """A simulated person of unknown make who does one thing after the other."""
    rng, at, plan = np.random.default_rng(seed), 0.0, []
    for kind, seconds, up in parts:
        plan += quiet(kind, at, at + seconds, up, rng)
        at += seconds
    return replace(simulate(Script(tuple(plan), 25.0), seed), device="some sensor")


def test_somebody_who_stands_still_after_the_turn_is_upside_down_too():
    recording = acts(("chores", 90.0, STANDING), ("stand", 40.0, STANDING), ("chores", 15.0, STANDING))
    assert "turned over" not in kinds(recording)
    assert "turned over" in kinds(turned(recording, OVER, 0.65))


def test_sitting_down_again_and_again_after_the_turn_does_not_hide_it():
    pauses = [("chores", 25.0, STANDING), ("sit", 25.0, ON_LEFT)] * 6
    recording = acts(("chores", 700.0, STANDING), *pauses)
    assert "turned over" not in kinds(recording)
    (found,) = [f for f in assess(turned(recording, OVER, 0.7)).findings if f.kind == "turned over"]
    assert abs(found.interval.start - recording.interval.start - 700 * US) <= 30 * US
    assert found.interval.end - recording.interval.start >= 940 * US


def test_an_ankle_that_stamps_says_which_way_is_up():
    x = moving(150.0, channels=3, size_g=0.7)
    x[:, 2] += np.where(np.arange(len(x)) % 2, 0.6, 0.0).astype(np.float32)  # impacts, which never point down
    recording = recording_of([(0.0, x)], placement=Placement.ANKLE)
    assert "turned over" not in kinds(recording)
    assert "turned over" in kinds(turned(recording, (1, -1, -1), 0.6))


def test_who_turns_over_in_bed_and_never_stands_is_not_upside_down():
    night = [("sleep", 900.0, up) for up in (SUPINE, PRONE, ON_LEFT, ON_RIGHT, PRONE, SUPINE)]
    for seed in range(3):
        assert "turned over" not in kinds(acts(*night, seed=seed))
        assert "turned over" not in kinds(acts(("chores", 300.0, STANDING), ("sit", 300.0, SITTING), *night, seed=seed))


def test_legs_that_are_put_up_are_not_upside_down():
    up = still(300.0, channels=3)
    up[:, 2] *= -1
    x = np.concatenate([moving(120, channels=3), up, moving(120, seed=1, channels=3)])
    assert "turned over" not in kinds(recording_of([(0.0, x)], placement=Placement.ANKLE))


def test_half_a_minute_in_somebodys_hand_does_not_count_in_a_long_recording():
    recording = acts(("chores", 3600.0, STANDING))
    assert "turned over" not in kinds(turned(recording, OVER, 0.5, 0.5 + 30 / 3600))
    assert "turned over" in kinds(turned(recording, OVER, 0.5, 0.5 + 120 / 3600))
