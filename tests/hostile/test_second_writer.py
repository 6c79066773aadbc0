"""A second process that wants the store waits, then says in one sentence who has it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from clinic.home import Home
from clinic.store import Store, StoreError, access
from tests.clinic.kept import NOW, PATIENT, recording_number
from tests.hostile.victims import hold, open_past_the_lock, start_with_line


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(Home(tmp_path))


@pytest.fixture
def holder(store: Store) -> Iterator[tuple[BaseProcess, Connection]]:
    """Another process that has the store, and the line on which it is told to let go."""
    process, line = start_with_line(hold, store.home.root)
    yield process, line
    line.close()
    process.join()


def test_says_who_holds_the_store(
    store: Store, holder: tuple[BaseProcess, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "WAIT_S", 0.05)
    expected = rf"^The store at {re.escape(str(store.home.root))} is held by process {holder[0].pid} \(.+\): wait until"
    with pytest.raises(StoreError, match=expected):
        store.add_patient(PATIENT, "UTC", actor="anna", now_us=NOW)
    with pytest.raises(StoreError, match=expected):
        store.patients()


def test_waits_until_it_is_let_go(store: Store, holder: tuple[BaseProcess, Connection]) -> None:
    threading.Timer(0.1, holder[1].close).start()
    assert store.add_patient(PATIENT, "UTC", actor="anna", now_us=NOW).code == PATIENT


def test_store_of_a_killed_holder_is_free_at_once(
    store: Store, holder: tuple[BaseProcess, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    holder[0].kill()
    holder[0].join()
    monkeypatch.setattr(access, "WAIT_S", 0.0)
    assert store.patients() == []


def test_name_of_the_holder_goes_with_it(store: Store) -> None:
    def fail() -> None:
        with access.locked(store.home.lock, exclusive=True):
            assert store.home.lock.read_text().startswith("process ")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.home.lock.read_text() == ""


def test_threads_of_one_process_wait_for_each_other(store: Store) -> None:
    def add(number: int) -> None:
        for k in range(5):
            store.add_patient(f"P-{number}-{k}", "UTC", actor="anna", now_us=NOW)
            store.patients()

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.patients()) == 20
    assert store.head().seq == 20
    assert store.verify() == []


def test_program_that_does_not_know_the_lock_is_told_apart_from_damage(store: Store) -> None:
    process, line = start_with_line(open_past_the_lock, store.home.root)
    with pytest.raises(StoreError, match="close the other program"):
        store.patients()
    line.close()
    process.join()
    assert store.patients() == []


def test_same_recording_imported_twice_at_the_same_time_is_new_once(store: Store) -> None:
    store.add_patient(PATIENT, "UTC", actor="anna", now_us=NOW)
    ready, answers = threading.Barrier(3), []

    def add() -> None:
        ready.wait()
        answers.append(store.import_(recording_number(1), PATIENT, actor="anna", now_us=NOW)[1])

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, True]
    assert [f.name for f in store.home.signals().iterdir()] == [r.id for r in store.recordings()]
    assert store.verify() == []
