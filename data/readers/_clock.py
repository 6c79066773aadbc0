"""What the time column of a table means, and which clock the recording has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import _stamps
from data.readers._table import Block, TimeColumn
from data.recording import Clock, Stream
from data.units import TIME
from data.wall_clock import apart_said, changes_said, instant_of, offset_us, ran_on, utc_said

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRAP_US = float(1 << 32)
_DAY_US = 86_400e6
_FULL = 0.99
"""Share of its range that a packet counter goes back when it starts anew; by less, another recording began."""
_HALF_HOUR_US = 1_700e6
_LONGEST_US = 400 * 86_400_000_000
"""Of a span longer than any recording, stamps are wrong, and no changes of clocks are looked for in it."""
_FIRST_DAYS = (date(1980, 1, 1), date(2010, 1, 1))
"""Further days that devices' clocks begin with when their battery was empty; nobody is recorded on them for long."""
_YEAR_US = 365 * 86_400 * 1_000_000
_EARLIEST_US, _LATEST_US = -1_900 * _YEAR_US, 7_000 * _YEAR_US
"""Times that no calendar here reaches: a file that has such counts in another unit than is taken."""
_AT_A_CHANGE_US = 2e6
"""How exactly a step of the stamps has to be that of the change; the samples about it lie as close."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The clock of a recording and what has to be added to its stamps.

    ``runs_on`` is True of a wall clock that did not follow its zone's changes while it recorded.
    """

    clock: Clock
    zone: str | None
    shift_us: int
    assumptions: tuple[str, ...]
    runs_on: bool = False

    def through(self, streams: Sequence[Stream]) -> list[str]:
        """What was assumed of changes of the zone's clocks while it recorded; ``streams`` are on this clock."""
        start, end = min(s.interval.start for s in streams), max(s.interval.end for s in streams)
        if not self.runs_on or self.zone is None or end - start > _LONGEST_US:
            return []
        return changes_said(start, end, ZoneInfo(self.zone))


