"""When a phyphox export began: its tables count from the start, and ``meta/time.csv`` says when that was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from data.errors import RecordingError
from data.readers._dialect import Dialect, split, to_number
from data.readers._table import Layout

_TAIL = 4096
"""Bytes at the end of a table in which its last row lies."""
_LATE_S = 1.0
"""How far samples may lie beyond the last pause."""


def dated(layout: Layout, path: Path, dialect: Dialect) -> Layout:
    """The layout of a table, with the instants at which it was started and paused where its export says them.

    A note of times that end before the table does belongs to another recording: it is left, and that is said.
    """
    time = layout.time
    noted = path.parent / "meta" / "time.csv"
    if time.unit != "s" or time.is_absolute or time.column is None or not noted.is_file():
        return layout
    events = _events(noted)
    if not events or events[0][0] != "START":
        return layout
    last = _last_row(path, dialect)[int(time.column.removeprefix("c"))]
    if events[-1][0] == "PAUSE" and last > events[-1][1] + _LATE_S:
        said = "The times in meta/time.csv end before this table does: they are of another recording, and were left."
        return replace(layout, assumptions=(*layout.assumptions, said))
    starts = tuple((at * 1e6, instant * 1e6) for event, at, instant in events if event == "START")
    said = "When it began, and went on after pauses, is told by meta/time.csv beside it."
    return replace(layout, time=replace(time, starts=starts, is_absolute=True), assumptions=(*layout.assumptions, said))


def _events(noted: Path) -> list[tuple[str, float, float]]:
    """Event, seconds of the experiment, and seconds since 1970, in order; empty where the table is of another kind."""
    try:
        with noted.open(encoding="utf-8", errors="replace") as stream:
            lines = stream.read(1 << 16).splitlines()
    except OSError as error:
        raise RecordingError(str(noted), f"reading failed ({error.strerror})", "check the file") from error
    delimiter = next((d for d in (";", "\t", ",") if lines and d in lines[0]), ";")
    if not lines or [c.lower() for c in split(lines[0], delimiter)[:3]] != ["event", "experiment time", "system time"]:
        return []
    found = []
    for line in lines[1:]:
        cells = split(line, delimiter)
        if len(cells) >= 3:
            at, instant = (to_number(c, "," if "," in c else ".") for c in cells[1:3])
            found.append((cells[0], at, instant))
    return found if all(at >= 0 and instant > 3e8 for _, at, instant in found) else []


def _last_row(path: Path, dialect: Dialect) -> list[float]:
    """The numbers of the last row."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL))
        lines = stream.read().decode("latin-1").splitlines()
    rows = [split(line, dialect.delimiter) for line in lines if line.strip()]
    full = [r for r in rows[1:] or rows if len(r) == dialect.width]
    return [to_number(c, dialect.decimal) for c in full[-1]] if full else [float("nan")] * dialect.width
