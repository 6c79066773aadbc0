"""A copy of the whole store that was proven to open and to be whole; and the way back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinic.home import Home
from clinic.store import read_rows
from clinic.store.access import StoreError, locked, reading
from clinic.store.files import folder_whole
from clinic.store.store import Store


def backup(home: Home, target: Path) -> Path:
    """Copy the store to a new folder, open the copy and verify it.

    Raises
    ------
    StoreError
        If the target is there already, the disk is full, or the copy is not whole; nothing is left then.
    """
    if target.exists():
        raise StoreError(f"{target} is there already: name a folder that does not exist yet.")
    if not home.database.is_file():
        raise StoreError(f"There is no store at {home.root}: name its folder with --home.")
    _copy(home, target)
    return target


def restore(source: Path, home: Home) -> None:
    """Put a backup where no store is yet, after verifying it.

    Raises
    ------
    StoreError
        If a store is at the place already, or the backup is not whole.
    """
    if home.database.exists():
        raise StoreError(
            f"{home.root} holds a store already: name an empty folder with --home, or move the old store away first."
        )
    if not (source / "clinic.duckdb").is_file():
        raise StoreError(f"{source} is not a backup: it has no clinic.duckdb.")
    if home.root.exists() and any(home.root.iterdir()):
        raise StoreError(f"{home.root} is not empty: name an empty folder with --home.")
    _copy(Home(source), home.root)


def _copy(origin: Home, target: Path) -> None:
    """Copy rows under the lock, then the files they name, which never change; prove the copy; give it its name."""
    try:
        with folder_whole(target) as folder:
            copy = Home(folder)
            with _held(origin):
                for path in (origin.database, _log_of(origin), origin.head):
                    if path.is_file():
                        shutil.copy2(path, folder / path.name)
            with reading(copy) as connection:
                recordings = read_rows.recording_ids(connection)
                runs = read_rows.run_ids(connection, None)
                detectors = {d.id for d in read_rows.detectors(connection)}
            pairs = [(origin.signals(r), copy.signals(r)) for r in sorted(recordings)]
            pairs += [(origin.scores(r), copy.scores(r)) for r in sorted(runs)]
            pairs += [(origin.detectors(d), copy.detectors(d)) for d in sorted(detectors)]
            pairs.append((origin.profiles, copy.profiles))
            for said, place in ((origin.site, copy.site), (origin.validity, copy.validity)):
                if said.is_file():
                    shutil.copy2(said, place)
            for source, place in pairs:
                if source.is_dir():  # what is missing, the proof below tells
                    shutil.copytree(source, place)
            problems = Store.open(copy).verify()
            if problems:
                raise StoreError(f"The copy of {origin.root} is not whole: {'; '.join(problems[:3])}.")
    except OSError as error:
        raise StoreError(f"{target} could not be written ({error.strerror or error}): nothing was copied.") from error


def _log_of(home: Home) -> Path:
    """DuckDB's log: there only after a kill, and then part of the store."""
    return home.database.with_name(f"{home.database.name}.wal")


@contextmanager
def _held(origin: Home) -> Iterator[None]:
    """The store's lock; a backup on a medium that cannot be written needs none."""
    if os.access(origin.root, os.W_OK):
        with locked(origin.lock, exclusive=True):
            yield
    else:
        yield
