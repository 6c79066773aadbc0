"""The true start of a recording whose clock was never set, or set wrong, given by hand."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from data.intervals import Interval
from data.joining.words import shown
from data.recording import Clock, Recording
from data.wall_clock import changes_said, instant_of, wall_us

_OF_CLOCKS = ("The start, ", "The times are a wall clock", "Clocks of ")


def with_start(recording: Recording, text: str, zone: str | None) -> Recording:
    """The same recording with its first sample at a date and time that somebody gave by hand.

    Parameters
    ----------
    text
        Such as ``2026-03-02 08:00``: a wall clock of ``zone`` (IANA; None while nobody has said one: taken as UTC, and
        said), unless it says its offset from UTC.

    Raises
    ------
    ValueError
        When the text is no date and time.
    """
    given, is_utc = wall_us(text)
    name = zone or "UTC"
    start, note = (given, "") if is_utc else instant_of(given, ZoneInfo(name))
    shift = start - recording.interval.start
    streams = tuple(
        replace(s, segments=tuple(replace(g, start_us=g.start_us + shift) for g in s.segments))
        for s in recording.streams
    )
    marks = tuple(
        replace(a, interval=Interval(a.interval.start + shift, a.interval.end + shift)) for a in recording.annotations
    )
    was = f"; the file says {shown(recording.interval.start, ZoneInfo(name))}" * (recording.clock is Clock.ABSOLUTE)
    guessed = " Its zone is taken as UTC because none was given." * (zone is None and not is_utc)
    said = [f"The start was given by hand: {shown(start, ZoneInfo(name))} in {name}{was}.{guessed}"]
    said += [note] * bool(note)
    said += changes_said(start, max(s.interval.end for s in streams), ZoneInfo(name))
    # What was said of the clock of the file is of no account any more.
    old = [a for a in recording.assumptions if not a.startswith(_OF_CLOCKS) and "from the first sample" not in a]
    return replace(
        recording, streams=streams, annotations=marks, clock=Clock.ABSOLUTE, zone=name, assumptions=(*said, *old)
    )
