"""What a camera saw of the recordings that an encoder learns from: the objectives that need both.

The sensor's side is the encoder that ships, on the input that it ships with: gravity along z, the movement in its own
strength, changed as any sensor could have been. The two towers of :mod:`models.pretraining.crossmodal`, which read
UTD-MHAD in the sensor's own frame, are for that set's published columns alone.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
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
    """

    pairs: Pairs
    trial: NDArray[np.int64]
    begin: NDArray[np.int64]
    length: NDArray[np.int64]


def load_camera(root: Path, corpus: Corpus, settings: dict[str, Any]) -> Camera:
    """The clips whose sensor's part is in the corpus: nobody who is held out.

    Raises
    ------
    MotionwardError
        If there is none.
    """
    number = {t.source: i for i, t in enumerate(corpus.trials)}
    names, pairs = named_pairs(root, settings["training"]["camera"])
    rows = np.array([i for i, name in enumerate(names) if name in number], dtype=np.int64)
    if len(rows) == 0:
        raise MotionwardError(
            f"A camera saw none of the recordings of {', '.join(settings.get('sets', ['all sets']))}: name a set with "
            "clips of both, such as utd-mhad, in the recipe."
        )
    trial = np.array([number[names[i]] for i in rows])
    length = np.array([corpus.trials[i].stop - corpus.trials[i].start for i in trial])
    return Camera(pairs.rows(rows), trial, np.zeros_like(trial), length)


class Paired:
    """A window of a clip and what a camera saw of the clip attract, other clips repel.

    ``cmc``: contrastive multiview coding; ``cmkm``: with positives mined in the other modality by towers that were
    trained by SimCLR before; ``sigmoid``: each pair by itself.
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
        joints = joints_of(camera)
        self.change = changed if joints is None else skeleton_view
        seen = VideoNet() if joints is None else SkeletonNet(joints)
        out = self.plan["projection"]
        self.seen = nn.Sequential(seen, projection(seen.width, out))
        self.own = projection(settings["widths"][-1], out)
        self.apart = Sigmoid()
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
        clip = self.change(torch.from_numpy(self.camera.pairs.seen[rows]).float(), generator)
        one, two = self.own(pooled), self.seen(clip.to(pooled.device))
        return self._loss(one, two, torch.from_numpy(rows)), pooled, chosen

    def _loss(self, one: Tensor, two: Tensor, rows: Tensor) -> Tensor:
        if self.objective == "sigmoid":
            apart: Tensor = self.apart(one, two, torch.eye(len(rows), dtype=torch.bool, device=one.device))
            return apart
        if self.known is None:
            return cmc(one, two, self.plan["temperature"])
        person, count = self.person[rows], self.plan["neighbours"]
        alike = [nearest(k[rows], person, count).to(one.device) for k in self.known]
        temperature = self.plan["temperature"]
        return cmkm(one, two, (alike[0], alike[1]), Mining(across=temperature, within=temperature))


def joints_of(camera: Camera) -> int | None:
    """How many joints the skeletons have; None where the camera's clips are films."""
    seen = camera.pairs.seen
    return seen.shape[2] if seen.shape[-1] == 3 else None


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
    made = towers(joints_of(camera), settings["seed"])
    fit_simclr(camera.pairs, made, Plan(epochs=plan["teacher_epochs"]), settings["seed"])
    with torch.inference_mode():
        inertial, seen = (v.numpy().copy() for v in made.encode(camera.pairs, None))
    if path is not None:
        draft = path.with_suffix(".draft")
        with written(draft):
            save_file({"inertial": inertial, "seen": seen, "recipe": np.frombuffer(recipe, dtype=np.uint8)}, draft)
        draft.replace(path)
    return inertial, seen
