"""What is marked, and each edit of the labelling canvas as rows of the store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path

from clinic import __version__
from clinic.pages.opened import PatientRows
from clinic.review.exchange import read
from clinic.review.marking import SUGGESTED, Edit, keys, taken_back, verdict_on
from clinic.review.spans import Recorded, checking, recorded_of
from clinic.store import Store
from clinic.store.access import StoreError
from clinic.store.label_rows import Check
from clinic.store.rows import Label, LabelRow, LabelSource, RecordingRow, StreamRow
from clinic.timeline.clock import WallClock, clock_for
from data.intervals import Interval
from data.labels import ALL, NOT, phenomenon_of, subject_of
from data.phenomena import PHENOMENA


@dataclass(frozen=True, slots=True)
class Open:
    """What is marked: one stream of one recording, by one annotator."""

    rows: PatientRows
    recording: RecordingRow
    stream: StreamRow
    rater: str

    @property
    def key(self) -> str:
        """Of the canvas's state."""
        return f"{self.rows.patient.code}|{self.recording.id}|{self.stream.name}|{self.rater}"

    @property
    def clock(self) -> WallClock:
        """The clock of the recording."""
        start = min(s.interval.start for s in self.recording.streams)
        return clock_for(self.recording.clock, self.rows.patient.zone, start)


def store_edit(
    store: Store, what: Open, edit: Edit, made: Mapping[str, str], *, model: str, at_us: int, window: Interval
) -> str:
    """Store one edit; returns the key of the label that it made or changed.

    Of an undo that takes back something outside the open window it returns what that was, in a sentence, else nothing.

    Parameters
    ----------
    made
        Keys of the labels that earlier edits made, by the ids of those.
    model
        Version of the detector whose opinion the annotator saw.
    window
        What the annotator looks at.

    Raises
    ------
    StoreError
        With the reason why it is refused; nothing is stored then.
    """
    recording, rater = what.recording.id, what.rater
    if edit.kind == "undo":
        back = store.undo_label(recording, what.stream.name, rater=rater, actor=rater, now_us=at_us)
        if not back:
            raise StoreError("Nothing is left to take back: none of your marks stands on this sensor.")
        return "" if any(row.interval.overlaps(window) for row in back) else taken_back(back, what.clock)
    check = _checking(store, what)
    if edit.kind == "add" and edit.interval is not None:
        new = Label(what.stream.name, edit.interval, edit.label, rater, tool=f"motionward {__version__}", model=model)
        if edit.of:
            return _answer(store, what, new, edit.of, at_us)
        (row,) = store.label(recording, [new], check=check, actor=rater, now_us=at_us)
        return row.id
    key_of = keys(store.label_history(recording, rater))
    target = made.get(edit.target, edit.target)
    old = next((x for x in store.labels(recording=recording, rater=rater) if key_of[x.id] == target), None)
    if old is None:
        raise StoreError("That label is there no more, it was removed or taken back meanwhile: nothing was changed.")
    if edit.kind == "remove":
        store.remove_label(recording, old.id, rater=rater, actor=rater, now_us=at_us)
    else:
        new = _changed(old, edit)
        of = store.answered(recording, old.id)
        flag = next((e for e in what.rows.episodes if e.id == of), None)
        answers = (of, verdict_on(flag, new.interval, new.label)) if flag is not None else None
        store.label(recording, [new], check=check, actor=rater, now_us=at_us, replaces=old.id, answers=answers)
    return target


def _checking(store: Store, what: Open) -> Check:
    """Refuses in the times that the page shows."""
    return checking(_recorded(store, what.recording.id), lambda at: what.clock.time(at, decimals=1))


def _answering(check: Check) -> Check:
    """The same for the answer to a flag; its refusal names the way to answer without a span."""

    def told(labels: Sequence[Label], present: Sequence[LabelRow]) -> str | None:
        said = check(labels, present)
        return said and f"{said} On the timeline a flag is answered without marking a span."

    return told


@lru_cache(maxsize=16)
def _recorded(store: Store, recording: str) -> Recorded:
    """The segments of a stored recording, which never changes; somebody waits while an edit is stored."""
    return recorded_of(store.recording(recording))


