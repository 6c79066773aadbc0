"""EDF, EDF+, BDF and BDF+: the movement signals, each at its own rate, with annotations; gaps stay gaps."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.files import part
from data.intervals import Interval
from data.names import tokens
from data.readers import _clock, _edf_file, _guess, _scale, _site
from data.readers._assemble import UNPLACED, named
from data.readers._edf_file import Header, Note, Signal
from data.readers._format import Request
from data.readers._guess_time import Column
from data.readers._names import place_of, read_name
from data.readers._table import Layout, Site, TimeColumn
from data.readers._views import PIECE, scaled
from data.recording import Annotation, Clock, Placement, Recording, Samples, Segment, Stream, stream_name

END_OF_SEGMENT = "Segment ends"
"""Annotation by which our own files say where the samples end and the padding of the last record begins."""
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EdfSamples:
    """Samples of some signals of equal rate, decoded from the file as they are read.

    Parameters
    ----------
    first, records
        The records they lie in.
    """

    path: Path
    header: Header
    signals: tuple[Signal, ...]
    first: int
    records: int

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return (self.records * self.signals[0].per_record, len(self.signals))

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 in the header's units."""
        start, stop, _ = rows.indices(self.shape[0])
        size = self.signals[0].per_record
        if stop <= start:
            return np.zeros((0, len(self.signals)), dtype=np.float32)
        low, high = start // size, -(-stop // size)
        raw = _edf_file.raw_records(self.path, self.header, self.first + low, self.first + high)
        columns = [_edf_file.digital(raw, s, self.header.width) * s.gain + s.offset for s in self.signals]
        whole = np.column_stack(columns).astype(np.float32)
        return whole[start - low * size : stop - low * size : rows.step or 1]


def read(request: Request) -> Recording:
    """Every site of movement sensors in the file, with its annotations."""
    path = request.path
    header = _edf_file.read_header(path)
    said: list[str] = []
    sites = _sites(header, path, said)
    if header.seconds <= 0:
        raise RecordingError(path.name, "its records last 0 s though they hold samples", "export it again")
    if header.beyond:
        said.append(f"The header counts {header.records} records; the {header.beyond} behind them were left out.")
    onsets, notes = _edf_file.annotation_lists(path, header)
    starts = _record_starts(header, onsets, path)
    clock = clock_of(header, path, request.zone)
    streams: list[Stream] = []
    for site, signals in sites:
        stream, told = _stream(site, signals, header, starts=starts, notes=notes, request=request)
        streams.append(stream)
        said.extend(told)
    streams = named(list(zip([s for s, _ in sites], streams, strict=True)))
    shift = clock.shift_us
    if clock.clock is not Clock.ABSOLUTE:
        shift = -min(s.segments[0].start_us for s in streams)
    streams = [replace(s, segments=tuple(replace(g, start_us=g.start_us + shift) for g in s.segments)) for s in streams]
    if any(s.placement is Placement.UNKNOWN for s in streams):
        said.append(UNPLACED)
    return Recording(
        streams=tuple(streams),
        annotations=_annotations(notes, shift, {s.name for s in streams}),
        device=_device(header),
        clock=clock.clock,
        zone=clock.zone,
        source=request.source,
        assumptions=tuple(dict.fromkeys([*clock.assumptions, *clock.through(streams), *said])),
    )


def _sites(header: Header, path: Path, said: list[str]) -> list[tuple[Site, tuple[Signal, ...]]]:
    """Sites of movement sensors, with the signals of each; signals of other rates are looked at apart."""
    ordinary = [s for s in header.signals if s not in header.annotation_signals and s.per_record > 0]
    found: list[tuple[Site, tuple[Signal, ...]]] = []
    refusal: RecordingError | None = None
    for per_record in dict.fromkeys(s.per_record for s in ordinary):
        group = [s for s in ordinary if s.per_record == per_record]
        columns = [Column(str(i), _title(s), s.dimension, np.zeros(0)) for i, s in enumerate(group)]
        if not any(read_name(c.title, c.unit).axis for c in columns):
            continue
        try:
            sites = _guess.sites_by_name(columns, path, said)
        except RecordingError as error:
            refusal = refusal or error
            continue
        found.extend((site, tuple(group[int(terms[0][0])] for _, terms in site.channels)) for site in sites)
    if found:
        return found
    if refusal is not None:
        raise refusal
    labels = ", ".join(repr(s.label) for s in ordinary[:6])
    raise RecordingError(
        path.name,
        f"it holds no acceleration or rotation ({labels})" if labels else "it holds annotations but no signals",
        "bring the file with the accelerometer",
    )


