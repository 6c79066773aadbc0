"""From labelled stretches of recordings to a detector that learned from them: what ``motionward adapt`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clinic.analysis import Embed
from data.errors import LabelsError, MotionwardError
from data.intervals import Interval, Intervals, subtract
from data.labels import LabelledSpan, contradiction, phenomenon_of
from data.quality import assess
from data.recording import Clock, Placement, Recording, Stream
from models.adapters import fresh
from models.adapters.adapt import SHIPPED, Choice, adapt
from models.adapters.choose import NOTHING_KNOWN
from models.adapters.support import (
    Example,
    clock_of,
    is_readable,
    read_example,
    rejected,
    unlabelled,
    unselected,
    within,
)
from models.detectors import Detector
from models.embedding import Embeddings
from models.scores import Scores

MOST_FREE = 400
"""Stretches of a stream that stand for what nobody marked, when a new phenomenon is taught."""

Mark = tuple[str, Interval, bool | None]
"""Stream, interval on the recording's clock, and whether the phenomenon is there; None: all of it here is marked."""
Kept = Callable[[Stream], Scores | None]
"""The scores that the detector to be taught gave a stream before; None where there are none."""


def marks_of(recording: Recording, spans: Sequence[LabelledSpan], table: str) -> list[Mark]:
    """The spans of a table that lie in a recording, on its clock.

    Raises
    ------
    LabelsError
        If a span names a stream that is not there, or none where there are several, or lies outside.
    """
    out = []
    for span in spans:
        where = f"{table}, line {span.line}"
        if span.clock is Clock.ABSOLUTE and recording.clock is not Clock.ABSOLUTE:
            raise LabelsError(where, f"{recording.source.name} has no date", "give start_s and end_s")
        other = contradiction(span, recording.interval.start) if recording.clock is Clock.ABSOLUTE else ""
        if other:
            raise LabelsError(where, f"{other} tells another time than its seconds do", "change both, or empty one")
        names = ", ".join(s.name for s in recording.streams)
        if not span.stream and len(recording.streams) > 1:
            raise LabelsError(
                where, f"{recording.source.name} has several streams ({names})", "name one in the column stream"
            )
        stream = next((s for s in recording.streams if span.stream in ("", s.name)), None)
        if stream is None:
            raise LabelsError(where, f"{recording.source.name} has no stream {span.stream!r}", f"name one of: {names}")
        interval = span.since(recording.interval.start)
        if interval.start < stream.interval.start or interval.end > stream.interval.end:
            raise LabelsError(
                where,
                f"the span leaves the recording, which lasts {stream.interval.duration / 1e6:.1f} s",
                "count seconds from its first sample",
            )
        out.append((stream.name, interval, None if span.is_whole else span.is_present))
    return out


def check_once(spans: Sequence[LabelledSpan], marks: Sequence[Mark], table: str) -> None:
    """Refuse what the store would: a rater's spans of one sensor that overlap with one class, or with its opposite.

    Parameters
    ----------
    spans, marks
        Of one file, and what each of them is there (:func:`marks_of`): a row need not name the only sensor.

    Raises
    ------
    LabelsError
        Naming the later line of the two.
    """
    last: dict[tuple[str, str, str], tuple[Interval, LabelledSpan]] = {}
    for span, (stream, interval, _) in sorted(zip(spans, marks, strict=True), key=lambda pair: pair[1][1]):
        of = (span.more.get("rater", ""), stream, phenomenon_of(span.label))
        if of in last and last[of][0].overlaps(interval):
            first, second = sorted((last[of][1], span), key=lambda s: s.line)
            raise LabelsError(
                f"{table}, line {second.line}",
                f"{second.label!r} overlaps {first.label!r} of line {first.line}",
                "make one span of the two, or leave one out",
            )
        last[of] = interval, span


def unlearned(marks: Sequence[Mark], detector: Detector, recording: Recording) -> tuple[list[Mark], Intervals]:
    """The marks of a recording that a detector has not learned from yet, and the time that it learned from there."""
    names = {recording.source.sha256, recording.source.name}  # older folders hold the file's name
    taught = detector.adapted.taught if detector.adapted else ()
    before = [(t.stream, Interval(t.start_us, t.end_us)) for t in taught if t.recording in names]
    kept = [m for m in marks if not any(m[0] == stream and m[1].overlaps(i) for stream, i in before)]
    return kept, tuple(i for _, i in before)


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
    known: Intervals = (),
    beside: Intervals = (),
    kept: Kept | None = None,
    person: str = "",
) -> list[Source]:
    """The streams of a recording that hold marks, encoded for a detector.

    Parameters
    ----------
    wrong
        Stream and interval of flags that somebody called wrong; what of them is marked follows the mark.
    known
        What the detector learned from before, at whatever sensor: it teaches nothing again, and is not unmarked.
    beside
        What is marked at the person's sensors, those that are no sources too: it is not unmarked.
    kept
        Where scores of this detector may be had; the default runs it.
    person
        Whose recording it is; empty where nobody says.

    Raises
    ------
    MotionwardError
        If the detector cannot read a stream that holds a mark.
    """
    found, identity, file, quality = [], recording.source.sha256, recording.source.name, None
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
        if scores is None and quality is None:
            quality = assess(recording)  # reads the whole signal: not where the scores know already
        unusable = quality.of(stream.name).unusable if quality and scores is None else ()
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
                beside,
                person,
            )
        )
    return found


