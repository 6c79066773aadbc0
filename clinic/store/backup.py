"""A copy of the whole store that was proven to open and to be whole; and the way back."""

from __future__ import annotations

import shutil
from pathlib import Path

from clinic.home import Home
from clinic.store.access import StoreError, locked
from clinic.store.files import folder_whole
from clinic.store.store import Store

_PARTS = ("clinic.duckdb", "clinic.head", "signals", "scores", "embeddings", "detectors")


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
    try:
        with folder_whole(target) as folder:
            with locked(origin.lock, exclusive=True):
                for part in _PARTS:
                    path = origin.root / part
                    if path.is_dir():
                        shutil.copytree(path, folder / part)
                    elif path.is_file():
                        shutil.copy2(path, folder / part)
            problems = Store.open(Home(folder)).verify()
            if problems:
                raise StoreError(f"The copy of {origin.root} is not whole: {'; '.join(problems[:3])}.")
    except OSError as error:
        raise StoreError(f"{target} could not be written ({error.strerror or error}): nothing was copied.") from error
