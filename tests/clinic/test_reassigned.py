"""What was imported for the wrong patient is given to the right one, on the command line and on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from clinic.home import Home
from clinic.intake import DEMO_PATIENT, make_demo
from clinic.pages.edits import Open
from clinic.pages.marking import has_trial
from clinic.pages.opened import rows_of
from clinic.store import Store
from clinic.stored import judge_at, reassign
from tests.clinic.commanded import motionward
from tests.clinic.pages.driven import APP, opened_at, shown
from tests.clinic.pages.made_store import store_with_undated
from tests.signals import freezing_walk

FILE = "3cd4c680cb.csv"


@pytest.fixture
def home(tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One real trial, imported for P-1."""
    place = tmp_path / "home"
    path = shared_data / "tdcsfog" / "original" / FILE
    said = motionward(
        "import", path, "--patient", "P-1", "--home", place, "--zone", "Europe/Berlin", "--placement", "lower-back"
    )
    assert said.code == 0, said.err
    monkeypatch.setenv("MOTIONWARD_HOME", str(place))
    return place


def test_the_right_patient_gets_the_recording_and_its_flags(home: Path, shared_data: Path) -> None:
    store = Store.open(Home(home))
    flags = [(e.interval, e.peak) for e in store.episodes(patient="P-1")]
    path = shared_data / "tdcsfog" / "original" / FILE
    again = motionward("import", path, "--patient", "P-2", "--home", home)
    assert (
        "Already here (of patient P-1); nothing was changed; on the page Patients, Recordings, it can be given to P-2."
        in again.out
    )
    said = motionward("reassign", FILE, "--patient", "P-2", "--home", home, "--json")
    assert (said.code, json.loads(said.out)["patient"]) == (0, "P-2")
    assert store.recordings("P-1") == []
    assert store.patient("P-2").zone == "Europe/Berlin"
    assert [(e.interval, e.peak) for e in store.episodes(patient="P-2")] == flags != []
    assert store.verify() == []
    same = motionward("reassign", FILE, "--patient", "P-2", "--home", home)
    assert same.out.strip() == f"{FILE} is of P-2 already; nothing was changed."


def test_a_withdrawn_recording_is_in_no_report_and_is_not_imported_anew_unseen(home: Path, shared_data: Path) -> None:
    said = motionward("reassign", FILE, "--withdraw", "--home", home)
    assert said.out.strip() == f"{FILE} is withdrawn and counts for nobody; it can be given to a patient again."
    report = motionward("export", "--patient", "P-1", "--home", home)
    assert (report.code, report.err.strip()) == (1, "Patient P-1 has no analysed recording: import one first.")
    of_it = motionward("export", "--patient", "P-1", "--recording", FILE, "--home", home)
    assert (of_it.code, of_it.err) == (1, report.err)
    path = shared_data / "tdcsfog" / "original" / FILE
    again = motionward("import", path, "--patient", "P-1", "--home", home)
    assert "Already here (withdrawn)" in again.out


def test_a_withdrawn_recording_given_to_a_new_code_has_the_zone_of_whose_it_was(home: Path) -> None:
    store = Store.open(Home(home))
    store.change_zone("P-1", "America/New_York", actor="anna", now_us=0)
    motionward("reassign", FILE, "--withdraw", "--home", home)
    said = motionward("reassign", FILE, "--patient", "P-9", "--home", home)
    assert (said.code, store.patient("P-9").zone) == (0, "America/New_York")


def test_what_was_given_back_is_judged_as_before(home: Path) -> None:
    store = Store.open(Home(home))
    identity = store.recordings()[0].id
    judge_at(store, [identity], 0.5, None, actor="anna", now=lambda: 1)
    run, flags = store.runs(identity)[0], store.episodes()
    motionward("reassign", FILE, "--withdraw", "--home", home)
    motionward("reassign", FILE, "--patient", "P-1", "--home", home)
    assert (store.runs(identity)[0].manifest, store.episodes()) == (run.manifest, flags)


def test_it_is_said_whose_or_withdrawn_and_an_unknown_recording_is_named(home: Path) -> None:
    assert motionward("reassign", FILE, "--home", home).code == 2
    assert motionward("reassign", FILE, "--patient", "", "--home", home).code == 2  # "$CODE" of a script that has none
    assert motionward("reassign", FILE, "--withdraw", "--patient", "P-2", "--home", home).code == 2
    said = motionward("reassign", "walk.csv", "--patient", "P-2", "--home", home)
    assert (said.code, len(said.lines)) == (1, 1)
    assert said.err.startswith(f"In this data folder no recording is called walk.csv: name one of {FILE} (")


