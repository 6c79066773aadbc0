"""From labelled stretches of recordings to a detector that learned from them: what ``motionward adapt`` does."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.analysis import Embed
from data.errors import LabelsError, MotionwardError
from data.intervals import Interval
from data.labels import LabelledSpan
from data.quality import assess
from data.recording import Recording, Stream
from models.adapters.support import Example, read_example, unlabelled
from models.detectors import Detector

Mark = tuple[str, Interval, bool]
"""Stream, interval on the recording's clock, and whether the phenomenon is there."""


def marks_of(recording: Recording, spans: Sequence[LabelledSpan], table: str) -> list[Mark]:
    """The spans of a table that lie in a recording, on its clock.

    Raises
    ------
    LabelsError
        If a span names a stream that is not there, or none where there are several, or lies outside.
    """
    origin = min(s.interval.start for s in recording.streams)
    out = []
    for span in spans:
        where = f"{table}, line {span.line}"
        names = ", ".join(s.name for s in recording.streams)
        if not span.stream and len(recording.streams) > 1:
            raise LabelsError(
                where, f"{recording.source.name} has several streams ({names})", "name one in the column stream"
            )
        stream = next((s for s in recording.streams if span.stream in ("", s.name)), None)
        if stream is None:
            raise LabelsError(where, f"{recording.source.name} has no stream {span.stream!r}", f"name one of: {names}")
        interval = span.since(origin)
        if interval.start < stream.interval.start or interval.end > stream.interval.end:
            raise LabelsError(
                where,
                f"the span leaves the recording, which lasts {stream.interval.duration / 1e6:.1f} s",
                "count seconds from its first sample",
            )
        out.append((stream.name, interval, span.is_present))
    return out


def support(recording: Recording, marks: Sequence[Mark], detector: Detector, embed: Embed) -> list[Example]:
    """The marked stretches as the detector reads them, and unlabelled ones where none is marked as being none.

    Raises
    ------
    MotionwardError
        If the detector cannot judge a stream that holds a mark, or no half second of a mark could be judged.
    """
    quality, found = assess(recording), []
    for stream in recording.streams:
        here = [(interval, is_positive) for name, interval, is_positive in marks if name == stream.name]
        if not here:
            continue
        _must_serve(detector, stream, recording.source.name)
        embeddings = embed(stream, detector)
        scores = detector.score(embeddings, quality.of(stream.name).unusable)
        source = recording.source.name
        found += [read_example(detector, embeddings, scores, source, i, is_positive=p) for i, p in here]
        if all(is_positive for _, is_positive in here):
            found += unlabelled(detector, embeddings, scores, source, tuple(i for i, _ in here), len(here))
    return found


def _must_serve(detector: Detector, stream: Stream, file: str) -> None:
    if stream.placement not in detector.placements:
        raise MotionwardError(
            f"{file}: stream {stream.name} was worn at: {stream.placement}; detector {detector.name} serves "
            f"{', '.join(detector.placements)}: say where it was worn with --placement, or name another detector."
        )
    refusal = detector.refuses(stream)
    if refusal is not None:
        raise MotionwardError(f"{file}: stream {stream.name} cannot be judged by {detector.name}: {refusal}.")
