"""How far a recording lies from what a detector learned: in range, near the edge, or outside.

A detector refuses single half seconds whose vectors lie farther from its training vectors than those of 99.9 % of the
half seconds of people it had not learned from (Mahalanobis distance; :class:`models.calibration.Known`). Some of that
everybody has. What counts here is the share of it, against the shares of people the detector had not learned from:
``benchmarks/shift.py`` measures them, ``docs/validation/shift.json`` holds the quantiles that are the limits.

Known weakness: it does not notice a sensor at another place of the body. Of people with one there, between none and a
quarter lay outside (same file); that the placement is right has to be known otherwise.
"""

from __future__ import annotations

from enum import StrEnum

NEAR_SHARE = 0.0023
"""More than this was refused of 5 % of the people that detectors had not learned from."""
OUTSIDE_SHARE = 0.0086
"""And more than this of 1 % of them."""
LEAST_US = 60_000_000
"""From less than a minute nothing is said."""


class Reach(StrEnum):
    """The verdict on one recording, or some days of one."""

    IN_RANGE = "in range"
    NEAR = "near the edge"
    OUTSIDE = "outside"


def reach_of(like_us: int, unlike_us: int) -> Reach | None:
    """The verdict; None from less than a minute.

    Parameters
    ----------
    like_us, unlike_us
        Time in which the detector knew what it saw (flagged, clear or unsure), and time it refused as unlike anything
        it learned. What was not judged for other reasons is in neither.
    """
    seen = like_us + unlike_us
    if seen < LEAST_US:
        return None
    share = unlike_us / seen
    return Reach.OUTSIDE if share > OUTSIDE_SHARE else Reach.NEAR if share > NEAR_SHARE else Reach.IN_RANGE
