"""Audits in the store: drawn once, every answer a row of its own, nothing lost and nothing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.home import Home
from clinic.store import Store
from clinic.store.access import StoreError
from clinic.store.rows import DecisionRow, Said, SampleRow
from data.intervals import Interval

NOW = 1_772_409_600_000_000
SAMPLE = SampleRow("P-1", "lower-back", "fall", ("r1", "r2"), ("v1",), Interval(0, 10), 7, 3, '{"items": []}')


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store.open(Home(tmp_path))
    made.add_patient("P-1", "Europe/Berlin", actor="anna", now_us=NOW)
    return made


@pytest.fixture
def drawn(store: Store) -> SampleRow:
    return store.keep_sample(SAMPLE, actor="anna", now_us=NOW)


def said(store: Store) -> list[tuple[int, str, int | None, str]]:
    return [(a.stretch, a.verdict, a.episodes, a.reviewer) for a in store.answers("P-1")]


def test_what_was_drawn_is_read_back_and_never_drawn_again(store: Store, drawn: SampleRow) -> None:
    assert store.samples("P-1") == [drawn]
    assert (drawn.runs, drawn.detectors, drawn.seed, drawn.drawn_by) == (("r1", "r2"), ("v1",), 7, "anna")
    head = store.head()
    other = SampleRow(**{f: getattr(SAMPLE, f) for f in SAMPLE.__slots__} | {"seed": 8, "plan": "{}"})
    assert store.keep_sample(other, actor="ben", now_us=NOW + 1) == drawn
    assert store.head() == head
    later = SampleRow(**{f: getattr(SAMPLE, f) for f in SAMPLE.__slots__} | {"runs": ("r3",)})
    assert store.keep_sample(later, actor="ben", now_us=NOW + 2).id != drawn.id
    assert [s.runs for s in store.samples("P-1")] == [("r3",), ("r1", "r2")]


def test_the_newest_answer_counts_and_the_same_again_adds_nothing(store: Store, drawn: SampleRow) -> None:
    store.answer(drawn.id, 1, "there", None, actor="anna", now_us=NOW)
    store.answer(drawn.id, 0, "not there", None, actor="anna", now_us=NOW)
    store.answer(drawn.id, 1, "there", 3, actor="ben", now_us=NOW)
    assert said(store) == [(0, "not there", None, "anna"), (1, "there", 3, "ben")]
    head = store.head()
    store.answer(drawn.id, 1, "there", 3, actor="ben", now_us=NOW + 5)
    assert store.head() == head


def test_a_person_takes_back_only_their_own_newest_answer(store: Store, drawn: SampleRow) -> None:
    for stretch, who in ((0, "anna"), (1, "ben"), (2, "anna")):
        store.answer(drawn.id, stretch, Said.THERE, None, actor=who, now_us=NOW)
    assert store.withdraw_answer(drawn.id, actor="anna", now_us=NOW) == 2
    assert store.withdraw_answer(drawn.id, actor="anna", now_us=NOW) == 0
    assert store.withdraw_answer(drawn.id, actor="anna", now_us=NOW) is None
    assert said(store) == [(1, "there", None, "ben")]


def test_what_is_no_answer_or_no_stretch_is_refused(store: Store, drawn: SampleRow) -> None:
    for sample, stretch in ((drawn.id, 3), (drawn.id, -1), ("nothing", 0)):
        with pytest.raises(StoreError, match="not part of an audit"):
            store.answer(sample, stretch, "there", None, actor="anna", now_us=NOW)
    with pytest.raises(ValueError, match="maybe"):
        store.answer(drawn.id, 0, "maybe", None, actor="anna", now_us=NOW)
    assert said(store) == []


def test_the_audit_chain_vouches_for_answers_and_decisions(store: Store, drawn: SampleRow) -> None:
    store.answer(drawn.id, 0, "cannot tell", None, actor="anna", now_us=NOW)
    kept = DecisionRow("rec", "lower-back", "fall", ("a", "b"), Interval(1, 2), None, Interval(1, 2), "c")
    none = DecisionRow("rec", "lower-back", "fall", ("a", "b"), Interval(1, 2), None, None, "c")
    for row in (kept, none):
        store.decide(row, actor="c", now_us=NOW)
    found = Store.open(store.home).decisions("rec")
    assert [(d.one, d.two, d.kept, d.made_us) for d in found] == [
        (Interval(1, 2), None, Interval(1, 2), NOW),
        (Interval(1, 2), None, None, NOW),
    ]
    assert store.verify() == []
    acts = {e.act: set(e.details["rows"]) for e in store.audit()}
    assert acts["draw audit"] == {"audit_sample"}
    assert acts["audit answer"] == {"audit_answer"}
    assert acts["decide difference"] == {"decision"}
