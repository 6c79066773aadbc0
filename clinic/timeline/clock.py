"""The patient's wall clock: the only module that turns instants into local times and back.

Instants are whole microseconds UTC (or since the first sample, for a file without a date).
A local day has 23, 24 or 25 hours; its *pieces* say which hour of the clock each stretch shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.errors import MotionwardError
from data.intervals import Interval
from data.recording import Clock

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
NO_DATE = "this file has no date"
"""Said wherever a relative recording's times are shown."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a local day without a change of the clock.

    ``wall_us`` is the time of day shown at ``interval.start``, microseconds after midnight.
    """

    interval: Interval
    wall_us: int


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One day of the patient's clock.

    Parameters
    ----------
    short, title
        ``Mon 2`` and ``Monday 2 March 2026``; ``day 1`` and ``Day 1`` without a date.
    interval
        From midnight to midnight, 23 to 25 hours of it.
    pieces
        One, or two when the clock was put forward or back in it.
    note
        What happened to the clock that day, for people; empty on ordinary days.
    """

    short: str
    title: str
    iso: str
    interval: Interval
    pieces: tuple[Piece, ...]
    note: str = ""

    def wall_us(self, at_us: int) -> int:
        """Microseconds after midnight that the clock showed at an instant of this day."""
        piece = next((p for p in reversed(self.pieces) if p.interval.start <= at_us), self.pieces[0])
        return piece.wall_us + at_us - piece.interval.start

    def between(self, from_hour: int, to_hour: int) -> list[Interval]:
        """The instants at which its clock showed ``[from_hour, to_hour)``."""
        spans = []
        for p in self.pieces:
            start = max(p.interval.start, p.interval.start + from_hour * HOUR_US - p.wall_us)
            end = min(p.interval.end, p.interval.start + to_hour * HOUR_US - p.wall_us)
            if start < end:
                spans.append(Interval(start, end))
        return spans