def _title(signal: Signal) -> str:
    """The label, with the place that the transducer field names when the label names none."""
    if place_of(tokens(signal.label))[0] is Placement.UNKNOWN:
        placement, side, _, _ = place_of(tokens(signal.transducer))
        if placement is not Placement.UNKNOWN:
            return f"{side.value if side.value in ('left', 'right') else ''} {placement.value} {signal.label}"
    return signal.label


def _record_starts(header: Header, onsets: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    """Seconds from the header's start to every record."""
    even = np.arange(header.records, dtype=np.float64) * header.seconds
    first = float(onsets[0]) if np.isfinite(onsets[0]) else 0.0
    if not header.is_discontinuous and not _lie_apart(onsets, even + first, header.seconds):
        return even + first
    if np.isnan(onsets).any():
        at = int(np.flatnonzero(np.isnan(onsets))[0])
        raise RecordingError(
            f"{path.name}, record {at + 1}", "a discontinuous file has to say when each record began", "export it again"
        )
    back = np.flatnonzero(np.diff(onsets) <= 0)
    if len(back):
        at = int(back[0])
        raise RecordingError(
            f"{path.name}, record {at + 2}",
            f"time runs backwards from {onsets[at]:g} s to {onsets[at + 1]:g} s",
            "export it again",
        )
    return onsets


def _lie_apart(onsets: NDArray[np.float64], even: NDArray[np.float64], seconds: float) -> bool:
    """Whether records of a file that calls itself continuous all say when they began, and some by far elsewhere."""
    return bool(np.isfinite(onsets).all() and np.abs(onsets - even).max() > seconds)


def _stream(
    site: Site, signals: tuple[Signal, ...], header: Header, starts: NDArray[np.float64], notes: list[Note],
    request: Request,
) -> tuple[Stream, list[str]]:  # fmt: skip
    name = site.name or stream_name(site.placement, site.side)
    title = "the sensor" if name == "unknown" else name
    nominal = _plain(signals[0].per_record / header.seconds)
    layout = Layout((site,), TimeColumn("rows", rate_hz=nominal), "")
    _site.check_rate(nominal, request.source, layout)
    if (flat := next((s.label for s in signals if s.gain == 0), None)) is not None:
        raise RecordingError(
            request.path.name,
            f"signal {flat!r} has a range of one value, so that nothing tells what its samples mean",
            "export it again with the physical and digital range of each signal",
        )
    names = tuple(n for n, _ in site.channels)
    whole = EdfSamples(request.path, header, signals, 0, header.records)
    factors, said = _scale.factors_of(site, names, whole, rate=nominal, source=request.source, title=title)
    late = np.diff(starts) - header.seconds
    cuts = [0, *(np.flatnonzero(late > 0.75 / nominal) + 1).tolist(), header.records]
    ends = [n.onset_s for n in notes if n.text == END_OF_SEGMENT]
    segments: list[Segment] = []
    lost = 0
    for a, b in pairwise(cuts):
        rate = nominal
        if header.is_discontinuous and b - a > 1:
            rate = _plain((b - a - 1) * signals[0].per_record / float(starts[b - 1] - starts[a]))
        count = (b - a) * signals[0].per_record
        for end in ends:
            if starts[b - 1] < end <= starts[b - 1] + header.seconds + 0.5 / rate:
                count = min(count, round((end - starts[a]) * rate))
        samples = part(EdfSamples(request.path, header, signals, a, b - a), 0, count)
        there = _measured(samples, signals, names)
        lost += count - sum(high - low for low, high in there)
        for low, high in there:
            start_us = round(float(starts[a]) * 1e6 + low * 1e6 / rate)
            segments.append(Segment(start_us, rate, scaled(part(samples, low, high), factors)))
    if not segments:
        raise RecordingError(
            request.path.name,
            f"the acceleration of {title} stands at the end of its range throughout",
            "check that the sensor was switched on",
        )
    if lost:
        said.append(
            f"{title}: {lost} samples with all axes of acceleration at the end of their range at once, which recorders "
            "write where they have none, were left out; where they lie, there is a gap."
        )
    if len(cuts) > 2:
        gaps = "1 gap" if len(cuts) == 3 else f"{len(cuts) - 2} gaps"
        but = "" if header.is_discontinuous else ", though the file calls itself continuous"
        said.append(f"{title}: {gaps} between records{but}; nothing is filled in.")
    return Stream(name, site.placement, site.side, nominal, names, tuple(segments)), said


def _measured(samples: Samples, signals: tuple[Signal, ...], names: tuple[str, ...]) -> list[tuple[int, int]]:
    """The stretches of rows that were measured: no movement takes three axes to the same end of their range at once."""
    n = samples.shape[0]
    acc = [i for i, name in enumerate(names) if name.startswith("acc")]
    ends = np.array([signals[i].ends for i in acc])
    near = np.array([[abs(signals[i].gain) / 2] for i in acc])
    turns, before = [], True
    for a in range(0, n if len(acc) == 3 else 0, PIECE):
        rows = samples[a : a + PIECE][:, acc]
        good = ~(np.abs(rows[:, :, None] - ends) < near).all(axis=1).any(axis=1)
        changes = np.flatnonzero(np.diff(good, prepend=before))
        turns += (changes + a).tolist()
        before = bool(good[-1])
    bounds = [0, *turns, *([n] if before else [])]
    return [(low, high) for low, high in zip(bounds[::2], bounds[1::2], strict=True) if high > low]


def _plain(rate: float) -> float:
    """The round rate that the header's few digits stand for."""
    near = round(rate, 3)
    return near if abs(rate - near) < 2e-7 * rate else rate


def _annotations(notes: list[Note], shift: int, streams: set[str]) -> tuple[Annotation, ...]:
    out: list[Annotation] = []
    for note in notes:
        if note.text == END_OF_SEGMENT:
            continue
        start = round(note.onset_s * 1e6) + shift
        text, _, stream = note.text.partition("@@")
        known = stream in streams
        interval = Interval(start, start + round(max(0.0, note.duration_s) * 1e6))
        out.append(Annotation(interval, text if known or not stream else note.text, stream if known else None))
    return tuple(sorted(out, key=lambda a: (a.interval, a.label)))


def clock_of(header: Header, path: Path, zone: str | None) -> _clock.Settled:
    """The clock: an offset or zone in the recording field is sure; else the start is a wall clock of ``zone``."""
    wall = _wall(header, path)
    field = header.recording
    if wall is None:
        return _clock.Settled(Clock.RELATIVE, None, 0, ("The file has no date: times count from the first sample.",))
    wall_us = round((wall - _EPOCH) / timedelta(microseconds=1))
    told = re.search(r"\btz=([A-Za-z_]+(?:/[A-Za-z_+\-0-9]+?)*)([+-]\d{4})?(?:\s|$)", field)
    offset = (told[2] if told else None) or (m[1] if (m := re.search(r"(?:^|[\s_])TZ=([+-]\d{4})", field)) else None)
    zone = zone or (told[1] if told else None)
    if offset is not None:
        sign = -1 if offset[0] == "-" else 1
        shift = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5])))
        instant = round((wall.replace(tzinfo=shift) - _EPOCH) / timedelta(microseconds=1))
        return _clock.settled(instant, 0, zone, is_utc=True, source=path.name)
    return _clock.settled(wall_us, 0, zone, is_utc=False, source=path.name)


