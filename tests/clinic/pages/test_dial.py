"""The alarm budget on the timeline, in Streamlit's own test harness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st

from clinic.analysis import Settings
from clinic.pages import dial as shown_dial
from clinic.pages.dial import _detector, _flags
from clinic.pages.opened import head_key, rows_of
from clinic.pages.reading import ALL, Choice, chart_for
from data.recording import Placement
from models.detectors.unseen import UnseenPoint
from tests.clinic.pages.driven import opened_at, shown
from tests.clinic.pages.made_store import store_with
from tests.clinic.timeline.test_dial import ADAPTED, OWN

FOG = "freezing of gait"


@pytest.fixture
def choice(home: Path) -> Choice:
    store_with(home, days=3)
    (recording,) = rows_of("P-0001").recordings
    return Choice("P-0001", (recording.id,), "lower-back", FOG, ALL)


def test_the_budget_costs_nothing_until_it_is_opened(choice: Choice) -> None:
    at = opened_at("timeline", patient="P-0001")
    assert not at.exception
    assert "Alarm budget" in [p.proto.popover.label for p in at.get("popover")]
    assert "judged hour it finds" not in shown(at)


def test_it_tells_what_a_budget_finds_and_what_it_would_have_shown(choice: Choice) -> None:
    found = _detector(head_key(), choice)
    assert found is not None
    assert found[0].phenomenon == FOG
    assert found[1] is Placement.LOWER_BACK
    (flag,) = chart_for(choice).shown.flags
    shows = {b: _flags(head_key(), choice, Placement.LOWER_BACK, Settings(b)) for b in (0.1, 5.0)}
    assert shows[5.0] == (1, 0)
    assert flag.peak == pytest.approx(0.9, abs=0.01)
    assert shows[0.1] == (0, 0), "the strictest threshold lies above this flag's peak"


@pytest.mark.parametrize(("sure_from", "counted"), [(0.85, (1, 0)), (0.95, (0, 1))])
def test_a_flag_whose_peak_is_too_low_for_a_promise_would_be_unsure(
    choice: Choice, monkeypatch: pytest.MonkeyPatch, sure_from: float, counted: tuple[int, int]
) -> None:
    found = _detector(head_key(), choice)
    assert found is not None
    points = tuple(replace(p, sure_from=(0.0, 0.0, sure_from)) for p in found[0].points)
    monkeypatch.setattr(shown_dial, "_detector", lambda *_: (replace(found[0], points=points), found[1]))
    (flag,) = chart_for(choice).shown.flags
    assert flag.peak == pytest.approx(0.9, abs=0.01)
    shown_dial._flags.clear()
    assert _flags(head_key(), choice, Placement.LOWER_BACK, Settings(5.0, promised=0.95)) == counted


@pytest.mark.parametrize(
    ("present", "begins"), [(Settings(2.0, promised=0.9), (2.0, "9 in 10")), (Settings(), (5.0, "by its band"))]
)
def test_it_opens_at_what_is_set_so_that_changing_one_leaves_the_other(
    choice: Choice, monkeypatch: pytest.MonkeyPatch, present: Settings, begins: tuple[float, str]
) -> None:
    monkeypatch.setattr(shown_dial, "settings_of", lambda *_: present)
    opens: dict[str, object] = {}
    monkeypatch.setattr(st, "segmented_control", lambda *_, **k: opens.setdefault(k["key"], k["default"]))
    monkeypatch.setattr(st, "select_slider", lambda *_, **k: opens.setdefault(k["key"], k["value"]))
    shown_dial.dial.__wrapped__(choice)
    assert (opens["budget an hour P-0001"], opens["budget sure P-0001"]) == begins


def test_the_page_says_it_in_words(choice: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(st, "html", said.append)
    chosen = {"budget unit": "a day", "budget sure P-0001": "9 in 10"}
    monkeypatch.setattr(st, "segmented_control", lambda *a, **k: chosen[k["key"]])
    monkeypatch.setattr(st, "select_slider", lambda *a, **k: 1.0)
    monkeypatch.setattr(st, "columns", lambda n: [st.empty()] * n)
    shown_dial.dial.__wrapped__(choice)
    text = " ".join(said)
    assert "With at most 24 false alarms a judged day it finds" in text
    assert "The last 3 days: 1 flag at this setting, as now." in text
    assert "9 in 10 or more are not both called sure and false" in text
    assert "The flags shown: each detector's own threshold." in text


def test_the_budget_of_a_class_of_ones_own_is_told_with_its_interval(
    choice: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _detector(head_key(), choice)
    assert found is not None
    curve = tuple(UnseenPoint(p.threshold, p.false_alarms_per_hour, 0.0, 9.0, 0.5, 0.2, 0.7) for p in found[0].points)
    own = replace(found[0], adapted=ADAPTED, parent=None, held=replace(OWN, curve=curve))
    monkeypatch.setattr(shown_dial, "_detector", lambda *_: (own, found[1]))
    shown_dial._flags.clear()
    said: list[str] = []
    monkeypatch.setattr(st, "html", said.append)
    shown_dial.dial.__wrapped__(choice)
    assert "(20–70) of the marked episodes that taught it" in " ".join(said)
    assert "Told by the marks that taught it" in " ".join(said)
