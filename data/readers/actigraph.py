"""ActiGraph ``.gt3x``: an archive of a header in words and a log of records, or in old devices of bare samples.

Layout: ActiGraph's public description of the GT3X file format. While a device sleeps it writes no records:
those stretches are gaps here, never filled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.files import Spool
from data.names import tokens
from data.readers import _packed
from data.readers._assemble import Sensor, recording_of
from data.readers._blocks import BlockStamps, block_stamps, check_stated_rate
from data.readers._damage import AGAIN, LENIENTLY
from data.readers._format import Request
from data.readers._names import place_of
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import CHANNELS, Recording

_ACTIVITY, _ACTIVITY2 = 0, 26
_MARK = 0x1E
_LEAD = 8
"""Bytes of a record before its payload; one more, the checksum, follows it."""
_FILLING = 64
"""A few bytes of zero may lie between two records, says the maker: that is no damage."""
_UNCALIBRATED = re.compile(r'"isCalibrated"\s*:\s*false', re.IGNORECASE)
_FURTHEST_ZONE = timedelta(hours=14)
_PIECE = 1 << 16
_TICKS = 621_355_968_000_000_000
"""Ticks of 100 ns from the year 1 to 1970."""


@dataclass(frozen=True, slots=True)
class _Header:
    """What the header says that matters: nothing about the person.

    ``ahead_us`` is None where older devices name no zone: their times are a wall clock.
    """

    rate_hz: float
    scale: float | None
    start_us: int | None
    ahead_us: int | None
    device: str
    worn: str


@dataclass(frozen=True, slots=True)
class _Record:
    kind: int
    second: int
    payload: bytes


def fits(names: set[str]) -> bool:
    """Whether an archive with files of these names is one of these."""
    return "info.txt" in names and bool({"log.bin", "activity.bin"} & names)


def read(request: Request) -> Recording:
    """Acceleration, on the clock and in the zone that the header names."""
    path = request.path
    said: list[str] = []
    with _packed.opened(path) as archive:
        names = set(archive.namelist())
        header = _header(_packed.small(archive, "info.txt", path), path)
        if "calibration.json" in names and _UNCALIBRATED.search(_packed.small(archive, "calibration.json", path)):
            raise RecordingError(
                path.name,
                "its samples are what the sensor counted, before calibration (calibration.json says so)",
                "export the raw data from the maker's program as CSV, which is calibrated",
            )
        name = "log.bin" if "log.bin" in names else "activity.bin"
        _packed.check_size(archive.getinfo(name), path)
        try:
            with archive.open(name) as stream:
                take = _log if name == "log.bin" else _bare
                rows = take(stream, header, request, said)
        except _packed.BROKEN as error:
            raise _packed.damaged(path) from error
    placement, side, _, _ = place_of(tokens(header.worn))
    if placement.value != "unknown":
        said.append(f"The placement, {placement.value}, is taken from what was entered at set-up.")
    site = Site(placement, side, tuple((c, ((c, 1.0),)) for c in CHANNELS[:3]), acc_unit="g")
    return recording_of(
        [Sensor(site, rows, header.rate_hz)], request, device=f"ActiGraph {header.device}",
        is_utc=header.ahead_us is not None, said=said, ahead_us=header.ahead_us,
    )  # fmt: skip


def _header(text: str, path: Path) -> _Header:
    told = dict(re.findall(r"^\ufeff?([^:\r\n]+):[ \t]*([^\r\n]*?)[ \t]*\r?$", text, re.MULTILINE))

    def number(key: str) -> float | None:
        found = re.fullmatch(r"\d+([.,]\d+)?", told.get(key, ""))
        return float(found[0].replace(",", ".")) if found else None

    rate, scale = number("Sample Rate"), number("Acceleration Scale")
    ticks = re.fullmatch(r"\d+", told.get("Start Date", ""))
    if not rate:
        raise RecordingError(f"{path.name}, info.txt", "it does not say the sampling rate", AGAIN)
    if "Acceleration Scale" in told and not scale:
        raise RecordingError(f"{path.name}, info.txt", "its acceleration scale is not a number", AGAIN)
    zone = re.fullmatch(r"([+-]?)(\d\d):(\d\d)(:\d\d)?", told.get("TimeZone", ""))
    if zone is None and "TimeZone" in told:
        raise RecordingError(f"{path.name}, info.txt", "its time zone is no hours and minutes", AGAIN)
    off = timedelta(hours=int(zone[2]), minutes=int(zone[3])) if zone else None
    if off is not None and off > _FURTHEST_ZONE:
        raise RecordingError(f"{path.name}, info.txt", f"its time zone, {told['TimeZone']}, is none on earth", AGAIN)
    ahead = None if off is None else off // timedelta(microseconds=1)
    # What one g is, older headers tell by the model alone, with which the serial number begins.
    models = {"NEO": 341.0, "CLE": 341.0, "MRA": 341.0, "MOS": 256.0, "TAS": 256.0}
    return _Header(
        rate_hz=rate,
        scale=scale or models.get(told.get("Serial Number", "")[:3]),
        start_us=round((int(ticks[0]) - _TICKS) / 10) if ticks else None,
        ahead_us=-ahead if ahead is not None and zone is not None and zone[1] == "-" else ahead,
        device=told.get("Device Type", "").strip() or "GT3X",
        worn=f"{told.get('Side', '')} {told.get('Limb', '')}",
    )


def _log(stream: IO[bytes], header: _Header, request: Request, said: list[str]) -> Rows:
    """Samples of a log: about one record of them a second."""
    seconds: list[int] = []
    counts: list[int] = []
    values = Spool(3, np.float32, request.memory)
    scale = np.float32(header.scale or 256.0)
    damage = _Damage(request)
    try:
        for record in _records(stream, damage):
            # A payload of one byte tells of an event: sleep, or a plug.
            if record.kind not in (_ACTIVITY, _ACTIVITY2) or len(record.payload) <= 1:
                continue
            raw = _twelve_bits(record.payload) if record.kind == _ACTIVITY else _sixteen_bits(record.payload)
            seconds.append(record.second)
            counts.append(len(raw))
            values.append(raw / scale)
        rows = values.finish()
    finally:
        values.close()
    said.extend(damage.said())
    if not seconds:
        raise RecordingError(
            request.path.name,
            f"its header promises {header.rate_hz:g} samples a second, but the log holds none",
            "check that the device recorded, and " + AGAIN,
        )
    starts, held = np.array(seconds, dtype=np.float64) * 1e6 - (header.ahead_us or 0), np.array(counts, dtype=np.int64)
    check_stated_rate(request.path.name, starts, held, header.rate_hz)
    return Rows(block_stamps(starts, held, 1e6 / header.rate_hz), rows)


def _bare(stream: IO[bytes], header: _Header, request: Request, said: list[str]) -> Rows:
    """Samples of an old device: all of them, evenly from the start on."""
    values = Spool(3, np.float32, request.memory)
    scale = np.float32(header.scale or 341.0)
    rest = b""
    try:
        while piece := stream.read(_PIECE):
            rest += piece
            whole = len(rest) // 9 * 9
            values.append(_twelve_bits(rest[:whole]) / scale)
            rest = rest[whole:]
        values.append(_twelve_bits(rest) / scale)
        rows = values.finish()
    finally:
        values.close()
    if not len(rows) or header.start_us is None:
        problem = "it holds no samples" if header.start_us is not None else "its header does not say when it began"
        raise RecordingError(request.path.name, problem, AGAIN)
    said.append(f"The samples carry no times: they follow evenly at {header.rate_hz:g} Hz from the start on.")
    start = np.array([header.start_us - (header.ahead_us or 0)], dtype=np.float64)
    stamps = BlockStamps(np.array([0, len(rows)]), start, np.array([1e6 / header.rate_hz]))
    return Rows(stamps, rows)


def _twelve_bits(packed: bytes) -> NDArray[np.int16]:
    """Signed numbers of 12 bits, the highest first, in the order y, x, z; ``(n, 3)`` as x, y, z."""
    padded = packed + bytes(-len(packed) % 3)
    three = np.frombuffer(padded, np.uint8).reshape(-1, 3).astype(np.int16)
    pairs = np.column_stack([three[:, 0] << 4 | three[:, 1] >> 4, (three[:, 1] & 15) << 8 | three[:, 2]])
    signed = (pairs.ravel() ^ 2048) - 2048
    count = len(packed) * 8 // 36
    return np.asarray(signed[: count * 3].reshape(count, 3)[:, [1, 0, 2]], dtype=np.int16)


def _sixteen_bits(packed: bytes) -> NDArray[np.int16]:
    count = len(packed) // 6
    return np.asarray(np.frombuffer(packed, "<i2", count * 3).reshape(count, 3), dtype=np.int16)


@dataclass(slots=True)
class _Damage:
    """Bytes of a log that belong to no whole record: the first stops a strict reading."""

    request: Request
    places: int = 0
    lost: int = 0
    is_cut: bool = False

    def skip(self, count: int, at: int, what: str) -> None:
        if not self.request.lenient:
            raise RecordingError(f"{self.request.path.name}, log.bin, byte {at}", what, LENIENTLY)
        self.places += 1
        self.lost += count

    def said(self) -> list[str]:
        said = ["Read leniently: the log could be unpacked only up to some place."] if self.is_cut else []
        if self.places:
            said.append(f"Read leniently: {self.lost} damaged bytes at {self.places} places of the log were left out.")
        return said


def _records(stream: IO[bytes], damage: _Damage) -> Iterator[_Record]:
    """The records whose checksum is right, in order."""
    held, at, offset = b"", 0, 0
    is_over = False
    while True:
        # Enough for a whole record, whatever length its two bytes say.
        if len(held) - at < _LEAD + 65_536 and not is_over:
            try:
                piece = stream.read(_PIECE)
            except _packed.BROKEN:
                if not damage.request.lenient:
                    raise
                piece = b""
                damage.is_cut = True
            is_over = not piece
            offset, held, at = offset + at, held[at:] + piece, 0
            continue
        if at >= len(held):
            return
        record, length = _record(held, at)
        if record is not None:
            yield record
            at += length
            continue
        zeros = _zeros(held, at)
        if 0 < zeros <= _FILLING:
            at += zeros
            continue
        following = _next_record(held, at + 1)
        is_end = following is None and is_over
        what = "the log is cut off within a record" if is_end else "a record of the log is damaged"
        end = len(held) if following is None else following
        damage.skip(end - at, offset + at, what)
        at = end


def _record(held: bytes, at: int) -> tuple[_Record | None, int]:
    """The record at a byte, with its length; None when it is none, or its checksum is wrong."""
    if held[at] != _MARK or at + _LEAD >= len(held):
        return None, 0
    size = int.from_bytes(held[at + 6 : at + 8], "little")
    end = at + _LEAD + size
    if end >= len(held):
        return None, 0
    if int(np.bitwise_xor.reduce(np.frombuffer(held, np.uint8, end + 1 - at, at))) != 0xFF:
        return None, 0
    return _Record(held[at + 1], int.from_bytes(held[at + 2 : at + 6], "little"), held[at + _LEAD : end]), end + 1 - at


def _zeros(held: bytes, at: int) -> int:
    """How many bytes of zero lie from there on, as far as it matters."""
    some = held[at : at + _FILLING + 1]
    return len(some) - len(some.lstrip(b"\0"))


def _next_record(held: bytes, at: int) -> int | None:
    while (at := held.find(_MARK, at)) >= 0:
        if _record(held, at)[0] is not None:
            return at
        at += 1
    return None
