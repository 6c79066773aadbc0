"""Files and folders that are there whole or not at all: written beside, synced, renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from data.files import sha256_of

TEMPORARY = ".partial-"
"""Prefix of what is still being written; what carries it after a crash is rubbish."""


def beside(path: Path) -> Path:
    """A new name in the folder of ``path``; it tells which process writes there."""
    return path.parent / f"{TEMPORARY}{os.getpid()}-{uuid4().hex[:8]}-{path.name}"


def is_abandoned(path: Path) -> bool:
    """Whether something half-written belongs to a process that is no more."""
    writer = path.name.removeprefix(TEMPORARY).partition("-")[0]
    try:
        os.kill(int(writer), 0)
    except (ValueError, ProcessLookupError):
        return True
    except PermissionError:
        return False
    return False


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(slots=True)
class Pending:
    """Content that is complete under a temporary name and becomes ``path`` when told to."""

    path: Path
    content: Path
    is_kept: bool = field(default=False)

    def sync(self) -> None:
        """Have everything on disk; slow, so done before anybody has to wait for it."""
        if self.content.is_dir():
            for item in sorted(self.content.rglob("*")):
                _sync(item)
        _sync(self.content)

    def keep(self) -> None:
        """Give it its name, in place of what was there."""
        if self.path.is_dir():
            shutil.rmtree(self.path)
        self.content.replace(self.path)
        self.is_kept = True
        _sync(self.path.parent)

    def undo(self) -> None:
        """Take back what was kept."""
        if self.is_kept:
            shutil.rmtree(self.path, ignore_errors=True)
            self.is_kept = False


@contextmanager
def pending_folder(path: Path) -> Iterator[Pending]:
    """Yield an empty folder to fill, sync and keep; one that was not kept vanishes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = Pending(path, beside(path))
    new.content.mkdir()
    try:
        yield new
    finally:
        shutil.rmtree(new.content, ignore_errors=True)


@contextmanager
def pending_file(path: Path) -> Iterator[Pending]:
    """Yield a name to write to, sync and keep; one that was not kept vanishes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = Pending(path, beside(path))
    try:
        yield new
    finally:
        new.content.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file by new content; a crash leaves the old or the new one."""
    with pending_file(path) as new:
        new.content.write_bytes(content)
        new.sync()
        new.keep()


@contextmanager
def folder_whole(path: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it becomes ``path`` at the end, in place of what was there, or vanishes."""
    with pending_folder(path) as new:
        yield new.content
        new.sync()
        new.keep()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its path inside."""
    return {str(f.relative_to(folder).as_posix()): sha256_of(f) for f in sorted(folder.rglob("*")) if f.is_file()}
