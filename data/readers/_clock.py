"""What the time column of a table means, and which clock the recording has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import _stamps
from data.readers._table import Block, TimeColumn
from data.recording import Clock
from data.units import TIME

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRAP_US = float(1 << 32)
_DAY_US = 86_400e6


@dataclass(frozen=True, slots=True)
class Settled:
    """The clock of a recording and what has to be added to its stamps."""

    clock: Clock
    zone: str | None
    shift_us: int
    assumptions: tuple[str, ...]


class Clockwork:
    """Turns the time column of block after block into microseconds."""

    def __init__(self, time: TimeColumn, source: str) -> None:
        self._time = time
        self._source = source
        self._rows = 0
        self._last = 0.0
        self._added = 0.0

    @property
    def numbers(self) -> set[str]:
        """Numeric columns needed."""
        return {self._time.column} if self._time.column and self._time.unit != "text" else set()

    @property
    def texts(self) -> set[str]:
        """Text columns needed."""
        columns = (self._time.column, self._time.date_column)
        return {c for c in columns if c} if self._time.unit == "text" else set()

    def stamps(self, block: Block) -> NDArray[np.float64]:
        """``(n,)`` microseconds; NaN where the row has no readable time."""
        time = self._time
        if time.unit == "rows":
            assert time.rate_hz is not None
            index = np.arange(self._rows, self._rows + block.rows, dtype=np.float64)
            self._rows += block.rows
            return index * (1e6 / time.rate_hz)
        assert time.column is not None
        if time.unit == "text":
            cells = block.texts[time.column]
            if time.date_column is not None:
                dates = block.texts[time.date_column]
                cells = [f"{d.strip()} {c.strip()}" if d and c else None for d, c in zip(dates, cells, strict=True)]
            if time.parse is None:
                self._time = _understood(time, cells, self._source)
            assert self._time.parse is not None
            return self._unwrapped(self._time.parse(cells), _DAY_US)
        raw = block.numbers[time.column]
        if time.unit == "samples":
            assert time.rate_hz is not None
            return raw * (1e6 / time.rate_hz)
        t_us = raw * TIME[time.unit]
        return t_us if time.is_absolute else self._unwrapped(t_us, _WRAP_US)

    def settle(self, first_us: int, zone: str | None) -> Settled:
        """The clock of a recording whose first stamp is ``first_us``."""
        time = self._time
        if time.start_us is not None:
            return self._started(time.start_us, -first_us, zone, is_utc=time.start_is_utc)
        if time.unit == "text" and time.is_absolute:
            return self._started(first_us, -first_us, zone, is_utc=time.has_zone)
        if time.is_absolute:
            return self._started(first_us, -first_us, zone, is_utc=not time.is_wall)
        return Settled(Clock.RELATIVE, None, -first_us, ())

    def _started(self, start_us: int, shift_us: int, zone: str | None, *, is_utc: bool) -> Settled:
        return settled(start_us, shift_us, zone, is_utc=is_utc, source=self._source)

    def _unwrapped(self, t_us: NDArray[np.float64], period: float) -> NDArray[np.float64]:
        """Undo a counter that starts anew: 32 bits of microseconds, or midnight in stamps without a date."""
        time = self._time
        if time.is_absolute or (period == _WRAP_US and time.unit != "µs"):
            return t_us
        good = np.flatnonzero(np.isfinite(t_us))
        if not len(good):
            return t_us
        kept = t_us[good]
        steps = np.diff(np.concatenate([[self._last], kept]))
        wraps = np.cumsum(np.where(steps < -0.9 * period, period, 0.0)) + self._added
        out = t_us.copy()
        out[good] = kept + wraps
        self._last, self._added = float(kept[-1]), float(wraps[-1])
        return out


def _understood(time: TimeColumn, cells: list[str | None], source: str) -> TimeColumn:
    """A column of stamps in words, of which a profile says no more, with how they are written."""
    filled = [c for c in cells if c and c.strip()]
    if not filled:
        raise RecordingError(source, "its time column is empty", "give another column in the profile")
    parse, dated, zoned = _stamps.text_format(filled[:500], "", source)
    return replace(time, parse=parse, is_absolute=dated, has_zone=zoned)


def started(start_us: int, zone: str | None, *, is_utc: bool | None, source: str) -> Settled:
    """The clock of stamps that begin at ``start_us``: UTC, a wall clock of ``zone``, or None for one without a date.

    Raises
    ------
    RecordingError
        When the zone is unknown.
    """
    if is_utc is None:
        return Settled(Clock.RELATIVE, None, -start_us, ("The file has no date: times count from the first sample.",))
    return settled(start_us, -start_us, zone, is_utc=is_utc, source=source)


def settled(start_us: int, shift_us: int, zone: str | None, *, is_utc: bool, source: str) -> Settled:
    """The clock of a recording that began at ``start_us``, a UTC instant or the patient's wall clock.

    Parameters
    ----------
    shift_us
        What makes the first stamp zero.
    zone
        IANA name, or None when nobody said one.

    Raises
    ------
    RecordingError
        When the zone is unknown.
    """
    name = zone or "UTC"
    try:
        tz = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RecordingError(
            source, f"there is no time zone named {name!r}", "give an IANA name such as Europe/Berlin"
        ) from error
    wall = _EPOCH + timedelta(microseconds=start_us)
    if wall.year <= 1971 or (wall.year == 2000 and wall.month == 1):
        said = f"The device's clock was never set (it says {wall:%Y-%m-%d}): times count from the first sample."
        return Settled(Clock.UNSET, None, shift_us, (said,))
    notes: list[str] = []
    if is_utc:
        instant = start_us
        if zone is None:
            notes.append("The times are absolute, but the file names no time zone: shown in UTC.")
    else:
        instant = round((wall.replace(tzinfo=tz) - _EPOCH) / timedelta(microseconds=1))
        notes.append(
            f"The times are a wall clock without a zone: taken as {name}"
            + ("." if zone else " because none was given.")
            + " The clock is taken to run on evenly through changes of daylight-saving time."
        )
    return Settled(Clock.ABSOLUTE, name, shift_us + instant, tuple(notes))
