"""A transformer over patches of each axis apart (after Nie et al., PatchTST, ICLR 2023), for pairs of sensor and film.

Axes meet nowhere inside: a sensor that is turned is another input. Layer norm takes the place of batch norm, so that a
clip's vector does not depend on the others of its batch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from models.encoders.imu import BEFORE
from models.features import CELL

PATCH = 16
"""Samples of a patch, 0.32 s; patches do not overlap."""
CHANNELS = 6


class PatchTower(nn.Module):
    """Six axes of a clip to one vector: the class token of each axis, joined.

    Parameters
    ----------
    dim, layers, heads
        Of the transformer; its feed-forward part is four times as wide.
    """

    def __init__(self, dim: int = 128, layers: int = 3, heads: int = 8) -> None:
        super().__init__()
        self.width = CHANNELS * dim
        self.enter = nn.Linear(PATCH, dim)
        self.first = nn.Parameter(torch.zeros(1, 1, dim))
        layer = nn.TransformerEncoderLayer(
            dim, heads, 4 * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, nn.LayerNorm(dim), enable_nested_tensor=False)

    def forward(self, x: Tensor, inside: Tensor) -> Tensor:
        """``(B, 25 N + 201, 8)`` and ``(B, N)``, as of the shape branch, to ``(B, 6 dim)``.

        Each axis is scaled to mean 0 and variance 1 over the samples of the clip: strength and posture are lost.
        """
        batch, vectors = inside.shape
        signal = x[:, BEFORE : BEFORE + vectors * CELL, :CHANNELS]
        there = inside.repeat_interleave(CELL, dim=1)[..., None]
        count = there.sum(dim=1, keepdim=True).clamp(min=1)
        mean = (signal * there).sum(dim=1, keepdim=True) / count
        centred = (signal - mean) * there
        scaled = centred / ((centred**2).sum(dim=1, keepdim=True) / count + 1e-5).sqrt()
        patches = scaled.shape[1] // PATCH
        rows = scaled[:, : patches * PATCH].reshape(batch, patches, PATCH, CHANNELS).permute(0, 3, 1, 2)
        tokens = self.enter(rows.reshape(batch * CHANNELS, patches, PATCH))
        tokens = torch.cat(
            [self.first.expand(len(tokens), -1, -1), tokens + positions(patches, tokens.shape[2])], dim=1
        )
        # A patch counts when any of its samples does; the class token always.
        full = there[:, : patches * PATCH, 0].reshape(batch, patches, PATCH).amax(dim=2) > 0
        absent = torch.cat([torch.zeros(batch, 1, dtype=torch.bool), ~full], dim=1).repeat_interleave(CHANNELS, dim=0)
        out: Tensor = self.layers(tokens, src_key_padding_mask=absent)[:, 0].reshape(batch, self.width)
        return out


def positions(count: int, dim: int) -> Tensor:
    """``(count, dim)`` sines and cosines of falling frequencies (Vaswani et al. 2017)."""
    rate = torch.exp(torch.arange(0, dim, 2) * (-math.log(10_000.0) / dim))
    angle = torch.arange(count)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=2).reshape(count, dim)