@dataclass(frozen=True, slots=True)
class WallClock:
    """The clock that one patient's times are shown on.

    Parameters
    ----------
    zone
        IANA name; None for a recording without a date, whose times are shown as h:mm:ss.
    origin_us
        Instant shown as 0:00:00 when there is no zone.

    Raises
    ------
    MotionwardError
        If the zone is not known.
    """

    zone: str | None
    origin_us: int = 0

    def __post_init__(self) -> None:
        if self.zone is not None:
            _zone(self.zone)

    @property
    def has_date(self) -> bool:
        """Whether the times have a date at all."""
        return self.zone is not None

    def local(self, at_us: int) -> datetime:
        """The instant as an aware local time; UTC since the origin when there is no zone."""
        if self.zone is None:
            return _EPOCH + timedelta(microseconds=at_us - self.origin_us)
        return (_EPOCH + timedelta(microseconds=at_us)).astimezone(_zone(self.zone))

    def offset_us(self, at_us: int) -> int:
        """Microseconds to add to an instant to read the clock's face."""
        offset = self.local(at_us).utcoffset()
        return -self.origin_us if self.zone is None or offset is None else offset // timedelta(microseconds=1)

    def offsets(self, span: Interval) -> tuple[tuple[int, int], ...]:
        """``(from_us, offset_us)`` of each stretch of one offset, the first at the span's start."""
        table = [(span.start, self.offset_us(span.start))]
        step = 6 * HOUR_US  # no zone has changed twice within six hours
        for at in range(span.start, span.end, step) if self.zone else ():
            end = min(at + step, span.end)
            if self.offset_us(end) != table[-1][1]:
                table.append((self._change(at, end), self.offset_us(end)))
        return tuple(table)

    def _change(self, low: int, high: int) -> int:
        """First instant in ``(low, high]`` with the offset of ``high``, to the second."""
        new = self.offset_us(high)
        while high - low > SECOND_US:
            middle = (low + high) // (2 * SECOND_US) * SECOND_US
            if middle <= low:
                break
            low, high = (low, middle) if self.offset_us(middle) == new else (middle, high)
        return high

    def midnight(self, day: date) -> int:
        """Instant at which a local day begins (the first one, where midnight comes twice)."""
        start = datetime(day.year, day.month, day.day, tzinfo=_zone(self.zone or "UTC"))
        return (start.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)

    def days(self, span: Interval) -> tuple[LocalDay, ...]:
        """The local days that a span touches, in order; an empty span touches none."""
        if span.duration == 0:
            return ()
        if self.zone is None:
            first, last = (span.start - self.origin_us) // DAY_US, (span.end - 1 - self.origin_us) // DAY_US
            return tuple(self._relative_day(k) for k in range(first, last + 1))
        first_day, last_day = self.local(span.start).date(), self.local(span.end - 1).date()
        count = (last_day - first_day).days + 1
        return tuple(self._day(first_day + timedelta(days=k)) for k in range(count))

    def _relative_day(self, k: int) -> LocalDay:
        start = self.origin_us + k * DAY_US
        span = Interval(start, start + DAY_US)
        return LocalDay(f"day {k + 1}", f"Day {k + 1}", f"day-{k + 1}", span, (Piece(span, 0),))

    def _day(self, day: date) -> LocalDay:
        span = Interval(self.midnight(day), self.midnight(day + timedelta(days=1)))
        table = self.offsets(span)
        ends = [at for at, _ in table[1:]] + [span.end]
        midnight_us = (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
        pieces = tuple(
            Piece(Interval(at, end), at + offset - midnight_us)
            for (at, offset), end in zip(table, ends, strict=True)
            if end > at
        )
        return LocalDay(
            f"{day:%a} {day.day}", f"{day:%A} {day.day} {day:%B %Y}", day.isoformat(), span, pieces, _note(pieces)
        )

    def time(self, at_us: int, *, seconds: bool = True, decimals: int = 0) -> str:
        """Time of day, ``07:15:02``, or ``0:12:05`` since the start of a file without a date.

        In the hour that the clock shows twice the zone's abbreviation follows.
        """
        if self.zone is None and at_us < self.origin_us:  # a window may begin before the recording does
            least = 10 ** (6 - decimals)
            early = -((at_us - self.origin_us) // least) * least
            return f"−{self.time(self.origin_us + early, seconds=seconds, decimals=decimals)}"
        at = self.local(at_us)
        tail = f":{at.second:02d}" if seconds else ""
        if decimals:
            tail += f".{at.microsecond // 10 ** (6 - decimals):0{decimals}d}"
        if self.zone is None:
            hours = (at_us - self.origin_us) // HOUR_US
            return f"{hours}:{at.minute:02d}{tail}"
        other = at.replace(fold=1 - at.fold)
        # An hour that was skipped never comes out of an instant, so two offsets mean: shown twice.
        twice = f" {at.tzname()}" if other.utcoffset() != at.utcoffset() else ""
        return f"{at.hour:02d}:{at.minute:02d}{tail}{twice}"

    def day(self, at_us: int) -> str:
        """Short day, ``Mon 2 Mar``, or ``day 1``."""
        if self.zone is None:
            return f"day {(at_us - self.origin_us) // DAY_US + 1}"
        at = self.local(at_us)
        return f"{at:%a} {at.day} {at:%b}"

    def moment(self, at_us: int) -> str:
        """Day and time to the minute, ``9 March 2026, 08:12``."""
        if self.zone is None:
            return self.time(at_us)
        at = self.local(at_us)
        return f"{at.day} {at:%B %Y}, {self.time(at_us, seconds=False)}"

    def span(self, span: Interval) -> str:
        """The days of a span in words: ``Mon 2 – Sun 8 March 2026``; the length without a date."""
        if self.zone is None:
            return f"{length(span.duration)}, {NO_DATE}"
        first, last = self.local(span.start), self.local(max(span.start, span.end - 1))
        if first.date() == last.date():
            return f"{first:%A} {first.day} {first:%B %Y}"
        month = "" if (first.year, first.month) == (last.year, last.month) else f" {first:%B}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"{first:%a} {first.day}{month}{year} – {last:%a} {last.day} {last:%B %Y}"

    def instant(self, day: date, hour: int, minute: int) -> int:
        """The instant of a wall-clock time; the first one where the clock shows it twice.

        Raises
        ------
        MotionwardError
            If the clock skipped that time, or there is no date.
        """
        if self.zone is None:
            raise MotionwardError(f"A time of day cannot be placed here: {NO_DATE}.")
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=_zone(self.zone))
        at_us = (local.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
        if (self.local(at_us).hour, self.local(at_us).minute) != (hour, minute):
            raise MotionwardError(
                f"{hour:02d}:{minute:02d} on {day.isoformat()} never was in {self.zone}: the clock was put forward."
            )
        return at_us


def clock_for(clock: str, zone: str | None, start_us: int) -> WallClock:
    """The clock of a recording: its zone when it has a date, else time since its first sample."""
    return WallClock(zone or "UTC") if clock == Clock.ABSOLUTE.value else WallClock(None, start_us)


def decimal_hours(duration_us: int) -> str:
    """A number of hours for a column of them: one decimal, two below an hour; what there is is never printed as none.

    >>> decimal_hours(0), decimal_hours(15_000_000), decimal_hours(HOUR_US // 2), decimal_hours(HOUR_US)
    ('–', '<0.01', '0.50', '1.0')
    """
    if not duration_us:
        return "–"
    hours = duration_us / HOUR_US
    return "<0.01" if hours < 0.005 else f"{hours:.{1 if duration_us >= HOUR_US else 2}f}"


def length(duration_us: int) -> str:
    """A duration in words: ``95 h 3 min``, ``11 min``, ``8.5 s``."""
    if duration_us < MINUTE_US:
        return f"{duration_us / SECOND_US:.1f} s"
    minutes = round(duration_us / MINUTE_US)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def _note(pieces: tuple[Piece, ...]) -> str:
    for before, after in pairwise(pieces):
        shown = before.wall_us + before.interval.duration
        change = after.wall_us - shown
        way = "forward" if change > 0 else "back"
        return f"the clock went {way} from {_face(shown)} to {_face(after.wall_us)}"
    return ""


def _face(wall_us: int) -> str:
    return f"{wall_us // HOUR_US:02d}:{wall_us % HOUR_US // MINUTE_US:02d}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MotionwardError(f"Time zone {name!r} is not known: give an IANA name such as Europe/Berlin.") from error
