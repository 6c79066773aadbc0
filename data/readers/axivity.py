"""Axivity AX3 and AX6, ``.cwa``: blocks of 512 bytes with a checksum and a time each.

Layout: the Open Movement project's description of the CWA format. Blocks are checked, timed and decoded here: the
libraries at hand give the samples of a block the nominal rate (real ones run up to 2 % slower), refuse a file for one
damaged block, or hold a whole recording in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from numpy.typing import NDArray

from data.ahead import ahead
from data.errors import RecordingError
from data.files import Spool
from data.names import tokens
from data.readers._assemble import Sensor, recording_of
from data.readers._blocks import block_stamps, check_stated_rate
from data.readers._damage import AGAIN, LENIENTLY, numbered
from data.readers._format import Request
from data.readers._names import place_of
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import CHANNELS, Placement, Recording

MAGIC = b"MD\xfc\x03"
_HEADER, _BLOCK = 1024, 512
_GYRO = 35
"""Where an AX6's header holds the range of its gyroscope, in the lower half of a byte, as each block does."""
_SET_UP = 37
"""Where the header says when the device was last set up: its clock was set then, by a computer's."""
_LONGEST_WAIT_US = 120 * 86_400_000_000
"""A device that was set up longer before its first sample than a battery lasts was set up otherwise."""
_PIECE = 1_024
"""Blocks handled at once, where memory is not limited: more do not stay close to the processor."""
_FIELDS = np.dtype(
    {
        "names": [
            "magic",
            "length",
            "fraction",
            "session",
            "sequence",
            "stamp",
            "scales",
            "rate",
            "packing",
            "offset",
            "count",
        ],
        "formats": ["<u2", "<u2", "<u2", "<u4", "<u4", "<u4", "<u2", "u1", "u1", "<i2", "<u2"],
        "offsets": [0, 2, 4, 6, 10, 14, 18, 24, 25, 26, 28],
        "itemsize": _BLOCK,
    }
)
_KEPT = ["fraction", "session", "sequence", "stamp", "scales", "rate", "packing", "offset", "count"]
_FIRST, _BODY = 30, 480
"""Where the samples of a block begin, and the bytes of them."""
_PACKED = 0x30
_LAYOUTS = (_PACKED, 0x32, 0x62, 0x92)
"""Axes and bytes of each: three axes in four bytes, or three, six (rotation first) or nine of two bytes."""


@dataclass(frozen=True, slots=True)
class _Scan:
    """The heads of all blocks, and which of them can be trusted."""

    # Any: a record array of _KEPT
    heads: NDArray[Any]
    good: NDArray[np.bool_]


def fits(head: bytes) -> bool:
    """Whether a file begins like one of these."""
    return head.startswith(MAGIC)


def read(request: Request) -> Recording:
    """Acceleration, and rotation where the device has a gyroscope, on the wall clock of the set-up computer."""
    path = request.path
    with path.open("rb") as stream:
        header = stream.read(_HEADER)
    said: list[str] = []
    scan = _scan(path, said, is_lenient=request.lenient)
    heads = scan.heads[scan.good]
    rate = _single(heads["rate"] & 15, path, "sampling rate")
    layout = _single(heads["packing"], path, "layout of samples")
    if layout not in _LAYOUTS:
        raise RecordingError(
            path.name,
            f"it lays samples out in a way that is not known ({layout:#x})",
            "export it as CSV with the maker's program",
        )
    columns = 3 if layout >> 4 == 3 else 6
    rate_hz = 3200 / (1 << (15 - rate))
    starts, counts = _start_us(heads, rate_hz), heads["count"].astype(np.int64)
    follows = np.concatenate([np.diff(heads["sequence"].astype(np.int64)) == 1, [False]])
    # Its rates are each twice the one before: half and double are what a wrong one is.
    check_stated_rate(path.name, starts, counts, rate_hz, follows, wrong=1.6)
    stamps = block_stamps(starts, counts, 1e6 / rate_hz, follows)
    device = "AX6" if header[4:5] == b"\x64" or columns == 6 else "AX3"
    if device == "AX6" and layout != _PACKED:
        said.extend(_at_odds(header, heads, columns))
    spool = Spool(columns, np.float32, request.memory)
    try:
        for piece in ahead(_values(path, scan, layout, columns, request.memory), 1):
            spool.append(piece)
        values = spool.finish()
    finally:
        spool.close()
    site = _site(header, columns, said)
    return recording_of(
        [Sensor(site, Rows(stamps, values), rate_hz)], request, device=f"Axivity {device}", is_utc=False, said=said,
        set_up_us=_set_up_us(header, stamps[0:1]),
    )  # fmt: skip


