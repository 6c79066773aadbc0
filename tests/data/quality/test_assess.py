from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from data.intervals import Interval, intersect, subtract, total, union
from data.quality import Severity, assess
from data.quality.scan import scan
from data.readers import read
from data.recording import Clock, Segment
from tests.signals import START_US, US, freezing_walk, moving, parts_of, recording_of, recordings_with_gaps, still


def kinds(quality) -> set[str]:
    return {f.kind for f in quality.findings}


def sentence(quality, kind: str) -> str:
    (found,) = [f for f in quality.findings if f.kind == kind]
    return found.sentence


@settings(max_examples=25)
@given(recordings_with_gaps())
def test_wear_adds_up_and_cutting_at_gaps_changes_nothing(recording):
    (stream,) = recording.streams
    (whole,) = assess(recording).streams
    assert total(union(whole.worn, whole.not_worn, whole.gaps)) == stream.interval.duration
    assert total(whole.worn) + total(whole.not_worn) + total(whole.gaps) == stream.interval.duration
    unusable = [i for i, _ in whole.unusable]
    assert total(unusable) == sum(i.duration for i in unusable)
    assert subtract(unusable, whole.worn) == ()
    parts = [assess(p).streams[0] for p in parts_of(recording)]
    assert union(*(p.worn for p in parts)) == union(whole.worn)
    assert union(*(p.not_worn for p in parts)) == union(whole.not_worn)
    assert sorted(u for p in parts for u in p.unusable) == list(whole.unusable)


def test_a_laboratory_recording_is_worn_and_without_fault():
    quality = assess(freezing_walk(((20.0, 8.0),), 90.0))
    assert quality.findings == ()
    assert quality.fit_for_rates
    assert quality.streams[0].worn == freezing_walk(((20.0, 8.0),), 90.0).streams[0].recorded
    assert quality.streams[0].unusable == ()


def test_a_sensor_left_on_the_table_is_not_worn():
    x = np.concatenate([moving(1200), still(3600), moving(600)])
    (quality,) = assess(recording_of([(0.0, x)])).streams
    (off,) = quality.not_worn
    assert abs(off.start - (START_US + 1200 * US)) <= 60 * US
    assert abs(off.end - (START_US + 4800 * US)) <= 60 * US


def test_half_an_hour_is_the_least_that_counts_as_not_worn():
    x = np.concatenate([moving(600), still(1500), moving(600)])
    assert assess(recording_of([(0.0, x)])).streams[0].not_worn == ()


def test_a_sleeper_who_only_breathes_is_worn():
    x = still(2 * 3600)
    t = np.arange(len(x)) / 50
    x[:, 0] += (0.007 * np.sin(2 * np.pi * 0.25 * t)).astype(np.float32)
    assert assess(recording_of([(0.0, x)])).streams[0].not_worn == ()


def test_touching_the_table_does_not_put_the_sensor_on():
    x = np.concatenate([still(2400), moving(60), still(2400)])
    (quality,) = assess(recording_of([(0.0, x)])).streams
    assert total(quality.worn) <= 60 * US
    assert len(quality.not_worn) == 1


def test_exact_zeros_are_no_signal():
    x = np.concatenate([np.zeros((300, 3), dtype=np.float32), moving(60, channels=3)])
    quality = assess(recording_of([(0.0, x)]))
    ((span, reason),) = quality.streams[0].unusable
    assert span == Interval(START_US, START_US + 6 * US)
    assert "zero" in reason
    assert "6.0 s" in sentence(quality, "zeros")
    assert quality.fit_for_rates


def test_zeros_across_the_border_of_a_chunk_are_one_stretch():
    x = moving(700, channels=3)
    x[29_000:31_000] = 0
    ((span, _),) = assess(recording_of([(0.0, x)])).streams[0].unusable
    assert span == Interval(START_US + 580 * US, START_US + 620 * US)


