"""When a day and a week were worn enough: for weekly numbers, three days of ten hours between 08:00 and 22:00.

The convention of physical-activity studies: ten waking hours make a valid day (Troiano et al. 2008, Med Sci Sports
Exerc 40:181-188), three of them or more a valid week (Trost et al. 2005, Med Sci Sports Exerc 37:S531-S543). A clinic
may state its own in ``validity.toml`` in its data folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from clinic.timeline.clock import HOUR_US, WallClock
from clinic.timeline.lane import DayRow
from data.errors import MotionwardError
from data.intervals import intersect, total


@dataclass(frozen=True, slots=True)
class Validity:
    """What makes a day and a week valid.

    Parameters
    ----------
    from_hour, to_hour
        Hours of the patient's clock between which wear counts.
    least_hours
        Worn hours between them that make a day valid.
    least_days
        Valid days that weekly numbers need.
    """

    from_hour: int = 8
    to_hour: int = 22
    least_hours: float = 10.0
    least_days: int = 3

    @property
    def rule(self) -> str:
        """``at least 10 h worn between 08:00 and 22:00``."""
        return f"at least {self.least_hours:g} h worn between {self.from_hour:02d}:00 and {self.to_hour:02d}:00"

    def holds(self, row: DayRow) -> bool:
        """Whether a day was worn enough."""
        counted = intersect(row.lane.worn, row.day.between(self.from_hour, self.to_hour))
        return total(counted) >= self.least_hours * HOUR_US


USUAL = Validity()


def valid_days(rows: Sequence[DayRow], clock: WallClock, validity: Validity) -> int | None:
    """How many of some days were worn enough; None where there is no time of day."""
    return sum(validity.holds(r) for r in rows) if clock.has_date else None


def why_no_week(rows: Sequence[DayRow], clock: WallClock, validity: Validity) -> str | None:
    """Why no weekly number may be given; None when it may, or when the days are too few to be a week's."""
    found = valid_days(rows, clock, validity)
    if found is None or len(rows) < max(2, validity.least_days) or found >= validity.least_days:
        return None
    return (
        f"Only {found} of {len(rows)} days {'has' if found == 1 else 'have'} {validity.rule}; "
        f"a weekly number needs {validity.least_days}."
    )


def words(rows: Sequence[DayRow], clock: WallClock, validity: Validity) -> str:
    """What a page and a report say of it; empty where there is no time of day."""
    found = valid_days(rows, clock, validity)
    if found is None:
        return ""
    many = f"{found} of {len(rows)} days {'is' if found == 1 else 'are'} valid"
    enough = "" if found >= validity.least_days else f", and weekly numbers need {validity.least_days}"
    return f"{many}{enough}. Valid is a day with {validity.rule}."


def read_validity(path: Path) -> Validity:
    """The clinic's own rule from a TOML file with the fields of :class:`Validity`; the usual one without a file.

    Raises
    ------
    MotionwardError
        If the file cannot be read, or says what cannot be.
    """
    if not path.is_file():
        return Validity()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MotionwardError(f"{path} cannot be read ({error}): mend it, or remove it for the usual rule.") from error
    known = {f.name for f in fields(Validity)}
    strange = sorted(set(said) - known)
    if strange:
        raise MotionwardError(f"{path} says {strange[0]!r}, which is none of {', '.join(sorted(known))}: correct it.")
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in said.values()):
        raise MotionwardError(f"{path} holds something that is not a number: write such as least_days = 3.")
    found = Validity(**said)
    whole = all(isinstance(v, int) for v in (found.from_hour, found.to_hour, found.least_days))
    if not whole or not 0 <= found.from_hour < found.to_hour <= 24 or found.least_days < 1:
        raise MotionwardError(f"{path} does not name hours of a day in order, or no day at all: correct it.")
    if not 0 < found.least_hours <= found.to_hour - found.from_hour:
        raise MotionwardError(f"{path} asks for {found.least_hours:g} h, more or less than its day has: correct it.")
    return found
