"""What `inspect` says about a recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clinic.inspection import channel_moments, describe, in_words, utc_text
from data.intervals import Interval
from data.recording import Annotation, Clock, Placement, Recording, Segment, Side, Source, Stream


def recording() -> Recording:
    rng = np.random.default_rng(0)
    first, second = (rng.normal((0, 0, 1), 0.2, (n, 3)).astype(np.float32) for n in (70_001, 1_234))
    segments = (Segment(0, 100.0, first), Segment(2_000_000_000, 100.0, second))
    channels = ("acc_x", "acc_y", "acc_z")
    stream = Stream("left-ankle", Placement.ANKLE, Side.LEFT, 100.0, channels, segments)
    return Recording(
        (stream,), (), "bench", Clock.RELATIVE, None, Source("walk.csv", 1, "ab"), ("rate from the counter",)
    )


def test_moments_merged_over_blocks_equal_those_of_the_whole() -> None:
    (stream,) = recording().streams
    whole = np.concatenate([s.samples[0 : s.n_samples] for s in stream.segments]).astype(np.float64)
    mean, std = channel_moments(stream)
    np.testing.assert_allclose(mean, whole.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(std, whole.std(axis=0), rtol=1e-12)


@pytest.mark.parametrize(("number", "said"), [(0, ""), (1, "1 mark that"), (2, "2 marks that")])
def test_marks_that_a_file_holds_are_said(number: int, said: str) -> None:
    marks = tuple(Annotation(Interval(k, k + 1), "turning") for k in range(number))
    lines = [
        x for x in in_words(describe(replace(recording(), annotations=marks))).splitlines() if "somebody made" in x
    ]
    assert len(lines) == bool(number)
    assert said in "".join(lines)


def test_the_fields_of_inspect_are_the_contract() -> None:
    facts = describe(recording())
    assert set(facts) >= {"file", "sha256", "device", "clock", "start_utc", "assumptions", "streams", "problems"}
    (stream,) = facts["streams"]
    assert set(stream) == {
        "stream", "placement", "side", "rate_hz", "samples", "gaps", "start_s", "end_s", "channels",
    }  # fmt: skip
    assert (stream["samples"], stream["gaps"]) == (71_235, 1)
    assert stream["end_s"] == pytest.approx(2000 + 12.34)
    assert set(stream["channels"]["acc_x"]) == {"unit", "mean", "std"}
    assert facts["start_utc"] is None


def test_words_name_placement_gap_and_assumption() -> None:
    text = in_words(describe(recording()))
    assert "left ankle" in text
    assert "1 gap" in text
    assert "rate from the counter" in text


def test_the_place_stands_apart_from_a_long_name_of_a_stream() -> None:
    made = recording()
    (stream,) = made.streams
    text = in_words(describe(replace(made, streams=(replace(stream, name="totalacceleration"),))))
    assert "  totalacceleration  left ankle, " in text


def test_the_start_is_told_by_the_clock_of_its_zone() -> None:
    dated = replace(recording(), clock=Clock.ABSOLUTE, zone="America/New_York")
    start = 1_772_434_680_000_000 - dated.interval.start
    moved = tuple(replace(s, segments=tuple(replace(g, start_us=g.start_us + start) for g in s.segments))
                  for s in dated.streams)  # fmt: skip
    assert "  starts    2026-03-02 01:58:00 (America/New_York)" in in_words(describe(replace(dated, streams=moved)))
    assert "  starts    no date in the file" in in_words(describe(recording()))


def test_utc_keeps_every_microsecond() -> None:
    assert utc_text(1_772_434_680_000_001) == "2026-03-02T06:58:00.000001Z"
