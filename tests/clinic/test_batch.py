"""Whole folders: one failure stops nothing, a killed import goes on where it was, and what happened is a table."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from clinic import intake, jobs
from clinic.home import Home
from clinic.intake import import_files
from clinic.store import Store
from data.recording import Recording
from tests.clinic.commanded import assert_refusals, motionward
from tests.clinic.test_jobs import until_over
from tests.clinic.test_reading import walk


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Three short recordings, one of them in a folder below, and a table that is none."""
    place = tmp_path / "inbox"
    (place / "tue").mkdir(parents=True)
    walk(place / "a.csv", start="2026-03-02 08:00:00.000")
    (place / "b.csv").write_text("hello\nworld\n")
    walk(place / "c.csv", start="2026-03-02 08:01:00.000", seed=1)
    walk(place / "tue" / "d.csv", start="2026-03-03 08:00:00.000", seed=2)
    return place


def test_an_import_killed_outright_is_told_and_goes_on_without_storing_twice(tmp_path: Path, inbox: Path) -> None:
    home = Home(tmp_path / "home").made()
    files = [str(inbox / n) for n in ("a.csv", "b.csv", "c.csv", "tue/d.csv")]
    job = jobs.start(home, "import", {"files": files, "patient": "P-1", "zone": "Europe/Berlin", "actor": "anna"})
    tick = threading.Event()
    while not jobs.status(home, job).outcomes:
        assert not jobs.status(home, job).is_over
        tick.wait(0.005)
    os.kill(int((home.jobs / job / "process").read_text()), signal.SIGKILL)
    stopped = until_over(home, job)
    assert stopped.state == "lost"
    assert stopped.outcomes[0]["status"] == "imported"
    store = Store.open(home)
    assert store.verify() == []
    assert len(store.recordings()) < 3
    done = until_over(home, jobs.again(home, job))
    assert [o["status"] for o in done.outcomes][:2] == ["already here", "refused"]
    assert {o["status"] for o in done.outcomes[2:]} <= {"imported", "already here"}
    assert sorted(r.file for r in store.recordings()) == ["a.csv", "c.csv", "d.csv"]
    assert all(len(store.runs(r.id)) == 1 for r in store.recordings())
    assert store.verify() == []


def test_a_folder_is_imported_with_those_below_and_what_happened_is_a_table(tmp_path: Path, inbox: Path) -> None:
    home, table = tmp_path / "home", tmp_path / "happened.csv"
    arguments = ("import", inbox, "--patient", "P-1", "--home", home, "--table", table, "--zone", "Europe/Berlin")
    said = motionward(*arguments)
    assert said.code == 1
    assert_refusals(said, inbox / "b.csv")
    assert said.out.splitlines()[-1] == "4 files: 3 imported, 1 refused."
    with table.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(Path(r["file"]).name, r["status"]) for r in rows] == [
        ("a.csv", "imported"), ("b.csv", "refused"), ("c.csv", "imported"), ("d.csv", "imported"),
    ]  # fmt: skip
    head = Store.open(Home(home)).head()
    again = motionward(*arguments)
    assert again.out.splitlines()[-1] == "4 files: 3 already here, 1 refused."
    assert Store.open(Home(home)).head() == head


def test_files_that_are_one_recording_are_joined_on_the_command_line(tmp_path: Path, inbox: Path) -> None:
    pair = [inbox / "a.csv", inbox / "c.csv"]
    said = motionward("inspect", *pair, "--join", "--zone", "Europe/Berlin", "--json")
    (fact,) = json.loads(said.out)
    assert fact["file"] == f"{pair[0]}, {pair[1]}"
    assert [s["gaps"] for s in fact["streams"]] == [1]
    assert any("a gap of 40 s between a.csv and c.csv" in a for a in fact["assumptions"])
    home = tmp_path / "home"
    zone = ("--zone", "Europe/Berlin")
    done = motionward("import", *pair, "--join", "--patient", "P-1", "--home", home, *zone, "--json")
    (outcome,) = json.loads(done.out)
    assert outcome["status"] == "imported"
    assert [r.file for r in Store.open(Home(home)).recordings()] == ["a.csv and 1 more"]
    again = motionward("import", *reversed(pair), "--join", "--patient", "P-1", "--home", home)
    assert "Already here" in again.out


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path, inbox: Path) -> None:
    (inbox / "tue" / "d.csv").rename(inbox / "tue" / "a.csv")
    said = motionward("import", inbox, "--patient", "P-1", "--home", tmp_path / "home", "--zone", "Europe/Berlin")
    assert [line.split(": ")[0] for line in said.out.splitlines()[:-1]] == ["inbox/a.csv", "c.csv", "tue/a.csv"]


