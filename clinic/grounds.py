"""What a flag rests on, read from the store: its detector's versions and people, and the examples most like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from clinic.home import Home
from clinic.store import Store
from clinic.store.rows import EpisodeRow, RecordingRow, RunRow
from clinic.timeline.clock import WallClock, clock_for, length
from clinic.timeline.evidence import Grounds, Likeness
from data.errors import MotionwardError
from data.labels import opposite
from data.recording import Recording

if TYPE_CHECKING:
    from models.detectors import Detector
    from models.detectors.correction import Taught

NEAREST = 3


def grounds_of(
    store: Store, run: RunRow, recording: Recording, episode: EpisodeRow, clock: WallClock
) -> Grounds | None:
    """What an episode rests on; None where its analysis does not name its detector.

    Parameters
    ----------
    run
        The analysis that made the episode.
    recording
        The stored recording it lies in.
    """
    used = next((d for d in run.manifest.get("detectors", []) if d.get("version") == episode.detector), None)
    if used is None:
        return None
    encoder = f"{used.get('encoder', 'not named')} {str(used.get('encoder_version', ''))[:7]}".strip()
    version = str(used["version"])[:7]
    detector = _detector(store.home, episode.detector)
    if detector is None:
        return Grounds(version, encoder, "")
    root = _root(store, detector)
    people = people_words(root.measured)
    if detector.adapted is None:
        return Grounds(version, encoder, people)
    number_format = str(run.manifest.get("settings", {}).get("number_format", "fp32"))
    nearest = _nearest(store, detector, recording, episode, number_format)
    stored = {r.id: r for r in store.recordings()}
    near = tuple(likeness(t, away, episode, recording, clock, stored) for t, away in nearest)
    is_fresh = root.adapted is not None and root.parent is None
    adapter = f"{detector.adapted.kind} adapter on {detector.parent[:7]}" if detector.parent else ""
    return Grounds(version, encoder, people, len(detector.adapted.taught), near, is_fresh, adapter)


def taught_by(store: Store, runs: Sequence[RunRow], zone: str | None) -> dict[str, str]:
    """Of each taught detector that some analyses used, by its version, ``taught by R-01, 3 March 2026``.

    Parameters
    ----------
    zone
        In which the day is told on which it was taken over.
    """
    used = {str(d.get("version")) for run in runs for d in run.manifest.get("detectors", [])}
    clock, found = WallClock(zone or "UTC"), {}
    for row in store.detectors():
        detector = _detector(store.home, row.id) if row.id in used else None
        if detector is not None and detector.adapted is not None:
            found[row.id] = f"taught by {_teachers(detector)}, {clock.moment(row.accepted_us).partition(',')[0]}"
    return found


def taught_with(detectors: Sequence[Detector]) -> dict[str, str]:
    """The same of detectors in folders: ``taught by R-01 with 14 marked examples, which its card lists``."""
    found: dict[str, str] = {}
    for detector in detectors:
        if detector.adapted is not None:
            number = len(detector.adapted.taught)
            examples = f"{number} marked example{'s' * (number > 1)}, which its card lists"
            found[detector.version] = f"taught by {_teachers(detector)} with {examples}"
    return found


def _teachers(detector: Detector) -> str:
    taught = detector.adapted.taught if detector.adapted else ()
    return ", ".join(sorted({t.annotator for t in taught if t.annotator})) or "nobody named"


def people_words(measured: dict[str, Any]) -> str:  # Any: JSON
    """``45 patients and 46 healthy people``, from a detector's figures; empty where they are not there."""
    people, healthy = measured.get("people"), measured.get("healthy_people")
    if not isinstance(people, int):
        return ""
    return f"{people} people" + (f" and {healthy} healthy people" if healthy else "")


def _nearest(
    store: Store, detector: Detector, recording: Recording, episode: EpisodeRow, number_format: str
) -> list[tuple[Taught, float]]:
    """The examples most like an episode; none where its vectors are not stored."""
    found = store.vectors(recording.source.sha256, recording.stream(episode.stream), detector, number_format)
    if found is None or detector.adapted is None:
        return []
    first, last = np.searchsorted(found.grid.start_us, [episode.interval.start, episode.interval.end])
    seen = np.asarray(found.vectors[slice(int(first), int(last))])[found.valid[first:last]]
    if not len(seen):
        return []
    return detector.adapted.nearest(detector.directions(detector.network.standardised(seen)), NEAREST)


def likeness(
    t: Taught, away: float, episode: EpisodeRow, recording: Recording, clock: WallClock,
    stored: Mapping[str, RecordingRow],
) -> Likeness:  # fmt: skip
    """An example in words; of another patient not even the file's name, which may hold who that is.

    Parameters
    ----------
    clock
        Of the recording with the flag; in another one a place is told on that one's own.
    stored
        The recordings that are here, by their ids.
    """
    mine, there = stored.get(recording.source.sha256), stored.get(t.recording)
    if t.recording == recording.source.sha256:
        other_day = clock.has_date and clock.day(t.start_us) != clock.day(episode.interval.start)
        where = (f"{clock.day(t.start_us)} " if other_day else "") + clock.time(t.start_us)
    elif there is not None and mine is not None and there.patient != mine.patient:
        where = "another patient's"
    else:
        where = f"another {t.named}" if t.named == recording.source.name else t.named
        if there is not None:
            its = clock_for(there.clock, clock.zone or there.zone, min(s.interval.start for s in there.streams))
            where += f", {its.day(t.start_us) + ' ' if its.has_date else ''}{its.time(t.start_us)}"
    label = "" if t.is_positive else f"{opposite(episode.phenomenon)} "
    return Likeness(label, f"{where}, {length(t.end_us - t.start_us)}", t.annotator, t.marked_us, away)


def _root(store: Store, detector: Detector) -> Detector:
    """The detector that the first of a line of taught ones started from; itself where nobody taught it."""
    while detector.parent is not None:
        parent = _detector(store.home, detector.parent)
        if parent is None:
            break
        detector = parent
    return detector


@lru_cache(maxsize=32)
def _detector(home: Home, version: str) -> Detector | None:
    """A detector that was taken over, or a shipped one; None where that version is not here."""
    from models.detectors import shipped

    store = Store(home)
    if version in {d.id for d in store.detectors()}:
        try:
            return store.detector(version)
        except MotionwardError:
            return None  # the card of a flag says that it is not known; the page of detectors says what is damaged
    return next((d for d in shipped() if d.version == version), None)
