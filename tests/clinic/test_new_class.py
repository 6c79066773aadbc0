"""A class that somebody named: taught from marks alone, taken over, and put to work on this patient's recordings."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from clinic.analysis import Settings
from clinic.grounds import grounds_of
from clinic.home import Home
from clinic.in_use import for_everybody, of_patient, of_recording, start_of
from clinic.intake import import_files
from clinic.new_class import ONE_MARKED, curve_of, labels_at, shipped_for, trial_of_class
from clinic.reading import Said
from clinic.review.kshot import Shot
from clinic.store import Store
from clinic.store.rows import Label
from clinic.stored import analyse_stored
from clinic.teaching import ONE_DAY, Trial, accept, trial
from clinic.timeline.clock import WallClock
from clinic.timeline.evidence import rests_on
from data.errors import MotionwardError
from data.intervals import Interval
from data.phenomena import FREEZING
from data.quality import Quality, assess
from data.recording import Placement, Recording
from models.adapters.example import Example
from models.adapters.support import UNLABELLED
from models.detectors import Detector, Network, shipped
from tests.signals import freezing_walk

S = 1_000_000
BACK, TIC = Placement.LOWER_BACK, "a tic"
SPELLS = tuple((20.0 + 50 * n, 4.0) for n in range(6))
SETTINGS = Settings()


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, str, Trial]:
    """A store with one walk, six spells marked as two classes, and a trial of the one that nothing is shipped for."""
    store = Store.open(Home(tmp_path_factory.mktemp("home")))
    for code in ("P-1", "P-2"):
        store.add_patient(code, "Europe/Berlin", actor="t", now_us=1)
    recording = freezing_walk(SPELLS, 320.0)
    identity, _ = store.import_(recording, "P-1", actor="t", now_us=2)
    analyse_stored(store, identity, shipped(), SETTINGS, actor="t", now=lambda: 3)
    start = recording.interval.start
    made = [
        Label("lower-back", Interval(start + round(a * S), start + round((a + n) * S)), name, "R-01")
        for a, n in SPELLS
        for name in (TIC, FREEZING)
    ]
    store.label(identity, made, check=None, actor="R-01", now_us=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clinic.new_class.DRAWS_FRESH", 2)  # each draw fits many heads
        tried, shots = trial_of_class(store, identity, TIC, BACK, "R-01", SETTINGS)
    assert [s.episodes for s in shots] == [1, 3]
    return store, identity, tried


def test_a_trial_finds_the_class_and_stores_nothing(taught: tuple[Store, str, Trial]) -> None:
    store, identity, tried = taught
    assert (tried.detector.phenomenon, tried.detector.name) == (TIC, "a-tic-lower-back")
    start = store.recording(identity).interval.start
    spells = [Interval(start + round(a * S), start + round((a + n) * S)) for a, n in SPELLS]
    assert sum(any(f.overlaps(x) for f in tried.flags["lower-back"]) for x in spells) >= 5
    assert "Nothing is shipped for a tic at: lower back. A logistic head was learned from" in tried.why
    assert "within one day" in tried.card


def test_a_class_that_is_not_marked_is_refused_with_what_to_do(taught: tuple[Store, str, Trial]) -> None:
    store, identity, _ = taught
    with pytest.raises(MotionwardError, match="You have marked no sneeze at: lower back: mark some episodes first"):
        trial_of_class(store, identity, "sneeze", BACK, "R-01", SETTINGS)
    with pytest.raises(MotionwardError, match="You have marked no a tic"):
        trial_of_class(store, identity, TIC, BACK, "somebody else", SETTINGS)


def test_the_curve_of_a_shipped_detector_is_told_from_the_same_marks(taught: tuple[Store, str, Trial]) -> None:
    store, identity, _ = taught
    detector = shipped_for(FREEZING, BACK)
    assert detector is not None
    shots = curve_of(store, identity, detector, BACK, "R-01", SETTINGS)
    assert [s.episodes for s in shots] == [1, 3]
    assert all(s.gain is not None for s in shots)
    start = store.recording(identity).interval.start + 101_100_000
    tiny = Label("lower-back", Interval(start, start + 200_000), FREEZING, "R-01")
    store.label(identity, [tiny], check=None, actor="R-01", now_us=5)
    assert [s.episodes for s in curve_of(store, identity, detector, BACK, "R-01", SETTINGS)] == [1, 3]
    assert curve_of(store, identity, detector, BACK, "somebody else", SETTINGS) == ()


def test_a_signal_is_read_for_a_class_only_where_its_run_did_not_keep_what_is_unusable_and_then_once(
    taught: tuple[Store, str, Trial], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, identity, tried = taught
    shutil.copytree(taught[0].home.root, tmp_path / "home")
    store = Store.open(Home(tmp_path / "home"))
    read: list[str] = []

    def counted(recording: Recording) -> Quality:
        read.append(recording.source.sha256)
        return assess(recording)

    monkeypatch.setattr("clinic.sources.assess", counted)
    watched_curve(monkeypatch)
    kept, _ = trial_of_class(store, identity, TIC, BACK, "R-01", SETTINGS)
    assert read == []
    (store.home.scores(store.runs(identity)[0].id) / "unusable.parquet").unlink()
    anew, _ = trial_of_class(store, identity, TIC, BACK, "R-01", SETTINGS)
    assert read == [identity]
    for other in (kept, anew):
        assert (other.flags, other.unsure, other.why, other.card) == (tried.flags, tried.unsure, tried.why, tried.card)
        assert weights(other.detector) == weights(tried.detector)


def weights(detector: Detector) -> tuple[bytes, ...]:
    assert detector.adapted is not None
    learned = detector.adapted.correction
    return tuple(x.tobytes() for x in (learned.weights, learned.covariance, detector.adapted.directions))


def test_what_marks_bring_is_told_from_stored_scores_as_from_the_networks(
    taught: tuple[Store, str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, identity, _ = taught
    detector = shipped_for(FREEZING, BACK)
    assert detector is not None
    with monkeypatch.context() as patch:
        patch.setattr("clinic.new_class.kept_scores", lambda *_: lambda _: None)
        slow = curve_of(store, identity, detector, BACK, "R-01", SETTINGS)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network ran, or a signal was read")

    monkeypatch.setattr(Network, "read", refuse)
    monkeypatch.setattr("clinic.sources.assess", refuse)
    assert curve_of(store, identity, detector, BACK, "R-01", SETTINGS) == slow != ()


def watched_curve(monkeypatch: pytest.MonkeyPatch) -> tuple[list[Example], list[int]]:
    """The examples of each curve from here on, and how many half seconds are said to be clear; none is drawn."""
    judged: list[Example] = []
    clear: list[int] = []

    def watched(examples: Sequence[Example], _teach: object, _before: object, free: int, **_: object) -> tuple[()]:
        judged.extend(examples)
        clear.append(free)
        return ()

    monkeypatch.setattr("clinic.new_class.curve", watched)
    return judged, clear


@pytest.mark.parametrize("nobody_marked", [False, True])
@pytest.mark.parametrize("person", ["P-1", "P-2", "nobody's", "withdrawn", None])
def test_nothing_is_judged_that_lies_near_what_the_detector_learned_from_before(
    taught: tuple[Store, str, Trial], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, person: str | None,
    *, nobody_marked: bool,
) -> None:  # fmt: skip
    """In the same recording, or in one at the same time of the same person, or of nobody knows whom; not of another.
    Neither where somebody marked it, nor where it was taken for none because nobody had."""
    _, identity, tried = taught
    shutil.copytree(taught[0].home.root, tmp_path / "home")
    store = Store.open(Home(tmp_path / "home"))
    other = identity
    if person in ("nobody's", "withdrawn"):
        other = "0" * 64
    elif person is not None:
        other, _ = store.import_(freezing_walk(SPELLS[:1], 30.0, seed=9), person, actor="t", now_us=9)
    judged, clear = watched_curve(monkeypatch)
    assert tried.detector.adapted is not None
    one = replace(next(t for t in tried.detector.adapted.taught if t.is_positive), recording=other)
    assert one.person == "P-1"
    if person == "nobody's":
        one = replace(one, person="")
    before = ((), (one,)) if nobody_marked else ((one,), ())
    adapted = replace(tried.detector.adapted, taught=before[0], unmarked=before[1])
    curve_of(store, identity, replace(tried.detector, adapted=adapted), BACK, "R-01", SETTINGS)
    is_near = person != "P-2"
    assert sum(e.is_positive for e in judged) == len(SPELLS) - is_near
    assert any(e.weight == UNLABELLED for e in judged)
    assert {e.person for e in judged} == {"P-1"}
    gaps = [max(e.interval.start - one.end_us, one.start_us - e.interval.end) - 2 * e.margin_us for e in judged]
    assert (min(gaps) >= 0) == is_near
    cells = sum(len(e.log_odds) for e in judged if e.weight == 1.0)
    assert (sum(clear) + cells == 640) != is_near, "the time around it stands for nothing"


def test_what_is_marked_at_a_sensor_of_another_place_is_not_unmarked(
    taught: tuple[Store, str, Trial], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, identity, _ = taught
    shutil.copytree(taught[0].home.root, tmp_path / "home")
    store = Store.open(Home(tmp_path / "home"))
    ankle, _ = store.import_(freezing_walk((), 320.0, placement=Placement.ANKLE), "P-1", actor="t", now_us=9)
    (stream,) = store.recording(ankle).streams
    start = stream.interval.start
    there = [Interval(start + a * S, start + (a + 2) * S) for a in (45, 95, 145)]  # between the spells
    store.label(ankle, [Label(stream.name, i, n, "R-01") for i in there for n in (TIC, FREEZING)], check=None,
                actor="R-01", now_us=10)  # fmt: skip
    judged, clear = watched_curve(monkeypatch)
    like = shipped_for(FREEZING, BACK)
    assert like is not None
    curve_of(store, identity, like, BACK, "R-01", SETTINGS)
    trial_of_class(store, identity, TIC, BACK, "R-01", SETTINGS)
    marked = sum(round(2 * n) for _, n in SPELLS) + 3 * 2 * 2  # half seconds
    assert clear == [640 - marked] * 2
    free = [e.interval for e in judged if e.weight == UNLABELLED]
    assert free
    assert not [i for i in free if any(i.overlaps(x) for x in there)]


def test_flags_of_an_accepted_class_that_were_called_wrong_teach_it_anew(
    taught: tuple[Store, str, Trial], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, identity, tried = taught
    shutil.copytree(taught[0].home.root, tmp_path / "home")
    store = Store.open(Home(tmp_path / "home"))
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    flag = store.episodes(phenomenon=TIC)[0]
    marks = [x for x in store.labels(rater="R-01") if x.label == TIC and x.interval.overlaps(flag.interval)]
    for x in marks:  # it was none after all
        store.remove_label(identity, x.id, rater="R-01", actor="R-01", now_us=10)
    store.review(flag.id, "wrong", actor="R-01", now_us=11)
    watched_curve(monkeypatch)
    again, _ = trial_of_class(store, identity, TIC, BACK, "R-01", SETTINGS)
    assert again.detector.adapted is not None
    hard = [t for t in again.detector.adapted.taught if not t.is_positive]
    assert [t.marked_us for t in hard] == [11]
    assert Interval(hard[0].start_us, hard[0].end_us).overlaps(flag.interval)


def test_marks_of_one_day_are_warned_of(taught: tuple[Store, str, Trial]) -> None:
    store, _, tried = taught
    assert len(labels_at(store, "P-1", "R-01", TIC, BACK)) == len(SPELLS)
    assert tried.warning == ONE_DAY


def test_an_accepted_class_judges_beside_what_is_shipped_and_stays_when_that_is_taught(
    taught: tuple[Store, str, Trial], tmp_path: Path
) -> None:
    store, identity, tried = taught
    assert of_recording(store, identity) == of_patient(store, "P-1") == shipped()
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    assert {e.phenomenon for e in store.episodes()} >= {TIC}
    (kept,) = store.detectors()
    assert [d.version for d in of_recording(store, identity)] == [*(d.version for d in shipped()), kept.id]
    found = store.episodes(phenomenon=TIC)
    assert tried.flags == {"lower-back": tuple(e.interval for e in found if e.certainty == "sure")}
    assert tried.unsure == {"lower-back": sum(e.certainty == "unsure" for e in found)}
    told = grounds_of(store, store.runs(identity)[0], store.recording(identity), found[0], WallClock("UTC"))
    assert told is not None
    assert rests_on(told, WallClock("UTC")).endswith("Nothing else taught it")
    assert all(x.marked_us is not None for x in told.nearest)

    detector = shipped_for(FREEZING, BACK)
    assert detector is not None
    other = trial(store, identity, detector, "R-01", SETTINGS)
    if other.helps:
        accept(store, other, SETTINGS, reason="a test", actor="R-01", now=lambda: 10)
        assert {d.phenomenon for d in of_recording(store, identity) if d.adapted} == {TIC, FREEZING}

    path = tmp_path / "next.csv"
    path.write_text(table(), encoding="utf-8")
    for patient, has_tic in (("P-2", False), ("P-1", True)):
        assert (TIC in {d.phenomenon for d in of_patient(store, patient)}) is has_tic
    (outcome,) = import_files(
        store, [path], "P-1", actor="t", now=lambda: 11, said={"*": Said(placements=("lower back",))}, settings=SETTINGS
    )
    assert outcome.status == "imported", outcome.sentence
    assert "taught for P-1" in outcome.sentence
    run = store.runs(outcome.recording)[0]
    assert kept.id in {d["version"] for d in run.manifest["detectors"]}
    assert store.verify() == []


@pytest.fixture(scope="module")
def of_all(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[str], Trial, tuple[Shot, ...]]:
    """Three patients, of two of whom the class is marked, and a trial for every patient."""
    store, identities = Store.open(Home(tmp_path_factory.mktemp("home"))), []
    for n in range(3):
        recording, code = freezing_walk(SPELLS, 320.0, seed=n), f"P-{n}"
        store.add_patient(code, "Europe/Berlin", actor="t", now_us=1)
        identities.append(store.import_(recording, code, actor="t", now_us=2)[0])
        analyse_stored(store, identities[-1], shipped(), SETTINGS, actor="t", now=lambda: 3)
        if n < 2:
            store.label(identities[-1], spells(recording, SPELLS), check=None, actor="R-01", now_us=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clinic.new_class.DRAWS_FRESH", 2)
        tried, shots = trial_of_class(store, identities[0], TIC, BACK, "R-01", SETTINGS, everybody=True)
    return store, identities, tried, shots


def spells(recording: Recording, when: tuple[tuple[float, float], ...]) -> list[Label]:
    """Spells of the class at so many seconds, each so long."""
    start = recording.interval.start
    return [
        Label("lower-back", Interval(start + round(a * S), start + round((a + n) * S)), TIC, "R-01") for a, n in when
    ]


def test_a_class_for_every_patient_learns_from_all_and_is_tried_on_one_left_out(
    of_all: tuple[Store, list[str], Trial, tuple[Shot, ...]],
) -> None:
    store, identities, tried, shots = of_all
    assert tried.is_for_everybody
    assert tried.detector.adapted is not None
    assert {t.recording for t in tried.detector.adapted.taught if t.is_positive} == set(identities[:2])
    assert [(s.episodes, s.patients) for s in shots] == [(1, 2), (3, 2), (5, 2)]
    assert tried.warning == ONE_DAY
    assert tried.is_shown == (shots[-1].f1.low > shots[-1].always)
    assert shots[-1].f1.high - shots[-1].f1.low > 0.3, "two patients say little of a third"
    assert store.detectors() == []


def test_what_marks_bring_a_shipped_detector_for_every_patient_is_asked_of_those_left_out(
    of_all: tuple[Store, list[str], Trial, tuple[Shot, ...]],
) -> None:
    store, identities, _, _ = of_all
    there = shipped_for(FREEZING, BACK)
    assert there is not None
    detector, told = replace(there, phenomenon=TIC, version="of a test"), list[float]()
    last = identities[2]  # of the patient of whom nothing is marked
    assert curve_of(store, last, detector, BACK, "R-01", SETTINGS) == ()
    shots = curve_of(store, last, detector, BACK, "R-01", SETTINGS, everybody=True, progress=told.append)
    assert [(s.episodes, s.patients) for s in shots] == [(1, 2), (3, 2), (5, 2)]
    assert all(s.gain is not None for s in shots)
    assert told[-1] == 1.0


def test_marks_of_one_patient_for_every_patient_say_nothing_of_others(
    taught: tuple[Store, str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.new_class.curve", lambda *_, **__: ())
    store, identity, _ = taught
    tried, _ = trial_of_class(store, identity, TIC, BACK, "R-01", SETTINGS, everybody=True)
    assert tried.warning == f"{ONE_MARKED} {ONE_DAY}"
    assert not tried.is_shown


def test_a_class_accepted_for_every_patient_is_looked_for_in_all_that_comes_and_ones_own_starts_from_it(
    of_all: tuple[Store, list[str], Trial, tuple[Shot, ...]],
) -> None:
    store, identities, tried, _ = of_all
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    (ours,) = store.detectors()
    assert store.cohort_detectors() == [("a-tic-lower-back", ours.id)]
    assert ours.id in {d.version for d in for_everybody(store)}
    assert {TIC in {d.phenomenon for d in of_patient(store, code)} for code in ("P-0", "P-1", "P-2")} == {True}
    assert [TIC in {d.phenomenon for d in of_recording(store, i)} for i in identities] == [True, False, False]

    start = start_of(store, "P-2", "a-tic-lower-back")
    assert start is not None
    assert start.version == ours.id
    recording = store.recording(identities[2])
    store.label(identities[2], spells(recording, SPELLS), check=None, actor="R-01", now_us=10)
    own = trial(store, identities[2], start, "R-01", SETTINGS)
    assert not own.is_for_everybody
    assert f"{len(SPELLS)} marked episodes" in own.why
    assert all(s.gain is not None for s in curve_of(store, identities[2], start, BACK, "R-01", SETTINGS))
    assert curve_of(store, identities[1], start, BACK, "R-01", SETTINGS) == ()  # it learned from all of those
    with pytest.raises(
        MotionwardError, match=r"starts from \(\w{7}\) learned from all your marks of .* already: mark more"
    ):
        trial(store, identities[1], start, "R-01", SETTINGS)

    store.set_cohort_detector("a-tic-lower-back", "", actor="R-01", now_us=11)
    assert for_everybody(store) == shipped()
    assert start_of(store, "P-2", "a-tic-lower-back") is None
    assert {TIC in {d.phenomenon for d in of_patient(store, code)} for code in ("P-0", "P-1", "P-2")} == {False}
    assert store.verify() == []


def table() -> str:
    """A further walk of the patient, as a table."""
    (stream,) = freezing_walk(((10.0, 5.0),), 30.0, seed=5).streams
    (segment,) = stream.segments
    rows = [f"{k / segment.rate_hz:.4f},{x[0]:.5f},{x[1]:.5f},{x[2]:.5f}" for k, x in enumerate(segment.samples[:])]
    return "\n".join(["time_s,acc_x_g,acc_y_g,acc_z_g", *rows]) + "\n"
