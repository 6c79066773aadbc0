"""Labels as CSV: the table of the command line with further columns (docs/labels.md)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clinic.inspection import utc_text
from clinic.review.exchange.common import Entry
from clinic.store.rows import Label
from data.csv_tables import table_csv
from data.errors import LabelsError
from data.labels import COLUMNS, LabelledSpan, contradiction, read_labels, seconds_text
from data.recording import Clock, Recording

FURTHER = ("start_utc", "end_utc", "rater", "source", "confidence", "tool", "model", "recording_sha256")
"""The columns after those of the command line; dates are empty where the recording has none."""


def write(labels: Sequence[Label], recording: Recording) -> bytes:
    """All that labels carry; seconds to the microsecond since the recording's first sample."""
    origin, dated = recording.interval.start, recording.clock is Clock.ABSOLUTE
    rows = [
        (
            recording.source.name, x.stream, seconds_text(x.interval.start - origin),
            seconds_text(x.interval.end - origin), x.label, utc_text(x.interval.start) if dated else "",
            utc_text(x.interval.end) if dated else "", x.rater, x.source.value,
            "" if x.confidence is None else repr(x.confidence), x.tool, x.model, recording.source.sha256,
        )
        for x in labels
    ]  # fmt: skip
    return table_csv((*COLUMNS, *FURTHER), rows).encode()


def read(path: Path, recording: Recording) -> list[Entry]:
    """The rows as entries.

    Raises
    ------
    LabelsError
        As :func:`data.labels.read_labels` does; for a row of another file; for dates where the recording has none.
    """
    return [_entry(span, path, recording) for span in read_labels(path)]


def _entry(span: LabelledSpan, path: Path, recording: Recording) -> Entry:
    where = f"{path.name}, line {span.line}"
    if span.file and span.file != recording.source.name:
        raise LabelsError(
            where,
            f"it is about the file {span.file}, not {recording.source.name}",
            "import one file's labels at a time",
        )
    told = span.more.get("recording_sha256", "")
    if told and told != recording.source.sha256:
        raise LabelsError(
            where, f"it is about another file of the name {recording.source.name}", "open that file's recording"
        )
    if span.clock is Clock.ABSOLUTE and recording.clock is not Clock.ABSOLUTE:
        raise LabelsError(where, "it has a date and the recording none", "give start_s and end_s")
    other = contradiction(span, recording.interval.start) if recording.clock is Clock.ABSOLUTE else ""
    if other:
        raise LabelsError(where, f"{other} tells another time than its seconds do", "change both, or empty one")
    interval = span.since(recording.interval.start)
    confidence = span.more.get("confidence", "")
    try:
        sure = float(confidence) if confidence else None
    except ValueError as error:
        raise LabelsError(where, f"confidence is {confidence!r}", "write a number from 0 to 1, or nothing") from error
    return Entry(
        where, span.stream, interval.start, interval.end, span.label, span.more.get("rater", ""), sure,
        span.more.get("tool", ""), span.more.get("model", ""),
    )  # fmt: skip
