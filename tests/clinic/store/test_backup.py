"""A backup is a copy that was opened and proven; restoring never overwrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.home import Home
from clinic.site import remember_zone, site_zone
from clinic.store import Store, StoreError
from clinic.store.access import transaction
from clinic.store.backup import backup, restore
from clinic.timeline.validity import read_validity
from tests.clinic.kept import NOW, PATIENT, filled


def test_there_and_back(tmp_path: Path) -> None:
    store = filled(Home(tmp_path / "home"))
    assert backup(store.home, tmp_path / "backup") == tmp_path / "backup"
    store.looked_at(PATIENT, actor="anna", now_us=NOW + 5)
    restore(tmp_path / "backup", Home(tmp_path / "other"))
    other = Store.open(Home(tmp_path / "other"))
    assert other.verify() == []
    assert other.episodes() == store.episodes()
    assert other.recordings() == store.recordings()
    assert other.last_look(PATIENT) == NOW  # the look after the backup is not in it
    assert other.head().hash == store.audit()[0].previous
    segment = other.recording(other.recordings()[0].id).streams[0].segments[0]
    assert segment.samples[0 : segment.n_samples].shape == (500, 6)
    other.add_patient("P-02", "UTC", actor="anna", now_us=NOW)
    assert other.verify() == []


def test_what_was_analysed_for_an_owner_before_comes_along(tmp_path: Path) -> None:
    store = filled(Home(tmp_path / "home"))
    store.add_patient("P-02", "Europe/Paris", actor="anna", now_us=NOW)
    withdrawn, given = (r.id for r in store.recordings())
    store.reassign(withdrawn, "", actor="ben", now_us=NOW)
    store.reassign(given, "P-02", actor="ben", now_us=NOW)
    restore(backup(store.home, tmp_path / "backup"), Home(tmp_path / "other"))
    other = Store.open(Home(tmp_path / "other"))
    assert ([r.id for r in other.withdrawn()], [r.id for r in other.recordings("P-02")]) == ([withdrawn], [given])
    assert (other.verify(), other.tidy()) == ([], [])


def test_a_backup_from_before_recordings_could_change_hands_is_restored(tmp_path: Path) -> None:
    store = filled(Home(tmp_path / "home"))
    shown = store.episodes()
    with transaction(store.home) as connection:  # the shape it had then
        for view in ("present_run", "present_recording", "owned_recording"):
            connection.execute(f"DROP VIEW {view}")
        connection.execute(
            "CREATE VIEW present_run AS SELECT * FROM analysis_run "
            "QUALIFY row_number() OVER (PARTITION BY recording ORDER BY seq DESC) = 1"
        )
        connection.execute("DELETE FROM migration WHERE number >= 5")
    restore(store.home.root, Home(tmp_path / "other"))
    other = Store.open(Home(tmp_path / "other"))
    assert other.episodes() == shown
    assert other.verify() == []


def test_what_the_site_said_once_comes_along(tmp_path: Path) -> None:
    home = filled(Home(tmp_path / "home"), count=1).home
    remember_zone(home, "Asia/Tokyo")
    home.validity.write_text("least_days = 5\n", encoding="utf-8")
    restore(backup(home, tmp_path / "backup"), Home(tmp_path / "other"))
    other = Home(tmp_path / "other")
    assert site_zone(other) == "Asia/Tokyo"
    assert read_validity(other.validity).least_days == 5


def test_store_that_is_not_whole_is_not_backed_up(tmp_path: Path) -> None:
    store = filled(Home(tmp_path / "home"))
    next(store.home.signals().rglob("*.parquet")).unlink()
    with pytest.raises(StoreError, match=r"is not whole: .* is missing"):
        backup(store.home, tmp_path / "backup")
    assert [f.name for f in tmp_path.iterdir()] == ["home"]


def test_damaged_backup_is_not_restored(tmp_path: Path) -> None:
    backup(filled(Home(tmp_path / "home")).home, tmp_path / "backup")
    file = next((tmp_path / "backup" / "signals").rglob("second.parquet"))
    file.write_bytes(b"rotten")
    with pytest.raises(StoreError, match=r"is not whole: .* was altered"):
        restore(tmp_path / "backup", Home(tmp_path / "other"))
    assert not (tmp_path / "other").exists()


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    home = filled(Home(tmp_path / "home"), count=1).home
    backup(home, tmp_path / "backup")
    with pytest.raises(StoreError, match="is there already"):
        backup(home, tmp_path / "backup")
    with pytest.raises(StoreError, match="holds a store already"):
        restore(tmp_path / "backup", home)
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").touch()
    with pytest.raises(StoreError, match="is not empty"):
        restore(tmp_path / "backup", Home(other))
    with pytest.raises(StoreError, match="is not a backup"):
        restore(other, Home(tmp_path / "new"))
    with pytest.raises(StoreError, match="There is no store"):
        backup(Home(tmp_path / "nowhere"), tmp_path / "b")


def test_rubbish_and_vectors_are_left_behind(tmp_path: Path) -> None:
    home = filled(Home(tmp_path / "home"), count=1).home
    (home.signals() / "rubbish").mkdir()
    (home.embeddings("enc", "0" * 64)).mkdir(parents=True)
    target = backup(home, tmp_path / "backup")
    assert [f.name for f in (target / "signals").iterdir()] == ["0" * 64]
    assert list((target / "embeddings").iterdir()) == []
