"""A recording as EDF+ that reads back the same: own rounding, exact starts, gaps as EDF+D, checked after writing."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError
from data.readers.edf import END_OF_SEGMENT
from data.recording import Clock, Recording, Segment, Side, Stream

_LAST = 32767
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_RANGES = {"acc": (2, 4, 8, 16, 32, 64, 128, 256), "gyro": (125, 250, 500, 1000, 2000, 4000, 8000, 16000)}


class ExportError(MotionwardError):
    """A recording that EDF cannot hold, or that did not read back as it was."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the records lie: their length, and for each stream the samples a record and its range of values."""

    seconds: float
    seconds_text: str
    per_record: tuple[int, ...]
    ranges: tuple[tuple[int, ...], ...]
    records: tuple[int, ...]
    annotation_bytes: int


def write_edf(recording: Recording, path: Path, streams: Sequence[str] | None = None) -> None:
    """Write streams of a recording as one EDF+ file and read it back to compare.

    Labels carry the placement (``acc_x lower-back``), annotations travel with the file. Each
    channel is rounded to the nearest of 65 535 steps of the smallest range that holds it
    (±2 g … in doublings), so no sample moves by more than half a step.

    Parameters
    ----------
    path
        Written beside and renamed; an existing file is replaced.
    streams
        Names of the streams to write; None: all.

    Raises
    ------
    ExportError
        When the streams do not share their gaps and times, or the file does not read back the same.
    """
    path = Path(path)
    chosen = [recording.stream(name) for name in streams] if streams is not None else list(recording.streams)
    _check_together(chosen, path)
    origin, fields = start_fields(recording, min(s.interval.start for s in chosen))
    plan = _planned(chosen, recording, origin, path)
    beside = path.with_name(f".{path.name}.tmp")
    try:
        with beside.open("wb") as out:
            out.write(_header(chosen, plan, fields))
            notes = _lists(recording, chosen, plan, origin)
            number = 0
            for which, segment in enumerate(chosen[0].segments):
                for record in range(plan.records[which]):
                    onset = (segment.start_us - origin) / 1e6 + record * plan.per_record[0] / segment.rate_hz
                    for stream, size, ranges in zip(chosen, plan.per_record, plan.ranges, strict=True):
                        out.write(_samples(stream.segments[which], record, size, ranges))
                    out.write(_annotation_block(onset, notes[number], plan.annotation_bytes))
                    number += 1
            out.flush()
            os.fsync(out.fileno())
        _compare(recording, chosen, plan, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _check_together(streams: list[Stream], path: Path) -> None:
    if not streams:
        raise ExportError(f"{path.name}: no stream to write: name at least one")
    first = streams[0]
    for other in streams[1:]:
        same = len(other.segments) == len(first.segments) and all(
            abs(a.start_us - b.start_us) < 0.5e6 / first.rate_hz and abs(a.end_us - b.end_us) < 1e6 / first.rate_hz
            for a, b in zip(first.segments, other.segments, strict=True)
        )
        if not same:
            raise ExportError(
                f"{path.name}: streams {first.name!r} and {other.name!r} do not begin, pause and end together, "
                "which one EDF file cannot hold: write one stream a file"
            )


def _planned(streams: list[Stream], recording: Recording, origin: int, path: Path) -> _Plan:
    segments = streams[0].segments
    span = sum(s.n_samples / s.rate_hz for s in segments)
    rates = [sum(g.n_samples for g in s.segments) / span for s in streams]
    if len(segments) == 1:
        rates = [s.segments[0].rate_hz for s in streams]
    for longest in (1.0, 0.25, 0.05, 0.0):
        seconds, text, sizes = _record_length(rates, longest)
        if any(abs(size / seconds / rate - 1) > 1e-5 for size, rate in zip(sizes, rates, strict=True)):
            raise ExportError(f"{path.name}: the rates {rates} have no common record length: write one stream a file")
        records = tuple(math.ceil(g.n_samples / sizes[0]) for g in segments)
        ends = [g.start_us + round(n * sizes[0] / g.rate_hz * 1e6) for g, n in zip(segments, records, strict=True)]
        if all(end <= after.start_us for end, after in zip(ends, segments[1:], strict=False)):
            break
    ranges = tuple(_ranges(s, path) for s in streams)
    bytes_needed = _annotation_room(recording, streams, records, origin)
    return _Plan(seconds, text, sizes, ranges, records, bytes_needed)


def _record_length(rates: list[float], longest: float) -> tuple[float, str, tuple[int, ...]]:
    """Seconds a record (eight characters in the header) that hold whole samples of every stream."""
    best: tuple[float, float, str, tuple[int, ...]] | None = None
    low = max(1, round(rates[0] * longest * 0.6))
    for size in range(low, max(low, round(rates[0] * longest * 1.7)) + 1):
        text = f"{size / rates[0]:.8f}"[:8].rstrip("0").rstrip(".")
        rounded = f"{size / rates[0]:.6f}".rstrip("0").rstrip(".")
        text = rounded if len(rounded) <= 8 else text
        seconds = float(text)
        sizes = tuple(max(1, round(r * seconds)) for r in rates)
        error = max(abs(n / seconds / r - 1) for n, r in zip(sizes, rates, strict=True))
        key = (round(error, 12), abs(seconds - longest))
        if best is None or key < best[:2]:
            best = (*key, text, sizes)
    assert best is not None
    return float(best[2]), best[2], best[3]


def _ranges(stream: Stream, path: Path) -> tuple[int, ...]:
    peak = np.zeros(len(stream.channels))
    for _, _, piece in stream.chunks(600):
        peak = np.maximum(peak, np.abs(piece).max(axis=0))
    out = []
    for name, high in zip(stream.channels, peak, strict=True):
        fitting = [r for r in _RANGES[name.split("_")[0]] if high <= r]
        if not fitting:
            raise ExportError(f"{path.name}: {name} of {stream.name!r} reaches {high:.4g}, beyond any sensor")
        out.append(fitting[0])
    return tuple(out)


def start_fields(recording: Recording, first_us: int) -> tuple[int, tuple[str, str, str]]:
    """Instant that the header's whole second stands for, and its recording, date and time fields."""
    device = "_".join(recording.device.split())[:48] or "X"
    if recording.clock is not Clock.ABSOLUTE:
        return first_us, (f"Startdate X X X {device}", "01.01.85", "00.00.00")
    whole = first_us // 1_000_000 * 1_000_000
    zone = recording.zone or "UTC"
    wall = (_EPOCH + timedelta(microseconds=whole)).astimezone(ZoneInfo(zone))
    day = f"{wall.day:02d}-{_MONTHS[wall.month - 1]}-{wall.year}"
    field = f"Startdate {day} X X {device}"[: 80 - len(zone) - 9] + f" tz={zone}{wall:%z}"
    return whole, (field, f"{wall:%d.%m.%y}", f"{wall:%H.%M.%S}")


def _header(streams: list[Stream], plan: _Plan, fields: tuple[str, str, str]) -> bytes:
    labels, transducers, units, ranges, sizes = [], [], [], [], []
    for stream, size, mine in zip(streams, plan.per_record, plan.ranges, strict=True):
        where = f"{stream.side.value} " if stream.side in (Side.LEFT, Side.RIGHT) else ""
        for channel, high in zip(stream.channels, mine, strict=True):
            labels.append(f"{channel.replace('gyro', 'gyr')} {stream.name.replace('right-', 'r-')}"[:16])
            transducers.append(f"IMU, {where}{stream.placement.value}")
            units.append("g" if channel.startswith("acc") else "deg/s")
            ranges.append(high)
            sizes.append(size)
    kind = "EDF+D" if len(streams[0].segments) > 1 else "EDF+C"
    return header_of(
        fields, kind, sum(plan.records), plan.seconds_text, list(zip(labels, transducers, units, strict=True)),
        ranges, [*sizes, plan.annotation_bytes // 2],
    )  # fmt: skip


def header_of(
    fields: tuple[str, str, str],
    kind: str,
    records: int,
    seconds_text: str,
    signals: Sequence[tuple[str, str, str]],
    ranges: Sequence[int],
    sizes: Sequence[int],
) -> bytes:
    """The header's bytes.

    Parameters
    ----------
    fields
        Of :func:`start_fields`.
    signals
        Label, transducer and unit of each signal; one of annotations follows them.
    ranges
        The largest value of each signal.
    sizes
        Samples a record of each signal and of the annotations.
    """
    count = len(signals) + 1
    main = (
        _field("0", 8) + _field("X X X X", 80) + _field(fields[0], 80) + _field(fields[1], 8) + _field(fields[2], 8)
        + _field(str(256 * (count + 1)), 8) + _field(kind, 44) + _field(str(records), 8)
        + _field(seconds_text, 8) + _field(str(count), 4)
    )  # fmt: skip
    blocks = (
        ([*(s[0] for s in signals), "EDF Annotations"], 16), ([*(s[1] for s in signals), ""], 80),
        ([*(s[2] for s in signals), ""], 8), ([*(str(-r) for r in ranges), "-1"], 8),
        ([*(str(r) for r in ranges), "1"], 8), ([str(-_LAST)] * len(signals) + ["-32768"], 8),
        ([str(_LAST)] * count, 8), ([""] * count, 80), ([str(n) for n in sizes], 8), ([""] * count, 32),
    )  # fmt: skip
    return main + b"".join(_field(text, size) for texts, size in blocks for text in texts)


def _field(text: str, size: int) -> bytes:
    return text.encode("ascii", errors="replace")[:size].ljust(size)


def _samples(segment: Segment, record: int, size: int, ranges: tuple[int, ...]) -> bytes:
    piece = segment.samples[record * size : (record + 1) * size].astype(np.float64)
    digital = np.rint(piece / np.array(ranges) * _LAST).astype("<i2")
    if len(digital) < size:
        # The rest of the last record repeats its last sample; an annotation says where the samples end.
        digital = np.concatenate([digital, np.repeat(digital[-1:], size - len(digital), axis=0)])
    return np.ascontiguousarray(digital.T).tobytes()


def _texts(recording: Recording, streams: list[Stream], origin: int) -> list[bytes]:
    """The annotations as they stand in the file, in order of time."""
    names = {s.name for s in streams}
    entries: list[tuple[int, bytes]] = []
    for a in recording.annotations:
        if a.stream is not None and a.stream not in names:
            continue
        text = "".join(c if ord(c) >= 32 else " " for c in a.label) + (f"@@{a.stream}" if a.stream else "")
        entries.append((a.interval.start, annotation_entry(a.interval.start - origin, a.interval.duration, text)))
    for segment in streams[0].segments:
        end = segment.start_us + round(segment.n_samples * 1e6 / segment.rate_hz)
        entries.append((end, annotation_entry(end - origin, None, END_OF_SEGMENT)))
    return [e for _, e in sorted(entries)]


def annotation_entry(onset_us: int, duration_us: int | None, text: str) -> bytes:
    """A time-stamped annotation as it stands in the file; the text holds no sign below 32 but tab and line ends."""
    lasting = "" if duration_us is None else f"\x15{duration_us / 1e6:.6f}"
    return f"{onset_us / 1e6:+.6f}{lasting}\x14{text}\x14\x00".encode()


def _annotation_room(recording: Recording, streams: list[Stream], records: tuple[int, ...], origin: int) -> int:
    texts = _texts(recording, streams, origin)
    longest = max((len(t) for t in texts), default=0)
    need = 32 + max(longest, math.ceil(2 * sum(len(t) for t in texts) / sum(records)))
    return need + need % 2


def _lists(recording: Recording, streams: list[Stream], plan: _Plan, origin: int) -> list[bytes]:
    """Annotations spread over the records, as many in each as it has room for."""
    texts = _texts(recording, streams, origin)
    out: list[bytes] = []
    for _ in range(sum(plan.records)):
        block = b""
        while texts and len(block) + len(texts[0]) <= plan.annotation_bytes - 32:
            block += texts.pop(0)
        out.append(block)
    if texts:
        raise ExportError(f"{len(texts)} annotations found no room in the file: write fewer of them")
    return out


def _annotation_block(onset: float, entries: bytes, size: int) -> bytes:
    return (f"{onset:+.6f}\x14\x14\x00".encode() + entries).ljust(size, b"\x00")


def _compare(recording: Recording, streams: list[Stream], plan: _Plan, path: Path) -> None:
    """Read the file back; every sample within half a step, every annotation, every gap."""
    from data.readers import read  # noqa: PLC0415  the registry imports this module's neighbours

    back = read(path)
    wanted = sorted((a.interval, a.label) for a in recording.annotations if a.stream is None)
    if sorted((a.interval, a.label) for a in back.annotations if a.stream is None) != wanted:
        raise ExportError(f"{path.name}: annotations did not read back as written: export them as CSV")
    shift = 0 if recording.clock is Clock.ABSOLUTE else streams[0].segments[0].start_us
    for stream, read_back, ranges in zip(streams, back.streams, plan.ranges, strict=True):
        if (stream.placement, stream.side, stream.channels) != (
            read_back.placement,
            read_back.side,
            read_back.channels,
        ):
            raise ExportError(f"{path.name}: {stream.name!r} did not read back as the same sensor site")
        half = np.array(ranges) / _LAST / 2 * 1.01 + 1e-6
        for a, b in zip(stream.segments, read_back.segments, strict=True):
            if a.n_samples != b.n_samples or abs(a.start_us - shift - b.start_us) > 1:
                raise ExportError(f"{path.name}: {stream.name!r} did not read back with the same samples and times")
            for at in range(0, a.n_samples, 100_000):
                off: NDArray[np.float32] = np.abs(a.samples[at : at + 100_000] - b.samples[at : at + 100_000])
                if (off > half).any():
                    raise ExportError(f"{path.name}: {stream.name!r} is off by {off.max():.3g} after reading back")
