"""Opening the file for one operation: nothing is held, nothing is left over."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from clinic.home import Home
from clinic.store import Store, access
from tests.clinic.kept import NOW, PATIENT, filled


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return filled(Home(tmp_path))


def test_between_operations_the_file_is_free_and_whole(store: Store) -> None:
    store.looked_at(PATIENT, actor="anna", now_us=NOW)
    assert not store.home.database.with_name("clinic.duckdb.wal").exists()
    with duckdb.connect(str(store.home.database)) as other:
        assert other.execute("SELECT count(*) FROM patient").fetchall() == [(1,)]
        assert other.execute("SELECT count(*) FROM present_run").fetchall() != [(0,)]


def test_a_commit_writes_no_log_that_could_lose_its_tail(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    log, let_go, is_there = store.home.database.with_name("clinic.duckdb.wal"), access._let_go, []

    def looked(opened: access.Opened) -> bool:
        is_there.append(log.exists())
        return let_go(opened)

    monkeypatch.setattr(access, "_let_go", looked)
    store.looked_at(PATIENT, actor="anna", now_us=NOW)
    assert is_there == [False]


def full(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_who_finds_no_room_for_their_name_in_the_lock_makes_room_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubbish = store.home.signals() / "no-row-names-it"
    rubbish.mkdir()
    monkeypatch.setattr(access.os, "pwrite", full)
    assert store.tidy() == [rubbish]


def test_a_disk_without_room_for_the_head_is_a_sentence_and_no_change(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = store.head()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(access.StoreError, match=r"was not changed \(.*No space left on device\): see that"):
            store.looked_at(PATIENT, actor="anna", now_us=NOW)
    assert store.head() == head
    store.looked_at(PATIENT, actor="anna", now_us=NOW)
    assert store.verify() == []


def test_an_operation_finds_nothing_of_the_one_before(store: Store) -> None:
    with access.transaction(store.home) as connection:
        connection.execute("CREATE TEMP TABLE left_over (x INTEGER)")
    with access.transaction(store.home) as connection:
        connection.execute("CREATE TEMP TABLE left_over (x INTEGER)")


def stopped_after(store: Store, act: str) -> None:
    with access.transaction(store.home) as connection:
        connection.execute(act)
        raise RuntimeError


@pytest.mark.parametrize("act", ["SELECT 1", "INSERT INTO patient VALUES ('x', 'UTC', false, 1, 9)", "SELECT nothing"])
def test_after_a_failure_inside_the_next_operation_is_as_ever(store: Store, act: str) -> None:
    with pytest.raises((RuntimeError, access.StoreError)):
        stopped_after(store, act)
    assert [p.code for p in store.patients()] == [PATIENT]
    store.looked_at(PATIENT, actor="anna", now_us=NOW)
    assert store.verify() == []


def test_many_threads_read_at_the_same_time(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(store.episodes()), range(24)))
    assert found == [len(store.episodes())] * 24


def test_two_stores_are_not_mixed_up(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Store.open(Home(tmp_path_factory.mktemp("other")))
    assert store.patients() != []
    assert other.patients() == []


def test_a_folder_with_a_quote_in_its_name_is_no_trouble(tmp_path: Path) -> None:
    store = Store.open(Home(tmp_path / "anna's store"))
    store.add_patient(PATIENT, "UTC", actor="anna", now_us=NOW)
    assert [p.code for p in store.patients()] == [PATIENT]
