"""The canvas's message: readable again, aligned, without a number that JSON cannot say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from clinic.store.rows import EpisodeRow, FindingRow
from clinic.timeline.chart import Chart, View, axis_hours, first_view, header, margin, view_from
from clinic.timeline.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, WallClock
from clinic.timeline.doses import dose_relation
from clinic.timeline.face import TWICE
from clinic.timeline.html import dose_chart_html, episodes_html
from clinic.timeline.lane import day_rows, lane, periods
from clinic.timeline.message import Message
from clinic.timeline.period_rates import forbidden_by
from clinic.timeline.plots import dose_figure, raster_figure
from clinic.timeline.trust import trust
from data.intervals import Interval
from tests.clinic.timeline.rows_made import FOG, MONDAY_US, dose, flag, hours, span, week


def chart(counts: list[int], clock: WallClock | None = None) -> Chart:
    spans, flags = week(counts)
    found, clock = lane(spans, flags, "lower-back", FOG), clock or WallClock("UTC")
    parts = periods(day_rows(found, clock))
    return Chart("key", found, parts, clock, (dose(0, 9), dose(1, 9)), ("lower-back",), "lower back", 0.6, "d", "anna")


def test_message_is_read_back() -> None:
    message = Message()
    a, b = message.add([[1, 2], [3, 4]]), message.add(np.array([5.5]))
    packed = message.pack({"a": a, "b": b, "text": "é"})
    size = int.from_bytes(packed[:4], "little")
    assert size % 4 == 0
    head = json.loads(packed[4 : 4 + size])
    values = np.frombuffer(packed[4 + size :], "<f4")
    assert head == {"a": [0, 4], "b": [4, 1], "text": "é"}
    np.testing.assert_array_equal(values, [1, 2, 3, 4, 5.5])
    with pytest.raises(ValueError, match="JSON"):
        message.pack({"x": float("nan")})


def test_header_of_a_week() -> None:
    c = chart([2, 0, 3, 1, 0, 1, 2])
    head = header(c, first_view(c), ["edit"])
    assert [d["flags"] for d in head["days"]] == [2, 0, 3, 1, 0, 1, 2]
    assert head["days"][0]["short"] == "Mon 2"
    assert head["axis"] == [0.0, 24.0]
    assert head["limits"] == [MONDAY_US, MONDAY_US + 7 * DAY_US]
    assert head["week"]["text"] == "0.1"
    assert head["applied"] == ["edit"]
    assert len(head["doses"]) == 2
    json.dumps(head, allow_nan=False)


def test_a_day_that_could_not_be_judged_has_no_number_of_flags() -> None:
    refused = span("not judged", hours(1, 8, 8.5), reason="no detector of freezing of gait for a sensor at: thigh")
    short, poor = hours(0, 8, 8.5), span("not judged", hours(2, 9, 14), reason="the signal is too noisy")
    worn = [span("worn", w) for w in (short, refused.interval, hours(2, 8, 14))]
    spans = [*worn, span("clear", short), span("clear", hours(2, 8, 8.5)), refused, poor]
    found = lane(spans, [], "lower-back", FOG)
    clock = WallClock("UTC")
    c = Chart("k", found, periods(day_rows(found, clock)), clock, (), (), "", None, "", "")
    days = header(c, first_view(c))["days"]
    assert [d["looked"] for d in days] == [True, False, True]
    assert [d["no_rate"] for d in days] == ["not enough wear to say", "not judged", "too little judged"]
    assert [d["worn"] for d in days] == ["0.50", "0.50", "6.0"]


def test_first_view_is_the_first_flag_that_waits() -> None:
    spans, _ = week([0, 0])
    seen, waits = flag(hours(0, 9, 9).start, verdict="right"), flag(hours(1, 9, 9).start)
    found = lane(spans, [seen, waits], "lower-back", FOG)
    c = Chart("k", found, periods(day_rows(found, WallClock("UTC"))), WallClock("UTC"), (), (), "", None, "", "")
    view = first_view(c)
    assert (view.day, view.episode) == (1, waits.id)
    assert view.window is not None
    assert view.window.start < waits.interval.start < waits.interval.end < view.window.end
    linked = first_view(c, Interval(seen.interval.start - SECOND_US, seen.interval.end + SECOND_US))
    assert (linked.day, linked.episode) == (0, seen.id)


@pytest.mark.parametrize("at_s", [1, DAY_US / SECOND_US - 3])
def test_the_window_of_a_flag_beside_midnight_stays_inside_the_days_shown(at_s: float) -> None:
    waits = flag(MONDAY_US + round(at_s * SECOND_US), 2.0)
    worn = [span(kind, hours(0, 0, 24)) for kind in ("worn", "clear")]
    found = lane(worn, [waits], "lower-back", FOG)
    c = Chart("k", found, periods(day_rows(found, WallClock("UTC"))), WallClock("UTC"), (), (), "", None, "", "")
    linked = Interval(waits.interval.start - 10 * SECOND_US, waits.interval.end + 10 * SECOND_US)
    for view, length in ((first_view(c), 30), (first_view(c, linked), 22)):
        assert (view.day, view.episode) == (0, waits.id)
        assert view.window is not None
        assert view.window.duration == length * SECOND_US
        assert c.span.start <= view.window.start <= waits.interval.start
        assert waits.interval.end <= view.window.end <= c.span.end


def test_view_travels_to_the_canvas_and_back() -> None:
    view = View(2, Interval(5, 9), "e")
    assert view_from(view.json) == view
    assert view_from(View(-1, None, None).json) == View(-1, None, None)
    assert view_from(None) is None
    assert view_from({"day": "x"}) is None
    assert view_from({"day": 0, "from": 9, "to": 5, "episode": None}) is None


def test_a_short_recording_fills_the_axis() -> None:
    worn = hours(0, 10 + 3 / 60, 10 + 37 / 60)
    rows = day_rows(lane([span("worn", worn), span("clear", worn)], [], "lower-back", FOG), WallClock("UTC"))
    assert axis_hours(rows) == (10.0, pytest.approx(10 + 40 / 60))
    assert axis_hours(chart([1]).parts.now) == (0.0, 24.0)


def test_margin_stays_inside() -> None:
    assert margin(Interval(100, 200), Interval(0, 1000)) == Interval(50, 250)
    assert margin(Interval(0, 200), Interval(0, 220)) == Interval(0, 220)


def october(worn: Interval, flags: list[EpisodeRow] | None = None) -> Chart:
    """A sensor worn on the day on which clocks are put back in Berlin."""
    berlin = WallClock("Europe/Berlin")
    found = lane([span("worn", worn), span("clear", worn)], flags or [], "lower-back", FOG)
    return Chart("k", found, periods(day_rows(found, berlin)), berlin, (), (), "", None, "", "")


OCTOBER_US = 1_792_879_200_000_000  # Sunday 25 October 2026, 00:00 in Berlin


def test_a_day_of_25_hours_has_the_hour_that_comes_twice_side_by_side() -> None:
    c = october(Interval(OCTOBER_US, OCTOBER_US + 25 * HOUR_US))
    (day,) = header(c, first_view(c))["days"]
    assert [(b - a) // HOUR_US for a, b, *_ in day["pieces"]] == [2, 1, 1, 21]
    assert [(at / HOUR_US, scale) for *_, at, scale in day["pieces"]] == [(0, 1), (2, 0.5), (2.5, 0.5), (3, 1)]
    assert day["note"] == f"the clock went back from 03:00 to 02:00; {TWICE}"
    assert day["worn"] == "25.0"


def test_a_short_recording_in_the_hour_that_comes_twice_is_drawn_on_the_whole_day() -> None:
    hour = Interval(OCTOBER_US + 130 * MINUTE_US, OCTOBER_US + 220 * MINUTE_US)
    assert axis_hours(october(hour).parts.now) == (0.0, 24.0)
    assert axis_hours(october(Interval(hour.end + HOUR_US, hour.end + 2 * HOUR_US)).parts.now) != (0.0, 24.0)


def test_in_the_zoomed_chart_flags_of_the_hour_that_comes_twice_stand_apart() -> None:
    flags = [flag(OCTOBER_US + m * MINUTE_US, name=str(m)) for m in (150, 210)]
    figure = raster_figure(october(Interval(OCTOBER_US, OCTOBER_US + 25 * HOUR_US), flags))
    (marks,) = [t for t in figure.data if t.name == "flag"]
    assert list(marks.x) == [2.25, 2.75]
    assert TWICE in figure.layout.xaxis.title.text


def test_trust_strip_says_wear_judged_and_findings() -> None:
    c = chart([2, 2])
    words = [bold + rest for _, bold, rest in trust(c, [])]
    worn = ["20 h worn of 48 h recorded", "20 h judged, all that was worn", "2 of 2 days valid"]
    assert words[1:] == [*worn, "Signal good", "4 to review"]
    bad = FindingRow("run", "rec", "lower-back", "saturation", "check", hours(0, 9, 10), "It was clipped.")
    assert ("check", "Signal:", " saturation") in trust(c, [bad])
    assert forbidden_by([bad]) is None


def test_tables_and_charts_carry_their_numbers() -> None:
    c = chart([2, 1])
    table = episodes_html(c.lane.episodes, c.doses, c.clock, "P-01", 2)
    assert table.count("data-row=") == 2
    assert "1 h 00" in table
    assert "not reviewed" in table
    relation = dose_relation(c.lane, c.doses, c.clock, c.rates)
    assert relation is not None
    drawing = dose_chart_html(relation, FOG)
    assert "3 in 2.0 h" in drawing
    assert "<style" not in drawing


def test_plotly_figures_use_plain_scatter() -> None:
    c = chart([2, 1])
    relation = dose_relation(c.lane, c.doses, c.clock, c.rates)
    assert relation is not None
    for figure in (raster_figure(c), dose_figure(relation, FOG)):
        assert {trace.type for trace in figure.data} == {"scatter"}
    flags = next(t for t in raster_figure(c).data if t.name == "flag")
    assert list(flags.y) == ["Mon 2", "Mon 2", "Tue 3"]
    assert flags.x[0] == pytest.approx(10.0)


@pytest.mark.parametrize(("minutes", "told"), [(3, ", 3 min not"), (30, ", 30 min not: upside down")])
def test_why_a_part_was_not_judged_is_told_where_it_is_more_than_little(minutes: int, told: str) -> None:
    worn, split = hours(0, 9, 14), 9 + minutes / 60
    spans = [
        span("worn", worn),
        replace(span("not judged", hours(0, 9, split)), reason="upside down"),
        span("clear", hours(0, split, 14)),
    ]
    found = lane(spans, [], "lower-back", FOG)
    utc = WallClock("UTC")
    c = Chart("k", found, periods(day_rows(found, utc)), utc, (), (), "lower back", None, "", "")
    assert told in [rest for _, _, rest in trust(c, [])]


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        ((58, 2, 0), ", 1 h not: upside down"),
        ((40, 15, 5), ", 1 h not: mostly upside down"),
        ((25, 20, 15), ", 1 h not: upside down and 2 other reasons"),
        ((30, 30, 0), ", 1 h not: lying and 1 other reason"),
    ],
)
def test_one_reason_is_not_given_for_time_that_has_several(minutes: tuple[int, int, int], told: str) -> None:
    edges = [9 + sum(minutes[:k]) / 60 for k in range(4)]
    parts = zip(("upside down", "lying", "too short"), edges, edges[1:], strict=False)
    spans = [
        span("worn", hours(0, 9, 14)),
        *(span("not judged", hours(0, a, b), reason=r) for r, a, b in parts if b > a),
        span("clear", hours(0, edges[3], 14)),
    ]
    found, utc = lane(spans, [], "lower-back", FOG), WallClock("UTC")
    c = Chart("k", found, periods(day_rows(found, utc)), utc, (), (), "lower back", None, "", "")
    assert told in [rest for _, _, rest in trust(c, [])]
