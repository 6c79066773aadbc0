"""Episodes against marks: beside `timescoring` where both count alike, and detectors that know nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.grid import HOP_US
from data.intervals import Interval
from data.phenomena import FALL, FREEZING, TREMOR
from models.detectors.rules import true_runs
from models.evaluation.events import MATCHING, Events, Matching, alarms, match

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


def test_flags_of_one_fall_are_one_and_none_of_them_false_where_one_touches_it() -> None:
    fall = [Interval(100 * S, 101 * S)]
    twice = [Interval(101 * S, 102 * S), Interval(109 * S, 111 * S)]  # hitting the ground, and rolling over
    found = match(fall, twice, HOUR, MATCHING[FALL])
    assert (found.marked, found.found, found.flags, found.false_alarms) == (1, 1, 1, 0)
    assert found.flagged_us == 3 * S, "time is that of every flag"
    before = [Interval(91 * S, 92 * S), Interval(101 * S, 102 * S)]
    assert match(fall, before, HOUR, MATCHING[FALL]).false_alarms == 0
    apart = [Interval(500 * S, 501 * S), Interval(508 * S, 509 * S)]
    assert (match(fall, apart, HOUR, MATCHING[FALL]).flags, match(fall, apart, HOUR, MATCHING[FALL]).false_alarms) == (
        1, 1,
    )  # fmt: skip


def test_ten_seconds_run_from_the_end_of_the_flag_that_counts_and_begin_anew_with_the_next_that_does() -> None:
    just, at = Interval(11 * S - 1, 12 * S), Interval(11 * S, 12 * S)
    first = Interval(0, S)
    assert alarms([first, just], 10 * S) == ((first, just),)
    assert alarms([first, at], 10 * S) == ((first,), (at,))
    flags = [Interval(t * S, (t + 1) * S) for t in (0, 8, 16, 24)]
    assert alarms(flags[::-1], 10 * S) == (tuple(flags[:2]), tuple(flags[2:]))
    every = [Interval(t * S, (t + 1) * S) for t in range(0, 3600, 8)]
    assert match([], every, HOUR, MATCHING[FALL]).false_alarms == len(every) // 2, "one endless alarm it is not"


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
@given(st.lists(st.tuples(st.integers(20, 80), st.lists(st.integers(1, 19), max_size=1)), min_size=1, max_size=12))
def test_falls_are_counted_as_timescoring_does_where_no_third_flag_prolongs_an_alarm(
    steps: list[tuple[int, list[int]]],
) -> None:
    """There merging goes on and on and fills what lies between, so: at most two flags within ten seconds, and falls
    whose reach is longer than that.
    """
    annotations = pytest.importorskip("timescoring.annotations", reason="timescoring is in the lock: make setup")
    scoring = pytest.importorskip("timescoring.scoring")
    flags, at = [], 0
    for apart, again in steps:  # in half seconds, from the end of the last on
        for gap in (apart, *again):
            flags.append(Interval((at + gap) * HOP_US, (at + gap + 2) * HOP_US))
            at += gap + 2
    n = at + 40
    marks = [Interval(t * HOP_US, (t + 10) * HOP_US) for t in range(7, n - 17, 90)]
    theirs = scoring.EventScoring(
        *(annotations.Annotation([(i.start / S, i.end / S) for i in x], 2, n) for x in (marks, flags)),
        scoring.EventScoring.Parameters(3, 3, 0, 10**6, 10),
    )
    found = match(marks, flags, (Interval(0, n * HOP_US),), MATCHING[FALL])
    assert (found.marked, found.found, found.flags, found.false_alarms) == (
        theirs.refTrue, theirs.tp, len(theirs.hyp.events), theirs.fp,
    )  # fmt: skip


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 40))
def test_a_refractory_time_makes_flags_and_false_alarms_no_more_and_changes_nothing_else(
    seed: int, half_seconds: int
) -> None:
    one, other = masks(seed)
    marks, flags, judged = spans(one), spans(other), (Interval(0, len(one) * HOP_US),)
    how = replace(MATCHING[FALL], refractory_us=half_seconds * HOP_US)
    after, before = match(marks, flags, judged, how), match(marks, flags, judged, replace(how, refractory_us=0))
    assert bool(flags) <= after.flags <= before.flags == len(flags)
    assert after.false_alarms <= min(before.false_alarms, after.flags)
    assert after.flags - after.false_alarms <= before.flags - before.false_alarms
    assert replace(after, flags=0, false_alarms=0) == replace(before, flags=0, false_alarms=0)


@given(st.integers(0, 2**32), st.integers(0, 40))
def test_each_flag_is_in_one_alarm_and_those_that_count_are_so_far_apart(seed: int, half_seconds: int) -> None:
    flags, wait = spans(masks(seed)[1]), half_seconds * HOP_US
    found = alarms(flags, wait)
    assert [f for alarm in found for f in alarm] == flags
    counted = [alarm[0] for alarm in found]
    assert all(b.start - a.end >= wait for a, b in pairwise(counted))
    assert all(f.start - alarm[0].end < wait for alarm in found for f in alarm[1:])


@pytest.mark.parametrize("phenomenon", [FREEZING, TREMOR])
def test_of_other_phenomena_each_flag_counts(phenomenon: str) -> None:
    flags = [Interval(t * S, (t + 1) * S) for t in (10, 12, 14, 20)]
    assert MATCHING[phenomenon].refractory_us == Matching().refractory_us == 0
    found = match([], flags, HOUR, MATCHING[phenomenon])
    assert (found.flags, found.false_alarms) == (4, 4)


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
