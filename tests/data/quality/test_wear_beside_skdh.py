"""Wear as motionward tells it and as scikit-digital-health does, on the same samples; where they differ, why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.quality_recordings import half_day
from benchmarks.wear import awake, from_real, minutes, theirs, truth_of
from data.intervals import Intervals
from data.quality import assess
from data.readers import read
from data.recording import Recording, Segment

pytest.importorskip("skdh", reason="scikit-digital-health has no wheel for this platform")


def ours(recording: Recording) -> Intervals:
    return assess(recording).streams[0].not_worn


def test_both_find_the_hours_on_a_table_of_somebody_awake():
    recording, truth = awake(3)
    (mine,), (counted,), (was,) = ours(recording), theirs(recording, "counts"), truth
    for end in ("start", "end"):
        assert abs(getattr(mine, end) - getattr(was, end)) <= 60_000_000
        assert abs(getattr(counted, end) - getattr(was, end)) <= 120_000_000


def test_both_find_the_hours_on_a_table_between_two_real_sensors(shared_data):
    recording, truth = from_real(shared_data)
    was = minutes(recording, truth)
    assert (minutes(recording, ours(recording)) == was).mean() >= 0.995
    assert (minutes(recording, theirs(recording, "counts")) == was).mean() >= 0.995


@pytest.mark.parametrize("name", ["empatica_embraceplus/test_data.avro", "garmin_csv/acc.csv", "tsdf_verily"])
def test_both_say_that_a_real_wrist_was_worn(name, shared_data):
    path = shared_data / "device_files" / name
    recording = read(path / "imu_meta.json" if path.is_dir() else path)
    assert ours(recording) == ()
    for segment in recording.streams[0].segments:
        if segment.interval.duration >= 300_000_000:
            assert theirs(_only(recording, segment), "counts") == ()


def test_counts_take_a_still_sleeper_for_a_table_and_motionward_does_not():
    """Ninety minutes without a count are not worn to them; a breath is below a count, and above sensor noise."""
    recording = next(r for n in range(8) if theirs(r := half_day(n, is_worn=True), "counts"))
    asleep = [a.interval for a in recording.annotations if a.label == "sleep"]
    assert all(any(a.start <= (i.start + i.end) // 2 < a.end for a in asleep) for i in theirs(recording, "counts"))
    assert ours(recording) == ()


def test_limits_of_the_acceleration_end_an_hour_early_and_motionward_does_not():
    """Their window of an hour carries the time of its start, so that the last hour on the table counts as worn."""
    recording, (was,) = awake(3)
    (limits,) = theirs(recording, "acceleration")
    assert abs(limits.start - was.start) <= 15 * 60_000_000
    assert 45 * 60_000_000 <= was.end - limits.end <= 75 * 60_000_000
    assert abs(ours(recording)[0].end - was.end) <= 60_000_000


def test_limits_of_the_acceleration_swallow_the_hours_before_a_table_and_motionward_does_not():
    """They call less than three hours of wear beside a longer stretch off the body off the body too."""
    recording = half_day(0, is_worn=False)
    (was,) = truth_of(recording)
    before = was.start - recording.interval.start
    assert 30 * 60_000_000 < before < 3 * 3600 * 1_000_000
    assert theirs(recording, "acceleration")[0].start == recording.interval.start
    assert abs(ours(recording)[0].start - was.start) <= 60_000_000


def _only(recording: Recording, segment: Segment) -> Recording:
    return replace(recording, streams=(replace(recording.streams[0], segments=(segment,)),))
