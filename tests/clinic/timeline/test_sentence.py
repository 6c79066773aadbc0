"""The answer: flags, never episodes; a denominator and a doubt, or a reason why not."""

from __future__ import annotations

from clinic.timeline.clock import DAY_US, HOUR_US, WallClock
from clinic.timeline.lane import Lane, day_rows, lane, periods
from clinic.timeline.period_rates import rates_of
from clinic.timeline.sentence import Answer, answer
from tests.clinic.timeline.rows_made import FOG, MONDAY_US, dose, flag, hours, span, week

UTC = WallClock("UTC")


def said(found: Lane, doses: list = [], why: str | None = None, clock: WallClock = UTC) -> Answer:  # noqa: B006
    parts = periods(day_rows(found, clock))
    return answer(found.within(parts.span), parts, doses, clock, rates_of(found, parts, clock, forbidden=why))


def test_a_week_against_the_week_before() -> None:
    spans, flags = week([10] * 7 + [20] * 7)
    got = said(lane(spans, flags, "lower-back", FOG))
    assert got.first.startswith("Freezing of gait: 2.0 flags per judged hour in the last 7 days (1.6–2.5)")
    assert got.first.endswith(", twice the 7 before (1.0, 0.7–1.3).")
    assert got.second == "Most between 10:00 and 12:00: 140 of 140 flags in 20 % of the judged time."


def test_what_is_no_longer_about_twice_is_told_as_a_number() -> None:
    spans, flags = week([10] * 7 + [18] * 7)
    assert said(lane(spans, flags, "lower-back", FOG)).first.endswith(", 1.8 × the 7 before (1.0, 0.7–1.3).")


def test_a_change_without_support_has_no_direction() -> None:
    spans, flags = week([2, 0, 1, 2, 1, 1, 2, 3, 1, 1, 2, 1, 1, 2])
    assert "no clear change from the 7 before" in said(lane(spans, flags, "lower-back", FOG)).first


def test_forty_minutes_give_no_rate() -> None:
    worn = hours(0, 8, 8 + 2 / 3)
    found = lane(
        [span("worn", worn), span("clear", worn)],
        [flag(worn.start), flag(worn.start + 60_000_000, 12)],
        "lower-back",
        FOG,
    )
    got = said(found)
    assert got.first == "Freezing of gait was flagged twice in 40 min judged: not enough wear to say how often."
    assert got.second == "One of them longer than 10 s; the longest, 12.0 s, at 08:01:00."


def test_wear_of_hours_that_could_not_be_judged_is_not_said_to_be_missing() -> None:
    worn, judged = hours(0, 8, 14), hours(0, 8, 8.5)
    refused = span("not judged", hours(0, 8.5, 14), reason="the signal is too noisy")
    found = lane([span("worn", worn), span("clear", judged), refused], [], "lower-back", FOG)
    assert said(found).first == (
        "Freezing of gait was flagged not once in 30 min judged: too little of the wear could be judged to say how "
        "often (the signal is too noisy)."
    )


def test_nothing_judged_says_why() -> None:
    worn = hours(0, 8, 10)
    reason = "no detector of freezing of gait for a sensor at: wrist"
    found = lane([span("worn", worn), span("not judged", worn, reason=reason)], [], "lower-back", FOG)
    assert said(found).first == f"Nothing could be judged for freezing of gait: {reason}."
    parts = [
        span("not judged", hours(0, 8, 9.5), reason="it is noisy"),
        span("not judged", hours(0, 9.5, 10), reason="x"),
    ]
    found = lane([span("worn", worn), *parts], [], "lower-back", FOG)
    assert said(found).first == "Nothing could be judged for freezing of gait: mostly it is noisy."


def test_no_rate_is_printed_where_none_may_be() -> None:
    spans, flags = week([4])
    got = said(lane(spans, flags, "lower-back", FOG), why="The clock jumps.")
    assert got.first == "Freezing of gait: no rate may be given. The clock jumps."
    assert "per judged hour" not in got.first + got.second


def test_flags_before_a_dose_have_their_base() -> None:
    spans, flags = week([10])
    got = said(lane(spans, flags, "lower-back", FOG), [dose(0, 10.5)])
    assert got.second == "10 of 10 flags fall in the hour before a dose, which is 10 % of the judged time."


def test_a_file_without_a_date_names_its_time_since_the_start() -> None:
    clock = WallClock(None, MONDAY_US)
    worn = hours(0, 0, 2)
    found = lane([span("worn", worn), span("clear", worn)], [flag(MONDAY_US + HOUR_US)], "lower-back", FOG)
    got = said(found, clock=clock)
    assert got.first == "Freezing of gait: 0.5 flags per judged hour (0.01–2.8)."
    assert got.second == "It lasted 5.0 s, at 1:00:00."
    assert DAY_US not in (worn.start, worn.end)
