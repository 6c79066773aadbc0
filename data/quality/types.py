"""The values that quality assessment hands on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data.intervals import Interval, Intervals


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
class StreamQuality:
    """Wear and usability of one stream.

    ``worn``, ``not_worn`` and ``gaps`` are disjoint and add up to the stream's interval.
    ``unusable`` lies inside ``worn``: worn, but no detector may judge it, with the reason.
    """

    stream: str
    worn: Intervals
    not_worn: Intervals
    gaps: Intervals
    unusable: tuple[tuple[Interval, str], ...]


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
