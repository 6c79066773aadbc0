"""Two annotators are compared on a page, and a third's decisions are kept one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.pages.opened import actor
from clinic.store import Store
from clinic.store.rows import Label, LabelSource
from data.intervals import Interval
from tests.clinic.pages.driven import opened_at, shown
from tests.clinic.pages.made_store import store_with
from tests.clinic.reports.made import NOW_US


@pytest.fixture
def store(home: Path) -> Store:
    made = store_with(home)
    (recording,) = made.recordings()
    start = recording.streams[0].interval.start
    for rater, spans in (("anna", ((5, 9), (20, 24), (40, 44))), ("ben", ((5.2, 9), (22.9, 27)))):
        labels = [
            Label("lower-back", Interval(start + round(a * 1e6), start + round(b * 1e6)), "freezing of gait", rater)
            for a, b in spans
        ]
        made.label(recording.id, labels, check=None, actor=rater, now_us=NOW_US)
    return made


def test_with_one_annotator_the_page_says_what_it_takes(home: Path) -> None:
    store_with(home)
    at = opened_at("agreement", patient="P-0001")
    assert not at.exception
    assert "Two people have to label" in shown(at)


def test_who_looks_at_the_agreement_of_others_marks_no_longer_blind_there(store: Store) -> None:
    (recording,) = store.recordings()
    blind = "Blind: what the detector and other annotators say is hidden."
    assert blind in shown(opened_at("label", patient="P-0001"))
    assert not opened_at("agreement", patient="P-0001").exception
    assert store.saw_detector(recording.id, "lower-back", rater=actor())
    assert blind not in shown(opened_at("label", patient="P-0001"))


def test_decisions_that_contradict_each_other_are_said_and_not_kept(store: Store) -> None:
    (recording,) = store.recordings()
    start = recording.streams[0].interval.start
    span = Interval(start + 39_000_000, start + 50_000_000)
    against = [Label("lower-back", span, "not freezing of gait", "ben")]
    store.label(recording.id, against, check=None, actor="ben", now_us=NOW_US)
    at = opened_at("agreement", patient="P-0001")
    at.text_input[0].set_value("carl").run()
    for words in ("Keep none", "Keep ben", "Keep anna"):
        if words == "Keep anna":
            assert "ben marked not freezing of gait" in shown(at)
        next(b for b in at.button if b.label.startswith(words)).click().run()
    assert not at.exception
    assert "contradict each other: decide one of them again" in shown(at)
    assert next(b for b in at.button if b.label == "Keep it as labels").disabled
    assert at.get("download_button")[-1].proto.disabled
    again = next(s for s in at.selectbox if s.label == "Decide again")
    again.select_index(2).run()
    next(b for b in at.button if b.label == "Keep none").click().run()
    assert "contradict each other" not in shown(at)
    assert not next(b for b in at.button if b.label == "Keep it as labels").disabled


def test_a_third_may_keep_edges_that_are_neither_annotators(store: Store) -> None:
    (recording,) = store.recordings()
    start = recording.streams[0].interval.start
    at = opened_at("agreement", patient="P-0001")
    at.text_input[0].set_value("carl").run()
    slider = at.select_slider[0]
    assert tuple(slider.value) == (start + 20_000_000, start + 27_000_000)
    slider.set_range(start + 21_000_000, start + 26_500_000).run()
    next(b for b in at.button if b.label == "Keep these edges").click().run()
    assert not at.exception
    (row,) = store.decisions(recording.id)
    assert row.kept == Interval(start + 21_000_000, start + 26_500_000)
    assert "Difference 2 of 2" in shown(at)


def test_two_are_compared_and_a_third_decides_what_differs(store: Store) -> None:
    at = opened_at("agreement", patient="P-0001")
    assert not at.exception
    assert "anna and ben agree on 1 span and differ on 2." in shown(at)
    at.text_input[0].set_value("anna").run()
    assert "Name a third person" in shown(at)
    at.text_input[0].set_value("carl").run()
    assert "Difference 1 of 2" in shown(at)
    next(b for b in at.button if b.label.startswith("Keep ben")).click().run()
    assert "Difference 2 of 2" in shown(at)
    # A new session finds the decision.
    later = opened_at("agreement", patient="P-0001")
    later.text_input[0].set_value("carl").run()
    assert "Difference 2 of 2" in shown(later)
    next(b for b in later.button if b.label == "Keep none").click().run()
    assert not later.exception
    next(b for b in later.button if b.label == "Keep it as labels").click().run()
    assert not later.exception
    made = [x for x in store.labels(patient="P-0001") if x.source is LabelSource.CONSENSUS]
    assert [x.rater for x in made] == ["carl", "carl"]
    (recording,) = store.recordings()
    assert [d.kept is None for d in store.decisions(recording.id)] == [False, True]
    assert store.verify() == []


def test_what_is_decided_otherwise_takes_the_place_of_what_was_kept(store: Store) -> None:
    (recording,) = store.recordings()
    start = recording.streams[0].interval.start
    at = opened_at("agreement", patient="P-0001")
    at.text_input[0].set_value("carl").run()
    for words in ("Keep ben", "Keep anna", "Keep it as labels"):
        next(b for b in at.button if b.label.startswith(words)).click().run()

    def kept() -> list[tuple[float, float]]:
        made = [x for x in store.labels(patient="P-0001") if x.source is LabelSource.CONSENSUS]
        return [((x.interval.start - start) / 1e6, (x.interval.end - start) / 1e6) for x in made]

    assert kept() == [(5.2, 9), (22.9, 27), (40, 44)]
    for number, words, left in (
        (0, "Keep anna", [(5.2, 9), (20, 24), (40, 44)]),
        (1, "Keep none", [(5.2, 9), (20, 24)]),
    ):
        next(s for s in at.selectbox if s.label == "Decide again").select_index(number).run()
        next(b for b in at.button if b.label.startswith(words)).click().run()
        next(b for b in at.button if b.label == "Keep it as labels").click().run()
        assert not at.exception
        assert sorted(kept()) == left
    assert next(b for b in at.button if b.label == "Kept as labels").disabled
    assert store.verify() == []
