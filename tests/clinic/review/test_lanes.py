"""Old and new flags on one axis: each where it lies, above or below the line, coloured only where they differ."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from clinic.review.compare import Comparison, compare
from clinic.review.kshot import Shot, Span95
from clinic.review.lanes import BOTH, LEFT, WIDTH, curve_html, lanes_html
from clinic.timeline.clock import WallClock
from data.intervals import Interval
from tests.signals import START_US

S = 1_000_000
HOUR = 3600 * S


def flags(html: str) -> list[tuple[float, float, str, str]]:
    """``(x, y, fill, edge)`` of each flag that is drawn."""
    svg = ET.fromstring(html[: html.index("</svg>") + 6])
    return [(float(r.get("x", "")), float(r.get("y", "")), r.get("fill", ""), r.get("stroke", ""))
            for r in svg.iter("rect")]  # fmt: skip


def at(second: float, length: float = 5) -> Interval:
    return Interval(round(second * S), round((second + length) * S))


def test_a_short_recording_is_one_row_cropped_to_its_extent() -> None:
    found = compare([at(0), at(50)], [at(0), at(90)])
    html = lanes_html(found, Interval(0, 100 * S), WallClock(None, 0), "fall")
    drawn = sorted(flags(html))
    assert [round((x - LEFT) / (WIDTH - LEFT) * 100) for x, *_ in drawn] == [0, 0, 50, 90]
    assert [fill for _, _, fill, _ in drawn] == [BOTH, BOTH, "#FFF", "#0072B2"]
    gone, come = drawn[2], drawn[3]
    assert gone[1] < come[1]
    assert "old: 0:00:50.0, 5.0 s" in html


def test_a_moved_flag_is_drawn_old_and_new() -> None:
    found = compare([at(10)], [at(12)])
    old, new = sorted(flags(lanes_html(found, Interval(0, 100 * S), WallClock(None, 0), "fall")))
    assert old[1] < new[1]
    assert old[3] == new[3] == "#00507D"


def test_days_are_rows_on_the_clock_of_the_patient() -> None:
    clock, start = WallClock("Europe/Berlin"), START_US  # 07:00 there
    flag = Interval(start + 24 * HOUR, start + 24 * HOUR + S)
    html = lanes_html(Comparison((flag,), (), (), ()), Interval(start, start + 40 * HOUR), clock, "fall")
    ((x, y, _, _),) = flags(html)
    assert round((x - LEFT) / (WIDTH - LEFT) * 24, 2) == 7
    assert y > 30
    assert re.findall(r">(Mon 2|Tue 3)<", html) == ["Mon 2", "Tue 3"]


def test_a_class_with_odd_signs_and_an_empty_comparison_can_be_drawn() -> None:
    assert flags(lanes_html(Comparison((), (), (), ()), Interval(0, S), WallClock(None, 0), "<b>")) == []


def test_the_curve_shows_each_number_of_marks_and_the_detector_as_it_is() -> None:
    shots = (Shot(1, Span95(0.4, 0.1, 0.7), None, 0.1), Shot(3, Span95(0.6, 0.3, 0.9), Span95(0.2, 0.1, 0.3), 0.1))
    svg = ET.fromstring(curve_html(shots, "fall").split("</svg>")[0] + "</svg>")
    assert len(list(svg.iter("circle"))) == 2
    assert "as it is" in {t.text for t in svg.iter("text")}
    assert curve_html((), "fall") == ""


def test_flags_of_the_hour_that_comes_twice_stand_side_by_side_and_it_is_said() -> None:
    clock, start = WallClock("Europe/Berlin"), 1_792_879_200 * S  # Sunday 25 October 2026, 00:00 there
    both = [Interval(start + round(h * HOUR), start + round(h * HOUR) + S) for h in (2.5, 3.5)]
    html = lanes_html(compare([], both), Interval(start, start + 48 * HOUR), clock, "fall")
    assert [round((x - LEFT) / (WIDTH - LEFT) * 24, 2) for x, *_ in flags(html)] == [2.25, 2.75]
    assert "Sun 25: the clock went back from 03:00 to 02:00" in html
    later = lanes_html(compare([], both), Interval(start + 25 * HOUR, start + 73 * HOUR), clock, "fall")
    assert "went back" not in later


def test_of_thousands_of_short_flags_one_is_drawn_at_each_place_and_none_of_another_kind_is_hidden() -> None:
    day = Interval(START_US, START_US + 20 * HOUR)
    old = [Interval(day.start + 7 * k * S, day.start + (7 * k + 3) * S) for k in range(10_000)]
    new = [*old[:5_000:2], *(Interval(s.start + S, s.end) for s in old[5_000:]), at(START_US / S + 19.9 * 3600, 300)]
    drawn = flags(lanes_html(compare(old, new), day, WallClock("Europe/Berlin"), "fall"))
    assert len(drawn) < 4 * WIDTH  # old and new, on two days
    assert {fill for _, _, fill, _ in drawn} == {BOTH, "#FFF", "#0072B2"}
    gone, kept = ([round(x) for x, y, fill, _ in drawn if (y, fill) == (21, one)] for one in ("#FFF", BOTH))
    assert len(set(gone) & set(kept)) > 100, "beside those that stay those that go are drawn at the same places"