def test_a_wall_clock_of_no_known_zone_is_not_stored_until_somebody_says_it(tmp_path: Path, inbox: Path) -> None:
    store = Store.open(Home(tmp_path / "home"))
    files = [inbox / "a.csv", walk(inbox / "undated.csv", seed=5)]
    refused, undated = import_files(store, files, "P-1", actor="t", now=lambda: 1)
    assert refused.status == "refused"
    assert refused.sentence.endswith(
        "nobody has said of which zone: give --zone, or once for this site: motionward site --zone Europe/Berlin"
    )
    assert undated.status == "imported"
    assert [r.file for r in store.recordings()] == ["undated.csv"]


def test_a_command_takes_the_computers_zone_for_a_wall_clock_of_none_and_says_so(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("TZ", "America/New_York")
    said = motionward("import", inbox / "a.csv", "--patient", "P-1", "--home", home)
    assert said.code == 0, said
    assert "Its wall clock was taken as that of America/New_York: motionward site --zone says another" in said.out
    (patient,) = Store.open(Home(home)).patients()
    assert patient.zone == "America/New_York"
    undated = motionward("import", walk(inbox / "undated.csv", seed=5), "--patient", "P-1", "--home", home)
    assert "wall clock" not in undated.out
    said = motionward("import", inbox / "tue" / "d.csv", "--patient", "P-2", "--home", home, "--zone", "Asia/Tokyo")
    assert said.code == 0, said
    motionward("site", "--zone", "Europe/Berlin", "--home", home)
    for file, patient in ((inbox / "c.csv", "P-3"), (walk(inbox / "other.csv", seed=6), "P-4")):
        assert motionward("import", file, "--patient", patient, "--home", home).code == 0
    zones = {p.code: p.zone for p in Store.open(Home(home)).patients()}
    assert (zones["P-2"], zones["P-3"], zones["P-4"]) == ("Asia/Tokyo", "Europe/Berlin", "Europe/Berlin")


def test_a_new_patient_is_not_of_utc_because_nobody_said_otherwise(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("TZ", "America/New_York")
    undated = motionward("import", walk(inbox / "undated.csv", seed=5), "--patient", "P-1", "--home", home)
    assert "The patient's own zone was taken as that of this computer, America/New_York." in undated.out
    dated = motionward("import", inbox / "a.csv", "--patient", "P-1", "--home", home)
    assert dated.code == 0, dated
    store = Store.open(Home(home))
    assert [p.zone for p in store.patients()] == ["America/New_York"]
    assert {store.recording(r.id).zone for r in store.recordings()} == {None, "America/New_York"}
    again = motionward("import", walk(inbox / "more.csv", seed=7), "--patient", "P-1", "--home", home)
    assert "own zone" not in again.out


def test_where_nothing_was_judged_that_is_said_and_no_number_of_flags(tmp_path: Path, inbox: Path) -> None:
    home = tmp_path / "home"
    arguments = ("--zone", "Europe/Berlin", "--home", home, "--patient", "P-1")
    said = motionward("import", inbox / "a.csv", *arguments)
    assert "Imported; not judged: no detector of freezing of gait for a sensor at: unknown." in said.out
    said = motionward("import", inbox / "c.csv", *arguments, "--placement", "lower back")
    assert "Imported; 1 flag." in said.out


def test_a_zone_that_is_changed_while_a_file_is_read_keeps_that_file_out(
    tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(Home(tmp_path / "home").made())
    store.add_patient("P-1", "Europe/Berlin", actor="anna", now_us=1)
    read = intake.read_said

    def reading(*given: Any, **named: Any) -> Recording:  # Any: whatever reading takes
        found = read(*given, **named)
        store.change_zone("P-1", "Asia/Tokyo", actor="ben", now_us=2)
        return found

    monkeypatch.setattr(intake, "read_said", reading)
    outcomes = import_files(store, [inbox / "a.csv", inbox / "c.csv"], "P-1", actor="anna", now=lambda: 3)
    assert [o.status for o in outcomes] == ["refused", "refused"]
    assert "the zone of P-1 was changed to Asia/Tokyo meanwhile; import it again." in outcomes[0].sentence
    assert store.recordings() == []
    (done,) = import_files(store, [inbox / "a.csv"], "P-1", actor="anna", now=lambda: 4)
    assert done.status == "imported"
    assert [r.zone for r in store.recordings()] == ["Asia/Tokyo"]


def test_a_start_belongs_to_a_file_that_is_given_and_is_a_time(tmp_path: Path) -> None:
    file = walk(tmp_path / "w.csv")
    (fact,) = json.loads(motionward("inspect", file, "--start", "2026-03-02T08:00+01:00", "--json").out)
    assert fact["start_utc"] == "2026-03-02T07:00:00.000000Z"
    assert motionward("inspect", file, "--start", "soon").code == 2
    assert motionward("inspect", file, "--start", "other.csv=2026-03-02 08:00").code == 2
    assert motionward("inspect", file, file, "--start", "2026-03-02 08:00").code == 2


def test_the_site_is_shown_and_its_zone_set(tmp_path: Path) -> None:
    assert "not given yet" in motionward("site", "--home", tmp_path).out
    said = json.loads(motionward("site", "--zone", "Europe/Berlin", "--home", tmp_path, "--json").out)
    assert said == {"home": str(tmp_path), "zone": "Europe/Berlin", "profiles": []}
    assert motionward("site", "--zone", "Mars/North", "--home", tmp_path).code == 1


def test_a_patients_zone_is_changed_by_a_command_but_not_under_recordings_that_rest_on_it(
    tmp_path: Path, inbox: Path
) -> None:
    home = tmp_path / "home"
    undated = walk(inbox / "undated.csv", seed=5)
    for code, file in (("P-1", inbox / "a.csv"), ("P-2", undated)):
        said = motionward("import", file, "--patient", code, "--home", home, "--zone", "UTC")
        assert said.code == 0, said
    listed = motionward("patients", "--home", home)
    assert listed.out.splitlines() == ["P-1  UTC", "P-2  UTC"]
    changed = motionward("patients", "--patient", "P-2", "--zone", "Europe/Berlin", "--home", home, "--json")
    assert json.loads(changed.out) == [{"patient": "P-2", "zone": "Europe/Berlin", "simulated": False}]
    kept = motionward("patients", "--patient", "P-1", "--zone", "Europe/Berlin", "--home", home)
    assert (kept.code, len(kept.lines)) == (1, 1)
    assert kept.err.startswith("P-1 keeps UTC: the wall clock of a.csv was taken as of that zone")
    assert motionward("patients", "--patient", "P-2", "--zone", "Mars/Base", "--home", home).code == 2
    assert motionward("patients", "--zone", "UTC", "--home", home).code == 2
    assert motionward("patients", "--patient", "P-9", "--home", home).code == 1
    further = motionward("import", inbox / "c.csv", "--patient", "P-2", "--home", home)
    assert further.code == 0, further
    store = Store.open(Home(home))
    assert [r.zone for r in store.recordings("P-2") if r.file == "c.csv"] == ["Europe/Berlin"]
    assert store.verify() == []


def test_a_device_set_up_elsewhere_than_the_new_patient_is_taken_to_live_is_told_at_the_import(
    tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("TZ", "Europe/Berlin")
    file = shared_data / "device_files/actigraph/neo.gt3x"
    said = motionward("import", file, "--patient", "P-1", "--home", home)
    assert "set up at UTC-06:00, and clocks of Europe/Berlin were at UTC+01:00 then" in said.out
    store = Store.open(Home(home))
    (row,) = store.recordings()
    assert sum("set up at UTC-06:00, and clocks" in a for a in store.recording(row.id).assumptions) == 1
    by_csv = motionward("import", file.with_suffix(".csv"), "--patient", "P-1", "--home", home)
    assert "neo.gt3x says that its device was not set up to clocks of Europe/Berlin" in by_csv.out
    elsewhere = "--patient", "P-1", "--home", tmp_path / "b", "--zone", "America/Chicago"
    assert "set up" not in motionward("import", file, *elsewhere).out
    assert "set up" not in motionward("import", file.with_suffix(".csv"), *elsewhere).out
