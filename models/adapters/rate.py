"""The base rate: learned only from stretches in which everything was marked, and only where that is seen to help.

Elsewhere who marks chooses the share of marked time, and an intercept would run after it: on other recordings of the
same person that harmed one patient in two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.adapters.choose import FEW, FOLDS
from models.adapters.linear import EPISODE, posterior
from models.adapters.support import CLEAR_CELLS, Example
from models.detectors.correction import Correction
from models.detectors.personal import Personal

_WEIGHT = EPISODE / CLEAR_CELLS
"""Of every half second: here the share of time counts, so long episodes are not held down."""


def rate_shift(examples: Sequence[Example], found: Correction, personal: Personal) -> float:
    """What to add to the log-odds so that the share of time is that of wholly marked stretches; 0 where in doubt.

    A normal prior holds it at 0, as wide as other patients' own thresholds vary with what their episodes look like.
    It has to lower the log loss of wholly marked stretches left out by more than the standard error.

    Parameters
    ----------
    found
        What the examples add beside.
    """
    whole = [e for e in examples if e.is_unselected]
    marked = sum(e.is_positive for e in whole)
    precision = 1.0 / max(float(np.square(personal.weights).sum()), 1e-6)
    if marked < FEW or marked == len(whole):
        return 0.0
    odds = [e.log_odds + found.of(e.directions)[0] for e in whole]
    order = sorted(range(len(whole)), key=lambda i: whole[i].is_positive)
    gains = np.zeros(len(whole))
    for first in range(FOLDS):
        out = set(order[first::FOLDS])
        shift = _fitted([i for i in order if i not in out], odds, whole, precision)
        for i in out:
            gains[i] = _loss(odds[i], whole[i]) - _loss(odds[i] + shift, whole[i])
    if gains.mean() <= gains.std(ddof=1) / np.sqrt(len(gains)):
        return 0.0
    return _fitted(order, odds, whole, precision)


def _fitted(
    chosen: Sequence[int], odds: Sequence[NDArray[np.float64]], whole: Sequence[Example], precision: float
) -> float:
    base = np.concatenate([odds[i] for i in chosen])
    y = np.concatenate([np.full(len(odds[i]), float(whole[i].is_positive)) for i in chosen])
    ones = np.ones((len(y), 1))
    return float(posterior(ones, base, y, np.full(len(y), _WEIGHT), np.array([precision]))[0][0])


def _loss(odds: NDArray[np.float64], example: Example) -> float:
    """Log loss, summed over the half seconds."""
    return float(np.logaddexp(0.0, -odds if example.is_positive else odds).sum())
