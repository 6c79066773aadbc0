"""The baselines that a learned detector has to beat, on the same trials: they stay in the benchmark for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from data.conditioning import condition
from data.phenomena import FREEZING
from models.features import BLIND, CELL, features, freeze_index
from models.training.corpus import ACC, HEAVIEST, Trial, streams

LAGS = (-8, -4, -2, 2, 4, 8)
"""Half seconds whose features stand beside the present ones in the row with context."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What the baselines read of a trial.

    Parameters
    ----------
    columns
        ``(n, 85)`` float32 hand-made features of each half second.
    acc
        ``(25 n, 3)`` float32, 50 Hz, gravity along +z.
    """

    columns: NDArray[np.float32]
    acc: NDArray[np.float32]


def raw_of(data: Path, site: str, phenomenon: str = FREEZING) -> dict[str, Raw]:
    """Features and aligned acceleration of each trial of a site, by the trial's name."""
    found = {}
    for _, recording, stream in streams(data, site, phenomenon):
        (segment,) = stream.segments
        source = condition(segment, stream.channels, ACC)
        cells = source.n_cells
        if cells:
            found[f"{recording.source.name} {stream.name}"] = Raw(
                features(source, 0, cells), source.read(0, cells * CELL).acc
            )
    return found


def weight_of(items: Sequence[Trial]) -> NDArray[np.float64]:
    """A weight for each judged half second: the heaviest person counts a fifth."""
    return np.concatenate([np.full(int(t.judged.sum()), 0.2 if t.person == HEAVIEST else 1.0) for t in items])


