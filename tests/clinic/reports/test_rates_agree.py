"""Headline, picture, list of patients and report give the same rates, or none of them gives one."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import clinic
from clinic.reports.content import Report
from clinic.reports.make import report_for_analysis, report_for_patient
from clinic.reports.material import Material
from clinic.reports.svg import key_svg, raster_svg
from clinic.reports.tables import quality_json
from clinic.reports.words import quality
from clinic.store.rows import EpisodeRow, FindingRow, RunRow, SpanRow
from clinic.timeline.chart import Chart, Json, first_view, header
from clinic.timeline.clock import DAY_US, HOUR_US, WallClock
from clinic.timeline.html import work_list_html
from clinic.timeline.lane import Periods, day_rows, lane, periods
from clinic.timeline.period_rates import forbidden_by
from clinic.timeline.rates import number
from clinic.timeline.sentence import Answer, answer
from clinic.timeline.trust import trust
from clinic.timeline.validity import USUAL, Validity
from clinic.timeline.worklist import Look, look
from data.intervals import Interval
from data.recording import Clock
from models.scores import UNKNOWN
from tests.clinic.reports.made import analysis_of, worn_days
from tests.clinic.timeline.rows_made import FOG, MONDAY_US, dose, flag, hours, patient, recording, span

UTC = WallClock("UTC")
LONG, SHORT, NONE = (8, 19), (8, 14), (0, 0)
BAD_CLOCK = FindingRow("run", "rec", "lower-back", "clock impossible", "bad", hours(0, 0, 1), "The clock is wrong.")


@dataclass(frozen=True)
class Shown:
    """The same days on every surface."""

    headline: Answer
    picture: Json
    row: Look
    report: Report

    def sums(self) -> list[str | None]:
        """The rate of the period as the headline, the picture, the list of patients and the report's table give it."""
        said = re.search(r": (\S+) flags per judged hour", self.headline.first)
        again = re.search(r": (\S+) flags per judged hour", self.report.answer.first)
        week, now = self.picture["week"], self.row.now
        return [
            said and said[1],
            again and again[1],
            week and week["text"],
            None if now is None or now.value is None else number(now.value),
            self.cell("sum"),
        ]

    def earlier(self) -> list[str | None]:
        """The rate of the days before, as the picture and the report's table give it."""
        before = self.picture["before"]
        return [before and before["text"], self.cell("before")]

    def cell(self, kind: str) -> str | None:
        (row,) = [r for r in self.report.table if r.kind == kind]
        rate, interval = row.cells[4:6]
        assert (interval == "–") is not rate[:1].isdigit()  # where there is none, the reason stands in its own place
        return rate if rate[:1].isdigit() else None


def rows_of(
    worn: Sequence[tuple[float, float]], flags_a_day: Sequence[int] = (), unlike_h: float = 0.0
) -> tuple[list[SpanRow], list[EpisodeRow]]:
    """Days worn between two hours each, the last ``unlike_h`` of them unlike what was learned; 3 flags a day."""
    spans, flags = [], []
    for day, (first, last) in enumerate(worn):
        spans.append(span("not worn", hours(day, last, 24)))
        if last > first:
            spans += [span("worn", hours(day, first, last)), span("clear", hours(day, first, last - unlike_h))]
            count = flags_a_day[day] if flags_a_day else 3
            flags += [flag(hours(day, 9 + k / 60, 24).start) for k in range(count)]
            if unlike_h:
                spans.append(span("not judged", hours(day, last - unlike_h, last), reason=UNKNOWN))
    return spans, flags


def shown(
    spans: list[SpanRow],
    flags: list[EpisodeRow],
    *,
    findings: Sequence[FindingRow] = (),
    validity: Validity = USUAL,
) -> Shown:
    found = lane(spans, flags, "lower-back", FOG)
    every = day_rows(found, UTC)
    parts, doses = periods(every), tuple(dose(k, h) for k in range(len(every)) for h in (8.5, 12.5))
    chart = Chart(
        "k", found, parts, UTC, doses, ("lower-back",), "lower back", 0.6, "d", "a", validity, forbidden_by(findings)
    )
    stored = recording(len(every))
    row = look(
        patient(), recordings=[stored], spans=spans, episodes=flags, last_look_us=None,
        now_us=MONDAY_US + 20 * DAY_US, findings=findings, validity=validity,
    )  # fmt: skip
    report = report_for_patient(
        patient(), [stored], [RunRow("run", "rec", 0, {"detectors": []})], spans, flags, list(findings), doses, None,
        validity=validity,
    )  # fmt: skip
    said = answer(chart.shown, parts, doses, UTC, chart.rates)
    return Shown(said, header(chart, first_view(chart)), row, report)


