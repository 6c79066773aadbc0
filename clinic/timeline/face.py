"""Where the instants of a day stand on the common axis of hours, which all days of a picture share.

An hour that the clock showed twice has the room of one: the first time round takes its left half, the second its right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from clinic.timeline.clock import LocalDay
from data.intervals import Interval

TWICE = "both hours side by side"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a day on the axis: it begins at ``from_us`` after midnight and takes ``scale`` of its length."""

    interval: Interval
    from_us: float
    scale: float = 1.0

    @property
    def to_us(self) -> float:
        """Where it ends."""
        return self.from_us + self.scale * self.interval.duration


def stretches(day: LocalDay) -> tuple[Stretch, ...]:
    """The day from left to right; no two of its stretches overlap."""
    pieces = day.pieces
    # How much each piece and the next show twice: what the clock was put back by.
    back = [max(0, a.wall_us + a.interval.duration - b.wall_us) for a, b in pairwise(pieces)]
    out = []
    for piece, before, after in zip(pieces, [0, *back], [*back, 0], strict=True):
        start, end = piece.interval.start, piece.interval.end
        first = min(start + before, end)
        last = max(end - after, first)
        wall = piece.wall_us - start
        parts = (
            Stretch(Interval(start, first), wall + start + before / 2, 0.5),
            Stretch(Interval(first, last), wall + first),
            Stretch(Interval(last, end), wall + last, 0.5),
        )
        out += [s for s in parts if s.interval.duration]
    return tuple(out)


def axis_us(day: LocalDay, at_us: int) -> float:
    """Microseconds after midnight at which an instant of the day stands."""
    every = stretches(day)
    s = next((s for s in reversed(every) if s.interval.start <= at_us), every[0])
    return s.from_us + s.scale * (at_us - s.interval.start)


def is_shown_twice(day: LocalDay) -> bool:
    """Whether the clock showed a time twice on that day."""
    return any(s.scale != 1 for s in stretches(day))


def twice_words(days: Sequence[LocalDay]) -> str:
    """``Sun 25: the clock went back from 03:00 to 02:00; …`` for the days on which it did; empty on all others."""
    return "; ".join(f"{d.short}: {d.note}; {TWICE}" for d in days if is_shown_twice(d))
