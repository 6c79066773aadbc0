"""Lanes and their days: everything adds up, and an episode belongs to where it begins."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from clinic.store.rows import SpanRow
from clinic.timeline.clock import DAY_US, HOUR_US, SECOND_US, WallClock
from clinic.timeline.lane import chosen_lane, day_rows, lane, lane_titles, lanes, periods
from clinic.timeline.rates import Day
from data.intervals import Interval, total
from data.wall_clock import wall_us
from tests.clinic.timeline.rows_made import FOG, MONDAY_US, flag, hours, span, week

UTC = WallClock("UTC")
WEEKDAYS = ("Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def test_worn_is_judged_and_not_judged_together() -> None:
    worn = hours(0, 8, 18)
    spans = [
        span("worn", worn), span("flagged", hours(0, 10, 11)), span("clear", hours(0, 11, 17)),
        span("not judged", hours(0, 8, 10), reason="too still"), span("not judged", hours(0, 17, 18), reason="unsure"),
    ]  # fmt: skip
    found = lane(spans, [], "lower-back", FOG)
    assert total(found.judged) + sum(i.duration for i, _ in found.not_judged) == total(found.worn)
    assert found.reasons() == (("too still", 2 * HOUR_US), ("unsure", HOUR_US))
    half = found.within(Interval(worn.start, worn.start + HOUR_US))
    assert (total(half.worn), total(half.judged)) == (HOUR_US, 0)


def test_a_flag_over_midnight_is_counted_once_on_the_day_it_begins() -> None:
    midnight = MONDAY_US + DAY_US
    spans, _ = week([0, 0], first=0, last=24)
    rows = day_rows(lane(spans, [flag(midnight - 2 * SECOND_US, 5)], "lower-back", FOG), UTC)
    assert [r.flags for r in rows] == [1, 0]


def test_a_recording_stored_twice_counts_once() -> None:
    spans, flags = week([3, 5])
    again = [replace(s, run="other run", recording="export") for s in spans]
    twins = [replace(f, id=f"{f.id}b", recording="export") for f in flags]
    once, both = lane(spans, flags, "lower-back", FOG), lane([*again, *spans], [*twins, *flags], "lower-back", FOG)
    assert [r.count for r in day_rows(both, UTC)] == [r.count for r in day_rows(once, UTC)] == [
        Day(3, 10 * HOUR_US), Day(5, 10 * HOUR_US),
    ]  # fmt: skip
    assert total(both.twice) == 48 * HOUR_US
    assert not once.twice
    (first, _) = day_rows(both, UTC)
    assert total(first.lane.twice) == 24 * HOUR_US


def test_a_recording_stored_twice_keeps_its_gaps_and_the_flag_at_its_first_instant() -> None:
    worn = [hours(0, 8, 10), hours(0, 12, 14)]
    spans = [span("gap", hours(0, 10, 12)), *(span(kind, i) for i in worn for kind in ("worn", "clear"))]
    flags = [flag(i.start) for i in worn]
    again = [replace(s, recording="export") for s in spans]
    found = lane([*spans, *again], [*flags, *(replace(f, recording="export") for f in flags)], "lower-back", FOG)
    assert found.gaps == (hours(0, 10, 12),)
    assert [f.interval.start for f in found.flags] == [i.start for i in worn]


def test_a_longer_download_adds_what_the_shorter_one_had_not() -> None:
    spans, flags = week([3, 5])
    short = [replace(s, recording="short") for s in spans if s.interval.end <= MONDAY_US + DAY_US]
    seen = [replace(f, recording="short", verdict="right") for f in flags if f.interval.start < MONDAY_US + DAY_US]
    found = lane([*spans, *short], [*flags, *seen], "lower-back", FOG)
    assert [r.count for r in day_rows(found, UTC)] == [Day(3, 10 * HOUR_US), Day(5, 10 * HOUR_US)]
    assert [f.verdict for f in found.flags] == ["right"] * 3 + [""] * 5
    assert total(found.judged) == total(found.worn)


def test_what_one_recording_lacks_another_may_hold() -> None:
    holed = [span("worn", hours(0, 8, 10)), span("gap", hours(0, 10, 14)), span("worn", hours(0, 14, 16))]
    other = [replace(span("worn", hours(0, 11, 13)), recording="other")]
    found = lane([*holed, *other], [], "lower-back", FOG)
    assert (total(found.worn), total(found.gaps)) == (6 * HOUR_US, 2 * HOUR_US)
    assert not found.twice


def test_unsure_ones_are_shown_and_not_counted() -> None:
    spans, flags = week([3])
    flags.append(flag(hours(0, 12, 12).start, certainty="unsure"))
    (row,) = day_rows(lane(spans, flags, "lower-back", FOG), UTC)
    assert (row.flags, row.unsure) == (3, 1)
    assert row.count == Day(3, 10 * HOUR_US)


def test_days_of_the_wall_clock_not_of_utc() -> None:
    spans, flags = week([1, 0])
    rows = day_rows(lane(spans, flags, "lower-back", FOG), WallClock("Pacific/Tongatapu"))
    assert [r.day.short for r in rows] == ["Mon 2", "Tue 3", "Wed 4"]
    assert sum(r.worn_us for r in rows) == 20 * HOUR_US
    assert [r.flags for r in rows] == [1, 0, 0]


@pytest.mark.parametrize(
    ("zone", "start", "long_h"),
    [
        ("Europe/Amsterdam", "2026-10-24T10:00+00:00", 25),
        ("Europe/Amsterdam", "2026-03-28T11:00+00:00", 23),
        ("America/New_York", "2026-10-31T16:00+00:00", 25),
    ],
)
def test_days_on_which_clocks_changed_hold_all_that_was_recorded(zone: str, start: str, long_h: int) -> None:
    at = wall_us(start)[0]
    edges = [Interval(at + round(a * HOUR_US), at + round(b * HOUR_US)) for a, b in pairwise((0, 13, 15, 16, 17, 60))]
    kinds = [["worn", "clear"], ["worn", "flagged"], ["worn", "not judged"], ["not worn"], ["worn", "clear"]]
    spans = [span(kind, i) for i, here in zip(edges, kinds, strict=True) for kind in here]
    rows = day_rows(lane(spans, [flag(edges[1].start, 7200)], "lower-back", FOG), WallClock(zone))
    assert rows[1].day.interval.duration == long_h * HOUR_US
    assert sum(r.worn_us + total(r.lane.not_worn) for r in rows) == 60 * HOUR_US
    outcomes = [total(r.lane.judged) + sum(i.duration for i, _ in r.lane.not_judged) for r in rows]
    assert outcomes == [r.worn_us for r in rows]
    assert [r.flags for r in rows] == [0, 1, *[0] * (len(rows) - 2)]


def test_the_sensor_that_says_most_comes_first() -> None:
    spans, flags = week([1])
    spans += [
        span("worn", hours(0, 0, 24), stream="ankle"),
        span("not judged", hours(0, 0, 24), reason="no", stream="ankle"),
    ]
    assert [x.stream for x in lanes(spans, flags)] == ["lower-back", "ankle"]


def test_flags_do_not_stand_behind_a_sensor_that_was_judged_some_seconds_longer_and_has_none() -> None:
    _, flags = week([3])
    ankle = [replace(e, stream="ankle", id=f"a{e.id}") for e in flags]
    longer = [span("worn", hours(0, 8, 18)), span("clear", hours(0, 8, 18))]
    shorter = [span(k, hours(0, 8.01, 18), stream="ankle") for k in ("worn", "clear")]
    assert [x.stream for x in lanes([*longer, *shorter], ankle)] == ["ankle", "lower-back"]
    much_less = [span(k, hours(0, 8, 16), stream="ankle") for k in ("worn", "clear")]
    assert [x.stream for x in lanes([*longer, *much_less], ankle)] == ["lower-back", "ankle"]


def test_of_one_sensor_the_phenomenon_with_most_flags_comes_first() -> None:
    spans, flags = week([1])
    worn = hours(0, 8, 18)
    spans += [replace(span("clear", worn), phenomenon="fall"), replace(span("clear", worn), phenomenon="tremor")]
    falls = [replace(flag(worn.start + k), phenomenon="fall", id=f"f{k}") for k in range(2)]
    assert [x.phenomenon for x in lanes(spans, [*flags, *falls])] == ["fall", FOG, "tremor"]
    assert [x.phenomenon for x in lanes(spans, [])] == [FOG, "fall", "tremor"]


def test_the_lane_asked_for_is_found_else_the_nearest() -> None:
    spans, flags = week([1])
    worn = hours(0, 8, 18)
    spans += [replace(span("clear", worn), phenomenon="fall"), span("clear", hours(0, 8, 9), stream="ankle")]
    found = lanes(spans, flags)

    def chosen(stream: str | None, phenomenon: str | None) -> tuple[str, str]:
        x = chosen_lane(found, stream, phenomenon)
        return x.stream, x.phenomenon

    assert chosen("lower-back", "fall") == ("lower-back", "fall")
    assert chosen("ankle", "fall") == ("ankle", FOG)
    assert chosen("ankle", None) == ("ankle", FOG)
    assert chosen(None, None) == chosen("knee", "fall") == ("lower-back", FOG)


def test_lanes_are_called_by_what_tells_them_apart() -> None:
    spans, flags = week([1])
    assert list(lane_titles(lanes(spans, flags), {}).values()) == [""]
    falls = [*spans, replace(span("clear", hours(0, 8, 18)), phenomenon="fall")]
    assert set(lane_titles(lanes(falls, flags), {}).values()) == {FOG, "fall"}
    both = [*falls, span("clear", hours(0, 8, 9), stream="left-ankle")]
    assert set(lane_titles(lanes(both, flags), {"lower-back": "lower back", "left-ankle": "left ankle"}).values()) == {
        f"lower back · {FOG}",
        "lower back · fall",
        f"left ankle · {FOG}",
    }


def test_periods_name_their_days() -> None:
    spans, flags = week([1] * 17)
    parts = periods(day_rows(lane(spans, flags, "lower-back", FOG), UTC))
    assert (len(parts.now), len(parts.before)) == (7, 10)
    assert (parts.now_name, parts.before_name) == ("the last 7 days", "the 10 days before")
    assert parts.span == Interval(MONDAY_US + 10 * DAY_US, MONDAY_US + 17 * DAY_US)


def test_days_between_two_recordings_are_none_of_the_period_nor_of_the_one_before() -> None:
    def visit(day: int) -> list[SpanRow]:
        worn = hours(day, 8, 14)
        return [replace(s, recording=f"visit {day}") for s in (span("worn", worn), span("clear", worn))]

    def counted(*days: int) -> tuple[list[str], list[str]]:
        rows = day_rows(lane([s for day in days for s in visit(day)], [], "lower-back", FOG), UTC)
        parts = periods(rows)
        return [r.day.short for r in parts.now], [r.day.short for r in parts.before]

    assert counted(90) == (["Sun 31"], [])
    assert counted(0, 90) == (["Sun 31"], [])
    assert counted(82, 90) == (["Sun 31"], [f"{d} {n}" for d, n in zip(WEEKDAYS, range(23, 31), strict=True)])
    assert counted(87, 90) == (["Thu 28", "Fri 29", "Sat 30", "Sun 31"], [])
    # Of rows that end between two recordings the last days with data are taken.
    rows = day_rows(lane([*visit(0), *visit(90)], [], "lower-back", FOG), UTC)
    assert [r.day.short for r in periods(rows[:-1]).now] == ["Mon 2"]
