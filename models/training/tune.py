"""Fine-tuning of the encoder's shape branch on marked freezing, together with a context model on top of it.

Supervised, end to end: what the encoder learned from healthy people is the start, and the features are the
second opinion as they are in use. Imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from data.conditioning.shape import ACC_FLOOR
from models.augmentations import Strengths, augment, local_scale
from models.detectors.context import ContextNet
from models.detectors.network import Network
from models.encoders.imu import BEFORE, EXTRA, ShapeNet
from models.features import CELL
from models.training.corpus import Trial
from models.training.fit import Fit, standard, weights

HALO = 100
"""Samples on both sides that only serve the local strength."""


@dataclass(frozen=True, slots=True)
class Tune:
    """How the shape branch is tuned; the names of a recipe's ``[tune]``.

    Parameters
    ----------
    cells, rows
        Half seconds of a training piece, and pieces of a step.
    learning_rate, head_learning_rate
        Highest rate of the shape branch, and of the context model.
    drop_features, drop_columns, shift
        As in :class:`Fit`, for the features alone.
    average
        Decay of the running mean of the weights, which is what is kept.
    members
        Context models on the one shape branch, each from another start.
    """

    steps: int = 300
    cells: int = 80
    rows: int = 24
    members: int = 3
    learning_rate: float = 1e-3
    head_learning_rate: float = 3e-3
    weight_decay: float = 0.05
    drop_features: float = 0.3
    drop_columns: float = 0.2
    shift: float = 0.3
    drop: float = 0.2
    average: float = 0.99
    yaw: float = 0.5
    tilt: float = 0.3
    gain: float = 0.35
    noise: float = 0.03
    smooth: float = 0.3


def tune(
    start: ShapeNet,
    items: Sequence[Trial],
    signals: dict[str, NDArray[np.float32]],
    fit: Fit,
    settings: Tune,
    seed: int,
) -> tuple[ShapeNet, Network]:
    """Tune a copy of a shape branch; returns it and the context models that were trained with it.

    Parameters
    ----------
    items
        Their vectors are those of ``start``.
    signals
        By a trial's name: ``(25 n, 3)`` float32, g, 50 Hz, gravity along +z.
    fit
        Which columns are read, how people are weighed, and the form of the context models.

    Raises
    ------
    ValueError
        If nothing is marked in the trials.
    """
    network = standard(items, fit)
    shape = int(np.sum(network.columns < start.widths[2]))
    features = {t.name: network.standardised(t.vectors)[:, shape:] for t in items}
    chance = weights(items, fit)
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    strengths = Strengths(
        settings.yaw, settings.tilt, settings.gain, 0.0, settings.noise, settings.smooth, 0.5, 0.0, 0.0
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        whole = _Whole(start, network, settings)
        kept = deepcopy(whole)
        optimiser = torch.optim.AdamW(
            [
                {"params": list(whole.net.parameters()), "lr": settings.learning_rate},
                {"params": list(whole.heads.parameters()), "lr": settings.head_learning_rate},
            ],
            weight_decay=settings.weight_decay,
        )
        rates = [settings.learning_rate, settings.head_learning_rate]
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, settings.steps, pct_start=0.15)
        whole.train()
        for step in range(settings.steps):
            acc, inside, seen, y, mask = _draw(items, signals, features, chance, settings, rng)
            gyro, none = torch.zeros_like(acc), torch.zeros(len(acc), dtype=torch.bool)
            x = augment(acc, gyro, inside, none, strengths=strengths, generator=generator)
            odds = whole(x, seen, mask >= 0)
            judged = (mask > 0).float()
            loss = (
                functional.binary_cross_entropy_with_logits(odds, y.expand_as(odds), reduction="none") * judged
            ).sum()
            optimiser.zero_grad()
            (loss / (len(odds) * judged.sum().clamp(min=1.0))).backward()  # type: ignore[no-untyped-call]  # torch lacks its types
            nn.utils.clip_grad_norm_(whole.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            share = max(1 - settings.average, 9 / (step + 10))  # what came first is forgotten
            with torch.no_grad():
                for mean, now in zip(kept.parameters(), whole.parameters(), strict=True):
                    mean.lerp_(now, share)
    members = tuple({k: v.numpy().copy() for k, v in head.state_dict().items()} for head in kept.heads)
    return kept.net.eval(), replace(network, members=members)


class _Whole(nn.Module):
    """A shape branch with the context models on it."""

    def __init__(self, start: ShapeNet, network: Network, settings: Tune) -> None:
        super().__init__()
        self.net = deepcopy(start)
        self.clip, self.reach = network.clip, network.reach
        shape = start.widths[2]
        self.mean, self.sd = (nn.Buffer(torch.from_numpy(v[:shape])) for v in (network.mean, network.sd))
        self.heads = nn.ModuleList(
            ContextNet(len(network.columns), network.width, network.dilations, settings.drop)
            for _ in range(settings.members)
        )

    def forward(self, x: Tensor, seen: Tensor, there: Tensor) -> Tensor:
        """Log-odds ``(members, B, N)`` of pieces: shape values and features side by side, zeros outside the trial."""
        shape = ((self.net(x) - self.mean) / self.sd).clamp(-self.clip, self.clip)
        flag = there.float()[..., None]
        both = torch.cat([torch.cat([shape, seen], dim=2) * flag, flag], dim=2)
        edge = self.reach
        padded = functional.pad(both, (0, 0, edge, edge))
        return torch.stack([head(padded) for head in self.heads])


def encoded(net: ShapeNet, trial: Trial, signal: NDArray[np.float32]) -> Trial:
    """The trial with its shape values made by another shape branch.

    Parameters
    ----------
    signal
        ``(25 n, 3)`` float32, g, 50 Hz, gravity along +z.
    """
    acc, inside = _piece(signal, -BEFORE - HALO, CELL * trial.cells + EXTRA + 2 * HALO)
    x = torch.zeros(1, len(acc), 8)
    there = torch.from_numpy(inside)[None]
    x[..., :3] = local_scale(torch.from_numpy(acc)[None], there, ACC_FLOOR)
    x[..., 6] = there
    with torch.inference_mode():
        shape = net(x[:, HALO:-HALO])[0].numpy()
    return replace(trial, vectors=np.hstack([shape, trial.vectors[:, net.widths[2] :]]).astype(np.float16))


def _piece(signal: NDArray[np.float32], begin: int, length: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Samples ``[begin, begin + length)`` without gravity, zeros where there are none, and where there are."""
    acc, inside = np.zeros((length, 3), dtype=np.float32), np.zeros(length, dtype=bool)
    low, high = max(0, begin), min(len(signal), begin + length)
    acc[low - begin : high - begin] = signal[low:high]
    acc[low - begin : high - begin, 2] -= 1.0
    inside[low - begin : high - begin] = True
    return acc, inside


