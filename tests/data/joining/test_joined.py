"""Files that belong together become one recording; what overlaps, lies apart or cannot be placed is said."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import RecordingError
from data.intervals import Interval
from data.joining import join, with_start
from data.recording import Annotation, Clock, Placement, Recording, Side, Source
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


def test_left_and_right_stay_beside_one_another() -> None:
    wrists = [file(s.value, 0, 60, placement=Placement.WRIST, side=s, seed=k) for k, s in
              enumerate((Side.LEFT, Side.RIGHT))]  # fmt: skip
    joined = join(wrists)
    assert [(s.placement, s.side) for s in joined.streams] == [(Placement.WRIST, Side.LEFT),
                                                               (Placement.WRIST, Side.RIGHT)]  # fmt: skip
    assert spans(joined) == [[(0, 60)], [(0, 60)]]


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


def test_a_file_without_a_date_cannot_be_placed_until_its_start_is_given() -> None:
    undated = replace(file("b", 0, 60, seed=4), clock=Clock.RELATIVE, zone=None, assumptions=("x",))
    with pytest.raises(RecordingError, match=r"b\.csv: it has no date.*--start"):
        join([file("a", 0, 60), undated])
    dated = with_start(undated, "2026-03-02 07:02", "Europe/Berlin")
    assert spans(join([file("a", 0, 60), dated])) == [[(0, 60), (120, 180)]]
    assert "The start was given by hand: 2026-03-02 07:02:00 in Europe/Berlin." in dated.assumptions
    corrected = with_start(file("a", 0, 60), "2026-03-02 09:00", "Europe/Berlin")
    assert "the file says 2026-03-02 06:00:00 UTC" in corrected.assumptions[0]


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
