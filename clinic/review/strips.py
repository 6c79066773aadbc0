"""The way through a long recording: where it opens, and all of it and the open day as strips under the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.review.marking import flag_ahead
from clinic.store.rows import EpisodeRow, SpanRow
from clinic.timeline.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US, WallClock
from clinic.timeline.window import around
from data.intervals import Interval

MOST_TICKS = 8
ONE_STRIP_US = 26 * HOUR_US
"""A recording that lasts no longer is its own day."""
_STEPS_US = tuple(
    [s * SECOND_US for s in (1, 2, 5, 10, 15, 30)]
    + [m * MINUTE_US for m in (1, 2, 5, 10, 15, 30)]
    + [h * HOUR_US for h in (1, 2, 3, 6, 12)]
)


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of time at a glance.

    Parameters
    ----------
    name
        What it is, in a word.
    ticks
        Instants with the words under them.
    """

    name: str
    interval: Interval
    ticks: tuple[tuple[int, str], ...]


def strips(limits: Interval, window: Interval, clock: WallClock) -> tuple[Strip, ...]:
    """All of a stream, and under it the local day in which the middle of a window lies, where it lasts for days.

    Parameters
    ----------
    limits
        From the stream's first sample to its last.
    """
    if limits.duration <= ONE_STRIP_US:
        return (Strip("all", limits, _hours(limits, clock)),)
    days = clock.days(limits)
    middle = (window.start + window.end) // 2
    day = next((d for d in days if d.interval.start <= middle < d.interval.end), days[-1])
    inside = Interval(max(limits.start, day.interval.start), min(limits.end, day.interval.end))
    every = -(-len(days) // MOST_TICKS)
    begins = days_named(limits, clock)[::every]
    return Strip("all", limits, begins), Strip(day.short, inside, _hours(inside, clock))


def days_named(limits: Interval, clock: WallClock) -> tuple[tuple[int, str], ...]:
    """First instant and short name of each day of a recording; empty where it is its own day."""
    if limits.duration <= ONE_STRIP_US:
        return ()
    return tuple((max(limits.start, d.interval.start), d.short) for d in clock.days(limits))


def opening(spans: Sequence[SpanRow], flags: Sequence[EpisodeRow], limits: Interval, length_us: int) -> Interval:
    """The window in which a stream opens: its first flag that waits for an answer, else where it is first judged.

    Where nothing is judged it opens where it was first worn, and where it never was, at its first sample.

    Parameters
    ----------
    spans
        Of the stream, whatever they say.
    flags
        In order of time; none for who marks blind, to whom the place alone would tell what the detector says.
    limits
        From the stream's first sample to its last.
    length_us
        Of the window; a long flag makes it longer.
    """
    waiting = flag_ahead(flags, limits.start)
    if waiting is not None:
        window = around(waiting.interval, length_us)
    else:
        looked = [s.interval.start for s in spans if s.kind in ("flagged", "clear")]
        worn = [s.interval.start for s in spans if s.kind == "worn"]
        start = min(*(looked or worn or [limits.start]), limits.end - length_us)
        window = Interval(start, start + length_us)
    return Interval(max(limits.start, window.start), min(limits.end, window.end))


def _hours(span: Interval, clock: WallClock) -> tuple[tuple[int, str], ...]:
    step = next((s for s in _STEPS_US if span.duration <= MOST_TICKS * s), DAY_US)
    offset = clock.offset_us(span.start)
    first = -(-(span.start + offset) // step) * step - offset
    seconds = step < MINUTE_US
    return tuple((at, clock.time(at, seconds=seconds)) for at in range(first, span.end, step))
