"""The rows of a table of labels on the clock of the recording that they are about."""

from __future__ import annotations

from collections.abc import Sequence

from data.errors import LabelsError
from data.intervals import Interval
from data.labels import LabelledSpan, contradiction, phenomenon_of
from data.recording import Clock, Recording

Mark = tuple[str, Interval, bool | None]
"""Stream, interval on the recording's clock, and whether the phenomenon is there; None: all of it here is marked."""


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
