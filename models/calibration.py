"""From a network's log-odds to probabilities with a band, and the distance to what was learned.

Platt scaling (Platt 1999) on people who took no part in training. The band holds three doubts: the
networks among themselves, the calibration (bootstrap over people), and nothing else: how far a new
person's own base rate lies from everybody's is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z_90 = 1.645
"""Half width of a 90 % band in standard deviations."""

BLOCK = 16_384
"""Vectors that are read at once where there may be those of a week."""

FloatsIn = NDArray[np.floating]


def sigmoid(x: FloatsIn) -> NDArray[np.float64]:
    """Log-odds to probability, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, dtype=np.float64))))


def log_odds(p: float) -> float:
    """Probability to log-odds; 0 and 1 give the smallest and largest finite ones."""
    clipped = min(max(p, 1e-12), 1.0 - 1e-12)
    return float(np.log(clipped / (1.0 - clipped)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Probability = sigmoid(slope · log-odds + intercept).

    Parameters
    ----------
    covariance
        Variance of the slope, covariance, variance of the intercept.
    """

    slope: float
    intercept: float
    covariance: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def probability(
        self, log_odds: FloatsIn, spread: FloatsIn, moved: FloatsIn | float = 0.0, doubt: FloatsIn | float = 0.0
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Probability and the lower and upper end of its 90 % band.

        Parameters
        ----------
        log_odds
            ``(n,)`` mean over the networks.
        spread
            ``(n,)`` standard deviation over the networks.
        moved, doubt
            ``(n,)`` what labelled examples add to the calibrated log-odds, and the variance of that.
        """
        z = np.asarray(log_odds, dtype=np.float64)
        vs, cov, vi = self.covariance
        variance = (self.slope * np.asarray(spread, dtype=np.float64)) ** 2 + vs * z * z + 2 * cov * z + vi + doubt
        half = Z_90 * np.sqrt(np.maximum(variance, 0.0))
        middle = self.slope * z + self.intercept + moved
        p, low, high = (sigmoid(v).astype(np.float32) for v in (middle, middle - half, middle + half))
        return p, low, high


def fit_platt(log_odds: FloatsIn, truth: NDArray[np.bool_], weight: FloatsIn | None = None) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of the truth on the log-odds (Newton's method).

    Parameters
    ----------
    log_odds, truth, weight
        ``(n,)``; both outcomes must occur.

    Raises
    ------
    ValueError
        If only one outcome occurs.
    """
    y = np.asarray(truth, dtype=np.float64)
    if y.min() == y.max():
        raise ValueError("calibration needs both outcomes")
    x = np.stack([np.asarray(log_odds, dtype=np.float64), np.ones(len(y))], axis=1)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    theta = np.array([1.0, 0.0])
    ridge = 1e-6 * w.sum() * np.eye(2)
    for _ in range(50):
        p = sigmoid(x @ theta)
        gradient = x.T @ (w * (p - y))
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(hessian, gradient)
        length = float(np.abs(step).max())
        theta = theta - step * min(1.0, 2.0 / max(length, 1e-12))
        if length < 1e-9:
            break
    return float(theta[0]), float(theta[1])


def calibrate(
    log_odds: FloatsIn,
    truth: NDArray[np.bool_],
    people: NDArray[np.str_],
    *,
    seed: int,
    weight: FloatsIn | None = None,
    draws: int = 200,
) -> Calibration:
    """Fit on people who took no part in training; the covariance is that of a bootstrap over people."""
    names, index = np.unique(people, return_inverse=True)
    base = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=np.float64)
    slope, intercept = fit_platt(log_odds, truth, base)
    generator = np.random.default_rng(seed)
    # A histogram of the log-odds stands for the half seconds: the same fit, a hundred times faster.
    edges = np.unique(np.quantile(log_odds, np.linspace(0, 1, 201)))
    cell = np.clip(np.searchsorted(edges, log_odds, side="right") - 1, 0, max(len(edges) - 2, 0))
    shape = (len(names), 2, max(len(edges) - 1, 1))
    counts, sums = np.zeros(shape), np.zeros(shape)
    at = (index, np.asarray(truth, dtype=int), cell)
    np.add.at(counts, at, base)
    np.add.at(sums, at, base * np.asarray(log_odds, dtype=np.float64))
    fits = []
    for _ in range(draws):
        times = np.bincount(generator.integers(len(names), size=len(names)), minlength=len(names))
        n, s = np.tensordot(times, counts, 1), np.tensordot(times, sums, 1)
        if min(n[0].sum(), n[1].sum()) > 0:
            keep = n > 0
            y = np.broadcast_to(np.array([[False], [True]]), n.shape)[keep]
            fits.append(fit_platt((s[keep] / n[keep]), y, n[keep]))
    spread = np.cov(np.array(fits).T) if len(fits) > 1 else np.zeros((2, 2))
    return Calibration(slope, intercept, (float(spread[0, 0]), float(spread[0, 1]), float(spread[1, 1])))


@dataclass(frozen=True, slots=True)
class Known:
    """What the training vectors look like, so that others can be told from them.

    Mahalanobis distance in the directions in which training vectors vary most, divided by the
    square root of their number: 1 is usual.

    Parameters
    ----------
    mean
        ``(d,)``.
    whiten
        ``(d, k)``: a vector less the mean, times this, has unit variance in each column.
    edge, outside
        Distances beyond which a vector is at the edge of what was learned, and unlike it. Of the shipped detectors
        1 and 0.1 % of the half seconds of people who took no part in training lie further away.
    """

    mean: NDArray[np.float32]
    whiten: NDArray[np.float32]
    edge: float
    outside: float

    def whitened(self, vectors: FloatsIn) -> NDArray[np.float32]:
        """``(n, k)`` for ``(n, d)``: unit variance in training, and none with another."""
        return np.asarray((np.asarray(vectors, dtype=np.float32) - self.mean) @ self.whiten)

    def distance(self, vectors: FloatsIn) -> NDArray[np.float32]:
        """``(n,)`` for ``(n, d)``."""
        z = self.whitened(vectors)
        return np.asarray(np.sqrt(np.einsum("nk,nk->n", z, z) / z.shape[1]), dtype=np.float32)


def in_blocks(vectors: FloatsIn) -> Iterator[FloatsIn]:
    """``(n, d)`` vectors some at a time: what is made of those of a week must not all be held at once."""
    return (vectors[at : at + BLOCK] for at in range(0, len(vectors), BLOCK))


def whitening(vectors: FloatsIn, directions: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and whitening matrix of ``(n, d)`` vectors in their ``directions`` strongest directions."""

    def blocks() -> Iterator[NDArray[np.float64]]:
        return (np.asarray(block, dtype=np.float64) for block in in_blocks(vectors))

    mean = np.sum([x.sum(axis=0) for x in blocks()], axis=0) / len(vectors)
    scatter = sum((x - mean).T @ (x - mean) for x in blocks())
    values, columns = np.linalg.eigh(scatter / max(1, len(vectors) - 1))
    keep = np.argsort(values)[::-1][:directions]
    return mean.astype(np.float32), (columns[:, keep] / np.sqrt(np.maximum(values[keep], 1e-9))).astype(np.float32)
