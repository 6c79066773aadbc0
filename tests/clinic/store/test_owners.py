"""A recording imported for the wrong patient counts for whose it is, and a withdrawn one for nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clinic.home import Home
from clinic.store import Store, StoreError
from clinic.store.rows import Label, LabelSource
from data.intervals import Interval
from tests.clinic.kept import NOW, PATIENT, US, analysis_of, filled, recording_number

OTHER = "P-02"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = filled(Home(tmp_path))
    made.add_patient(OTHER, "Europe/Paris", actor="anna", now_us=NOW)
    return made


def counts(store: Store, patient: str) -> tuple[int, int, int, int]:
    return (
        len(store.recordings(patient)),
        len(store.spans(patient=patient)),
        len(store.episodes(patient=patient)),
        len(store.findings(patient=patient)),
    )


def test_what_is_given_away_counts_for_the_new_owner_once_it_is_analysed_for_them(store: Store) -> None:
    first, second = store.recordings(PATIENT)
    before = counts(store, PATIENT)
    whole = len(store.episodes(recording=first.id))
    assert store.reassign(first.id, OTHER, actor="ben", now_us=NOW + 5)
    assert [r.id for r in store.recordings(PATIENT)] == [second.id]
    assert counts(store, PATIENT) == tuple(n // 2 for n in before)
    assert store.recordings(OTHER) == [replace(first, patient=OTHER)]
    assert (store.runs(first.id), store.episodes(recording=first.id)) == ([], [])  # judged as another's
    # The same analysis again: what stands on disk is taken, and verdicts go with it.
    run = store.record(first.id, analysis_of(recording_number(0)), actor="ben", now_us=NOW + 6)
    assert [r.id for r in store.runs(first.id)] == [run]
    found = store.episodes(patient=OTHER)
    assert len(found) == whole
    assert {e.patient for e in found} == {OTHER}
    assert [e.verdict for e in found if e.verdict] == ["right"]
    store.review(found[1].id, "wrong", actor="ben", now_us=NOW + 9)
    assert store.last_look(OTHER) == NOW + 9
    assert store.verify() == []
    assert store.tidy() == []


def test_a_withdrawn_recording_counts_nowhere_and_can_be_given_to_a_patient_again(store: Store) -> None:
    first = store.recordings(PATIENT)[0]
    assert store.reassign(first.id, "", actor="ben", now_us=NOW + 5)
    assert first.id not in {r.id for r in store.recordings()}
    assert first.id not in {e.recording for e in store.episodes()} | {s.recording for s in store.spans()}
    assert store.withdrawn() == [replace(first, patient="")]
    assert store.has(first.id)
    assert store.tidy() == []
    late = Label(
        first.streams[0].name,
        Interval(first.streams[0].interval.start, first.streams[0].interval.start + US),
        "turning",
        "anna",
    )
    with pytest.raises(StoreError, match=f"no recording {first.id[:12]} here, it may have been withdrawn meanwhile"):
        store.label(first.id, [late], check=None, actor="anna", now_us=NOW + 5)
    with pytest.raises(StoreError, match="may have been withdrawn meanwhile"):
        store.recording(first.id)
    newest = store.audit(limit=1)[0]
    assert (newest.act, newest.object, newest.actor) == ("withdraw recording", first.id, "ben")
    assert newest.details["from"] == PATIENT
    assert store.reassign(first.id, PATIENT, actor="ben", now_us=NOW + 6)
    assert (store.recordings(PATIENT)[0], store.withdrawn()) == (first, [])
    assert not store.reassign(first.id, PATIENT, actor="ben", now_us=NOW + 7)
    assert store.verify() == []


def test_labels_go_with_the_recording(store: Store) -> None:
    first = store.recordings(PATIENT)[0]
    span = Interval(first.streams[0].interval.start + US, first.streams[0].interval.start + 2 * US)
    label = Label("lower-back", span, "freezing of gait", "ben", LabelSource.DRAWN, None, "test", "")
    store.label(first.id, [label], check=None, actor="ben", now_us=NOW)
    store.reassign(first.id, OTHER, actor="ben", now_us=NOW)
    assert (len(store.labels(patient=PATIENT)), len(store.labels(patient=OTHER))) == (0, 1)
    store.reassign(first.id, "", actor="ben", now_us=NOW)
    assert store.labels() == []  # nobody is taught by them
    store.reassign(first.id, PATIENT, actor="ben", now_us=NOW)
    assert len(store.labels(patient=PATIENT)) == 1


def test_what_was_decided_on_a_patients_detectors_stays_theirs(store: Store) -> None:
    first, second = store.recordings(PATIENT)
    store.change_detector("freezing", before="", after="v2", recordings=[first.id, second.id], actor="ben", now_us=NOW)
    store.reassign(first.id, OTHER, actor="ben", now_us=NOW)
    assert set(store.chosen_detectors(PATIENT)) == {"freezing"}
    assert store.chosen_detectors(OTHER) == {}
    store.keep_on_detector("freezing", "v3", recording=first.id, actor="ben", now_us=NOW)
    assert store.chosen_detectors(OTHER)["freezing"].version == "v3"
    assert store.chosen_detectors(PATIENT)["freezing"].version == "v2"


def test_who_cannot_have_a_recording_is_said_in_a_sentence_and_nothing_changes(store: Store) -> None:
    store.add_patient("SIM", "UTC", is_simulated=True, actor="anna", now_us=NOW)
    store.add_patient("P-03", "Asia/Tokyo", actor="anna", now_us=NOW)
    made = replace(
        recording_number(7), assumptions=("The times are a wall clock without a zone: taken as Europe/Berlin.",)
    )
    wall, _ = store.import_(made, PATIENT, actor="anna", now_us=NOW)
    head = store.head()
    for recording, patient, problem in (
        ("0" * 64, "P-9", r"^There is no patient 'P-9'"),
        ("f" * 64, OTHER, r"^There is no recording ffffffffffff"),
        ("0" * 64, "SIM", r"cannot be SIM's: SIM is simulated; name another patient\.$"),
        (
            wall,
            "P-03",
            r"^trial-7\.csv cannot be P-03's: its wall clock was taken as of Europe/Berlin, and",
        ),
    ):
        with pytest.raises(StoreError, match=problem):
            store.reassign(recording, patient, actor="ben", now_us=NOW)
    assert store.head() == head
    assert store.reassign(wall, OTHER, actor="ben", now_us=NOW)  # Paris shows what Berlin does


def test_an_analysis_made_for_whoever_had_it_until_then_is_not_recorded_for_the_next_one(store: Store) -> None:
    first = store.recordings(PATIENT)[0].id
    store.reassign(first, OTHER, actor="ben", now_us=NOW)
    head = store.head()
    for made_by in ("fake", "another detector"):  # one that was stored before, and one that was not
        late = analysis_of(recording_number(0), made_by=made_by)
        with pytest.raises(StoreError, match=r"^trial-0\.csv was given to P-02 while it was analysed for P-01, so"):
            store.record(first, late, patient=PATIENT, actor="anna", now_us=NOW)
    assert (store.head(), store.runs(first), store.tidy()) == (head, [], [])
    store.record(first, late, patient=OTHER, actor="ben", now_us=NOW)
    assert [r.id for r in store.runs(first)]


def test_what_comes_back_is_told_by_what_judged_it_before(store: Store) -> None:
    first = store.recordings(PATIENT)[0].id
    was, other = store.runs(first)[0], store.last_runs(PATIENT)[1]
    store.reassign(first, OTHER, actor="ben", now_us=NOW)
    assert (store.last_runs(PATIENT), store.last_runs(OTHER)) == ([other], [])
    store.record(first, analysis_of(recording_number(0), made_by="theirs"), actor="ben", now_us=NOW)
    assert [r.id for r in store.last_runs(OTHER)] == [r.id for r in store.runs(first)]
    store.reassign(first, "", actor="ben", now_us=NOW)
    assert (store.former_owner(first), store.last_runs("")) == (OTHER, [])
    store.reassign(first, PATIENT, actor="ben", now_us=NOW)
    assert store.runs(first) == []
    assert {r.id for r in store.last_runs(PATIENT)} == {was.id, other.id}
