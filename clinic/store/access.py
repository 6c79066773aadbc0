"""Opening the one database file: under a lock, for one operation, then closed.

DuckDB lets one process hold a file for writing and then nobody else may even read, so no
operation keeps it open. Closing also writes the log into the checksummed file: a damaged
write-ahead log would lose its tail without an error.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from clinic.home import Home
from data.errors import MotionwardError


class StoreError(MotionwardError):
    """The store cannot do what was asked; the text says why and what to do."""


WAIT_S = 10.0
_PAUSE_S = 0.02


@contextmanager
def locked(path: Path, *, exclusive: bool, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the lock file; wait for whoever holds it.

    Raises
    ------
    StoreError
        Naming the holder, when it does not come free in time.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise StoreError(
            f"The store at {path.parent} cannot be opened ({error.strerror}): check the folder and its permissions."
        ) from error
    try:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    holder = os.pread(handle, 400, 0).decode("utf-8", "replace").strip() or "another process"
                    raise StoreError(
                        f"The store at {path.parent} is held by {holder}: wait until it has finished, then try again."
                    ) from None
                time.sleep(_PAUSE_S)
        if exclusive:
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()} ({' '.join(sys.argv)[:200]})".encode(), 0)
        yield
        if exclusive:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _connect(home: Home, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(home.database), read_only=read_only, config={"autoinstall_known_extensions": "false"})
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise StoreError(
            f"The store {home.database} cannot be opened ({first}): "
            "restore the newest backup with `motionward restore`."
        ) from error


@contextmanager
def reading(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection for one operation."""
    with locked(home.lock, exclusive=False):
        connection = _connect(home, read_only=True)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def writing(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection inside one transaction: committed at the end, undone on any error.

    Raises
    ------
    StoreError
        When the disk is full or the file cannot be written.
    """
    with locked(home.lock, exclusive=True):
        connection = _connect(home, read_only=False)
        try:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise StoreError(f"The store {home.database} was not changed: {first}") from error
        finally:
            # An open transaction is undone by closing.
            connection.close()
