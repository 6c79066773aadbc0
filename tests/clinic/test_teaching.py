"""Teaching with stored labels: tried, taken over or turned down; the store holds the new detector as it holds all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clinic import teaching
from clinic.adaptation import teach
from clinic.analysis import Settings, judge
from clinic.choosing import use_version
from clinic.home import Home
from clinic.in_use import of_patient, of_recording, settings_of, versions_of
from clinic.review.spans import checking, recorded_of
from clinic.sources import sources
from clinic.store import Store
from clinic.store.backup import backup
from clinic.store.rows import Label, RejectedRow
from clinic.stored import analyse_stored, assessed_in, embedder
from clinic.teaching import ONE_DAY, Trial, accept, trial
from data.errors import MotionwardError
from data.intervals import Interval
from data.phenomena import FREEZING
from data.quality import Quality, assess
from data.quality.assess import NO_SIGNAL
from data.recording import Recording
from models.adapters.example import Example
from models.detectors import Detector, Network, load, shipped
from tests.clinic.lessons import watch
from tests.signals import freezing_walk

S = 1_000_000
FREEZES = ((20.0, 6.0), (35.0, 5.0), (50.0, 6.0), (70.0, 5.0))
SETTINGS = Settings()


def walked(home: Path) -> tuple[Store, str]:
    """A store with one analysed walk with four freezes."""
    store = Store.open(Home(home))
    store.add_patient("P-1", "Europe/Berlin", actor="t", now_us=1)
    identity, _ = store.import_(freezing_walk(FREEZES, 90.0), "P-1", actor="t", now_us=2)
    analyse_stored(store, identity, shipped(), SETTINGS, actor="t", now=lambda: 3)
    return store, identity


def mark(store: Store, identity: str, rater: str = "R-01", label: str = FREEZING) -> None:
    recording = store.recording(identity)
    start = recording.interval.start
    made = [
        Label("lower-back", Interval(start + round(a * S), start + round((a + n) * S)), label, rater)
        for a, n in FREEZES
    ]
    store.label(identity, made, check=checking(recorded_of(recording)), actor=rater, now_us=4)


def at_the_back() -> Detector:
    return next(d for d in shipped() if d.name == "freezing-of-gait-lower-back")


@pytest.fixture
def lessons(monkeypatch: pytest.MonkeyPatch) -> list[list[Example]]:
    return watch(monkeypatch, teaching)


@pytest.fixture
def taught(tmp_path: Path) -> tuple[Store, str, Trial]:
    store, identity = walked(tmp_path)
    mark(store, identity)
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    assert tried.helps
    return store, identity, tried


def test_what_is_not_shown_to_help_is_accepted_with_a_reason_only(taught: tuple[Store, str, Trial]) -> None:
    store, _, tried = taught
    assert not tried.is_shown  # four marks are few
    with pytest.raises(MotionwardError, match="say in a few words why"):
        accept(store, tried, SETTINGS, reason="  ", actor="R-01", now=lambda: 9)
    assert store.detectors() == []
    accept(store, tried, SETTINGS, reason=" it fits her gait ", actor="R-01", now=lambda: 9)
    assert store.audit()[1].details["reason"] == "it fits her gait"
    accept(store, replace(tried, is_shown=True), SETTINGS, actor="R-01", now=lambda: 9)


def test_a_trial_stores_nothing(taught: tuple[Store, str, Trial]) -> None:
    store, _, tried = taught
    assert store.detectors() == []
    assert store.audit()[0].act == "label"
    assert tried.detector.parent == at_the_back().version
    assert "4 marked episodes" in tried.why


def test_an_accepted_detector_is_kept_and_judges_the_recording_as_it_did_in_the_trial(
    taught: tuple[Store, str, Trial],
) -> None:
    store, _, tried = taught
    flags, _ = accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    (row,) = store.detectors()
    assert (row.phenomenon, row.parent, row.accepted_us) == (FREEZING, at_the_back().version, 9)
    assert {e.detector for e in store.episodes()} == {row.id}
    assert tuple(e.interval for e in store.episodes() if e.certainty != "unsure") == tried.flags["lower-back"]
    assert flags == len(tried.flags["lower-back"])
    assert load(store.home.detectors(row.id)).version == row.id
    assert [e.act for e in store.audit()[:2]] == ["analyse", "accept detector"]
    assert store.verify() == []


def test_the_recording_keeps_an_accepted_detector_when_another_is_taught(taught: tuple[Store, str, Trial]) -> None:
    store, identity, tried = taught
    assert of_recording(store, identity) == shipped()
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    used = {d.name: d.version for d in of_recording(store, identity)}
    expected = {d.name: d.version for d in shipped()}
    assert used == expected | {tried.detector.name: store.detectors()[0].id}


def test_accepting_the_same_twice_changes_nothing_more(taught: tuple[Store, str, Trial]) -> None:
    store, _, tried = taught
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    head = store.head()
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 10)
    assert store.head() == head
    assert store.verify() == []


def test_the_old_detector_can_return_and_the_taught_one_again(taught: tuple[Store, str, Trial]) -> None:
    store, identity, tried = taught
    before, name = store.episodes(), tried.detector.name
    assert versions_of(store, "P-1", name) == ()
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    (row,) = store.detectors()
    after = store.episodes()
    with pytest.raises(MotionwardError, match="judges this recording already"):
        use_version(store, identity, name, row.id, actor="R-02", now=lambda: 10)
    use_version(store, identity, name, at_the_back().version, actor="R-02", now=lambda: 10)
    assert store.episodes() == before
    assert [(e.act, e.actor) for e in store.audit()[:2]] == [("analyse", "R-02"), ("change detector", "R-02")]
    details = store.audit()[1].details
    assert (details["before"], details["after"]) == (row.id, at_the_back().version)
    assert details["recordings"] == [identity]
    assert {d.version for d in of_patient(store, "P-1")} == {d.version for d in shipped()}
    assert versions_of(store, "P-1", name) == (row,)
    use_version(store, identity, name, row.id, actor="R-02", now=lambda: 11)
    assert store.episodes() == after
    assert store.verify() == []


def test_what_returns_returns_on_every_recording_of_the_patient_that_the_other_judges(
    taught: tuple[Store, str, Trial],
) -> None:
    store, identity, tried = taught
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    later, apart = (freezing_walk(FREEZES, 90.0, seed=n) for n in (5, 6))
    other, _ = store.import_(later, "P-1", actor="t", now_us=10)
    analyse_stored(store, other, of_patient(store, "P-1"), SETTINGS, actor="t", now=lambda: 11)
    still, _ = store.import_(apart, "P-1", actor="t", now_us=12)
    analyse_stored(store, still, shipped(), SETTINGS, actor="t", now=lambda: 13)
    runs = {i: store.runs(i)[0].id for i in (identity, other, still)}
    use_version(store, identity, tried.detector.name, at_the_back().version, actor="R-02", now=lambda: 14)
    assert {i for i, run in runs.items() if store.runs(i)[0].id != run} == {identity, other}
    assert {e.detector for e in store.episodes()} == {at_the_back().version}


def test_a_detector_that_was_turned_down_leaves_only_a_line_in_the_audit(taught: tuple[Store, str, Trial]) -> None:
    store, identity, tried = taught
    before = store.episodes()
    store.turn_down_detector(tried.detector, tried.why, recording=identity, actor="R-01", now_us=9)
    event = store.audit()[0]
    assert (event.act, event.object, event.actor) == ("discard detector", identity, "R-01")
    assert event.details["parent"] == at_the_back().version
    assert store.detectors() == []
    assert store.episodes() == before
    assert not list(store.home.detectors().iterdir())


def test_an_altered_detector_is_noticed_and_a_stray_one_tidied_away(taught: tuple[Store, str, Trial]) -> None:
    store, _, tried = taught
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    stray = store.home.detectors("0123456789ab")
    stray.mkdir()
    assert store.tidy() == [stray]
    version = store.detectors()[0].id
    (store.home.detectors(version) / "card.md").write_text("better than ever", encoding="utf-8")
    assert store.verify() == [f"the detector {version}: the file card.md was altered"]


def test_a_backup_has_the_accepted_detectors(taught: tuple[Store, str, Trial], tmp_path: Path) -> None:
    store, _, tried = taught
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    copy = Store.open(Home(backup(store.home, tmp_path / "copy")))
    version = copy.detectors()[0].id
    assert copy.detector(version).adapted is not None
    assert copy.verify() == []


def test_a_full_disk_leaves_no_half_of_a_detector(
    taught: tuple[Store, str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _, tried = taught

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("clinic.store.detectors.shutil.copytree", full)
    with pytest.raises(MotionwardError, match="free some space"):
        accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    assert store.detectors() == []
    assert not list(store.home.detectors().iterdir())
    assert store.verify() == []


def test_only_the_raters_own_labels_teach(tmp_path: Path) -> None:
    store, identity = walked(tmp_path)
    mark(store, identity, "R-02")
    with pytest.raises(MotionwardError, match="You have marked no freezing of gait at: lower back"):
        trial(store, identity, at_the_back(), "R-01", SETTINGS)


def test_where_no_episode_is_marked_the_detector_stays_as_it_is(tmp_path: Path) -> None:
    store, identity = walked(tmp_path)
    mark(store, identity, label=f"not {FREEZING}")
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    assert not tried.helps
    assert "No episode is marked" in tried.why
    present = tuple(e.interval for e in store.episodes() if e.certainty != "unsure")
    assert tried.flags["lower-back"] == present


def test_a_recording_keeps_the_settings_it_was_analysed_with(tmp_path: Path) -> None:
    store, identity = walked(tmp_path)
    assert settings_of(store, identity) == SETTINGS
    dialled = replace(SETTINGS, false_alarms_per_hour=0.5)
    analyse_stored(store, identity, shipped(), dialled, actor="t", now=lambda: 5)
    assert settings_of(store, identity) == dialled


def test_a_trial_runs_no_network_where_the_scores_are_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, identity = walked(tmp_path)
    mark(store, identity)
    with monkeypatch.context() as patch:
        patch.setattr("clinic.teaching.kept_scores", lambda *_: lambda _: None)
        slow = trial(store, identity, at_the_back(), "R-01", SETTINGS).flags

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network ran, or a signal was read")

    monkeypatch.setattr(Network, "read", refuse)
    monkeypatch.setattr("clinic.teaching.embedder", lambda _: refuse)
    monkeypatch.setattr("clinic.sources.assess", refuse)
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    assert tried.helps
    assert tried.flags == slow


def test_what_can_be_used_of_a_recording_is_read_from_its_run_where_this_version_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = freezing_walk(FREEZES, 90.0, gaps=((70.0, 75.0),))
    (stream,) = plain.streams
    samples = [np.array(g.samples[0 : g.n_samples]) for g in stream.segments]
    samples[0][1000:2000] = 0.0
    dead = tuple(replace(g, samples=x) for g, x in zip(stream.segments, samples, strict=True))
    recording = replace(plain, streams=(replace(stream, segments=dead),))
    store = Store.open(Home(tmp_path))
    store.add_patient("P-1", "Europe/Berlin", actor="t", now_us=1)
    identity, _ = store.import_(recording, "P-1", actor="t", now_us=2)
    wanted = replace(assess(store.recording(identity)).of(stream.name), measures=None)
    assert [reason for _, reason in wanted.unusable] == [NO_SIGNAL]
    assert wanted.gaps
    analyse_stored(store, identity, [at_the_back()], SETTINGS, actor="t", now=lambda: 3)
    read: list[str] = []

    def counted(recording: Recording) -> Quality:
        read.append(recording.source.sha256)
        return assess(recording)

    monkeypatch.setattr("clinic.sources.assess", counted)
    assert assessed_in(store)(store.recording(identity), stream.name) == wanted
    assert read == []
    monkeypatch.setattr("clinic.stored.__version__", "another")
    told = assessed_in(store)
    assert [replace(told(recording, stream.name), measures=None) for _ in range(2)] == [wanted] * 2
    assert read == [identity], "once for all that ask"
    assert store.verify() == []


def test_who_marked_nothing_is_not_told_that_it_was_learned(taught: tuple[Store, str, Trial]) -> None:
    store, identity, tried = taught
    with pytest.raises(MotionwardError, match=r"You have marked no freezing of gait at: .*: mark some episodes first"):
        trial(store, identity, tried.detector, "R-77", SETTINGS)


def test_scores_of_another_version_are_not_taken_for_the_detectors(
    taught: tuple[Store, str, Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, identity, tried = taught
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    ran: list[int] = []
    monkeypatch.setattr("clinic.teaching.judge", lambda *a: ran.append(1) or judge(*a))  # type: ignore[func-returns-value]  # append gives None
    trial(store, identity, at_the_back(), "R-01", SETTINGS)  # the present run is the taught detector's
    assert ran == [1]
    present = next(d for d in of_recording(store, identity) if d.name == at_the_back().name)
    with pytest.raises(
        MotionwardError, match=r"starts from \(\w{7}\) learned from all your marks of .* already: mark more"
    ):
        trial(store, identity, present, "R-01", SETTINGS)
    start = store.recording(identity).interval.start
    further = Label("lower-back", Interval(start + 5 * S, start + 8 * S), FREEZING, "R-01")
    store.label(identity, [further], check=None, actor="R-01", now_us=10)
    trial(store, identity, present, "R-01", SETTINGS)
    assert ran == [1]


def test_a_flag_that_the_rater_called_wrong_is_a_hard_negative(tmp_path: Path) -> None:
    store, identity = walked(tmp_path)
    flags = [e for e in store.episodes() if e.stream == "lower-back" and e.phenomenon == FREEZING]
    assert flags
    store.review(flags[0].id, "wrong", actor="R-01", now_us=4)
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    assert "No episode is marked" in tried.why  # wrong flags alone teach nothing
    store.review(flags[0].id, "right", actor="R-01", now_us=5)
    with pytest.raises(MotionwardError, match="You have marked no"):
        trial(store, identity, at_the_back(), "R-01", SETTINGS)


def test_a_flag_called_wrong_teaches_also_once_its_recording_was_analysed_anew_until_its_time_is_called_right(
    tmp_path: Path, lessons: list[list[Example]]
) -> None:
    store, identity = walked(tmp_path)
    (first, *_) = (e for e in store.episodes() if e.stream == "lower-back" and e.phenomenon == FREEZING)
    store.review(first.id, "wrong", actor="R-01", now_us=4)
    analyse_stored(store, identity, shipped(), Settings(20.0), actor="t", now=lambda: 5)
    again = next(e for e in store.episodes() if e.stream == "lower-back" and e.interval.overlaps(first.interval))
    assert (again.id == first.id, again.verdict) == (False, "")
    start = store.recording(identity).interval.start
    further = Label("lower-back", Interval(start + 70 * S, start + 75 * S), FREEZING, "R-01")
    store.label(identity, [further], check=None, actor="R-01", now_us=6)

    def hard() -> list[Interval]:
        trial(store, identity, at_the_back(), "R-01", Settings(20.0))
        return [e.interval for e in lessons[-1] if not e.is_positive and e.weight == 1.0]

    (taught,) = hard()
    assert taught.overlaps(first.interval)
    assert store.called_wrong("P-1", FREEZING, "R-02") == store.called_wrong("P-2", FREEZING, "R-01") == []
    store.review(again.id, "right", actor="R-02", now_us=7)
    assert len(hard()) == 1  # what another says does not unsay it
    store.review(again.id, "right", actor="R-01", now_us=8)
    store.review(again.id, "edges", actor="R-01", now_us=9)
    assert hard() == []


def test_the_time_of_calling_a_flag_wrong_is_kept_with_what_it_taught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, identity = walked(tmp_path)
    mark(store, identity)
    start = store.recording(identity).interval.start
    flag = RejectedRow(identity, "lower-back", Interval(start + 5 * S, start + 8 * S), 7)
    monkeypatch.setattr(Store, "called_wrong", lambda *_: [flag])
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    assert tried.detector.adapted is not None
    assert {(t.is_positive, t.marked_us) for t in tried.detector.adapted.taught} == {(True, 4), (False, 7)}


def test_what_is_marked_counts_before_a_flag_that_was_called_wrong(tmp_path: Path) -> None:
    store, identity = walked(tmp_path)
    recording = store.recording(identity)
    start = recording.interval.start
    flag = Interval(start + 20 * S, start + 30 * S)
    found = sources(
        recording,
        [("lower-back", Interval(start + 20 * S, start + 24 * S), True)],
        at_the_back(),
        store.remembering(identity, embedder(SETTINGS)),
        wrong=[("lower-back", flag)],
    )
    assert [s.wrong for s in found] == [(Interval(start + 24 * S, start + 30 * S),)]
    _, examples = teach(found, at_the_back(), FREEZING, "R-01")
    hard = [e for e in examples if not e.is_positive and e.weight == 1.0]
    assert [(e.interval.start, e.interval.end) for e in hard] == [(start + 24 * S, start + 30 * S)]
    assert any(e.weight < 1.0 for e in examples)  # what nobody marked is still there: not all negatives are hard


def test_where_everything_is_marked_the_rest_is_known_to_be_none_and_nothing_is_assumed(tmp_path: Path) -> None:
    store, identity = walked(tmp_path)
    mark(store, identity)
    start = store.recording(identity).interval.start
    whole = Label("lower-back", Interval(start + 10 * S, start + 60 * S), f"all {FREEZING}", "R-01")
    store.label(identity, [whole], check=checking(recorded_of(store.recording(identity))), actor="R-01", now_us=5)
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    assert tried.helps
    assert tried.detector.adapted is not None
    free = [t for t in tried.detector.adapted.taught if not t.is_positive]
    assert free
    assert all(start + 10 * S <= t.start_us and t.end_us <= start + 60 * S for t in free)
    assert "Assumed:" not in tried.card


def test_a_trial_says_that_all_was_marked_within_one_day(taught: tuple[Store, str, Trial]) -> None:
    _, _, tried = taught
    assert tried.warning == ONE_DAY
    assert tried.kind in tried.why
    assert tried.gain.expected > 0


def short_mark(store: Store, identity: str, at_s: float, label: str = FREEZING, *, seconds: float = 0.2) -> None:
    """A mark that covers most of no half second."""
    start = store.recording(identity).interval.start + round(at_s * S)
    made = [Label("lower-back", Interval(start, start + round(seconds * S)), label, "R-01")]
    store.label(identity, made, check=None, actor="R-01", now_us=5)


def test_a_mark_too_short_to_be_judged_is_left_out_and_said(taught: tuple[Store, str, Trial]) -> None:
    store, identity, before = taught
    short_mark(store, identity, 60.1)
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    said = "1 mark was left out: no half second of it could be judged; mark at least half a second"
    assert tried.detector.adapted is not None
    assert before.detector.adapted is not None
    spans = [[(t.start_us, t.end_us) for t in a.taught] for a in (tried.detector.adapted, before.detector.adapted)]
    assert spans[0] == spans[1]
    assert said in tried.why
    assert said in tried.card
    assert said not in before.why
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    assert store.verify() == []


def test_marks_that_are_all_too_short_teach_nothing_and_it_is_said(tmp_path: Path) -> None:
    store, identity = walked(tmp_path)
    for at_s in (20.1, 50.1):
        short_mark(store, identity, at_s)
    tried = trial(store, identity, at_the_back(), "R-01", SETTINGS)
    assert not tried.helps
    assert tried.detector == at_the_back()
    assert tried.why.startswith("No episode is marked: the detector stays as it is. 2 marks were left out: no half")


def test_a_new_class_is_taught_without_the_marks_that_are_too_short(taught: tuple[Store, str, Trial]) -> None:
    store, identity, _ = taught
    recording, embed = store.recording(identity), embedder(SETTINGS)
    start, like = recording.interval.start, at_the_back()
    spans = [("lower-back", Interval(start + round(a * S), start + round((a + n) * S)), True) for a, n in FREEZES]
    tiny = [("lower-back", Interval(start + round(a * S), start + round((a + 0.2) * S)), told)
            for a, told in ((60.1, True), (80.1, False))]  # fmt: skip
    plain, examples = teach(sources(recording, spans, like, embed), like, "a tic", "R-01")
    choice, same = teach(sources(recording, [*spans, *tiny], like, embed), like, "a tic", "R-01")
    said = "2 marks were left out: no half second of them could be judged; mark at least half a second"
    assert said in choice.why
    assert said not in plain.why
    assert [e.interval for e in same if e.weight == 1.0] == [e.interval for e in examples if e.weight == 1.0]
    with pytest.raises(MotionwardError, match=r"nothing to tell a tic from.*2 marks were left out"):
        teach(sources(recording, tiny, like, embed), like, "a tic", "R-01")


def test_two_loggers_of_a_patient_that_ran_at_once_are_one_clock(tmp_path: Path, lessons: list[list[Example]]) -> None:
    store, first = walked(tmp_path)
    second, _ = store.import_(freezing_walk(FREEZES, 90.0, seed=5), "P-1", actor="t", now_us=2)
    analyse_stored(store, second, shipped(), SETTINGS, actor="t", now=lambda: 3)
    start = store.recording(first).interval.start
    freezes = [Interval(start + round(a * S), start + round((a + n) * S)) for a, n in FREEZES]
    for identity, marks in ((first, freezes[:2]), (second, freezes[2:])):
        labels = [Label("lower-back", i, FREEZING, "R-01") for i in marks]
        store.label(identity, labels, check=None, actor="R-01", now_us=4)
    tried = trial(store, first, at_the_back(), "R-01", SETTINGS)
    assert "4 marked episodes" in tried.why
    (seen,) = lessons
    assert {e.clock for e in seen} == {("P-1", "")}
    free = [e.interval for e in seen if not e.is_positive]
    assert free
    assert not [i for i in free if any(i.overlaps(f) for f in freezes)], "a freeze of the other logger is no other time"


def test_what_a_detector_learned_from_is_not_unmarked_at_the_other_logger_of_the_same_person(
    taught: tuple[Store, str, Trial], lessons: list[list[Example]]
) -> None:
    store, first, tried = taught
    accept(store, tried, SETTINGS, reason="a test", actor="R-01", now=lambda: 9)
    cohort = store.detector(store.detectors()[0].id)
    assert cohort.adapted is not None
    second, _ = store.import_(freezing_walk(FREEZES, 90.0, seed=5), "P-1", actor="t", now_us=10)
    start = store.recording(first).interval.start
    one = replace(cohort.adapted.taught[0], recording=second, start_us=start + 2 * S, end_us=start + 4 * S)
    another = replace(one, recording="0" * 64, person="P-2", start_us=start + 85 * S, end_us=start + 89 * S)
    trial(store, first, replace(cohort, adapted=replace(cohort.adapted, taught=(one, another))), "R-01", SETTINGS)
    (*_, seen) = lessons
    assert [e.interval for e in seen if e.weight < 1.0] == [Interval(start + 85 * S, start + 90 * S)]


def test_what_is_wholly_marked_at_one_sensor_is_none_there_whatever_is_marked_at_another(
    tmp_path: Path, lessons: list[list[Example]]
) -> None:
    """As it is from the command line, which knows both sensors by their marks alone."""
    store, first = walked(tmp_path)
    second, _ = store.import_(freezing_walk(FREEZES, 90.0, seed=5), "P-1", actor="t", now_us=2)
    mark(store, first)
    start = store.recording(first).interval.start
    whole = Label("lower-back", Interval(start, start + 90 * S), f"all {FREEZING}", "R-01")
    store.label(second, [whole], check=None, actor="R-01", now_us=4)
    trial(store, first, at_the_back(), "R-01", SETTINGS)
    (seen,) = lessons
    assert any(e.recording == first and e.weight < 1.0 for e in seen), "there it is not wholly marked"
    none = [e for e in seen if e.recording == second]
    assert all(e.is_unselected and not e.is_positive for e in none)
    assert sum(e.interval.duration for e in none) == 90 * S
