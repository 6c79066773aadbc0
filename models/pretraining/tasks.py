"""What an encoder is asked to do while it is pretrained: one class for each objective, behind one interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.augmentations import Strengths
from models.encoders.imu import BEFORE
from models.features import CELL
from models.objectives.relcon import relative_contrast
from models.objectives.simclr import nt_xent
from models.pretraining.corpus import Corpus
from models.pretraining.mining import Blocks, without_hubs
from models.pretraining.windows import Windows, room, view


class Task(Protocol):
    """An objective with what it needs beside the encoder."""

    heads: nn.Module

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """Loss of one batch, the mean vector of each window ``(V, C)``, and the trial of each."""


class SimClr:
    """Two views of a window attract, other recordings' windows repel (Chen et al. 2020)."""

    def __init__(self, corpus: Corpus, windows: Windows, settings: dict[str, Any]) -> None:
        self.corpus, self.windows, self.plan = corpus, windows, settings["training"]
        self.strengths = Strengths(**settings["augmentations"])
        width = settings["widths"][-1]
        self.heads: nn.Module = nn.Sequential(nn.Linear(width, 256), nn.ReLU(), nn.Linear(256, self.plan["projection"]))

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """As :class:`Task`."""
        chosen, whole = self.views(draw, generator)
        pooled = net(whole).mean(dim=1)
        return self.loss(pooled, chosen), pooled, np.concatenate([chosen, chosen])

    def views(self, draw: np.random.Generator, generator: torch.Generator) -> tuple[NDArray[np.int64], Tensor]:
        """The trials of a batch, and two views of a window of each, ``(2 B, T, 8)``."""
        plan, windows = self.plan, self.windows
        chosen = draw.choice(len(windows.chance), size=plan["batch"], p=windows.chance)
        most = room(windows, chosen, plan["vectors"])
        first = (draw.random(plan["batch"]) * (most + 1)).astype(np.int64)
        shift = draw.uniform(-plan["neighbour_s"], plan["neighbour_s"], plan["batch"]) * 50
        second = np.clip(first + shift.astype(np.int64), 0, most)
        return chosen, torch.cat(
            [
                view(self.corpus, windows, chosen, at, plan["vectors"], self.strengths, generator)
                for at in (first, second)
            ]
        )

    def loss(self, pooled: Tensor, chosen: NDArray[np.int64]) -> Tensor:
        """Of the mean vectors ``(2 B, C)`` of both views."""
        one, two = self.heads(pooled).chunk(2)
        group = torch.from_numpy(self.windows.group[chosen]).to(pooled.device)
        return nt_xent(one, two, group, self.plan["temperature"])


class Labels:
    """Nothing but the activities, from scratch: what pretraining without labels is compared with."""

    def __init__(self, corpus: Corpus, windows: Windows, settings: dict[str, Any]) -> None:
        self.corpus, self.windows, self.plan = corpus, windows, settings["training"]
        self.strengths = Strengths(**settings["augmentations"])
        self.heads: nn.Module = nn.Identity()

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """As :class:`Task`; the loss of the activities is the loop's own."""
        chosen = draw.choice(len(self.windows.chance), size=self.plan["batch"], p=self.windows.chance)
        vectors = self.plan["vectors"]
        first = (draw.random(len(chosen)) * (room(self.windows, chosen, vectors) + 1)).astype(np.int64)
        seen = view(self.corpus, self.windows, chosen, first, vectors, self.strengths, generator)
        pooled = net(seen).mean(dim=1)
        return pooled.new_zeros(()), pooled, chosen


class RelCon:
    """Similarities rank each window's candidates as the mined motif distance does (Xu et al. 2025)."""

    def __init__(self, corpus: Corpus, windows: Windows, settings: dict[str, Any], blocks: Blocks) -> None:
        self.corpus, self.windows, self.blocks = corpus, windows, blocks
        self.plan, self.strengths = settings["training"], Strengths(**settings["augmentations"])
        self.heads: nn.Module = nn.Identity()  # as published: the vector itself is ranked

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """As :class:`Task`; a batch is one mined block."""
        k = int(draw.integers(len(self.blocks.trial)))
        chosen, first = self.blocks.trial[k], self.blocks.first[k]
        seen = view(self.corpus, self.windows, chosen, first, self.plan["vectors"], self.strengths, generator)
        pooled = net(seen).mean(dim=1)
        candidates, distances = self.blocks.candidates[k], self.blocks.distances[k]
        if not self.plan.get("hubs", True):
            distances = without_hubs(candidates, distances)
        order, ranks = torch.from_numpy(candidates).long(), torch.from_numpy(distances)
        loss = relative_contrast(
            pooled, order.to(pooled.device), ranks.to(pooled.device), self.plan["temperature"],
            only_nearest=self.plan.get("positives") == "nearest",
        )  # fmt: skip
        return loss, pooled, chosen


