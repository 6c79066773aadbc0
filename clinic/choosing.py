"""What a patient is judged by, as a person decides it: another version of a detector, or for good the present one.

That they follow every patient again is a row of the store alone
(:meth:`clinic.store.detectors.Detectors.follow_every_patient`).
"""

from __future__ import annotations

from clinic.in_use import of_recording, settings_of, with_detector
from clinic.store import Store
from clinic.stored import Now, analyse_stored
from data.errors import MotionwardError
from models.detectors import shipped


def use_version(store: Store, recording: str, name: str, version: str, *, actor: str, now: Now) -> tuple[int, int]:
    """Have another version of a detector judge a recording, and what else of its patient the present one judges.

    Further recordings of the patient are judged by it too, until another is chosen, or accepted on one of theirs; a
    detector for every patient does not end that. Every version stays in the store, so that each can come back. What was
    said of flags stays with the analysis that made them, and comes back with its version.

    Parameters
    ----------
    version
        Of a detector that was taken over, or that is shipped; empty for none, where nothing is shipped by that name.

    Returns
    -------
    How many flags and how many unsure episodes the recording has now.

    Raises
    ------
    MotionwardError
        If that version judges the recording already, or is not here.
    """
    patient = next(r.patient for r in store.recordings() if r.id == recording)
    present = next((d.version for d in of_recording(store, recording) if d.name == name), "")
    if present == version:
        raise MotionwardError("That version judges this recording already: choose another one.")
    found = next((d for d in shipped() if version == d.version), None)
    if found is None and version:
        found = store.detector(version)
    of = {r.id: of_recording(store, r.id) for r in store.recordings(patient)}
    judged = [recording] + [i for i, using in of.items() if i != recording and present in {d.version for d in using}]
    store.change_detector(name, before=present, after=version, recordings=judged, actor=actor, now_us=now())
    counts = []
    for identity in judged:
        rest = tuple(d for d in of[identity] if d.name != name)
        using = with_detector(of[identity], found) if found is not None else rest
        counts.append(analyse_stored(store, identity, using, settings_of(store, identity), actor=actor, now=now))
    return counts[0]


def keep_on(store: Store, recording: str, name: str, *, actor: str, now_us: int) -> None:
    """Keep a patient on what judges this recording of theirs, whatever is taught for every patient.

    It holds for further recordings until another version is chosen, or accepted on one of theirs. Nothing is judged
    anew. Where nothing of that name judges the recording, nothing will look for it in further ones either.
    """
    present = next((d.version for d in of_recording(store, recording) if d.name == name), "")
    store.keep_on_detector(name, present, recording=recording, actor=actor, now_us=now_us)
