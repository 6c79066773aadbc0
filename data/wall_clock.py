"""A wall clock and the instants it shows: hours that occur twice or never, and clocks that are put forward or back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.intervals import Interval

_TAKEN = re.compile(
    r"(?:a wall clock without a zone: taken as|The start was given by hand: [\d-]+ [\d:]+ in) ([\w/+-]+)"
)
APART = "By its header the device was set up at "
_SET_UP_AT = re.compile(r"the device was set up at UTC([+-])(\d\d):(\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_HALF_HOUR = 1_800_000_000


def wall_us(text: str) -> tuple[int, bool]:
    """A date and time as microseconds since 1970, and whether it says its offset from UTC; else it is a wall clock.

    Raises
    ------
    ValueError
        When it is not written like ``2026-03-02 08:00``.

    >>> wall_us("1970-01-01 00:01"), wall_us("1970-01-01T01:01+01:00")
    ((60000000, False), (60000000, True))
    """
    when = datetime.fromisoformat(text.strip())
    is_utc = when.tzinfo is not None
    return round(((when if is_utc else when.replace(tzinfo=UTC)) - _EPOCH) / _US), is_utc


def zones_taken(assumptions: Iterable[str]) -> set[str]:
    """The zones as whose wall clock a recording's times were taken, by what was assumed; none where it has instants.

    >>> zones_taken(["a.csv: The times are a wall clock without a zone: taken as Europe/Berlin."])
    {'Europe/Berlin'}
    """
    return {found[1] for text in assumptions for found in _TAKEN.finditer(text)}


def utc_said(ahead_us: int) -> str:
    """A clock's distance from UTC, as ``UTC-06:00``.

    >>> utc_said(-6 * 3_600_000_000), utc_said(19_800_000_000)
    ('UTC-06:00', 'UTC+05:30')
    """
    minutes = abs(ahead_us) // 60_000_000
    return f"UTC{'-' if ahead_us < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


def set_up_at(assumptions: Iterable[str]) -> int | None:
    """How far a device's clock was ahead of UTC (µs), by what was assumed of a recording whose file says it.

    >>> set_up_at(["The times are absolute (the device was set up at UTC-06:00), but the file names no time zone."])
    -21600000000
    """
    for found in (m for text in assumptions if (m := _SET_UP_AT.search(text))):
        ahead = (int(found[2]) * 60 + int(found[3])) * 60_000_000
        return -ahead if found[1] == "-" else ahead
    return None


def apart_said(ahead_us: int, instant: int, zone: ZoneInfo) -> str:
    """What has to be said where a device's clock showed another time at an instant (µs UTC) than the zone's clocks did.

    The file's instants are certain; what its maker exports as a mere wall clock is then taken for other instants.
    """
    when = (_EPOCH + instant * _US).astimezone(zone)
    here = round((when.utcoffset() or timedelta(0)) / _US)
    if here == ahead_us:
        return ""
    year = (datetime(when.year, month, 1, tzinfo=zone).utcoffset() for month in (1, 7))
    hours = f"{abs(here - ahead_us) / 3.6e9:g} h"
    if ahead_us * _US in year:
        why = f"as clocks of {zone.key} are at another time of the year"
        remedy = f"its CSV with a wall clock alone, such as ActiLife's, would lie {hours} {{}}"
    else:
        why = f"and clocks of {zone.key} were at {utc_said(here)} then"
        remedy = (
            "if the patient lives where it was set up, give that zone: until then a CSV of it with a wall clock alone, "
            f"such as ActiLife's, would lie {hours} {{}}"
        )
    way = "earlier" if here > ahead_us else "later"
    return f"{APART}{utc_said(ahead_us)}, {why}; {remedy.format(way)}."


def offset_us(wall: int, zone: ZoneInfo, *, fold: int = 0) -> int:
    """What a wall clock of the zone is ahead of UTC when it shows ``wall`` (µs); ``fold`` 1: the second time round."""
    shown = (_EPOCH + wall * _US).replace(tzinfo=zone, fold=fold)
    return round((shown.utcoffset() or timedelta(0)) / _US)


def are_alike(one: str, other: str, span: Interval) -> bool:
    """Whether the clocks of two zones show the same time all through a span (µs UTC).

    >>> are_alike("Europe/Berlin", "Europe/Paris", Interval(0, 1)), are_alike("UTC", "Asia/Tokyo", Interval(0, 1))
    (True, False)
    """
    zones = ZoneInfo(one), ZoneInfo(other)
    # Clocks are put forward and back at full or half hours of UTC.
    for at in (span.start, *range(-(-span.start // _HALF_HOUR) * _HALF_HOUR, span.end, _HALF_HOUR)):
        now = _EPOCH + at * _US
        if now.astimezone(zones[0]).utcoffset() != now.astimezone(zones[1]).utcoffset():
            return False
    return True


def instant_of(wall: int, zone: ZoneInfo) -> tuple[int, str]:
    """The instant (µs UTC) at which a wall clock shows ``wall`` (µs), and what has to be said of it, if anything.

    An hour that occurs twice, when clocks are put back, is taken as the first; one that is left out, when they are
    put forward, is counted as if the clock had run on.
    """
    first, second = offset_us(wall, zone), offset_us(wall, zone, fold=1)
    instant = wall - first
    if first == second:
        return instant, ""
    shown = f"{_EPOCH + wall * _US:%Y-%m-%d %H:%M:%S}"
    hours = f"{abs(first - second) / 3.6e9:g} h"
    if first > second:
        said = (
            f"The start, {shown}, occurs twice in {zone.key}, where clocks were put back: taken as the first; "
            f"were it the second, every time would be {hours} later."
        )
    else:
        after = f"{_EPOCH + (instant + second) * _US:%H:%M:%S}"
        said = (
            f"The start, {shown}, does not exist in {zone.key}, where clocks were put forward: taken as {after}, "
            "as if the device's clock had not been."
        )
    return instant, said


def ran_on(wall: int, set_up: int, zone: ZoneInfo) -> tuple[int, str]:
    """The same for the clock of a device that was set at ``set_up`` (µs, its own clock) and has run on since.

    It keeps the offset from UTC that the zone had then, whatever the zone's clocks did in between.
    """
    ahead = offset_us(set_up, zone)
    instant = wall - ahead
    here = _EPOCH + instant * _US
    shown = here.astimezone(zone).replace(tzinfo=UTC)
    own = _EPOCH + wall * _US
    if shown == own:
        return instant, ""
    day = "" if shown.date() == own.date() else f"{shown:%Y-%m-%d} "
    return instant, (
        f"The start, {own:%Y-%m-%d %H:%M:%S} by the device, is taken as {day}{shown:%H:%M:%S}: the device was set up "
        f"at {_EPOCH + set_up * _US:%Y-%m-%d %H:%M}, clocks of {zone.key} changed after that, and its own ran on."
    )


def changes_said(start_us: int, end_us: int, zone: ZoneInfo) -> list[str]:
    """What has to be said of a clock that ran on from one instant (µs UTC) to another while its zone's were changed."""
    said = []
    for at in changes_between(start_us, end_us, zone):
        before = (_EPOCH + (at - 1_000_000) * _US).astimezone(zone)
        way = "forward" if (_offset_at(at, zone) or timedelta(0)) > (before.utcoffset() or timedelta(0)) else "back"
        said.append(
            f"Clocks of {zone.key} were put {way} at {before + timedelta(seconds=1):%Y-%m-%d %H:%M} while it recorded; "
            "the device's own clock is taken to have run on."
        )
    return said


def changes_between(start_us: int, end_us: int, zone: ZoneInfo) -> list[int]:
    """The instants (µs UTC) within ``[start_us, end_us)`` at which clocks of the zone are put forward or back."""
    found, step = [], round(timedelta(days=1) / _US)
    for a in range(start_us, end_us, step):
        low, high = a, min(a + step, end_us)
        if _offset_at(low, zone) == _offset_at(high, zone):
            continue
        while high - low > 1_000_000:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset_at(middle, zone) == _offset_at(low, zone) else (low, middle)
        found.append(high - high % 1_000_000)
    return found


def _offset_at(instant: int, zone: ZoneInfo) -> timedelta | None:
    return (_EPOCH + instant * _US).astimezone(zone).utcoffset()
