"""Processes that hostile tests start and kill, and how to start them quickly.

A clean server process imports the store once and forks from there, so that a victim works within milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb

from clinic.home import Home
from clinic.store import Store, StoreError
from clinic.store.access import locked
from tests.clinic.kept import NOW, PATIENT, analysis_of, recording_number
from tests.clinic.store.test_vectors import DETECTOR, Counted


def context() -> ForkServerContext:
    """Where victims come from."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["tests.hostile.victims"])
    return found


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """A victim, running."""
    process = context().Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def start_with_line(target: Callable[..., None], root: Path) -> tuple[BaseProcess, Connection]:
    """A victim that has said it is ready, and the line to it.

    A pipe and not an event: who sets an event waits for a killed process to wake up.
    """
    mine, theirs = context().Pipe()
    process = start(target, root, theirs)
    assert mine.recv() == "held"
    return process, mine


def import_and_analyse_for_ever(root: Path, first: int, told: Path) -> None:
    """Import and analyse one recording after the other; note each result once it was acknowledged."""
    home = Home(root)
    notes = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def say(line: str) -> None:
        os.write(notes, f"{line}\n".encode())

    store = Store.open(home)
    say("begun")
    number = first
    while True:
        recording = recording_number(number, 10.0)
        identity, _ = store.import_(recording, PATIENT, actor="victim", now_us=NOW + number)
        say(f"recording {identity}")
        store.remembering(identity, Counted())(store.recording(identity).streams[0], DETECTOR)
        run = store.record(identity, analysis_of(recording), actor="victim", now_us=NOW + number)
        say(f"run {run}")
        number += 1


def hold(root: Path, line: Connection) -> None:
    """Hold the store until told to let go, or the one who tells is gone."""
    with locked(Home(root).lock, exclusive=True):
        line.send("held")
        line.poll(60)


def open_past_the_lock(root: Path, line: Connection) -> None:
    """Open the database as a program does that has never heard of our lock."""
    connection = duckdb.connect(str(Home(root).database))
    line.send("held")
    line.poll(60)
    connection.close()


def work_with_small_files(root: Path, largest: int, results: Any) -> None:
    """Import and analyse where no file may grow beyond ``largest`` bytes, as on a full disk; tell what was said."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = Store.open(Home(root))
    recording = recording_number(7, 60.0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    try:
        identity, _ = store.import_(recording, PATIENT, actor="victim", now_us=NOW)
        store.record(identity, analysis_of(recording), actor="victim", now_us=NOW)
        results.put("done")
    except StoreError as error:
        results.put(str(error))
