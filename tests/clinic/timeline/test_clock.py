"""The patient's wall clock, above all on the two nights when it is put forward or back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.timeline.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, WallClock, clock_for, length
from data.errors import MotionwardError
from data.intervals import Interval


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * SECOND_US


class Night(NamedTuple):
    """A night of a clock change: the instant in UTC, and the hours the clock showed and shows."""

    zone: str
    day: date
    hours: int
    change_us: int
    shown: int
    shows: int


CHANGES = [
    Night("Europe/Berlin", date(2026, 3, 29), 23, utc(2026, 3, 29, 1), 2, 3),
    Night("Europe/Berlin", date(2026, 10, 25), 25, utc(2026, 10, 25, 1), 3, 2),
    Night("Australia/Sydney", date(2026, 10, 4), 23, utc(2026, 10, 3, 16), 2, 3),
    Night("Australia/Sydney", date(2026, 4, 5), 25, utc(2026, 4, 4, 16), 3, 2),
]


@pytest.mark.parametrize("night", CHANGES)
def test_day_of_a_clock_change(night: Night) -> None:
    zone, day, hours, change_us, shown, shows = night
    clock = WallClock(zone)
    start = clock.midnight(day)
    (local,) = clock.days(Interval(start, start + HOUR_US))
    assert local.interval.duration == hours * HOUR_US
    before, after = local.pieces
    assert before.interval == Interval(start, change_us)
    assert after.interval == Interval(change_us, local.interval.end)
    assert (before.wall_us, before.interval.duration) == (0, shown * HOUR_US)
    assert after.wall_us == shows * HOUR_US
    assert after.wall_us + after.interval.duration == DAY_US
    way = "forward" if hours == 23 else "back"
    assert local.note == f"the clock went {way} from {shown:02d}:00 to {shows:02d}:00"
    assert local.wall_us(change_us - 1) == shown * HOUR_US - 1
    assert local.wall_us(change_us) == shows * HOUR_US


@pytest.mark.parametrize("night", CHANGES)
def test_days_join_without_a_hole_over_a_change(night: Night) -> None:
    zone, day, hours, change_us, _, _ = night
    days = WallClock(zone).days(Interval(change_us - 3 * DAY_US, change_us + 3 * DAY_US))
    assert len(days) in (6, 7)
    assert all(a.interval.end == b.interval.start for a, b in pairwise(days))
    assert [d.interval.duration // HOUR_US for d in days if d.iso == day.isoformat()] == [hours]
    assert sum(d.interval.duration == DAY_US for d in days) == len(days) - 1


def test_the_hour_shown_twice_is_told_apart() -> None:
    berlin = WallClock("Europe/Berlin")
    first = utc(2026, 10, 25, 0, 30)
    assert berlin.time(first) == "02:30:00 CEST"
    assert berlin.time(first + HOUR_US) == "02:30:00 CET"
    assert berlin.time(first + 2 * HOUR_US) == "03:30:00"
    assert berlin.instant(date(2026, 10, 25), 2, 30) == first


def test_a_time_that_never_was_is_refused() -> None:
    with pytest.raises(MotionwardError, match="02:30 on 2026-03-29 never was in Europe/Berlin"):
        WallClock("Europe/Berlin").instant(date(2026, 3, 29), 2, 30)


def test_thirteen_hours_ahead_of_utc() -> None:
    clock = WallClock("Pacific/Tongatapu")  # UTC+13 all year
    at = utc(2026, 6, 1, 11, 30)
    assert clock.time(at) == "00:30:00"
    (day,) = clock.days(Interval(at, at + MINUTE_US))
    assert day.title == "Tuesday 2 June 2026"
    assert day.interval == Interval(utc(2026, 6, 1, 11), utc(2026, 6, 2, 11))
    assert clock.offsets(day.interval) == ((day.interval.start, 13 * HOUR_US),)


def test_midnight_that_was_skipped() -> None:
    santiago = WallClock("America/Santiago")  # the clock goes from 24:00 to 01:00
    start = santiago.midnight(date(2026, 9, 6))
    assert santiago.time(start) == "01:00:00"
    assert santiago.time(start - SECOND_US) == "23:59:59"
    (day,) = santiago.days(Interval(start, start + HOUR_US))
    assert day.interval.duration == 23 * HOUR_US
    assert day.pieces[0].wall_us == HOUR_US


def test_relative_times_have_no_date() -> None:
    clock = clock_for("relative", None, 0)
    assert not clock.has_date
    assert clock.time(0) == "0:00:00"
    assert clock.time(26 * HOUR_US + 5 * MINUTE_US + 3 * SECOND_US) == "26:05:03"
    assert clock.time(-SECOND_US // 2) == "−0:00:01"  # a window about a flag at the very start
    assert clock.time(-SECOND_US // 2, decimals=1) == "−0:00:00.5"
    assert [d.short for d in clock.days(Interval(0, 26 * HOUR_US))] == ["day 1", "day 2"]
    assert "this file has no date" in clock.span(Interval(0, 34 * MINUTE_US))


def test_a_clock_never_set_is_shown_from_its_first_sample() -> None:
    start = utc(2000, 1, 1, 0, 7)
    clock = clock_for("unset", "Europe/Berlin", start)
    assert clock.time(start + 90 * SECOND_US) == "0:01:30"
    assert clock.offsets(Interval(start, start + DAY_US)) == ((start, -start),)


def test_words_of_spans_and_lengths() -> None:
    clock = WallClock("UTC")
    assert clock.span(Interval(utc(2026, 3, 2), utc(2026, 3, 9))) == "Mon 2 – Sun 8 March 2026"
    assert clock.span(Interval(utc(2026, 2, 27), utc(2026, 3, 2))) == "Fri 27 February – Sun 1 March 2026"
    assert clock.span(Interval(utc(2026, 3, 2), utc(2026, 3, 3))) == "Monday 2 March 2026"
    assert length(int(8.5 * SECOND_US)) == "8.5 s"
    assert length(95 * HOUR_US + 3 * MINUTE_US) == "95 h 3 min"
    assert length(2 * HOUR_US) == "2 h"
    assert clock.time(utc(2026, 3, 2, 11, 2, 21) + 500_000, decimals=1) == "11:02:21.5"


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(MotionwardError, match="'Mars/Olympus' is not known"):
        WallClock("Mars/Olympus")


@given(
    st.integers(utc(2000, 1, 1), utc(2035, 1, 1)),
    st.sampled_from(["Europe/Berlin", "Australia/Sydney", "Pacific/Tongatapu", "America/New_York", "Asia/Kathmandu"]),
)
def test_every_instant_lies_in_its_day_and_shows_its_face(at_us: int, zone: str) -> None:
    clock = WallClock(zone)
    (day,) = clock.days(Interval(at_us, at_us + 1))
    assert day.interval.start <= at_us < day.interval.end
    face = clock.local(at_us)
    wall = ((face.hour * 60 + face.minute) * 60 + face.second) * SECOND_US + face.microsecond
    assert day.wall_us(at_us) == wall
    assert sum(p.interval.duration for p in day.pieces) == day.interval.duration
