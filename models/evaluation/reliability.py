"""Whether probabilities mean what they say, over people: calibration error with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.metrics import Track
from models.evaluation.splits import bootstrap
from models.reliability import Bin, calibration_error, reliability

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How well probabilities are calibrated on some people.

    Parameters
    ----------
    pooled
        Error over all half seconds.
    even
        The same where every person weighs alike, and its 95 % interval over people.
    each
        The error of each person alone. It is above zero even for honest probabilities: a person has few half seconds,
        and a share of time with the phenomenon that nobody could know before.
    bins
        Of the diagram, every person weighing alike.
    """

    pooled: float
    even: float
    low: float
    high: float
    each: dict[str, float]
    bins: tuple[Bin, ...]

    @property
    def by_person(self) -> float:
        """Mean over people of the error of each alone."""
        return float(np.mean(list(self.each.values())))


def calibrated(tracks: Sequence[Track], seed: int, draws: int = 500) -> Calibrated:
    """Judge the probabilities of tracks where raters judged.

    Raises
    ------
    ValueError
        If raters judged nothing.
    """
    parts: dict[str, list[Track]] = {}
    for t in tracks:
        if t.judged.any():
            parts.setdefault(t.person, []).append(t)
    if not parts:
        raise ValueError("nothing was judged")
    said = {p: np.concatenate([t.scores[t.judged] for t in of]) for p, of in parts.items()}
    seen = {p: np.concatenate([t.truth[t.judged] for t in of]) for p, of in parts.items()}

    def together(people: Sequence[str]) -> tuple[Floats, NDArray[np.bool_], Floats]:
        weight = [np.full(len(said[p]), 1.0 / len(said[p])) for p in people]
        return (
            np.concatenate([said[p] for p in people]),
            np.concatenate([seen[p] for p in people]),
            np.concatenate(weight),
        )

    p, y, w = together(tuple(parts))
    drawn = [calibration_error(*together(some)) for some in bootstrap(tuple(parts), draws, seed)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    each = {person: calibration_error(said[person], seen[person]) for person in sorted(parts)}
    return Calibrated(
        calibration_error(p, y), calibration_error(p, y, w), float(low), float(high), each, reliability(p, y, w)
    )
