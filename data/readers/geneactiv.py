"""GENEActiv ``.bin``: a header in words, then pages of 300 samples in hexadecimal, each with a time of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from data.errors import RecordingError
from data.names import tokens
from data.readers import _actfast
from data.readers._assemble import Sensor, recording_of
from data.readers._blocks import block_stamps, check_stated_rate
from data.readers._damage import AGAIN, LENIENTLY, numbered
from data.readers._format import Request
from data.readers._names import place_of
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import CHANNELS, Placement, Recording

MAGIC = b"Device Identity"
_PAGE = b"Recorded Data"
_CELLS = 12
"""Hexadecimal characters of one sample."""
_FULL = 3600
_LINES = 9
"""Line ends within a page, from its first line to its samples."""
_WIDEST = 1 << 16
"""No header or page is longer."""
_PIECE = 4 << 20
"""Bytes read at once, where memory is not limited."""
_GAIN, _GAIN_OFF, _OFFSET = 25_600, 0.2, 10_000
"""A hundred times what such a sensor counts a g, how far a real one may be from that, and from 0 at rest."""
_SAME = 0.01
_FORM = re.compile(
    rb"\s+Device Unique Serial Code:[^\n]*\n"
    rb"Sequence Number:(?P<number>\d+)\s*\n"
    rb"Page Time:(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d):(?P<ms>\d{3})\s*\n"
    rb"Unassigned:[^\n]*\n"
    rb"Temperature:-?[\d.]+\s*\n"
    rb"Battery voltage:[\d.]+\s*\n"
    rb"Device Status:[^\n]*\n"
    rb"Measurement Frequency:(?P<rate>\d+(\.\d+)?)\s*\n"
    rb"(?P<cells>[0-9A-Fa-f]+)\s*"
)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  the device's wall clock


@dataclass(frozen=True, slots=True)
class _Page:
    start_us: int
    rate_hz: float
    samples: int


def fits(head: bytes) -> bool:
    """Whether a file begins like one of these."""
    return head.startswith(MAGIC)


def read(request: Request) -> Recording:
    """Acceleration at the rate and in the zone that the header names; light, temperature and button are left."""
    path = request.path
    piece = _PIECE if request.memory is None else max(1 << 16, min(_PIECE, request.memory))
    header = next(_texts(path, piece))
    words = header.decode("utf-8", errors="replace").replace("\x00", "")
    every, said = _looked_at(path, piece, words, is_lenient=request.lenient)
    pages = [p for p in every if p is not None]
    rate_hz = pages[0].rate_hz
    _check_calibration(words, path)
    if any(p.rate_hz != rate_hz for p in pages):
        raise RecordingError(path.name, "its sampling rate changes within the file", "split it where it changes")
    ahead_us = _offset_us(words, path)
    starts = np.array([p.start_us - ahead_us for p in pages], dtype=np.float64)
    counts = np.array([p.samples for p in pages], dtype=np.int64)
    check_stated_rate(path.name, starts, counts, rate_hz)
    stamps = block_stamps(starts, counts, 1e6 / rate_hz)
    values = _actfast.decoded(
        path, "a GENEActiv file", header=header, pieces=_pieces(path, piece, every), memory=request.memory
    )
    stated = re.search(r"Measurement Frequency:\s*(\d+(?:\.\d+)?)", words)
    if stated and abs(float(stated[1]) / rate_hz - 1) > _SAME:
        said.append(f"The header states {stated[1]} samples a second, its pages {rate_hz:g}: read as the pages say.")
    told = re.search(r"Device Location Code:([^\r\n]*)", words)
    placement, side, _, _ = place_of(tokens(told[1] if told else ""))
    if placement is not Placement.UNKNOWN:
        said.append(f"The placement, {placement.value}, is taken from what was entered at set-up.")
    site = Site(placement, side, tuple((name, ((name, 1.0),)) for name in CHANNELS[:3]), acc_unit="g")
    model = re.search(r"Device Model:\s*([\w.]+)", words)
    device = f"GENEActiv {model[1]}" if model else "GENEActiv"
    return recording_of(
        [Sensor(site, Rows(stamps, values), rate_hz)], request, device=device, is_utc=True, said=said, ahead_us=ahead_us
    )


def _texts(path: Path, piece: int) -> Iterator[bytes]:
    """The header, then the text of page after page."""
    rest = b""
    with path.open("rb") as stream:
        while raw := stream.read(piece):
            *whole, rest = (rest + raw).split(_PAGE)
            yield from whole
            if len(rest) > _WIDEST + piece:
                raise RecordingError(path.name, "it has no pages of samples", "copy it from the device again")
    yield rest


def _looked_at(path: Path, piece: int, words: str, *, is_lenient: bool) -> tuple[list[_Page | None], list[str]]:
    """Every page, None for those that cannot be trusted, and what has to be said of them."""
    texts = _texts(path, piece)
    next(texts)
    pages: list[_Page | None] = []
    short: list[int] = []
    cut = False
    for number, text in enumerate(texts):
        found = _FORM.fullmatch(text)
        page = _page(found) if found else None
        # Only of the last page may something be missing: there, the device or a copy stopped.
        if found and len(found["cells"]) < _FULL:
            short.append(number)
        cut = found is None and text.count(b"\n") < _LINES
        pages.append(page)
    short_last = bool(short) and short[-1] == len(pages) - 1
    for number in short[: -1 if short_last else None]:
        pages[number] = None
    if cut:
        pages.pop()
    bad = [i for i, p in enumerate(pages) if p is None]
    problem = f"{len(bad)} of its {len(pages)} pages are damaged ({numbered(bad)})"
    if bad and not is_lenient:
        raise RecordingError(path.name, problem, LENIENTLY)
    if len(bad) == len(pages):
        raise RecordingError(path.name, "it holds no page of samples that can be trusted", AGAIN)
    said = [f"Read leniently: {problem}; what they held was left out."] if bad else []
    if cut or short_last:
        said.append("The last page is cut off: what there is of it was read.")
    promised = re.search(r"Number of Pages:\s*(\d+)", words)
    if promised and int(promised[1]) != len(pages) + cut:
        said.append(f"The header promises {promised[1]} pages, the file holds {len(pages) + cut}.")
    return pages, said


def _page(found: re.Match[bytes]) -> _Page | None:
    try:
        start = datetime.fromisoformat(f"{found['time'].decode()}.{found['ms'].decode()}")
    except ValueError:
        return None
    samples, rate_hz = len(found["cells"]) // _CELLS, float(found["rate"])
    if not samples or not rate_hz or len(found["cells"]) > _FULL:
        return None
    return _Page(round((start - _EPOCH) / timedelta(microseconds=1)), rate_hz, samples)


def _pieces(path: Path, piece: int, pages: list[_Page | None]) -> Iterator[tuple[bytes, int]]:
    texts = _texts(path, piece)
    next(texts)
    held: list[bytes] = []
    samples = 0
    for page, text in zip(pages, texts, strict=False):
        if page is None:
            continue
        held.append(_PAGE + text)
        samples += page.samples
        if len(held) * _FULL > piece:
            yield b"".join(held), samples
            held, samples = [], 0
    if held:
        yield b"".join(held), samples


def _check_calibration(words: str, path: Path) -> None:
    """Refuse a header whose gains or offsets are not those of such a sensor: every sample would be wrong."""
    for axis in "xyz":
        found = [re.search(rf"(?m)^{axis} {what}:\s*(-?\d+)\s*$", words) for what in ("gain", "offset")]
        gain, offset = (int(f[1]) if f else None for f in found)
        if gain is None or offset is None:
            raise RecordingError(path.name, f"its header does not say gain and offset of the {axis} axis", AGAIN)
        if abs(gain / _GAIN - 1) > _GAIN_OFF or abs(offset) > _OFFSET:
            raise RecordingError(
                path.name,
                f"its header says gain {gain} and offset {offset} of the {axis} axis; about {_GAIN} and 0 are due",
                "copy it from the device again, or have the device calibrated",
            )


def _offset_us(words: str, path: Path) -> int:
    """What the device's clock is ahead of UTC."""
    told = re.search(r"(?m)Time Zone:[ \t]*GMT[ \t]*(?:([+-])(\d\d?):(\d\d))?[ \t]*\r?$", words)
    if told is None:
        raise RecordingError(path.name, "its header names no time zone, or none of hours and minutes", AGAIN)
    ahead = (int(told[2]) * 60 + int(told[3])) * 60_000_000 if told[1] else 0
    return -ahead if told[1] == "-" else ahead
