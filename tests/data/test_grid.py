from __future__ import annotations

import numpy as np
from hypothesis import given

from data.grid import HOP_US, half_seconds
from tests.signals import moving, parts_of, recording_of, recordings_with_gaps


@given(recordings_with_gaps())
def test_each_half_second_lies_inside_one_segment(recording):
    (stream,) = recording.streams
    grid = half_seconds(stream)
    assert len(grid.runs) == len(stream.segments)
    for run, segment in zip(grid.runs, stream.segments, strict=True):
        starts = grid.start_us[run]
        assert len(starts) == segment.interval.duration // HOP_US
        assert (np.diff(starts) == HOP_US).all()
        if len(starts):
            assert starts[0] == segment.start_us
            assert starts[-1] + HOP_US <= segment.end_us


@given(recordings_with_gaps())
def test_cutting_at_a_gap_changes_no_half_second(recording):
    whole = half_seconds(recording.streams[0]).start_us
    parts = [half_seconds(p.streams[0]).start_us for p in parts_of(recording)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_a_segment_shorter_than_half_a_second_has_none():
    grid = half_seconds(recording_of([(0.0, moving(0.4)), (2.0, moving(1.2))]).streams[0])
    assert [r.stop - r.start for r in grid.runs] == [0, 2]
    assert not grid.start_us.flags.writeable
