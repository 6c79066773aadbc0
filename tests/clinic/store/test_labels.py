"""Labels are rows that are only added: a change, a removal and an undo are further rows."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.home import Home
from clinic.review import exchange
from clinic.review.spans import checking, recorded_of
from clinic.store import Store, StoreError, access
from clinic.store.rows import Label, LabelRow, LabelSource
from data.errors import LabelsError
from data.intervals import Interval
from tests.clinic.kept import NOW, PATIENT, US, recording_number

RECORDING = recording_number(1)
ID = RECORDING.source.sha256
START = RECORDING.interval.start
CHECK = checking(recorded_of(RECORDING))


@pytest.fixture(scope="module")
def without_labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one recording; tests work on copies."""
    folder = tmp_path_factory.mktemp("without")
    made = Store.open(Home(folder))
    made.add_patient(PATIENT, "Europe/Berlin", actor="anna", now_us=NOW)
    made.import_(RECORDING, PATIENT, actor="anna", now_us=NOW)
    return folder


@pytest.fixture
def store(without_labels: Path, tmp_path: Path) -> Store:
    shutil.copytree(without_labels, tmp_path / "home")
    return Store(Home(tmp_path / "home"))


def span(start_s: float, end_s: float, label: str = "freezing of gait", rater: str = "R-01") -> Label:
    return Label("lower-back", Interval(START + round(start_s * US), START + round(end_s * US)), label, rater)


def mark(store: Store, *labels: Label, replaces: str = "", now_us: int = NOW) -> list[LabelRow]:
    return store.label(ID, labels, check=CHECK, actor="anna", now_us=now_us, replaces=replaces)


def undo(store: Store, rater: str = "R-01") -> list[LabelRow]:
    return store.undo_label(ID, "lower-back", rater=rater, actor="anna", now_us=NOW)


def said(store: Store, rater: str | None = None) -> list[tuple[Interval, str, str]]:
    return [(r.interval, r.label, r.rater) for r in store.labels(recording=ID, rater=rater)]


def test_a_label_comes_back_with_all_it_carries(store: Store) -> None:
    interval = Interval(START + 1_234_567, START + 2_345_678)
    label = Label(
        "lower-back", interval, "Füße, \"quer\"\t\nund ruhig", "R-02", LabelSource.CORRECTED, 0.75, "motionward 1", "v7"
    )  # fmt: skip
    (row,) = mark(store, label, now_us=NOW + 5)
    assert store.labels(patient=PATIENT) == store.labels(recording=ID, rater="R-02") == [row]
    assert replace(row, id="") == LabelRow(
        label.stream, interval, label.label, "R-02", LabelSource.CORRECTED, 0.75, "motionward 1", "v7",
        recording=ID, made_us=NOW + 5, seq=store.head().seq,
    )  # fmt: skip
    assert store.labels(rater="R-01") == store.labels(patient="P-99") == []
    assert store.audit(1)[0].act == "label"
    assert store.verify() == []


def test_a_changed_label_stands_alone_and_the_old_row_stays(store: Store) -> None:
    (old,) = mark(store, span(1, 3))
    (new,) = mark(store, span(1, 3.3), replaces=old.id)
    assert store.labels() == [new]
    assert new.replaces == old.id
    assert store.label_history(ID) == [old, new]
    assert [r.act for r in store.audit(2)] == ["change label", "label"]


def test_a_removed_label_is_gone_and_its_row_stays(store: Store) -> None:
    (old,) = mark(store, span(1, 3))
    gone = store.remove_label(ID, old.id, rater="R-01", actor="anna", now_us=NOW + 1)
    assert store.labels() == []
    assert [r.is_removed for r in store.label_history(ID)] == [False, True]
    assert (gone.replaces, gone.interval) == (old.id, old.interval)
    mark(store, span(2, 4))
    assert len(said(store)) == 1
    assert store.verify() == []


