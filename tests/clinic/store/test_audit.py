"""The chain finds what was done to the store behind its back: edits, losses, insertions, reordering, cuts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from clinic.home import Home
from clinic.store import Store, StoreError, access, audit
from tests.clinic.kept import NOW, PATIENT, filled


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that is whole; tests work on copies."""
    folder = tmp_path_factory.mktemp("whole")
    assert filled(Home(folder)).verify() == []
    return folder


@pytest.fixture
def home(whole: Path, tmp_path: Path) -> Home:
    shutil.copytree(whole, tmp_path / "home")
    return Home(tmp_path / "home")


def behind_its_back(home: Home, *statements: str) -> list[str]:
    """Problems found after SQL that no program of ours ran."""
    with access.transaction(home) as connection:
        for statement in statements:
            connection.execute(statement)
    return Store(home).verify()


def test_edit_is_found(home: Home) -> None:
    found = behind_its_back(home, "UPDATE audit_event SET actor = 'carla' WHERE seq = 3")
    assert found == ["audit entry 3 was altered"]


def test_deletion_is_found(home: Home) -> None:
    found = behind_its_back(home, "DELETE FROM audit_event WHERE seq = 3")
    assert "audit entry 3 is missing" in found
    assert "audit entry 4 does not follow the one before it" in found


def test_insertion_is_found(home: Home) -> None:
    """A forged entry with a right hash of its own, for which the later ones made room."""
    with access.reading(home) as connection:
        before = audit.events(connection)[-3]
    fields = [4, NOW, "anna", "look", PATIENT, '{"rows":{}}', "1", before.hash]
    digest = audit._hash(fields)
    values = ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in [*fields, digest])
    found = behind_its_back(
        home,
        "CREATE TEMP TABLE moved AS SELECT * REPLACE (seq + 1 AS seq) FROM audit_event WHERE seq >= 4",
        "DELETE FROM audit_event WHERE seq >= 4",
        f"INSERT INTO audit_event VALUES ({values})",
        "INSERT INTO audit_event SELECT * FROM moved",
    )
    assert "audit entry 5 does not follow the one before it" in found
    assert "audit entry 5 was altered" in found


def test_reordering_is_found(home: Home) -> None:
    found = behind_its_back(
        home,
        "CREATE TEMP TABLE moved AS SELECT * REPLACE (7 - seq AS seq) FROM audit_event WHERE seq IN (3, 4)",
        "DELETE FROM audit_event WHERE seq IN (3, 4)",
        "INSERT INTO audit_event SELECT * FROM moved",
    )
    assert "audit entry 3 was altered" in found
    assert "audit entry 4 was altered" in found


def test_cut_head_is_found(home: Home) -> None:
    found = behind_its_back(home, "DELETE FROM audit_event WHERE seq <= 2")
    assert "audit entry 1 to 2 is missing" in found
    assert "audit entry 3 does not follow the one before it" in found


def test_cut_tail_is_found_and_nothing_more_is_written(home: Home) -> None:
    """A cut that takes the rows along leaves a shorter chain that is whole in itself: only the head knows."""
    tables = [f"DELETE FROM {t} WHERE seq >= 6" for t in (*audit.TABLES, "audit_event")]
    found = behind_its_back(home, *tables)
    assert found == ["the store has lost its last 2 entries: restore the newest backup"]
    with pytest.raises(StoreError, match="lost its last 2 entries: restore the newest backup"):
        Store.open(home)
    with pytest.raises(StoreError, match="lost its last 2 entries"):
        Store(home).add_patient("P-02", "UTC", actor="anna", now_us=NOW)


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE episode SET peak = 0.1 WHERE start_us = (SELECT min(start_us) FROM episode)", "episode"),
        ("DELETE FROM episode WHERE start_us = (SELECT min(start_us) FROM episode)", "episode"),
        ("UPDATE span SET kind = 'clear' WHERE kind = 'not judged'", "span"),
        ("INSERT INTO medication SELECT * REPLACE ('new' AS id) FROM medication LIMIT 1", "medication"),
        ("UPDATE review SET verdict = 'wrong'", "review"),
        ("UPDATE patient SET zone = NULL", "patient"),
        ("UPDATE recording SET patient = 'P-02'", "recording"),
        ("UPDATE quality SET sentence = ''", "quality"),
        ("UPDATE analysis_run SET manifest = '{}'", "analysis_run"),
        ("UPDATE stream SET placement = 'ankle'", "stream"),
    ],
)
def test_edited_added_or_removed_row_is_found(home: Home, statement: str, table: str) -> None:
    found = behind_its_back(home, statement)
    assert found
    assert all(f"rows of table {table} vouched for by audit entry" in problem for problem in found)


def test_row_moved_to_an_entry_that_is_not_there_is_found(home: Home) -> None:
    found = behind_its_back(home, "UPDATE review SET seq = 99")
    assert "rows of table review name audit entry 99, which is not there" in found


def test_column_added_later_changes_no_digest(home: Home) -> None:
    assert behind_its_back(home, "ALTER TABLE patient ADD COLUMN born INTEGER") == []


def test_details_beyond_reading_are_a_problem_not_a_crash(home: Home) -> None:
    found = behind_its_back(home, "UPDATE audit_event SET details = 'nothing' WHERE seq = 1")
    assert "audit entry 1 was altered" in found


def test_altered_and_missing_signal_files_are_found(home: Home) -> None:
    store = Store.open(home)
    first, second = (r.id for r in store.recordings())
    file = next(home.signals(first).rglob("????-??-??.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    shutil.rmtree(home.signals(second))
    found = store.verify()
    assert f"the signals of recording {first[:12]}: the file lower-back/{file.name} was altered" in found
    assert any(p.startswith(f"the signals of recording {second[:12]}") and p.endswith("is missing") for p in found)


def test_missing_or_foreign_head_is_said_and_nothing_more_is_written(home: Home) -> None:
    home.head.write_text("3 " + "a" * 64)
    with pytest.raises(StoreError, match="do not belong together"):
        Store.open(home)
    home.head.write_text("gibberish")
    with pytest.raises(StoreError, match=r"clinic.head is damaged: restore"):
        Store.open(home)
    home.head.unlink()
    assert "the file clinic.head is missing, so a cut-off end could not be seen" in Store(home).verify()
    with pytest.raises(StoreError, match=r"clinic.head is missing"):
        Store(home).add_patient("P-02", "UTC", actor="anna", now_us=NOW)
    assert not home.head.exists()


def test_chain_one_ahead_of_the_head_is_what_a_kill_leaves(home: Home) -> None:
    store = Store.open(home)
    before = home.head.read_bytes()
    store.add_patient("P-02", "UTC", actor="anna", now_us=NOW)
    after = home.head.read_bytes()
    home.head.write_bytes(before)
    assert store.verify() == []
    Store.open(home)
    assert home.head.read_bytes() == after
    home.head.write_bytes(before)
    store.add_patient("P-03", "UTC", actor="anna", now_us=NOW)
    assert store.verify() == []


def test_event_vouches_for_the_content_of_its_rows(home: Home) -> None:
    with access.reading(home) as connection:
        details = connection.execute("SELECT details FROM audit_event WHERE act = 'analyse' LIMIT 1").fetchall()[0][0]
    rows = json.loads(details)["rows"]
    assert set(rows) == {"analysis_run", "quality", "span", "episode"}
    assert all(count > 0 and len(digest) == 64 for count, digest in rows.values())
