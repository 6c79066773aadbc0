"""What a training run keeps on disk: its state for an exact resume, what was mined, its losses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file as load_arrays
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file
from torch import nn

from models.pretraining.corpus import Corpus
from models.pretraining.mining import Blocks, fit_distance, mine
from models.pretraining.windows import Windows
from models.weights import written

EVERY = 50
"""Steps between two savings."""

_TENSORS, _NUMBERS, _MINED, _LOSSES = "state.safetensors", "state.json", "mined.safetensors", "metrics.csv"


@dataclass(frozen=True, slots=True)
class State:
    """All that changes while an encoder is trained."""

    layers: Sequence[nn.Parameter]
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    generator: torch.Generator
    draw: np.random.Generator

    def keep(self, folder: Path, settings: dict[str, Any], step: int, recent: dict[str, float]) -> None:
        """Save; a kill at any moment leaves this state or the one before."""
        tensors = {f"layer.{i}": p.detach() for i, p in enumerate(self.layers)}
        for i, values in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{i}.{name}": value for name, value in values.items()}
        tensors["generator"] = self.generator.get_state()
        name = f"{step}.{_TENSORS}"
        with written(folder / name):
            save_file({k: v.contiguous().clone() for k, v in tensors.items()}, folder / name)
        numbers = {
            "recipe": recipe_hash(settings),
            "step": step,
            "recent": recent,
            "tensors": name,
            "draw": self.draw.bit_generator.state,
            "schedule": self.schedule.state_dict(),
            "groups": self.optimiser.state_dict()["param_groups"],
        }
        draft = folder / f"{_NUMBERS}.draft"
        draft.write_text(json.dumps(numbers), "utf-8")
        draft.replace(folder / _NUMBERS)  # from here on the new state counts
        for old in folder.glob(f"*.{_TENSORS}"):
            if old.name != name:
                old.unlink()

    def restore(self, folder: Path, settings: dict[str, Any]) -> tuple[int, dict[str, float]]:
        """Take up what was kept of the same recipe; returns the next step and the running losses, 0 without one."""
        path = folder / _NUMBERS
        numbers = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        if numbers.get("recipe") != recipe_hash(settings):
            (folder / _LOSSES).unlink(missing_ok=True)
            return 0, {}
        tensors = load_file(folder / numbers["tensors"])
        with torch.no_grad():
            for i, p in enumerate(self.layers):
                p.copy_(tensors[f"layer.{i}"])
        inner: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimiser."):
                _, number, name = key.split(".")
                inner.setdefault(int(number), {})[name] = value
        self.optimiser.load_state_dict({"state": inner, "param_groups": numbers["groups"]})
        self.schedule.load_state_dict(numbers["schedule"])
        self.generator.set_state(tensors["generator"])
        self.draw.bit_generator.state = numbers["draw"]
        lines = (folder / _LOSSES).read_text("utf-8").splitlines(keepends=True)
        (folder / _LOSSES).write_text("".join(lines[: 1 + numbers["step"]]), "utf-8")
        return int(numbers["step"]), numbers["recent"]


def recipe_hash(settings: dict[str, Any]) -> str:
    """Of everything that a recipe says."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def mined(
    corpus: Corpus,
    windows: Windows,
    settings: dict[str, Any],
    progress: Callable[[str], None] | None,
    folder: Path | None,
) -> Blocks:
    """The blocks of a recipe: those in the folder when they are its own, else mined anew and put there."""
    wanted = {
        "recipe": recipe_hash(
            {k: settings[k] for k in ("seed", "distance", "mining", "held_out", "sets") if k in settings}
        )
    }
    path = None if folder is None else folder / _MINED
    if path is not None and path.is_file():
        arrays = load_arrays(path)
        if bytes(arrays.pop("recipe")).decode() == wanted["recipe"]:
            return Blocks(**arrays)
    distance = fit_distance(corpus, windows, settings["distance"], settings["seed"], progress)
    blocks = mine(distance, corpus, windows, settings["mining"], settings["seed"], progress)
    if path is not None:
        arrays = {f.name: getattr(blocks, f.name) for f in fields(blocks)}
        arrays["recipe"] = np.frombuffer(wanted["recipe"].encode(), dtype=np.uint8)
        draft = path.with_suffix(".draft")
        with written(draft):
            save_arrays(arrays, draft)
        draft.replace(path)
    return blocks


def note(folder: Path, step: int, losses: dict[str, float]) -> None:
    """Add a line to the metrics file."""
    path = folder / _LOSSES
    with path.open("a", encoding="utf-8") as file:
        if step == 0:
            file.write(",".join(["step", *losses]) + "\n")
        file.write(",".join([str(step), *(f"{v:.6g}" for v in losses.values())]) + "\n")


def draw_losses(folder: Path) -> None:
    """``losses.svg`` of the metrics file: a line for each loss, each on its own scale, smoothed over 20 steps."""
    titles = (folder / _LOSSES).read_text("utf-8").split("\n", 1)[0].split(",")
    rows = np.loadtxt(folder / _LOSSES, delimiter=",", skiprows=1, ndmin=2)
    width, height, left = 640, 160, 60
    parts = []
    for k, title in enumerate(titles[1:]):
        size = min(20, len(rows))
        smooth = np.convolve(rows[:, k + 1], np.ones(size) / size, mode="valid")
        low, high = float(smooth.min()), float(smooth.max())
        x = left + (width - left - 10) * np.arange(len(smooth)) / max(len(smooth) - 1, 1)
        y = height * (k + 1) - 20 - (height - 40) * (smooth - low) / max(high - low, 1e-9)
        points = " ".join(
            f"{a:.1f},{b:.1f}" for a, b in zip(x[:: max(1, len(x) // 300)], y[:: max(1, len(x) // 300)], strict=True)
        )
        parts.append(
            f'<polyline fill="none" stroke="#1f2937" points="{points}"/>'
            f'<text x="4" y="{height * k + 16}">{title}</text>'
            f'<text x="4" y="{height * k + 32}">{high:.3g}</text>'
            f'<text x="4" y="{height * (k + 1) - 20}">{low:.3g}</text>'
        )
    (folder / "losses.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height * len(parts)}" '
        f'font-family="sans-serif" font-size="12">{"".join(parts)}</svg>\n',
        "utf-8",
    )
