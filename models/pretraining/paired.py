"""What a camera saw of the recordings that an encoder learns from: the objectives that need both.

The sensor's side is the encoder that ships, on the input that it ships with: gravity along z, the movement in its own
strength, changed as any sensor could have been. The two towers of :mod:`models.pretraining.crossmodal`, which read
UTD-MHAD in the sensor's own frame, are for that set's published columns alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from data.errors import MotionwardError
from models.augmentations import Strengths
from models.encoders.skeleton import SkeletonNet
from models.encoders.video import VideoNet, changed
from models.features import CELL
from models.objectives.multiview import Mining, cmc, cmkm, nearest
from models.objectives.sigmoid import Sigmoid
from models.pretraining.corpus import Corpus
from models.pretraining.crossmodal import Plan, fit_simclr, projection, towers
from models.pretraining.pairs import Pairs, named_pairs, skeleton_view
from models.pretraining.windows import Windows, view
from models.weights import written

_TEACHER = "teacher.safetensors"


@dataclass(frozen=True, slots=True)
class Camera:
    """Clips that a camera saw, and what a sensor recorded meanwhile.

    Parameters
    ----------
    trial
        ``(n,)`` number of the corpus's trial.
    begin, length
        ``(n,)`` samples: how far into the trial the clip begins, and how long it lasts.
    film
        ``(n, 16, 64, 64)`` depth of the same clips, where the pairs are skeletons and both are to be learned from.
    """

    pairs: Pairs
    trial: NDArray[np.int64]
    begin: NDArray[np.int64]
    length: NDArray[np.int64]
    film: NDArray[np.floating] | None = None

    @property
    def views(self) -> list[NDArray[np.floating]]:
        """What was seen of the clips, one array for each view."""
        return [self.pairs.seen, *([] if self.film is None else [self.film])]


def load_camera(root: Path, corpus: Corpus, settings: dict[str, Any]) -> Camera:
    """The clips whose sensor's part is in the corpus: nobody who is held out.

    Raises
    ------
    MotionwardError
        If there is none.
    """
    number = {t.source: i for i, t in enumerate(corpus.trials)}
    first, _, second = settings["training"]["camera"].partition(" and ")
    names, pairs = named_pairs(root, first)
    film = None
    if second:
        others, films = named_pairs(root, second)
        at = {name: i for i, name in enumerate(others)}
        pairs = pairs.rows(np.array([i for i, name in enumerate(names) if name in at], dtype=np.int64))
        names = [name for name in names if name in at]
        film = films.seen[[at[name] for name in names]]
    rows = np.array([i for i, name in enumerate(names) if name in number], dtype=np.int64)
    if len(rows) == 0:
        raise MotionwardError(
            f"A camera saw none of the recordings of {', '.join(settings.get('sets', ['all sets']))}: name a set with "
            "clips of both, such as utd-mhad, in the recipe."
        )
    trial = np.array([number[names[i]] for i in rows])
    length = np.array([corpus.trials[i].stop - corpus.trials[i].start for i in trial])
    return Camera(pairs.rows(rows), trial, np.zeros_like(trial), length, None if film is None else film[rows])


class Paired:
    """A window of a clip and what a camera saw of the clip attract, other clips repel.

    ``cmc``: contrastive multiview coding; ``cmkm``: with positives mined in the other modality by towers that were
    trained by SimCLR before; ``sigmoid``: each pair by itself. Of three views each two are such a pair (the full
    graph of Tian et al., ECCV 2020).
    """

    def __init__(
        self,
        corpus: Corpus,
        windows: Windows,
        settings: dict[str, Any],
        camera: Camera,
        known: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
    ) -> None:
        self.corpus, self.windows, self.camera = corpus, windows, camera
        self.objective, self.plan = settings["objective"], settings["training"]
        self.strengths = Strengths(**settings["augmentations"])
        self.known = None if known is None else tuple(torch.from_numpy(v) for v in known)
        self.person = torch.from_numpy(np.unique(camera.pairs.person, return_inverse=True)[1])
        out = self.plan["projection"]
        self.seen = nn.ModuleList(_tower(seen, out) for seen in camera.views)
        self.own = projection(settings["widths"][-1], out)
        self.couples = list(combinations(range(1 + len(camera.views)), 2))
        self.apart = nn.ModuleList(Sigmoid() for _ in self.couples)
        used = [self.seen, self.own, *([self.apart] if self.objective == "sigmoid" else [])]
        self.heads: nn.Module = nn.ModuleList(used)

    def __call__(
        self, net: nn.Module, draw: np.random.Generator, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
        """As :class:`models.pretraining.tasks.Task`."""
        count, vectors = len(self.camera.trial), self.plan["vectors"]
        rows = draw.choice(count, size=min(self.plan["batch"], count), replace=False)
        chosen = self.camera.trial[rows]
        room = np.maximum(self.camera.length[rows] - vectors * CELL, 0)
        first = self.camera.begin[rows] + (draw.random(len(rows)) * (room + 1)).astype(np.int64)
        moved = view(self.corpus, self.windows, chosen, first, vectors, self.strengths, generator)
        pooled = net(moved).mean(dim=1)
        sides = [self.own(pooled)]
        for tower, seen in zip(self.seen, self.camera.views, strict=True):
            change = changed if joints_of(seen) is None else skeleton_view
            clip = change(torch.from_numpy(seen[rows]).float(), generator)
            sides.append(tower(clip.to(pooled.device)))
        number = torch.from_numpy(rows)
        losses = [self._loss(k, sides[i], sides[j], number) for k, (i, j) in enumerate(self.couples)]
        return torch.stack(losses).mean(), pooled, chosen

    def _loss(self, couple: int, one: Tensor, two: Tensor, rows: Tensor) -> Tensor:
        if self.objective == "sigmoid":
            apart: Tensor = self.apart[couple](one, two, torch.eye(len(rows), dtype=torch.bool, device=one.device))
            return apart
        if self.known is None:
            return cmc(one, two, self.plan["temperature"])
        person, count = self.person[rows], self.plan["neighbours"]
        alike = [nearest(k[rows], person, count).to(one.device) for k in self.known]
        temperature = self.plan["temperature"]
        within = self.plan.get("within", temperature)
        return cmkm(one, two, (alike[0], alike[1]), Mining(across=temperature, within=within))


def joints_of(seen: NDArray[np.floating]) -> int | None:
    """How many joints the skeletons have; None where the clips are films."""
    return seen.shape[2] if seen.shape[-1] == 3 else None


def _tower(seen: NDArray[np.floating], out: int) -> nn.Sequential:
    joints = joints_of(seen)
    net = VideoNet() if joints is None else SkeletonNet(joints)
    return nn.Sequential(net, projection(net.width, out))


def taught(
    camera: Camera, settings: dict[str, Any], folder: Path | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """``(n, D)`` vectors of both sides by towers trained by SimCLR: those in the folder when they are the recipe's."""
    plan = settings["training"]
    told = [settings.get(k) for k in ("seed", "held_out", "sets", "pairs")]
    told += [plan["camera"], plan["teacher_epochs"]]
    recipe = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()
    path = None if folder is None else folder / _TEACHER
    if path is not None and path.is_file():
        held = load_file(path)
        if bytes(held["recipe"]) == recipe:
            return held["inertial"], held["seen"]
    made = towers(joints_of(camera.pairs.seen), settings["seed"])
    fit_simclr(camera.pairs, made, Plan(epochs=plan["teacher_epochs"]), settings["seed"])
    with torch.inference_mode():
        inertial, seen = (v.numpy().copy() for v in made.encode(camera.pairs, None))
    if path is not None:
        draft = path.with_suffix(".draft")
        with written(draft):
            save_file({"inertial": inertial, "seen": seen, "recipe": np.frombuffer(recipe, dtype=np.uint8)}, draft)
        draft.replace(path)
    return inertial, seen
