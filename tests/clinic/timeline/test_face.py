"""Where instants stand on the axis of hours: an hour that comes twice is drawn twice, never over itself."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from clinic.timeline.clock import DAY_US, HOUR_US, MINUTE_US, LocalDay, WallClock
from clinic.timeline.face import TWICE, axis_us, is_shown_twice, stretches, twice_words
from data.intervals import Interval


def day_of(zone: str, day: date) -> LocalDay:
    clock = WallClock(zone)
    start = clock.midnight(day)
    (found,) = clock.days(Interval(start, start + HOUR_US))
    return found


OCTOBER = day_of("Europe/Berlin", date(2026, 10, 25))


def test_an_hour_shown_twice_has_two_halves_side_by_side() -> None:
    start = OCTOBER.interval.start
    assert [((s.interval.start - start) / HOUR_US, s.from_us / HOUR_US, s.scale) for s in stretches(OCTOBER)] == [
        (0, 0, 1), (2, 2, 0.5), (3, 2.5, 0.5), (4, 3, 1),
    ]  # fmt: skip
    first, again = start + 2 * HOUR_US + 30 * MINUTE_US, start + 3 * HOUR_US + 30 * MINUTE_US
    assert OCTOBER.wall_us(first) == OCTOBER.wall_us(again)
    assert [axis_us(OCTOBER, at) / HOUR_US for at in (first, again)] == [2.25, 2.75]
    assert axis_us(OCTOBER, start + 5 * HOUR_US) == OCTOBER.wall_us(start + 5 * HOUR_US) == 4 * HOUR_US
    assert twice_words([OCTOBER]) == f"Sun 25: the clock went back from 03:00 to 02:00; {TWICE}"


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2026, 10, 25)), ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 6, 1)), ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("America/Havana", date(2026, 11, 1)), ("Asia/Beirut", date(2026, 10, 24)),
        ("America/Santiago", date(2026, 9, 6)),
    ],
)  # fmt: skip
def test_later_stands_further_to_the_right_on_any_day(zone: str, day: date) -> None:
    found = day_of(zone, day)
    every = stretches(found)
    assert sum(s.interval.duration for s in every) == found.interval.duration
    assert all(a.interval.end == b.interval.start and a.to_us <= b.from_us for a, b in pairwise(every))
    assert every[0].from_us >= 0
    assert every[-1].to_us == DAY_US
    places = [axis_us(found, at) for at in range(found.interval.start, found.interval.end, 5 * MINUTE_US)]
    assert all(a < b for a, b in pairwise(places))
    assert is_shown_twice(found) is (found.interval.duration > DAY_US)
    assert bool(twice_words([found])) is is_shown_twice(found)
