"""Which detectors judge a recording, and how: the shipped ones, or in their place those taken over for its patient.

One is taken over for a patient by being accepted on a recording of theirs; other patients keep the shipped ones. So
with the alarm budget: what was set for a patient holds for their further recordings.
"""

from __future__ import annotations

from dataclasses import replace

from clinic.analysis import Settings
from clinic.store import Store
from clinic.store.rows import DetectorRow, RunRow
from models.detectors import Detector, shipped


def of_recording(store: Store, recording: str) -> tuple[Detector, ...]:
    """The detectors as the present analysis of a recording used them; the shipped ones where there is none."""
    return _used(store, list(store.runs(recording)[:1]))


def of_patient(store: Store, patient: str) -> tuple[Detector, ...]:
    """The detectors for a further recording of a patient: of each name the last one taken over that is in use."""
    present = []
    for recording in store.recordings(patient):
        present += store.runs(recording.id)[:1]
    return _used(store, present)


def settings_of(store: Store, recording: str) -> Settings:
    """The settings of the present analysis of a recording; the usual ones where there is none."""
    run = next(iter(store.runs(recording)), None)
    return replace(Settings(), **run.manifest["settings"]) if run else Settings()


def settings_for(store: Store, patient: str) -> Settings:
    """The settings for a further recording of a patient: those of the last one that was analysed."""
    runs = [run for r in store.recordings(patient) for run in store.runs(r.id)[:1]]
    last = max(runs, key=lambda run: run.made_us, default=None)
    return settings_of(store, last.recording) if last else Settings()


def versions_of(store: Store, patient: str, name: str) -> tuple[DetectorRow, ...]:
    """The versions of a detector that were taken over and have judged a recording of a patient, the newest first."""
    runs = [run for r in store.recordings(patient) for run in store.runs(r.id)]
    judged = {d["version"] for run in runs for d in run.manifest["detectors"]}
    return tuple(row for row in reversed(store.detectors()) if row.name == name and row.id in judged)


def with_detector(using: tuple[Detector, ...], new: Detector) -> tuple[Detector, ...]:
    """The detectors with one more, which takes the place of that of its name."""
    if new.name in {d.name for d in using}:
        return tuple(new if d.name == new.name else d for d in using)
    return (*using, new)


def _used(store: Store, runs: list[RunRow]) -> tuple[Detector, ...]:
    used = {d["version"] for run in runs for d in run.manifest["detectors"]}
    found = shipped()
    for row in store.detectors():  # oldest first
        if row.id in used:
            found = with_detector(found, store.detector(row.id))
    return found
