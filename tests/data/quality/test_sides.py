from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from data.datasets import oday
from data.quality import assess, corrected
from data.quality.sides import SURE, agreement
from data.recording import Placement, Recording, Side
from data.synthetic import Script, short_walk, simulate


@pytest.fixture(scope="module")
def walks(shared_data) -> list[Recording]:
    found = [r for _, r in oday.load(shared_data) if any(s.name == "left-ankle" for s in r.streams)]
    assert len(found) == 8
    return found


@pytest.mark.parametrize("placement", [Placement.ANKLE, Placement.FOOT])
def test_sides_that_were_swapped_are_told_from_right_ones_on_real_walks(walks, placement):
    names = (f"left-{placement.value}", f"right-{placement.value}")
    for recording in walks:
        assert agreement(recording, placement) > SURE
        assert agreement(corrected(recording, swapped=names), placement) < -SURE


def test_how_the_sensors_were_mounted_does_not_matter(walks):
    recording, turn = walks[0], np.zeros((6, 6), dtype=np.float32)
    turn[:3, :3] = turn[3:, 3:] = Rotation.random(random_state=3).as_matrix()
    streams = []
    for stream in recording.streams:
        segments = tuple(replace(g, samples=g.samples[0 : g.n_samples] @ turn.T) for g in stream.segments)
        streams.append(replace(stream, segments=segments))
    after = agreement(replace(recording, streams=tuple(streams)), Placement.ANKLE)
    assert after == pytest.approx(agreement(recording, Placement.ANKLE), abs=1e-3)


def test_quality_says_it(walks):
    assert "sides swapped" not in {f.kind for f in assess(walks[0]).findings}
    found = assess(corrected(walks[0], swapped=("right-ankle", "left-ankle"))).findings
    assert next(f.sentence for f in found if f.kind == "sides swapped").startswith("Left and right ankle seem")


def test_without_a_trunk_or_a_gyroscope_it_cannot_be_told(walks):
    recording = walks[0]
    legs = tuple(s for s in recording.streams if s.placement is Placement.ANKLE)
    assert agreement(replace(recording, streams=legs), Placement.ANKLE) is None
    assert agreement(recording, Placement.WRIST) is None
    assert agreement(simulate(Script(short_walk(60.0))), Placement.ANKLE) is None


def test_correcting_twice_gives_the_recording_back(walks):
    once = corrected(walks[0], swapped=("left-ankle", "right-ankle"), upside_down="lower-back")
    assert len(once.assumptions) == len(walks[0].assumptions) + 2
    again = corrected(once, swapped=("left-ankle", "right-ankle"), upside_down="lower-back")
    for a, b in zip(walks[0].streams, again.streams, strict=True):
        assert (a.name, a.side) == (b.name, b.side)
        for x, y in zip(a.segments, b.segments, strict=True):
            np.testing.assert_array_equal(x.samples[0 : x.n_samples], y.samples[0 : y.n_samples])


def test_a_sensor_that_was_turned_over_for_a_while_is_turned_back_there_alone():
    recording = simulate(Script(short_walk(120.0), 50.0))
    (stream,) = recording.streams
    middle = replace(stream.interval, end=stream.interval.start + 50_000_000)
    (turned,) = corrected(recording, upside_down=stream.name, during=middle).streams
    before = stream.segments[0].samples[0:6000]
    rows = turned.segments[0].samples
    np.testing.assert_array_equal(rows[0:2500], before[:2500] * np.array([-1, -1, 1, -1, -1, 1]))
    np.testing.assert_array_equal(rows[2500:6000], before[2500:])
    np.testing.assert_array_equal(np.concatenate([rows[0:2400], rows[2400:2600]]), rows[0:2600])


def test_only_left_and_right_of_one_place_can_be_exchanged(walks):
    with pytest.raises(ValueError, match="not left and right"):
        corrected(walks[0], swapped=("left-ankle", "right-foot"))
    with pytest.raises(KeyError):
        corrected(walks[0], upside_down="nose")
    assert walks[0].stream("left-ankle").side is Side.LEFT
