"""Files and folders that are there whole or not at all: written beside, synced, renamed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".partial-"
"""Prefix of what is still being written; what carries it after a crash is rubbish."""


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file by new content; a crash leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f"{TEMPORARY}{path.name}-{os.getpid()}"
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _sync(path.parent)


@contextmanager
def folder_whole(path: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it becomes ``path`` at the end, in place of what was there, or vanishes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.parent / f"{TEMPORARY}{path.name}-{os.getpid()}"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        yield beside
        for item in sorted(beside.rglob("*")):
            _sync(item)
        if path.exists():
            shutil.rmtree(path)
        beside.replace(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
