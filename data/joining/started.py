"""The true start of a recording whose clock was never set, or set wrong, given by hand."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from data.intervals import Interval
from data.joining.words import shown
from data.recording import Clock, Recording
from data.wall_clock import instant_of, wall_us


def with_start(recording: Recording, text: str, zone: str) -> Recording:
    """The same recording with its first sample at a date and time that somebody gave by hand.

    Parameters
    ----------
    text
        Such as ``2026-03-02 08:00``: a wall clock of ``zone`` (IANA), unless it says its offset from UTC.

    Raises
    ------
    ValueError
        When the text is no date and time.
    """
    given, is_utc = wall_us(text)
    start, note = (given, "") if is_utc else instant_of(given, ZoneInfo(zone))
    shift = start - recording.interval.start
    streams = tuple(
        replace(s, segments=tuple(replace(g, start_us=g.start_us + shift) for g in s.segments))
        for s in recording.streams
    )
    marks = tuple(
        replace(a, interval=Interval(a.interval.start + shift, a.interval.end + shift)) for a in recording.annotations
    )
    was = f"; the file says {shown(recording.interval.start, ZoneInfo(zone))}" * (recording.clock is Clock.ABSOLUTE)
    said = [f"The start was given by hand: {shown(start, ZoneInfo(zone))} in {zone}{was}."] + [note] * bool(note)
    # What was said of the start that the file names is of no account any more.
    old = [a for a in recording.assumptions if not a.startswith("The start, ") and "from the first sample" not in a]
    return replace(
        recording, streams=streams, annotations=marks, clock=Clock.ABSOLUTE, zone=zone, assumptions=(*said, *old)
    )
