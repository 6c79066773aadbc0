"""How far a taught detector held, where it was tried on what had not taught it.

That is known in two ways. A detector of a phenomenon that somebody named is tried on its own examples, each left out
once. Of one that started from a shipped detector, other people show it: each of them taught that detector a few
episodes, and was judged on other recordings (``lesson.json`` beside it, which its version does not cover). Where nobody
taught it so before, as for every patient, its own examples show that as well, each left out once. Whoever marks chooses
how many there are with the phenomenon and without it, so they are weighed to the share of time that its probabilities
were calibrated for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.calibration import sigmoid
from models.conformal import Unit, UnsureBand
from models.detectors.points import OperatingPoint, points_of
from models.detectors.unseen import Unseen, UnseenPoint, read_beside
from models.reliability import Bin

FILE = "lesson.json"


@dataclass(frozen=True, slots=True)
class Held:
    """What was seen of a taught detector on what had not taught it.

    Parameters
    ----------
    unit, number
        Of what, and how many were left out.
    hours
        Judged time of these without the phenomenon, in which false alarms could be made.
    error
        Expected calibration error; None where the share of time that it would be of is not known.
    bins
        Of the reliability diagram; empty without an error.
    bands
        One for each share that so many can promise.
    curve
        What thresholds do there, by rising threshold; empty where no false alarm could be made.
    share
        Of time with the phenomenon, to which the examples of either class were weighed; None where time itself was
        judged.
    """

    unit: Unit
    number: int
    hours: float
    error: float | None
    bins: tuple[Bin, ...]
    bands: tuple[UnsureBand, ...] = ()
    curve: tuple[UnseenPoint, ...] = ()
    share: float | None = None

    def band(self, share: float) -> UnsureBand | None:
        """The band that promises a share; None where too little was left out for it."""
        return next((b for b in self.bands if b.coverage == share), None)

    def surely(self, share: float) -> float | None:
        """The probability from which on a half second is surely one of the phenomenon."""
        band = self.band(share)
        return None if band is None else float(sigmoid(np.array([band.upper]))[0])

    def promise(self, share: float, phenomenon: str, *, of_flags: bool) -> str:
        """What calling a flag sure promises; empty where too little was left out to promise that.

        Parameters
        ----------
        of_flags
            Whether flags were looked at, or half seconds alone.
        """
        if of_flags:
            return (
                f"Of a new person's flags, {100 * share:g} % or more are not both called sure and false, in the mean "
                f"over people like the {self.number} who each taught such a detector a few episodes. In another "
                "hospital it may be fewer."
            )
        band = self.band(share)
        if band is None:
            return ""
        new, what = ("a new patient", "patients") if band.unit is Unit.PEOPLE else (
            "a new stretch of the same patient", "stretches"
        )  # fmt: skip
        return (
            f"A flag is sure where its peak reaches {self.surely(share):.2f}: of the half seconds without {phenomenon} "
            f"in {new}, {100 * share:g} % or more lie below, in the mean, from {band.number} {what} that were left out."
        )

    def unseen(self, version: str) -> Unseen | None:
        """The curve as the alarm budget reads it; None where there is none."""
        return Unseen(version, self.number, self.hours, self.curve) if self.curve else None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a few episodes of each of some people made of one version of a shipped detector.

    Parameters
    ----------
    episodes
        That each person taught it.
    points
        Operating points, and from which peak on a flag is called sure, of the detectors so taught.
    """

    version: str
    episodes: int
    points: tuple[OperatingPoint, ...]
    held: Held


def held_of(told: Mapping[str, Any]) -> Held:  # Any: JSON
    """As a description has it."""
    bands = tuple(UnsureBand(**{**b, "unit": Unit(b["unit"])}) for b in told["bands"])
    return Held(
        Unit(told["unit"]), int(told["number"]), float(told["hours"]), told["error"],
        tuple(Bin(**b) for b in told["bins"]), bands, tuple(UnseenPoint(**p) for p in told["curve"]),
        told.get("share"),
    )  # fmt: skip


def write_lesson(lesson: Lesson, folder: Path) -> None:
    """Put the file beside the detector that it is about."""
    (folder / FILE).write_text(json.dumps(asdict(lesson), indent=1) + "\n", encoding="utf-8")


def read_lesson(folder: Path, version: str) -> Lesson | None:
    """What was seen of this version; None where nothing was, or it was another.

    Raises
    ------
    MotionwardError
        If the file is damaged.
    """

    def made(about: dict[str, Any]) -> Lesson:  # Any: JSON
        return Lesson(about["version"], int(about["episodes"]), points_of(about["points"]), held_of(about["held"]))

    found = read_beside(folder / FILE, made)
    return found if found and found.version == version else None