def _scan(path: Path, said: list[str], *, is_lenient: bool) -> _Scan:
    size = path.stat().st_size - _HEADER
    if size < _BLOCK:
        raise RecordingError(path.name, "it has a header but no samples", AGAIN)
    heads, good, total, written = [], [], 0, 0
    for raw in _blocks(path, _PIECE):
        head = np.frombuffer(raw, _FIELDS)
        sums = np.frombuffer(raw, "<u2").reshape(-1, _BLOCK // 2).sum(axis=1, dtype=np.uint16)
        width = np.where(head["packing"] & 15 == 0, 4, (head["packing"] >> 4) * 2)
        fits_in = (head["count"] > 0) & (head["count"] * width.astype(np.int64) <= _BODY)
        good.append(
            (head["magic"] == 0x5841) & (head["length"] == 508) & (sums == 0) & fits_in & _is_date(head["stamp"])
        )
        holds = good[-1] if good[-1].all() else ~_are_blank(raw)
        if holds.any():
            written = total + int(np.flatnonzero(holds)[-1]) + 1
        total += len(holds)
        heads.append(head[_KEPT].copy())
    scan = _Scan(np.concatenate(heads)[:written], np.concatenate(good)[:written])
    blank = total - written
    if not written:
        raise RecordingError(path.name, "none of its blocks was ever written", AGAIN)
    if blank:
        said.append(
            f"The last {blank} of its {total} blocks hold nothing, as a device leaves them that is stopped "
            "before it is full: read up to there. If it went on for longer, copy it from the device again."
        )
    bad = np.flatnonzero(~scan.good)
    cut = size % _BLOCK if not blank else 0
    problem = f"{len(bad)} of its {len(scan.good)} blocks are damaged ({numbered(bad.tolist())})" if len(bad) else ""
    if cut:
        problem = f"{problem} and its end is cut off" if problem else "it is cut off within its last block"
    if problem and not is_lenient:
        raise RecordingError(path.name, problem, LENIENTLY)
    if not scan.good.any():
        raise RecordingError(path.name, "none of its blocks can be trusted", AGAIN)
    if problem:
        said.append(f"Read leniently: {problem}; what they held was left out.")
    return scan


def _are_blank(raw: bytes) -> NDArray[np.bool_]:
    """``(blocks,)`` which hold one and the same byte throughout: erased memory, or a place that was only kept free."""
    bytes_ = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK)
    return np.asarray(np.isin(bytes_[:, 0], (0x00, 0xFF)) & (bytes_ == bytes_[:, :1]).all(axis=1))


