"""The streams of recordings that a detector is taught with, and what it learned from there before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from clinic.analysis import Embed
from clinic.marks import Mark
from data.errors import MotionwardError
from data.intervals import Interval, Intervals, subtract
from data.quality import Quality, StreamQuality, assess
from data.recording import Placement, Recording, Stream
from models.adapters.example import NO_DATE_US, clock_of
from models.adapters.support import margin_us
from models.detectors import Detector
from models.detectors.correction import Taught
from models.embedding import Embeddings
from models.scores import Scores

Kept = Callable[[Stream], Scores | None]
"""The scores that the detector to be taught gave a stream before; None where there are none."""
Assessed = Callable[[Recording, str], StreamQuality]
"""When a stream of a recording was worn, and what of it can be used."""


def assessing_once() -> Assessed:
    """Assesses each recording once, however often it is asked: reading all of a signal takes seconds."""
    told: dict[str, Quality] = {}

    def assessed(recording: Recording, stream: str) -> StreamQuality:
        identity = recording.source.sha256
        if identity not in told:
            told[identity] = assess(recording)
        return told[identity].of(stream)

    return assessed


def unlearned(marks: Sequence[Mark], detector: Detector, recording: Recording) -> list[Mark]:
    """The marks of a recording that a detector has not learned from yet.

    Raises
    ------
    MotionwardError
        If it learned from this recording at another time: its wall clock was taken as of another zone then.
    """
    taught = [t for t in detector.adapted.taught if is_of(t, recording)] if detector.adapted else []
    before = [(t.stream, Interval(t.start_us, t.end_us)) for t in taught]
    if any(not i.overlaps(recording.interval) for t, (_, i) in zip(taught, before, strict=True) if t.file):
        raise MotionwardError(
            f"{recording.source.name}: {detector.name} {detector.version} has learned from it at another time of day: "
            "name with --zone the zone that it was read in then."
        )
    return [m for m in marks if not any(m[0] == stream and m[1].overlaps(i) for stream, i in before)]


def is_of(t: Taught, recording: Recording) -> bool:
    """Whether a detector learned something from this very recording."""
    return t.recording in (recording.source.sha256, recording.source.name)  # older folders hold the file's name


def learned_then(
    taught: Sequence[Taught], recording: Recording, person: str, owners: Mapping[str, str] = MappingProxyType({})
) -> Intervals:
    """When a detector learned from something of a recording, or of another dated one of the same person.

    Where nobody says whose one of the two is, it may be the same person.

    Parameters
    ----------
    person
        Whose the recording is; empty where nobody says.
    owners
        Whose recordings are, by their content, where that is known better than when the detector was taught.
    """
    has_date = recording.interval.start >= NO_DATE_US

    def is_theirs(t: Taught) -> bool:
        whose = owners.get(t.recording, t.person)
        return has_date and t.start_us >= NO_DATE_US and (whose == person or not whose or not person)

    return tuple(Interval(t.start_us, t.end_us) for t in taught if is_of(t, recording) or is_theirs(t))


@dataclass(frozen=True, slots=True)
class Source:
    """A stream that holds marks, with its vectors.

    Parameters
    ----------
    recording
        The SHA-256 of its content, which tells recordings of one file name apart.
    file
        What it is called, for people.
    unusable
        What nobody may judge, with the reason.
    marks
        Intervals, and whether the phenomenon is there.
    whole
        Stretches in which everything is marked.
    wrong
        Flags that somebody called wrong.
    scores
        What the detector to be taught said before, where that is known: then its networks need not run.
    known
        What it learned from before.
    assumed
        What it took for none before, since nobody had marked it.
    beside
        What is marked at the person's sensors, those that are no sources too.
    person
        Whose it is; empty where nobody says.
    """

    recording: str
    file: str
    placement: Placement
    embeddings: Embeddings
    unusable: tuple[tuple[Interval, str], ...]
    marks: tuple[tuple[Interval, bool], ...]
    whole: Intervals = ()
    wrong: Intervals = ()
    scores: Scores | None = None
    known: Intervals = ()
    assumed: Intervals = ()
    beside: Intervals = ()
    person: str = ""

    @property
    def clock(self) -> tuple[str, str]:
        """What two sources share whose instants can be compared."""
        starts = self.embeddings.grid.start_us
        return clock_of(self.recording, self.person, int(starts[0]) if len(starts) else 0)


def sources(
    recording: Recording,
    marks: Sequence[Mark],
    detector: Detector,
    embed: Embed,
    *,
    wrong: Sequence[tuple[str, Interval]] = (),
    beside: Intervals = (),
    kept: Kept | None = None,
    assessed: Assessed | None = None,
    person: str = "",
    owners: Mapping[str, str] = MappingProxyType({}),
) -> list[Source]:
    """The streams of a recording that hold marks, encoded for a detector, with what that learned from at their time.

    Parameters
    ----------
    wrong
        Stream and interval of flags that somebody called wrong; what of them is marked follows the mark.
    beside
        What is marked at the person's sensors, those that are no sources too: it is not unmarked.
    kept
        Where scores of this detector may be had; the default runs it.
    assessed
        What tells which parts can be used; the default reads the signal.
    person
        Whose recording it is; empty where nobody says.
    owners
        Whose the recordings are that the detector learned from (:func:`learned_then`).

    Raises
    ------
    MotionwardError
        If the detector cannot read a stream that holds a mark.
    """
    found, identity, file = [], recording.source.sha256, recording.source.name
    assessed = assessed or assessing_once()
    before = (detector.adapted.taught, detector.adapted.unmarked) if detector.adapted else ((), ())
    known, assumed = (learned_then(those, recording, person, owners) for those in before)
    for stream in recording.streams:
        here = tuple((i, told) for name, i, told in marks if name == stream.name and told is not None)
        whole = tuple(i for name, i, told in marks if name == stream.name and told is None)
        rejected_here = [i for name, i in wrong if name == stream.name]
        if not here and not whole and not rejected_here:
            continue
        refusal = detector.refuses(stream)
        if refusal is not None:
            raise MotionwardError(f"{file}: stream {stream.name} cannot be judged by {detector.name}: {refusal}.")
        scores = kept(stream) if kept else None
        # It reads the whole signal: not where the scores know already.
        unusable = assessed(recording, stream.name).unusable if scores is None else ()
        hard = subtract(rejected_here, [i for i, _ in here])
        found.append(
            Source(
                identity,
                file,
                stream.placement,
                embed(stream, detector),
                unusable,
                here,
                whole,
                hard,
                scores,
                known,
                assumed,
                beside,
                person,
            )
        )
    return found


def read_before(source: Source, detector: Detector) -> list[tuple[tuple[str, str], Interval]]:
    """What was read of a person's time when the detector learned from it before, with whose clock it is told on."""
    wide = margin_us(detector.network)
    before = (*source.known, *source.assumed)
    return [(source.clock, Interval(i.start - wide, i.end + wide)) for i in before]
