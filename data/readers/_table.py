"""What every table of samples has in common: the plan of its columns, and the way from rows to a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.errors import printable
from data.recording import Placement, Samples, Side

Numbers = Mapping[str, NDArray[np.float64]]
MOST_NAMED = 4
"""Names of columns that are not read, told in one sentence."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of a table: numeric columns as float64 (NaN where empty), text columns as strings."""

    rows: int
    numbers: Numbers
    texts: Mapping[str, list[str | None]]


Terms = tuple[tuple[str, float], ...]
"""A channel as a sum of columns times factors."""


class UntidyTableError(Exception):
    """A table turned out to hold words between its numbers: read it once more, the source now knows."""


class TableSource(Protocol):
    """A file that can be read as blocks of rows, as often as needed.

    ``notes`` gains a sentence for whatever the last pass had to leave out.
    """

    notes: list[str]

    def samples(self, channels: Sequence[Terms]) -> Samples | None:
        """The channels as samples read from the file when asked for; None where a file cannot be read so."""

    def blocks(self, numbers: Sequence[str], texts: Sequence[str]) -> Iterator[Block]:
        """The rows in order, only the columns asked for."""


@dataclass(frozen=True, slots=True)
class Site:
    """One sensor site of a table.

    Parameters
    ----------
    channels
        Canonical channel name and the columns it is made of.
    acc_unit, gyro_unit
        Canonical spelling (:mod:`data.units`); None: to be told from the signal.
    acc_scale, gyro_scale
        Factor into that unit.
    where
        Column and value that a row must have to belong to this site.
    """

    placement: Placement
    side: Side
    channels: tuple[tuple[str, Terms], ...]
    acc_unit: str | None = None
    gyro_unit: str | None = None
    acc_scale: float = 1.0
    gyro_scale: float = 1.0
    name: str | None = None
    where: tuple[tuple[str, float], ...] = ()

    @property
    def columns(self) -> set[str]:
        """Every column the site needs."""
        return {c for _, terms in self.channels for c, _ in terms} | {c for c, _ in self.where}


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """Where a row's time comes from.

    Parameters
    ----------
    unit
        ``s``, ``ms``, ``µs``, ``ns``; ``samples`` (a counter at ``rate_hz``); ``rows`` (no
        column at all: rows follow at ``rate_hz``); ``text``.
    column
        None for ``rows``.
    date_column
        Where the date stands apart from the time of day.
    is_absolute
        Whether numbers count from 1970 UTC.
    parse
        For text: strings into ``(microseconds float64, NaN where unreadable)``.
    has_zone
        For text: whether the stamps say their offset from UTC.
    start_us
        Instant (or wall clock, as microseconds) of the first row, where the file tells it apart from the rows.
    start_is_utc
        Whether ``start_us`` is an instant and not a wall clock.
    is_wall
        Whether absolute numbers are a wall clock and not UTC.
    starts
        Where the file tells when numbers that count on through pauses were started: the number and the instant, µs.
    """

    unit: str
    column: str | None = None
    date_column: str | None = None
    rate_hz: float | None = None
    is_absolute: bool = False
    parse: Callable[[list[str | None]], NDArray[np.float64]] | None = None
    has_zone: bool = False
    start_us: int | None = None
    start_is_utc: bool = False
    is_wall: bool = False
    starts: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """A word for the rows where ``holds`` is true; of text columns, the column's own words."""

    label: str
    columns: tuple[str, ...]
    holds: Callable[[Numbers], NDArray[np.bool_]] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a table mean.

    Parameters
    ----------
    nominal_hz
        Rate the device or the file states; None: taken from the stamps.
    """

    sites: tuple[Site, ...]
    time: TimeColumn
    device: str
    markers: tuple[Marker, ...] = ()
    nominal_hz: float | None = None
    assumptions: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> set[str]:
        """Every column that is read."""
        of_time = {c for c in (self.time.column, self.time.date_column) if c is not None}
        return of_time.union(*(s.columns for s in self.sites), *(m.columns for m in self.markers))


def saying_what_is_not_read(layout: Layout, titles: Mapping[str, str]) -> Layout:
    """The layout with the names of columns that it passes over among its assumptions, a few of them.

    Parameters
    ----------
    titles
        Name of each column by key, in order; where only some have one, the others are an index.
    """
    is_named = any(titles.values())
    left = [
        repr(printable(title[:40])) if title else f"column {number}"
        for number, (key, title) in enumerate(titles.items(), 1)
        if key not in layout.columns and (title or not is_named)
    ]
    if not left:
        return layout
    named, more = ", ".join(left[:MOST_NAMED]), len(left) - MOST_NAMED
    rest = "" if more <= 0 else " and 1 more column" if more == 1 else f" and {more} more columns"
    return replace(layout, assumptions=(*layout.assumptions, f"Not read: {named}{rest}."))