def _wall(header: Header, path: Path) -> datetime | None:
    """The start as the wall clock showed it; None where the file says that it is not known."""
    plus = re.search(r"Startdate\s+(\S+)", header.recording)
    day = re.fullmatch(r"(\d\d?)-([A-Z]{3})-(\d{4})", plus[1].upper()) if plus else None
    short = re.fullmatch(r"(\d\d)\D(\d\d)\D(\d\d)", header.date)
    clock = re.fullmatch(r"(\d\d)\D(\d\d)\D(\d\d)", header.time)
    if short is None or clock is None:
        raise RecordingError(
            path.name, f"its start is {header.date!r} {header.time!r}, not a date and time", "export it again"
        )
    if plus and day is None and header.date == "01.01.85":
        return None
    try:
        if day and day[2] in _MONTHS:
            date = (int(day[3]), _MONTHS.index(day[2]) + 1, int(day[1]))
        else:
            year = int(short[3])
            date = (1900 + year if year >= 85 else 2000 + year, int(short[2]), int(short[1]))
        return datetime(*date, int(clock[1]), int(clock[2]), int(clock[3]), tzinfo=UTC)
    except ValueError as error:
        raise RecordingError(
            path.name, f"its start is {header.date!r} {header.time!r}, which is no date", "export it again"
        ) from error


def _device(header: Header) -> str:
    typed = re.search(r"DEVTYPE=([^_\s]+)", header.recording)
    if typed:
        return typed[1]
    words = header.recording.split()
    if words[:1] == ["Startdate"]:
        name = words[4] if len(words) > 4 else "X"
        return "unknown" if name == "X" else name.replace("_", " ")
    return next((w for w in words if not re.match(r"\w+=", w)), "unknown")
