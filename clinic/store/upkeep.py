"""Whether rows and files are as they were written, and the end of what a crash left behind."""

from __future__ import annotations

import shutil
from pathlib import Path

from clinic.home import Home
from clinic.store import audit, read_rows
from clinic.store.access import locked, looking, reading
from clinic.store.files import TEMPORARY, digests, is_abandoned
from clinic.store.rows import AuditRow


def problems(home: Home) -> list[str]:
    """Everything that is not as it was written, a sentence each; empty when rows and files are whole."""
    with reading(home) as connection:
        found = audit.problems(connection, audit.saved_head(home))
        events = audit.events(connection)
    for event in reversed(events):
        promised = event.details.get("files", {})
        folder, what = _promised_by(home, event)
        actual = digests(folder) if promised and folder.is_dir() else {}
        for name, digest in promised.items():
            if actual.get(name) != digest:
                found.append(f"{what}: the file {name} {'was altered' if name in actual else 'is missing'}")
    return found


def tidy(home: Home) -> list[Path]:
    """Remove what no row names: the rubbish of a crash. Returns what was removed.

    What another process is writing at the moment stays.
    """
    with locked(home.lock, exclusive=True):
        with looking(home) as connection:
            recordings = read_rows.recording_ids(connection)
            runs = read_rows.run_ids(connection, None)
            detectors = {d.id for d in read_rows.detectors(connection)}
        vectors = [f for e in home.embeddings().iterdir() if e.is_dir() for f in e.iterdir()]
        unnamed = [f for f in home.signals().iterdir() if f.name not in recordings]
        unnamed += [f for f in home.scores().iterdir() if f.name not in runs]
        unnamed += [f for f in vectors if f.name not in recordings]
        unnamed += [f for f in home.detectors().glob("*") if f.name not in detectors]
        rubbish = [f for f in unnamed if not f.name.startswith(TEMPORARY)]
        rubbish += [f for f in home.root.rglob(f"{TEMPORARY}*") if is_abandoned(f)]
        for item in rubbish:
            if item.is_dir():
                shutil.rmtree(item)
            else:
                item.unlink(missing_ok=True)
    return rubbish


def _promised_by(home: Home, event: AuditRow) -> tuple[Path, str]:
    """The folder whose files an event vouches for, and what it is in words."""
    if event.act == "analyse":
        return home.scores(str(event.details.get("run"))), f"the scores of recording {event.object[:12]}"
    if event.act == "accept detector":
        return home.detectors(event.object), f"the detector {event.object}"
    return home.signals(event.object), f"the signals of recording {event.object[:12]}"
