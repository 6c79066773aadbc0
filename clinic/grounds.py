"""What a flag rests on: its detector's versions and people, and the examples most like it.

Read from the store, or of a file that is in none from the vectors that its analysis made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from clinic.home import Home
from clinic.store import Store
from clinic.store.rows import EpisodeRow, RecordingRow, RunRow
from clinic.timeline.clock import WallClock, clock_for, length
from clinic.timeline.evidence import Grounds, Likeness
from data.errors import MotionwardError
from data.intervals import Interval
from data.labels import opposite
from data.recording import Recording, Stream
from models.adapters.example import NO_DATE_US

if TYPE_CHECKING:
    from clinic.analysis import Embed
    from models.detectors import Detector
    from models.detectors.correction import Taught
    from models.embedding import Embeddings

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
    detector = _detector(store.home, episode.detector)
    if detector is None:
        return Grounds(str(used["version"])[:7], encoder, "")
    near: list[Likeness] = []
    if detector.adapted is not None:
        number_format = str(run.manifest.get("settings", {}).get("number_format", "fp32"))
        stream, identity = recording.stream(episode.stream), recording.source.sha256
        seen = store.vectors(identity, stream, detector, number_format)
        stored = {r.id: r for r in store.recordings()}
        near = [likeness(t, away, episode, recording, clock, stored) for t, away in _nearest(detector, seen, episode)]
    return _told(detector, _root(detector, lambda version: _detector(store.home, version)), encoder, near)


def grounds_in_file(
    detectors: Sequence[Detector], recording: Recording, episode: EpisodeRow, clock: WallClock, seen: Embeddings | None
) -> Grounds | None:
    """The same of an episode in a file that was never stored; None where none of the detectors made it.

    Parameters
    ----------
    detectors
        Those that were used. What a taught one started from is told where that is among them, or shipped.
    seen
        The vectors that the episode's detector read; None where they were not kept.
    """
    from models.detectors import shipped

    known = {d.version: d for d in (*shipped(), *detectors)}
    detector = next((d for d in detectors if d.version == episode.detector), None)
    if detector is None:
        return None
    encoder = f"{detector.encoder} {detector.encoder_version[:7]}"
    person = _person(detector, recording)
    near = [
        likeness_in_file(t, away, episode, recording, clock, person) for t, away in _nearest(detector, seen, episode)
    ]
    return _told(detector, _root(detector, known.get), encoder, near)


def keeping(embed: Embed) -> tuple[Embed, dict[tuple[str, str], Embeddings]]:
    """``embed``, and what it makes from then on for taught detectors, by stream and version of the detector.

    Those of a long stream lie in a temporary file; what shipped detectors read is let go, for nobody asks for it.
    """
    kept: dict[tuple[str, str], Embeddings] = {}

    def kept_too(stream: Stream, detector: Detector) -> Embeddings:
        made = embed(stream, detector)
        if detector.adapted is not None:
            kept[stream.name, detector.version] = made
        return made

    return kept_too, kept


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


def _told(detector: Detector, root: Detector, encoder: str, near: Sequence[Likeness]) -> Grounds:
    """What rests on a detector, and on the ``root`` that the first of its line started from."""
    version, people = detector.version[:7], people_words(root.measured)
    if detector.adapted is None:
        return Grounds(version, encoder, people)
    is_fresh = root.adapted is not None and root.parent is None
    adapter = f"{detector.adapted.kind} adapter on {detector.parent[:7]}" if detector.parent else ""
    return Grounds(version, encoder, people, len(detector.adapted.taught), tuple(near), is_fresh, adapter)


def _nearest(detector: Detector, seen: Embeddings | None, episode: EpisodeRow) -> list[tuple[Taught, float]]:
    """The examples most like an episode; none where its vectors are not there."""
    if seen is None or detector.adapted is None:
        return []
    first, last = np.searchsorted(seen.grid.start_us, [episode.interval.start, episode.interval.end])
    inside = np.asarray(seen.vectors[slice(int(first), int(last))])[seen.valid[first:last]]
    if not len(inside):
        return []
    return detector.adapted.nearest(detector.directions(detector.network.standardised(inside)), NEAREST)


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
        where = _here(t, episode, clock)
    elif there is not None and mine is not None and there.patient != mine.patient:
        where = "another patient's"
    else:
        where = _file(t, recording)
        if there is not None:
            its = clock_for(there.clock, clock.zone or there.zone, min(s.interval.start for s in there.streams))
            where += f", {_moment(t, its)}"
    return _likeness(where, t, away, episode)


def likeness_in_file(
    t: Taught, away: float, episode: EpisodeRow, recording: Recording, clock: WallClock, person: str
) -> Likeness:
    """The same where no store knows whose the recordings are, but the detector's folder may.

    Where it says whose another recording is, its file is named only if the present one is known to be of the same
    person: else the name may hold who somebody else is.

    Parameters
    ----------
    person
        Whose the present recording is; empty where nobody said.
    """
    if t.recording == recording.source.sha256:
        is_there = recording.interval.overlaps(Interval(t.start_us, t.end_us))
        where = _here(t, episode, clock) if is_there else "this recording, read at another time of day"
    elif t.person and t.person != person:
        where = "another patient's" if person else "perhaps another patient's"
    else:
        where = _file(t, recording)
        its = WallClock(None, 0) if t.start_us < NO_DATE_US else clock  # times of an undated file count from nought
        if its.has_date == (t.start_us >= NO_DATE_US):
            where += f", {_moment(t, its)}"
    return _likeness(where, t, away, episode)


def _person(detector: Detector, recording: Recording) -> str:
    """Whose a recording is that a detector learned from; empty where it did not, or nobody said."""
    taught = detector.adapted.taught if detector.adapted else ()
    said = {t.person for t in taught if t.recording == recording.source.sha256}
    return said.pop() if len(said) == 1 else ""


def _here(t: Taught, episode: EpisodeRow, clock: WallClock) -> str:
    """When an example in the same recording lies: the day too where that is another one."""
    is_other_day = clock.has_date and clock.day(t.start_us) != clock.day(episode.interval.start)
    return _moment(t, clock) if is_other_day else clock.time(t.start_us)


def _moment(t: Taught, clock: WallClock) -> str:
    return (f"{clock.day(t.start_us)} " if clock.has_date else "") + clock.time(t.start_us)


def _file(t: Taught, recording: Recording) -> str:
    return f"another {t.named}" if t.named == recording.source.name else t.named


def _likeness(where: str, t: Taught, away: float, episode: EpisodeRow) -> Likeness:
    label = "" if t.is_positive else f"{opposite(episode.phenomenon)} "
    return Likeness(label, f"{where}, {length(t.end_us - t.start_us)}", t.annotator, t.marked_us, away)


def _root(detector: Detector, find: Callable[[str], Detector | None]) -> Detector:
    """The detector that the first of a line of taught ones started from; itself where nobody taught it."""
    while detector.parent is not None:
        parent = find(detector.parent)
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
