"""What other patients showed about adapting a detector to one of them: learned in training, read by the adapters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOW = 0.2
"""A person's marked half seconds are described by this quantile of their log-odds."""
MOST = 2.0
"""Examples further than so many standard deviations from the usual ones are read as if they were there."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A prior over patients, in a detector's calibrated log-odds.

    Patients differ in where their best threshold lies, and their marked episodes tell where: whose episodes have lower
    log-odds, or are longer, is better served by a lower one. A few labels say that far better than they say anything
    about the share of time (the base rate), which stays as it is.

    Parameters
    ----------
    balance
        The log-odds that are on average the best threshold.
    usual, spread, weights
        Mean and standard deviation over patients of the 0.2-quantile of the log-odds of marked half seconds and of the
        mean logarithm of an episode's half seconds; and by how much the best threshold rises with each, standardised.
    half
        Episodes at which half of that is believed.
    gain, gain_sd
        By how much adapting lowered other patients' balanced logistic loss, and the standard deviation over patients.
    episode_sd
        Standard deviation of the same over single marked episodes and stretches marked as none, when left out.
    """

    balance: float
    usual: tuple[float, float]
    spread: tuple[float, float]
    weights: tuple[float, float]
    half: float
    gain: float = 0.0
    gain_sd: float = 1.0
    episode_sd: tuple[float, float] = (1.0, 1.0)

    def shift(self, episodes: Sequence[NDArray[np.floating]]) -> float:
        """What to add to a patient's log-odds, so that the best threshold lies where it usually does.

        Parameters
        ----------
        episodes
            Log-odds of the half seconds of each marked episode; 0 without one.
        """
        if not episodes:
            return 0.0
        away = (described(episodes) - self.usual) / self.spread
        believed = len(episodes) / (len(episodes) + self.half)
        return -believed * float(np.clip(away, -MOST, MOST) @ np.array(self.weights))


def described(episodes: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """``(2,)``: the 0.2-quantile of the log-odds, and the mean logarithm of the numbers of half seconds."""
    return np.array([np.quantile(np.concatenate(episodes), LOW), np.mean([np.log(len(e)) for e in episodes])])
