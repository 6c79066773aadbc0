"""From labelled stretches of recordings to a detector that learned from them: what ``motionward adapt`` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clinic.analysis import Embed
from data.errors import LabelsError, MotionwardError
from data.intervals import Interval
from data.labels import LabelledSpan
from data.quality import assess
from data.recording import Clock, Placement, Recording
from models.adapters import fresh
from models.adapters.adapt import Choice, adapt
from models.adapters.choose import NOTHING_KNOWN
from models.adapters.support import Example, read_example, unlabelled
from models.detectors import Detector
from models.embedding import Embeddings

MOST_FREE = 400
"""Stretches of a stream that stand for what nobody marked, when a new phenomenon is taught."""

Mark = tuple[str, Interval, bool]
"""Stream, interval on the recording's clock, and whether the phenomenon is there."""


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
        out.append((stream.name, interval, span.is_present))
    return out


@dataclass(frozen=True, slots=True)
class Source:
    """A stream that holds marks, with its vectors.

    Parameters
    ----------
    unusable
        What nobody may judge, with the reason.
    marks
        Intervals, and whether the phenomenon is there.
    """

    file: str
    placement: Placement
    embeddings: Embeddings
    unusable: tuple[tuple[Interval, str], ...]
    marks: tuple[tuple[Interval, bool], ...]


def sources(recording: Recording, marks: Sequence[Mark], detector: Detector, embed: Embed) -> list[Source]:
    """The streams of a recording that hold marks, encoded for a detector.

    Raises
    ------
    MotionwardError
        If the detector cannot read a stream that holds a mark.
    """
    quality, found, file = assess(recording), [], recording.source.name
    for stream in recording.streams:
        here = tuple((interval, is_positive) for name, interval, is_positive in marks if name == stream.name)
        if not here:
            continue
        refusal = detector.refuses(stream)
        if refusal is not None:
            raise MotionwardError(f"{file}: stream {stream.name} cannot be judged by {detector.name}: {refusal}.")
        unusable = quality.of(stream.name).unusable
        found.append(Source(file, stream.placement, embed(stream, detector), unusable, here))
    return found


def teach(found: Sequence[Source], detector: Detector, phenomenon: str, annotator: str) -> tuple[Choice, list[Example]]:
    """Adapt a detector of this phenomenon, or make one from another where it finds something else.

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
        examples = [e for source in found for e in _examples(source, detector, len(source.marks))]
        return adapt(detector, examples, annotator), examples
    places = tuple(dict.fromkeys(source.placement for source in found))
    vectors = np.concatenate([_vectors(source.embeddings) for source in found])
    new = fresh.blank(detector, phenomenon, places, vectors)
    examples = [e for source in found for e in _examples(source, new, MOST_FREE, always=True)]
    if len({e.is_positive for e in examples}) < 2:
        raise MotionwardError(
            f"There is nothing to tell {phenomenon} from: mark some of it, and leave 15 s unmarked or mark some as "
            f"'not {phenomenon}'."
        )
    taught = fresh.teach(new, examples, annotator)
    assert taught.adapted is not None
    return Choice(taught, fresh.FRESH, taught.adapted.why, NOTHING_KNOWN), examples


def _examples(source: Source, detector: Detector, free: int, *, always: bool = False) -> list[Example]:
    """What is marked; what is not beside it where nothing is marked as being none, or always."""
    scores = detector.score(source.embeddings, source.unusable)
    found = [
        read_example(detector, source.embeddings, scores, source.file, interval, is_positive=is_positive)
        for interval, is_positive in source.marks
    ]
    if always or all(is_positive for _, is_positive in source.marks):
        marked = tuple(interval for interval, _ in source.marks)
        found += unlabelled(detector, source.embeddings, scores, source.file, marked, free)
    return found


def _vectors(embeddings: Embeddings) -> NDArray[np.floating]:
    return np.asarray(embeddings.vectors[slice(0, len(embeddings.grid))])[embeddings.valid]
