from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.intervals import total, union
from data.recording import Annotation, Placement, Segment, Side, stream_name
from tests.signals import START_US, US, moving, recording_of, recordings_with_gaps


def test_a_segment_ends_one_sample_after_its_last():
    segment = Segment(10, 64.0, np.zeros((64, 3), dtype=np.float32))
    assert segment.end_us == 10 + US
    assert segment.time_us(64) == segment.end_us


@given(recordings_with_gaps())
def test_segments_and_gaps_add_up_to_the_stream(recording):
    (stream,) = recording.streams
    assert total(union(stream.recorded, stream.gaps)) == stream.interval.duration
    assert total(stream.recorded) + total(stream.gaps) == stream.interval.duration
    assert len(stream.gaps) == len(stream.segments) - 1


@given(recordings_with_gaps(), st.sampled_from([0.01, 0.4, 10.0, 700.0]))
def test_chunks_hold_every_sample_once_and_cross_no_gap(recording, seconds):
    (stream,) = recording.streams
    whole = np.concatenate([s.samples[:] for s in stream.segments])
    if seconds < 1 and len(whole) > 20_000:
        seconds = 10.0
    chunks = list(stream.chunks(seconds))
    np.testing.assert_array_equal(np.concatenate([x for _, _, x in chunks]), whole)
    for start, rate, x in chunks:
        (segment,) = [s for s in stream.segments if s.start_us <= start < s.end_us]
        assert start + round((len(x) - 1) * 1e6 / rate) < segment.end_us


def test_a_wrong_stream_name_names_those_there_are():
    recording = recording_of([(0.0, moving(5))])
    with pytest.raises(KeyError, match="lower-back"):
        recording.stream("left-ankle")


def test_a_placement_can_be_corrected():
    recording = recording_of([(0.0, moving(5))])
    changed = recording.with_placement(Placement.ANKLE, Side.LEFT)
    assert (changed.streams[0].placement, changed.streams[0].side) == (Placement.ANKLE, Side.LEFT)
    assert changed.streams[0].segments == recording.streams[0].segments
    assert recording.interval.start == START_US


def test_a_stream_called_after_its_place_is_called_after_the_place_that_is_said():
    unplaced = recording_of([(0.0, moving(5))], placement=Placement.UNKNOWN)
    mark = Annotation(unplaced.interval, "walking", "unknown")
    placed = replace(unplaced, annotations=(mark,)).with_placement(Placement.WRIST, Side.LEFT)
    assert placed.streams[0].name == placed.annotations[0].stream == "left-wrist"
    own = replace(unplaced, streams=(replace(unplaced.streams[0], name="sensor-7"),))
    assert own.with_placement(Placement.WRIST, Side.LEFT).streams[0].name == "sensor-7"


def two(first: Placement, second: Placement, names: tuple[str, str]):
    parts = [recording_of([(0.0, moving(5))], placement=p) for p in (first, second)]
    streams = tuple(replace(r.streams[0], name=n) for r, n in zip(parts, names, strict=True))
    return replace(parts[0], streams=streams)


def test_a_second_sensor_said_to_be_at_a_place_gets_a_number_and_stays_unknown_no_longer():
    both = two(Placement.UNKNOWN, Placement.WRIST, ("unknown", "wrist"))
    said = both.with_placement(Placement.WRIST, Side.UNKNOWN, "unknown")
    assert [s.name for s in said.streams] == ["wrist-2", "wrist"]


def test_two_sensors_of_unknown_place_are_both_called_after_where_they_were():
    both = two(Placement.UNKNOWN, Placement.UNKNOWN, ("unknown", "unknown-2"))
    ankles = {"unknown": (Placement.ANKLE, Side.LEFT), "unknown-2": (Placement.ANKLE, Side.RIGHT)}
    assert [s.name for s in both.with_placements(ankles).streams] == ["left-ankle", "right-ankle"]


def test_sides_that_are_exchanged_exchange_their_names_too():
    both = two(Placement.ANKLE, Placement.ANKLE, ("left-ankle", "right-ankle"))
    sides = tuple(replace(s, side=side) for s, side in zip(both.streams, (Side.LEFT, Side.RIGHT), strict=True))
    told = {"left-ankle": (Placement.ANKLE, Side.RIGHT), "right-ankle": (Placement.ANKLE, Side.LEFT)}
    said = replace(both, streams=sides).with_placements(told)
    assert [(s.name, s.side) for s in said.streams] == [("right-ankle", Side.RIGHT), ("left-ankle", Side.LEFT)]


def test_stream_names_are_safe_as_file_names():
    assert stream_name(Placement.LOWER_BACK, Side.MIDDLE) == "lower-back"
    assert stream_name(Placement.ANKLE, Side.LEFT) == "left-ankle"
    assert stream_name(Placement.UNKNOWN) == "unknown"
