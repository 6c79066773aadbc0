"""The linear adapter: a logistic term with a Gaussian prior centred on the detector as it is.

With no example the posterior is the prior, and the detector stays as it is; each example moves it a little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.adapters.example import Example
from models.calibration import sigmoid
from models.detectors.correction import Correction
from models.detectors.personal import Personal

PRECISION = 100.0
"""Of the prior of each weight, of directions with unit variance: chosen on tdcsfog, see the ledger."""
EPISODE = 6
"""Half seconds that an episode weighs at most: neighbours share most of what they read."""
STEPS = 25


def fit_linear(examples: Sequence[Example], personal: Personal, precision: float = PRECISION) -> Correction:
    """What examples add to a detector that is there: the patient's own threshold, then the directions.

    The shift comes from what other patients showed (:class:`Personal`), not from the share of marked examples: that
    share is the choice of who marks. For the same reason the logistic term counts from the usual threshold.
    """
    shift = personal.shift([e.log_odds for e in examples if e.is_positive])
    x, base, y, weight = stacked(examples)
    k = x.shape[1]
    weights, covariance = posterior(x, base + shift - personal.balance, y, weight, np.full(k, precision))
    whole = np.zeros((k + 1, k + 1))
    whole[:k, :k] = covariance
    return Correction(np.append(weights, shift), whole)


def stacked(
    examples: Sequence[Example],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Directions ``(n, k)``, log-odds, truth and weight ``(n,)`` of the examples' half seconds."""
    return (
        np.concatenate([e.directions for e in examples]),
        np.concatenate([e.log_odds for e in examples]),
        np.concatenate([np.full(len(e.log_odds), float(e.is_positive)) for e in examples]),
        np.concatenate([np.full(len(e.log_odds), e.weight * min(1.0, EPISODE / len(e.log_odds))) for e in examples]),
    )


def posterior(
    x: NDArray[np.float64],
    base: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Most likely weights of a logistic regression beside known log-odds, and their covariance (Newton, Laplace).

    Minimises ``sum(weight * log(1 + exp(-(2 y - 1) (base + x w)))) + w' diag(precision) w / 2``.

    Parameters
    ----------
    x
        ``(n, k)``.
    base, y, weight
        ``(n,)``; truth is 0 or 1.
    precision
        ``(k,)``.
    """
    w = np.zeros(x.shape[1])

    def loss(at: NDArray[np.float64]) -> float:
        return float(weight @ np.logaddexp(0.0, (1 - 2 * y) * (base + x @ at)) + 0.5 * precision @ at**2)

    def curvature(p: NDArray[np.float64]) -> NDArray[np.float64]:
        half = x * np.sqrt(weight * p * (1 - p))[:, None]
        return np.asarray(half.T @ half + np.diag(precision))  # of one and the same array numpy computes one half

    for _ in range(STEPS):
        p = sigmoid(base + x @ w)
        hessian = curvature(p)
        step = np.linalg.solve(hessian, x.T @ (weight * (p - y)) + precision * w)
        size = 1.0
        while loss(w - size * step) > loss(w) + 1e-12 and size > 1e-4:
            size /= 2
        w = w - size * step
        if np.abs(step).max() < 1e-9:
            break
    return w, np.asarray(np.linalg.inv(curvature(sigmoid(base + x @ w))), dtype=np.float64)