class Masked:
    """Hidden spans of the signal are told from what is left around them.

    A hidden sample has value 0 and flag 0, as a lost sensor has. Each half second's vector tells its own 25 samples.
    """

    def __init__(self, corpus: Corpus, windows: Windows, settings: dict[str, Any]) -> None:
        self.corpus, self.windows, self.plan = corpus, windows, settings["training"]
        self.strengths = Strengths(**settings["augmentations"])
        self.heads: nn.Module = nn.Sequential(
            nn.Linear(settings["widths"][-1], 256), nn.ReLU(), nn.Linear(256, CELL * 6)
        )

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """As :class:`Task`."""
        plan, windows = self.plan, self.windows
        chosen = draw.choice(len(windows.chance), size=plan["batch"], p=windows.chance)
        first = (draw.random(plan["batch"]) * (room(windows, chosen, plan["vectors"]) + 1)).astype(np.int64)
        whole = view(self.corpus, windows, chosen, first, plan["vectors"], self.strengths, generator)
        hidden = torch.from_numpy(spans(draw, len(chosen), whole.shape[1], plan["hidden"]))
        vectors = net(whole * ~hidden[..., None])
        return untold(self.heads(vectors), whole, hidden), vectors.mean(dim=1), chosen


class Both:
    """SimCLR between two views that are both partly hidden, and what is hidden told from each.

    Contrast learns whose movement it is, masked modelling what moves next to what.
    """

    def __init__(self, corpus: Corpus, windows: Windows, settings: dict[str, Any]) -> None:
        self.contrast, self.plan = SimClr(corpus, windows, settings), settings["training"]
        self.teller = Masked(corpus, windows, settings).heads
        self.heads: nn.Module = nn.ModuleList([self.contrast.heads, self.teller])

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """As :class:`Task`."""
        chosen, whole = self.contrast.views(draw, generator)
        hidden = torch.from_numpy(spans(draw, len(whole), whole.shape[1], self.plan["hidden"]))
        vectors = net(whole * ~hidden[..., None])
        pooled = vectors.mean(dim=1)
        apart = self.contrast.loss(pooled, chosen)
        told = untold(self.teller(vectors), whole, hidden)
        return apart + self.plan["masked_weight"] * told, pooled, np.concatenate([chosen, chosen])


class InTurn:
    """One of several objectives a step, by lot: what they teach together."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self.heads: nn.Module = nn.ModuleList(t.heads for t in tasks)

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """As :class:`Task`."""
        return self.tasks[int(draw.integers(len(self.tasks)))](net, draw, generator)


def untold(told: Tensor, whole: Tensor, hidden: Tensor) -> Tensor:
    """Mean error of what is told of hidden samples that exist.

    Parameters
    ----------
    told
        ``(B, N, 150)``: of each half second, its 25 samples of six channels.
    whole
        ``(B, 25 N + 201, 8)``: the window before anything was hidden.
    hidden
        ``(B, 25 N + 201)`` bool.
    """
    told = told.reshape(len(told), -1, 6)
    whole, hidden = whole.to(told.device), hidden.to(told.device)
    own = slice(BEFORE, BEFORE + told.shape[1])
    there = whole[:, own, 6:].repeat_interleave(3, dim=2) * hidden[:, own, None]
    error = functional.smooth_l1_loss(told, whole[:, own, :6], reduction="none")
    return (error * there).sum() / there.sum().clamp(min=1)


def spans(draw: np.random.Generator, rows: int, length: int, share: float) -> NDArray[np.bool_]:
    """``(rows, length)``: spans of 0.2 to 1 s that cover about ``share`` of the time."""
    hidden = np.zeros((rows, length), dtype=bool)
    at = np.arange(length)[None, :]
    # Spans of 30 samples on average, laid at random: n of them leave (1 - 30 / length)^n uncovered.
    for _ in range(round(np.log(1 - share) / np.log(1 - 30 / length))):
        begin, size = draw.integers(0, length, rows)[:, None], draw.integers(10, 51, rows)[:, None]
        hidden |= (at >= begin) & (at < begin + size)
    return hidden