def test_a_repeated_value_is_not_a_signal():
    x = moving(120, channels=3)
    x[1000:3000] = x[1000]
    quality = assess(recording_of([(0.0, x)]))
    ((span, reason),) = quality.streams[0].unusable
    assert span == Interval(START_US + 20 * US, START_US + 60 * US)
    assert "repeats" in reason


def test_an_axis_that_does_not_move_is_named():
    x = moving(900)
    x[6000:, 2] = 1.0
    quality = assess(recording_of([(0.0, x)]))
    assert sentence(quality, "dead channel") == "The z axis of the accelerometer does not move for 13 min."
    ((span, _),) = quality.streams[0].unusable
    assert span == Interval(START_US + 120 * US, START_US + 900 * US)


def test_a_gyroscope_that_does_not_move_is_named():
    x = moving(120)
    x[:, 4] = 0.0
    assert "y axis of the gyroscope" in sentence(assess(recording_of([(0.0, x)])), "dead channel")


def test_peaks_at_the_limit_are_saturation():
    x = np.clip(moving(120, size_g=1.5, channels=3), -2, 2)
    found = [f.sentence for f in assess(recording_of([(0.0, x)])).findings if f.kind == "saturation"]
    assert len(found) == 3
    assert "limit of 2 g" in found[0]


def test_a_limit_of_thousands_is_written_as_a_number():
    x = moving(120, size_g=1.5, channels=6)
    x[:, 3:] = np.clip(400 * x[:, 3:], -1999.939, 1999.939)
    found = [f.sentence for f in assess(recording_of([(0.0, x)])).findings if "gyroscope met" in f.sentence]
    assert found
    assert "limit of 2000°/s" in found[0]


def test_strong_movement_within_the_range_is_no_saturation():
    assert "saturation" not in kinds(assess(recording_of([(0.0, moving(120, size_g=1.5))])))


def test_a_signal_that_lies_at_its_limit_is_not_judged():
    x = moving(60, channels=3)
    x[1000:1200:2, 0] = 8.0
    x[1001:1200:4, 0] = 8.0
    quality = assess(recording_of([(0.0, x)]))
    assert any("limit" in reason for _, reason in quality.streams[0].unusable)


def test_a_single_sample_that_jumps_away_and_back_is_a_spike():
    x = moving(60, channels=3)
    x[1500, 1] = 30.0
    quality = assess(recording_of([(0.0, x)]))
    ((span, _),) = quality.streams[0].unusable
    assert span.start <= START_US + 30 * US < span.end
    assert span.duration < 1.1 * US
    assert "once" in sentence(quality, "spikes")


@pytest.mark.parametrize(
    ("factor", "severity"), [(9.81, Severity.BAD), (0.001, Severity.BAD), (0.52, Severity.BAD), (1.2, Severity.CHECK)]
)
def test_gravity_tells_a_wrong_scale(factor, severity):
    x = np.concatenate([still(60), moving(60)]) * np.float32(factor)
    quality = assess(recording_of([(0.0, x)]))
    (found,) = [f for f in quality.findings if f.kind == "scale"]
    assert found.severity is severity
    assert quality.fit_for_rates == (severity is Severity.CHECK)
    if severity is Severity.BAD:
        assert union(i for i, _ in quality.streams[0].unusable) == quality.streams[0].worn


def test_missing_values_are_said_and_not_judged():
    x = moving(60)
    x[1000:1010, 0] = np.nan
    quality = assess(recording_of([(0.0, x)]))
    assert "broken" in kinds(quality)
    ((span, reason),) = quality.streams[0].unusable
    assert span.start <= START_US + 20 * US < span.end
    assert "missing" in reason


def test_what_a_lenient_reader_left_out_is_no_good_signal(shared_data):
    damaged = "ax3_testfile_corrupt_blocks_0_13_14_142_143_144.cwa"
    recording = read(shared_data / "device_files" / "axivity" / damaged, lenient=True)
    (found,) = [f for f in assess(recording).findings if f.kind == "damaged"]
    assert (found.severity, found.stream) == (Severity.CHECK, recording.streams[0].name)
    assert "6 of its 145 blocks are damaged" in found.sentence


