"""A patient's zone is changed in one audited step, and never where stored times would become wrong by it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clinic.home import Home
from clinic.store import Store, StoreError
from tests.clinic.kept import NOW, PATIENT, recording_number

WALL = "The times are a wall clock without a zone: taken as {}."


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.open(Home(tmp_path))
    made.add_patient(PATIENT, "UTC", is_simulated=True, actor="anna", now_us=NOW)
    return made


def test_the_newest_zone_counts_and_each_change_has_its_link_in_the_chain(store: Store) -> None:
    other = store.add_patient("P-02", "Asia/Tokyo", actor="anna", now_us=NOW)
    before = store.patient(PATIENT)
    for zone in ("Europe/Berlin", "UTC", "Europe/Berlin"):
        assert store.change_zone(PATIENT, zone, actor="ben", now_us=NOW + 1) == replace(before, zone=zone)
    assert store.patients() == [replace(before, zone="Europe/Berlin"), other]
    newest = store.audit(limit=1)[0]
    assert (newest.act, newest.object, newest.actor) == ("change zone", PATIENT, "ben")
    assert newest.details["zone"] == "Europe/Berlin"
    assert newest.details["rows"]["patient"][0] == 1
    assert store.verify() == []
    assert Store.open(store.home).patient(PATIENT).zone == "Europe/Berlin"


def test_the_zone_that_a_patient_has_changes_nothing(store: Store) -> None:
    head = store.head()
    store.change_zone(PATIENT, "UTC", actor="ben", now_us=NOW)
    assert store.head() == head


def test_an_unknown_zone_or_patient_is_refused_in_a_sentence(store: Store) -> None:
    head = store.head()
    with pytest.raises(StoreError, match=r"^There is no time zone named 'Mars/Base': give an IANA name such as"):
        store.change_zone(PATIENT, "Mars/Base", actor="ben", now_us=NOW)
    with pytest.raises(StoreError, match=r"^There is no patient 'P-99'"):
        store.change_zone("P-99", "UTC", actor="ben", now_us=NOW)
    assert store.head() == head


def test_recordings_that_rest_on_the_zone_keep_it(store: Store) -> None:
    resting = WALL.format("UTC")
    for number in (1, 2):
        made = replace(recording_number(number), assumptions=("in g", f"day-{number}.csv: {resting}"))
        store.import_(made, PATIENT, actor="anna", now_us=NOW)
    head = store.head()
    with pytest.raises(StoreError, match=r"^P-01 keeps UTC: the wall clock of trial-1\.csv and 1 more was taken as of"):
        store.change_zone(PATIENT, "Europe/Berlin", actor="ben", now_us=NOW)
    assert store.head() == head
    assert store.patient(PATIENT).zone == "UTC"


def test_a_zone_whose_clock_showed_the_same_time_may_take_the_place_of_the_one_so_far(store: Store) -> None:
    """Else a slip among the names of one country's zones would need a new data folder."""
    store.change_zone(PATIENT, "Europe/Berlin", actor="ben", now_us=NOW)
    resting = WALL.format("Europe/Berlin")
    store.import_(replace(recording_number(1), assumptions=(resting,)), PATIENT, actor="anna", now_us=NOW)
    store.add_dose(PATIENT, NOW, "levodopa", "entered", actor="anna", now_us=NOW)
    assert store.change_zone(PATIENT, "Europe/Paris", actor="ben", now_us=NOW).zone == "Europe/Paris"
    # The recording still rests on that clock, whatever the zone is called that it was read in.
    with pytest.raises(StoreError) as refused:
        store.change_zone(PATIENT, "Asia/Tokyo", actor="ben", now_us=NOW)
    assert str(refused.value) == (
        "P-01 keeps Europe/Paris: the wall clock of trial-1.csv and the time of 1 dose was taken as of that zone and "
        "would be shown at another time of day; import further files of Asia/Tokyo for a patient code of their own, "
        "and if Europe/Paris was wrong from the beginning, all of them into a new data folder."
    )


@pytest.mark.parametrize(
    "said",
    [
        "The times are absolute, but the file names no time zone: shown in UTC.",
        WALL.format("Europe/Berlin"),
        WALL.format("Asia/Tokyo"),
    ],
)
def test_recordings_that_rest_on_no_zone_or_on_another_do_not(store: Store, said: str) -> None:
    store.import_(replace(recording_number(1), assumptions=(said,)), PATIENT, actor="anna", now_us=NOW)
    (before,) = store.recordings(PATIENT)
    assert store.change_zone(PATIENT, "Europe/Berlin", actor="ben", now_us=NOW).zone == "Europe/Berlin"
    assert store.recordings(PATIENT) == [before]


def test_a_recording_that_was_read_before_the_zone_was_changed_is_not_let_in(store: Store) -> None:
    made = replace(recording_number(1), assumptions=(WALL.format("UTC"),))
    store.change_zone(PATIENT, "Europe/Berlin", actor="ben", now_us=NOW)
    head = store.head()
    with pytest.raises(StoreError) as refused:
        store.import_(made, PATIENT, actor="anna", now_us=NOW, zone="UTC")
    assert str(refused.value) == (
        "trial-1.csv was not stored: its wall clock was taken as of UTC, and the zone of P-01 was changed to "
        "Europe/Berlin meanwhile; import it again."
    )
    assert (store.head(), store.recordings(), store.verify()) == (head, [], [])
    assert not list(store.home.root.glob("signals/*"))
    of_no_zone = replace(made, assumptions=())
    assert store.import_(of_no_zone, PATIENT, actor="anna", now_us=NOW, zone="UTC")[1]
    other = replace(recording_number(2), assumptions=(WALL.format("Europe/Berlin"),))
    assert store.import_(other, PATIENT, actor="anna", now_us=NOW, zone="Europe/Berlin")[1]


def test_a_dose_that_was_entered_by_the_patients_clock_keeps_the_zone_and_a_simulated_one_does_not(
    store: Store,
) -> None:
    store.add_doses(PATIENT, [(NOW, "levodopa")], "simulated", actor="anna", now_us=NOW)
    store.change_zone(PATIENT, "Asia/Tokyo", actor="ben", now_us=NOW)
    store.add_dose(PATIENT, NOW, "levodopa", "entered", actor="anna", now_us=NOW)
    with pytest.raises(StoreError, match=r"^P-01 keeps Asia/Tokyo: the time of 1 dose was taken"):
        store.change_zone(PATIENT, "Europe/Berlin", actor="ben", now_us=NOW)
    assert store.patient(PATIENT).zone == "Asia/Tokyo"
