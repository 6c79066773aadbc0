"""A detector for every patient, and one patient's that starts from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from clinic import teaching
from clinic.adaptation import teach
from clinic.analysis import Settings
from clinic.choosing import keep_on, use_version
from clinic.grounds import grounds_of
from clinic.home import Home
from clinic.in_use import for_everybody, of_patient, of_recording, start_of, versions_of
from clinic.intake import Outcome, import_files
from clinic.marks import Mark
from clinic.sources import Source, sources
from clinic.store import Store
from clinic.store.rows import Label
from clinic.stored import analyse_stored, embedder
from clinic.teaching import Trial, accept, trial
from clinic.timeline.clock import WallClock
from data.errors import MotionwardError
from data.intervals import Interval
from data.phenomena import FREEZING
from data.recording import Clock, Placement, Recording
from models.adapters.card import card_text
from models.detectors import Detector, shipped
from tests.clinic.lessons import watch
from tests.clinic.test_teaching import FREEZES, SETTINGS, S, at_the_back, mark, walked
from tests.signals import freezing_walk

NAME = "freezing-of-gait-lower-back"


def walks(store: Store, code: str, seed: int) -> str:
    """One more analysed walk, of this patient."""
    store.add_patient(code, "Europe/Berlin", actor="t", now_us=1)
    identity, _ = store.import_(freezing_walk(FREEZES, 90.0, seed=seed), code, actor="t", now_us=2)
    analyse_stored(store, identity, of_patient(store, code), Settings(), actor="t", now=lambda: 3)
    return identity


def trial_for_everybody(store: Store, recording: str) -> Trial:
    """What comes of it where marks of some people are known to serve others: what follows is asked here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.adapters.choose.OF_OTHERS", (1.0, 0.05))
        tried = trial(store, recording, at_the_back(), "R-01", SETTINGS, everybody=True)
    assert tried.helps
    return tried


def two_marked(home: Path) -> tuple[Store, str, str]:
    """Two patients' walks, each with four marked freezes."""
    store, first = walked(home)
    second = walks(store, "P-2", 5)
    for identity in (first, second):
        mark(store, identity)
    return store, first, second


@pytest.fixture
def cohort(tmp_path: Path) -> tuple[Store, str, str, Trial]:
    """Two patients, each with four marked freezes, and what came of teaching with all eight."""
    store, first, second = two_marked(tmp_path)
    return store, first, second, trial_for_everybody(store, first)


def test_a_detector_for_every_patient_learns_from_all_and_judges_what_comes(
    cohort: tuple[Store, str, str, Trial],
) -> None:
    store, first, second, tried = cohort
    assert tried.detector.adapted is not None
    assert sum(t.is_positive for t in tried.detector.adapted.taught) == 8
    assert "where each of 2 patients was left out once, its error there " in tried.why
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
    start = started(store, "P-2")
    assert start.version == row.id
    with pytest.raises(MotionwardError, match=rf"starts from \({row.id[:7]}\) learned from all your marks of freezing"):
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
    store, first, second = two_marked(tmp_path)
    begin = store.recording(second).interval.start
    wrong = Interval(begin + 45 * S, begin + 48 * S)
    flag = replace(store.episodes()[0], recording=second, interval=wrong, verdict="wrong", reviewer="R-01")
    monkeypatch.setattr(Store, "episodes", lambda *_, **__: [flag])
    accept_for_everybody(store, first)
    further = [Interval(begin + a * S, begin + (a + 1) * S) for a in range(0, 12, 2)]
    more = [Label("lower-back", i, FREEZING, "R-01") for i in further]
    store.label(second, more, check=None, actor="R-01", now_us=10)
    lessons = watch(monkeypatch, teaching)
    trial(store, second, started(store, "P-2"), "R-01", SETTINGS)
    (seen,) = lessons
    assert sum(e.is_positive for e in seen) == len(more)
    freezes = [Interval(begin + round(a * S), begin + round((a + n) * S)) for a, n in FREEZES]
    free = [e.interval for e in seen if not e.is_positive]
    assert free
    assert not [i for i in free if any(i.overlaps(known) for known in (*freezes, wrong))]


