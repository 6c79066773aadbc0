"""How times and lengths are said where files are joined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def shown(us: int, zone: ZoneInfo) -> str:
    """An instant (µs UTC) as a wall clock of the zone shows it."""
    return f"{(_EPOCH + timedelta(microseconds=us)).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def long(us: int) -> str:
    """A length in words: ``0.5 s``, ``14 min``, ``2 h 3 min``, ``121 days 20 h``."""
    seconds = us / 1e6
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{minutes // 60} h {minutes % 60} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"
