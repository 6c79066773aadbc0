"""The shape branch: a one-dimensional residual network, one vector for each half second.

Vector ``n`` represents the samples ``[25 n, 25 n + 25)`` and reads ``[25 n - 100, 25 n + 126)``. Nothing is
padded inside, no statistics run over time: a stream may be encoded in chunks with the same result. ReLU, not
GELU: on a processor GELU alone took a third of the time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

BEFORE = 100
"""Samples that vector ``n`` reads before its half second."""

EXTRA = 201
"""Samples that a chunk of N vectors needs beside its own 25 N."""

INPUTS = 8
"""Three axes of acceleration, three of rotation, and a flag for each being present."""


class Conv(nn.Conv2d):
    """Convolution over time, kept two-dimensional with height 1: what channels-last kernels are fast at."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(inputs, outputs, (1, kernel), (1, stride), dilation=(1, dilation))


class StepNorm(nn.Module):
    """LayerNorm over the channels of each time step."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, 1, T)`` to the same."""
        last = x.permute(0, 2, 3, 1)
        out: Tensor = functional.layer_norm(last, last.shape[-1:], self.weight, self.bias).permute(0, 3, 1, 2)
        return out


class Block(nn.Module):
    """Norm, ReLU, convolution, twice, and the input added; shortens by twice the kernel's reach."""

    def __init__(self, channels: int, kernel: int, dilation: int = 1) -> None:
        super().__init__()
        self.norm1, self.norm2 = StepNorm(channels), StepNorm(channels)
        self.conv1 = Conv(channels, channels, kernel, dilation=dilation)
        self.conv2 = Conv(channels, channels, kernel, dilation=dilation)
        self.cut = (kernel - 1) * dilation

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, 1, T)`` to ``(B, C, 1, T - 2 (kernel - 1) dilation)``."""
        # In place: nobody else holds these values, and fresh memory costs more than the arithmetic on it.
        y = self.conv1(functional.relu_(self.norm1(x)))
        y = self.conv2(functional.relu_(self.norm2(y)))
        out: Tensor = y.add_(x[..., self.cut : x.shape[-1] - self.cut])
        return out


class ShapeNet(nn.Module):
    """Conditioned samples in, shape vectors out.

    Parameters
    ----------
    widths
        Channels at 50 Hz, 10 Hz and 2 Hz; the last is the length of a vector.
    """

    def __init__(self, widths: tuple[int, int, int]) -> None:
        super().__init__()
        a, b, c = widths
        self.widths = widths
        self.layers = nn.Sequential(
            Conv(INPUTS, a, 9),
            Block(a, 5),
            Conv(a, b, 10, stride=5),
            Block(b, 3),
            Block(b, 3),
            Block(b, 3, dilation=2),
            Conv(b, c, 5, stride=5),
            Block(c, 3),
            StepNorm(c),
            Conv(c, c, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(B, 25 N + 201, 8)`` float32 to ``(B, N, widths[2])``."""
        # (B, T, 8) is already what channels-last means for (B, 8, 1, T).
        y = self.layers(x.permute(0, 2, 1).unsqueeze(2).contiguous(memory_format=torch.channels_last))
        out: Tensor = y.squeeze(2).permute(0, 2, 1)
        return out


def shape_net(widths: tuple[int, int, int], seed: int = 0) -> ShapeNet:
    """A network with random weights; the same seed gives the same weights, and the caller's generator is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = ShapeNet(widths)
    for p in net.parameters():
        if p.dim() == 4:
            p.data = p.data.contiguous(memory_format=torch.channels_last)
    return net
