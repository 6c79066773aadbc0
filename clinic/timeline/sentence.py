"""The answer in two sentences, before any picture: how often, compared with what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clinic.store.rows import DoseRow
from clinic.timeline.clock import WallClock, length
from clinic.timeline.doses import before_dose
from clinic.timeline.lane import LONG_US, UNSURE, DayRow, Lane, Periods, in_short
from clinic.timeline.period_rates import PeriodRates
from clinic.timeline.rates import TOO_LITTLE, Change, too_little
from data.intervals import Interval, intersect, total, union

BLOCK_H = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """``first`` is set in bold, ``second`` beneath it."""

    first: str
    second: str


def answer(lane: Lane, parts: Periods, doses: Sequence[DoseRow], clock: WallClock, rates: PeriodRates) -> Answer:
    """What the days say of a phenomenon; counts flags, since nobody has vouched for them all.

    Parameters
    ----------
    lane
        Cut to the days talked about.
    rates
        What may be said of how often.
    """
    name, flags = capital(lane.phenomenon), len(lane.flags)
    judged_us, worn_us = total(lane.judged), total(lane.worn)
    if not judged_us:
        reasons = in_short(lane.reasons())
        why = f": {reasons}" if reasons else ", because the sensor was not worn" if not worn_us else ""
        return Answer(f"Nothing could be judged for {lane.phenomenon}{why}.", _worn(worn_us))
    count = f"{_times(flags)} in {length(judged_us)} judged"
    if rates.why_not:
        return Answer(f"{name}: no rate may be given. {rates.why_not}", f"It was flagged {count}.")
    if rates.now.value is None:
        why, most = too_little(worn_us), next((r for r, _ in lane.reasons() if r != UNSURE), "")
        because = f" ({most})" if why == TOO_LITTLE and most else ""
        return Answer(f"{name} was flagged {count}: {why} how often{because}.", _longest(lane, clock))
    when = f" in {parts.now_name}" if len(parts.now) > 1 else ""
    # Short enough for one line at the width of a page: the reader sees the comparison without searching.
    first = f"{name}: {rates.now.words.replace(' (', f' flags per judged hour{when} (', 1)}"
    before_that = f"the {len(parts.before)} before" if len(parts.before) > 1 else "the day before"
    if rates.turned is not None and rates.before is not None:
        first += f", {_compared(rates.turned)} {before_that} ({rates.before.words.replace(' (', ', ', 1)}"
    elif rates.why_not_before:
        first += f"; {before_that} had too few valid days to compare"
    return Answer(first + ".", _when(lane, parts, doses) or _longest(lane, clock))


def capital(phenomenon: str) -> str:
    """``Freezing of gait`` from ``freezing of gait``."""
    return phenomenon[:1].upper() + phenomenon[1:]


def _times(flags: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(flags, f"{flags} times")


def _worn(worn_us: int) -> str:
    return f"{length(worn_us)} worn." if worn_us else "No wear was found in this recording."


def _compared(turned: Change) -> str:
    # A sign for the word: the headline keeps to one line at the width of a page.
    return turned.times.replace(" times", " ×") if turned.is_supported else "no clear change from"


def _when(lane: Lane, parts: Periods, doses: Sequence[DoseRow]) -> str:
    """In the hour before a dose, else the two hours of the day with most; silent when neither stands out."""
    if not lane.flags:
        return ""
    if doses:
        b = before_dose(lane, doses)
        if b.all_flags >= 5 and b.judged_us:
            return (
                f"{b.flags} of {b.all_flags} flags fall in the hour before a dose, "
                f"which is {100 * b.share:.0f} % of the judged time."
            )
    return _block(lane, parts.now)


def _block(lane: Lane, rows: Sequence[DayRow]) -> str:
    if len(rows) < 2 or len(lane.flags) < 5:
        return ""
    starts = np.sort([e.interval.start for e in lane.flags])
    blocks = []
    for hour in range(0, 24, BLOCK_H):
        spans = union(s for r in rows for s in r.day.between(hour, hour + BLOCK_H))
        flags = sum(int(np.diff(np.searchsorted(starts, [s.start, s.end]))[0]) for s in spans)
        blocks.append((flags, -hour, total(intersect(lane.judged, spans))))
    flags, minus_hour, judged_us = max(blocks)
    hour, share = -minus_hour, 100 * judged_us / total(lane.judged)
    return (
        f"Most between {hour:02d}:00 and {hour + BLOCK_H:02d}:00: {flags} of {len(lane.flags)} flags "
        f"in {share:.0f} % of the judged time."
    )


def _longest(lane: Lane, clock: WallClock) -> str:
    if not lane.flags:
        return f"{length(total(lane.worn))} worn."
    top = max(lane.flags, key=lambda e: (e.interval.duration, -e.interval.start))
    at = clock.time(top.interval.start)
    if clock.has_date and len(clock.days(Interval(lane.flags[0].interval.start, lane.flags[-1].interval.end))) > 1:
        at = f"{at} on {clock.day(top.interval.start)}"
    if len(lane.flags) == 1:
        return f"It lasted {length(top.interval.duration)}, at {at}."
    n_long = sum(e.interval.duration > LONG_US for e in lane.flags)
    long = "one of them" if n_long == 1 else f"{n_long or 'none'} of them"
    return f"{capital(long)} longer than 10 s; the longest, {length(top.interval.duration)}, at {at}."
