"""A patient's report and tables from the store, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clinic.grounds import taught_by
from clinic.reports.cards import cards_of
from clinic.reports.evidence import evidence_from
from clinic.reports.export import patient_episodes_csv
from clinic.reports.html import to_html
from clinic.reports.make import report_for_patient
from clinic.reports.pdf import to_pdf
from clinic.store import Store
from clinic.store.files import write_whole
from clinic.store.rows import RecordingRow
from clinic.timeline.together import not_shown, on_one_clock
from clinic.timeline.validity import read_validity
from data.errors import MotionwardError

FORMATS = ("html", "pdf", "csv")
_SHORTEST_ID = 12
"""Digits of a recording's SHA-256 that name it."""


def export_patient(
    store: Store, patient: str, formats: Sequence[str], out: Path, recording: str | None = None
) -> list[Path]:
    """Write ``<patient>.html``, ``.pdf`` and ``.csv``, each whole or not at all; the same store gives the same bytes.

    Parameters
    ----------
    recording
        The file's name, or the beginning of the SHA-256, of the one recording that the report is about; by default
        all that have a date, else the newest. The table always holds all.

    Raises
    ------
    MotionwardError
        When the patient has no analysed recording, none or several of that name, or the folder cannot be written.
    """
    found = store.recordings(patient)
    runs = {r.id: present for r in found for present in store.runs(r.id)[:1]}
    analysed = [r for r in found if r.id in runs]
    if not analysed:
        raise MotionwardError(f"Patient {patient} has no analysed recording: import one first.")
    shown = named(analysed, recording) if recording else on_one_clock(analysed)
    kept = {r.id for r in shown}
    every = list(store.episodes(patient=patient))
    files: dict[str, bytes] = {}
    if "csv" in formats:  # a table counts in each recording by itself: all of them have their place in it
        files["csv"] = patient_episodes_csv(store.patient(patient), analysed, every).encode()
    if {"html", "pdf"} & set(formats):
        report = report_for_patient(
            store.patient(patient),
            shown,
            [runs[r.id] for r in shown],
            [s for s in store.spans(patient=patient) if s.recording in kept],
            [e for e in every if e.recording in kept],
            [f for f in store.findings(patient=patient) if f.recording in kept],
            store.doses(patient),
            store.head(),
            cards_of([runs[r.id] for r in shown]),
            samples=store.samples(patient),
            answers=store.answers(patient),
            taught=taught_by(store, list(runs.values()), store.patient(patient).zone),
            evidence=evidence_from(store, store.patient(patient), list(runs.values()), store.findings(patient=patient)),
            validity=read_validity(store.home.validity),
            left_out=not_shown(analysed, shown),
        )
        html = to_html(report)
        files["html"] = html.encode()
        if "pdf" in formats:
            files["pdf"] = to_pdf(html)
    written = []
    for kind in (f for f in FORMATS if f in formats):
        path = out / f"{_safe(patient)}.{kind}"
        try:
            write_whole(path, files[kind])
        except OSError as error:
            raise MotionwardError(f"{path} could not be written ({error.strerror}): choose another folder.") from error
        written.append(path)
    return written


def named(
    recordings: Sequence[RecordingRow], name: str, where: str = "Of this patient", what: str = "analysed recording"
) -> tuple[RecordingRow, ...]:
    """The recording that a file's name, or the beginning of its SHA-256, stands for."""
    found = [r for r in recordings if r.file == name or (len(name) >= _SHORTEST_ID and r.id.startswith(name))]
    if len(found) != 1:
        are = f"{len(found)} recordings are" if found else f"no {what} is"
        named = ", ".join(f"{r.file} ({r.id[:_SHORTEST_ID]})" for r in found or recordings)
        raise MotionwardError(f"{where} {are} called {name}: name one of {named}.")
    return tuple(found)


def _safe(code: str) -> str:
    """A patient's code as a file name."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in code).lstrip(".") or "patient"
