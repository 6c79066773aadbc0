"""Labels as EDF+ annotations in a file without signals (docs/labels.md)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clinic.review.exchange.common import Entry
from clinic.store.rows import Label
from data.errors import LabelsError
from data.readers.edf_annotations import annotations_edf, read_annotations
from data.recording import Annotation, Recording


def write(labels: Sequence[Label], recording: Recording) -> bytes:
    """One rater's labels: class, stream and times to the microsecond; the format has no place for more.

    Raises
    ------
    LabelsError
        If several raters made them, for the file could not tell whose is which.
    """
    raters = sorted({x.rater for x in labels})
    if len(raters) > 1:
        raise LabelsError(
            "EDF+", f"it cannot say who of {', '.join(raters)} made a label", "export one rater's labels at a time"
        )
    return annotations_edf(recording, [Annotation(x.interval, x.label, x.stream) for x in labels])


def read(path: Path, recording: Recording) -> list[Entry]:
    """The annotations as entries; ``@@`` and a stream's name at a text's end say which stream it is about.

    Raises
    ------
    LabelsError, RecordingError
        As :func:`data.readers.edf_annotations.read_annotations` does.
    """
    streams = {s.name for s in recording.streams}
    out = []
    for number, (start, duration, text) in enumerate(read_annotations(path, recording), start=1):
        label, _, stream = text.rpartition("@@")
        if stream not in streams or not label:
            label, stream = text, ""
        out.append(Entry(f"{path.name}, annotation {number}", stream, start, start + duration, label))
    return out
