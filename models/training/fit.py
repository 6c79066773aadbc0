"""Training of the context models on embedded trials. Imports torch; nothing else of this folder does at import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from models.detectors.context import ContextNet, reach
from models.detectors.network import Network
from models.features import NAMES
from models.training.corpus import HEAVIEST, Trial

LEFT_OUT = {"gravity_x", "gravity_y", "gravity_z", "xy", "xv", "yv", "has_gyro"}
"""Features that depend on how a sensor was mounted, or that training data hold constant."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How the context models are trained; the names of a recipe's ``[fit]``.

    Parameters
    ----------
    members
        Networks, each from another seed.
    cells, rows
        Half seconds of a training piece, and pieces of a step.
    healthy
        Share of the pieces that come from healthy people.
    heaviest
        Weight of the person who holds half of all freezing, against 1 for the others.
    drop, drop_columns, drop_shape, drop_features
        Shares dropped in training: inner values; single columns, the shape values and the features of a piece.
    shift
        Standard deviation of a constant added to each column of a piece: another hospital, another sensor.
    shape, features
        Whether the shape values and the features are read at all.
    """

    members: int = 4
    steps: int = 400
    cells: int = 160
    rows: int = 24
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    width: int = 32
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    healthy: float = 0.2
    heaviest: float = 0.2
    drop: float = 0.2
    drop_columns: float = 0.2
    drop_shape: float = 0.1
    drop_features: float = 0.1
    shift: float = 0.3
    shape: bool = True
    features: bool = True
    clip: float = 4.0


def features_read() -> list[int]:
    """The 71 features that the networks read; without a gyroscope its columns repeat those of the acceleration."""
    return [i for i, n in enumerate(NAMES) if n not in LEFT_OUT and not n.startswith("w_")]


def columns_read(dim: int, settings: Fit) -> NDArray[np.int64]:
    """Columns of a vector of length ``dim`` that the networks read."""
    shape = dim - len(NAMES)
    read = (shape + i for i in features_read())
    return np.array(
        [*(range(shape) if settings.shape else ()), *(read if settings.features else ())],
        dtype=np.int64,
    )


def fit(items: Sequence[Trial], settings: Fit, seed: int) -> Network:
    """Train an ensemble; the same trials, settings and seed give the same networks on the same machine.

    Raises
    ------
    ValueError
        If nothing is marked in the trials.
    """
    network = standard(items, settings)
    prepared = [(t, network.standardised(t.vectors)) for t in items]
    groups = int(np.sum(network.columns < items[0].vectors.shape[1] - len(NAMES)))
    members = tuple(_member(prepared, groups, settings, seed + i) for i in range(settings.members))
    return replace(network, members=members)


def standard(items: Sequence[Trial], settings: Fit) -> Network:
    """A network without members: which columns are read, and what standardises them on these patients.

    Raises
    ------
    ValueError
        If nothing is marked in the trials.
    """
    if not any(t.is_marked.any() for t in items):
        raise ValueError("nothing is marked in the training trials")
    dim = items[0].vectors.shape[1]
    columns = columns_read(dim, settings)
    patients = [t for t in items if not t.control]
    every = np.concatenate([t.vectors[t.judged][:, columns] for t in patients]).astype(np.float32)
    mean, sd = every.mean(axis=0), np.maximum(every.std(axis=0), 1e-3)
    return Network(columns, mean, sd, settings.clip, settings.width, settings.dilations, ())


def weights(items: Sequence[Trial], settings: Fit) -> NDArray[np.float64]:
    """Chance of each trial to be drawn: people by the root of what they gave, trials by their length."""
    given: dict[str, int] = {}
    for t in items:
        given[t.person] = given.get(t.person, 0) + t.cells
    weight = np.array(
        [t.cells / np.sqrt(given[t.person]) * (settings.heaviest if t.person == HEAVIEST else 1) for t in items]
    )
    well = np.array([t.control for t in items])
    share = settings.healthy if well.any() else 0.0
    weight[~well] *= (1 - share) / weight[~well].sum()
    if well.any():
        weight[well] *= share / weight[well].sum()
    return np.asarray(weight)


class _Pieces:
    """Draws training pieces: people by the root of what they gave, trials by their length."""

    def __init__(self, prepared: Sequence[tuple[Trial, NDArray[np.float32]]], settings: Fit, seed: int) -> None:
        self.prepared, self.settings = prepared, settings
        self.rng = np.random.default_rng(seed)
        self.weight = weights([t for t, _ in prepared], settings)

    def draw(self, shape_columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Inputs ``(rows, cells + 2 reach, columns + 1)``, targets and mask ``(rows, cells)``."""
        s, rng = self.settings, self.rng
        edge, width = reach(s.dilations), self.prepared[0][1].shape[1]
        x = np.zeros((s.rows, s.cells + 2 * edge, width + 1), dtype=np.float32)
        y, mask = (np.zeros((s.rows, s.cells), dtype=np.float32) for _ in range(2))
        for row in range(s.rows):
            at = 0
            # Short trials follow one another in a row with one empty half second between.
            while at < s.cells - 8:
                trial, z = self.prepared[rng.choice(len(self.weight), p=self.weight)]
                n = min(trial.cells, s.cells - at)
                first = int(rng.integers(0, trial.cells - n + 1))
                rows, here = slice(first, first + n), slice(at, at + n)
                known = trial.judged[rows]
                scale = np.asarray(rng.random(width) > s.drop_columns, dtype=np.float64) / (1 - s.drop_columns)
                if rng.random() < s.drop_shape:
                    scale[:shape_columns] = 0
                elif rng.random() < s.drop_features:
                    scale[shape_columns:] = 0
                shifted = z[rows] + rng.normal(0, s.shift, width) if s.shift else z[rows]
                inner = slice(edge + at, edge + at + n)
                x[row, inner, :-1] = shifted * scale
                x[row, inner, -1] = 1.0
                y[row, here] = trial.is_marked[rows]
                mask[row, here] = known
                at += n + 1
        return x, y, mask


def _member(
    prepared: Sequence[tuple[Trial, NDArray[np.float32]]], shape_columns: int, settings: Fit, seed: int
) -> dict[str, NDArray[np.float32]]:
    """Weights of one network."""
    pieces = _Pieces(prepared, settings, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = ContextNet(prepared[0][1].shape[1], settings.width, settings.dilations, settings.drop)
        optimiser = torch.optim.AdamW(net.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, settings.learning_rate, settings.steps, pct_start=0.15
        )
        net.train()
        for _ in range(settings.steps):
            x, y, mask = (torch.from_numpy(a) for a in pieces.draw(shape_columns))
            loss = (functional.binary_cross_entropy_with_logits(net(x), y, reduction="none") * mask).sum()
            optimiser.zero_grad()
            (loss / mask.sum().clamp(min=1.0)).backward()  # type: ignore[no-untyped-call]  # torch lacks its types
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    return {k: v.detach().numpy().copy() for k, v in net.state_dict().items()}
