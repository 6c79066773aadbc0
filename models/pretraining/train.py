"""One command, one recipe, one seed: a pretrained encoder's folder."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from data.errors import MotionwardError
from models.encoders.folder import FRAMES, Encoder, load_encoder, save_encoder
from models.encoders.imu import ShapeNet, shape_net
from models.pretraining import several
from models.pretraining.card import card
from models.pretraining.corpus import Corpus, load_corpus
from models.pretraining.kept import EVERY, State, draw_losses, mined, note
from models.pretraining.own import own_camera, read_own
from models.pretraining.paired import Camera, Paired, load_camera, taught
from models.pretraining.recipe import CROSSED, OBJECTIVES, SEEN, read_recipe
from models.pretraining.tasks import Both, InTurn, Labels, Masked, RelCon, SimClr, Task
from models.pretraining.windows import Windows

KEPT = "unfinished"
"""Folder below the encoder's that a run keeps its state in until it is done."""


def pretrain(recipe: Path, out: Path, data: Path, progress: Callable[[str], None] | None = None) -> Encoder:
    """Train an encoder as a recipe says and write its folder; one of several processes, where torchrun started it.

    Parameters
    ----------
    recipe
        TOML file, or the name of one that ships; see ``recipes/simclr.toml``.
    out
        Folder to write; what is there under the same names is replaced.
    data
        Folder of the packed research sets.
    progress
        Called with a line of text now and then.
    """
    settings = read_recipe(recipe)
    several.join()
    if not several.is_first():
        progress = None
    began, frame = time.monotonic(), settings.get("frame", FRAMES[0])
    own = read_own(settings, progress)
    corpus = load_corpus(data, settings["held_out"], progress, settings.get("sets"), own, frame)
    camera = None
    if settings.get("objective") in SEEN:
        camera = own_camera(own, corpus, settings) if own else load_camera(data, corpus, settings)
    kept = out / KEPT
    kept.mkdir(parents=True, exist_ok=True)
    net, log = fit(corpus, settings, progress, kept, camera)
    if not several.is_first():
        several.wait()
        return load_encoder(out)
    figures = {
        "hours": round(len(corpus.signal) / 180_000, 1),
        "people": len({t.who for t in corpus.trials}),
        "minutes": round((time.monotonic() - began) / 60, 1),
        **log,
    }
    draw_losses(kept)
    text = card(settings, figures, dt.datetime.now(tz=dt.UTC).date().isoformat(), recipe.name)
    mean, sd = corpus.feature_mean, corpus.feature_sd
    encoder = save_encoder(out, settings["name"], net, mean=mean, sd=sd, card=text, frame=frame)
    for name in ("metrics.csv", "losses.svg"):
        shutil.copyfile(kept / name, out / name)  # whoever is killed before the next line goes on from what is kept
    shutil.rmtree(kept)
    several.wait()
    if progress is not None:
        progress(f"{out}: version {encoder.version}, {json.dumps(figures)}")
    return encoder


def fit(
    corpus: Corpus,
    settings: dict[str, Any],
    progress: Callable[[str], None] | None = None,
    kept: Path | None = None,
    camera: Camera | None = None,
) -> tuple[ShapeNet, dict[str, float]]:
    """Train the shape branch; returns it with its last losses.

    Parameters
    ----------
    kept
        Folder that takes what was mined and, now and then, all that is needed to go on after a kill with the same
        weights as without it; a run that finds the like of the same recipe there goes on.
    camera
        What a camera saw of the corpus's trials, where the objective needs it.
    """
    plan = settings["training"]
    torch.set_num_threads(plan["threads"])
    windows = Windows.of(corpus)
    a, b, c = settings["widths"]
    net = shape_net((a, b, c), settings["seed"])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings["seed"])
        with several.first_goes_first():  # what is mined is mined once
            task = _task(corpus, windows, settings, progress, kept, camera)
        classes = nn.Linear(c, max(1, len(windows.names))).to(several.device())
    shared = several.Shared(net, plan.get("format", "fp32"))
    task.heads.to(several.device())
    layers = [*net.parameters(), *task.heads.parameters(), *classes.parameters()]
    groups = [
        {"params": [p for p in layers if p.dim() > 1], "weight_decay": plan["weight_decay"]},
        {"params": [p for p in layers if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=plan["learning_rate"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan["learning_rate"], total_steps=plan["steps"], pct_start=min(0.1, 50 / plan["steps"])
    )
    state = State(
        layers, optimiser, schedule,
        torch.Generator().manual_seed(settings["seed"]), np.random.default_rng(settings["seed"]),
    )  # fmt: skip
    recent: dict[str, float] = {}
    first, began = 0, time.monotonic()
    if kept is not None:
        with several.first_goes_first():
            first, recent = state.restore(kept, settings)
        if first and progress is not None:
            progress(f"goes on at step {first}")
    for step in range(first, plan["steps"]):
        loss, pooled, trial = task(shared, state.draw, state.generator)
        activity = pooled.new_zeros(())
        if (windows.activity[trial] >= 0).any():  # of no window the mean would be no number
            label = torch.from_numpy(windows.activity[trial]).to(pooled.device)
            activity = functional.cross_entropy(classes(pooled), label, ignore_index=-1)
        whole = loss + plan["activity_weight"] * activity
        optimiser.zero_grad(set_to_none=True)
        whole.backward()
        nn.utils.clip_grad_norm_(layers, 1.0)
        optimiser.step()
        schedule.step()
        now = {"objective": loss.item(), "activity": activity.item()}
        recent = {k: 0.98 * recent.get(k, v) + 0.02 * v for k, v in now.items()}
        if kept is not None and several.is_first():
            note(kept, step, now)
            if step % EVERY == EVERY - 1:
                state.keep(kept, settings, step + 1, recent)
        if progress is not None and (step % 50 == 49 or step == first):
            left = (time.monotonic() - began) / (step + 1 - first) * (plan["steps"] - step - 1)
            losses = ", ".join(f"{k} {v:.3f}" for k, v in recent.items())
            progress(f"step {step + 1}/{plan['steps']}: {losses}, {left / 60:.0f} min left")
    return net.cpu().eval(), {k: round(v, 3) for k, v in recent.items()}


def _task(
    corpus: Corpus,
    windows: Windows,
    settings: dict[str, Any],
    progress: Callable[[str], None] | None,
    kept: Path | None,
    camera: Camera | None,
) -> Task:
    objective = settings.get("objective", "simclr")
    alone: dict[str, Callable[[Corpus, Windows, dict[str, Any]], Task]] = {
        "simclr": SimClr,
        "masked": Masked,
        "both": Both,
        "labels": Labels,
    }
    if objective in alone:
        return alone[objective](corpus, windows, settings)
    if objective == "relcon":
        return RelCon(corpus, windows, settings, mined(corpus, windows, settings, progress, kept))
    if objective in CROSSED and camera is not None:
        known = taught(camera, settings, kept) if objective == "cmkm" else None
        return Paired(corpus, windows, settings, camera, known)
    if objective == "sum" and camera is not None:
        blocks = mined(corpus, windows, settings, progress, kept)
        plan = settings["training"]
        own = settings | {"objective": "sigmoid", "training": plan | {"batch": plan["clips"]}}
        seen = Paired(corpus, windows, own, camera)
        return InTurn((Both(corpus, windows, settings), RelCon(corpus, windows, settings, blocks), seen))
    raise MotionwardError(
        f"A recipe's objective is one of {', '.join(OBJECTIVES)}, not {objective!r}: mend the recipe."
    )
