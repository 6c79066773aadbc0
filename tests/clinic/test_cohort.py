"""A detector for every patient, and one patient's that starts from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clinic import teaching
from clinic.adaptation import teach
from clinic.analysis import Settings
from clinic.in_use import for_everybody, of_patient, of_recording, start_of
from clinic.intake import analyse_stored, import_files
from clinic.store import Store
from clinic.store.rows import Label
from clinic.teaching import ONE_PATIENT, Trial, accept, trial
from data.errors import MotionwardError
from data.intervals import Interval
from data.phenomena import FREEZING
from models.adapters.adapt import Choice
from models.adapters.support import Example
from models.detectors import shipped
from tests.clinic.test_teaching import FREEZES, SETTINGS, S, at_the_back, mark, walked
from tests.signals import freezing_walk

NAME = "freezing-of-gait-lower-back"


def walks(store: Store, code: str, seed: int) -> str:
    """One more analysed walk, of this patient."""
    store.add_patient(code, "Europe/Berlin", actor="t", now_us=1)
    identity, _ = store.import_(freezing_walk(FREEZES, 90.0, seed=seed), code, actor="t", now_us=2)
    analyse_stored(store, identity, of_patient(store, code), Settings(), actor="t", now=lambda: 3)
    return identity


@pytest.fixture
def cohort(tmp_path: Path) -> tuple[Store, str, str, Trial]:
    """Two patients, each with four marked freezes, and what came of teaching with all eight."""
    store, first = walked(tmp_path)
    second = walks(store, "P-2", 5)
    for identity in (first, second):
        mark(store, identity)
    tried = trial(store, first, at_the_back(), "R-01", SETTINGS, everybody=True)
    assert tried.helps
    return store, first, second, tried


def test_a_detector_for_every_patient_learns_from_all_and_judges_what_comes(
    cohort: tuple[Store, str, str, Trial],
) -> None:
    store, first, second, tried = cohort
    assert tried.detector.adapted is not None
    assert sum(t.is_positive for t in tried.detector.adapted.taught) == 8
    assert ONE_PATIENT not in tried.warning
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    (row,) = store.detectors()
    assert store.cohort_detectors() == [(NAME, row.id)]
    assert of_recording(store, first) != shipped()
    assert of_recording(store, second) == shipped()  # what is here stays
    for code in ("P-1", "P-2", "P-3"):
        assert {d.name: d.version for d in of_patient(store, code)}[NAME] == row.id
    store.set_cohort_detector(NAME, "", actor="R-02", now_us=10)
    assert for_everybody(store) == shipped()
    assert of_patient(store, "P-2") == shipped()
    assert store.audit()[0].act == "set detector for every patient"
    assert store.verify() == []


def test_a_patients_own_starts_from_the_cohorts_and_learns_nothing_twice(cohort: tuple[Store, str, str, Trial]) -> None:
    store, _, second, tried = cohort
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    (row,) = store.detectors()
    start = start_of(store, NAME)
    assert start.version == row.id
    with pytest.raises(MotionwardError, match="You have marked no freezing of gait that it has not learned from"):
        trial(store, second, start, "R-01", SETTINGS)
    begin = store.recording(second).interval.start
    more = [Label("lower-back", Interval(begin + a * S, begin + (a + 3) * S), FREEZING, "R-01") for a in (2, 8)]
    store.label(second, more, check=None, actor="R-01", now_us=10)
    own = trial(store, second, start, "R-01", SETTINGS)
    assert own.helps
    assert own.detector.parent == row.id
    assert own.detector.adapted is not None
    assert sum(t.is_positive for t in own.detector.adapted.taught) == 10
    assert not own.is_for_everybody


def test_what_the_cohorts_learned_from_is_neither_taught_again_nor_taken_for_unmarked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, first = walked(tmp_path)
    second = walks(store, "P-2", 5)
    for identity in (first, second):
        mark(store, identity)
    begin = store.recording(second).interval.start
    wrong = Interval(begin + 45 * S, begin + 48 * S)
    flag = replace(store.episodes()[0], recording=second, interval=wrong, verdict="wrong", reviewer="R-01")
    monkeypatch.setattr(Store, "episodes", lambda *_, **__: [flag])
    accept(
        store, trial(store, first, at_the_back(), "R-01", SETTINGS, everybody=True), SETTINGS, reason="a test",
        actor="R-01", now=lambda: 9,
    )  # fmt: skip
    further = [Interval(begin + a * S, begin + (a + 1) * S) for a in range(0, 12, 2)]
    more = [Label("lower-back", i, FREEZING, "R-01") for i in further]
    store.label(second, more, check=None, actor="R-01", now_us=10)
    seen: list[Example] = []

    def watched(*given: Any) -> tuple[Choice, list[Example]]:
        choice, examples = teach(*given)
        seen.extend(examples)
        return choice, examples

    monkeypatch.setattr(teaching, "teach", watched)
    trial(store, second, start_of(store, NAME), "R-01", SETTINGS)
    assert sum(e.is_positive for e in seen) == len(more)
    freezes = [Interval(begin + round(a * S), begin + round((a + n) * S)) for a, n in FREEZES]
    free = [e.interval for e in seen if not e.is_positive]
    assert free
    assert not [i for i in free if any(i.overlaps(known) for known in (*freezes, wrong))]


def test_ones_own_comes_before_the_cohorts(cohort: tuple[Store, str, str, Trial]) -> None:
    store, _, second, tried = cohort
    own = trial(store, second, at_the_back(), "R-01", SETTINGS)
    accept(store, own, SETTINGS, reason="a test", actor="R-01", now=lambda: 8)
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    mine, ours = store.detectors()
    assert {d.name: d.version for d in of_patient(store, "P-2")}[NAME] == mine.id
    assert {d.name: d.version for d in of_patient(store, "P-1")}[NAME] == ours.id


def test_an_import_says_that_every_patients_detector_judged_it(
    cohort: tuple[Store, str, str, Trial], tmp_path: Path
) -> None:
    store, _, _, tried = cohort
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    samples = freezing_walk(FREEZES, 90.0, seed=9).streams[0].segments[0].samples
    path = tmp_path / "walk-lower-back.csv"
    lines = ["time_s,acc_x_g,acc_y_g,acc_z_g"] + [
        f"{n / 100:.2f},{row[0]:.5f},{row[1]:.5f},{row[2]:.5f}" for n, row in enumerate(samples[:])
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (told,) = import_files(store, [path], "P-4", actor="t", now=lambda: 20, zone="Europe/Berlin")
    assert told.status == "imported", told.sentence
    assert "taught for every patient" in told.sentence


def test_marks_of_one_patient_for_everybody_carry_a_warning(tmp_path: Path) -> None:
    store, first = walked(tmp_path)
    walks(store, "P-2", 5)
    mark(store, first)
    tried = trial(store, first, at_the_back(), "R-01", SETTINGS, everybody=True)
    assert tried.helps
    assert tried.warning.startswith(ONE_PATIENT)
