"""RelCon: similarities shall rank candidates as a distance ranks them; nothing is called the same or different.

Xu et al., ICLR 2025, arXiv 2411.18822. Each candidate in turn is the positive, and only those that are farther
than it are its negatives. Two differences: the mean over candidates, not the sum, so that the learning rate does
not depend on their number; and candidates whose distances differ by no more than a hundredth are no negatives of
each other.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

TIE = 0.01
"""Relative difference of two distances from which one is the farther."""


def relative_contrast(
    vectors: Tensor, candidates: Tensor, distances: Tensor, temperature: float, *, only_nearest: bool = False
) -> Tensor:
    """Mean loss over all anchors and their candidates.

    Parameters
    ----------
    vectors
        ``(B, D)``, one for each window; their length does not matter.
    candidates
        ``(B, M)`` indices of windows: the candidates of each.
    distances
        ``(B, M)`` of each window to its candidates, none negative; from a frozen network, no gradient.
    temperature
        Divides the cosine similarities.
    only_nearest
        Take the nearest candidate alone for a positive, all farther ones for its negatives: no ranks.

    Returns
    -------
    A scalar; 0 where no candidate has a farther one.
    """
    z = functional.normalize(vectors.float(), dim=1)
    similarity = (z[:, None, :] * z[candidates]).sum(dim=2) / temperature
    far, order = distances.float().sort(dim=1, descending=True)
    s = similarity.gather(1, order)
    # Of candidates from the farthest on, how many are farther than each by more than a tie.
    farther = torch.searchsorted(-far, -(far * (1 + TIE)), side="left")
    has_negatives = farther > 0
    if only_nearest:
        has_negatives[:, :-1] = False
    negatives = s.logcumsumexp(dim=1).gather(1, (farther - 1).clamp(min=0))
    loss = torch.logaddexp(s, negatives) - s
    return (loss * has_negatives).sum() / has_negatives.sum().clamp(min=1)
