"""The labelling page in Streamlit's own harness, and its edits in a real store; the canvas is driven in a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from clinic.analysis import Settings
from clinic.home import Home
from clinic.pages import label_files
from clinic.pages.edits import Open, import_labels, known_names, seen_version, store_edit
from clinic.pages.label_message import phenomena, taught
from clinic.pages.opened import actor, rows_of
from clinic.review.marking import Edit
from clinic.store import Store
from clinic.store.access import StoreError
from clinic.store.rows import Label, LabelRow, LabelSource
from clinic.stored import analyse_stored, judge_at
from data.errors import MotionwardError
from data.intervals import Interval
from data.recording import Placement
from models.detectors import shipped
from tests.clinic.pages.driven import APP, opened_at, shown
from tests.clinic.pages.made_store import store_with, store_with_two_sensors
from tests.clinic.reports.made import analysis_of, worn_days
from tests.signals import freezing_walk

S = 1_000_000
SPELLS = tuple((20.0 + 15 * n, 4.0) for n in range(6))


def opened_stream(home: Path) -> tuple[Store, Open]:
    store = store_with(home)
    rows = rows_of("P-0001")
    return store, Open(rows, rows.recordings[0], rows.recordings[0].streams[0], "R-01")


def marked(store: Store) -> list[tuple[float, float, str]]:
    start = store.recordings()[0].streams[0].interval.start
    return [((x.interval.start - start) / S, (x.interval.end - start) / S, x.label) for x in store.labels()]


class Hand:
    """An annotator's edits, one after another."""

    def __init__(self, store: Store, what: Open, window: Interval | None = None) -> None:
        self.store, self.what, self.made, self.n = store, what, {}, 0
        self.window = window or what.stream.interval

    def does(
        self,
        kind: str,
        target: str = "",
        *,
        at: tuple[float, float] | None = None,
        label: str = "",
        sure: float | None = None,
    ) -> str:
        self.n += 1
        start = self.what.stream.interval.start
        span = Interval(start + round(at[0] * S), start + round(at[1] * S)) if at else None
        edit = Edit(f"e{self.n}", kind, target, span, label, confidence=sure)
        self.made[edit.id] = store_edit(
            self.store, self.what, edit, self.made, model="v7", at_us=self.n, window=self.window
        )
        return edit.id


def test_every_change_is_a_row_of_its_own_and_undo_goes_back_one_by_one(home: Path) -> None:
    store, what = opened_stream(home)
    hand = Hand(store, what)
    first = hand.does("add", at=(10, 12), label="freezing of gait")
    hand.does("move", first, at=(10, 12.1))
    hand.does("class", first, label="turning")
    assert marked(store) == [(10, 12.1, "turning")]
    hand.does("remove", first)
    assert marked(store) == []
    seen = []
    for _ in range(4):
        hand.does("undo")
        seen.append(marked(store))
    assert seen == [[(10, 12.1, "turning")], [(10, 12.1, "freezing of gait")], [(10, 12, "freezing of gait")], []]
    assert len(store.label_history(what.recording.id)) == 8
    with pytest.raises(StoreError, match="Nothing is left to take back"):
        hand.does("undo")
    assert store.verify() == []


def test_an_undo_leaves_what_was_marked_on_another_sensor_and_says_what_it_took_out_of_sight(home: Path) -> None:
    store = store_with_two_sensors(home)
    rows = rows_of("P-0001")
    back, ankle = (Open(rows, rows.recordings[0], s, "R-01") for s in rows.recordings[0].streams)
    start = back.stream.interval.start
    on_back, on_ankle = Hand(store, back), Hand(store, ankle, Interval(start, start + 5 * S))
    on_ankle.does("add", at=(10, 12), label="turning")
    on_back.does("add", at=(20, 22), label="turning")
    (of_back,) = (x for x in store.labels() if x.stream == back.stream.name)
    gone = on_ankle.does("undo")
    assert store.labels() == [of_back]
    said = back.clock.time(start + 10 * S, decimals=1)
    assert on_ankle.made[gone].startswith("Taken back outside this window: your last change, of turning at ")
    assert on_ankle.made[gone].endswith(f"{said}.")
    with pytest.raises(StoreError, match="none of your marks stands on this sensor"):
        on_ankle.does("undo")
    assert on_back.made[on_back.does("undo")] == ""
    assert store.labels() == []
    assert store.verify() == []


