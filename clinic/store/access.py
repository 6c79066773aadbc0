"""Opening the one database file: under a lock, for one operation, then closed.

DuckDB lets one process hold a file for writing and then nobody else may even read, so no
operation keeps it open. A commit writes straight into the checksummed file, without a log: a
damaged write-ahead log would lose its tail without an error, and to write it and move it into the
file takes three times as long, while somebody waits to see that their mark is saved.

Starting DuckDB's engine costs twenty times as much as opening the file, so an engine that
did its work well is kept, empty, for the next operation; it holds no file then.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import duckdb

from clinic.home import Home
from data.errors import MotionwardError


class StoreError(MotionwardError):
    """The store cannot do what was asked; the text says why and what to do."""


def gone(recording: str) -> StoreError:
    """What to raise of a recording that is not here, or was withdrawn while somebody had it open."""
    return StoreError(
        f"There is no recording {recording[:12]} here, it may have been withdrawn meanwhile: nothing was changed."
    )


WAIT_S = 10.0
"""Seconds that an operation waits for the store before it says who has it."""

_log = logging.getLogger(__name__)


@contextmanager
def locked(path: Path, *, exclusive: bool, wait_s: float | None = None) -> Iterator[None]:
    """Hold the lock file; wait for whoever holds it, :data:`WAIT_S` unless told.

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
        deadline = time.monotonic() + (WAIT_S if wait_s is None else wait_s)
        pause = 0.002
        while not _taken(handle, exclusive=exclusive):
            if time.monotonic() > deadline:
                holder = os.pread(handle, 400, 0).decode("utf-8", "replace").strip() or "another process"
                raise StoreError(
                    f"The store at {path.parent} is held by {holder}: wait until it has finished, then try again."
                )
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        if exclusive:
            os.ftruncate(handle, 0)
            # The name is a courtesy: on a full disk there is no room for it, and what makes room holds the lock too.
            with suppress(OSError):
                os.pwrite(handle, f"process {os.getpid()} ({' '.join(sys.argv)[:200]})".encode(), 0)
        try:
            yield
        finally:
            if exclusive:
                os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _taken(handle: int, *, exclusive: bool) -> bool:
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_CONFIG = {"autoinstall_known_extensions": "false", "temp_directory": "", "checkpoint_threshold": "1B", "threads": "1"}
"""No folder for overflow: what is read of people must not end in the folder the program was started from.

One thread: an operation touches few rows, and handing them to a second one costs a quarter of its time.
"""
_IDLE: list[duckdb.DuckDBPyConnection] = []
_MOST_IDLE = 4


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine that holds the file, and the connection for one operation; what that leaves open ends with it."""

    engine: duckdb.DuckDBPyConnection
    connection: duckdb.DuckDBPyConnection


def connect(home: Home, *, read_only: bool) -> Opened:
    """Open the file; the caller holds the lock.

    Raises
    ------
    StoreError
        When the file is damaged, or a program that does not know our lock has it open.
    """
    engine = _engine()
    try:
        # The name is the one that the file has when DuckDB opens it by itself.
        attach = "ATTACH ? AS clinic (TYPE duckdb, READ_ONLY)" if read_only else "ATTACH ? AS clinic (TYPE duckdb)"
        engine.execute(attach, [str(home.database)])
        connection = engine.cursor()
        connection.execute("USE clinic")
    except duckdb.Error as error:
        engine.close()
        first = str(error).splitlines()[0]
        advice = (
            "close the other program that has it open"
            if "lock" in first
            else "restore the newest backup with `motionward restore`"
        )
        raise StoreError(f"The store {home.database} cannot be opened ({first}): {advice}.") from error
    return Opened(engine, connection)


def _engine() -> duckdb.DuckDBPyConnection:
    """An engine that holds no file: a kept one, else a new one."""
    try:
        return _IDLE.pop()
    except IndexError:
        return duckdb.connect(":memory:", config=dict(_CONFIG))


_HELD: ContextVar[tuple[Home, duckdb.DuckDBPyConnection] | None] = ContextVar("held", default=None)


@contextmanager
def at_once(home: Home) -> Iterator[None]:
    """Many operations of this thread that only read share one connection and see one moment."""
    with reading(home) as connection:
        token = _HELD.set((home, connection))
        try:
            yield
        finally:
            _HELD.reset(token)


@contextmanager
def reading(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection for one operation, under the shared lock."""
    held = _HELD.get()
    if held is not None and held[0] == home:
        yield held[1]
        return
    with locked(home.lock, exclusive=False), looking(home) as connection:
        yield connection


@contextmanager
def looking(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection; the caller holds the lock.

    Raises
    ------
    StoreError
        When the file is damaged: DuckDB sees that of each part only when it reads it.
    """
    opened = connect(home, read_only=True)
    try:
        yield opened.connection
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise StoreError(
            f"The store {home.database} cannot be read ({first}): restore the newest backup with `motionward restore`."
        ) from error
    finally:
        _let_go(opened)


@contextmanager
def transaction(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection inside one transaction, committed at the end, undone on any error; the caller holds the lock.

    Raises
    ------
    StoreError
        When the disk is full or the file cannot be written.
    """
    opened = connect(home, read_only=False)
    try:
        opened.connection.execute("BEGIN")
        yield opened.connection
        opened.connection.execute("COMMIT")
    except (duckdb.Error, OSError) as error:
        first = str(error).splitlines()[0]
        raise StoreError(
            f"The store {home.database} was not changed ({first}): "
            "see that its disk has room and the file may be written, then try again."
        ) from error
    finally:
        _close(opened)


def _close(opened: Opened) -> None:
    """Let go after writing, which undoes an open transaction and moves a log, if there is one, into the file."""
    if not _let_go(opened):
        # The log could not be moved (a full disk): it stays beside the file and the next opening reads it.
        _log.warning("the store's log was not moved into its file")


def _let_go(opened: Opened) -> bool:
    """End the operation's connection and give the file back; whether that went as it should."""
    engine = opened.engine
    try:
        opened.connection.close()
        engine.execute("DETACH clinic")
    except duckdb.Error:
        _log.warning("the store's file was given back the hard way", exc_info=True)
        with suppress(duckdb.Error):
            engine.close()
        return False
    if len(_IDLE) < _MOST_IDLE:
        _IDLE.append(engine)
    else:
        engine.close()
    return True
