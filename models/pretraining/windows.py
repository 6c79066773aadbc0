"""Windows out of a corpus: where they may be drawn from, and how a network sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.augmentations import Strengths, augment
from models.encoders.imu import BEFORE, EXTRA
from models.features import CELL
from models.pretraining.corpus import WITHOUT_ACTIVITY, Corpus

HALO = 100
"""Samples on both sides that only serve the local strength."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Where windows may be drawn from, and with which chance.

    Parameters
    ----------
    person
        ``(trials,)`` int64: one number for each person of each set.
    chance
        ``(trials,)``: each set in proportion to the root of its length, each trial to its length within the set.
    activity
        ``(trials,)`` int64, -1 where the trial has none that holds throughout.
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    group: NDArray[np.int64]
    person: NDArray[np.int64]
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
        people = np.unique([t.who for t in trials], return_inverse=True)[1]
        return Windows(
            np.array([t.start for t in trials]),
            np.array([t.stop for t in trials]),
            np.array([t.recording for t in trials]),
            people.astype(np.int64),
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


def room(windows: Windows, chosen: NDArray[np.int64], vectors: int) -> NDArray[np.int64]:
    """How far into each trial a window of so many half seconds may begin."""
    return np.asarray(np.maximum(windows.stop[chosen] - windows.start[chosen] - vectors * CELL, 0))


def view(
    corpus: Corpus,
    windows: Windows,
    chosen: NDArray[np.int64],
    first: NDArray[np.int64],
    vectors: int,
    strengths: Strengths,
    generator: torch.Generator,
) -> Tensor:
    """One random view, ``(B, 25 vectors + 201, 8)``, of the windows that begin ``first`` samples into trials."""
    length = vectors * CELL + EXTRA + 2 * HALO
    # The window's own half seconds lie BEFORE samples into it: its middle is not theirs.
    ahead = (vectors * CELL + EXTRA) // 2 - BEFORE
    start, stop = windows.start[chosen], windows.stop[chosen]
    pieces = cut(corpus.signal, start + first + ahead, start, stop, length)
    has_gyro = torch.from_numpy(windows.has_gyro[chosen])
    return augment(*pieces, has_gyro, strengths=strengths, generator=generator)