def test_the_cohorts_stays_as_it_is_for_a_patient_whose_marks_teach_nothing(
    cohort: tuple[Store, str, str, Trial],
) -> None:
    store, _, _, tried = cohort
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    third = walks(store, "P-3", 7)
    begin = store.recording(third).interval.start
    none = Label("lower-back", Interval(begin + 2 * S, begin + 8 * S), f"not {FREEZING}", "R-01")  # and no episode
    store.label(third, [none], check=None, actor="R-01", now_us=10)
    start = started(store, "P-3")
    own = trial(store, third, start, "R-01", SETTINGS)
    assert not own.helps
    assert own.detector is start
    sure = [e.interval for e in store.episodes(recording=third, phenomenon=FREEZING) if e.certainty != "unsure"]
    assert own.flags["lower-back"] == tuple(sure)


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
    assert "taught for every patient" in imported(store, "P-4", tmp_path, 9).sentence


def started(store: Store, code: str) -> Detector:
    """What a patient's own detector starts from."""
    start = start_of(store, code, NAME)
    assert start is not None
    return start


def imported(store: Store, code: str, folder: Path, seed: int) -> Outcome:
    """A further walk, out of a file."""
    samples = freezing_walk(FREEZES, 90.0, seed=seed).streams[0].segments[0].samples
    path = folder / f"walk-{seed}-lower-back.csv"
    lines = ["time_s,acc_x_g,acc_y_g,acc_z_g"] + [
        f"{n / 100:.2f},{row[0]:.5f},{row[1]:.5f},{row[2]:.5f}" for n, row in enumerate(samples[:])
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (told,) = import_files(store, [path], code, actor="t", now=lambda: 20, zone="Europe/Berlin")
    assert told.status == "imported", told.sentence
    return told


def judge_of(store: Store, recording: str) -> str:
    """The version that judges a recording."""
    return next(d.version for d in of_recording(store, recording) if d.name == NAME)


def next_of(store: Store, code: str) -> str:
    """The version that a further recording of a patient is judged by."""
    return next(d.version for d in of_patient(store, code) if d.name == NAME)


def otherwise(tried: Trial, why: str) -> Trial:
    """The same trial with another sentence in it, which makes another version."""
    assert tried.detector.adapted is not None
    return replace(tried, detector=replace(tried.detector, adapted=replace(tried.detector.adapted, why=why)))


@pytest.mark.parametrize("to_shipped", [True, False])
def test_who_was_put_back_to_another_detector_keeps_it_until_somebody_decides_otherwise(
    cohort: tuple[Store, str, str, Trial], tmp_path: Path, *, to_shipped: bool
) -> None:
    store, first, _, tried = cohort
    for n, why in enumerate(("older", "newer")):
        accept(store, otherwise(tried, why), SETTINGS, reason="a test", actor="R-01", now=lambda n=n: 9 + n)
    older, newer = (row.id for row in store.detectors())
    wanted = at_the_back().version if to_shipped else older
    assert next_of(store, "P-1") == newer
    use_version(store, first, NAME, wanted, actor="R-02", now=lambda: 11)
    told = imported(store, "P-1", tmp_path, 9)
    assert judge_of(store, told.recording) == wanted
    assert ("taught for every patient" in told.sentence) is not to_shipped
    assert next_of(store, "P-2") == next_of(store, "P-3") == newer  # of others nobody decided anything
    chosen = store.chosen_detectors("P-1")[NAME]
    assert (chosen.version, chosen.decided_by, chosen.made_us) == (wanted, "R-02", 11)
    store.set_cohort_detector(NAME, older if to_shipped else "", actor="R-01", now_us=12)
    assert next_of(store, "P-1") == wanted
    assert store.verify() == []

    own = replace(otherwise(tried, "their own"), is_for_everybody=False)
    accept(store, own, SETTINGS, reason="a test", actor="R-01", now=lambda: 13)
    mine = store.detectors()[-1].id
    assert store.chosen_detectors("P-1") == {}
    assert next_of(store, "P-1") == mine
    use_version(store, first, NAME, wanted, actor="R-02", now=lambda: 14)
    assert next_of(store, "P-1") == wanted
    accept(store, own, SETTINGS, reason="a test", actor="R-01", now=lambda: 15)  # no new row: it is here already
    assert next_of(store, "P-1") == mine
    assert store.verify() == []


def test_who_is_kept_on_the_shipped_detector_stays_there_and_follows_every_patient_again_when_told(
    cohort: tuple[Store, str, str, Trial], tmp_path: Path
) -> None:
    store, _, second, tried = cohort
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    (ours,) = store.detectors()
    assert [row.id for row in versions_of(store, "P-2", NAME)] == [ours.id]  # it can be chosen here too
    before = store.runs(second)
    keep_on(store, second, NAME, actor="R-02", now_us=10)
    assert store.runs(second) == before  # nothing was judged anew
    assert next_of(store, "P-2") == at_the_back().version
    assert next_of(store, "P-1") == ours.id
    assert judge_of(store, imported(store, "P-2", tmp_path, 9).recording) == at_the_back().version
    assert started(store, "P-2") == at_the_back()  # what is taught for them starts from what they were kept on
    assert started(store, "P-1").version == ours.id
    store.follow_every_patient(NAME, recording=second, actor="R-03", now_us=21)
    assert next_of(store, "P-2") == started(store, "P-2").version == ours.id
    assert judge_of(store, second) == at_the_back().version  # what is here stays
    chosen = store.chosen_detectors("P-2")[NAME]
    assert (chosen.version, chosen.decided_by, chosen.made_us) == (None, "R-03", 21)
    store.set_cohort_detector(NAME, "", actor="R-01", now_us=22)
    assert next_of(store, "P-2") == at_the_back().version
    told = [(e.act, e.actor) for e in store.audit()]
    assert ("keep detector", "R-02") in told
    assert ("follow every patient", "R-03") in told
    assert store.verify() == []


def test_who_follows_every_patient_does_so_though_they_have_a_detector_of_their_own(
    cohort: tuple[Store, str, str, Trial], tmp_path: Path
) -> None:
    store, _, second, tried = cohort
    own = trial(store, second, at_the_back(), "R-01", SETTINGS)
    accept(store, own, SETTINGS, reason="a test", actor="R-01", now=lambda: 8)
    mine = store.detectors()[-1].id
    further = imported(store, "P-2", tmp_path, 9).recording
    assert next_of(store, "P-2") == judge_of(store, further) == mine
    store.follow_every_patient(NAME, recording=second, actor="R-02", now_us=21)
    assert next_of(store, "P-2") == at_the_back().version
    everybodys = replace(tried, recording=second)  # accepted on a recording of theirs, it is not their own
    accept(store, everybodys, SETTINGS, reason="a test", actor="R-01", now=lambda: 22)
    ours = store.detectors()[-1].id
    assert judge_of(store, further) == mine
    assert next_of(store, "P-2") == ours
    accept(store, own, SETTINGS, reason="a test", actor="R-01", now=lambda: 23)
    assert next_of(store, "P-2") == mine
    assert store.verify() == []


def test_who_was_put_back_to_an_older_detector_is_taught_from_that(cohort: tuple[Store, str, str, Trial]) -> None:
    store, first, _, tried = cohort
    for n, why in enumerate(("older", "newer")):
        accept(store, otherwise(tried, why), SETTINGS, reason="a test", actor="R-01", now=lambda n=n: 9 + n)
    older, newer = (row.id for row in store.detectors())
    use_version(store, first, NAME, older, actor="R-02", now=lambda: 11)
    assert started(store, "P-1").version == older
    assert started(store, "P-2").version == newer


def undated(seed: int) -> Recording:
    """A walk as phyphox exports it: one name for everybody, and a clock that begins at 0."""
    made = freezing_walk(FREEZES, 90.0, seed=seed, start_us=0)
    return replace(made, clock=Clock.RELATIVE, zone=None, source=replace(made.source, name="Accelerometer.csv"))


@pytest.fixture
def of_one_name(tmp_path: Path) -> tuple[Store, list[str]]:
    """Two patients, each with an undated walk of the same name."""
    store, identities = Store.open(Home(tmp_path / "home")), []
    for n, code in enumerate(("P-1", "P-2")):
        store.add_patient(code, "Europe/Berlin", actor="t", now_us=1)
        identities.append(store.import_(undated(n), code, actor="t", now_us=2)[0])
        analyse_stored(store, identities[-1], shipped(), SETTINGS, actor="t", now=lambda: 3)
    return store, identities


def accept_for_everybody(store: Store, recording: str) -> None:
    """A detector for every patient."""
    taught = trial_for_everybody(store, recording)
    accept(store, taught, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)


def test_a_recording_of_the_same_name_and_times_is_not_taken_for_the_one_that_was_learned_from(
    of_one_name: tuple[Store, list[str]],
) -> None:
    store, (first, second) = of_one_name
    mark(store, first)
    accept_for_everybody(store, first)
    mark(store, second)
    own = trial(store, second, started(store, "P-2"), "R-01", SETTINGS)
    assert "4 marked episodes" in own.why  # their own, none of which was passed over
    assert own.detector.adapted is not None
    assert {t.recording for t in own.detector.adapted.taught} == {first, second}
    with pytest.raises(
        MotionwardError, match=r"starts from \(\w{7}\) learned from all your marks of .* already: mark more"
    ):
        trial(store, first, started(store, "P-1"), "R-01", SETTINGS)


def test_wholly_marked_stretches_of_two_people_are_two_whatever_their_files_are_called(
    of_one_name: tuple[Store, list[str]],
) -> None:
    store, identities = of_one_name
    found: list[Source] = []
    for identity in identities:
        recording = store.recording(identity)
        marks: list[Mark] = [("lower-back", Interval(round(a * S), round((a + n) * S)), True) for a, n in FREEZES]
        marks.append(("lower-back", Interval(10 * S, 85 * S), None))
        found += sources(recording, marks, at_the_back(), store.remembering(identity, embedder(SETTINGS)))
    choice, examples = teach(found, at_the_back(), FREEZING, "R-01")
    assert "Everything was marked in 2 stretches of time" in choice.why
    text = card_text(choice.detector, "", examples)
    assert "They lie in: " + ", ".join(f"Accelerometer.csv ({i[:7]})" for i in sorted(identities)) in text


def test_an_older_folders_file_name_stands_for_the_one_recording_of_that_name_or_for_none(
    of_one_name: tuple[Store, list[str]],
) -> None:
    store, (first, second) = of_one_name
    alone = replace(undated(7), source=replace(undated(7).source, name="walk.csv"))
    third, _ = store.import_(alone, "P-1", actor="t", now_us=4)
    mark(store, first)
    accept(
        store, trial(store, first, at_the_back(), "R-01", SETTINGS), SETTINGS, reason="a test", actor="R-01",
        now=lambda: 9,
    )  # fmt: skip
    version = store.detectors()[0].id
    description = store.home.detectors(version) / "detector.json"
    about = json.loads(description.read_text("utf-8"))
    assert {(t["recording"], t["file"]) for t in about["adapted"]["taught"]} == {(first, "Accelerometer.csv")}
    for name, wanted in (("walk.csv", (third, "walk.csv")), ("Accelerometer.csv", ("Accelerometer.csv", ""))):
        for t in about["adapted"]["taught"]:
            t.pop("file", None)
            t["recording"] = name
        description.write_text(json.dumps(about), "utf-8")
        older = store.detector(version)
        assert older.adapted is not None
        assert {(t.recording, t.file) for t in older.adapted.taught} == {wanted}
    mark(store, second)
    again = replace(older, version=version)  # the altered folder is read under the name it lies by
    assert "4 marked episodes" in trial(store, second, again, "R-01", SETTINGS).why


def test_an_example_of_another_recording_of_the_same_name_is_not_told_by_this_ones_clock(
    of_one_name: tuple[Store, list[str]],
) -> None:
    store, (first, second) = of_one_name
    mark(store, first)
    accept_for_everybody(store, first)
    analyse_stored(store, second, of_patient(store, "P-2"), SETTINGS, actor="t", now=lambda: 10)
    for identity, is_there in ((first, True), (second, False)):
        flag = store.episodes(recording=identity)[0]
        told = grounds_of(store, store.runs(identity)[0], store.recording(identity), flag, WallClock("UTC"))
        assert told is not None
        assert told.nearest
        assert [x.when.startswith("another patient's, ") for x in told.nearest] == [not is_there] * 3


ONE_PATIENT = (
    "The detector stays as it is: 4 marked episodes of one patient tell nothing of others, for whom such a detector "
    "became worse in the trials."
)


def test_marks_of_one_patient_teach_no_detector_for_every_patient(tmp_path: Path) -> None:
    store, first = walked(tmp_path)
    walks(store, "P-2", 5)
    mark(store, first)
    assert trial(store, first, at_the_back(), "R-01", SETTINGS).helps
    tried = trial(store, first, at_the_back(), "R-01", SETTINGS, everybody=True)
    assert not tried.helps
    assert tried.detector == at_the_back()
    assert tried.why == ONE_PATIENT


def test_marks_of_another_patient_on_another_sensor_do_not_make_two(tmp_path: Path) -> None:
    store, first = walked(tmp_path)
    mark(store, first)
    store.add_patient("P-2", "Europe/Berlin", actor="t", now_us=1)
    ankle = freezing_walk(FREEZES, 90.0, seed=5, placement=Placement.ANKLE)
    second, _ = store.import_(ankle, "P-2", actor="t", now_us=2)
    (stream,) = ankle.streams
    at = Interval(stream.interval.start + 20 * S, stream.interval.start + 26 * S)
    store.label(second, [Label(stream.name, at, FREEZING, "R-01")], check=None, actor="t", now_us=3)
    tried = trial(store, first, at_the_back(), "R-01", SETTINGS, everybody=True)
    assert tried.why == ONE_PATIENT


def test_what_is_accepted_for_every_patient_is_stored_in_one_step_with_whom_it_judges(
    cohort: tuple[Store, str, str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, first, _, tried = cohort
    store.follow_every_patient(NAME, recording=first, actor="R-02", now_us=8)
    head = store.head()

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("clinic.teaching.analyse_stored", stopped)
        with pytest.raises(KeyboardInterrupt):
            accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    (event,) = [e for e in store.audit() if e.seq > head.seq]
    (row,) = store.detectors()
    assert (event.act, event.object, event.actor) == ("accept detector", row.id, "R-01")
    assert {table: count for table, (count, _) in event.details["rows"].items()} == {
        "detector": 1, "cohort_detector": 1,
    }  # fmt: skip
    assert store.chosen_detectors("P-1")[NAME].version is None
    assert next_of(store, "P-1") == next_of(store, "P-3") == row.id
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 10)  # goes on where it was stopped
    assert judge_of(store, first) == row.id
    assert store.chosen_detectors("P-1")[NAME].version is None
    assert store.verify() == []


def test_where_it_cannot_be_stored_for_every_patient_nothing_of_it_is(
    cohort: tuple[Store, str, str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _, _, tried = cohort
    head, folders = store.head(), list(store.home.detectors().iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("clinic.store.write_rows.cohort_detector", full)
    with pytest.raises(MotionwardError, match="No space left"):
        accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    assert store.head() == head
    assert store.detectors() == store.cohort_detectors() == []
    assert list(store.home.detectors().iterdir()) == folders
    assert store.verify() == []


def test_a_detector_that_a_patient_was_put_back_to_stays_theirs_when_it_becomes_everybodys_again(
    cohort: tuple[Store, str, str, Trial],
) -> None:
    store, first, _, tried = cohort
    for n, why in enumerate(("older", "newer")):
        accept(store, otherwise(tried, why), SETTINGS, reason="a test", actor="R-01", now=lambda n=n: 9 + n)
    older = store.detectors()[0].id
    use_version(store, first, NAME, older, actor="R-02", now=lambda: 11)
    accept(store, otherwise(tried, "older"), SETTINGS, reason="a test", actor="R-01", now=lambda: 12)
    assert next_of(store, "P-3") == older
    assert store.chosen_detectors("P-1")[NAME].version == older
    store.set_cohort_detector(NAME, "", actor="R-01", now_us=13)
    assert next_of(store, "P-1") == older
    assert store.verify() == []


def test_what_lies_near_that_which_the_cohorts_learned_from_teaches_and_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At another logger that ran at the same time as well; where it took unmarked time for none, too."""
    store, first, second = two_marked(tmp_path)
    accept_for_everybody(store, first)
    start = started(store, "P-2")
    assert start.adapted is not None
    assert {t.person for t in (*start.adapted.taught, *start.adapted.unmarked)} == {"P-1", "P-2"}
    assert start.adapted.unmarked
    begin, far = store.recording(second).interval.start, 3600 * S
    long = freezing_walk(FREEZES, 90.0, seed=8, start_us=begin + far)
    later, _ = store.import_(long, "P-2", actor="t", now_us=9)
    beside, _ = store.import_(freezing_walk(FREEZES, 90.0, seed=9, start_us=begin), "P-2", actor="t", now_us=9)
    for identity in (later, beside):
        mark(store, identity)
    lessons = watch(monkeypatch, teaching)
    tried = trial(store, second, start, "R-01", SETTINGS)
    (seen,) = lessons
    assert {e.recording for e in seen} == {later, beside}
    assert [e.is_known for e in seen] == [e.recording == beside for e in seen]
    assert "marks lie within 42 s of what the detector learned from before and were not judged" in tried.why
    nothing_marked = replace(start, adapted=replace(start.adapted, taught=()))
    trial(store, second, nothing_marked, "R-01", SETTINGS)
    assert any(e.is_known for e in lessons[-1] if e.recording == beside)
    assert not any(e.is_known for e in lessons[-1] if e.recording == later)
