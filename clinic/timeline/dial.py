"""The alarm budget: what a number of false alarms an hour buys on unseen people, and would have shown of this patient.

Pure; nothing runs a network: flags at another threshold come from the stored probabilities and the detector's rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clinic.timeline.rates import number
from data.grid import HOP_US, Grid
from data.intervals import Interval, Intervals
from data.recording import Placement
from models.conformal import Unit
from models.scores import Certainty, Scores

if TYPE_CHECKING:
    from models.detectors import Detector
    from models.detectors.held import Held
    from models.detectors.unseen import Unseen

BUDGETS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""False alarms an hour that the dial stops at."""
DOUBTS = {"by its band": None, "8 in 10": 0.8, "9 in 10": 0.9, "19 in 20": 0.95}
"""What may be promised of flags, in words, and the share that it is."""
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
    whose: str = "people it had not seen"

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
        *([_whose(detector, detector.held)] if detector.held and detector.held.curve else []),
    )


def is_own(detector: Detector) -> bool:
    """Whether it finds what somebody named, and marks alone taught it."""
    return detector.adapted is not None and detector.parent is None


def _whose(detector: Detector, held: Held) -> str:
    if not is_own(detector):
        return "people who each taught it a few, in other recordings of theirs"
    what = "patients" if held.unit is Unit.PEOPLE else "the marked episodes"
    return f"{what} that taught it, each left out once"


def stored_scores(stream: str, phenomenon: str, columns: Mapping[str, NDArray[Any]]) -> Scores:
    """Scores as an analysis had them, from the columns that were stored; a gap parts their runs."""
    start = np.asarray(columns["start_us"], dtype=np.int64)
    ends = [0, *(np.flatnonzero(np.diff(start) != HOP_US) + 1).tolist(), len(start)]
    grid = Grid(start, tuple(slice(a, b) for a, b in pairwise(ends)))
    p, low, high = (np.asarray(columns[n], dtype=np.float32) for n in ("probability", "lower", "upper"))
    return Scores(stream, phenomenon, grid, p, low, high, np.asarray(columns["valid"], dtype=bool))


def flags_at(
    detector: Detector, stored: Sequence[tuple[Scores, Intervals]], placement: Placement, span: Interval
) -> tuple[int, int]:
    """How many sure flags, and how many unsure ones, that begin in a span a detector gives as it is set.

    Parameters
    ----------
    stored
        Scores of each recording, and its worn time that counts.
    """
    every = [e for scores, worn in stored for e in detector.episodes(scores, worn, placement)]
    here = [e.certainty is Certainty.SURE for e in every if span.start <= e.interval.start < span.end]
    return sum(here), len(here) - sum(here)


def promise_title(detector: Detector) -> str:
    """What the shares to choose from are shares of."""
    if detector.held is not None and detector.held.bands and not detector.promises_flags:
        return f"Time without {detector.phenomenon} that is not called sure"
    return "Flags that are not both called sure and false"


def promise_sentence(detector: Detector, share: float | None) -> str:
    """What calling a flag sure means, at the threshold of the detector.

    Parameters
    ----------
    share
        Share of a new person's flags that shall not be both called sure and false; None: the detector's own band.
    """
    if share is None:
        return (
            "Sure are flags of which even the low end of the 90 % band somewhere reaches "
            f"{detector.rules.closing:.2f}, below which a flag ends; that promises nothing."
        )
    if detector.adapted is not None:
        return detector.promise(share) or f"{_why_not(detector)}: flags are called sure by its band."
    if not any(p.sure_from for p in detector.points if p.threshold == detector.threshold):
        return "What can be promised of it was not measured: flags are called sure by its band."
    if detector.promising(share).rules.sure_from is None:
        return "Too few people were measured to promise that: flags are called sure by its band."
    words = next(name for name, of in DOUBTS.items() if of == share)
    return (
        f"Of a new person's flags, {words} or more are not both called sure and false, in the mean over people like "
        f"the {detector.measured['people']} left out of training. In another hospital it may be fewer."
    )


def _why_not(detector: Detector) -> str:
    """Why a taught detector promises nothing at that share."""
    if detector.held is None:
        return "It was taught since it was measured, and can promise nothing"
    if detector.promises_flags:
        return f"{detector.held.number} people who taught it so are too few to promise that"
    return "Too little was left out to promise that"


def dial_sentence(
    at: Bought, now: tuple[int, int], then: tuple[int, int], period: str, *, per_day: bool
) -> tuple[str, str]:
    """The answer and its base: what the budget finds on unseen people, and what it would have shown.

    Parameters
    ----------
    now, then
        Flags of these days, and unsure ones, as analysed and at this setting.
    period
        The days in words, ``last 7 days``.
    per_day
        Whether the budget was given for a judged day.
    """
    times, unit = (DAY_H, "day") if per_day else (1, "hour")
    share = f"{100 * at.sensitivity:.0f} %"
    if at.low is not None and at.high is not None:
        share += f" ({100 * at.low:.0f}–{100 * at.high:.0f})"
    finds = f"finds {share} of {at.whose if at.whose.startswith('the ') else f'the episodes of {at.whose}'}"
    if not at.is_kept:
        kept = f"No setting keeps to {at.per_hour * times:g} a judged {unit}; the strictest one {finds}"
    else:
        kept = f"With at most {at.per_hour * times:g} false alarms a judged {unit} it {finds}"
    change = "as now" if then == now else f"{_flags(*now, 'flags')} now"
    flags = _flags(*then, "flag" if then[0] == 1 else "flags")
    return f"{kept}.", f"{period.capitalize()}: {flags} at this setting, {change}."


def _flags(sure: int, unsure: int, word: str) -> str:
    return f"{sure} {word}" + (f" and {unsure} unsure" if unsure else "")


def dial_base(at: Bought, detector: Detector) -> str:
    """What the figures rest on, small."""
    held, is_taught = detector.held, detector.adapted is not None
    if held is not None and is_own(detector):
        point = next(p for p in held.curve if p.threshold == at.threshold)
        what = "patients" if held.unit is Unit.PEOPLE else "marked episodes"
        return (
            f"Threshold {at.threshold:.2f}. Told by the marks that taught it, each left out once: {held.number} {what} "
            f"and {number(held.hours)} h without, where false alarms were {number(point.alarms_low)} to "
            f"{number(point.alarms_high)} an hour (95 % interval; the budget counts one more than there was). "
            + (
                f"So little time cannot show that there are fewer than {number(1 / held.hours)} an hour. "
                if 1 / held.hours > at.per_hour
                else ""
            )
            + "Of other days and people it says nothing."
        )
    if held is not None and detector.promises_flags:
        return (
            f"Threshold {at.threshold:.2f}. Measured on {at.people} people who each taught such a detector a few "
            f"episodes, in other research recordings of theirs ({number(at.alarms_per_hour)} false alarms an hour "
            "there), with its 95 % interval over people. Everyday life gives other numbers. Nobody has measured this "
            "very detector."
        )
    who = f"{at.people} people" if at.people else "people"
    doubt = "with its 95 % interval over people" if at.low is not None else "its interval is not on record"
    return (
        f"Threshold {at.threshold:.2f}. Measured on {who} left out of training, in research recordings "
        f"({number(at.alarms_per_hour)} false alarms an hour there), {doubt}. Everyday life gives other numbers."
        + (" Nobody has measured the detector since it was taught." if is_taught else "")
    )