def teach(
    found: Sequence[Source],
    detector: Detector,
    phenomenon: str,
    annotator: str,
    progress: Callable[[float], None] | None = None,
    *,
    of_others: bool = False,
) -> tuple[Choice, list[Example]]:
    """Adapt a detector of this phenomenon, or make one from another where it finds something else.

    Sources may be of several people: what comes of them is a cohort's detector, from which a personal one may start.

    Parameters
    ----------
    progress
        Told which share of the fitting is done.
    of_others
        Whether it is for people who are not marked, too.

    Raises
    ------
    MotionwardError
        If the detector does not serve where the sensors were worn, or nothing can be learned from the marks.
    """
    if phenomenon == detector.phenomenon:
        for source in found:
            if source.placement not in detector.placements:
                raise MotionwardError(
                    f"{source.file}: stream {source.embeddings.stream} was worn at: {source.placement}; detector "
                    f"{detector.name} serves {', '.join(detector.placements)}: say where it was worn with --placement, "
                    "or name another detector."
                )
        read = [_examples(source, detector, len(source.marks), found) for source in found]
        examples, said = [e for some, _ in read for e in some], _left_out_in_words(sum(n for _, n in read))
        return _saying(adapt(detector, examples, annotator, progress, of_others=of_others), said), examples
    places = tuple(dict.fromkeys(source.placement for source in found))
    if any(source.scores is not None for source in found):
        raise ValueError("scores of another phenomenon say nothing of a new one")
    vectors = np.concatenate([_vectors(source.embeddings) for source in found])
    new = fresh.blank(detector, phenomenon, places, vectors)
    read = [_examples(source, new, MOST_FREE, found, always=True) for source in found]
    examples, said = [e for some, _ in read for e in some], _left_out_in_words(sum(n for _, n in read))
    if len({e.is_positive for e in examples}) < 2:
        raise MotionwardError(
            f"There is nothing to tell {phenomenon} from: mark some of it, and leave 15 s unmarked or mark some as "
            f"'not {phenomenon}'.{said}"
        )
    taught = fresh.teach(new, examples, annotator)
    assert taught.adapted is not None
    return _saying(Choice(taught, fresh.FRESH, taught.adapted.why, NOTHING_KNOWN), said), examples


def _left_out_in_words(number: int) -> str:
    """That so many marks taught nothing, and why; empty for none."""
    if not number:
        return ""
    marks = "1 mark was" if number == 1 else f"{number} marks were"
    each = "it" if number == 1 else "them"
    return (
        f" {marks} left out: no half second of {each} could be judged; mark at least half a second where the sensor "
        "was worn and its signal is sound."
    )


def _saying(choice: Choice, said: str) -> Choice:
    """The choice with a sentence more in its reason; a detector that learned nothing stays the very same."""
    adapted = choice.detector.adapted
    if not said or choice.kind == SHIPPED or adapted is None:
        return replace(choice, why=choice.why + said)
    detector = replace(choice.detector, adapted=replace(adapted, why=adapted.why + said))
    return replace(choice, why=choice.why + said, detector=detector)


def _examples(
    source: Source, detector: Detector, free: int, beside: Sequence[Source], *, always: bool = False
) -> tuple[list[Example], int]:
    """What is marked, called wrong, or left in stretches in which everything is marked; how many marks are left out.

    A mark of which no half second could be judged is left out, and does not count as unmarked either. What nobody
    marked stands for none only where nobody said what is none, or always; and never where somebody says to have marked
    everything. Flags that were called wrong are no reason to leave it out: all of them are hard. What the detector
    learned from before was marked then, and stands for nothing now.
    """
    identity, vectors = source.recording, source.embeddings
    scores = detector.score(vectors, source.unusable) if source.scores is None else source.scores
    readable = [mark for mark in source.marks if is_readable(scores, mark[0])]
    found = [
        within(
            read_example(detector, vectors, scores, identity, interval, is_positive=is_positive, file=source.file),
            source.whole,
        )
        for interval, is_positive in readable
    ]
    marked = tuple(interval for interval, _ in source.marks)
    told = (*marked, *source.wrong, *source.known)
    found += rejected(detector, vectors, scores, identity, source.wrong)
    found += unselected(detector, vectors, scores, identity, source.whole, told)
    if not source.whole and (always or all(is_positive for _, is_positive in readable)):
        elsewhere = (*told, *_marked_beside(source, beside))
        found += unlabelled(detector, vectors, scores, identity, elsewhere, free)
    return [replace(e, file=source.file, person=source.person) for e in found], len(source.marks) - len(readable)


def _marked_beside(source: Source, found: Sequence[Source]) -> Intervals:
    """What is marked at other sensors of the person: that time is not unmarked here, though it teaches nothing here."""
    return (*source.beside, *(i for s in found if s is not source and s.clock == source.clock for i, _ in s.marks))


def _vectors(embeddings: Embeddings) -> NDArray[np.floating]:
    return np.asarray(embeddings.vectors[slice(0, len(embeddings.grid))])[embeddings.valid]