WEEKS = {
    "both weeks valid": ([LONG] * 14, True, True),
    "three valid days are enough": ([NONE] * 3 + [LONG] * 4 + [SHORT, LONG, NONE, LONG, SHORT, LONG, NONE], True, True),
    "the last week hardly worn": ([LONG] * 7 + [SHORT] * 5 + [LONG] * 2, False, True),
    "the week before hardly worn": ([SHORT] * 7 + [LONG] * 7, True, False),
    "both hardly worn": ([SHORT] * 14, False, False),
    "no day before": ([LONG] * 7, True, None),
    "a week not worn but on two days": ([LONG] * 2 + [NONE] * 4 + [SHORT], False, None),
}


@pytest.mark.parametrize(("worn", "now", "before"), WEEKS.values(), ids=WEEKS.keys())
def test_the_same_rate_stands_everywhere_or_nowhere(
    worn: list[tuple[float, float]], now: bool, before: bool | None
) -> None:
    seen = shown(*rows_of(worn))
    assert len(set(seen.sums())) == 1
    assert (seen.sums()[0] is not None) is now
    assert (seen.picture["no_week"] is None) is now
    assert seen.headline.first == seen.report.answer.first
    assert ("no rate may be given. Only" in seen.headline.first) is not now
    assert (seen.report.doses is not None) is now
    if before is None:
        assert seen.picture["before"] is None
        return
    assert len(set(seen.earlier())) == 1
    assert (seen.earlier()[0] is not None) is before
    # Two weeks are compared where both have a rate, and nowhere else.
    assert (seen.row.turned is not None) is (now and before)
    assert ("change from the 7 before (" in seen.headline.first) is (now and before)
    assert ("the 7 before had too few valid days to compare" in seen.headline.first) is (now and not before)


@pytest.mark.parametrize("worn", [[LONG] * 14, [SHORT] * 14, [LONG, NONE, SHORT] * 4], ids=["long", "short", "mixed"])
def test_a_single_day_has_the_same_rate_everywhere_and_says_whether_it_is_valid(
    worn: list[tuple[float, float]],
) -> None:
    seen = shown(*rows_of(worn))
    days, rows = seen.picture["days"], [r for r in seen.report.table if not r.kind]
    assert len(days) == len(rows) == 7
    for day, row, bar, (first, last) in zip(days, rows, seen.row.bars[-7:], worn[-7:], strict=True):
        assert (day["rate"] is None) is (row.cells[4] == "–") is (bar.state != "rate")
        assert day["rate"] is None or number(day["rate"]) == row.cells[4] == number(bar.value)
        assert day["valid"] is (last - first >= 10)
        assert row.name.endswith(", not valid") is (0 < last - first < 10)
        assert row.name.endswith(", not worn") is (last == first)
        assert (row.cells[0] == "–") is (last == first)


def test_a_day_off_and_a_day_without_a_sample_are_told_apart() -> None:
    spans, flags = rows_of([LONG, NONE, LONG, LONG])
    seen = shown([s for s in spans if not s.interval.overlaps(hours(2, 0, 24))], flags)
    assert [r.name for r in seen.report.table] == [
        "Mon 2",
        "Tue 3, not worn",
        "Wed 4, not recorded",
        "Thu 5",
        "All 4 days",
    ]
    assert raster_svg(seen.report.raster).count(">not recorded</text>") == 1
    assert raster_svg(shown(spans, flags).report.raster).count(">not recorded</text>") == 0


