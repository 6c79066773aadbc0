"""How a text file writes its table: encoding, delimiter, decimal mark, where the rows begin."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from data.errors import RecordingError
from data.readers._stamps import looks_like_date, looks_like_time
from data.units import unit_named

HEAD = 262_144
"""Bytes looked at to understand a file."""
LONGEST_LINE = 100_000
"""Characters: no table of samples has longer lines, and Python's `csv` stops at cells not much longer."""
TRIED = 500
"""Lines that every delimiter is tried on."""
_NUMBER = re.compile(r"^[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d+)?$")
_DECIMAL_COMMA = re.compile(r"^[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?$")
_EMPTY = {"", "nan", "na", "null", "none", "-", "n/a", "inf", "-inf", "true", "false", "#n/a"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written, and its first rows.

    Parameters
    ----------
    delimiter
        One character; a blank stands for any run of blanks and tabs.
    start
        Byte at which the first row of numbers begins.
    first_line
        The line number of that row, from 1.
    names, units
        One a column; None when the file has none.
    rows
        Cells of the first rows of numbers.
    preamble
        The lines before the table.
    ragged
        Whether lines end in a stray ``;`` that is no delimiter.
    """

    encoding: str
    delimiter: str
    decimal: str
    start: int
    first_line: int
    names: tuple[str, ...] | None
    units: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    preamble: str
    ragged: bool = False

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0])


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file are text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\x00" in head:
        return False
    counts = np.bincount(np.frombuffer(head, dtype=np.uint8), minlength=256)
    odd = int(counts[:9].sum() + counts[14:32].sum())
    try:
        head[:-3].decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        high = int(counts[127:].sum())
        return odd == 0 and high < 0.05 * len(head)
    return odd <= 0.001 * len(head)


def understand(path: Path) -> Dialect:
    """The dialect of a text file.

    Raises
    ------
    RecordingError
        When it is not text, or holds no rows of numbers.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        whole = not stream.read(1)
    if not head.strip():
        raise RecordingError(path.name, "it is empty", "check that the export was finished and copied whole")
    if not is_text(head):
        raise RecordingError(
            path.name, "its content is binary and of no known format", "bring the device's own file or a text export"
        )
    encoding = _encoding(head)
    text = head.decode(encoding, errors="replace")
    lines = text.splitlines(keepends=True)
    longest = max(map(len, lines), default=0)
    if longest > LONGEST_LINE:
        raise RecordingError(
            path.name, f"it has lines of {longest} characters and more", "bring a table with a column for each axis"
        )
    if not whole and len(lines) > 1:
        lines = lines[:-1]
    ragged = _is_ragged(lines)
    best: tuple[int, str, str, int, list[list[str]]] | None = None
    for delimiter in (";", "\t", ",", "|", " "):
        for decimal in (".", ",") if delimiter != "," else (".",):
            first, rows = _rows(lines[:TRIED], delimiter, decimal, ragged)
            if rows and (best is None or _score(rows) > best[0]):
                best = (_score(rows), delimiter, decimal, first, rows)
    if best is None:
        _refuse(path, lines)
    assert best is not None
    _, delimiter, decimal, first, _ = best
    _, rows = _rows(lines, delimiter, decimal, ragged)
    if not rows:
        # A table in its first lines alone.
        _refuse(path, lines)
    is_last_empty = len(rows[0]) > 1 and not any(r[-1] for r in rows)
    names, units = _header(lines[:first], delimiter, len(rows[0]), is_last_empty=is_last_empty)
    start = len("".join(lines[:first]).encode("utf-8" if encoding.startswith("utf-16") else encoding))
    return Dialect(
        encoding, delimiter, decimal, start, first + 1, names, units, tuple(tuple(r) for r in rows),
        "".join(lines[:first]), ragged,
    )  # fmt: skip


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is a number or stands for a missing one."""
    pattern = _NUMBER if decimal == "." else _DECIMAL_COMMA
    if pattern.match(cell):
        return True
    text = cell.strip().strip('"')
    return bool(pattern.match(text)) or text.lower() in _EMPTY


def to_number(cell: str, decimal: str = ".") -> float:
    """The number in a cell; NaN when it holds none."""
    text = cell.strip().strip('"')
    try:
        return float(text.replace(",", ".") if decimal == "," else text)
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(text.lower(), float("nan"))


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        head[:-3].decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _is_ragged(lines: list[str]) -> bool:
    ends = [line.rstrip().endswith(";") and line.count(";") == 1 for line in lines if line.strip()]
    return len(ends) > 2 and sum(ends) > 0.9 * len(ends)


def split(line: str, delimiter: str, *, ragged: bool = False) -> list[str]:
    """Cells of a line."""
    text = line.rstrip("\r\n")
    if ragged:
        text = text.rstrip().removesuffix(";")
    if delimiter == " ":
        return text.split()
    return [c.strip() for c in next(csv.reader([text], delimiter=delimiter), [])]


def _rows(lines: list[str], delimiter: str, decimal: str, ragged: bool) -> tuple[int, list[list[str]]]:
    """First row of numbers and the rows from there on, where this delimiter makes a table; else nothing."""
    cells = [split(line, delimiter, ragged=ragged) for line in lines]
    good = [len(c) >= 2 and _is_row(c, decimal) for c in cells]
    widths = Counter(len(c) for c, ok in zip(cells, good, strict=True) if ok)
    if not widths:
        return 0, []
    width = widths.most_common(1)[0][0]
    fits = [ok and len(c) == width for c, ok in zip(cells, good, strict=True)]
    first = next((i for i in range(len(fits)) if fits[i] and sum(fits[i : i + 5]) >= min(3, len(fits) - i)), None)
    if first is None:
        return 0, []
    rows = [c for c, ok in zip(cells[first:], fits[first:], strict=True) if ok]
    full = sum(bool(line.strip()) for line in lines[first:])
    return (first, rows) if len(rows) >= 0.5 * full else (0, [])


def _is_row(cells: list[str], decimal: str) -> bool:
    numbers = [c for c in cells if is_number(c, decimal)]
    known = len(numbers)
    if known < len(cells):
        known += sum(looks_like_time(c) or looks_like_date(c) for c in cells if not is_number(c, decimal))
    real = sum(c.strip().lower() not in _EMPTY for c in numbers)
    return real >= 1 and known >= max(1, len(cells) - 2) and known >= 0.6 * len(cells)


def _score(rows: list[list[str]]) -> int:
    return len(rows) * (len(rows[0]) + 1)


def _header(
    lines: list[str], delimiter: str, width: int, *, is_last_empty: bool
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Names, and a row of units between names and numbers where there is one.

    Where names occur twice (x, y, z, x, y, z), those of the sensors that stand above them come first.
    """
    candidates: list[list[str]] = []
    for line in reversed(lines):
        if not line.strip():
            continue
        cells = split(line.lstrip("%#/ \t\ufeff") if line.lstrip().startswith(("%", "#", "//")) else line, delimiter)
        if width < len(cells) <= width + 2:
            # A stray delimiter at the end, or names of columns that the rows leave out.
            cells = cells[:width]
        if len(cells) == width - 1:
            # The name that is missing is that of an index, or of nothing, after a stray delimiter.
            cells = ["", *cells] if cells[0] and not is_last_empty else [*cells, ""]
        if cells and (looks_like_date(cells[0]) or looks_like_time(cells[0]) or (cells[0] and is_number(cells[0]))):
            continue
        if len(cells) != width or not any(c and not is_number(c) for c in cells):
            break
        candidates.append([c.strip().strip('"').strip("\ufeff") for c in cells])
        if len(candidates) == 3:
            break
    if not candidates:
        return None, None
    spelled = sum(unit_named(c) is not None for c in candidates[0])
    filled = sum(bool(c) for c in candidates[0])
    units = tuple(candidates.pop(0)) if len(candidates) > 1 and spelled >= 0.3 * filled and spelled >= 2 else None
    names = candidates[0]
    if len(candidates) > 1 and len(set(names)) < len(names):
        # A name stands over the first of its columns alone.
        above = accumulate(candidates[1], _or_last)
        names = [f"{sensor} {name}".strip() for sensor, name in zip(above, names, strict=True)]
    return tuple(names), units


def _or_last(last: str, cell: str) -> str:
    return cell or last


def _refuse(path: Path, lines: list[str]) -> None:
    filled = [line for line in lines if line.strip()]
    if sum(is_number(line) for line in filled) > 0.8 * len(filled):
        raise RecordingError(
            path.name, "it holds a single column of numbers", "bring the file with the three axes of the accelerometer"
        )
    wide = [line for line in lines if any(d in line for d in ",;\t|")]
    if wide and len([line for line in lines if line.strip()]) <= 2:
        raise RecordingError(path.name, "it has a header but no rows of numbers", "check that the export was finished")
    raise RecordingError(
        path.name,
        "it is text without a table of numbers",
        "bring the file with the samples, as CSV or the device's own",
    )
