"""The strips under the labelling canvas: all of a recording, and the day that is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clinic.review.strips import MOST_TICKS, days_named, opening, strips
from clinic.timeline.clock import DAY_US, HOUR_US, clock_for
from data.intervals import Interval
from tests.clinic.timeline.rows_made import MONDAY_US, flag, hours, span, week

S = 1_000_000


WEEK = Interval(MONDAY_US, MONDAY_US + 7 * DAY_US)


def at(*when: int) -> int:
    return round(datetime(*when, tzinfo=UTC).timestamp()) * S


def test_a_recording_of_a_day_is_its_own_day_with_round_ticks() -> None:
    clock = clock_for("absolute", "Asia/Kathmandu", 0)  # 5 h 45 min ahead
    limits = Interval(at(2026, 3, 2, 2, 20), at(2026, 3, 2, 7, 5))
    (whole,) = strips(limits, Interval(limits.start, limits.start + 30 * S), clock)
    assert (whole.name, whole.interval) == ("all", limits)
    assert [words for _, words in whole.ticks] == ["09:00", "10:00", "11:00", "12:00"]
    assert whole.ticks[0][0] == at(2026, 3, 2, 3, 15)


def test_a_short_recording_without_a_date_counts_from_its_start() -> None:
    (whole,) = strips(Interval(7, 7 + 95 * S), Interval(7, 7 + 10 * S), clock_for("relative", None, 7))
    assert [words for _, words in whole.ticks][:3] == ["0:00:00", "0:00:15", "0:00:30"]


def test_a_week_has_a_strip_for_the_day_of_the_windows_middle() -> None:
    clock = clock_for("absolute", "Europe/Berlin", 0)
    limits = Interval(at(2026, 3, 26, 7), at(2026, 4, 2, 7))  # the clocks go forward on Sunday the 29th
    window = Interval(at(2026, 3, 29, 12), at(2026, 3, 29, 12, 1))
    whole, day = strips(limits, window, clock)
    assert [words for _, words in whole.ticks] == [
        "Thu 26", "Fri 27", "Sat 28", "Sun 29", "Mon 30", "Tue 31", "Wed 1", "Thu 2"
    ]  # fmt: skip
    assert whole.ticks[0][0] == limits.start
    assert day.name == "Sun 29"
    assert day.interval == Interval(at(2026, 3, 28, 23), at(2026, 3, 29, 22))
    assert day.interval.duration == 23 * HOUR_US


def test_the_days_of_a_long_recording_are_named_from_its_first_sample_on_and_a_short_one_is_its_own() -> None:
    clock = clock_for("absolute", "Europe/Berlin", 0)
    limits = Interval(at(2026, 3, 28, 7), at(2026, 3, 30, 7))
    assert days_named(limits, clock) == (
        (limits.start, "Sat 28"), (at(2026, 3, 28, 23), "Sun 29"), (at(2026, 3, 29, 22), "Mon 30"),
    )  # fmt: skip
    assert days_named(Interval(limits.start, limits.start + 20 * HOUR_US), clock) == ()


@pytest.mark.parametrize("days", [2, 9, 30, 400])
def test_ticks_are_few_and_the_days_of_the_ends_are_cut(days: int) -> None:
    limits = Interval(5 * HOUR_US, (24 * days + 3) * HOUR_US)
    clock = clock_for("relative", None, 0)
    for window in (Interval(limits.start, limits.start + S), Interval(limits.end - S, limits.end)):
        whole, day = strips(limits, window, clock)
        assert len(whole.ticks) <= MOST_TICKS + 1
        assert len(day.ticks) <= MOST_TICKS + 1
        assert limits.start <= day.interval.start <= window.start
        assert window.end <= day.interval.end <= limits.end


def test_a_stream_opens_at_its_first_flag_that_waits_for_an_answer() -> None:
    spans, flags = week([0, 2, 3])
    answered = [replace(flags[0], verdict="right"), *flags[1:]]
    window = opening(spans, answered, WEEK, 30 * S)
    assert window.duration == 30 * S
    assert (window.start + window.end) // 2 == (flags[1].interval.start + flags[1].interval.end) // 2
    long = flag(MONDAY_US + 9 * HOUR_US, 100.0)
    assert opening(spans, [long, *flags], WEEK, 30 * S).duration > long.interval.duration


def test_where_no_flag_waits_or_none_may_be_seen_it_opens_where_it_is_first_judged() -> None:
    spans, flags = week([1, 2])
    answered = [replace(e, verdict="wrong") for e in flags]
    unsure = [flag(MONDAY_US + 9 * HOUR_US, certainty="unsure")]
    for seen in (answered, unsure, []):
        assert opening(spans, seen, WEEK, 30 * S) == Interval(MONDAY_US + 8 * HOUR_US, MONDAY_US + 8 * HOUR_US + 30 * S)
    worn = [span("not worn", hours(0, 0, 8)), span("worn", hours(0, 8, 18))]
    assert opening(worn, [], WEEK, 30 * S).start == MONDAY_US + 8 * HOUR_US
    assert opening([], [], WEEK, 30 * S) == Interval(MONDAY_US, MONDAY_US + 30 * S)


def test_the_window_it_opens_in_never_leaves_the_stream() -> None:
    ends = Interval(MONDAY_US, MONDAY_US + 40 * S)
    late = Interval(ends.end - 3 * S, ends.end)
    assert opening([span("clear", late)], [], ends, 30 * S) == Interval(ends.end - 30 * S, ends.end)
    assert opening([], [flag(ends.start, 2.0)], ends, 30 * S).start == ends.start
    short = Interval(MONDAY_US, MONDAY_US + 10 * S)
    assert opening([span("clear", late)], [], short, 30 * S) == short
