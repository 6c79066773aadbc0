"""The context model: a small dilated convolution network over the sequence of half-second vectors.

Nothing is padded inside: an output reads exactly :func:`reach` vectors to either side, and where there is
none (before a segment, after it, unusable) it reads zeros and a flag that says so. A long input may
therefore be scored in chunks with the same result.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

EPS = 1e-5
"""Of the layer norms, as torch has it."""

GELU, GELU_CUBE = math.sqrt(2.0 / math.pi), 0.044715
"""Of the GELU's tanh form (Hendrycks and Gimpel 2016): tanh of GELU (x + GELU_CUBE x³)."""


def reach(dilations: Sequence[int]) -> int:
    """Half seconds to either side that an output depends on."""
    return sum(dilations)


class ContextNet(nn.Module):
    """Vectors and their flag in, one log-odds for each half second out.

    Parameters
    ----------
    inputs
        Length of a vector, without the flag.
    width
        Channels inside.
    dilations
        Of the residual blocks, kernel 3.
    drop
        Share of the inner values dropped in training.
    """

    def __init__(self, inputs: int, width: int, dilations: Sequence[int], drop: float = 0.0) -> None:
        super().__init__()
        self.drop = drop
        self.dilations = tuple(dilations)
        self.enter = nn.Linear(inputs + 1, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in dilations)
        self.convs = nn.ModuleList(nn.Conv1d(width, width, 3, dilation=d) for d in dilations)
        self.last = nn.LayerNorm(width)
        self.leave = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, N + 2 reach, inputs + 1)`` to ``(B, N)`` log-odds."""
        y = self.enter(x)
        for norm, conv, d in zip(self.norms, self.convs, self.dilations, strict=True):
            z = functional.dropout(functional.gelu(norm(y), approximate="tanh"), self.drop, self.training)
            y = y[:, d : y.shape[1] - d] + conv(z.transpose(1, 2)).transpose(1, 2)
        out: Tensor = self.leave(functional.gelu(self.last(y), approximate="tanh"))[..., 0]
        return out


class Ensemble:
    """Trained context models of one shape side by side: what each of them says alone, in less than half the time.

    Whatever is added to a time step of a network is read through layer norms alone, and they take its mean off. So the
    weights are kept without that mean, and the norms have but to divide. The values differ from those of
    :class:`ContextNet` by rounding.

    Parameters
    ----------
    members
        State of each :class:`ContextNet` by name.
    width, dilations
        As theirs.
    """

    def __init__(
        self, members: Sequence[Mapping[str, NDArray[np.float32]]], width: int, dilations: Sequence[int]
    ) -> None:
        self.members, self.width, self.dilations = len(members), width, tuple(dilations)

        def every(name: str) -> Tensor:
            return torch.stack([torch.from_numpy(np.array(m[name])) for m in members])

        def centred(weights: Tensor) -> Tensor:
            """``(members, width, ...)`` without its mean over the outputs of a member, and members side by side."""
            return (weights - weights.mean(dim=1, keepdim=True)).flatten(0, 1)

        self.enter = centred(every("enter.weight")).t().contiguous(), centred(every("enter.bias"))
        self.norms = [(every(f"norms.{i}.weight"), every(f"norms.{i}.bias")) for i in range(len(self.dilations))]
        self.convs = [
            (
                centred(every(f"convs.{i}.weight")).unsqueeze(2).contiguous(memory_format=torch.channels_last),
                centred(every(f"convs.{i}.bias")),
            )
            for i in range(len(self.dilations))
        ]
        self.last = every("last.weight"), every("last.bias")
        self.leave = every("leave.weight")[:, 0], every("leave.bias")[:, 0]

    def __call__(self, x: Tensor) -> Tensor:
        """``(N + 2 reach, inputs + 1)`` to ``(members, N)`` log-odds; without gradients."""
        weights, bias = self.enter
        y = torch.addmm(bias, x, weights)
        for norm, (weights, bias), d in zip(self.norms, self.convs, self.dilations, strict=True):
            z = self._activated(y, *norm).view(1, 1, len(y), -1).permute(0, 3, 1, 2)
            added = functional.conv2d(z, weights, bias, dilation=(1, d), groups=self.members)
            y = added.permute(0, 2, 3, 1).reshape(-1, y.shape[1]).add_(y[d : len(y) - d])
        scale, shift = self.leave
        return torch.add(shift, (self._activated(y, *self.last) * scale).sum(dim=2)).t()

    def _activated(self, y: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """``(n, members, width)``: the norm of ``(n, members · width)``, and of that the GELU by its tanh form."""
        normed = functional.rms_norm(y.view(len(y), self.members, self.width), (self.width,), None, EPS)
        z = torch.addcmul(shift, normed, scale)
        # (1 + tanh u) / 2 is the sigmoid of 2 u, which torch computes three times as fast.
        gate = torch.mul(z, z).mul_(2.0 * GELU * GELU_CUBE).add_(2.0 * GELU).mul_(z).sigmoid_()
        return gate.mul_(z)
