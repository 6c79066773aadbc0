"""A detector's settings on people it never saw: thresholds, and from where on a flag may be called sure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PROMISES = (0.8, 0.9, 0.95)
"""Shares of a new person's flags that can be promised not to be both called sure and false."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold costs and finds on people who took no part in training.

    ``false_alarms_per_hour`` is that of patients who were provoked to freeze, ``daily_per_hour`` that of
    healthy people at everyday activities; of a detector that was taught nobody measured the latter.

    Parameters
    ----------
    sure_from
        For each of :data:`PROMISES` the peak probability from which a flag at this threshold is called sure; None
        where there were too few people to promise that. Nothing at all where it was not measured.
    """

    threshold: float
    false_alarms_per_hour: float
    daily_per_hour: float | None
    sensitivity: float
    sure_from: tuple[float | None, ...] = ()

    def promised(self, share: float) -> float | None:
        """The peak from which flags are sure, to keep a promise; None where it cannot be given."""
        return dict(zip(PROMISES, self.sure_from, strict=False)).get(share)


def points_of(told: Iterable[dict[str, Any]]) -> tuple[OperatingPoint, ...]:  # Any: JSON
    """Operating points as a detector's description has them."""
    return tuple(OperatingPoint(**{**p, "sure_from": tuple(p.get("sure_from", ()))}) for p in told)
