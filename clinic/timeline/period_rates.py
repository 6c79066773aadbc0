"""The rates of some days, or why there is none: decided here alone, for every page, report and table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.learned import Reach
from clinic.store.rows import FindingRow
from clinic.timeline.clock import WallClock, length
from clinic.timeline.lane import DayRow, Lane, Periods
from clinic.timeline.rates import Change, Rate, change, rate, withheld
from clinic.timeline.validity import USUAL, Validity, why_no_week
from models.scores import UNKNOWN


@dataclass(frozen=True, slots=True)
class PeriodRates:
    """What may be said of how often, for the days talked about and those before them.

    Parameters
    ----------
    now, before
        Flags per judged hour of each period; without a value where none may be given, and None without such days.
    turned
        ``now`` against ``before``; None unless both may be given.
    why_not, why_not_before
        A sentence where no rate of a period may be given; None where it may, or where less than an hour was judged.
    never
        A sentence where no rate may be given whatever the days; then no single day has one either.
    """

    now: Rate
    before: Rate | None
    turned: Change | None
    why_not: str | None
    why_not_before: str | None
    never: str | None

    def of_day(self, row: DayRow) -> Rate:
        """The rate of one day, however long it was worn: that of a single day is no weekly number."""
        return withheld([row.count]) if self.never else rate([row.count])


def rates_of(
    lane: Lane, parts: Periods, clock: WallClock, validity: Validity = USUAL, forbidden: str | None = None
) -> PeriodRates:
    """The rates that may be given of a lane's days.

    Parameters
    ----------
    lane
        All of it, not cut to the days talked about: a recording lies outside what was learned as a whole.
    validity
        When a day was worn enough, and how many such days a rate over several needs.
    forbidden
        Why the signal allows none at all (:func:`forbidden_by`, ``Quality.why_not``).
    """
    never = forbidden or _why_outside(lane)
    why_not = never or why_no_week(parts.now, clock, validity)
    why_not_before = (never or why_no_week(parts.before, clock, validity)) if parts.before else None
    now, before = ([r.count for r in rows] for rows in (parts.now, parts.before))
    return PeriodRates(
        withheld(now) if why_not else rate(now),
        None if not before else withheld(before) if why_not_before else rate(before),
        change(now, before) if before and not why_not and not why_not_before else None,
        why_not,
        why_not_before,
        never,
    )


def forbidden_by(findings: Sequence[FindingRow]) -> str | None:
    """The sentence of the finding that forbids every rate: a clock that cannot be believed."""
    return next((f.sentence for f in findings if f.kind == "clock impossible"), None)


def _why_outside(lane: Lane) -> str | None:
    if lane.reach is not Reach.OUTSIDE:
        return None
    unlike = sum(us for reason, us in lane.reasons() if reason == UNKNOWN)
    return f"This recording lies outside what the detector learned: {length(unlike)} of it are unlike that."
