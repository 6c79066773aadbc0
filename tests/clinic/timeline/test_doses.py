"""Flags against the medication, with every hour accounted for."""

from __future__ import annotations

import pytest

from clinic.store.rows import DoseRow, EpisodeRow, SpanRow
from clinic.timeline.clock import HOUR_US, MINUTE_US, WallClock
from clinic.timeline.doses import DoseRelation, before_dose, dose_relation, nearest_dose, since_dose
from clinic.timeline.lane import day_rows, lane, periods
from clinic.timeline.period_rates import rates_of
from tests.clinic.timeline.rows_made import FOG, MONDAY_US, dose, flag, hours, week

UTC = WallClock("UTC")


def related(spans: list[SpanRow], flags: list[EpisodeRow], doses: list[DoseRow]) -> DoseRelation | None:
    found = lane(spans, flags, "lower-back", FOG)
    return dose_relation(found, doses, UTC, rates_of(found, periods(day_rows(found, UTC)), UTC))


def test_each_judged_hour_after_the_first_dose_is_in_one_class() -> None:
    spans, _ = week([0, 0])  # judged 8 to 18 h
    flags = [flag(MONDAY_US + h * HOUR_US + MINUTE_US) for h in (8, 9, 9, 10, 13, 17)]
    relation = related(spans, flags, [dose(0, 9), dose(0, 12)])
    assert relation is not None
    assert [c.base for c in relation.classes] == ["2 in 2.0 h", "2 in 2.0 h", "0 in 2.0 h", "0 in 1.0 h", "1 in 2.0 h"]
    assert relation.before_first == 1
    assert sum(c.rate.hours for c in relation.classes) == pytest.approx(9.0)


def test_no_difference_is_named_without_support() -> None:
    spans, flags = week([1])
    relation = related(spans, flags, [dose(0, 9)])
    assert relation is not None
    assert relation.sentence == "No difference between these hours that the intervals support."


def test_a_supported_difference_is_named() -> None:
    spans, _ = week([0] * 7)
    flags = [flag(hours(d, 12.2 + 0.02 * k, 13).start) for d in range(7) for k in range(20)]
    relation = related(spans, flags, [dose(d, 9) for d in range(7)])
    assert relation is not None
    assert relation.sentence == "Fewest 0–1 h after a dose, most 3–4 h after one."


def test_days_without_a_rate_have_none_against_the_doses_either() -> None:
    doses = [dose(d, 9) for d in range(7)]
    assert related(*week([5] * 7, first=8, last=18), doses) is not None
    assert related(*week([5] * 7, first=8, last=17), doses) is None


def test_hour_before_a_dose() -> None:
    spans, flags = week([10])
    found = before_dose(lane(spans, flags, "lower-back", FOG), [dose(0, 10.5)])
    assert (found.flags, found.all_flags) == (10, 10)
    assert found.share == pytest.approx(0.1)


def test_nearest_and_since_in_words() -> None:
    at = hours(0, 10, 11).start
    doses = [dose(0, 8.5), dose(0, 10.25)]
    assert nearest_dose(at, doses, UTC) == "15 min before the 10:15 dose"
    assert nearest_dose(at, doses[:1], UTC) == "1 h 30 min after the 08:30 dose"
    assert nearest_dose(at, [], UTC) == "no dose entered"
    assert since_dose(at, doses, UTC) == "1 h 30"
    assert since_dose(hours(0, 7, 8).start, doses, UTC) == "–"
    soon = doses[0].taken_us + 340_000_000  # 5 min 40 s
    assert since_dose(soon, doses, UTC) == "0 h 06"
    assert nearest_dose(soon, doses, UTC).startswith("6 min after")
    assert since_dose(hours(1, 7, 8).start, doses, UTC) == "–"
