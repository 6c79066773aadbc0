"""The alarm budget: what a number of false alarms an hour buys on unseen people, and would have shown of this patient.

Pure; nothing runs a network: flags at another threshold come from the stored probabilities and the detector's rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clinic.timeline.rates import number
from data.grid import HOP_US
from data.intervals import Intervals, overlap_fraction
from models.detectors import Detector
from models.detectors.rules import Rules
from models.detectors.unseen import Unseen

BUDGETS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""False alarms an hour that the dial stops at."""
DAY_H = 24


@dataclass(frozen=True, slots=True)
class Bought:
    """What a budget buys.

    Parameters
    ----------
    alarms_per_hour
        What the threshold keeps to on unseen people: at most the budget, unless no threshold keeps to it.
    low, high
        95 % interval of the sensitivity over people; None where it is not on record.
    """

    per_hour: float
    threshold: float
    alarms_per_hour: float
    sensitivity: float
    low: float | None
    high: float | None
    people: int | None

    @property
    def is_kept(self) -> bool:
        """Whether the detector has a threshold that keeps to the budget."""
        return self.alarms_per_hour <= self.per_hour


def bought(detector: Detector, unseen: Unseen | None, per_hour: float) -> Bought | None:
    """The operating point of a budget; None of a detector that has none.

    Parameters
    ----------
    unseen
        The curve with intervals of this version, where it is on record.
    """
    dialled = detector.at_false_alarms(per_hour)
    point = next((p for p in detector.points if p.threshold == dialled.threshold), None)
    if point is None:
        return None
    of = next((p for p in unseen.points if p.threshold == point.threshold), None) if unseen else None
    return Bought(
        per_hour,
        point.threshold,
        point.false_alarms_per_hour,
        point.sensitivity,
        of.low if of else None,
        of.high if of else None,
        unseen.people if unseen and of else None,
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """Probabilities of one recording as they were stored: ``(n,)`` each, and the time the sensor was worn.

    Parameters
    ----------
    start_us
        Start of each half second, increasing.
    """

    start_us: NDArray[np.int64]
    probability: NDArray[np.float32]
    lower: NDArray[np.float32]
    valid: NDArray[np.bool_]
    worn: Intervals


def flags_at(stored: Sequence[Stored], rules: Rules) -> int:
    """How many sure flags the rules give; none crosses a gap, as in an analysis."""
    found = 0
    for s in stored:
        usable = s.valid & (overlap_fraction(s.start_us, HOP_US, s.worn) >= 1.0)
        ends = [0, *(np.flatnonzero(np.diff(s.start_us) != HOP_US) + 1).tolist(), len(s.start_us)]
        for a, b in zip(ends[:-1], ends[1:], strict=True):
            for first, last in rules.within(s.probability[a:b], usable[a:b]):
                cells = slice(a + first, a + last)
                found += float(s.lower[cells][usable[cells]].max()) >= rules.closing
    return found


def dial_sentence(at: Bought, now: int, then: int, period: str, *, per_day: bool) -> tuple[str, str]:
    """The answer and its base: what the budget finds on unseen people, and what it would have shown.

    Parameters
    ----------
    now, then
        Flags of these days as analysed, and at this setting.
    period
        The days in words, ``last 7 days``.
    per_day
        Whether the budget was given for a judged day.
    """
    times, unit = (DAY_H, "day") if per_day else (1, "hour")
    share = f"{at.sensitivity:.0%}"
    if at.low is not None and at.high is not None:
        share += f" ({at.low:.0%}–{at.high:.0%})"
    finds = f"finds {share} of the episodes of people it had not seen"
    if not at.is_kept:
        kept = f"No setting keeps to {number(at.per_hour * times)} a judged {unit}; the strictest {finds}"
    else:
        kept = f"At most {number(at.per_hour * times)} false alarms a judged {unit} {finds}"
    change = "as now" if then == now else f"{now} now"
    flags = "1 flag" if then == 1 else f"{then} flags"
    return f"{kept}.", f"{period.capitalize()}: {flags} at this setting, {change}."


def dial_base(at: Bought) -> str:
    """What the figures rest on, small."""
    who = f"{at.people} people" if at.people else "people"
    doubt = "with its 95 % interval over people" if at.low is not None else "its interval is not on record"
    return (
        f"Threshold {at.threshold:.2f}. Measured on {who} left out of training, in recordings made to provoke episodes "
        f"({number(at.alarms_per_hour)} false alarms an hour there), {doubt}. Everyday life gives other numbers."
    )
