"""Which adapter, if any: what the support set says of itself when each example is left out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.adapters.support import Example
from models.detectors.correction import Correction
from models.detectors.personal import Personal

FEW = 3
"""Below so many marked episodes the support says nothing of itself."""

Fit = Callable[[Sequence[Example]], Correction]


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much an adapter lowers the balanced logistic loss on examples it did not see.

    Parameters
    ----------
    measured, error
        Mean over the examples left out (both classes weigh alike) and its standard error; NaN where there are too few.
    expected, doubt
        The same with what other patients showed: mean and standard deviation of the posterior.
    """

    measured: float
    error: float
    expected: float
    doubt: float


NOTHING_KNOWN = Gain(*[float("nan")] * 4)


def balanced_loss(margin: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Mean logistic loss with both classes weighing alike; of one class alone where there is no other.

    Parameters
    ----------
    margin, truth
        ``(n,)`` log-odds above the threshold, and whether it is marked.
    """
    loss = np.logaddexp(0.0, np.where(truth, -margin, margin))
    sides = [loss[truth == side].mean() for side in (False, True) if (truth == side).any()]
    return float(np.mean(sides))


def left_out(examples: Sequence[Example], personal: Personal, fit: Fit) -> list[float]:
    """By how much the loss of each example falls when a detector learns from the others."""
    gains = []
    for i, example in enumerate(examples):
        found = fit([*examples[:i], *examples[i + 1 :]])
        truth = np.full(len(example.log_odds), example.is_positive)
        before = example.log_odds - personal.balance
        gains.append(balanced_loss(before, truth) - balanced_loss(before + found.of(example.directions)[0], truth))
    return gains


def gain_of(examples: Sequence[Example], personal: Personal, fit: Fit) -> Gain:
    """What to expect of an adapter: the examples left out, and what it did for other patients.

    Both are normal: other patients' gains are the prior, and the error of the mean over examples left out comes from
    how much single examples differed among other patients (three of one's own say little of that).
    """
    positive = np.array([e.is_positive for e in examples])
    if positive.sum() < FEW or (~positive).sum() == 0:
        return Gain(float("nan"), float("nan"), personal.gain, personal.gain_sd)
    gains = np.array(left_out(examples, personal, fit))
    measured = 0.5 * (gains[positive].mean() + gains[~positive].mean())
    of_positive, of_negative = personal.episode_sd
    error = 0.5 * np.sqrt(of_positive**2 / positive.sum() + of_negative**2 / (~positive).sum())
    before, here = personal.gain_sd**-2, error**-2
    return Gain(
        float(measured),
        float(error),
        float((personal.gain * before + measured * here) / (before + here)),
        float((before + here) ** -0.5),
    )
