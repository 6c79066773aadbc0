"""Who is how far from whom: the motif distance is trained, then blocks of windows are ranked with it once.

The distance is frozen when the encoder is trained, so ranks can be computed beforehand. A block holds some windows
of each of some people; a training step takes one block, so candidates cost no extra encoding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.motif_distance import MotifDistance
from models.pretraining.changes import CHANGES
from models.pretraining.corpus import Corpus
from models.pretraining.windows import Windows, cut, room

LENGTH = 128
"""Samples of a window that is compared: 2.56 s."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Mined blocks of ``n`` windows with ``m`` candidates each.

    Parameters
    ----------
    trial, first
        ``(blocks, n)``: where each window begins, samples into which trial.
    candidates
        ``(blocks, n, m)`` int16 within the block: the same person's other windows, then others'.
    distances
        ``(blocks, n, m)`` float32.
    """

    trial: NDArray[np.int64]
    first: NDArray[np.int64]
    candidates: NDArray[np.int16]
    distances: NDArray[np.float32]


def acceleration(
    corpus: Corpus, windows: Windows, chosen: NDArray[np.int64], first: NDArray[np.int64], vectors: int
) -> Tensor:
    """``(B, 128, 3)`` g, without gravity, about the middle of windows of so many half seconds; ends are repeated."""
    start, stop = windows.start[chosen], windows.stop[chosen]
    return cut(corpus.signal, start + first + vectors * 25 // 2, start, stop, LENGTH)[0]


def fit_distance(
    corpus: Corpus,
    windows: Windows,
    settings: dict[str, Any],
    seed: int,
    progress: Callable[[str], None] | None = None,
) -> MotifDistance:
    """Train the distance to rebuild windows from two-fold augmented copies of themselves.

    Parameters
    ----------
    settings
        ``steps``, ``batch``, ``statistics`` (``candidate`` or ``own``); where they are said ``in_use`` (``sparsemax``,
        or the ``softmax`` of the public code) and ``changes`` (:data:`CHANGES`).
    """
    draw, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = MotifDistance(statistics=settings["statistics"], in_use=settings.get("in_use", "sparsemax"))
    change = CHANGES[settings.get("changes", "rigid")]
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    recent = 0.0
    for step in range(settings["steps"]):
        chosen = draw.choice(len(windows.chance), size=settings["batch"], p=windows.chance)
        first = (draw.random(len(chosen)) * (room(windows, chosen, 5) + 1)).astype(np.int64)
        x = acceleration(corpus, windows, chosen, first, 5)
        rebuilt, wanted = net(x, change(x, generator))
        # A share of the window's own strength: still windows would teach nothing, blows everything.
        strength = wanted.var(dim=1, correction=0).sum(dim=1).detach() + 1e-3
        loss = ((rebuilt - wanted).square().sum(dim=2).mean(dim=1) / strength).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        recent = loss.item() if step == 0 else 0.98 * recent + 0.02 * loss.item()
        if progress is not None and step % 100 == 99:
            progress(f"distance {step + 1}/{settings['steps']}: {recent:.3f} of a window's strength not rebuilt")
    return net.eval()


def mine(
    net: MotifDistance,
    corpus: Corpus,
    windows: Windows,
    settings: dict[str, Any],
    seed: int,
    progress: Callable[[str], None] | None = None,
) -> Blocks:
    """Draw blocks and rank their windows.

    Parameters
    ----------
    settings
        ``blocks``, ``people`` in a block, ``each`` (windows of a person), ``candidates``; ``within_person``: whether
        the person's own other windows are among them, as where nothing is said.
    """
    draw = np.random.default_rng(seed + 1)
    n = settings["people"] * settings["each"]
    trial, first = (np.zeros((settings["blocks"], n), dtype=np.int64) for _ in range(2))
    candidates = np.zeros((settings["blocks"], n, settings["candidates"]), dtype=np.int16)
    distances = np.zeros(candidates.shape, dtype=np.float32)
    owner = np.repeat(np.arange(settings["people"]), settings["each"])
    share, within = np.bincount(windows.person, windows.chance), settings.get("within_person", True)
    for k in range(settings["blocks"]):
        people = draw.choice(len(share), settings["people"], replace=False, p=share / share.sum())
        for i, person in enumerate(people):
            rows = slice(i * settings["each"], (i + 1) * settings["each"])
            mine_only = np.flatnonzero(windows.person == person)
            chance = windows.chance[mine_only] / windows.chance[mine_only].sum()
            trial[k, rows] = draw.choice(mine_only, settings["each"], p=chance)
            first[k, rows] = draw.random(settings["each"]) * (room(windows, trial[k, rows], settings["vectors"]) + 1)
        for i in range(n):
            same = np.flatnonzero((owner == owner[i]) & (np.arange(n) != i))[: None if within else 0]
            others = draw.choice(np.flatnonzero(owner != owner[i]), settings["candidates"] - len(same), replace=False)
            candidates[k, i] = np.concatenate([same, others])
        x = acceleration(corpus, windows, trial[k], first[k], settings["vectors"])
        with torch.inference_mode():
            distances[k] = net.distances(x, torch.arange(n), torch.from_numpy(candidates[k]).long()).numpy()
        if progress is not None and k % 5 == 4:
            progress(f"mined {k + 1}/{settings['blocks']} blocks")
    return Blocks(trial, first, candidates, distances)


def without_hubs(candidates: NDArray[np.int16], distances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distances of a block relative to what each candidate's usually are.

    Some windows rebuild everything well, others nothing: ranks then tell of the candidate, not of the pair, and a
    similarity, which is symmetric, cannot follow them.

    Parameters
    ----------
    candidates, distances
        ``(n, m)``.

    Returns
    -------
    ``(n, m)``: each divided by the geometric mean over the anchors that have the same candidate.
    """
    log = np.log(distances.astype(np.float64) + 1e-9)
    own = log - log.mean(axis=1, keepdims=True)  # an anchor that is far from all says nothing about candidates
    count = np.maximum(np.bincount(candidates.ravel(), minlength=len(candidates)), 1)
    usual = np.bincount(candidates.ravel(), own.ravel(), minlength=len(candidates)) / count
    return np.exp(log - usual[candidates]).astype(np.float32)
