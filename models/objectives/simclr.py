"""SimCLR: two views of a window attract each other, all other windows of the batch repel."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def nt_xent(first: Tensor, second: Tensor, group: Tensor, temperature: float) -> Tensor:
    """Normalised-temperature cross-entropy over both directions.

    Windows of the same recording are no negatives of each other: neighbours are alike and should be.

    Parameters
    ----------
    first, second
        ``(B, D)`` projections of the two views; their length does not matter.
    group
        ``(B,)`` integers: which recording a window comes from.
    temperature
        Divides the cosine similarities.

    Returns
    -------
    The mean over the 2 B views, a scalar.
    """
    batch = len(first)
    z = functional.normalize(torch.cat([first, second]).float(), dim=1)
    logits = z @ z.T / temperature
    own = torch.arange(2 * batch)
    positive = (own + batch) % (2 * batch)
    groups = torch.cat([group, group])
    hidden = groups[:, None] == groups[None, :]
    hidden[own, positive] = False
    return functional.cross_entropy(logits.masked_fill(hidden, float("-inf")), positive)