def test_the_picture_says_what_its_gaps_are_where_it_has_any() -> None:
    spans, flags = rows_of([LONG] * 3)
    whole = shown(spans, flags).report.raster
    assert ">gap</text>" not in key_svg(whole, has_doses=True)
    gap = span("gap", hours(1, LONG[1], 23))
    rest = [s for s in spans if not s.interval.overlaps(gap.interval)]
    assert ">gap</text>" in key_svg(shown([*rest, gap], flags).report.raster, has_doses=True)


def test_findings_are_of_all_that_was_recorded_and_say_so_beside_a_part_of_it() -> None:
    gaps = FindingRow("run", "rec", "lower-back", "gaps", "check", hours(0, 0, 24), "8 gaps: 217 h in all.")
    for days, said in (
        (14, "In all that was recorded, not these days alone: 8 gaps: 217 h in all."),
        (7, gaps.sentence),
    ):
        told = dict(shown(*rows_of([LONG] * days), findings=[gaps]).report.quality)
        assert told["To check"] == said


def test_what_else_was_judged_is_told_of_the_days_of_the_report_alone() -> None:
    spans, flags = rows_of([LONG] * 14)
    falls = [replace(s, phenomenon="fall") for s in spans if s.kind == "clear"]
    early, late = (replace(flag(hours(day, 9, 24).start), id=f"f{day}", phenomenon="fall") for day in (2, 9))
    told = shown([*spans, *falls], [*flags, early, late]).report.others
    assert told == "Also judged — lower back, fall: 1 flag in 77 h judged."
    unsure = replace(late, certainty="unsure")
    told = shown([*spans, *falls], [*flags, unsure]).report.others
    assert told == "Also judged — lower back, fall: 0 flags, 1 unsure, in 77 h judged."


def test_what_was_assumed_is_told_of_the_recordings_that_are_shown_alone() -> None:
    spans, _ = rows_of([LONG] * 14)
    old = replace(recording(7), id="old", assumptions=("Read leniently: 6 of its blocks are damaged.",))
    (stream,) = old.streams
    moved = Interval(MONDAY_US + 7 * DAY_US, MONDAY_US + 14 * DAY_US)
    new = replace(old, id="new", assumptions=("In g.",), streams=(replace(stream, interval=moved),))
    m = Material("P-01", True, False, "UTC", (old, new), (), tuple(spans), (), ())
    whole = lane(spans, [], "lower-back", FOG)
    assert dict(quality(m, whole, whole.within(moved), UTC))["Assumed"] == "In g."
    assert dict(quality(m, whole, whole, UTC))["Assumed"] == "Read leniently: 6 of its blocks are damaged. In g."


@pytest.mark.parametrize("what", ["clock", "outside"])
def test_what_forbids_every_rate_forbids_it_everywhere(what: str) -> None:
    spans, flags = rows_of([LONG] * 14, unlike_h=1.0 if what == "outside" else 0.0)
    seen = shown(spans, flags, findings=[BAD_CLOCK] if what == "clock" else [])
    assert set(seen.sums()) == set(seen.earlier()) == {None}
    assert seen.headline.first == seen.report.answer.first
    assert "no rate may be given." in seen.headline.first
    assert all(d["rate"] is None and d["no_rate"] == "no rate" for d in seen.picture["days"])
    assert {r.cells[4] for r in seen.report.table} == {r.cells[5] for r in seen.report.table} == {"–"}
    assert {b.state for b in seen.row.bars} == {"not judged"}
    assert seen.row.no_rate in seen.headline.first
    assert (seen.row.turned, seen.report.doses) == (None, None)


def test_the_list_of_patients_says_why_a_week_has_no_rate() -> None:
    seen = shown(*rows_of([SHORT] * 7))
    assert "Only 0 of 7 days have at least 10 h worn between 08:00 and 22:00" in work_list_html([seen.row])


def test_a_clinic_s_own_rule_holds_everywhere() -> None:
    spans, flags = rows_of([SHORT] * 14)
    seen = shown(spans, flags, validity=Validity(least_hours=6))
    assert None not in seen.sums() + seen.earlier()
    assert len(set(seen.sums())) == len(set(seen.earlier())) == 1


