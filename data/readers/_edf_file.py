"""The bytes of EDF, EDF+, BDF and BDF+: header, records, time-stamped annotation lists.

Read here and not through pyedflib, which refuses discontinuous files, loses the start's
fraction of a second and holds its file open; the tests compare the two on what both can read.
Formats: https://www.edfplus.info/specs/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError

_FIELDS = (("label", 16), ("transducer", 80), ("dimension", 8), ("physical_min", 8), ("physical_max", 8),
           ("digital_min", 8), ("digital_max", 8), ("prefilter", 80), ("per_record", 8), ("reserved", 32))  # fmt: skip
_HINT = "copy the file again from where it was recorded"
_PIECE_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of the header; ``start`` is where in a record its bytes begin, ``ends`` are those of its range."""

    label: str
    transducer: str
    dimension: str
    gain: float
    offset: float
    per_record: int
    start: int
    ends: tuple[float, float] = (-np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says; ``records`` counts whole records that are there, ``beyond`` further ones."""

    width: int
    patient: str
    recording: str
    date: str
    time: str
    kind: str
    size: int
    records: int
    seconds: float
    signals: tuple[Signal, ...]
    record_bytes: int
    beyond: int

    @property
    def is_discontinuous(self) -> bool:
        """Whether records may lie apart in time (EDF+D, BDF+D)."""
        return self.kind.startswith(("EDF+D", "BDF+D"))

    @property
    def annotation_signals(self) -> tuple[Signal, ...]:
        """The signals that hold annotations in place of samples."""
        return tuple(s for s in self.signals if s.label in ("EDF Annotations", "BDF Annotations"))


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation: onset and duration in seconds since the header's start."""

    onset_s: float
    duration_s: float
    text: str


def looks_like_edf(head: bytes) -> bool:
    """Whether a file begins as EDF or BDF do."""
    if head.startswith(b"\xffBIOSEMI"):
        return True
    if len(head) < 192:
        return head.startswith(b"0       ")
    return head[:8].strip() == b"0" and bool(re.match(rb"\d\d[.\-/: ]\d\d", head[168:173]))


def read_header(path: Path) -> Header:
    """The header, checked against the size of the file.

    Raises
    ------
    RecordingError
        When a field is no number, records are missing, or there are none.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        main = stream.read(256)
        if len(main) < 256:
            raise RecordingError(path.name, f"its header ends after {len(main)} of 256 bytes", _HINT)
        count = _whole(path, main[252:256], "number of signals")
        rest = stream.read(256 * count) if 0 < count <= 4096 else b""
    if count <= 0 or len(rest) < 256 * count:
        raise RecordingError(path.name, f"its header is cut off or names {count} signals", _HINT)
    width = 3 if main[0] == 0xFF else 2
    signals = _signals(path, rest, count, width)
    record_bytes = sum(s.per_record for s in signals) * width
    stated, header_bytes = _whole(path, main[236:244], "number of records"), 256 * (count + 1)
    seconds = _real(path, main[244:252], "duration of a record")
    held = (size - header_bytes) // record_bytes if record_bytes else 0
    if stated == 0 or held <= 0:
        raise RecordingError(path.name, "it holds no records, only a header", "check that the recording was finished")
    if stated > held:
        raise RecordingError(path.name, f"it is cut off: {held} of {stated} records are there", _HINT)
    text = main.decode("latin-1")
    return Header(
        width, text[8:88].strip(), text[88:168].strip(), text[168:176].strip(), text[176:184].strip(),
        text[192:236].strip(), header_bytes, held if stated < 0 else stated, seconds, signals, record_bytes,
        max(0, held - stated) if stated > 0 else 0,
    )  # fmt: skip


def _signals(path: Path, rest: bytes, count: int, width: int) -> tuple[Signal, ...]:
    columns: dict[str, list[bytes]] = {}
    at = 0
    for name, size in _FIELDS:
        columns[name] = [rest[at + i * size : at + (i + 1) * size] for i in range(count)]
        at += size * count
    out: list[Signal] = []
    start = 0
    for i in range(count):
        text = {k: columns[k][i].decode("latin-1").strip() for k in ("label", "transducer", "dimension")}
        where = f"signal {text['label']!r}"
        low, high = (_real(path, columns[k][i], f"range of {where}") for k in ("physical_min", "physical_max"))
        first, last = (_real(path, columns[k][i], f"range of {where}") for k in ("digital_min", "digital_max"))
        per_record = _whole(path, columns["per_record"][i], f"samples of {where}")
        if per_record < 0:
            raise RecordingError(path.name, f"{where} has {per_record} samples a record", _HINT)
        gain = (high - low) / (last - first) if last != first else 0.0
        offset, ends = low - first * gain, (low, high)
        out.append(Signal(**text, gain=gain, offset=offset, per_record=per_record, start=start, ends=ends))
        start += per_record * width
    return tuple(out)


def raw_records(path: Path, header: Header, first: int, last: int) -> NDArray[np.uint8]:
    """Bytes of the records ``[first, last)``, ``(n, bytes a record)``."""
    count = (last - first) * header.record_bytes
    values = np.fromfile(path, dtype=np.uint8, count=count, offset=header.size + first * header.record_bytes)
    return values.reshape(-1, header.record_bytes)


def digital(records: NDArray[np.uint8], signal: Signal, width: int) -> NDArray[np.int32]:
    """Samples of a signal in ``(n, bytes)`` records, one after the other."""
    own = np.ascontiguousarray(records[:, signal.start : signal.start + signal.per_record * width])
    if width == 2:
        return own.view("<i2").reshape(-1).astype(np.int32)
    three = own.reshape(-1, 3).astype(np.int32)
    value: NDArray[np.int32] = three[:, 0] | (three[:, 1] << 8) | (three[:, 2] << 16)
    return np.where(value >= 1 << 23, value - (1 << 24), value).astype(np.int32)


def annotation_lists(path: Path, header: Header) -> tuple[NDArray[np.float64], list[Note]]:
    """Onset of every record in seconds (NaN where not told) and all annotations."""
    onsets = np.full(header.records, np.nan)
    notes: list[Note] = []
    signals = header.annotation_signals
    if not signals:
        return onsets, notes
    step = max(1, _PIECE_BYTES // header.record_bytes)
    for first in range(0, header.records, step):
        last = min(header.records, first + step)
        records = raw_records(path, header, first, last)
        for i in range(last - first):
            for which, signal in enumerate(signals):
                span = slice(signal.start, signal.start + signal.per_record * header.width)
                for onset, duration, texts in _lists(records[i, span].tobytes()):
                    if which == 0 and np.isnan(onsets[first + i]) and texts and not texts[0]:
                        onsets[first + i] = onset
                    notes.extend(Note(onset, duration, t) for t in texts if t)
    return onsets, notes


def _lists(block: bytes) -> Iterator[tuple[float, float, list[str]]]:
    for entry in block.split(b"\x00"):
        if not entry.startswith((b"+", b"-")):
            continue
        head, *texts = entry.split(b"\x14")
        onset, _, duration = head.partition(b"\x15")
        try:
            yield float(onset), float(duration or b"0"), [t.decode("utf-8", errors="replace") for t in texts[:-1]]
        except ValueError:
            continue


def _whole(path: Path, field: bytes, what: str) -> int:
    value = _real(path, field, what)
    if value != int(value):
        raise RecordingError(path.name, f"the {what} in its header is {value}, not a whole number", _HINT)
    return int(value)


def _real(path: Path, field: bytes, what: str) -> float:
    text = field.decode("latin-1").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError as error:
        raise RecordingError(path.name, f"the {what} in its header is {text[:20]!r}, not a number", _HINT) from error
    if not np.isfinite(value):
        raise RecordingError(path.name, f"the {what} in its header is {text!r}", _HINT)
    return value
