"""Text and numbers that stand for time: which unit, which format."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.errors import RecordingError

Parse = Callable[[list[str | None]], NDArray[np.float64]]

_ISO = re.compile(
    r"^\d{4}[-/.]\d\d?[-/.]\d\d?[T _]\d\d?:\d\d(:\d\d([.,:_]\d{1,9})?)?\s*"
    r"(Z|UTC|(UTC|GMT)?[+-]\d\d?:?(\d\d)?(\s*\[[\w/+-]+\])?)?$"
)
_DAY_FIRST = re.compile(
    r"^(\d\d?)([-/.])(\d\d?)[-/.](\d{4})[T ,_]+(\d\d?:\d\d(?::\d\d(?:[.,:]\d{1,9})?)?)\s*([AaPp][Mm])?$"
)
_TIME_ONLY = re.compile(r"^\d{1,3}:\d\d:\d\d([.,:]\d{1,9})?$")
_ZONED = re.compile(r"(Z|UTC|(UTC|GMT)?[+-]\d\d?:?(\d\d)?(\s*\[[\w/+-]+\])?)$")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NAMED_MONTH = re.compile(rf"^(\d\d?)[- ]({'|'.join(_MONTHS)})[a-z]*[- ](\d{{4}})(?=[T ,_])", re.IGNORECASE)


def looks_like_time(text: str) -> bool:
    """Whether a cell holds a date with a time, or a time of day.

    >>> looks_like_time("2019-10-16T12:09:01.702+02:00"), looks_like_time("12.5")
    (True, False)
    """
    cell = _in_numbers(text.strip().strip('"'))
    return bool(_ISO.match(cell) or _DAY_FIRST.match(cell) or _TIME_ONLY.match(cell))


def looks_like_date(text: str) -> bool:
    """Whether a cell holds a date without a time."""
    return bool(re.fullmatch(r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4}", text.strip().strip('"')))


def text_format(cells: list[str], hint: str, source: str) -> tuple[Parse, bool, bool]:
    """How to read a column of time stamps in words.

    Parameters
    ----------
    cells
        Some of the stamps, none empty.
    hint
        Free text of the file that may say in which order day and month stand.

    Returns
    -------
    The parser, whether the stamps have a date, whether they have a zone.

    Raises
    ------
    RecordingError
        When day and month cannot be told apart.
    """
    first = cells[0].strip().strip('"')
    if _NAMED_MONTH.match(first):
        return _parse_named_month, True, False
    if _TIME_ONLY.match(first):
        return _parse_time_only, False, False
    if _ISO.match(first):
        zoned = bool(_ZONED.search(re.sub(r"^\d{4}[-/.]\d\d?[-/.]\d\d?", "", first)))
        return (_parse_zoned if zoned else _parse_iso), True, zoned
    found = [m for c in cells if (m := _DAY_FIRST.match(c.strip().strip('"')))]
    if not found:
        raise RecordingError(
            source, f"its time stamps ({first[:40]!r}) are in no known form", "give the time column in a profile"
        )
    if any(int(m[1]) > 12 for m in found) or found[0][2] == ".":
        day_first = True
    elif any(int(m[3]) > 12 for m in found) or found[0][6] or re.search(r"\bM/d/y", hint):
        day_first = False
    elif re.search(r"\bd+/M+/y", hint):
        day_first = True
    else:
        raise RecordingError(
            source,
            f"the date {first[:20]!r} may be day first or month first",
            "export it with dates as year-month-day",
        )
    return (_parse_day_first if day_first else _parse_month_first), True, False


def _parse_iso(cells: list[str | None]) -> NDArray[np.float64]:
    return _at_once(cells, None, _iso)


def _parse_zoned(cells: list[str | None]) -> NDArray[np.float64]:
    return _at_once(cells, "UTC", _zoned)


def _parse_day_first(cells: list[str | None]) -> NDArray[np.float64]:
    return _microseconds([_reordered(c, day=1, month=3) for c in cells], None)


def _parse_month_first(cells: list[str | None]) -> NDArray[np.float64]:
    return _microseconds([_reordered(c, day=3, month=1) for c in cells], None)


def _parse_named_month(cells: list[str | None]) -> NDArray[np.float64]:
    return _parse_day_first([None if c is None else _in_numbers(c.strip().strip('"')) for c in cells])


def _in_numbers(cell: str) -> str:
    """A date whose month is a word, ``5-Mar-2024``, as ``5-3-2024``; any other text as it is."""
    return _NAMED_MONTH.sub(lambda m: f"{m[1]}-{_MONTHS.index(m[2].lower()) + 1}-{m[3]}", cell)


def _parse_time_only(cells: list[str | None]) -> NDArray[np.float64]:
    out = np.full(len(cells), np.nan)
    for i, cell in enumerate(cells):
        if cell and _TIME_ONLY.match(cell.strip().strip('"')):
            hours, minutes, seconds = re.sub(r"[,]|:(?=\d{3,}$)", ".", cell.strip().strip('"')).split(":")
            out[i] = (int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1e6
    return out


def _at_once(
    cells: list[str | None], zone: str | None, tidy: Callable[[str | None], str | None]
) -> NDArray[np.float64]:
    """Plain ISO stamps in one go; anything odd among them is tidied cell by cell."""
    try:
        stamps = pc.cast(pa.array(cells, pa.string()), pa.timestamp("ns", zone))
    except pa.ArrowInvalid:
        return _microseconds([tidy(c) for c in cells], zone)
    return _as_microseconds(stamps)


def _iso(cell: str | None) -> str | None:
    text = (cell or "").strip().strip('"')
    if not _ISO.match(text):
        return None
    text = text.replace("/", "-") if "/" in text else text
    date, time = text[:10], text[10:]
    if len(re.split(r"[T _]", text)[0]) != 10 or "." in date:
        parts = re.split(r"[-/.]", re.split(r"[T _]", text)[0])
        time = text[len(re.split(r"[T _]", text)[0]) :]
        date = "-".join(p.zfill(2) for p in parts)
    time = (
        re.sub(r"[,_:](\d{1,9})(\s*(Z|UTC|(UTC|GMT)?[+-].*)?)$", r".\1\2", time[1:])
        if time.count(":") == 3 or re.search(r"\d[,_]\d", time[1:])
        else time[1:]
    )
    if time[1:2] == ":":
        time = "0" + time
    if re.match(r"^\d\d:\d\d(?!:)", time):
        time = time[:5] + ":00" + time[5:]
    return f"{date} {time}"


def _zoned(cell: str | None) -> str | None:
    text = _iso(cell)
    if text is None:
        return None
    text = re.sub(r"\s*\[[^\]]*\]$", "", text)
    text = re.sub(r"\s*(?:UTC|GMT)(?=[+-])", "", text)
    text = re.sub(r"\s*(UTC|Z)$", "Z", text)
    offset = re.search(r"\s*([+-])(\d\d?):?(\d\d)?$", text[10:])
    if offset:
        text = text[: 10 + offset.start()] + f"{offset[1]}{int(offset[2]):02d}:{offset[3] or '00'}"
    return text


def _reordered(cell: str | None, day: int, month: int) -> str | None:
    match = _DAY_FIRST.match((cell or "").strip().strip('"'))
    if match is None:
        return None
    clock = re.sub(r",|:(?=\d{3,}$)", ".", match[5])
    hours, rest = clock.split(":", 1)
    hour = int(hours)
    if match[6]:
        hour = hour % 12 + (12 if match[6].lower() == "pm" else 0)
    if ":" not in rest:
        rest += ":00"
    return f"{match[4]}-{int(match[month]):02d}-{int(match[day]):02d} {hour:02d}:{rest}"


def _microseconds(cells: list[str | None], zone: str | None) -> NDArray[np.float64]:
    try:
        stamps = pc.cast(pa.array(cells, pa.string()), pa.timestamp("ns", zone))
    except pa.ArrowInvalid:
        # One impossible date (a 31st of June) among many: read them one by one.
        stamps = pa.concat_arrays([_one(c, zone) for c in cells])
    return _as_microseconds(stamps)


def _as_microseconds(stamps: pa.Array) -> NDArray[np.float64]:
    whole: NDArray[np.float64] = pc.cast(stamps, pa.int64()).to_numpy(zero_copy_only=False).astype(np.float64) / 1e3
    return whole


# Any: pyarrow has no types
def _one(cell: str | None, zone: str | None) -> pa.Array:
    kind = pa.timestamp("ns", zone)
    try:
        return pc.cast(pa.array([cell], pa.string()), kind)
    except pa.ArrowInvalid:
        return pa.array([None], kind)


def number_unit(steps_mean: float, largest: float, named: str | None) -> tuple[str | None, bool]:
    """Unit of a numeric time column and whether it counts from 1970.

    Parameters
    ----------
    steps_mean
        Mean step from row to row.
    largest
        Largest value.
    named
        Unit the column's name says, or None.

    Returns
    -------
    ``s``, ``ms``, ``µs`` or ``ns``; None when none is named and no unit makes a rate that can be believed.
    """
    # Named ones may be of any rate. Of others the low end is left out, where minutes, ticks of 1/32768 s and of 100 ns
    # at the rate of a movement sensor would pass for a thousand samples a second.
    plausible = {"s": (8.5e-4, 0.22), "ms": (0.85, 220.0), "µs": (1600.0, 2.2e5), "ns": (8.5e5, 2.2e8)}
    # From the year 2000 on: before it lie the seconds that Apple counts from 2001, and ticks of 100 ns.
    since_1970 = {"s": (9.4e8, 5e9), "ms": (9.4e11, 5e12), "µs": (9.4e14, 5e15), "ns": (9.4e17, 5e18)}
    unit = named
    if unit is None:
        unit = next((u for u, (low, high) in plausible.items() if low <= steps_mean <= high), None)
    if unit is None:
        return None, False
    low, high = since_1970[unit]
    return unit, low <= largest <= high
