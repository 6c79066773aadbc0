"""One command, one recipe, one seed: a pretrained encoder's folder."""

from __future__ import annotations

import datetime as dt
import json
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.augmentations import Strengths, augment
from models.encoders.folder import Encoder, save_encoder
from models.encoders.imu import BEFORE, EXTRA, shape_net
from models.features import CELL
from models.objectives.simclr import nt_xent
from models.pretraining.card import card
from models.pretraining.corpus import WITHOUT_ACTIVITY, Corpus, load_corpus

HALO = 100  # samples on both sides that only serve the local strength


@dataclass(frozen=True, slots=True)
class Windows:
    """Where windows may be drawn from, and with which chance.

    Parameters
    ----------
    chance
        ``(trials,)``: each set in proportion to the root of its length, each trial to its length within the set.
    activity
        ``(trials,)`` int64, -1 where the trial has none that holds throughout.
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    group: NDArray[np.int64]
    activity: NDArray[np.int64]
    has_gyro: NDArray[np.bool_]
    chance: NDArray[np.float64]
    names: tuple[str, ...]

    @staticmethod
    def of(corpus: Corpus) -> Windows:
        """Table of a corpus' trials."""
        trials = corpus.trials
        names = sorted({t.activity for t in trials if t.activity and t.activity not in WITHOUT_ACTIVITY})
        number = {name: i for i, name in enumerate(names)}
        length = np.array([t.stop - t.start for t in trials], dtype=np.float64)
        sets = np.array([t.dataset for t in trials])
        chance = length.copy()
        for name in np.unique(sets):
            chance[sets == name] /= np.sqrt(length[sets == name].sum())
        return Windows(
            np.array([t.start for t in trials]),
            np.array([t.stop for t in trials]),
            np.array([t.recording for t in trials]),
            np.array([number.get(t.activity, -1) for t in trials]),
            np.array([t.has_gyro for t in trials]),
            chance / chance.sum(),
            tuple(names),
        )


def cut(
    signal: NDArray[np.float32],
    centre: NDArray[np.int64],
    start: NDArray[np.int64],
    stop: NDArray[np.int64],
    length: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Windows of ``length`` samples about each centre: acceleration, rotation (``(B, length, 3)``), and what exists."""
    index = centre[:, None] - length // 2 + np.arange(length)[None, :]
    inside = (index >= start[:, None]) & (index < stop[:, None])
    rows = signal[np.clip(index, start[:, None], stop[:, None] - 1)]
    return torch.from_numpy(rows[..., :3]), torch.from_numpy(rows[..., 3:]), torch.from_numpy(inside)


def pretrain(recipe: Path, out: Path, data: Path, progress: Callable[[str], None] | None = None) -> Encoder:
    """Train an encoder as a recipe says and write its folder.

    Parameters
    ----------
    recipe
        TOML file; see ``recipes/simclr.toml``.
    out
        Folder to write; what is there under the same names is replaced.
    data
        Folder of the packed research sets.
    progress
        Called with a line of text now and then.
    """
    settings: dict[str, Any] = tomllib.loads(recipe.read_text(encoding="utf-8"))
    began = time.monotonic()
    corpus = load_corpus(data, settings["held_out"], progress)
    net, log = fit(corpus, settings, progress)
    figures = {
        "hours": round(len(corpus.signal) / 180_000, 1),
        "people": len({(t.dataset, t.person) for t in corpus.trials}),
        "minutes": round((time.monotonic() - began) / 60, 1),
        **log,
    }
    text = card(settings, figures, dt.datetime.now(tz=dt.UTC).date().isoformat(), recipe.name)
    encoder = save_encoder(out, settings["name"], net, mean=corpus.feature_mean, sd=corpus.feature_sd, card=text)
    if progress is not None:
        progress(f"{out}: version {encoder.version}, {json.dumps(figures)}")
    return encoder


def fit(
    corpus: Corpus, settings: dict[str, Any], progress: Callable[[str], None] | None = None
) -> tuple[Any, dict[str, float]]:
    """Train the shape branch; returns it with its last losses."""
    plan = settings["training"]
    torch.set_num_threads(plan["threads"])
    generator = torch.Generator().manual_seed(settings["seed"])
    draw = np.random.default_rng(settings["seed"])
    strengths = Strengths(**settings["augmentations"])
    windows = Windows.of(corpus)
    a, b, c = settings["widths"]
    net = shape_net((a, b, c), settings["seed"])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings["seed"])
        head = nn.Sequential(nn.Linear(c, 256), nn.ReLU(), nn.Linear(256, plan["projection"]))
        classes = nn.Linear(c, len(windows.names))
    layers = [*net.parameters(), *head.parameters(), *classes.parameters()]
    groups = [
        {"params": [p for p in layers if p.dim() > 1], "weight_decay": plan["weight_decay"]},
        {"params": [p for p in layers if p.dim() == 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=plan["learning_rate"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan["learning_rate"], total_steps=plan["steps"], pct_start=min(0.1, 50 / plan["steps"])
    )
    length = plan["vectors"] * CELL + EXTRA + 2 * HALO
    # The window's own half seconds lie BEFORE samples into it: its middle is not theirs.
    ahead = (plan["vectors"] * CELL + EXTRA) // 2 - BEFORE
    own = plan["vectors"] * CELL
    recent: dict[str, float] = {}
    for step in range(plan["steps"]):
        chosen = draw.choice(len(windows.chance), size=plan["batch"], p=windows.chance)
        start, stop = windows.start[chosen], windows.stop[chosen]
        room = np.maximum(stop - start - own, 0)
        first = (draw.random(plan["batch"]) * (room + 1)).astype(np.int64)
        shift = draw.uniform(-plan["neighbour_s"], plan["neighbour_s"], plan["batch"]) * 50
        second = np.clip(first + shift.astype(np.int64), 0, room)
        has_gyro = torch.from_numpy(windows.has_gyro[chosen])
        views = [
            augment(
                *cut(corpus.signal, start + at + ahead, start, stop, length),
                has_gyro,
                strengths=strengths,
                generator=generator,
            )
            for at in (first, second)
        ]
        pooled = net(torch.cat(views)).mean(dim=1)
        one, two = head(pooled).chunk(2)
        contrast = nt_xent(one, two, torch.from_numpy(windows.group[chosen]), plan["temperature"])
        label = torch.from_numpy(windows.activity[chosen]).repeat(2)
        activity = functional.cross_entropy(classes(pooled), label, ignore_index=-1)
        loss = contrast + plan["activity_weight"] * activity
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(layers, 1.0)
        optimiser.step()
        schedule.step()
        now = {"contrast": contrast.item(), "activity": activity.item()}
        recent = {k: 0.98 * recent.get(k, v) + 0.02 * v for k, v in now.items()}
        if progress is not None and (step % 50 == 49 or step == 0):
            progress(f"step {step + 1}/{plan['steps']}: {recent['contrast']:.3f} {recent['activity']:.3f}")
    return net.eval(), {k: round(v, 3) for k, v in recent.items()}