def test_how_sure_somebody_is_is_a_change_of_its_own_and_corrects_nothing(home: Path) -> None:
    store, what = opened_stream(home)
    hand = Hand(store, what)
    drawn = hand.does("add", at=(10, 12), label="turning")
    for said in (0.5, 0.75, None):
        hand.does("sure", drawn, sure=said)
        assert [x.confidence for x in store.labels()] == [said]
    hand.does("undo")
    assert [x.confidence for x in store.labels()] == [0.75]
    start = what.stream.interval.start
    theirs = Label(what.stream.name, Interval(start + 20 * S, start + 22 * S), "fall", "R-01", LabelSource.IMPORTED)
    (row,) = store.label(what.recording.id, [theirs], check=None, actor="R-01", now_us=90)
    hand.does("sure", row.id, sure=1.0)
    found = store.labels()[1]
    assert (found.source, found.confidence, found.replaces) == (LabelSource.IMPORTED, 1.0, row.id)
    with pytest.raises(StoreError, match="not between 0 and 1"):
        hand.does("sure", drawn, sure=1.5)
    assert store.verify() == []


def test_an_edit_may_name_a_label_by_its_key_after_it_was_changed_and_taken_back(home: Path) -> None:
    store, what = opened_stream(home)
    hand = Hand(store, what)
    key = hand.made[hand.does("add", at=(10, 12), label="turning")]
    hand.does("move", key, at=(9, 12))
    hand.does("undo")
    hand.does("move", key, at=(10, 13))
    assert marked(store) == [(10, 13, "turning")]


