"""Files that belong together become one recording; what overlaps, lies apart or cannot be placed is said."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import RecordingError
from data.intervals import Interval
from data.joining import join, with_start
from data.readers import read
from data.recording import Annotation, Clock, Placement, Recording, Segment, Side, Source
from tests.data.readers.cut_cwa import cut_cwa
from tests.signals import START_US, US, moving, recording_of

RATE = 50.0


def file(
    name: str, at_s: float, seconds: float, *, placement: Placement = Placement.LOWER_BACK, side: Side = Side.UNKNOWN,
    seed: int = 0, channels: int = 3,
) -> Recording:  # fmt: skip
    samples = moving(seconds, RATE, seed=seed, channels=channels)
    recording = recording_of([(at_s, samples)], RATE, placement=placement).with_placement(placement, side)
    return replace(
        recording, source=Source(f"{name}.csv", samples.nbytes, sha256(f"{name} {at_s} {seed}".encode()).hexdigest())
    )


def spans(recording: Recording) -> list[list[tuple[float, float]]]:
    return [
        [((s.start_us - START_US) / US, (s.end_us - START_US) / US) for s in stream.segments]
        for stream in recording.streams
    ]


def said(recording: Recording, words: str) -> str:
    (found,) = [a for a in recording.assumptions if words in a]
    return found


def test_days_follow_one_another_with_the_gap_between_them_said() -> None:
    joined = join([file("tue", 100, 60), file("mon", 0, 60)])
    assert spans(joined) == [[(0, 60), (100, 160)]]
    text = said(joined, "a gap of")
    assert "lower-back: a gap of 40 s between mon.csv and tue.csv, from 2026-03-02 07:01:00" in text
    assert "Joined by their clocks from 2 files: mon.csv, tue.csv." in joined.assumptions


def test_an_overlap_keeps_the_earlier_files_samples_and_says_whether_they_agree() -> None:
    first = file("a", 0, 60)
    (segment,) = first.streams[0].segments
    tail = recording_of([(50.0, np.concatenate([segment.samples[2500:3000], moving(40, RATE, seed=9, channels=3)]))])
    again = replace(tail, source=Source("b.csv", 1, "b" * 64))
    joined = join([first, again])
    assert spans(joined) == [[(0, 60), (60, 100)]]
    assert "overlap by 10 s from 2026-03-02 07:00:50, with the same samples" in said(joined, "overlap")
    other = join([first, file("c", 50, 50, seed=3)])
    assert "with other samples; those of a.csv are kept" in said(other, "overlap")


def shifted(recording: Recording, name: str, first: int, *, off_us: int, rate: float) -> Recording:
    """The samples from ``first`` on and a minute more, as another file places them: a little off, at its own rate."""
    (stream,), (segment,) = recording.streams, recording.streams[0].segments
    samples = np.concatenate([segment.samples[first:], moving(60, RATE, seed=8, channels=3)])
    later = Segment(segment.time_us(first) + off_us, rate, samples)
    return replace(recording, source=Source(f"{name}.csv", 1, name * 32), streams=(replace(stream, segments=(later,)),))


def test_an_overlap_whose_samples_each_file_places_a_little_apart_is_the_same_movement() -> None:
    first = file("a", 0, 60)
    for off_us in (-90_000, 30_000, 210_000):
        joined = join([first, shifted(first, "b", 2000, off_us=off_us, rate=49.99)])
        assert "with the same samples" in said(joined, "overlap")


def test_files_that_meet_within_a_sample_leave_no_gap() -> None:
    first = file("a", 0, 60)
    joined = join([first, file("b", 60.011, 30, seed=2)])
    assert joined.streams[0].gaps == ()
    assert not [a for a in joined.assumptions if "gap" in a]


def test_two_unplaced_sensors_that_differ_where_they_overlap_are_two() -> None:
    pair = [file(n, at, 60, placement=Placement.UNKNOWN, seed=k) for k, (n, at) in enumerate((("a", 0), ("b", 45)))]
    assert spans(join(pair)) == [[(0, 60)], [(45, 105)]]
    again = shifted(pair[0], "c", 2000, off_us=0, rate=RATE)
    assert spans(join([pair[0], again])) == [[(0, 60), (60, 120)]]


def test_a_download_that_a_later_one_holds_whole_adds_nothing() -> None:
    for placement in (Placement.LOWER_BACK, Placement.UNKNOWN):
        whole = file("friday", 0, 300, placement=placement)
        (stream,), (segment,) = whole.streams, whole.streams[0].segments
        early = replace(segment, samples=segment.samples[: round(200 * RATE)])
        first = replace(whole, source=Source("monday.csv", 1, "c" * 64),
                        streams=(replace(stream, segments=(early,)),))  # fmt: skip
        joined = join([whole, first])
        assert spans(joined) == [[(0, 200), (200, 300)]] or spans(joined) == [[(0, 300)]]
        assert "with the same samples" in said(joined, "overlap")


def test_files_weeks_apart_are_not_of_one_recording() -> None:
    monday, other = file("mon", 0, 60), file("july", 122 * 86_400, 60)
    with pytest.raises(RecordingError, match=r"july\.csv: it begins 122 days 0 h after mon\.csv ends.*--start"):
        join([other, monday])
    assert len(join([monday, file("wed", 2 * 86_400, 60)]).streams) == 1


def test_sensors_that_share_no_time_are_said_with_what_tells_them_apart() -> None:
    first = file("a", 0, 60)
    (stream,) = first.streams
    later = Segment(START_US + 90 * US, 100.0, stream.segments[0].samples)
    faster = replace(
        first, source=Source("b.csv", 1, "b" * 64), streams=(replace(stream, rate_hz=100.0, segments=(later,)),)
    )
    text = said(join([faster, first]), "share no time")
    assert "lower-back and lower-back-2 share no time (30 s lie between them)" in text
    assert "they have 50 and 100 Hz" in text


def test_real_files_of_one_sensor_named_in_any_order_are_one_recording_without_a_sample_twice(
    shared_data: Path, tmp_path: Path
) -> None:
    whole = shared_data / "device_files/axivity/ax3_testfile.cwa"
    parts = [("one", slice(0, 60)), ("two", slice(50, 100)), ("three", slice(110, 145))]
    files = [read(cut_cwa(whole, tmp_path / f"{name}.cwa", blocks)) for name, blocks in parts]
    every = [join(order) for order in permutations(files)]
    assert len({(r.source.sha256, tuple(map(tuple, spans(r))), r.assumptions) for r in every}) == 1
    joined = every[0]
    assert "one.cwa and two.cwa overlap by 12.1 s" in said(joined, "overlap")
    assert "with the same samples; those of one.cwa are kept" in said(joined, "overlap")
    assert "a gap of 12.1 s between two.cwa and three.cwa" in said(joined, "a gap of")
    (stream,) = joined.streams
    assert len(stream.gaps) == 1
    alone = read(whole).streams[0]
    held = sum(s.n_samples for s in stream.segments) + round(stream.gaps[0].duration * 98.86 / US)
    assert held == pytest.approx(alone.segments[0].n_samples, abs=3)


def test_left_and_right_stay_beside_one_another() -> None:
    wrists = [file(s.value, 0, 60, placement=Placement.WRIST, side=s, seed=k) for k, s in
              enumerate((Side.LEFT, Side.RIGHT))]  # fmt: skip
    joined = join(wrists)
    assert [(s.placement, s.side) for s in joined.streams] == [(Placement.WRIST, Side.LEFT),
                                                               (Placement.WRIST, Side.RIGHT)]  # fmt: skip
    assert spans(joined) == [[(0, 60)], [(0, 60)]]


@pytest.mark.parametrize("names", [("Left_mon", "right tue"), ("P-01_L_1", "P-01_R_2"), ("left-1", "day-R")])
def test_left_and_right_of_different_days_are_never_one_sensor_though_nobody_placed_them(
    names: tuple[str, str],
) -> None:
    pair = [file(n, 100 * k, 60, placement=Placement.UNKNOWN, seed=k) for k, n in enumerate(names)]
    for order in permutations(pair):
        joined = join(order)
        assert spans(joined) == [[(0, 60)], [(100, 160)]]
        assert "their files are named after different sides. Check" in said(joined, "share no time")
    four = [*pair, *(file(f"{n} b", 200 + 100 * k, 60, placement=Placement.UNKNOWN, seed=9 + k)
                     for k, n in enumerate(names))]  # fmt: skip
    assert spans(join(four)) == [[(0, 60), (200, 260)], [(100, 160), (300, 360)]]


def test_files_of_one_side_or_of_none_or_both_follow_one_another() -> None:
    for names in (("left-mon", "left-tue"), ("mon", "left-tue"), ("right-left", "left")):
        pair = [file(n, 100 * k, 60, placement=Placement.UNKNOWN, seed=k) for k, n in enumerate(names)]
        assert spans(join(pair)) == [[(0, 60), (100, 160)]]


def test_two_sensors_that_nobody_placed_are_named_after_their_files() -> None:
    pair = [file(n, 0, 60, placement=Placement.UNKNOWN, seed=k) for k, n in enumerate(("Left one", "Right-one"))]
    assert [s.name for s in join(pair).streams] == ["left-one", "right-one"]


def test_rotation_in_a_file_of_its_own_is_laid_onto_the_acceleration() -> None:
    whole = file("acc", 0, 60, channels=6)
    (stream,), (segment,) = whole.streams, whole.streams[0].segments
    acc = replace(whole, streams=(replace(stream, channels=stream.channels[:3],
                                          segments=(replace(segment, samples=segment.samples[:, :3]),)),))  # fmt: skip
    late = replace(segment, start_us=segment.start_us + 5_000, samples=segment.samples[:, 3:])
    gyro = replace(acc, source=Source("gyro.csv", 1, "9" * 64),
                   streams=(replace(stream, channels=stream.channels[3:], segments=(late,)),))  # fmt: skip
    joined = join([acc, gyro])
    (six,) = joined.streams
    assert six.channels == stream.channels
    assert "the rotation of" in said(joined, "the rotation of")
    (got,) = six.segments
    values = got.samples[0 : got.n_samples]
    np.testing.assert_array_equal(values[:, :3], segment.samples[: got.n_samples, :3])
    # A quarter of a period late: each row lies three quarters of the way from the row before to its own.
    expected = 0.25 * segment.samples[:-1, 3:] + 0.75 * segment.samples[1:, 3:]
    np.testing.assert_allclose(values[1 : len(expected) + 1, 3:], expected[: got.n_samples - 1], rtol=1e-4, atol=1e-3)
    np.testing.assert_array_equal(got.samples[7:1000:3], values[7:1000:3])


def test_rotation_that_covers_too_little_stays_a_stream_of_its_own() -> None:
    whole = file("acc", 0, 60)
    short = file("gyro", 0, 20, channels=6)
    (stream,), (segment,) = short.streams, short.streams[0].segments
    gyro = replace(short, streams=(replace(stream, channels=stream.channels[3:],
                                           segments=(replace(segment, samples=segment.samples[:, 3:]),)),))  # fmt: skip
    assert [s.channels[0] for s in join([whole, gyro]).streams] == ["acc_x", "gyro_x"]


def test_rotation_of_the_other_side_is_not_laid_onto_acceleration_that_nobody_placed() -> None:
    def half(name: str, channels: slice, seed: int) -> Recording:
        whole = file(name, 0, 60, placement=Placement.UNKNOWN, channels=6, seed=seed)
        (stream,), (segment,) = whole.streams, whole.streams[0].segments
        cut = replace(segment, samples=segment.samples[:, channels])
        return replace(whole, streams=(replace(stream, channels=stream.channels[channels], segments=(cut,)),))

    acc, gyro = slice(0, 3), slice(3, 6)
    left, right = half("left acc", acc, 1), half("right gyro", gyro, 2)
    assert [s.channels[0] for s in join([left, right]).streams] == ["acc_x", "gyro_x"]
    four = join([left, right, half("right acc", acc, 3), half("left gyro", gyro, 4)])
    assert [(s.name, len(s.channels)) for s in four.streams] == [("left-acc", 6), ("right-acc", 6)]


def test_a_file_without_a_date_cannot_be_placed_until_its_start_is_given() -> None:
    undated = replace(file("b", 0, 60, seed=4), clock=Clock.RELATIVE, zone=None, assumptions=("x",))
    with pytest.raises(RecordingError, match=r"b\.csv: it has no date.*--start"):
        join([file("a", 0, 60), undated])
    dated = with_start(undated, "2026-03-02 07:02", "Europe/Berlin")
    assert spans(join([file("a", 0, 60), dated])) == [[(0, 60), (120, 180)]]
    assert "The start was given by hand: 2026-03-02 07:02:00 in Europe/Berlin." in dated.assumptions
    corrected = with_start(file("a", 0, 60), "2026-03-02 09:00", "Europe/Berlin")
    assert "the file says 2026-03-02 07:00:00." in corrected.assumptions[0]


def test_what_was_said_of_the_start_a_file_names_goes_when_another_is_given() -> None:
    told = ("The start, 2026-10-25 02:30:00, occurs twice in Europe/Berlin.",
            "The times are a wall clock without a zone: taken as UTC because none was given.",
            "Clocks of Europe/Berlin were put back at 2026-10-25 03:00 while it recorded.", "x")  # fmt: skip
    odd = replace(file("a", 0, 60), assumptions=told)
    assert with_start(odd, "2026-03-02 09:00", "Europe/Berlin").assumptions[1:] == ("x",)


def test_a_change_of_clocks_within_a_recording_is_said_of_a_start_given_by_hand_too() -> None:
    undated = replace(file("b", 0, 900), clock=Clock.RELATIVE, zone=None)
    told = with_start(undated, "2026-03-29 01:50", "Europe/Berlin").assumptions
    assert [a for a in told if a.startswith("Clocks of Europe/Berlin were put forward at 2026-03-29 02:00")]


def test_of_sensors_whose_place_nobody_said_it_is_not_claimed_that_they_were_worn_apart() -> None:
    placed, unplaced = file("a", 0, 60), file("b", 100, 60, placement=Placement.UNKNOWN)
    assert "they were not said to be worn at the same place" in said(join([placed, unplaced]), "share no time")
    assert "they were not worn at the same place" in said(
        join([placed, file("c", 100, 60, placement=Placement.WRIST)]), "share no time"
    )
    left, right, one = (file("d", at, 60, placement=Placement.WRIST, side=side)
                        for at, side in ((0, Side.LEFT), (100, Side.RIGHT), (100, Side.UNKNOWN)))  # fmt: skip
    assert "they were not worn at the same place" in said(join([left, right]), "share no time")
    assert "they were not said to be worn at the same place" in said(join([left, one]), "share no time")


def test_the_order_of_the_files_changes_nothing_and_a_file_twice_counts_once() -> None:
    files = [file("a", 0, 20), file("b", 30, 20), file("c", 55, 20)]
    every = [join(order) for order in permutations(files)]
    assert len({(r.source.sha256, tuple(map(tuple, spans(r)))) for r in every}) == 1
    twice = join([*files, files[1]])
    assert twice.source.sha256 == every[0].source.sha256
    assert "b.csv has the content of b.csv: taken once." in twice.assumptions


def test_marks_stay_with_their_sensor() -> None:
    mark = Annotation(Interval(START_US, START_US + US), "turn", "lower-back")
    marked = replace(file("a", 0, 60), annotations=(mark,))
    assert join([marked, file("b", 70, 10)]).annotations == (mark,)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(2, 40)), min_size=2, max_size=5, unique_by=lambda p: p[0]))
def test_every_instant_that_any_file_recorded_is_in_the_joined_recording_once(pieces: list[tuple[int, int]]) -> None:
    files = [file(f"f{k}", at, seconds, seed=k) for k, (at, seconds) in enumerate(pieces)]
    joined = join(files)
    assert joined.interval == Interval(min(f.interval.start for f in files), max(f.interval.end for f in files))
    for stream in joined.streams:
        for a, b in zip(stream.segments, stream.segments[1:], strict=False):
            assert b.start_us >= a.end_us
    covered = {s for r in spans(joined) for a, b in r for s in range(int(a), int(b))}
    assert covered == {s for at, seconds in pieces for s in range(at, at + seconds)}