def test_an_unset_clock_is_said():
    recording = recording_of([(0.0, moving(90))], start_us=0, clock=Clock.UNSET, zone=None)
    quality = assess(recording)
    assert "clock not set" in kinds(quality)
    assert quality.fit_for_rates


def test_a_clock_in_another_century_prints_no_rates():
    quality = assess(recording_of([(0.0, moving(90))], start_us=5_000_000_000 * US))
    assert quality.why_not is not None
    assert "clock" in quality.why_not


def test_gaps_rate_and_length_are_said():
    recording = recording_of([(0.0, moving(20)), (3620.0, moving(20))])
    quality = assess(recording)
    assert sentence(quality, "gaps") == "One gap: 60 min, without any samples."
    assert "Only 40 s" in sentence(quality, "short")
    slow = recording_of([(0.0, moving(90, 10.0))], 10.0)
    assert "10 samples" in sentence(assess(slow), "low rate")


def test_a_sensor_never_worn_prints_no_rates():
    quality = assess(recording_of([(0.0, still(3600))]))
    assert quality.why_not == "The sensor was not worn at any time."


def test_a_stream_without_signal_prints_no_rates():
    quality = assess(recording_of([(0.0, np.zeros((3000, 3)))]))
    assert quality.why_not == "No part of the signal can be used."


def test_a_gyroscope_alone_prints_no_rates_and_the_reason_names_what_is_missing():
    (stream,) = recording_of([(0.0, moving(60.0))]).streams
    (segment,) = stream.segments
    alone = replace(stream, channels=stream.channels[3:], segments=(replace(segment, samples=segment.samples[:, 3:]),))
    quality = assess(replace(recording_of([(0.0, moving(60.0))]), streams=(alone,)))
    assert quality.why_not == "No acceleration was recorded, and without it nothing can be judged."
    assert "held" not in {f.kind for f in quality.findings}


def test_daphnet_is_zero_before_it_is_switched_on(shared_data):
    recording = read(shared_data / "daphnet/original/S02R01.txt")
    quality = assess(recording)
    begin = recording.interval.start
    (first, reason), *_ = quality.of("trunk").unusable
    assert first.start == begin
    assert 5 * US < first.duration < 8 * US
    assert "zero" in reason
    assert quality.fit_for_rates
    assert {"spikes"} == {f.kind for f in quality.findings if f.stream == "ankle"}
    # The freezes themselves are all judged.
    freezes = [a.interval for a in recording.annotations if a.label == "freezing of gait"]
    assert len(freezes) == 9
    for stream in quality.streams:
        assert intersect(freezes, (i for i, _ in stream.unusable)) == ()


def test_a_real_trial_is_worn_from_end_to_end(shared_data):
    recording = read(shared_data / "tdcsfog/original/c784d2f5d6.csv")
    quality = assess(recording)
    assert quality.streams[0].worn == recording.streams[0].recorded
    assert quality.streams[0].unusable == ()
    assert quality.fit_for_rates


def test_no_more_than_ten_minutes_are_read_at_a_time():
    class Watched:
        def __init__(self, rows):
            self.rows, self.largest, self.read = rows, 0, 0

        @property
        def shape(self):
            return self.rows.shape

        def __getitem__(self, piece):
            out = self.rows[piece]
            self.largest, self.read = max(self.largest, len(out)), self.read + len(out)
            return out

    watched = Watched(moving(3700, 20.0, channels=3))
    segment = Segment(0, 20.0, watched)
    scanned = scan(segment, ("acc_x", "acc_y", "acc_z"))
    assert watched.largest <= 600 * 20
    assert watched.read == len(watched.rows)
    assert len(scanned.sd) == 62
    np.testing.assert_allclose(scanned.sd[0], watched.rows[:1200].std(axis=0), rtol=1e-4)
