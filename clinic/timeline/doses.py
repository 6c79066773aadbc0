"""How flags lie to the medication: flags per judged hour against the time since a dose."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from clinic.store.rows import DoseRow
from clinic.timeline.clock import HOUR_US, MINUTE_US, WallClock
from clinic.timeline.lane import Lane
from clinic.timeline.period_rates import PeriodRates
from clinic.timeline.rates import Day, Rate, rate
from data.intervals import Interval, Intervals, intersect, total, union

EDGES_H = (0, 1, 2, 3, 4)
"""Classes of time since a dose, hours; the last is open."""


@dataclass(frozen=True, slots=True)
class DoseClass:
    """Flags and judged time in one class of time since a dose."""

    name: str
    rate: Rate

    @property
    def base(self) -> str:
        """The denominator in words: ``40 in 25.7 h``."""
        return f"{self.rate.flags} in {self.rate.hours:.1f} h"


@dataclass(frozen=True, slots=True)
class DoseRelation:
    """The classes, and the flags that lie before the first dose of a day."""

    classes: tuple[DoseClass, ...]
    before_first: int

    @property
    def sentence(self) -> str:
        """Which class has most and which fewest, where their intervals do not overlap."""
        known = [c for c in self.classes if c.rate.value is not None]
        if len(known) < 2:
            return "Not enough judged time around the doses to say."
        most = max(known, key=lambda c: c.rate.value or 0.0)
        least = min(known, key=lambda c: c.rate.value or 0.0)
        if (most.rate.low or 0.0) <= (least.rate.high or 0.0):
            return "No difference between these hours that the intervals support."
        return f"Fewest {least.name} after a dose, most {most.name} after one."


def dose_relation(lane: Lane, doses: Sequence[DoseRow], clock: WallClock, rates: PeriodRates) -> DoseRelation | None:
    """Flags per judged hour in each class of time since the last dose of the same local day.

    Before the first dose of a day the time since one is the night's, so it stands apart. None where no rate of these
    days may be given: the classes are rates of the same days.
    """
    if rates.why_not:
        return None
    spans = [_since(doses, clock, low, high) for low, high in _bounds()]
    classes = []
    for (low, high), parts in zip(_bounds(), spans, strict=True):
        judged = intersect(lane.judged, parts)
        flags = sum(_inside(e.interval.start, parts) for e in lane.flags)
        name = f"over {low} h" if high is None else f"{low}–{high} h"
        classes.append(DoseClass(name, rate([Day(flags, total(judged))])))
    in_classes = sum(c.rate.flags for c in classes)
    return DoseRelation(tuple(classes), len(lane.flags) - in_classes)


@dataclass(frozen=True, slots=True)
class BeforeDose:
    """How many flags lie in the hour before a dose, and how much of the judged time that is."""

    flags: int
    all_flags: int
    judged_us: int
    all_judged_us: int

    @property
    def share(self) -> float:
        """Share of the judged time that lies in the hour before a dose."""
        return self.judged_us / self.all_judged_us if self.all_judged_us else 0.0


def before_dose(lane: Lane, doses: Sequence[DoseRow]) -> BeforeDose:
    """Flags and judged time in the hour before any dose."""
    hours = union(Interval(d.taken_us - HOUR_US, d.taken_us) for d in doses)
    flags = sum(_inside(e.interval.start, hours) for e in lane.flags)
    return BeforeDose(flags, len(lane.flags), total(intersect(lane.judged, hours)), total(lane.judged))


def nearest_dose(at_us: int, doses: Sequence[DoseRow], clock: WallClock) -> str:
    """``31 min before the 11:34 dose`` or ``1 h 17 min after the 15:57 dose``; the nearer, within 12 h."""
    near = min(doses, key=lambda d: abs(d.taken_us - at_us), default=None)
    if near is None:
        return "no dose entered"
    apart = abs(near.taken_us - at_us)
    if apart > 12 * HOUR_US:
        return "no dose within 12 h"
    minutes = round(apart / MINUTE_US)
    words = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
    way = "before" if near.taken_us >= at_us else "after"
    return f"{words} {way} the {clock.time(near.taken_us, seconds=False)} dose"


def since_dose(at_us: int, doses: Sequence[DoseRow], clock: WallClock) -> str:
    """Time since the last dose of the same local day, ``1 h 17``; a dash before the first."""
    times = sorted(d.taken_us for d in doses)
    k = bisect_right(times, at_us)
    (day,) = clock.days(Interval(at_us, at_us + 1))
    if k == 0 or times[k - 1] < day.interval.start:
        return "–"
    minutes = round((at_us - times[k - 1]) / MINUTE_US)  # as the card of the flag says it
    return f"{minutes // 60} h {minutes % 60:02d}"


def _bounds() -> tuple[tuple[int, int | None], ...]:
    return tuple(zip(EDGES_H, (*EDGES_H[1:], None), strict=True))


def _since(doses: Sequence[DoseRow], clock: WallClock, low_h: int, high_h: int | None) -> Intervals:
    times = sorted({d.taken_us for d in doses})
    parts = []
    for k, at in enumerate(times):
        (day,) = clock.days(Interval(at, at + 1))
        end = min(day.interval.end, times[k + 1] if k + 1 < len(times) else day.interval.end)
        start = at + low_h * HOUR_US
        stop = end if high_h is None else min(end, at + high_h * HOUR_US)
        if start < stop:
            parts.append(Interval(start, stop))
    return union(parts)


def _inside(at_us: int, parts: Intervals) -> bool:
    k = bisect_right([p.start for p in parts], at_us)
    return k > 0 and at_us < parts[k - 1].end