def _answer(store: Store, what: Open, new: Label, of: str, at_us: int) -> str:
    """Store a label in the place of a suggestion, or of a flag together with the verdict on that flag."""
    source, model, answers = LabelSource.ACCEPTED, new.model, None
    if of != SUGGESTED:
        flag = next((e for e in what.rows.episodes if e.id == of), None)
        if flag is None:
            raise StoreError("That flag is there no more, the recording was analysed anew: load the page again.")
        verdict = verdict_on(flag, new.interval, new.label)
        source = LabelSource.ACCEPTED if verdict == "right" else LabelSource.CORRECTED
        model, answers = flag.detector, (of, verdict)
    identity = what.recording.id
    check = _checking(store, what) if answers is None else _answering(_checking(store, what))
    label = replace(new, source=source, model=model)
    (row,) = store.label(identity, [label], check=check, actor=what.rater, now_us=at_us, answers=answers)
    return row.id


def _changed(old: LabelRow, edit: Edit) -> Label:
    """The label with other edges, another class or as sure as is said now.

    One that the annotator did not draw is a corrected one with other edges or another class.
    """
    kept = {f.name: getattr(old, f.name) for f in fields(Label)}
    if edit.kind == "sure":
        return Label(**kept | {"confidence": edit.confidence})
    kept["source"] = old.source if old.source is LabelSource.DRAWN else LabelSource.CORRECTED
    return Label(**kept | {"interval": edit.interval or old.interval, "label": edit.label or old.label})


def import_labels(store: Store, what: Open, path: Path, *, at_us: int) -> list[LabelRow]:
    """Store the labels that a file adds to those of the recording, all of them or none.

    Raises
    ------
    LabelsError, RecordingError, StoreError
        Naming the place in the file, and what is wrong there.
    """
    identity = what.recording.id
    recording = store.recording(identity)
    named = known_names(store, what.rater)
    added = read(path, recording, store.labels(recording=identity), rater=what.rater, named=named)
    return store.label(identity, added, check=checking(recorded_of(recording)), actor=what.rater, now_us=at_us)


def known_names(store: Store, rater: str) -> list[str]:
    """Classes that a rater marks any patient with, or a detector finds: spelt otherwise they would teach apart."""
    found = (d.phenomenon for d in store.detectors())
    subjects = dict.fromkeys(map(subject_of, (*PHENOMENA, *store.label_names(rater), *found)))
    return [name for subject in subjects for name in (subject, NOT + subject, ALL + subject)]


def seen_version(what: Open, label: str, serving: Collection[str]) -> str:
    """Version of the detector of a label's phenomenon that judged the open sensor; empty where none judged at all.

    Where none finds that, the first that judged the sensor, else the first that judged: who looked is not blind.

    Parameters
    ----------
    serving
        Names of the shipped detectors that serve the place; one of marks alone has the place in its name.
    """
    run = next((r for r in what.rows.runs if r.recording == what.recording.id), None)
    used = run.manifest.get("detectors", []) if run else []
    first, place = (name.replace(" ", "-") for name in (phenomenon_of(label), what.stream.placement))
    here = [d for d in used if d["name"] in serving or str(d["name"]).endswith(f"-{place}")]
    of_label = [d for d in here if str(d["name"]).startswith(f"{first}-")]
    return str((of_label or here or used)[0]["version"]) if used else ""


def has_seen(store: Store, what: Open) -> bool:
    """Whether a rater's rows tell that they saw what a detector says of the sensor, in whatever session.

    A label that names a detector tells it, also one that was taken back, and so does their answer to a flag; who only
    looked was noted then.
    """
    if store.saw_detector(what.recording.id, what.stream.name, rater=what.rater):
        return True
    history = store.label_history(what.recording.id, what.rater)
    if any(x.model and x.stream == what.stream.name for x in history):
        return True
    here = (what.recording.id, what.stream.name, what.rater)
    return any((e.recording, e.stream, e.reviewer) == here for e in what.rows.episodes)
