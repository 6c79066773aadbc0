"""Which detectors judge a recording, and how: the shipped ones, or in their place those taken over.

One is taken over for a patient by being accepted on a recording of theirs, or for every patient (a cohort's); one's own
comes before the cohort's, and what is here already stays as it was judged. What somebody decided for a patient comes
before both until another is accepted on a recording of theirs or chosen: that they are put back to the shipped one or
an older one, are kept on what judges them, or follow every patient though they have one of their own. So with the alarm
budget: what was set for a patient holds for their further recordings.
"""

from __future__ import annotations

from dataclasses import replace

from clinic.analysis import Settings
from clinic.store import Store
from clinic.store.rows import ChosenRow, DetectorRow, RunRow
from models.detectors import Detector, shipped


def of_recording(store: Store, recording: str) -> tuple[Detector, ...]:
    """The detectors as the present analysis of a recording used them; the shipped ones where there is none."""
    return _used(store, list(store.runs(recording)[:1]), shipped(), frozenset())


def of_patient(store: Store, patient: str) -> tuple[Detector, ...]:
    """The detectors for a further recording of a patient: of each name the one that somebody chose for them.

    Where nobody did it is the last one taken over that is in use, and where the patient has none of their own the
    present one of the cohort.
    """
    of_all = frozenset(version for _, version in store.cohort_detectors())
    found = _used(store, store.last_runs(patient), for_everybody(store), of_all)
    for chosen in store.chosen_detectors(patient).values():
        new = _decided(store, chosen)
        found = tuple(d for d in found if d.name != chosen.name) if new is None else with_detector(found, new)
    return found


def for_everybody(store: Store) -> tuple[Detector, ...]:
    """The shipped detectors, in their place those that were taken over for every patient, and those of new classes."""
    found = shipped()
    for version in dict(store.cohort_detectors()).values():
        if version:
            found = with_detector(found, store.detector(version))
    return found


def start_of(store: Store, patient: str, name: str) -> Detector | None:
    """What a patient's own detector starts from: what somebody decided that they are judged by, else everybody's.

    One's own that was accepted is no start: what it learned from is marked, and teaches anew together with the rest.

    Returns
    -------
    None where it starts from nothing: nobody taught that class for every patient, and none is shipped.
    """
    chosen = store.chosen_detectors(patient).get(name)
    return _of_everybody(store, name) if chosen is None else _decided(store, chosen)


def settings_of(store: Store, recording: str) -> Settings:
    """The settings of the present analysis of a recording; the usual ones where there is none."""
    return _settings(next(iter(store.runs(recording)), None))


def settings_for(store: Store, patient: str) -> Settings:
    """The settings for a further recording of a patient: those of the last one that was analysed."""
    return _settings(max(store.last_runs(patient), key=lambda run: run.made_us, default=None))


def versions_of(store: Store, patient: str, name: str) -> tuple[DetectorRow, ...]:
    """The versions taken over that judged a recording of a patient, and that for every patient; the newest first."""
    runs = [run for r in store.recordings(patient) for run in store.runs(r.id)]
    judged = {d["version"] for run in runs for d in run.manifest["detectors"]}
    judged.add(dict(store.cohort_detectors()).get(name, ""))
    return tuple(row for row in reversed(store.detectors()) if row.name == name and row.id in judged)


def with_detector(using: tuple[Detector, ...], new: Detector) -> tuple[Detector, ...]:
    """The detectors with one more, which takes the place of that of its name."""
    if new.name in {d.name for d in using}:
        return tuple(new if d.name == new.name else d for d in using)
    return (*using, new)


def _of_everybody(store: Store, name: str) -> Detector | None:
    return next((d for d in for_everybody(store) if d.name == name), None)


def _decided(store: Store, chosen: ChosenRow) -> Detector | None:
    """What a decision means today; None where nothing is to look."""
    if chosen.version is None:
        return _of_everybody(store, chosen.name)
    if chosen.version in {row.id for row in store.detectors()}:
        return store.detector(chosen.version)
    # What nobody taught is the shipped one: that of this program, whichever was shipped on the day of the choice.
    return next((d for d in shipped() if chosen.version and d.name == chosen.name), None)


def _settings(run: RunRow | None) -> Settings:
    return replace(Settings(), **run.manifest["settings"]) if run else Settings()


def _used(
    store: Store, runs: list[RunRow], found: tuple[Detector, ...], besides: frozenset[str]
) -> tuple[Detector, ...]:
    """What runs used in the place of others; ``besides``: versions that are nobody's own."""
    used = {d["version"] for run in runs for d in run.manifest["detectors"]} - besides
    for row in store.detectors():  # oldest first
        if row.id in used:
            found = with_detector(found, store.detector(row.id))
    return found
