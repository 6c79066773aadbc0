"""The low-rank adapter: directions bent by a few matrices of low rank, then linear; from many marked episodes.

A bottleneck beside what is there (Houlsby et al. 2019; of low rank as in Hu et al. 2022): ``x' = x + U tanh(V' x)``,
then a linear term as in the linear adapter. Without the bend two linear maps would be one. ``U`` is nothing at the
start, so training begins at the detector as it is; no shipped weight is touched. Of ``U`` only its product with the
linear term matters: one weight a bent direction, with the same prior as all others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.adapters.linear import PRECISION, posterior, stacked
from models.adapters.support import Example
from models.detectors.correction import Correction, bent
from models.detectors.personal import Personal

RANK = 8
STEPS = 200
LEARNING_RATE = 3e-3
DECAY = 1e-2
"""Weight decay of the matrices (AdamW, Loshchilov & Hutter 2019)."""
SEED = 9001
EVERY = 10
"""Steps between two words about how far it is."""


def fit_low_rank(
    examples: Sequence[Example], personal: Personal, progress: Callable[[float], None] | None = None, seed: int = SEED
) -> Correction:
    """What examples add to a detector that is there; the patient's own threshold as the linear adapter has it.

    The matrices are found by gradient descent, the weights behind them then exactly, with their doubt.

    Parameters
    ----------
    progress
        Told which share of the steps is done.
    """
    shift = personal.shift([e.log_odds for e in examples if e.is_positive])
    x, base, y, weight = stacked(examples)
    base = base + shift - personal.balance
    inward = _matrix(x, base, y, weight, progress, seed)
    size = x.shape[1] + RANK
    weights, covariance = posterior(bent(x, inward), base, y, weight, np.full(size, PRECISION))
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size] = covariance
    return Correction(np.append(weights, shift), whole, inward)


def _matrix(
    x: NDArray[np.float64],
    base: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    progress: Callable[[float], None] | None,
    seed: int,
) -> NDArray[np.float64]:
    """``(k, RANK)``, found together with the weights behind it."""
    import torch  # noqa: PLC0415  torch is loaded when something is to be fitted, not before

    rng = torch.Generator().manual_seed(seed)
    inputs, known, sign, much = (torch.from_numpy(v) for v in (x, base, 1 - 2 * y, weight / weight.sum()))
    inward = torch.randn(x.shape[1], RANK, generator=rng, dtype=torch.float64) / np.sqrt(x.shape[1])
    outward, linear = torch.zeros(RANK, dtype=torch.float64), torch.zeros(x.shape[1], dtype=torch.float64)
    for each in (inward, outward, linear):
        each.requires_grad_()
    held = PRECISION / 2 / weight.sum()
    optimiser = torch.optim.AdamW([inward, outward, linear], lr=LEARNING_RATE, weight_decay=DECAY)
    for step in range(STEPS):
        odds = known + inputs @ linear + torch.tanh(inputs @ inward) @ outward
        loss = (much * torch.nn.functional.softplus(sign * odds)).sum()
        loss = loss + held * (linear.square().sum() + outward.square().sum())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if progress is not None and (step + 1) % EVERY == 0:
            progress((step + 1) / STEPS)
    return np.array(inward.detach().numpy(), dtype=np.float64)
