"""The context model: a small dilated convolution network over the sequence of half-second vectors.

Nothing is padded inside: an output reads exactly :func:`reach` vectors to either side, and where there is
none (before a segment, after it, unusable) it reads zeros and a flag that says so. A long input may
therefore be scored in chunks with the same result.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional


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
