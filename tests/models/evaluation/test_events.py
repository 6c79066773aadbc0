"""Episodes against marks: beside `timescoring` where both count alike, and detectors that know nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.grid import HOP_US
from data.intervals import Interval
from data.phenomena import FALL, FREEZING, TREMOR
from models.detectors.rules import true_runs
from models.evaluation.events import MATCHING, Events, Matching, match

S = 1_000_000
HOUR = (Interval(0, 3600 * S),)


def spans(mask: list[bool]) -> list[Interval]:
    return [Interval(a * HOP_US, b * HOP_US) for a, b in true_runs(np.array(mask))]


def test_a_flag_within_the_tolerance_finds_a_freeze_and_one_beyond_it_is_false() -> None:
    freeze = [Interval(100 * S, 104 * S)]
    near, far = Interval(97 * S, 99 * S + S // 2), Interval(90 * S, 98 * S)
    found = match(freeze, [far, near], HOUR, MATCHING[FREEZING])
    assert (found.marked, found.found, found.flags, found.false_alarms) == (1, 1, 2, 1)
    assert found.false_alarms_per_hour == 1.0
    assert found.precision == 0.5


def test_a_touch_of_less_than_half_a_second_is_no_find_but_no_false_alarm_either() -> None:
    found = match([Interval(100 * S, 104 * S)], [Interval(105 * S - 1, 108 * S)], HOUR, MATCHING[FREEZING])
    assert (found.found, found.false_alarms) == (0, 0)


def test_a_share_of_the_mark_may_be_asked_for() -> None:
    mark, flag = [Interval(100 * S, 110 * S)], [Interval(100 * S, 104 * S)]
    assert match(mark, flag, HOUR, Matching(before_us=0, after_us=0, overlap=0.3)).found == 1
    assert match(mark, flag, HOUR, Matching(before_us=0, after_us=0, overlap=0.5)).found == 0


def test_each_phenomenon_has_its_own_measure_of_what_is_one_episode() -> None:
    marks = [Interval(10 * S, 11 * S), Interval(int(12.5 * S), int(13.4 * S)), Interval(15 * S, 15 * S + 1)]
    assert [match(marks, [], HOUR, MATCHING[p]).marked for p in (FREEZING, TREMOR, FALL)] == [1, 1, 1]
    apart = [Interval(10 * S, 12 * S), Interval(14 * S, 16 * S)]
    assert [match(apart, [], HOUR, MATCHING[p]).marked for p in (FREEZING, TREMOR, FALL)] == [2, 0, 1]


def test_a_fall_is_found_from_three_seconds_before_it_to_three_after() -> None:
    fall = [Interval(100 * S, 101 * S)]
    near = [Interval(96 * S, 98 * S), Interval(103 * S, 105 * S)]
    for flag, far in zip(near, (Interval(96 * S, 97 * S), Interval(104 * S, 105 * S)), strict=True):
        assert match(fall, [flag], HOUR, MATCHING[FALL]).found == 1
        assert match(fall, [far], HOUR, MATCHING[FALL]).false_alarms == 1


def test_f1_is_the_harmonic_mean_of_sensitivity_and_precision() -> None:
    assert Events(marked=10, found=4, flags=5, false_alarms=1).f1 == pytest.approx(2 * 4 / (5 + 10))


def test_how_far_flags_lie_off_is_told_of_the_episodes_that_were_found() -> None:
    marks = [Interval(100 * S, 104 * S), Interval(200 * S, 206 * S), Interval(300 * S, 304 * S)]
    flags = [Interval(98 * S, 101 * S), Interval(103 * S, 106 * S), Interval(203 * S, 205 * S)]
    found = match(marks, flags, HOUR, MATCHING[FREEZING])
    assert found.onset_error_s == (2 + 3) / 2  # early and late
    assert found.duration_error_s == (2 + 4) / 2  # in two parts too long, and too short
    assert (found + found).onset_error_s == found.onset_error_s
    always = match(marks, list(HOUR), HOUR, MATCHING[FREEZING])
    assert always.duration_error_s == pytest.approx(3600, abs=10)
    never = match(marks, [], HOUR, MATCHING[FREEZING])
    assert np.isnan([never.onset_error_s, never.duration_error_s]).all()


def test_a_mark_that_nobody_could_judge_was_not_missed() -> None:
    marks = [Interval(10 * S, 12 * S), Interval(100 * S, 102 * S)]
    assert match(marks, [], (Interval(0, 60 * S),), MATCHING[FREEZING]).marked == 1


def masks(seed: int) -> tuple[list[bool], list[bool]]:
    """Marks and flags of five minutes, some long, some a half second."""
    rng = np.random.default_rng(seed)
    one, other = (np.repeat(rng.random(300) < rng.random() / 3, rng.integers(1, 6, 300))[:600] for _ in range(2))
    n = min(len(one), len(other))
    return list(one[:n]), list(other[:n])


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_counts_are_those_of_timescoring_set_to_the_same_measure(seed: int) -> None:
    """On the half-second grid, tolerances of 1 s, any overlap: there both say the same."""
    annotations = pytest.importorskip("timescoring.annotations", reason="timescoring is in the lock: make setup")
    scoring = pytest.importorskip("timescoring.scoring")
    one, other = masks(seed)
    n, marks, flags = len(one), spans(one), spans(other)
    plain = scoring.EventScoring.Parameters(1, 1, 0, 10**6, 0)
    theirs = scoring.EventScoring(
        *(annotations.Annotation([(i.start / S, i.end / S) for i in x], 2, n) for x in (marks, flags)), plain
    )
    how = Matching(merge_us=0, shortest_us=0)
    found = match(marks, flags, (Interval(0, n * HOP_US),), how)
    assert (found.marked, found.found, found.false_alarms) == (theirs.refTrue, theirs.tp, theirs.fp)


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_found_and_false_never_exceed_what_is_there(seed: int) -> None:
    one, other = masks(seed)
    found = match(spans(one), spans(other), (Interval(0, len(one) * HOP_US),), MATCHING[FREEZING])
    assert 0 <= found.found <= found.marked
    assert 0 <= found.false_alarms <= found.flags
    assert found.shared_us <= min(found.marked_us, found.flagged_us) <= found.judged_us


MARKS = [Interval(t * S, (t + 4) * S) for t in range(60, 3600, 240)]


def test_always_on_finds_everything_without_a_false_alarm_and_only_time_shows_it() -> None:
    found = match(MARKS, list(HOUR), HOUR, MATCHING[FREEZING])
    assert (found.sensitivity, found.precision, found.false_alarms_per_hour) == (1.0, 1.0, 0.0)
    assert found.time_flagged == 1.0
    assert found.time_iou == pytest.approx(found.time_marked) == pytest.approx(len(MARKS) * 4 / 3600)


def test_never_on_finds_nothing_and_has_no_precision() -> None:
    found = match(MARKS, [], HOUR, MATCHING[FREEZING])
    assert (found.sensitivity, found.f1, found.false_alarms_per_hour, found.time_iou) == (0.0, 0.0, 0.0, 0.0)
    assert np.isnan(found.precision)


def test_at_random_flags_are_mostly_false() -> None:
    rng = np.random.default_rng(0)
    found = match(MARKS, spans(list(rng.random(7200) < 0.01)), HOUR, MATCHING[FREEZING])
    assert found.precision < 0.1
    assert found.time_iou < 0.02


def test_people_are_added_up_by_their_counts() -> None:
    one = match(MARKS, MARKS, HOUR, MATCHING[FREEZING])
    none = match([], [], HOUR, MATCHING[FREEZING])
    assert (one + none).judged_us == 2 * 3600 * S
    assert (one + none).sensitivity == 1.0
    assert np.isnan(Events().sensitivity)
    assert np.isnan(Events().false_alarms_per_hour)
