"""Hours that occur twice or never, against the instants of Berlin's year 2026."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.wall_clock import apart_said, changes_between, instant_of, ran_on, wall_us

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000_000


def us(text: str) -> int:
    return wall_us(text)[0]


def test_an_hour_that_occurs_twice_is_taken_as_the_first_and_said() -> None:
    instant, said = instant_of(us("2026-10-25 02:30"), BERLIN)
    assert instant == us("2026-10-25T00:30+00:00")
    assert "occurs twice in Europe/Berlin" in said
    assert "1 h later" in said


@pytest.mark.parametrize(
    ("wall", "taken", "said"),
    [
        ("2026-10-26 08:00", "2026-10-26T06:00+00:00", "is taken as 07:00:00:"),
        ("2026-10-26 00:30", "2026-10-25T22:30+00:00", "is taken as 2026-10-25 23:30:00:"),
        ("2026-10-24 10:00", "2026-10-24T08:00+00:00", ""),
    ],
)
def test_a_device_s_clock_that_ran_on_is_said_with_its_day_where_that_is_another(
    wall: str, taken: str, said: str
) -> None:
    instant, words = ran_on(us(wall), us("2026-10-24 09:00"), BERLIN)
    assert instant == us(taken)
    assert said in words
    assert bool(words) == bool(said)


def test_an_hour_that_is_left_out_is_counted_on_and_said() -> None:
    instant, said = instant_of(us("2026-03-29 02:30"), BERLIN)
    assert instant == us("2026-03-29T01:30+00:00")
    assert "does not exist in Europe/Berlin" in said
    assert "taken as 03:30:00" in said


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001  a wall clock
def test_any_other_time_shows_itself_again(when: datetime) -> None:
    instant, said = instant_of(us(when.isoformat()), BERLIN)
    shown = datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(BERLIN)
    if not said:
        assert shown.replace(tzinfo=None, microsecond=when.microsecond) == when.replace(microsecond=when.microsecond)


def test_the_changes_of_a_year_are_found_to_the_second() -> None:
    found = changes_between(us("2026-01-01"), us("2027-01-01"), BERLIN)
    assert found == [us("2026-03-29T01:00+00:00"), us("2026-10-25T01:00+00:00")]
    assert changes_between(us("2026-04-01"), us("2026-10-01"), BERLIN) == []


def test_an_offset_in_the_text_is_used() -> None:
    assert wall_us("2026-03-02T08:00+02:00") == (us("2026-03-02 06:00"), True)
    with pytest.raises(ValueError, match="Invalid"):
        wall_us("yesterday")


@pytest.mark.parametrize(
    ("ahead", "at", "said"),
    [
        (1, "2026-01-10T12:00+00:00", ""),
        (2, "2026-07-10T12:00+00:00", ""),
        (1, "2026-07-10T12:00+00:00", "as clocks of Europe/Berlin are at another time of the year; .* 1 h earlier"),
        (2, "2026-01-10T12:00+00:00", "as clocks of Europe/Berlin are at another time of the year; .* 1 h later"),
        (-6, "2026-01-10T12:00+00:00", "and clocks of Europe/Berlin were at UTC.01:00 then; .* 7 h earlier"),
        (9, "2026-01-10T12:00+00:00", "and clocks of Europe/Berlin were at UTC.01:00 then; .* 8 h later"),
    ],
)
def test_a_device_that_was_set_up_to_other_clocks_says_how_far_a_wall_clock_of_it_would_lie_off(
    ahead: int, at: str, said: str
) -> None:
    found = apart_said(ahead * HOUR, us(at), BERLIN)
    assert re.search(said, found) if said else found == ""
