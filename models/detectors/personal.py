"""What other patients showed about adapting a detector to one of them: learned in training, read by the adapters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

LOW = 0.2
"""A person's marked half seconds are described by this quantile of their log-odds."""
MOST = 2.0
"""Examples further than so many standard deviations from the usual ones are read as if they were there."""


@dataclass(frozen=True, slots=True)
class Prototypes:
    """Where the half seconds of other patients lie, without and with the phenomenon, in the detector's directions.

    Parameters
    ----------
    means
        ``2 x k``: of half seconds without, then with; patients weigh alike.
    covariance
        ``k x k``, within class and patient, both classes alike.
    strength
        Which share of what prototypes say served other patients best.
    gain, gain_sd, episode_sd
        As of :class:`Personal`, with the prototype adapter.
    """

    means: tuple[tuple[float, ...], ...]
    covariance: tuple[tuple[float, ...], ...]
    strength: float
    gain: float
    gain_sd: float
    episode_sd: tuple[float, float]


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
    prototypes
        What the prototype adapter starts from; None where that is not known.
    """

    balance: float
    usual: tuple[float, float]
    spread: tuple[float, float]
    weights: tuple[float, float]
    half: float
    gain: float = 0.0
    gain_sd: float = 1.0
    episode_sd: tuple[float, float] = (1.0, 1.0)
    prototypes: Prototypes | None = None

    def of_prototypes(self) -> Personal:
        """The same prior, with what the prototype adapter did for other patients in place of the linear one's."""
        if self.prototypes is None:
            raise ValueError("nothing is known of prototypes")
        known = self.prototypes
        return replace(self, gain=known.gain, gain_sd=known.gain_sd, episode_sd=known.episode_sd)

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
