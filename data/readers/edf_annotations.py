"""Annotations alone as EDF+, beside the recording that they are about.

https://www.edfplus.info/specs/edfplus.html, section 2.2.7: a file without ordinary signals, whose records last 0 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data.errors import LabelsError
from data.readers import _edf_file
from data.readers.edf import END_OF_SEGMENT, clock_of
from data.readers.edf_writer import annotation_entry, header_of, start_fields
from data.recording import Annotation, Clock, Recording

_KEEPING = b"+0\x14\x14\x00"
"""What every record begins with: when it was, here always the start."""
_LEAST_BYTES = 256
_MOST_BYTES = 61_440
"""Bytes of a record that the format recommends at most."""


def annotations_edf(recording: Recording, annotations: Sequence[Annotation]) -> bytes:
    """Annotations of a recording as an EDF+ file, in their order, to the microsecond.

    An annotation of one stream ends in ``@@`` and the stream's name, as the format has it for signals.

    Raises
    ------
    LabelsError
        For a text so long that no record holds it.
    """
    origin, fields = start_fields(recording, recording.interval.start)
    entries = [
        annotation_entry(
            a.interval.start - origin, a.interval.duration, a.label + (f"@@{a.stream}" if a.stream else "")
        )
        for a in annotations
    ]
    longest = max((len(e) for e in entries), default=0)
    size = max(_LEAST_BYTES, len(_KEEPING) + longest)
    size += size % 2
    if size > _MOST_BYTES:
        raise LabelsError("EDF+", f"a text of {longest} bytes is too long for it", "write CSV, or a shorter text")
    blocks = [_KEEPING]
    for entry in entries:
        if len(blocks[-1]) + len(entry) > size:
            blocks.append(_KEEPING)
        blocks[-1] += entry
    header = header_of(fields, "EDF+C", len(blocks), "0", [], [], [size // 2])
    return header + b"".join(b.ljust(size, b"\x00") for b in blocks)


def read_annotations(path: Path, recording: Recording) -> tuple[tuple[int, int, str], ...]:
    """The annotations of an EDF+ or BDF+ file on the clock of the recording that they are about.

    A file with a date counts from its start; in one without, times count from the recording's first sample.

    Returns
    -------
    ``(start_us, duration_us, text)`` of each, in the order of the file; an annotation without duration has 0.

    Raises
    ------
    RecordingError
        When the file is damaged.
    LabelsError
        When it holds no list of annotations, or has a date and the recording none.
    """
    header = _edf_file.read_header(path)
    if not header.annotation_signals:
        raise LabelsError(path.name, "it is EDF without annotations", "export them as EDF+")
    onsets, notes = _edf_file.annotation_lists(path, header)
    clock = clock_of(header, path, recording.zone)
    if clock.clock is Clock.ABSOLUTE:
        if recording.clock is not Clock.ABSOLUTE:
            raise LabelsError(
                path.name, f"it has a date and the recording {recording.source.name} has none", "import labels as CSV"
            )
        origin = clock.shift_us
    else:
        first = float(onsets[0]) if np.isfinite(onsets[0]) else 0.0
        origin = recording.interval.start - round(first * 1e6)
    return tuple(
        (origin + round(n.onset_s * 1e6), round(n.duration_s * 1e6), n.text) for n in notes if n.text != END_OF_SEGMENT
    )
