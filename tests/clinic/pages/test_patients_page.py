"""The page of patients in Streamlit's own test harness: empty, busy, full."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from clinic.home import Home
from clinic.pages.patients import SORTS, chosen, looks
from clinic.store import Store
from tests.clinic.pages.driven import APP, begin_job, shown
from tests.clinic.pages.made_store import store_with

DISCLAIMER = "Not a medical device; supports, never replaces, a clinician's judgement."


def test_an_empty_store_says_what_to_do(home: Path) -> None:
    at = AppTest.from_file(APP, default_timeout=30).run()
    assert not at.exception
    assert "No patient yet." in shown(at)
    assert [b.label for b in at.button] == ["Import recordings"]
    assert DISCLAIMER in shown(at)


def test_patients_with_their_answer(home: Path) -> None:
    store_with(home, days=3)
    at = AppTest.from_file(APP, default_timeout=30).run()
    assert not at.exception
    assert "No patient needs a look now." in shown(at)
    assert "18 h worn" in shown(at)
    assert "Simulated" not in shown(at)
    assert DISCLAIMER in shown(at)
    at.text_input[0].set_value("nobody").run()
    assert "No patient fits." in shown(at)


def test_search_and_sort(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_with(home, days=3)
    everyone = looks()
    assert [x.patient.code for x in chosen(everyone, "p-0", SORTS[0], only_unreviewed=False)] == ["P-0001"]
    assert chosen(everyone, "x", SORTS[0], only_unreviewed=False) == ()
    for sort in SORTS[1:]:
        assert len(chosen(everyone, "", sort, only_unreviewed=True)) == 1


def test_a_running_job_is_seen_with_its_time_left(home: Path) -> None:
    begin_job(home, "SIM-0001", kind="demo")
    at = AppTest.from_file(APP, default_timeout=30).run()
    assert not at.exception
    (bar,) = at.get("progress")
    assert bar.proto.text == "A simulated patient is being made: Analysing walk.csv, 25%, about 30 s left"
    assert "No patient yet." not in shown(at)


def test_nobody_is_said_to_need_no_look_before_they_are_analysed(home: Path) -> None:
    Store.open(Home(home)).add_patient("P-9", "Europe/Berlin", actor="t", now_us=1)
    begin_job(home, "P-9")
    at = AppTest.from_file(APP, default_timeout=30).run()
    assert not at.exception
    assert "P-9 is being analysed." in shown(at)
    assert "needs a look now" not in shown(at)
    assert "0.0 s" not in shown(at)


def test_a_store_that_cannot_be_read_is_said_without_a_traceback(home: Path) -> None:
    store_with(home, days=3)
    (home / "clinic.duckdb").write_bytes(b"not a database" * 1000)
    at = AppTest.from_file(APP, default_timeout=30).run()
    assert not at.exception
    assert "This page cannot be shown." in shown(at)
    assert DISCLAIMER in shown(at)


def test_a_patients_zone_is_changed_on_the_page_or_the_refusal_is_told(home: Path) -> None:
    store = store_with(home)
    at = AppTest.from_file(APP, default_timeout=30).run()
    at.selectbox(key="new zone P-0001 Europe/Berlin").set_value("Asia/Tokyo").run()
    next(b for b in at.button if b.label == "Change the zone").click().run()
    assert not at.exception
    assert store.patient("P-0001").zone == "Asia/Tokyo"
    assert [s.value for s in at.success] == ["P-0001 is of Asia/Tokyo now, and was of Europe/Berlin."]
    store.add_dose("P-0001", 0, "levodopa", "entered", actor="anna", now_us=0)
    at.selectbox(key="new zone P-0001 Asia/Tokyo").set_value("Europe/Berlin").run()
    next(b for b in at.button if b.label == "Change the zone").click().run()
    assert next(w.value for w in at.warning).startswith("P-0001 keeps Asia/Tokyo: the time of 1 dose was taken")
    assert store.patient("P-0001").zone == "Asia/Tokyo"
