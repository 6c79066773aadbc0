"""A full disk or a folder that may not be written: one sentence, and nothing half-stored."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow.parquet import write_table

from clinic.cli.telling import Batch
from clinic.home import Home
from clinic.store import Store, StoreError
from clinic.store import store as store_module
from data.errors import MotionwardError
from tests.clinic.kept import NOW, PATIENT, analysis_of, filled, recording_number
from tests.hostile.victims import context, start, work_with_small_files


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB; only root may make one, others skip visibly."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no small file system can be made here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_import_on_a_full_disk_leaves_nothing(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(store_module, "_SPARE_BYTES", 0)
        store = filled(Home(small_disk), count=1)
    head = store.head()
    with pytest.raises(StoreError, match=r"trial-3.csv was not stored: .* free some space and import it again"):
        store.import_(recording_number(3, 600.0), PATIENT, actor="anna", now_us=NOW)
    monkeypatch.setattr(store_module, "_SPARE_BYTES", -(10**9))  # as if the space went only after that look
    (small_disk / "ballast").write_bytes(b"x" * (free(small_disk) - 300_000))
    with pytest.raises(StoreError, match=r"trial-3.csv was not stored \(.*\): free some space"):
        store.import_(recording_number(3, 600.0), PATIENT, actor="anna", now_us=NOW)
    assert [r.id for r in store.recordings()] == ["0" * 64]
    assert [f.name for f in store.home.signals().iterdir()] == ["0" * 64]
    assert (store.head(), store.verify()) == (head, [])
    (small_disk / "ballast").unlink()
    assert store.import_(recording_number(3), PATIENT, actor="anna", now_us=NOW)[1]
    assert store.verify() == []


def test_every_way_to_run_out_of_room_is_before_or_after(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From room for nothing to room for all, in steps: whatever fails says so, and the store stays whole."""
    monkeypatch.setattr(store_module, "_SPARE_BYTES", -(10**9))
    store = filled(Home(small_disk), count=1)
    recording = recording_number(5, 60.0)
    said = []
    for room in range(0, 600_000, 50_000):
        (small_disk / "ballast").write_bytes(b"x" * max(0, free(small_disk) - room))
        try:
            identity, _ = store.import_(recording, PATIENT, actor="anna", now_us=NOW)
            store.record(identity, analysis_of(recording), actor="anna", now_us=NOW)
            said.append("done")
        except StoreError as error:
            said.append(str(error))
        (small_disk / "ballast").unlink()
        assert Store.open(store.home).verify() == []
        assert sorted(f.name for f in store.home.signals().iterdir()) == sorted(r.id for r in store.recordings())
    assert said[-1] == "done"
    assert said[0] != "done"
    assert all(s == "done" or "room" in s or "space" in s for s in said), said


def free(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


@pytest.mark.parametrize("largest", [1_000, 20_000, 60_000, 150_000])
def test_files_that_may_not_grow(tmp_path: Path, largest: int) -> None:
    """The same without a file system of its own: every write beyond a limit fails."""
    store = filled(Home(tmp_path), count=1)
    head, results = store.head(), context().SimpleQueue()
    victim = start(work_with_small_files, tmp_path, largest, results)
    victim.join()
    assert victim.exitcode == 0
    said = results.get()
    again = Store.open(store.home)
    assert again.verify() == []
    if said == "done":  # only where the limit was beyond what had to be written
        assert largest > 20_000
        assert again.head().seq == head.seq + 2
    else:
        expected = (
            f"{recording_number(7).source.name} was not stored (",
            "The analysis of 0",
            f"The store {store.home.root}",
        )
        assert said.startswith(expected)
    assert sorted(f.name for f in store.home.signals().iterdir()) == sorted(r.id for r in again.recordings())


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MotionwardError, match=r"The data folder .*/file/home cannot be written \(Not a directory\)"):
        Store.open(Home(tmp_path / "file" / "home"))


def test_folder_without_write_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home").made()
    if os.geteuid() == 0:  # root may write anywhere: the refusal is played

        def refuse(self: Path, *_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "touch", refuse)
    else:
        home.root.chmod(0o500)
    with pytest.raises(MotionwardError, match=r"cannot be written \(Permission denied\): choose another with"):
        Store.open(home)
    monkeypatch.undo()
    home.root.chmod(0o700)


def test_a_full_disk_for_results_is_no_fault_of_the_file(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small_disk / "ballast").write_bytes(b"x" * free(small_disk))
    with Batch().file(Path("walk.csv")):
        write_table(pa.table({"a": np.arange(10_000.0)}), small_disk / "scores.parquet")
    said = capsys.readouterr().err
    assert said == "walk.csv: the disk that the result is written to is full: free some space and try again\n"
