"""A store with one analysed patient for the tests of pages: real signal path, scores made by hand."""

from __future__ import annotations

from pathlib import Path

from clinic.home import Home
from clinic.store import Store
from tests.clinic.reports.made import DAY_US, NOW_US, analysis_of, worn_days
from tests.signals import freezing_walk

ACTOR = "tester"


def store_with(folder: Path, *, code: str = "P-0001", days: int = 0) -> Store:
    """A store in ``folder`` with one patient: a minute's walk, or some days with doses."""
    store = Store.open(Home(folder))
    recording = worn_days(days) if days else freezing_walk()
    store.add_patient(code, "Europe/Berlin", actor=ACTOR, now_us=NOW_US)
    identity, _ = store.import_(recording, code, actor=ACTOR, now_us=NOW_US)
    store.record(identity, analysis_of(recording), actor=ACTOR, now_us=NOW_US)
    for day in range(days):
        at = recording.interval.start + day * DAY_US + 3 * 3_600_000_000
        store.add_dose(code, at, "levodopa 100 mg", "patient", actor=ACTOR, now_us=NOW_US)
    return store
