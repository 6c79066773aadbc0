"""The values that quality assessment hands on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data.intervals import Interval, Intervals
from data.quality.autocalibration import Autocalibration


class Severity(StrEnum):
    """How much a finding matters."""

    NOTE = "note"
    CHECK = "check"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know about the signal; ``sentence`` is written for them."""

    kind: str
    stream: str
    interval: Interval
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True)
class Measures:
    """What resting and walking tell of one sensor.

    Parameters
    ----------
    autocalibration
        None without three axes of acceleration.
    noise_mg
        Of each axis: median over windows at rest of the standard deviation within a second; None without rest.
    up
        Unit vector of "up" in the sensor's own axes while its wearer was active; None with less than half a minute of
        that.
    """

    autocalibration: Autocalibration | None
    noise_mg: tuple[float, ...] | None
    up: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class StreamQuality:
    """Wear and usability of one stream.

    ``worn``, ``not_worn`` and ``gaps`` are disjoint and add up to the stream's interval.
    ``unusable`` lies inside ``worn``: worn, but no detector may judge it, with the reason. Where two methods
    disagree about wear, that is the reason: the time stays in ``worn`` and enters no rate.
    """

    stream: str
    worn: Intervals
    not_worn: Intervals
    gaps: Intervals
    unusable: tuple[tuple[Interval, str], ...]
    measures: Measures | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """Findings and wear of a whole recording.

    ``why_not`` says in a sentence why no rates may be printed; None when they may.
    """

    findings: tuple[Finding, ...]
    streams: tuple[StreamQuality, ...]
    why_not: str | None

    @property
    def fit_for_rates(self) -> bool:
        """Whether rates may be printed."""
        return self.why_not is None

    def of(self, stream: str) -> StreamQuality:
        """The part about one stream."""
        return next(q for q in self.streams if q.stream == stream)