def test_a_stored_recording_is_opened_once_for_all_edits(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody waits while a span is stored, and a stored recording never changes."""
    store, what = opened_stream(home)
    asked, recording = [], Store.recording
    monkeypatch.setattr(Store, "recording", lambda self, identity: asked.append(identity) or recording(self, identity))
    hand = Hand(store, what)
    for start in (10, 13, 16):
        hand.does("add", at=(start, start + 2), label="turning")
    assert asked == [what.recording.id]


def test_a_refused_edit_says_why_and_changes_nothing(home: Path) -> None:
    store, what = opened_stream(home)
    hand = Hand(store, what)
    first = hand.does("add", at=(10, 12), label="fall")
    for kind, target, more, why in (
        ("add", "", {"at": (11, 14), "label": "fall"}, "already"),
        ("add", "", {"at": (11, 14), "label": "not fall"}, "cannot be both"),
        ("add", "", {"at": (14, 14), "label": "fall"}, "covers no time"),
        ("add", "", {"at": (14, 15), "label": " "}, "no class"),
        ("move", first, {"at": (10, 999)}, "ends after the signal does"),
        ("remove", "nobody's", {}, "there no more"),
    ):
        with pytest.raises(StoreError, match=why):
            hand.does(kind, target, **more)
        assert marked(store) == [(10, 12, "fall")]


def test_a_refused_edit_is_told_on_the_clock_of_the_page(home: Path) -> None:
    store, what = opened_stream(home)
    hand = Hand(store, what)
    hand.does("add", at=(10, 12), label="turning")
    first, end = what.stream.interval.start, what.stream.interval.end
    at, last = (what.clock.time(t, decimals=1) for t in (first + 10 * S, end))
    assert at != "0:00:10.0"
    with pytest.raises(StoreError, match=f"from {at} to "):
        hand.does("add", at=(11, 13), label="turning")
    with pytest.raises(StoreError, match=f"ends after the signal does at {last}: end it there"):
        hand.does("add", at=(20, (end - first) / S + 5), label="turning")
    assert len(store.labels()) == 1


def test_a_label_tells_tool_annotator_and_the_detector_that_was_seen(home: Path) -> None:
    store, what = opened_stream(home)
    Hand(store, what).does("add", at=(10, 12), label="turning")
    (row,) = store.labels()
    assert (row.rater, row.model, row.source) == ("R-01", "v7", LabelSource.DRAWN)
    assert row.tool.startswith("motionward ")


def test_an_imported_label_that_is_changed_is_a_corrected_one(home: Path) -> None:
    store, what = opened_stream(home)
    at = Interval(what.stream.interval.start, what.stream.interval.start + S)
    brought = Label(what.stream.name, at, "fall", "R-01", LabelSource.IMPORTED, 0.8)
    (row,) = store.label(what.recording.id, [brought], check=None, actor="R-01", now_us=1)
    Hand(store, what).does("class", row.id, label="turning")
    (now,) = store.labels()
    assert isinstance(now, LabelRow)
    assert (now.source, now.confidence, now.label) == (LabelSource.CORRECTED, 0.8, "turning")


def test_the_detector_seen_is_the_one_that_judged_the_sensor(home: Path) -> None:
    _, what = opened_stream(home)
    names = ("freezing-of-gait-ankle", "fall-waist", "freezing-of-gait-lower-back", "turning-lower-back")
    manifest = {"detectors": [{"name": n, "version": f"of {n}"} for n in names]}
    what = replace(what, rows=replace(what.rows, runs=(replace(what.rows.runs[0], manifest=manifest),)))
    serving = {"freezing-of-gait-lower-back"}
    assert what.stream.placement == "lower back"
    assert seen_version(what, "not freezing of gait", serving) == "of freezing-of-gait-lower-back"
    assert seen_version(what, "turning", serving) == "of turning-lower-back"
    assert seen_version(what, "a class of mine", serving) == "of freezing-of-gait-lower-back"
    thigh = replace(what, stream=replace(what.stream, placement="thigh"))
    assert seen_version(thigh, "turning", set()) == "of freezing-of-gait-ankle"
    assert seen_version(replace(what, rows=replace(what.rows, runs=())), "turning", serving) == ""


def test_others_labels_go_out_once_they_were_seen_and_of_the_open_sensor_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_with_two_sensors(home)
    rows = rows_of("P-0001")
    one, other = rows.recordings[0].streams
    me = Open(rows, rows.recordings[0], one, "R-01")
    start = one.interval.start
    for n, (rater, stream) in enumerate([("R-01", one), ("R-01", other), ("R-02", one), ("R-02", other)]):
        span = Label(stream.name, Interval(start + n * S, start + (n + 1) * S), "fall", rater)
        store.label(me.recording.id, [span], check=None, actor=rater, now_us=n + 1)
    monkeypatch.setattr(label_files, "opened", lambda: store)
    monkeypatch.setattr(label_files, "is_seen", lambda _: False)
    assert label_files._others(me) == []
    monkeypatch.setattr(label_files, "is_seen", lambda _: True)
    assert label_files._others(me) == ["R-02"]
    counted = {
        whose: [label_files._bytes(me, "csv", whose).decode().count(rater) for rater in ("R-01", "R-02")]
        for whose in ("R-01", "R-02", label_files.EVERYBODY)
    }
    assert counted == {"R-01": [2, 0], "R-02": [0, 1], "": [2, 1]}
    with pytest.raises(MotionwardError, match="cannot say who of R-01, R-02 made a label"):
        label_files._bytes(me, "edf", label_files.EVERYBODY)


def test_classes_are_those_of_the_detectors_for_the_place() -> None:
    assert phenomena("waist") == ["freezing of gait", "fall"]
    assert phenomena("hand") == ["rest tremor"]
    assert phenomena("thigh") == []


def test_the_page_opens_at_the_window_of_its_link_and_names_it(home: Path) -> None:
    store = store_with(home)
    (recording,) = store.recordings()
    start = recording.streams[0].interval.start
    at = opened_at("label", patient="P-0001", **{"from": str(start + 5 * S), "to": str(start + 15 * S)})
    assert not at.exception
    assert "Nothing marked yet" in shown(at)
    assert "Blind: " in shown(at)
    assert at.query_params["recording"] == recording.id
    assert at.query_params["stream"] == recording.streams[0].name
    assert at.query_params["from"] == str(start + 5 * S)


def test_a_link_to_a_window_outside_the_recording_opens_its_beginning(home: Path) -> None:
    store = store_with(home)
    start = store.recordings()[0].streams[0].interval.start
    at = opened_at("label", patient="P-0001", **{"from": "5", "to": "7"})
    assert not at.exception
    assert at.query_params["from"] == str(start)


def test_a_link_that_goes_beyond_the_recording_opens_what_is_there(home: Path) -> None:
    store = store_with(home)
    there = store.recordings()[0].streams[0].interval
    at = opened_at("label", patient="P-0001", **{"from": str(there.end - 7 * S), "to": str(there.end + 9 * S)})
    assert not at.exception
    assert (at.query_params["from"], at.query_params["to"]) == (str(there.end - 7 * S), str(there.end))


def test_the_labels_of_the_person_are_counted_and_those_of_others_hidden(home: Path) -> None:
    store = store_with(home)
    (recording,) = store.recordings()
    (stream,) = recording.streams
    for who, label in ((actor(), "turning"), ("somebody else", "secret class")):
        span = Interval(stream.interval.start, stream.interval.start + S)
        store.label(recording.id, [Label(stream.name, span, label, who)], check=None, actor=who, now_us=1)
    text = shown(opened_at("label", patient="P-0001"))
    assert f"1 × turning marked by {actor()}." in text
    assert "secret class" not in text


def test_who_saw_the_detector_here_before_is_not_blind_in_another_session(home: Path) -> None:
    store = store_with(home)
    (recording,) = store.recordings()
    (stream,) = recording.streams
    span = Interval(stream.interval.start, stream.interval.start + S)
    theirs, mine = (Label(stream.name, span, "turning", who, model="v7") for who in ("somebody else", actor()))
    store.label(recording.id, [theirs], check=None, actor=theirs.rater, now_us=1)
    assert "Blind: " in shown(opened_at("label", patient="P-0001"))
    store.label(recording.id, [mine], check=None, actor=mine.rater, now_us=2)
    assert "You have seen what the detector or another" in shown(opened_at("label", patient="P-0001"))


def test_another_sensor_is_chosen_by_a_switch(home: Path) -> None:
    store = store_with_two_sensors(home)
    (recording,) = store.recordings()
    start = recording.streams[0].interval.start
    mark = Label("lower-back", Interval(start, start + S), "turning", actor())
    store.label(recording.id, [mark], check=None, actor=actor(), now_us=4)
    at = opened_at("label", patient="P-0001", stream="left-ankle")
    assert f"1 × turning marked by {actor()}, none of them on this sensor." in shown(at)
    (switch,) = [s for s in at.selectbox if s.label == "Sensor"]
    assert switch.value == "left-ankle"
    switch.select("lower-back").run()
    assert not at.exception
    assert at.query_params["stream"] == "lower-back"
    assert f"1 × turning marked by {actor()}." in shown(at)


def test_without_a_patient_there_is_a_way_on(home: Path) -> None:
    at = opened_at("label")
    assert "No patient yet." in shown(at)
    assert [b.label for b in at.button] == ["Import recordings"]


def test_a_patient_without_a_recording_says_so(home: Path) -> None:
    Store.open(Home(home)).add_patient("P-9", "Europe/Berlin", actor="t", now_us=1)
    assert "Nothing to label for P-9 yet." in shown(opened_at("label", patient="P-9"))


def test_adapting_compares_and_accepting_puts_the_new_detector_to_work(home: Path) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-1", "Europe/Berlin", actor="t", now_us=1)
    recording = freezing_walk(((20.0, 6.0), (40.0, 5.0)), 60.0)
    identity, _ = store.import_(recording, "P-1", actor="t", now_us=2)
    analyse_stored(store, identity, shipped(), Settings(), actor="t", now=lambda: 3)
    at = opened_at("label", patient="P-1")
    pressed(at, "Adapt and compare")
    assert "You have marked no freezing of gait" in shown(at)
    start = recording.interval.start
    span = Interval(start + 20 * S, start + 26 * S)
    store.label(identity, [Label("lower-back", span, "freezing of gait", actor())], check=None, actor=actor(), now_us=4)
    pressed(at, "Adapt and compare")
    assert "The new detector " in shown(at)
    assert "You have seen what the detector or another" in shown(at)
    pressed(at, "Discard")
    assert "Discarded: nothing was changed." in shown(at.run())  # also where the page is drawn once more
    assert store.detectors() == []
    pressed(at, "Adapt and compare")
    assert "Discarded" not in shown(at)
    pressed(at, "Accept")
    assert "say in a few words why you accept it" in shown(at)
    next(t for t in at.text_input if t.key == "reason").input("it fits").run()
    pressed(at, "Accept")
    (kept,) = store.detectors()
    flags = sum(e.certainty == "sure" for e in store.episodes(phenomenon="freezing of gait"))
    assert f"Accepted: lower-back now has {flags} flag" in shown(at)
    assert {e.detector for e in store.episodes()} == {kept.id}
    (versions,) = [s for s in at.selectbox if s.label == "Judged here by"]
    assert versions.value == kept.id
    assert f"by {actor()}, 1 marked episode ({kept.id[:7]})" in versions.options[0]
    old = versions.options[1]
    assert old.startswith("as shipped (")
    versions.select(old).run()
    pressed(at, "Judge with this one")
    assert "Changed: lower-back now has " in shown(at)
    assert "Further recordings of P-1 are judged so too, until somebody decides otherwise." in shown(at)
    assert f"Further recordings of P-1 are judged by: {old}. {actor()} decided that (" in shown(at)
    assert {e.detector for e in store.episodes()} == {kept.parent}
    assert store.verify() == []


def test_a_trial_ends_with_the_analysis_it_is_compared_with_and_says_that_other_marks_taught_it(home: Path) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-1", "Europe/Berlin", actor="t", now_us=1)
    recording = freezing_walk(((20.0, 6.0), (40.0, 5.0)), 60.0)
    identity, _ = store.import_(recording, "P-1", actor="t", now_us=2)
    analyse_stored(store, identity, shipped(), Settings(), actor="t", now=lambda: 3)
    start = recording.interval.start
    spans = (Interval(start + a * S, start + b * S) for a, b in ((20, 26), (40, 45)))
    one, two = (Label("lower-back", span, "freezing of gait", actor()) for span in spans)
    store.label(identity, [one], check=None, actor=actor(), now_us=4)
    at = opened_at("label", patient="P-1")
    pressed(at, "Adapt and compare")
    assert "Your marks are others now" not in shown(at)
    store.label(identity, [two], check=None, actor=actor(), now_us=5)
    assert "Your marks are others now than those that taught it: adapt again" in shown(at.run())
    judge_at(store, [identity], 5.0, None, actor="t", now=lambda: 6)
    assert "This recording was analysed anew since the detector was taught" in shown(at.run())
    assert "Accept" not in {b.label for b in at.button}
    analyse_stored(store, identity, shipped(), Settings(), actor="t", now=lambda: 7)
    assert "This recording was analysed anew" not in shown(at.run())
    assert store.detectors() == []


def walked_twice(home: Path, label: str) -> tuple[Store, list[str]]:
    """Two patients with a walk each, and six spells of a class marked in each."""
    store, identities = Store.open(Home(home)), []
    for n, code in enumerate(("P-1", "P-2")):
        store.add_patient(code, "Europe/Berlin", actor="t", now_us=1)
        recording = freezing_walk(SPELLS, 170.0, seed=n)
        identities.append(store.import_(recording, code, actor="t", now_us=2)[0])
        analyse_stored(store, identities[-1], shipped(), Settings(), actor="t", now=lambda: 3)
        start = recording.interval.start
        spans = [Interval(start + round(a * S), start + round((a + d) * S)) for a, d in SPELLS]
        labels = [Label("lower-back", span, label, actor()) for span in spans]
        store.label(identities[-1], labels, check=None, actor=actor(), now_us=4)
    return store, identities


def accepted_for_everybody(patient: str, label: str) -> AppTest:
    """The page, after a class was taught for every patient there and accepted."""
    at = opened_at("label", patient=patient)
    (classes,) = [s for s in at.selectbox if s.label == "Class"]
    classes.set_value(label).run()
    (whom,) = [g for g in at.button_group if g.label == "Your marks of, and a detector for"]
    whom.set_value("every patient").run()
    with pytest.MonkeyPatch.context() as patch:  # as if marks of some were known to serve others: what follows is asked
        patch.setattr("models.adapters.choose.OF_OTHERS", (1.0, 0.05))
        pressed(at, "Adapt and compare")
    assert "who has no detector of their own and for whom none was chosen that are imported" in shown(at)
    for reason in (t for t in at.text_input if t.key == "reason"):  # asked for where it is not shown to help
        reason.input("it fits").run()
    pressed(at, "Accept")
    return at


def test_marks_of_one_patient_leave_the_detector_of_every_patient_as_it_is_and_the_page_says_why(home: Path) -> None:
    store, (_, second) = walked_twice(home, "freezing of gait")
    for row in store.labels(recording=second):
        store.remove_label(second, row.id, rater=actor(), actor=actor(), now_us=9)
    at = opened_at("label", patient="P-1")
    (whom,) = [g for g in at.button_group if g.label == "Your marks of, and a detector for"]
    whom.set_value("every patient").run()
    pressed(at, "Adapt and compare")
    assert "marked episodes of one patient tell nothing of others" in shown(at)
    assert not [b for b in at.button if b.label == "Accept"]
    assert store.cohort_detectors() == []


def test_a_detector_for_every_patient_is_taught_accepted_and_taken_back(home: Path) -> None:
    store, _ = walked_twice(home, "freezing of gait")
    at = accepted_for_everybody("P-1", "freezing of gait")
    (kept,) = store.detectors()
    assert store.cohort_detectors() == [(kept.name, kept.id)]
    assert f"the one taught for every patient ({kept.id[:7]})" in shown(at)
    pressed(at, "Shipped for everybody")
    assert store.cohort_detectors()[-1] == (kept.name, "")
    assert "further recordings are judged by the shipped detector again" in shown(at)
    assert store.verify() == []


def test_who_is_judged_by_the_shipped_detector_is_kept_on_it_and_told_to_follow_again(home: Path) -> None:
    store, (_, second) = walked_twice(home, "freezing of gait")
    accepted_for_everybody("P-1", "freezing of gait")
    (kept,) = store.detectors()
    runs = store.runs(second)
    at = opened_at("label", patient="P-2")
    (versions,) = [s for s in at.selectbox if s.label == "Judged here by"]
    assert versions.value == kept.parent
    assert f"({kept.id[:7]})" in versions.options[0]  # everybody's can be chosen here as well
    assert "Further recordings of P-2 follow every patient: taught " in shown(at)
    pressed(at, "Keep on the present one")
    assert "Kept: further recordings of P-2 are judged as this one is." in shown(at)
    assert f"Further recordings of P-2 are judged by: {versions.options[1]}. {actor()} decided that (" in shown(at)
    assert store.chosen_detectors("P-2")[kept.name].version == kept.parent
    pressed(at, "Follow every patient")
    assert "further recordings of P-2 are judged as every patient's are" in shown(at).replace("&#x27;", "'")
    assert store.chosen_detectors("P-2")[kept.name].version is None
    assert "Further recordings of P-2 follow every patient: taught " in shown(at)
    assert store.runs(second) == runs
    assert store.verify() == []


def test_adapt_begins_with_the_class_that_was_marked_last(home: Path) -> None:
    walked_twice(home, "a tic")
    (classes,) = [s for s in opened_at("label", patient="P-1").selectbox if s.label == "Class"]
    assert classes.options[0] == "freezing of gait"
    assert classes.value == "a tic"


def test_where_nothing_was_learned_nothing_waits_and_the_marks_and_versions_stay_in_sight(home: Path) -> None:
    store = store_with(home)
    what = opened_stream(home)[1]
    start = what.stream.interval.start
    none = Label(what.stream.name, Interval(start + 2 * S, start + 8 * S), "not freezing of gait", actor())
    store.label(what.recording.id, [none], check=None, actor=actor(), now_us=4)
    store.set_cohort_detector("freezing-of-gait-lower-back", "", actor="t", now_us=5)
    at = opened_at("label", patient="P-0001")
    assert "Marked <span>1 on this sensor" in shown(at)
    pressed(at, "Adapt and compare")
    assert "No episode is marked: the detector stays as it is." in shown(at)
    assert "Nothing changes until you accept" not in shown(at)
    assert "Accept" not in {b.label for b in at.button}
    assert "Marked <span>1 on this sensor" in shown(at)


def test_what_a_version_started_from_is_said_when_it_is_accepted_and_where_it_is_chosen(home: Path) -> None:
    walked_twice(home, "freezing of gait")
    at = accepted_for_everybody("P-1", "freezing of gait")
    ours = next(d for d in shipped() if d.name == "freezing-of-gait-lower-back")
    words = f"It started from the detector as shipped ({ours.version[:7]}), by the "
    assert shown(at).count(words) == 2


def test_a_version_that_learned_from_a_recording_that_was_withdrawn_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.new_class.DRAWS_FRESH", 2)
    store, (_, second) = walked_twice(home, "a tic")
    accepted_for_everybody("P-1", "a tic")
    words = "It learned from 1 recording that was withdrawn since"
    assert words not in shown(opened_at("label", patient="P-1"))
    store.reassign(second, "", actor="t", now_us=8)
    assert words in shown(opened_at("label", patient="P-1"))


def test_a_new_class_is_taught_for_every_patient_and_another_page_offers_to_teach_it_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic.new_class.DRAWS_FRESH", 2)
    store, (_, second) = walked_twice(home, "a tic")
    accepted_for_everybody("P-1", "a tic")
    (kept,) = store.detectors()
    assert (kept.phenomenon, store.cohort_detectors()) == ("a tic", [(kept.name, kept.id)])
    at = opened_at("label", patient="P-2")
    (classes,) = [s for s in at.selectbox if s.label == "Class"]
    assert "a tic (taught for every patient)" in classes.options
    classes.set_value("a tic").run()
    (versions,) = [s for s in at.selectbox if s.label == "Judged here by"]
    assert versions.options[1] == "none: nothing looks for it"
    assert taught("lower back") == ["a tic"]  # a class to mark here as well
    assert taught("ankle") == []
    pressed(at, "Adapt and compare")
    assert f"starts from ({kept.id[:7]}) learned from all your marks of a tic at: lower back already" in shown(at)
    versions.set_value(kept.id).run()
    pressed(at, "Judge with this one")
    assert "a tic" in {e.phenomenon for e in store.episodes(recording=second)}
    pressed(at, "None for everybody")
    assert "further recordings are judged without looking for it" in shown(at)
    assert store.verify() == []


def test_a_patient_opens_where_the_sensor_was_first_judged_and_at_a_flag_once_flags_may_be_seen(home: Path) -> None:
    store, made = Store.open(Home(home)), worn_days(1)
    store.add_patient("P-0001", "Europe/Berlin", actor="t", now_us=1)
    identity, _ = store.import_(made, "P-0001", actor="t", now_us=2)
    found = analysis_of(made, flags=((7200.0, 6.0),), not_judged=((0.0, 3600.0, "too weak"),))
    store.record(identity, found, actor="t", now_us=3)
    start = made.interval.start
    blind = opened_at("label", patient="P-0001")
    assert blind.query_params["from"] == str(start + 3600 * S)
    seen = AppTest.from_file(APP, default_timeout=30)
    seen.query_params["patient"] = "P-0001"
    seen.session_state["seen"] = {(identity, "lower-back")}
    seen.run()
    seen.switch_page("clinic/pages/label.py").run()
    assert seen.query_params["from"] == str(start + 7188 * S)
    assert seen.query_params["to"] == str(start + 7218 * S)


def test_who_saw_the_detector_and_marked_nothing_is_not_blind_in_the_next_session_either(home: Path) -> None:
    store, what = opened_stream(home)
    here = (what.recording.id, what.stream.name)
    first = opened_at("label", patient=what.rows.patient.code)
    assert "Blind: " in shown(first)
    first.session_state["seen"] = {here}
    assert "You have seen what the detector or another" in shown(first.run())
    first.run()
    assert [e.act for e in store.audit()][:2] != ["see detector"] * 2  # noted once
    assert "You have seen what the detector or another" in shown(opened_at("label", patient=what.rows.patient.code))
    (row,) = (e for e in store.audit() if e.act == "see detector")
    assert store.saw_detector(*here, rater=row.actor)
    assert not store.saw_detector(*here, rater="somebody else")
    assert not store.saw_detector(here[0], "another sensor", rater=row.actor)
    assert store.verify() == []


@pytest.mark.parametrize("page", ["timeline", "audit", "report"])
def test_who_was_shown_flags_on_another_page_in_an_earlier_session_is_not_blind(home: Path, page: str) -> None:
    store, what = opened_stream(home)
    drawn = opened_at(page, patient="P-0001")
    if page == "audit":
        assert "Blind: " in shown(opened_at("label", patient="P-0001"))  # what is proposed shows no flag yet
        next(b for b in drawn.button if b.label == "Begin the audit").click().run()
    assert not drawn.exception
    assert "You have seen what the detector or another" in shown(opened_at("label", patient="P-0001"))
    assert store.saw_detector(what.recording.id, what.stream.name, rater=actor())
    assert store.verify() == []


def test_a_place_that_no_detector_serves_is_said(home: Path) -> None:
    store = Store.open(Home(home))
    store.add_patient("P-1", "Europe/Berlin", actor="t", now_us=1)
    store.import_(freezing_walk(placement=Placement.WRIST), "P-1", actor="t", now_us=2)
    at = opened_at("label", patient="P-1")
    assert not at.exception
    assert "No detector serves a sensor at: wrist." in shown(at)


def test_a_file_of_labels_is_taken_in_whole_or_not_at_all(home: Path, tmp_path: Path) -> None:
    store, what = opened_stream(home)
    path = tmp_path / "labels.csv"
    path.write_text("file,stream,start_s,end_s,label\n,,1,2,turning\n,,3,4.5,turning\n", encoding="utf-8")
    added = import_labels(store, what, path, at_us=1)
    assert [x.label for x in added] == ["turning", "turning"]
    assert marked(store) == [(1, 2, "turning"), (3, 4.5, "turning")]
    assert import_labels(store, what, path, at_us=2) == []
    path.write_text("file,stream,start_s,end_s,label\n,,6,7,turning\n,,3.5,5,turning\n", encoding="utf-8")
    with pytest.raises(MotionwardError, match=r"labels\.csv, line 3"):
        import_labels(store, what, path, at_us=3)
    assert len(marked(store)) == 2


def test_a_class_is_spelt_in_every_recording_as_its_rater_spells_it_with_another_patient(
    home: Path, tmp_path: Path
) -> None:
    store, what = opened_stream(home)
    store.add_patient("P-2", "Europe/Berlin", actor="t", now_us=1)
    other, _ = store.import_(freezing_walk(seed=9), "P-2", actor="t", now_us=2)
    (stream,) = next(r for r in store.recordings("P-2") if r.id == other).streams
    start = stream.interval.start
    for k, (label, rater) in enumerate((("toe tapping", "R-01"), ("Shuffling", "R-02"))):
        span = Label(stream.name, Interval(start + S, start + 2 * S), label, rater)
        store.label(other, [span], check=lambda *_: None, actor=rater, now_us=3 + k)
    path = tmp_path / "labels.csv"
    path.write_text("file,stream,start_s,end_s,label\n,,1,2,not Toe_tapping\n", encoding="utf-8")
    with pytest.raises(MotionwardError, match="'not Toe_tapping' is spelt otherwise than 'not toe tapping': spell it"):
        import_labels(store, what, path, at_us=5)
    known = known_names(store, "R-01")
    assert {"toe tapping", "not toe tapping", "all toe tapping", "not fall"} <= set(known)
    assert "Shuffling" not in known, "what another calls it is their opinion"


def pressed(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run(timeout=60)
    assert not at.exception