def test_labels_take_the_place_of_others_all_at_once_or_not_at_all(store: Store) -> None:
    before = mark(store, span(1, 3), span(5, 6))

    def swap(old: Sequence[str], *new: Label) -> None:
        store.exchange_labels(ID, old, new, rater="R-01", check=CHECK, actor="anna", now_us=NOW + 1)

    with pytest.raises(StoreError):  # the second leaves the recording
        swap([before[0].id], span(2, 4), span(5, 9999))
    assert store.labels() == before
    swap([x.id for x in before], span(2, 4), span(4, 5.5))
    assert [x.interval for x in store.labels()] == [span(2, 4).interval, span(4, 5.5).interval]
    history = [x.id for x in store.label_history(ID)]
    assert len(set(history)) == len(history) == 6
    assert undo(store)
    assert [x.interval for x in store.labels()] == [x.interval for x in before], "it is one change"
    swap([store.labels()[0].id])
    assert [x.interval for x in store.labels()] == [before[1].interval]
    count = len(store.audit())
    swap([])
    assert len(store.audit()) == count
    assert store.verify() == []


def test_undo_goes_back_change_by_change_and_is_itself_a_row(store: Store) -> None:
    states = [said(store)]
    (first,) = mark(store, span(1, 3))
    states.append(said(store))
    (moved,) = mark(store, span(1, 4), replaces=first.id)
    states.append(said(store))
    store.remove_label(ID, moved.id, rater="R-01", actor="anna", now_us=NOW)
    states.append(said(store))
    mark(store, span(5, 6), span(7, 8))
    for state in reversed(states):
        assert undo(store)
        assert said(store) == state
    assert undo(store) == []
    assert len(store.label_history(ID)) == 10
    assert store.verify() == []


def test_classes_keep_the_order_of_their_first_marks_whoever_marks_what_later(store: Store) -> None:
    mark(store, span(1, 2, "shuffling", "R-02"))
    (turn,) = mark(store, span(3, 4, "turning"))
    mark(store, span(5, 6, "akinesia"))
    mark(store, span(3, 4.5, "turning"), replaces=turn.id)
    assert store.label_classes(PATIENT, "R-01") == ["turning", "akinesia", "shuffling"]
    mark(store, span(7, 8, "a tic"))
    assert store.label_classes(PATIENT, "R-01") == ["turning", "akinesia", "a tic", "shuffling"]
    assert store.label_classes("P-99", "R-01") == []


def test_undo_touches_no_other_rater(store: Store) -> None:
    mark(store, span(1, 3))
    mark(store, span(1, 3, rater="R-02"))
    assert [r.rater for r in undo(store, "R-01")] == ["R-01"]
    assert said(store) == said(store, "R-02")
    assert undo(store, "R-03") == []


def test_a_file_of_labels_goes_from_store_to_store_whole_or_not_at_all(store: Store, tmp_path: Path) -> None:
    mark(store, replace(span(1, 3), confidence=0.5), span(5, 6, "turning"), span(1, 2, rater="R-02"))
    path = tmp_path / "labels.csv"
    recording = store.recording(ID)
    path.write_bytes(exchange.export(store.labels(recording=ID), recording, "csv"))
    before = said(store)
    while undo(store) or undo(store, "R-02"):
        pass
    mark(store, span(2.5, 4))
    with pytest.raises(LabelsError, match=r"labels.csv, line 3: R-01 has marked 'freezing of gait' from 0:00:02.5"):
        exchange.read(path, recording, store.labels(recording=ID), rater="R-09")
    undo(store)
    incoming = exchange.read(path, recording, store.labels(recording=ID), rater="R-09")
    rows = mark(store, *incoming)
    assert said(store) == before
    assert {r.source for r in rows} == {LabelSource.IMPORTED}
    assert store.audit(1)[0].act == "import labels"
    assert exchange.read(path, recording, store.labels(recording=ID), rater="R-09") == ()
    undo(store)
    assert said(store, "R-01") == []


@pytest.mark.parametrize(
    ("label", "why"),
    [
        (replace(span(1, 2), interval=Interval(START, START)), "covers no time"),
        (replace(span(1, 2), interval=Interval(START - 1, START + 5)), "begins before the signal does"),
        (span(1, 2, ""), "has no class"),
        (span(1, 2, "fall "), "blanks at the ends"),
        (span(1, 2, rater=" "), "names nobody"),
        (replace(span(1, 2), confidence=1.5), "confidence 1.5"),
        (replace(span(1, 2), confidence=float("nan")), "confidence nan"),
        (span(9, 14), "crosses the gap at 0:00:10.0"),
        (span(4, 7), "already: move that span's edges"),
    ],
)
def test_a_label_that_may_not_stand_is_refused_and_nothing_of_its_lot_is_stored(
    store: Store, label: Label, why: str
) -> None:
    mark(store, span(5, 6))
    before, head = store.label_history(ID), store.head()
    with pytest.raises(StoreError, match=why):
        mark(store, span(8, 9, "turning"), label)
    assert (store.label_history(ID), store.head()) == (before, head)


