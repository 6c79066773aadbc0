"""How sure is sure: cut-offs whose error rate holds for a new person, whatever the probabilities are worth.

Half seconds of one person are alike, people are exchangeable: so the person is the unit. The cut-offs are those of
conformal risk control (Angelopoulos, Bates, Fisch, Lei & Schuster, ICLR 2024) for a loss that is a share of each
person's values, which is also hierarchical conformal prediction (Lee, Barber & Willett 2023): every person weighs
alike, and one more person of whom everything is wrong is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


class Unit(StrEnum):
    """What a new one of is promised something."""

    PEOPLE = "people"
    EPISODES = "episodes of one patient"


def cutoff(groups: Sequence[Floats], sizes: Sequence[int], error: float) -> float:
    """The lowest value from which on, in a new unit, at most a share ``error`` is expected to lie wrongly.

    With losses ``l_p(u)``, the share of the values of unit p that are wrong and at least ``u``, it is the smallest u
    with ``(sum of l_p(u) + 1) / (n + 1) <= error``; infinite where there are too few units to promise that.

    Parameters
    ----------
    groups
        The values of each of the ``n`` units that are wrong where they are called sure.
    sizes
        Of how many values those are, in each unit; a unit with none counts, and loses nothing.
    """
    room = error * (len(groups) + 1) - 1.0
    if room < -1e-9:  # nine units can promise nine tenths, however 1 - 0.9 is rounded
        return float("inf")
    values = np.concatenate([np.zeros(0), *groups])
    weight = np.concatenate([np.zeros(0), *(np.full(len(g), 1 / n) for g, n in zip(groups, sizes, strict=True) if n)])
    order = np.argsort(-values, kind="stable")
    spent = np.cumsum(weight[order]) > room + 1e-9
    if not spent.any():
        return float("-inf")
    # The first value that costs too much has to stay below, and with it all that equal it.
    return float(np.nextafter(values[order][np.argmax(spent)], np.inf))


@dataclass(frozen=True, slots=True)
class UnsureBand:
    """Log-odds between which nothing is said.

    Parameters
    ----------
    lower, upper
        From ``upper`` on a half second is surely one of the phenomenon, below ``lower`` surely none.
    coverage
        Promised of both kinds: so large a share, or a larger one, of the half seconds with the phenomenon lies at
        ``lower`` or above, and of those without below ``upper``, in the mean over new units. Because each kind is
        promised by itself, it holds however rare the phenomenon is.
    unit, number, positive
        Of what, how many were looked at, and how many of these had the phenomenon.
    """

    lower: float
    upper: float
    coverage: float
    unit: Unit
    number: int
    positive: int

    def unsure(self, log_odds: Floats) -> NDArray[np.bool_]:
        """``(n,)``: where nothing is said."""
        return (np.asarray(log_odds) >= self.lower) & (np.asarray(log_odds) < self.upper)

    def covered(self, log_odds: Floats, truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """``(n,)``: right, or nothing was said."""
        z = np.asarray(log_odds)
        return np.where(truth, z >= self.lower, z < self.upper)

    @property
    def words(self) -> str:
        """What is promised, of what, and from how many."""
        if self.unit is Unit.EPISODES:
            return (
                f"{self.coverage:.0%} of the half seconds of either kind in a new stretch of the same patient, from "
                f"{self.number} stretches that were held out; about other patients it says nothing"
            )
        return f"{self.coverage:.0%} of the half seconds of either kind in a new patient, from {self.number} people"


def unsure_band(units: Sequence[tuple[Floats, NDArray[np.bool_]]], coverage: float, unit: Unit) -> UnsureBand:
    """The narrowest band that keeps to a coverage.

    Parameters
    ----------
    units
        Log-odds and truth of the half seconds of each unit, from networks that did not learn from it.

    Raises
    ------
    ValueError
        If the coverage is not between 0 and 1.
    """
    if not 0 < coverage < 1:
        raise ValueError(f"a coverage lies between 0 and 1, not at {coverage:g}")
    clear = [np.asarray(z, dtype=np.float64)[~y] for z, y in units if not y.all()]
    there = [np.asarray(z, dtype=np.float64)[y] for z, y in units if y.any()]
    upper = cutoff(clear, [len(z) for z in clear], 1 - coverage)
    lower = -cutoff([-z for z in there], [len(z) for z in there], 1 - coverage)
    if lower > upper:  # both kinds keep to it anywhere between: nothing has to be left unsaid
        lower = upper = (lower + upper) / 2
    return UnsureBand(lower, upper, coverage, unit, len(units), len(there))
