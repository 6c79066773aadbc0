"""A patient's report and tables from the store, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clinic.reports.cards import Card, card_of
from clinic.reports.evidence import evidence_from
from clinic.reports.export import patient_episodes_csv
from clinic.reports.html import to_html
from clinic.reports.make import report_for_patient
from clinic.reports.pdf import to_pdf
from clinic.store import Store
from clinic.store.files import write_whole
from clinic.store.rows import RecordingRow, RunRow
from clinic.timeline.validity import read_validity
from data.errors import MotionwardError
from data.recording import Clock

FORMATS = ("html", "pdf", "csv")


def export_patient(store: Store, patient: str, formats: Sequence[str], out: Path) -> list[Path]:
    """Write ``<patient>.html``, ``.pdf`` and ``.csv``, each whole or not at all; the same store gives the same bytes.

    Raises
    ------
    MotionwardError
        When the patient has no analysed recording, or the folder cannot be written.
    """
    found = store.recordings(patient)
    runs = {r.id: present for r in found for present in store.runs(r.id)[:1]}
    shown = one_clock([r for r in found if r.id in runs])
    if not shown:
        raise MotionwardError(f"Patient {patient} has no analysed recording: import one first.")
    kept = {r.id for r in shown}
    episodes = [e for e in store.episodes(patient=patient) if e.recording in kept]
    files: dict[str, bytes] = {}
    if "csv" in formats:
        files["csv"] = patient_episodes_csv(store.patient(patient), shown, episodes).encode()
    if {"html", "pdf"} & set(formats):
        report = report_for_patient(
            store.patient(patient),
            shown,
            [runs[r.id] for r in shown],
            [s for s in store.spans(patient=patient) if s.recording in kept],
            episodes,
            [f for f in store.findings(patient=patient) if f.recording in kept],
            store.doses(patient),
            store.head(),
            cards_of([runs[r.id] for r in shown]),
            samples=store.samples(patient),
            answers=store.answers(patient),
            evidence=evidence_from(store, store.patient(patient), list(runs.values()), store.findings(patient=patient)),
            validity=read_validity(store.home.validity),
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


def one_clock(recordings: Sequence[RecordingRow]) -> list[RecordingRow]:
    """The recordings with a date; where none has one, the last imported alone: theirs share no clock."""
    dated = [r for r in recordings if r.clock == Clock.ABSOLUTE.value]
    return dated or sorted(recordings, key=lambda r: r.imported_us)[-1:]


def cards_of(runs: Sequence[RunRow]) -> list[Card]:
    """Cards of the detectors that the runs used, as far as they are installed in that version."""
    named = {(d["name"], d["version"]) for run in runs for d in run.manifest["detectors"]}
    return [card for name, version in sorted(named) if (card := card_of(name, version)) is not None]


def _safe(code: str) -> str:
    """A patient's code as a file name."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in code).lstrip(".") or "patient"
