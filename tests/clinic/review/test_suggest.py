"""What is suggested next: apart, worn, unmarked, unlike what is marked or like it; blind to a hidden detector."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.review.suggest import (
    APART_US,
    CELLS,
    LENGTH_US,
    Stretches,
    Suggestion,
    alike,
    apart,
    doubt,
    informative,
    stretches,
)
from data.grid import HOP_US, half_seconds
from data.intervals import Interval
from models.detectors import shipped
from models.embedding import Embeddings
from tests.signals import moving, recording_of

S = 1_000_000
MIN = 60 * S


def three_kinds(minutes: int = 9) -> Stretches:
    """Stretches of three kinds by thirds of the time: along x, along y, and between the two."""
    n = minutes * MIN // LENGTH_US
    kinds = np.array([[4.0, 0.0], [0.0, 4.0], [2.0, 2.0]], dtype=np.float32)
    wobble = np.random.default_rng(0).normal(0, 0.05, (n, 2)).astype(np.float32)
    return Stretches(np.arange(n, dtype=np.int64) * LENGTH_US, kinds[np.arange(n) * 3 // n] + wobble)


def kind_of(one: Suggestion, minutes: int = 9) -> int:
    return one.interval.start * 3 // (minutes * MIN)


def at(second: float, length: float = 5.0) -> Interval:
    return Interval(round(second * S), round((second + length) * S))


@given(
    seed=st.integers(0, 50), number=st.integers(1, 6), marks=st.lists(st.integers(0, 535), max_size=5, unique=True),
    told=st.booleans(),
)  # fmt: skip
def test_suggestions_are_a_minute_apart_and_hold_nothing_that_is_marked(
    seed: int, number: int, marks: list[int], told: bool
) -> None:
    draw, all_ = np.random.default_rng(seed), three_kinds()
    marked = [(at(m), "ab"[k % 2]) for k, m in enumerate(marks)]
    doubts = draw.uniform(0, 1, len(all_.start_us)) if told else None
    for found in (informative(all_, marked, number, doubts), alike(all_, marked, "a", number)):
        assert len(found) <= number
        starts = sorted(x.interval.start for x in found)
        assert all(b - a >= APART_US for a, b in pairwise(starts))
        assert not any(x.interval.overlaps(span) for x in found for span, _ in marked)
        assert all(x.interval.duration == LENGTH_US for x in found)


def test_what_is_unlike_the_marks_comes_first() -> None:
    (one,) = informative(three_kinds(), [(at(20), "walking")], 1)
    assert kind_of(one) == 1
    assert one.why == "unlike what you have marked"


def test_a_blind_person_is_led_to_what_lies_between_their_classes_and_told_no_more() -> None:
    (one,) = informative(three_kinds(), [(at(20), "walking"), (at(200), "turning")], 1)
    assert kind_of(one) == 2
    assert one.why == "between your marks of turning and walking"


def test_nothing_is_undecided_between_two_classes_that_both_say_not() -> None:
    all_ = three_kinds()
    marked = [(at(20), "not freezing of gait"), (at(200), "not turning")]
    assert {x.why for x in informative(all_, marked, 3)} == {"unlike what you have marked"}
    (one,) = informative(all_, [*marked, (at(205), "turning")], 1)
    assert (kind_of(one), one.why) == (2, "between your marks of not freezing of gait and turning")


def test_where_the_detector_is_unsure_comes_first_for_who_sees_it() -> None:
    all_ = three_kinds()
    doubts = np.zeros(len(all_.start_us))
    doubts[50] = 0.9
    (one,) = informative(all_, [(at(20), "walking")], 1, doubts)
    assert one.interval.start == all_.start_us[50]
    assert one.why == "the detector is unsure here"


def test_without_a_mark_all_kinds_are_suggested_one_after_another() -> None:
    found = informative(three_kinds(), [], 3)
    assert {kind_of(x) for x in found} == {0, 1, 2}
    assert [x.why for x in found[:2]] == ["nothing is marked yet: an ordinary stretch", "unlike the ones above"]


def test_that_everything_is_marked_is_no_class_to_lie_between_or_to_look_like() -> None:
    all_, whole = three_kinds(), "all freezing of gait"
    found = informative(all_, [(at(20), "walking"), (at(200), whole)], 3)
    assert {x.why for x in found} == {"unlike what you have marked"}
    assert alike(all_, [(at(200), whole)], whole, 2) == []


def test_what_is_marked_where_nothing_could_be_judged_is_not_called_nothing() -> None:
    away = Interval(10_000 * MIN, 10_000 * MIN + LENGTH_US)
    found = informative(three_kinds(), [(away, "walking")], 2)
    assert found[0].why == "what you marked could not be judged: an ordinary stretch"


def test_each_suggestion_is_the_farthest_from_marks_and_those_before_it() -> None:
    draw = np.random.default_rng(3)
    all_ = Stretches(np.arange(40, dtype=np.int64) * MIN, draw.normal(0, 1, (40, 3)).astype(np.float32))
    taken = [7]
    for one in informative(all_, [(Interval(7 * MIN, 7 * MIN + LENGTH_US), "a")], 5):
        away = [min(float(np.linalg.norm(all_.directions[i] - all_.directions[t])) for t in taken) for i in range(40)]
        assert one.interval.start == all_.start_us[int(np.argmax(away))]
        taken.append(int(np.argmax(away)))


def test_neighbours_look_like_the_marks_of_the_class() -> None:
    found = alike(three_kinds(), [(at(20), "walking"), (at(200), "turning")], "turning", 2)
    assert [kind_of(x) for x in found] == [1, 1]
    assert {x.why for x in found} == {"looks like your turning"}
    assert alike(three_kinds(), [(at(20), "walking")], "turning", 2) == []


def test_the_angle_counts_and_not_the_size() -> None:
    all_ = Stretches(np.arange(4, dtype=np.int64) * MIN, np.array([[1, 0], [9, 1], [1, 1], [-1, 0]], dtype=np.float32))
    found = alike(all_, [(Interval(0, LENGTH_US), "a")], "a", 3)
    assert [x.interval.start // MIN for x in found] == [1, 2]


def test_lists_joined_keep_a_minute_between_suggestions() -> None:
    said = [Suggestion(at(0), "a"), Suggestion(at(59), "b"), Suggestion(at(61), "c")]
    assert [x.why for x in apart(said)] == ["a", "c"]


def test_doubt_is_one_at_the_threshold_and_none_where_the_detector_is_sure_or_silent() -> None:
    all_ = Stretches(np.arange(3, dtype=np.int64) * LENGTH_US, np.zeros((3, 1), dtype=np.float32))
    starts = np.arange(3 * CELLS, dtype=np.int64) * HOP_US
    p = np.repeat([0.3, 0.999, 0.3], CELLS).astype(np.float32)
    found = doubt(all_, starts, p, np.repeat([True, True, False], CELLS), 0.3)
    assert found == pytest.approx([1.0, 0.0, 0.0], abs=0.02)


def test_stretches_lie_in_the_time_that_is_given_and_are_the_mean_of_their_half_seconds() -> None:
    (stream,) = recording_of([(0, moving(30)), (40, moving(30))]).streams
    detector, grid = shipped()[0], half_seconds(stream)
    size = int(max(detector.network.columns)) + 1
    vectors = np.random.default_rng(0).normal(0, 1, (len(grid), size)).astype(np.float16)
    start = stream.interval.start
    unreadable = (grid.start_us >= start + 20 * S) & (grid.start_us < start + 21 * S)
    made = Embeddings(stream.name, detector.encoder_version, grid, vectors, ~unreadable)
    found = stretches(made, detector, [Interval(start + 2 * S, start + 60 * S)])
    assert [(t - start) / S for t in found.start_us] == [2, 7, 12, 21, 40, 45, 50, 55]
    rows = slice(4, 4 + CELLS)
    expected = detector.directions(detector.network.standardised(vectors[rows])).mean(axis=0)
    assert found.directions[0] == pytest.approx(expected, abs=1e-5)