def test_days_that_are_not_the_last_are_not_called_so() -> None:
    found = lane(*rows_of([LONG] * 14), "lower-back", FOG)
    every = day_rows(found, UTC)
    parts = Periods(every[:7], (), is_last=False)
    chart = Chart("k", found, parts, UTC, (), (), "lower back", None, "", "")
    assert "in these 7 days" in answer(chart.shown, parts, (), UTC, chart.rates).first


@pytest.mark.parametrize(("worn_h", "may"), [(6.0, False), (12.0, True)])
def test_the_file_for_programs_says_the_same_as_the_report_of_the_file(worn_h: float, may: bool) -> None:
    week = worn_days(7, hours=worn_h)  # from 07:00 on, so that twelve hours are eleven of the rule's
    analysis = analysis_of(week, [(k * 86_400.0 + 600.0, 12.0) for k in range(7)])
    (said,) = json.loads(quality_json(week, analysis))["judgements"]
    report = report_for_analysis(week, analysis)
    assert (said["rates"], said["valid_days"], said["days"]) == (may, 7 if may else 0, 7)
    assert ("per judged hour" in report.answer.first) is may
    assert said["why_no_rates"] is None if may else said["why_no_rates"] in report.answer.first


def test_the_file_for_programs_and_the_report_of_a_file_keep_to_the_clinics_own_rule() -> None:
    week = worn_days(7, hours=6.0)
    analysis = analysis_of(week, [(k * 86_400.0 + 600.0, 12.0) for k in range(7)])
    own = Validity(least_hours=4.0)
    said = json.loads(quality_json(week, analysis, own))
    assert said["validity"] == {"from_hour": 8, "to_hour": 22, "least_hours": 4.0, "least_days": 3}
    assert (said["judgements"][0]["rates"], said["judgements"][0]["valid_days"]) == (True, 7)
    assert "per judged hour" in report_for_analysis(week, analysis, validity=own).answer.first
    assert "per judged hour" not in report_for_analysis(week, analysis).answer.first


def test_the_file_for_programs_needs_an_hour_and_no_date() -> None:
    bare = replace(worn_days(1, hours=0.5), clock=Clock.RELATIVE, zone=None)
    (said,) = json.loads(quality_json(bare, analysis_of(bare)))["judgements"]
    assert (said["rates"], said["valid_days"]) == (False, None)
    assert said["why_no_rates"] == "Less than one hour was judged."


def test_days_become_rates_in_one_place_alone() -> None:
    root = Path(clinic.__file__).parent
    makers = {"rate", "change", "why_no_week"}
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module in ("clinic.timeline.rates", "clinic.timeline.validity")
        and makers & {a.name for a in node.names}
    }
    # The trust strip marks the days where they are too few; the doses split the time of days that may have a rate.
    assert found == {"timeline/period_rates.py", "timeline/trust.py", "timeline/doses.py"}


def test_the_hours_of_the_days_made_here_are_those_of_the_rule() -> None:
    (row,) = day_rows(lane(*rows_of([LONG]), "lower-back", FOG), UTC)
    assert row.worn_us == 11 * HOUR_US
    assert USUAL.holds(row)


def test_a_file_and_its_export_have_the_rate_of_one_and_page_and_report_say_so() -> None:
    spans, flags = rows_of([LONG] * 7)
    spans += [replace(s, recording="export") for s in spans]
    flags += [replace(f, id=f"{f.id}b", recording="export") for f in flags]
    stored = [recording(7), replace(recording(7), id="export", file="a.cwa")]
    row = look(
        patient(), recordings=stored, spans=spans, episodes=flags, last_look_us=None, now_us=MONDAY_US + 20 * DAY_US
    )
    assert row.now is not None
    assert (row.now.flags, row.now.hours, row.unreviewed) == (21, 77.0, 21)
    report = report_for_patient(patient(), stored, [], spans, flags, [], (), None)
    (sums,) = [r for r in report.table if r.kind == "sum"]
    assert sums.cells[1:3] == ("77.0", "21")
    assert dict(report.quality)["In several files"] == "112 h, counted once: as the file has it that begins first."
    found = lane(spans, flags, "lower-back", FOG)
    chart = Chart("k", found, periods(day_rows(found, UTC)), UTC, (), ("lower-back",), "lower back", 0.6, "d", "a")
    assert ("", "112 h in several files", ", counted once") in trust(chart, [])