def _blocks(path: Path, count: int) -> Iterator[bytes]:
    """Whole blocks, ``count`` at a time."""
    with path.open("rb") as stream:
        stream.seek(_HEADER)
        while raw := stream.read(count * _BLOCK):
            yield raw[: len(raw) // _BLOCK * _BLOCK]


def _values(path: Path, scan: _Scan, layout: int, columns: int, memory: int | None) -> Iterator[NDArray[np.float32]]:
    """Samples of the blocks that can be trusted, ``(n, columns)`` in g and °/s."""
    count = _PIECE if memory is None else max(64, min(_PIECE, memory // (8 * _BLOCK)))
    axes = layout >> 4
    for i, raw in enumerate(_blocks(path, count)):
        here = slice(i * count, (i + 1) * count)
        good = scan.good[here]
        heads = scan.heads[here][good]
        if not len(heads):
            continue
        every = np.frombuffer(raw, np.uint8).reshape(-1, _BLOCK)[: len(good)]
        body = every[good, _FIRST : _FIRST + _BODY]
        if layout == _PACKED:
            yield _unpacked(_filled(body.view("<u4"), heads["count"]))
            continue
        width = _BODY // (2 * axes)
        steps = _filled(body.view("<i2")[:, : width * axes].reshape(-1, width, axes), heads["count"])
        scales = heads["scales"].astype(np.int64)
        acc = np.repeat(1.0 / (1 << (8 + (scales >> 13))), heads["count"]).astype(np.float32)
        out = np.empty((len(steps), columns), dtype=np.float32)
        np.multiply(steps[:, columns - 3 : columns], acc[:, None], out=out[:, :3])
        if columns == 6:
            gyro = np.repeat(8000 / (1 << ((scales >> 10) & 7)) / 32_768, heads["count"]).astype(np.float32)
            np.multiply(steps[:, :3], gyro[:, None], out=out[:, 3:])
        yield out


# Any: words of 32 or 16 bits
def _filled(values: NDArray[Any], counts: NDArray[np.uint16]) -> NDArray[Any]:
    """``(blocks, most, ...)`` as one sample after the other, of each block as many as it holds."""
    most = values.shape[1]
    if (counts == most).all():
        return values.reshape(-1, *values.shape[2:])
    return np.asarray(values[np.arange(most) < counts[:, None]])


def _unpacked(words: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Three axes of ten bits each, from the lowest on, and two bits by which all are shifted up: 1/256 g."""
    step = (np.array([1, 2, 4, 8], dtype=np.float32) / np.float32(256))[words >> 30]
    out = np.empty((len(words), 3), dtype=np.float32)
    for axis, to_the_top in enumerate((22, 12, 2)):
        np.multiply((words << np.uint32(to_the_top)).view(np.int32) >> 22, step, out=out[:, axis], casting="unsafe")
    return out


# Any: a record array of _KEPT
def _at_odds(header: bytes, heads: NDArray[Any], columns: int) -> list[str]:
    """What an AX6 says twice of its ranges and not alike, of which one is wrong."""
    said = []
    scales, rate, gyro = int(heads["scales"][0]), int(heads["rate"][0]), header[_GYRO]
    reach, range_g = 128 >> (scales >> 13), 16 >> (rate >> 6)
    if reach != range_g:
        said.append(
            f"Its blocks count acceleration to ±{reach} g, but state a range of ±{range_g} g: read by what they count; "
            "check that it shows 1 g at rest."
        )
    turn = (scales >> 10) & 7
    if columns == 6 and gyro not in (0x00, 0xFF) and gyro & 15 != turn:
        said.append(
            f"Its blocks count rotation to ±{8000 / (1 << turn):g} °/s, its header says ±{8000 / (1 << (gyro & 7)):g}: "
            "read by the blocks; check it by a turn of known size."
        )
    return said


def _set_up_us(header: bytes, first_us: NDArray[np.int64]) -> int | None:
    """When the device was set up, by its own clock; None where the header tells of no time that can be that."""
    stamp = np.frombuffer(header, "<u4", 1, _SET_UP)
    if not _is_date(stamp)[0]:
        return None
    set_up = int(_moment_us(stamp)[0])
    return set_up if 0 <= int(first_us[0]) - set_up <= _LONGEST_WAIT_US else None


def _is_date(stamp: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which are a moment of six fields in 32 bits, years since 2000."""
    month, day = (stamp >> 22) & 15, (stamp >> 17) & 31
    clock = ((stamp >> 12) & 31 < 24) & ((stamp >> 6) & 63 < 60) & (stamp & 63 < 60)
    has_day = _days(stamp).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) == _months(stamp)
    return np.asarray((month >= 1) & (month <= 12) & (day >= 1) & has_day & clock, dtype=np.bool_)


def _months(stamp: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Since 1970."""
    fields = stamp.astype(np.int64)
    return np.asarray(((fields >> 26) + 30) * 12 + ((fields >> 22) & 15) - 1, dtype=np.int64)


def _days(stamp: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Since 1970; the 31st of a month of 30 days is the next month's first."""
    first = _months(stamp).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.asarray(first + ((stamp.astype(np.int64) >> 17) & 31) - 1, dtype=np.int64)


def _moment_us(stamp: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Microseconds since 1970 of such moments, as a wall clock."""
    fields, days = stamp.astype(np.int64), _days(stamp)
    seconds = days * 86_400 + ((fields >> 12) & 31) * 3600 + ((fields >> 6) & 63) * 60 + (fields & 63)
    return np.asarray(seconds * 1_000_000, dtype=np.int64)


# Any: a record array of _KEPT
def _start_us(heads: NDArray[Any], rate_hz: float) -> NDArray[np.float64]:
    """Wall clock of the first sample of each block: its time holds for the sample that its offset names."""
    fraction = np.where(heads["fraction"] >> 15, (heads["fraction"].astype(np.int64) & 0x7FFF) * 2 / 65_536, 0.0)
    samples = heads["offset"].astype(np.float64) + np.floor(fraction * rate_hz)
    return np.asarray(_moment_us(heads["stamp"]) + fraction * 1e6 - samples * (1e6 / rate_hz), dtype=np.float64)


def _single(values: NDArray[np.integer[Any]], path: Path, what: str) -> int:
    if (values != values[0]).any():
        raise RecordingError(
            path.name, f"its {what} changes within the file", "split it where the device was set up anew"
        )
    return int(values[0])


def _site(header: bytes, columns: int, said: list[str]) -> Site:
    """Placement from the annotation that the set-up program writes into the header."""
    text = header[64:].split(b"\xff")[0].decode("ascii", errors="replace").strip("\x00 ")
    words = tokens(" ".join(parse_qs(text).get("_p", [])))
    placement, side, _, _ = place_of(words)
    if placement is not Placement.UNKNOWN:
        said.append(f"The placement, {placement.value}, is taken from what was entered at set-up.")
    channels = tuple((name, ((name, 1.0),)) for name in CHANNELS[:columns])
    return Site(placement, side, channels, acc_unit="g", gyro_unit="°/s" if columns == 6 else None)
