"""A store with one analysed patient for the tests of pages: real signal path, scores made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from clinic.home import Home
from clinic.store import Store
from data.recording import Clock, Placement, Recording, Side, Source
from tests.clinic.reports.made import DAY_US, NOW_US, analysis_of, worn_days
from tests.signals import freezing_walk

ACTOR = "tester"


def store_with(folder: Path, *, code: str = "P-0001", days: int = 0) -> Store:
    """A store in ``folder`` with one patient: a minute's walk, or some days with doses."""
    return store_of(folder, worn_days(days) if days else freezing_walk(), code=code, days=days)


def store_with_two_sensors(folder: Path) -> Store:
    """A store with one day of a sensor at the lower back and one at the left ankle, worn together."""
    recording = worn_days(1)
    (back,) = recording.streams
    ankle = replace(back, name="left-ankle", placement=Placement.ANKLE, side=Side.LEFT)
    return store_of(folder, replace(recording, streams=(back, ankle)), code="P-0001", days=0)


def store_with_undated(folder: Path, *names: str) -> Store:
    """A store with one patient, P-0001, whose recordings have no date and came in this order, a freeze in each."""
    store = Store.open(Home(folder))
    store.add_patient("P-0001", "Europe/Berlin", actor=ACTOR, now_us=NOW_US)
    for k, name in enumerate(names):
        walk = freezing_walk(seed=k, start_us=0, duration_s=60.0 + 10 * k)
        recording = replace(walk, clock=Clock.RELATIVE, zone=None, source=Source(name, 1, f"{k}" * 64))
        identity, _ = store.import_(recording, "P-0001", actor=ACTOR, now_us=NOW_US + k)
        store.record(identity, analysis_of(recording), actor=ACTOR, now_us=NOW_US + k)
    return store


def store_of(folder: Path, recording: Recording, *, code: str, days: int) -> Store:
    """A store with one analysed recording of one patient, who took a dose on each of so many days."""
    store = Store.open(Home(folder))
    store.add_patient(code, "Europe/Berlin", actor=ACTOR, now_us=NOW_US)
    identity, _ = store.import_(recording, code, actor=ACTOR, now_us=NOW_US)
    store.record(identity, analysis_of(recording), actor=ACTOR, now_us=NOW_US)
    for day in range(days):
        at = recording.interval.start + day * DAY_US + 3 * 3_600_000_000
        store.add_dose(code, at, "levodopa 100 mg", "patient", actor=ACTOR, now_us=NOW_US)
    return store
