"""WFDB records: a header ``.hea`` in words and files of whole numbers, a frame of all signals after the other.

Format: https://wfdb.io/spec/header-files.html, signal formats 16, 24, 32, 61, 80, 160 and 212.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import _beside, _guess
from data.readers._assemble import Sensor, recording_of
from data.readers._blocks import BlockStamps
from data.readers._format import Request
from data.readers._guess_time import Column
from data.readers._names import read_name
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import Recording
from data.units import is_acceleration

_RECORD = re.compile(
    r"^(?P<name>[^\s/]+)(?P<parts>/\d+)?\s+(?P<signals>\d+)(?:\s+(?P<rate>[\d.]+(?:[eE][+-]?\d+)?)(?:/\S+)?"
    r"(?:\s+(?P<frames>\d+)(?:\s+(?P<time>[\d:.]+)(?:\s+(?P<date>\d\d?/\d\d?/\d{4}))?)?)?)?\s*$"
)
_SIGNAL = re.compile(
    r"^(?P<file>\S+)\s+(?P<format>\d+)(?:x(?P<each>\d+))?(?::\d+)?(?:\+(?P<skip>\d+))?"
    r"(?:\s+(?P<gain>[-\d.eE+]+)(?:\((?P<baseline>-?\d+)\))?(?:/(?P<unit>\S+))?(?:\s+(?P<bits>\d+)"
    r"(?:\s+(?P<zero>-?\d+)(?:\s+(?P<first>-?\d+)(?:\s+(?P<sum>-?\d+)(?:\s+\d+(?:\s+(?P<title>.*?))?)?)?)?)?)?)?\s*$"
)
_MISSING = {
    16: -32_768, 61: -32_768, 80: -128, 212: -2048, 160: -32_768, 24: -8_388_608, 32: -2_147_483_648
}  # fmt: skip
"""The number that stands for no value, by format."""


@dataclass(frozen=True, slots=True)
class _Signal:
    file: str
    format: int
    each: int
    skip: int
    gain: float
    baseline: int
    unit: str
    title: str
    sum: int | None


@dataclass(frozen=True, slots=True)
class _Header:
    frame_hz: float
    frames: int | None
    start: datetime | None
    signals: tuple[_Signal, ...]


def main_file(path: Path, head: bytes) -> Path | None:
    """The header that a file is, or that names it; None when it belongs to no record."""
    if path.suffix.lower() == ".hea":
        return path
    if path.suffix.lower() != ".dat" or b"\x00" not in head:
        return None
    named = re.compile(rf"(?m)^{re.escape(path.name)}\s")
    return _beside.description_of(path, "*.hea", lambda text: named.search(text) is not None)


def read(request: Request) -> Recording:
    """Acceleration and rotation of a record, on its wall clock, or without a date."""
    with request.path.open("rb") as stream:
        path = main_file(request.path, stream.read(1024))
    assert path is not None
    header = _header(path)
    said: list[str] = []
    columns = [Column(str(i), s.title, s.unit, np.zeros(0)) for i, s in enumerate(header.signals) if _moves(s)]
    if not columns:
        shown = ", ".join(repr(s.title) for s in header.signals[:6])
        raise RecordingError(
            path.name, f"it holds no acceleration or rotation ({shown})", "bring the record with the accelerometer"
        )
    sites = _guess.sites_by_name(columns, path, said)
    files = {s.file: _beside.neighbour(path, s.file) for s in header.signals}
    request = _beside.of_all(request, path, list(files.values()))
    sensors = [_sensor(site, header, files, path) for site in sites]
    return recording_of(sensors, request, device="unknown", is_utc=None if header.start is None else False, said=said)


def _moves(signal: _Signal) -> bool:
    """Whether a signal is one of movement: an ECG has a lead V, which is no vertical axis."""
    name = read_name(signal.title, signal.unit)
    return bool(name.axis) and (name.kind in ("acc", "gyro", "linear") or is_acceleration(name.unit))


def _header(path: Path) -> _Header:
    lines = [
        line.strip()
        for line in path.read_bytes()[: _beside.LONGEST].decode("utf-8", errors="replace").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    found = _RECORD.match(lines[0]) if lines else None
    if found is None:
        raise RecordingError(path.name, "its first line is not that of a WFDB header", "copy it again")
    if found["parts"]:
        raise RecordingError(path.name, "it is a record of several segments", "bring the segments one by one")
    matches = [_SIGNAL.match(line) for line in lines[1 : 1 + int(found["signals"])]]
    if len(matches) != int(found["signals"]) or not all(matches):
        raise RecordingError(path.name, "a line about a signal is missing or cannot be read", "copy it again")
    try:
        signals = tuple(_signal(m) for m in matches if m is not None)
        rate = float(found["rate"] or 250)
        start = (
            datetime.strptime(
                f"{found['date']} {found['time']}", "%d/%m/%Y %H:%M:%S" + (".%f" if "." in found["time"] else "")
            ).replace(tzinfo=UTC)
            if found["date"]
            else None
        )
    except ValueError as error:
        raise RecordingError(path.name, f"its header holds an odd number ({error})", "copy it again") from error
    if not rate > 0:
        raise RecordingError(path.name, "its header says a rate of 0", "export it again")
    return _Header(rate, int(found["frames"]) if found["frames"] else None, start, signals)


def _signal(m: re.Match[str]) -> _Signal:
    zero = int(m["zero"] or 0)
    return _Signal(
        file=m["file"],
        format=int(m["format"]),
        each=max(1, int(m["each"] or 1)),
        skip=int(m["skip"] or 0),
        gain=float(m["gain"] or 0) or 200.0,
        baseline=int(m["baseline"]) if m["baseline"] else zero,
        unit=m["unit"] or "mV",
        title=m["title"] or "",
        sum=int(m["sum"]) if m["sum"] else None,
    )


def _sensor(site: Site, header: _Header, files: dict[str, Path], path: Path) -> Sensor:
    mine = [header.signals[int(terms[0][0])] for _, terms in site.channels]
    if len({(s.file, s.each) for s in mine}) != 1:
        raise RecordingError(
            path.name, "the axes of a sensor lie in several files or differ in rate", "export it again"
        )
    raw, at = _frames(header, mine[0], files[mine[0].file], path)
    columns = []
    for signal in mine:
        numbers = raw[:, at[signal] : at[signal] + signal.each].ravel()
        if signal.sum is not None and (int(numbers.sum(dtype=np.int64)) - signal.sum) % 65_536:
            raise RecordingError(
                path.name, f"the checksum of {signal.title!r} is wrong", "copy the record again from where it was made"
            )
        values = (numbers.astype(np.float64) - signal.baseline) / signal.gain
        values[numbers == _MISSING[signal.format]] = np.nan
        columns.append(values)
    rate = header.frame_hz * mine[0].each
    # Without a date a start of 0 does: it is taken off again.
    start = header.start.timestamp() * 1e6 if header.start else 0.0
    whole = np.column_stack(columns).astype(np.float32)
    stamps = BlockStamps(np.array([0, len(whole)]), np.array([start]), np.array([1e6 / rate]))
    return Sensor(site, Rows(stamps, whole), rate)


def _frames(header: _Header, signal: _Signal, data: Path, path: Path) -> tuple[NDArray[np.int64], dict[_Signal, int]]:
    """All frames of one file, ``(frames, width)``, and where in a frame each signal begins."""
    here = [s for s in header.signals if s.file == signal.file]
    if signal.format not in _MISSING or any(s.format != signal.format for s in here):
        raise RecordingError(
            path.name,
            f"its signals are in format {signal.format}, which is not read",
            "convert it to format 16 (xform of the WFDB tools does)",
        )
    at, width = {}, 0
    for s in here:
        at[s], width = width, width + s.each
    content = data.read_bytes()[signal.skip :]
    numbers = _numbers(content, signal.format)
    frames = len(numbers) // width
    if frames < 1 or len(numbers) - frames * width > (1 if signal.format == 212 else 0):
        raise RecordingError(path.name, f"{data.name} is cut off", "copy it again from where it was made")
    if header.frames is not None and frames != header.frames:
        raise RecordingError(
            path.name, f"{data.name} holds {frames} frames where {header.frames} are promised", "copy it again"
        )
    return numbers[: frames * width].reshape(frames, width), at


def _numbers(content: bytes, kind: int) -> NDArray[np.int64]:
    if kind == 80:
        return np.frombuffer(content, np.uint8).astype(np.int64) - 128
    if kind == 160:
        return np.frombuffer(content, "<u2", len(content) // 2).astype(np.int64) - 32_768
    if kind == 32:
        return np.frombuffer(content, "<i4", len(content) // 4).astype(np.int64)
    if kind == 24:
        each = np.frombuffer(content, np.uint8, len(content) // 3 * 3).reshape(-1, 3).astype(np.int64)
        whole = each[:, 0] | each[:, 1] << 8 | each[:, 2] << 16
        return np.asarray((whole ^ 0x800000) - 0x800000, dtype=np.int64)
    if kind in (16, 61):
        return np.frombuffer(content, "<i2" if kind == 16 else ">i2", len(content) // 2).astype(np.int64)
    three = np.frombuffer(content, np.uint8, len(content) // 3 * 3).reshape(-1, 3).astype(np.int64)
    pairs = np.column_stack([three[:, 0] | (three[:, 1] & 15) << 8, three[:, 2] | (three[:, 1] >> 4) << 8])
    return np.asarray((pairs.ravel() ^ 2048) - 2048, dtype=np.int64)
