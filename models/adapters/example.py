"""One labelled stretch as a detector reads it, and whose clock it is told on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval
from models.embedding import READS_US

NO_DATE_US = 366 * 86_400_000_000
"""An instant before the end of 1970 is time since the first sample of a recording without a date."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled (or unlabelled) stretch.

    Parameters
    ----------
    recording, stream
        Where it lies; the recording by the SHA-256 of its content, since file names repeat.
    weight
        Against 1 of what somebody marked.
    directions
        ``(n, k)`` float64, the detector's whitened directions of its half seconds.
    log_odds
        ``(n,)`` float64, calibrated log-odds of the detector before it learns from this.
    is_unselected
        Whether it comes out of a stretch in which everything was marked: only there do marks tell a share of time.
    file
        What the recording's file is called, for people to read.
    margin_us
        How far to either side of the interval directions and log-odds are told from.
    person
        Whose it is; empty where nobody says, and then whatever has a date counts as of one person.
    is_known
        Whether the detector learned before from something that shares a moment with it: then it teaches, but says
        nothing of what teaching brings.
    """

    recording: str
    stream: str
    interval: Interval
    is_positive: bool
    weight: float
    directions: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    is_unselected: bool = False
    file: str = ""
    margin_us: int = READS_US
    person: str = ""
    is_known: bool = False

    @property
    def clock(self) -> tuple[str, str]:
        """What two examples share whose instants can be compared."""
        return clock_of(self.recording, self.person, self.interval.start)

    @property
    def read(self) -> Interval:
        """The time that anything of it is told from."""
        return Interval(self.interval.start - self.margin_us, self.interval.end + self.margin_us)


def clock_of(recording: str, person: str, at_us: int) -> tuple[str, str]:
    """What two instants share that can be compared: the person where they have a date, else the recording.

    What two files of one person have at once is one movement; the clocks of two people may agree by chance.
    """
    return ("", recording) if at_us < NO_DATE_US else (person, "")