def test_a_span_outside_its_stream_is_refused_though_nobody_checks_it(store: Store) -> None:
    with pytest.raises(StoreError, match="lies outside its stream"):
        store.label(ID, [span(5, 9999)], check=None, actor="anna", now_us=NOW)
    assert store.labels() == []


def test_two_tabs_cannot_both_change_one_label(store: Store) -> None:
    (old,) = mark(store, span(1, 3))
    mark(store, span(1, 4), replaces=old.id)
    with pytest.raises(StoreError, match="changed or removed meanwhile"):
        mark(store, span(1, 5), replaces=old.id)
    with pytest.raises(StoreError, match="changed or removed meanwhile"):
        store.remove_label(ID, old.id, rater="R-01", actor="anna", now_us=NOW)


def test_a_label_of_somebody_else_stays_as_it_is(store: Store) -> None:
    (theirs,) = mark(store, span(1, 3, rater="R-02"))
    with pytest.raises(StoreError, match="is R-02's and stays as it is"):
        mark(store, span(1, 2), replaces=theirs.id)
    with pytest.raises(StoreError, match="is R-02's"):
        store.remove_label(ID, theirs.id, rater="R-01", actor="anna", now_us=NOW)


def test_a_label_of_what_is_not_here_is_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="no stream 'hand'; there are \\['lower-back'\\]"):
        mark(store, replace(span(1, 2), stream="hand"))
    with pytest.raises(StoreError, match="There is no recording 000000000000 here, it may have been withdrawn"):
        store.label("0" * 64, [span(1, 2)], check=None, actor="anna", now_us=NOW)
    head = store.head()
    assert mark(store) == []
    assert store.head() == head


def test_an_altered_label_is_found(store: Store) -> None:
    mark(store, replace(span(1, 2), confidence=0.5))
    with access.transaction(store.home) as connection:
        connection.execute("UPDATE label SET confidence = 0.9")
    assert store.verify() == ["rows of table label vouched for by audit entry 3 were altered, added or removed"]


def test_a_store_from_before_labels_is_brought_up_to_date_and_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clinic.store import migrate

    every = migrate._available()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_available", lambda: every[:1])
        old = Store.open(Home(tmp_path))
        old.add_patient(PATIENT, "Europe/Berlin", actor="anna", now_us=NOW)
        old.import_(RECORDING, PATIENT, actor="anna", now_us=NOW)
    store = Store.open(Home(tmp_path))
    assert store.verify() == []
    assert mark(store, span(1, 2))
    assert store.verify() == []


STEPS = st.lists(st.tuples(st.sampled_from("mcru"), st.integers(0, 8), st.integers(0, 9)), max_size=6)


@settings(max_examples=5)
@given(steps=STEPS)
def test_after_any_work_undo_leads_back_through_every_state(
    without_labels: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    home = Home(tmp_path_factory.mktemp("any") / "home")
    shutil.copytree(without_labels, home.root)
    store = Store(home)
    states = [said(store)]
    for act, at, which in steps:
        standing = store.labels(recording=ID)
        chosen = standing[which % len(standing)].id if standing else ""
        label = span(at, at + 1)
        if act == "u":
            assert bool(undo(store)) == (len(states) > 1)
            states = states[:-1] or states
            assert said(store) == states[-1]
            continue
        try:
            if act == "m":
                mark(store, label)
            elif not chosen:
                continue
            elif act == "c":
                mark(store, label, replaces=chosen)
            else:
                store.remove_label(ID, chosen, rater="R-01", actor="anna", now_us=NOW)
        except StoreError:
            assert said(store) == states[-1]
            continue
        states.append(said(store))
    for state in reversed(states[:-1]):
        undo(store)
        assert said(store) == state
    assert store.verify() == []
