from __future__ import annotations

from dataclasses import replace

import pytest

from clinic.timeline.chart import Chart
from clinic.timeline.clock import HOUR_US, WallClock
from clinic.timeline.lane import day_rows, lane, periods
from clinic.timeline.period_rates import rates_of
from clinic.timeline.trust import trust
from clinic.timeline.validity import Validity, read_validity, valid_days, why_no_week, words
from clinic.timeline.worklist import look
from data.errors import MotionwardError
from data.intervals import Interval, subtract
from data.synthetic import demo_patient
from tests.clinic.timeline.rows_made import FOG, MONDAY_US, flag, hours, patient, recording, span, week

UTC = WallClock("UTC")


def parts_of(days: int, first: float, last: float, clock: WallClock = UTC):
    spans, flags = week([1] * days, first=first, last=last)
    return periods(day_rows(lane(spans, flags, "lower-back", FOG), clock), days=days).now


@pytest.mark.parametrize(("first", "last", "valid"), [(8, 18, 7), (7, 17, 0), (0, 24, 7), (12.5, 22.5, 0), (11, 23, 7)])
def test_a_day_is_valid_with_ten_hours_worn_between_eight_and_twenty_two(first, last, valid):
    assert valid_days(parts_of(7, first, last), UTC, Validity()) == valid


def test_a_week_needs_three_valid_days():
    assert why_no_week(parts_of(7, 8, 18), UTC, Validity()) is None
    said = why_no_week(parts_of(7, 7, 17), UTC, Validity())
    assert said is not None
    assert said.startswith("Only 0 of 7 days have at least 10 h worn between 08:00 and 22:00")
    assert why_no_week(parts_of(7, 7, 17), UTC, Validity(least_hours=9)) is None
    assert "a weekly number needs 8" in str(why_no_week(parts_of(9, 7, 17), UTC, Validity(least_days=8)))


def test_one_or_two_days_are_no_week_and_their_rate_stays():
    assert why_no_week(parts_of(2, 7, 17), UTC, Validity()) is None
    assert words(parts_of(2, 8, 18), UTC, Validity()).startswith("2 of 2 days are valid, and weekly numbers need 3.")


def test_without_a_time_of_day_nothing_is_said():
    undated = WallClock(None, MONDAY_US)
    assert words(parts_of(3, 7, 17, undated), undated, Validity()) == ""


def test_the_night_the_clock_goes_back_counts_by_the_wall():
    berlin = WallClock("Europe/Berlin")
    start = 1_792_879_200_000_000  # Sunday 25 October 2026, 00:00 in Berlin; 08:00 comes nine hours later
    for late_h, valid in ((0, True), (1, False)):
        worn = Interval(start + 9 * HOUR_US - late_h * HOUR_US, start + 19 * HOUR_US - late_h * HOUR_US)
        (row,) = day_rows(lane([span("worn", worn), span("clear", worn)], [], "lower-back", FOG), berlin)
        assert Validity().holds(row) is valid


def test_the_work_list_gives_no_rate_for_a_week_hardly_worn():
    for first, has in ((8, True), (7, False)):
        spans, flags = week([3] * 7, first=first, last=first + 10)
        found = look(
            patient(), recordings=[recording(7)], spans=spans, episodes=flags, last_look_us=None, now_us=MONDAY_US
        )
        assert (found.now is not None) is has


def test_an_earlier_recording_takes_no_rate_away_and_calls_for_no_look():
    visits = [(0, "first"), (90, "second")]
    spans = [replace(span(kind, hours(day, 8, 14)), recording=of) for day, of in visits for kind in ("worn", "clear")]
    flags = [replace(flag(hours(day, 10, 10).start), recording=of, id=of) for day, of in visits]
    (stream,) = recording(1).streams
    stored = [
        replace(recording(1), id=of, streams=(replace(stream, interval=hours(day, 8, 14)),)) for day, of in visits
    ]

    def row_of(recordings):
        return look(
            patient(), recordings=recordings, spans=spans, episodes=flags, last_look_us=None,
            now_us=hours(91, 0, 0).start,
        )  # fmt: skip

    alone, after = row_of(stored[1:]), row_of(stored)
    assert alone.now is not None
    assert (after.now, after.wear, after.needs_look) == (alone.now, "6 h", False)
    assert after.to_do == "2 flags in 2 days"


def test_the_demo_patient_has_a_rate_of_both_weeks_and_a_day_that_is_not_valid():
    recording, _ = demo_patient()
    clock = WallClock(recording.zone)
    worn = subtract(recording.streams[0].recorded, [a.interval for a in recording.annotations if a.label == "not worn"])
    spans = [span(kind, i) for i in worn for kind in ("worn", "clear")]
    found = lane(spans, [], "lower-back", FOG)
    parts = periods(day_rows(found, clock))
    assert [valid_days(rows, clock, Validity()) for rows in (parts.now, parts.before)] == [5, 3]
    rates = rates_of(found, parts, clock)
    assert (rates.why_not, rates.why_not_before) == (None, None)
    assert any(r.worn_us and not Validity().holds(r) for r in parts.now)


def chart_with(unlike_h: float) -> Chart:
    spans, flags = week([2, 2])
    spans = [s for s in spans if s.kind != "clear"]
    for day in range(2):
        spans += [
            span("clear", hours(day, 8, 18 - unlike_h)),
            span("not judged", hours(day, 18 - unlike_h, 18), reason="unlike anything the detector learned"),
        ]
    found = lane(spans, flags, "lower-back", FOG)
    return Chart("key", found, periods(day_rows(found, UTC)), UTC, (), ("lower-back",), "lower back", 0.6, "d", "anna")


def test_a_recording_outside_what_was_learned_prints_no_rate_anywhere():
    near, far = chart_with(0.0), chart_with(5.0)
    assert near.rates.why_not is None
    assert "outside what the detector learned: 10 h" in str(far.rates.why_not)
    assert trust(far, [])[0][1] == "Outside"
    assert trust(near, [])[0][2] == ", in range of what the detector learned"
    assert all(near.rates.of_day(r).value is not None for r in near.parts.now)
    assert all(far.rates.of_day(r).value is None and r.judged_us for r in far.parts.now)


def test_a_clinic_states_its_own_rule(tmp_path):
    path = tmp_path / "validity.toml"
    assert read_validity(path) == Validity()
    path.write_text("from_hour = 7\nto_hour = 23\nleast_hours = 12\nleast_days = 4\n")
    assert read_validity(path) == replace(Validity(), from_hour=7, to_hour=23, least_hours=12, least_days=4)


@pytest.mark.parametrize(
    "text",
    ["hours = 3", "least_days = 'three'", "least_days = true", "from_hour = 23", "least_hours = 15", "least_days = 0",
     "from_hour = 8.5", "= 3", "least_hours = nan"],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "validity.toml"
    path.write_text(text)
    with pytest.raises(MotionwardError, match=r"validity\.toml"):
        read_validity(path)
