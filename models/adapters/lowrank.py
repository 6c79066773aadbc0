"""The low-rank adapter: directions bent by a few matrices of low rank, then linear; from many marked episodes.

A bottleneck beside what is there (Houlsby et al. 2019; low rank as in Hu et al. 2022):
``x' = x + U tanh(V' (x, 1))``,
then a linear term as in the linear adapter. Without the bend two linear maps would be one. ``U`` is nothing at the
start, so fitting begins at the detector as it is; no shipped weight is touched. Of ``U`` only its product with the
linear term matters: one weight a bent direction, with the same prior as all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.adapters.example import Example
from models.adapters.linear import PRECISION, posterior, stacked
from models.calibration import sigmoid
from models.detectors.correction import Correction, bent, with_constant
from models.detectors.personal import Personal

RANK = 8
STEPS = 100
SEED = 9001

Floats = NDArray[np.float64]


def fit_low_rank(
    examples: Sequence[Example], personal: Personal, progress: Callable[[float], None] | None = None, seed: int = SEED
) -> Correction:
    """What examples add to a detector that is there; the patient's own threshold as the linear adapter has it.

    Matrix and weights are found together (L-BFGS, Liu & Nocedal 1989), the weights then once more, with their doubt.

    Parameters
    ----------
    progress
        Told which share of the steps is done at most.
    """
    shift = personal.shift([e.log_odds for e in examples if e.is_positive])
    x, base, y, weight = stacked(examples)
    base = base + shift - personal.balance
    k = x.shape[1]
    start: Floats = np.random.default_rng(seed).normal(size=(k + 1, RANK)) / np.sqrt(k)
    taken = iter(range(1, STEPS + 1))

    def lost(at: Floats) -> tuple[float, Floats]:
        if progress is not None:
            progress(next(taken, STEPS) / STEPS)
        return objective(at, x, base, y, weight, start)

    packed: Floats = np.concatenate([start.ravel(), np.zeros(RANK + k)])
    from scipy.optimize import minimize  # noqa: PLC0415  slow to import, and needed from twenty episodes on alone

    found = minimize(lost, packed, method="L-BFGS-B", jac=True, options={"maxiter": STEPS})
    inward = found.x[: start.size].reshape(start.shape)
    if progress is not None:
        progress(1.0)
    weights, covariance = posterior(bent(x, inward), base, y, weight, np.full(k + RANK, PRECISION))
    whole = np.zeros((k + RANK + 1, k + RANK + 1))
    whole[:-1, :-1] = covariance
    return Correction(np.append(weights, shift), whole, inward)


def objective(
    packed: Floats, x: Floats, base: Floats, y: Floats, weight: Floats, start: Floats
) -> tuple[float, Floats]:
    """Weighted logistic loss with normal priors, and its gradient.

    The matrix is held near where it starts, within the variance that it was drawn with; all weights near nothing.

    Parameters
    ----------
    packed
        The matrix ``(k + 1, r)`` row by row, ``r`` weights of the bent directions, ``k`` of the others.
    x, base, y, weight
        As :func:`models.adapters.linear.posterior` takes them.
    start
        ``(k + 1, r)``.
    """
    k = x.shape[1]
    inward, outward, linear = packed[: start.size].reshape(start.shape), packed[start.size : -k], packed[-k:]
    seen, sign = with_constant(x), 1.0 - 2.0 * y
    hidden = np.tanh(seen @ inward)
    odds = sign * (base + x @ linear + hidden @ outward)
    away = inward - start
    loss = weight @ np.logaddexp(0.0, odds) + 0.5 * k * np.square(away).sum()
    loss += 0.5 * PRECISION * (outward @ outward + linear @ linear)
    pull = weight * sign * sigmoid(odds)
    of_inward = seen.T @ (pull[:, None] * (1.0 - hidden**2) * outward) + k * away
    of_outward, of_linear = hidden.T @ pull + PRECISION * outward, x.T @ pull + PRECISION * linear
    return float(loss), np.concatenate([of_inward.ravel(), of_outward, of_linear])
