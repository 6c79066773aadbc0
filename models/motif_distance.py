"""How much movement two windows share: one is rebuilt out of the short motifs of the other.

The distance of RelCon (Xu et al., ICLR 2025, arXiv 2411.18822), from its equations. An attention network learns
to rebuild a window from an augmented copy of it; what it fails to rebuild of any other window is the distance.
It is asymmetric, and a window is not at distance 0 from itself. Sparsemax (Martins & Astudillo, ICML 2016), in
training and in use alike: with a softmax in use everything would be rebuilt "on average", and ranks would flatten.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Statistics = Literal["candidate", "own"]
"""Both windows normalised by the candidate's mean and spread, as published; or each by its own: shape alone."""
Attention = Literal["sparsemax", "softmax"]

EPS = 1e-5


def sparsemax(logits: Tensor) -> Tensor:
    """The nearest point of the probability simplex, along the last dimension; many entries are exactly 0.

    Differentiable: on the support the gradient is that of ``logits - mean(logits)``, elsewhere 0.
    """
    ordered = logits.sort(dim=-1, descending=True).values
    total = ordered.cumsum(dim=-1)
    rank = torch.arange(1, logits.shape[-1] + 1, device=logits.device, dtype=logits.dtype)
    size = (1 + rank * ordered > total).sum(dim=-1, keepdim=True)
    threshold = (total.gather(-1, size - 1) - 1) / size
    return (logits - threshold).clamp(min=0)


class PartialConv(nn.Conv1d):
    """Convolution that keeps the length; at the ends it is scaled up by what the padding hides of its kernel."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, padding=dilation * (kernel // 2), dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, inputs, T)`` to ``(B, outputs, T)``."""
        ones = torch.ones(1, 1, x.shape[-1], dtype=x.dtype, device=x.device)
        kernel = torch.full((1, 1, self.kernel_size[0]), 1 / self.kernel_size[0], dtype=x.dtype, device=x.device)
        seen = functional.conv1d(ones, kernel, padding=self.padding, dilation=self.dilation)
        plain = functional.conv1d(x, self.weight, None, padding=self.padding, dilation=self.dilation)
        bias = torch.zeros(self.out_channels, dtype=x.dtype, device=x.device) if self.bias is None else self.bias
        return plain / seen + bias[None, :, None]


class Reader(nn.Module):
    """Queries, keys or values of a window: a dilated network, ``(B, D, T)`` to ``(B, width, T)``."""

    def __init__(self, channels: int, width: int, kernel: int, blocks: int = 2, squeeze: int = 8) -> None:
        super().__init__()
        self.first = PartialConv(channels, width, kernel)
        self.narrow = nn.ModuleList(nn.Conv1d(width, squeeze, 1) for _ in range(blocks))
        self.wide = nn.ModuleList(PartialConv(squeeze, width, kernel, dilation=2**i) for i in range(blocks))

    def forward(self, x: Tensor) -> Tensor:
        """Instance norm without weights after each layer: every window stands for itself."""
        y = functional.instance_norm(functional.gelu(self.first(x)))
        for narrow, wide in zip(self.narrow, self.wide, strict=True):
            y = functional.instance_norm(functional.gelu(y + wide(narrow(y))))
        return y


class MotifDistance(nn.Module):
    """The network behind the distance.

    Parameters
    ----------
    channels
        Of a window, 3 or 6.
    kernel
        Odd; 9 samples at 50 Hz with two blocks see 33 samples, 0.66 s.
    in_use
        What a network that is no longer trained attends by. ``softmax``, which the public code falls to by mistake, is
        there to show what that does.
    """

    def __init__(
        self,
        channels: int = 3,
        width: int = 64,
        kernel: int = 9,
        statistics: Statistics = "candidate",
        in_use: Attention = "sparsemax",
    ) -> None:
        super().__init__()
        self.statistics, self.width, self.in_use = statistics, width, in_use
        self.gain = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))
        self.queries, self.keys, self.values = (Reader(channels, width, kernel) for _ in range(3))
        self.leave = nn.Linear(width, channels)

    def forward(self, anchor: Tensor, candidate: Tensor) -> tuple[Tensor, Tensor]:
        """Rebuild anchors from candidates, pair by pair.

        Parameters
        ----------
        anchor, candidate
            ``(B, T, D)``, the same units.

        Returns
        -------
        What was rebuilt and what should have been, ``(B, T, D)``: in the units given, or with own statistics as
        shares of the anchor's spread.
        """
        query = self._query(anchor, candidate)
        mean, spread = moments(candidate)
        keys, values = self._stored(candidate)
        return self._rebuild(query, keys, values, mean, spread), self._target(anchor)

    def distance(self, anchor: Tensor, candidate: Tensor) -> Tensor:
        """``(B,)``: squared error of the rebuilt anchors, summed over time and channels."""
        rebuilt, wanted = self(anchor, candidate)
        out: Tensor = (rebuilt - wanted).square().sum(dim=(1, 2))
        return out

    def distances(self, windows: Tensor, anchors: Tensor, candidates: Tensor) -> Tensor:
        """Many distances within one set of windows; keys and values are computed once for each.

        Parameters
        ----------
        windows
            ``(N, T, D)``.
        anchors, candidates
            ``(A,)`` and ``(A, M)`` indices of windows.

        Returns
        -------
        ``(A, M)``.
        """
        keys, values = self._stored(windows)
        mean, spread = moments(windows)
        wanted = self._target(windows)
        own = self.queries(self._normalised(windows, mean, spread)) if self.statistics == "own" else None
        rows = []
        for a, others in zip(anchors.tolist(), candidates, strict=True):
            if own is None:
                repeated = windows[a].expand(len(others), -1, -1)
                query = self.queries(self._normalised(repeated, mean[others], spread[others]))
            else:
                query = own[a].expand(len(others), -1, -1)
            rebuilt = self._rebuild(query, keys[others], values[others], mean[others], spread[others])
            rows.append((rebuilt - wanted[a]).square().sum(dim=(1, 2)))
        return torch.stack(rows)

    def _normalised(self, x: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
        normal: Tensor = (self.gain * (x - mean) / spread + self.offset).transpose(1, 2)
        return normal

    def _query(self, anchor: Tensor, candidate: Tensor) -> Tensor:
        by = candidate if self.statistics == "candidate" else anchor
        out: Tensor = self.queries(self._normalised(anchor, *moments(by)))
        return out

    def _stored(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of candidates, always normalised by themselves."""
        normal = self._normalised(x, *moments(x))
        return self.keys(normal), self.values(normal)

    def _target(self, x: Tensor) -> Tensor:
        if self.statistics == "candidate":
            return x
        mean, spread = moments(x)
        return (x - mean) / spread

    def _rebuild(self, query: Tensor, keys: Tensor, values: Tensor, mean: Tensor, spread: Tensor) -> Tensor:
        likeness = query.transpose(1, 2) @ keys / self.width**0.5
        is_soft = self.in_use == "softmax" and not self.training
        share = likeness.softmax(dim=-1) if is_soft else sparsemax(likeness)
        read = self.leave(share @ values.transpose(1, 2))
        normal: Tensor = (read - self.offset) / (self.gain + 1e-10)
        return normal * spread + mean if self.statistics == "candidate" else normal


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread over time, ``(B, 1, D)`` each, from which nothing is learned."""
    variance, mean = torch.var_mean(x.detach(), dim=1, keepdim=True, correction=0)
    return mean, (variance + EPS).sqrt()
