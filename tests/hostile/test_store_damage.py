"""A store with damage anywhere in its files: told in a sentence or found by the proof, never a wrong answer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from clinic.home import Home
from clinic.store import Store, StoreError
from data.errors import RecordingError
from tests.clinic.kept import PATIENT, PHENOMENON, filled

FLIPS = 30


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("kept"))
    filled(home)
    return home


@pytest.fixture
def home(kept: Home, tmp_path: Path) -> Home:
    shutil.copytree(kept.root, tmp_path / "home")
    return Home(tmp_path / "home")


def everything(home: Home) -> list[Any]:
    store = Store.open(home)
    return [
        store.patients(), store.recordings(), store.runs(), store.spans(), store.findings(), store.episodes(),
        store.doses(PATIENT), store.audit(), store.head(), store.verify(),
    ]  # fmt: skip


def test_flipped_byte_in_the_database_is_found_or_changes_nothing(kept: Home, home: Home) -> None:
    content = home.database.read_bytes()
    expected = everything(home)
    assert expected[-1] == []
    told = 0
    for k in range(FLIPS):
        at = len(content) * k // FLIPS + 37 * k % 4096
        damaged = bytearray(content)
        damaged[min(at, len(content) - 1)] ^= 0x55
        home.database.write_bytes(damaged)
        home.database.with_name("clinic.duckdb.wal").unlink(missing_ok=True)
        shutil.copy2(kept.head, home.head)
        found = answer_of(home)
        if isinstance(found, str):
            told += 1
            assert str(home.root) in found
            assert "\n" not in found
        else:
            assert found == expected or found[-1] != []
    assert told > 0


def answer_of(home: Home) -> list[Any] | str:
    """Everything, or the sentence that was said instead."""
    try:
        return everything(home)
    except StoreError as error:
        return str(error)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_database_cut_off_anywhere_is_told(home: Home, share: float) -> None:
    content = home.database.read_bytes()
    home.database.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(StoreError, match="motionward restore"):
        everything(home)


@pytest.mark.parametrize("kind", ["signals", "scores"])
def test_flipped_byte_in_a_file_beside_is_found(home: Home, kind: str) -> None:
    file = min((home.root / kind).rglob("*.parquet"))
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 0x55
    file.write_bytes(damaged)
    (problem,) = Store.open(home).verify()
    assert problem.startswith(f"the {kind} of recording")
    assert file.name in problem
    assert problem.endswith("was altered")


@pytest.mark.parametrize("damage", ["gone", "garbage", "cut"])
def test_damaged_file_that_is_asked_for_is_a_sentence(home: Home, damage: str) -> None:
    store = Store.open(home)
    recording, run = store.recordings()[0], store.runs()[-1]
    assert run.recording == recording.id
    for file in [f for kind in ("signals", "scores") for f in (home.root / kind).rglob("*.parquet")]:
        content = file.read_bytes()
        file.unlink()
        if damage != "gone":
            file.write_bytes(b"\x13" * 4000 if damage == "garbage" else content[: len(content) // 2])
    asked = (
        lambda: store.signal(recording.id, "lower-back", 0, 2**60),
        lambda: store.summary(recording.id, "lower-back", "second", 0, 2**60),
        lambda: store.scores(run.id, "lower-back", PHENOMENON, 0, 2**60),
    )
    for ask in asked:
        with pytest.raises(RecordingError, match=r"^/.+\.parquet: it cannot be read \(.+motionward restore"):
            ask()


def test_database_of_an_older_day_does_not_pass_for_this_one(kept: Home, home: Home, tmp_path: Path) -> None:
    """Somebody puts an old copy of the rows in place, without the head beside it."""
    old = tmp_path / "old.duckdb"
    shutil.copy2(home.database, old)
    store = Store.open(home)
    for number in range(2):
        store.looked_at(PATIENT, actor="ben", now_us=number)
    shutil.copy2(old, home.database)
    with pytest.raises(StoreError, match="lost its last 2 entries"):
        Store.open(home)
    with pytest.raises(StoreError, match="lost its last 2 entries"):
        store.looked_at(PATIENT, actor="ben", now_us=3)
    assert store.patients() == Store.open(kept).patients()