def _draw(
    items: Sequence[Trial],
    signals: dict[str, NDArray[np.float32]],
    features: dict[str, NDArray[np.float32]],
    chance: NDArray[np.float64],
    settings: Tune,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Signals ``(B, 25 N + 401, 3)``, where they exist, features, targets, and a mask: 1 judged, 0 not, -1 outside."""
    n, rows = settings.cells, settings.rows
    before, length = BEFORE + HALO, CELL * n + EXTRA + 2 * HALO
    width = next(iter(features.values())).shape[1]
    acc, inside = np.zeros((rows, length, 3), dtype=np.float32), np.zeros((rows, length), dtype=bool)
    seen = np.zeros((rows, n, width), dtype=np.float32)
    y, mask = np.zeros((rows, n), dtype=np.float32), np.full((rows, n), -1.0, dtype=np.float32)
    for row, choice in enumerate(rng.choice(len(items), rows, p=chance)):
        trial = items[choice]
        first = int(rng.integers(0, max(1, trial.cells - n + 1)))
        count = min(n, trial.cells - first)
        acc[row], inside[row] = _piece(signals[trial.name], first * CELL - before, length)
        scale = np.asarray(rng.random(width) > settings.drop_columns, dtype=np.float64) / (1 - settings.drop_columns)
        if rng.random() < settings.drop_features:
            scale[:] = 0
        columns = features[trial.name][first : first + count]
        seen[row, :count] = (columns + rng.normal(0, settings.shift, width)) * scale
        y[row, :count] = trial.is_marked[first : first + count]
        mask[row, :count] = trial.judged[first : first + count]
    tensors = (torch.from_numpy(a) for a in (acc, inside, seen, y, mask))
    return tuple(tensors)  # type: ignore[return-value]