def test_on_the_page_a_recording_is_given_to_another_and_withdrawn(home: Path) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-2", "Europe/Berlin", actor="anna", now_us=0)
    identity = store.recordings()[0].id
    at = AppTest.from_file(APP, default_timeout=60).run()
    at.selectbox(key=f"owner of {identity}").set_value("P-2").run()
    next(b for b in at.button if b.label == "Give it").click().run()
    assert not at.exception
    assert [s.value.split(";")[0] for s in at.success] == [f"{FILE} is of P-2 now, and no longer of P-1"]
    assert [r.id for r in store.recordings("P-2")] == [identity]
    at.selectbox(key=f"owner of {identity}").set_value("nobody: withdraw it").run()
    next(b for b in at.button if b.label == "Withdraw it").click().run()
    assert not at.exception
    assert [r.id for r in store.withdrawn()] == [identity]


def test_on_the_page_what_was_moved_and_not_analysed_is_analysed_for_whose_it_is(home: Path) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-2", "Europe/Berlin", actor="anna", now_us=0)
    identity = store.recordings()[0].id
    store.reassign(identity, "P-2", actor="anna", now_us=0)  # and then the machine was switched off
    at = AppTest.from_file(APP, default_timeout=60).run()
    whose = at.selectbox(key=f"owner of {identity}")
    assert whose.options == ["P-1", "P-2", "nobody: withdraw it"]
    assert "It is not analysed: give it to P-2, or whose it is, and it is." in [c.value for c in at.caption]
    whose.set_value("P-2").run()
    next(b for b in at.button if b.label == "Give it").click().run()
    assert not at.exception
    assert [s.value.split(";")[0] for s in at.success] == [f"{FILE} is of P-2 now"]
    assert store.runs(identity) != []
    assert at.selectbox(key=f"owner of {identity}").options == ["P-1", "nobody: withdraw it"]


@pytest.mark.parametrize("page", ["timeline", "label", "audit", "report"])
def test_a_link_to_what_was_withdrawn_shows_no_other_recording_in_its_place(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path))
    store = store_with_undated(tmp_path, "one.csv", "two.csv")
    gone, other = store.recordings("P-0001")
    store.reassign(gone.id, "", actor="anna", now_us=0)
    at = opened_at(page, patient="P-0001", recording=gone.id)
    assert "The recording of this link is not P-0001&#x27;s." in shown(at)
    assert "two.csv" not in shown(at)
    at = opened_at(page, patient="P-0001", recording=other.id)
    assert "The recording of this link" not in shown(at)
    assert not at.exception


def test_the_report_of_another_patient_is_chosen_from_that_of_one_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path))
    store = store_with_undated(tmp_path, "one.csv", "two.csv")
    first, second = store.recordings("P-0001")
    store.add_patient("P-0002", "Europe/Berlin", is_simulated=True, actor="anna", now_us=0)
    reassign(store, second.id, "P-0002", actor="anna", now=lambda: 1)
    at = opened_at("report", patient="P-0001", recording=first.id)
    at.selectbox[0].set_value("P-0002").run()
    assert not at.exception
    assert "The recording of this link" not in shown(at)
    assert at.query_params["patient"] == "P-0002"


def test_the_simulated_recording_that_was_withdrawn_can_be_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.synthetic.demo_patient", lambda: (freezing_walk(), ()))
    store = Store.open(Home(tmp_path))
    made = make_demo(store, actor="anna", now=lambda: 1)
    reassign(store, made.recording, "", actor="anna", now=lambda: 2)
    assert make_demo(store, actor="anna", now=lambda: 3).status == "imported"
    assert [r.id for r in store.recordings(DEMO_PATIENT)] == [made.recording]
    assert store.runs(made.recording) != []
    reassign(store, made.recording, "SIM-2", actor="anna", now=lambda: 4)
    said = make_demo(store, actor="anna", now=lambda: 5)
    assert (said.status, said.sentence) == ("already here", "The simulated recording is here, of patient SIM-2.")
    assert [r.patient for r in store.recordings()] == ["SIM-2"]


def test_a_detector_taught_for_the_one_is_not_offered_on_the_page_of_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path))
    store = store_with_undated(tmp_path, "one.csv")
    store.add_patient("P-0002", "Europe/Berlin", is_simulated=True, actor="anna", now_us=0)
    row = store.recordings()[0]
    of_one = Open(rows_of("P-0001"), row, row.streams[0], "anna")
    monkeypatch.setitem(st.session_state, "trial", (of_one.key, None))
    assert has_trial(of_one)
    reassign(store, row.id, "P-0002", actor="anna", now=lambda: 1)
    assert not has_trial(Open(rows_of("P-0002"), row, row.streams[0], "anna"))
