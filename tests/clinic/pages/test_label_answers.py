"""Answers to flags and suggestions: a label and a verdict in one change, and both taken back together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clinic.pages.edits import Open, has_seen, store_edit
from clinic.pages.opened import rows_of
from clinic.review.marking import SUGGESTED, Edit, edits_from, flag_ahead, verdict_on
from clinic.store import Store
from clinic.store.access import StoreError
from clinic.store.rows import EpisodeRow, Label, LabelSource
from data.intervals import Interval
from tests.clinic.pages.made_store import store_with

S = 1_000_000


def opened_flags(home: Path) -> tuple[Store, Open, list[EpisodeRow]]:
    store = store_with(home, days=1)
    rows = rows_of("P-0001")
    flags = [e for e in rows.episodes if e.certainty != "unsure"]
    stream = next(s for s in rows.recordings[0].streams if s.name == flags[0].stream)
    return store, Open(rows, rows.recordings[0], stream, "R-01"), flags


def answer(store: Store, what: Open, number: int, span: Interval, label: str, of: str) -> str:
    return edited(store, what, Edit(f"e{number}", "add", "", span, label, of), number)


def edited(store: Store, what: Open, edit: Edit, number: int) -> str:
    return store_edit(store, what, edit, {}, model="", at_us=number, window=what.stream.interval)


def verdicts(store: Store) -> dict[str, str]:
    return {e.id: e.verdict for e in store.episodes() if e.verdict}


@pytest.mark.parametrize("verdict", ["right", "wrong", "edges"])
def test_an_answered_flag_is_a_label_with_a_verdict(home: Path, verdict: str) -> None:
    store, what, (one, *_) = opened_flags(home)
    at = Interval(one.interval.start + S // 10, one.interval.end) if verdict == "edges" else one.interval
    answer(store, what, 1, at, f"not {one.phenomenon}" if verdict == "wrong" else one.phenomenon, one.id)
    assert verdicts(store) == {one.id: verdict}
    (row,) = store.labels()
    assert row.source is (LabelSource.ACCEPTED if verdict == "right" else LabelSource.CORRECTED)
    assert (row.interval, row.model) == (at, one.detector)
    assert store.verify() == []


def test_an_undo_takes_back_label_and_verdict_and_brings_an_older_verdict_again(home: Path) -> None:
    store, what, (one, *_) = opened_flags(home)
    store.review(one.id, "edges", actor="R-02", now_us=1)
    answer(store, what, 2, one.interval, one.phenomenon, one.id)
    assert verdicts(store) == {one.id: "right"}
    store.undo_label(what.recording.id, what.stream.name, rater="R-01", actor="R-01", now_us=3)
    assert (store.labels(), verdicts(store)) == ([], {one.id: "edges"})
    assert store.verify() == []


def test_who_answered_a_flag_or_marked_beside_the_detector_has_seen_it_also_after_taking_that_back(home: Path) -> None:
    store, what, (one, *_) = opened_flags(home)
    of = what.recording.id

    def seen(rater: str) -> bool:
        return has_seen(store, replace(what, rows=rows_of("P-0001"), rater=rater))

    blind = Label(what.stream.name, one.interval, "turning", "R-01")
    store.label(of, [blind], check=None, actor="R-01", now_us=1)
    assert not seen("R-01")
    answer(store, what, 3, one.interval, one.phenomenon, one.id)
    assert seen("R-01")
    store.undo_label(of, what.stream.name, rater="R-01", actor="R-01", now_us=4)
    assert seen("R-01")
    assert not has_seen(store, replace(what, stream=replace(what.stream, name="another-sensor")))
    assert not seen("R-02")
    store.review(one.id, "wrong", actor="R-02", now_us=5)
    assert seen("R-02")
    told = Label(what.stream.name, one.interval, "turning", "R-03", model="v7")
    store.label(of, [told], check=None, actor="R-03", now_us=6)
    store.undo_label(of, what.stream.name, rater="R-03", actor="R-03", now_us=7)
    assert seen("R-03")


def test_a_verdict_follows_the_label_that_gave_it(home: Path) -> None:
    store, what, (one, *_) = opened_flags(home)
    store.review(one.id, "edges", actor="R-02", now_us=1)
    key = answer(store, what, 2, one.interval, f"not {one.phenomenon}", one.id)
    assert verdicts(store) == {one.id: "wrong"}
    edited(store, what, Edit("e3", "class", key, None, one.phenomenon), 3)
    assert verdicts(store) == {one.id: "right"}
    edited(store, what, Edit("e4", "move", key, Interval(one.interval.start, one.interval.end - S // 10)), 4)
    assert verdicts(store) == {one.id: "edges"}
    edited(store, what, Edit("e5", "class", key, None, "turning"), 5)
    assert verdicts(store) == {one.id: "wrong"}
    edited(store, what, Edit("e6", "remove", key), 6)
    assert (store.labels(), verdicts(store)) == ([], {one.id: "edges"})
    assert [e.reviewer for e in store.episodes() if e.verdict] == ["R-01"]
    for n, said in enumerate(("wrong", "edges", "right")):
        edited(store, what, Edit(f"e{7 + n}", "undo"), 7 + n)
        assert verdicts(store) == {one.id: said}
    store.review(one.id, "wrong", actor="R-02", now_us=10)
    edited(store, what, Edit("e11", "class", key, None, "turning"), 11)
    edited(store, what, Edit("e12", "remove", key), 12)
    assert verdicts(store) == {one.id: "wrong"}
    assert store.verify() == []


def test_an_undo_leaves_a_verdict_that_was_given_since(home: Path) -> None:
    store, what, (one, *_) = opened_flags(home)
    answer(store, what, 2, one.interval, one.phenomenon, one.id)
    store.review(one.id, "wrong", actor="R-02", now_us=3)
    store.undo_label(what.recording.id, what.stream.name, rater="R-01", actor="R-01", now_us=4)
    assert verdicts(store) == {one.id: "wrong"}


def test_an_answer_that_is_refused_leaves_neither_label_nor_verdict(home: Path) -> None:
    store, what, (one, *_) = opened_flags(home)
    answer(store, what, 1, one.interval, f"not {one.phenomenon}", "")
    with pytest.raises(StoreError, match=r"cannot be both.* On the timeline a flag is answered without"):
        answer(store, what, 2, one.interval, one.phenomenon, one.id)
    with pytest.raises(StoreError, match=r"first\.$"):  # a span that answers nothing
        answer(store, what, 2, one.interval, one.phenomenon, "")
    with pytest.raises(StoreError, match="That flag is there no more"):
        answer(store, what, 3, Interval(one.interval.end, one.interval.end + S), one.phenomenon, "gone")
    assert verdicts(store) == {}
    assert len(store.labels()) == 1


def test_a_marked_suggestion_is_an_accepted_one_without_a_verdict(home: Path) -> None:
    store, what, (one, *_) = opened_flags(home)
    answer(store, what, 1, one.interval, "turning", SUGGESTED)
    (row,) = store.labels()
    assert (row.source, row.model, verdicts(store)) == (LabelSource.ACCEPTED, "", {})


def test_what_a_label_says_of_a_flag(home: Path) -> None:
    _, _, (one, *_) = opened_flags(home)
    later = Interval(one.interval.start + 1, one.interval.end)
    said = [(one.interval, one.phenomenon), (later, one.phenomenon), (one.interval, f"not {one.phenomenon}"),
            (one.interval, "turning")]  # fmt: skip
    assert [verdict_on(one, *x) for x in said] == ["right", "edges", "wrong", "wrong"]


def test_the_flag_ahead_is_the_next_unanswered_one_and_then_the_first(home: Path) -> None:
    _, _, (one, *_) = opened_flags(home)
    made = [("", "sure"), ("right", "sure"), ("", "unsure"), ("", "sure")]
    flags = [
        replace(one, interval=Interval(n * S, n * S + 1), verdict=verdict, certainty=certainty)
        for n, (verdict, certainty) in enumerate(made)
    ]
    assert [flag_ahead(flags, at) for at in (0, 1, 3 * S, 4 * S)] == [flags[0], flags[3], flags[3], flags[0]]
    assert flag_ahead(flags[1:3], 0) is None


def test_the_canvas_says_what_a_span_answers() -> None:
    said = {"id": "e", "kind": "add", "from": 0, "to": 5, "label": "fall", "of": "flag-1"}
    assert [e.of for e in edits_from([said, said | {"of": None}, {"id": "e", "kind": "undo", "of": "x"}])] == [
        "flag-1",
        "",
        "",
    ]
