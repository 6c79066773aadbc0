"""Every pair of a batch is a question of its own: do these two belong together?

The pairwise sigmoid loss (Zhai et al., SigLIP, ICCV 2023), as IMU-video pretraining uses it between a sensor and
a film. A pair may weigh less, or nothing: neighbours in time of one recording are neither alike nor different.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class Sigmoid(nn.Module):
    """The loss with its two learned numbers: the log of the inverse temperature, from ln 10, and the bias, from -10."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(10.0)))
        self.bias = nn.Parameter(torch.tensor(-10.0))

    def forward(self, first: Tensor, second: Tensor, same: Tensor, weight: Tensor | None = None) -> Tensor:
        """Sum over the second view's clips, mean over the first's.

        Parameters
        ----------
        first, second
            ``(B, D)`` and ``(C, D)`` projections; their length does not matter.
        same
            ``(B, C)`` bool: the pairs that belong together.
        weight
            ``(B, C)``, 1 where none is given.

        Returns
        -------
        A scalar.
        """
        cosine = functional.normalize(first.float(), dim=1) @ functional.normalize(second.float(), dim=1).T
        sign = torch.where(same, 1.0, -1.0)
        each = -functional.logsigmoid(sign * (self.log_scale.exp() * cosine + self.bias))
        weighed = each if weight is None else each * weight
        return weighed.sum() / len(first)