def with_context(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(n, 7 k)``: ``k`` features and those 1, 2 and 4 s before and after (the nearest there is at the ends)."""
    at = np.arange(len(columns))
    return np.hstack([columns, *(columns[np.clip(at + lag, 0, len(columns) - 1)] for lag in LAGS)])


def weight_by_person(items: Sequence[Trial]) -> NDArray[np.float64]:
    """A weight for each judged half second: who gave four times as many counts twice as much; 1 on average."""
    who = np.concatenate([np.full(int(t.judged.sum()), t.person) for t in items])
    _, at, often = np.unique(who, return_inverse=True, return_counts=True)
    weight = often[at] ** -0.5
    return np.asarray(weight / weight.mean())


class Trees:
    """LightGBM on the features, with or without context; on the first 67, unless other columns are wanted.

    Parameters
    ----------
    by_person
        Whether people are weighed by the root of what they gave and a tree reads a fifth of the columns, instead of
        two fifths, with all half seconds alike but those of the heaviest person.
    """

    def __init__(
        self, *, context: bool, seed: int, columns: Sequence[int] = range(BLIND), by_person: bool = False
    ) -> None:
        self.context, self.seed, self.columns, self.by_person = context, seed, list(columns), by_person

    def _inputs(self, raw: Raw) -> NDArray[np.float32]:
        read = raw.columns[:, self.columns]
        return with_context(read) if self.context else read

    def fit(self, items: Sequence[Trial], raw: dict[str, Raw]) -> Trees:
        """Train; settings as in the first trials, not searched."""
        import lightgbm  # noqa: PLC0415  only this baseline needs it

        x = np.concatenate([self._inputs(raw[t.name])[t.judged] for t in items])
        y = np.concatenate([t.is_marked[t.judged] for t in items])
        settings = {
            "objective": "binary", "num_leaves": 31, "learning_rate": 0.05, "min_data_in_leaf": 100,
            "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.2 if self.by_person else 0.4,
            "seed": self.seed, "deterministic": True, "num_threads": 1, "verbosity": -1,
        }  # fmt: skip
        weight = (weight_by_person if self.by_person else weight_of)(items)
        self.booster = lightgbm.train(settings, lightgbm.Dataset(x, y, weight=weight), 300)
        return self

    def log_odds(self, raw: Raw) -> NDArray[np.float32]:
        """``(n,)``."""
        return np.asarray(self.booster.predict(self._inputs(raw), raw_score=True), dtype=np.float32)


def index_of(raw: Raw) -> NDArray[np.float32]:
    """The freeze index alone, with its power gate: nothing is learned."""
    return np.asarray(freeze_index(raw.columns), dtype=np.float32)


class _Net(nn.Module):
    """About 0.1 million weights: four channels at 50 Hz to one log-odds each half second, ±8 s of context."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.stem = nn.Conv1d(4, 32, 11, stride=5, padding=3)
        self.down = nn.Conv1d(32, width, 9, stride=5, padding=2)
        self.blocks = nn.ModuleList(nn.Conv1d(width, width, 3, padding=d, dilation=d) for d in (1, 2, 4, 8))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(5))
        self.leave = nn.Conv1d(width, 1, 1)

    def forward(self, x: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """``(B, 4, 25 n)`` and ``(B, 1, n)`` to ``(B, n)``; nothing outside a trial is seen."""
        y = functional.gelu(self.down(functional.gelu(self.stem(x)))) * inside
        for norm, conv in zip(self.norms, self.blocks, strict=False):
            seen = functional.gelu(norm(y.transpose(1, 2)).transpose(1, 2)) * inside
            y = y + conv(functional.dropout(seen, 0.2, self.training))
        out: torch.Tensor = self.leave(functional.gelu(self.norms[-1](y.transpose(1, 2)).transpose(1, 2)))[:, 0]
        return out


class SmallNet:
    """The small net of the first trials: supervised, gravity-aligned, heading, tilt and gain augmented."""

    def __init__(self, *, seed: int, steps: int = 1200, rows: int = 24, cells: int = 96) -> None:
        self.seed, self.steps, self.rows, self.cells = seed, steps, rows, cells

    def fit(self, items: Sequence[Trial], raw: dict[str, Raw]) -> SmallNet:
        """Train on whole pieces of trials drawn by length; the same seed gives the same weights."""
        rng = np.random.default_rng(self.seed)
        weight = np.array([t.cells * (0.2 if t.person == HEAVIEST else 1.0) for t in items])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.net = _Net()
            optimiser = torch.optim.AdamW(self.net.parameters(), lr=3e-3, weight_decay=0.05)
            schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, self.steps)
            self.net.train()
            for _ in range(self.steps):
                x, y, judged, inside = self._draw(items, raw, rng, weight / weight.sum())
                loss = functional.binary_cross_entropy_with_logits(self.net(x, inside), y, reduction="none")
                optimiser.zero_grad()
                ((loss * judged).sum() / judged.sum().clamp(min=1)).backward()  # type: ignore[no-untyped-call]  # torch lacks its types
                nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
                optimiser.step()
                schedule.step()
        self.net.eval()
        return self

    def _draw(
        self,
        items: Sequence[Trial],
        raw: dict[str, Raw],
        rng: np.random.Generator,
        weight: NDArray[np.float64],
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        n = self.cells
        x = np.zeros((self.rows, n * CELL, 3), dtype=np.float32)
        y, judged, inside = (np.zeros((self.rows, n), dtype=np.float32) for _ in range(3))
        for row, choice in enumerate(rng.choice(len(items), self.rows, p=weight)):
            trial = items[choice]
            first = int(rng.integers(0, max(1, trial.cells - n + 1)))
            count = min(n, trial.cells - first)
            acc = raw[trial.name].acc[first * CELL : (first + count) * CELL]
            x[row, : count * CELL] = acc @ _turn(rng).T * np.exp(rng.normal(0, 0.15))
            y[row, :count] = trial.is_marked[first : first + count]
            judged[row, :count] = trial.judged[first : first + count]
            inside[row, :count] = 1.0
        noisy = x + rng.normal(0, 0.02, x.shape).astype(np.float32) * np.repeat(inside, CELL, axis=1)[..., None]
        return _channels(noisy), torch.from_numpy(y), torch.from_numpy(judged), torch.from_numpy(inside)[:, None]

    def log_odds(self, raw: Raw) -> NDArray[np.float32]:
        """``(n,)``."""
        with torch.inference_mode():
            n = len(raw.acc) // CELL
            out = self.net(_channels(raw.acc[None]), torch.ones(1, 1, n))
        return np.asarray(out[0].numpy(), dtype=np.float32)


def _turn(rng: np.random.Generator) -> NDArray[np.float32]:
    """``(3, 3)``: any heading and mirror side, and a tilt of about 10°."""
    a = rng.uniform(0, 2 * np.pi)
    heading = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    b, c = rng.normal(0, 0.17, 2)
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_y = np.array([[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]])
    return np.asarray(about_x @ about_y @ heading @ np.diag([1, rng.choice([-1, 1]), 1]), dtype=np.float32)


def _channels(acc: NDArray[np.float32]) -> torch.Tensor:
    """``(B, T, 3)`` to ``(B, 4, T)``: the axes without gravity, and the length less one."""
    length = np.linalg.norm(acc, axis=2, keepdims=True) - 1.0
    moved = 5.0 * np.concatenate([acc[..., :2], acc[..., 2:] - 1.0, length], axis=2)
    return torch.from_numpy(np.ascontiguousarray(moved.transpose(0, 2, 1), dtype=np.float32))