class _Followed:
    """The changes to and from daylight-saving time that a wall clock followed while it recorded."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._added = 0.0
        self.said: list[str] = []

    def undone(self, wall: NDArray[np.float64], zone: ZoneInfo) -> NDArray[np.float64]:
        """The stamps with every such change taken back; block after block."""
        good = np.flatnonzero(np.isfinite(wall))
        if not len(good):
            return wall
        kept = wall[good]
        steps = np.diff(kept, prepend=kept[0] if self._last is None else self._last)
        moved = np.zeros(len(kept))
        # Only a step of half an hour or more can be such a change: a handful in a file, if any.
        for at in np.flatnonzero(np.abs(steps) > _HALF_HOUR_US):
            before, after = int(kept[at] - steps[at]), int(kept[at])
            change = offset_us(after, zone, fold=1) - offset_us(before, zone)
            if change and abs(steps[at] - change) < _AT_A_CHANGE_US:
                moved[at] = -change
                self.said.append(
                    f"The clock was put {'forward' if change > 0 else 'back'} by {abs(change) / 3.6e9:g} h at "
                    f"{_EPOCH + timedelta(microseconds=before):%Y-%m-%d %H:%M}, as in {zone.key}: allowed for, no gap."
                )
        out = wall.copy()
        out[good] = kept + np.cumsum(moved) + self._added
        self._last, self._added = float(kept[-1]), self._added + float(moved.sum())
        return out


class Clockwork:
    """Turns the time column of block after block into microseconds."""

    def __init__(self, time: TimeColumn, source: str, zone: str | None = None) -> None:
        self._time = time
        self._zone = zone
        self._followed = _Followed()
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
            t_us = self._unwrapped(self._time.parse(cells), _DAY_US)
            return self._even(t_us) if self._time.is_absolute and not self._time.has_zone else t_us
        raw = block.numbers[time.column]
        if time.unit == "samples":
            assert time.rate_hz is not None
            # A packet counter of Xsens has 16 bits: at 100 Hz it starts anew every eleven minutes.
            return self._unwrapped(raw * (1e6 / time.rate_hz), 65_536e6 / time.rate_hz, _FULL)
        t_us = raw * TIME[time.unit]
        if time.starts:
            counted, instants = np.array(time.starts).T
            latest = np.clip(np.searchsorted(counted, t_us, side="right") - 1, 0, None)
            started: NDArray[np.float64] = t_us - counted[latest] + instants[latest]
            return started
        if time.is_absolute:
            return self._even(t_us) if time.is_wall else t_us
        return self._unwrapped(t_us, _WRAP_US)

    def settle(self, first_us: int, zone: str | None) -> Settled:
        """The clock of a recording whose first stamp is ``first_us``."""
        found = self._settle(first_us, zone)
        followed = self._followed.said
        return replace(found, assumptions=(*found.assumptions, *followed), runs_on=found.runs_on and not followed)

    def _settle(self, first_us: int, zone: str | None) -> Settled:
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

    def _even(self, wall: NDArray[np.float64]) -> NDArray[np.float64]:
        """Stamps of a wall clock that was put forward or back with its zone, as if it had run on evenly."""
        try:
            zone = ZoneInfo(self._zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return wall  # said where the clock is settled
        return self._followed.undone(wall, zone)

    def _unwrapped(self, t_us: NDArray[np.float64], period: float, least: float = 0.9) -> NDArray[np.float64]:
        """Undo a counter that starts anew: of packets or microseconds, or midnight in stamps without a date."""
        time = self._time
        if time.is_absolute or (period == _WRAP_US and time.unit != "µs"):
            return t_us
        good = np.flatnonzero(np.isfinite(t_us))
        if not len(good):
            return t_us
        kept = t_us[good]
        before = np.concatenate([[self._last], kept[:-1]])
        # What counts higher than that never starts anew there: elapsed hours, or another recording behind the first.
        anew = (kept - before < -least * period) & (before <= period)
        wraps = np.cumsum(np.where(anew, period, 0.0)) + self._added
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


def zone_named(zones: Collection[str], said: list[str]) -> str | None:
    """The zone that a file with certain times names; None where it names none, several, or one that nobody knows.

    ``said`` gains the latter: it decides how times are shown, never what they are.
    """
    name = next(iter(zones)) if len(zones) == 1 else None
    if name is None:
        return None
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        said.append(f"The zone that the file names, {name[:40]!r}, is not known and was left: --zone says another.")
        return None


def started(
    start_us: int,
    zone: str | None,
    *,
    is_utc: bool | None,
    source: str,
    set_up_us: int | None = None,
    ahead_us: int | None = None,
) -> Settled:
    """The clock of stamps that begin at ``start_us``: UTC, a wall clock of ``zone``, or None for one without a date.

    ``set_up_us`` and ``ahead_us`` are as :func:`settled` takes them.

    Raises
    ------
    RecordingError
        When the zone is unknown.
    """
    if is_utc is None:
        return Settled(Clock.RELATIVE, None, -start_us, ("The file has no date: times count from the first sample.",))
    return settled(start_us, -start_us, zone, is_utc=is_utc, source=source, set_up_us=set_up_us, ahead_us=ahead_us)


def settled(
    start_us: int,
    shift_us: int,
    zone: str | None,
    *,
    is_utc: bool,
    source: str,
    set_up_us: int | None = None,
    ahead_us: int | None = None,
) -> Settled:
    """The clock of a recording that began at ``start_us``, a UTC instant or the patient's wall clock.

    Parameters
    ----------
    shift_us
        What makes the first stamp zero.
    zone
        IANA name, or None when nobody said one.
    set_up_us
        When the device's wall clock was set, as it shows it, where the file tells.
    ahead_us
        How far the device's clock was ahead of UTC, where the file tells and ``start_us`` is UTC by it.

    Raises
    ------
    RecordingError
        When the zone is unknown, or the times are further off than any calendar reaches.
    """
    if not _EARLIEST_US < start_us < _LATEST_US:
        raise RecordingError(
            source,
            f"its times begin {start_us / _YEAR_US:+,.0f} years from 1970, which is no date",
            "check in which unit it counts them, and copy or export it again",
        )
    name = zone or "UTC"
    try:
        tz = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise RecordingError(
            source, f"there is no time zone named {name!r}", "give an IANA name such as Europe/Berlin"
        ) from error
    wall = _EPOCH + timedelta(microseconds=start_us)
    if wall.year <= 1971 or (wall.year == 2000 and wall.month == 1) or wall.date() in _FIRST_DAYS:
        said = f"The device's clock was never set (it says {wall:%Y-%m-%d}): times count from the first sample."
        return Settled(Clock.UNSET, None, shift_us, (said,))
    notes: list[str] = []
    if is_utc:
        instant = start_us
        if zone is None:
            told = "" if ahead_us is None else f" (the device was set up at {utc_said(ahead_us)})"
            notes.append(f"The times are absolute{told}, but the file names no time zone: shown in UTC.")
        elif ahead_us is not None and (apart := apart_said(ahead_us, instant, tz)):
            notes.append(apart)
    else:
        instant, odd = instant_of(start_us, tz) if set_up_us is None else ran_on(start_us, set_up_us, tz)
        notes.append(
            f"The times are a wall clock without a zone: taken as {name}"
            + ("." if zone else " because none was given.")
        )
        notes += [odd] if odd else []
    return Settled(Clock.ABSOLUTE, name, shift_us + instant, tuple(notes), runs_on=not is_utc)
