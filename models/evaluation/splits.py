"""Who is trained on and who is judged: always by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.detectors.rules import true_runs

LEAST_PEOPLE = 3
"""With fewer people there is no interval over them."""


def folds(freezers: Mapping[str, bool], number: int, seed: int) -> dict[str, int]:
    """Fold of each person; freezers and others are spread evenly, the same for the same seed.

    Parameters
    ----------
    freezers
        Whether each person ever freezes.
    """
    generator = np.random.default_rng(seed)
    out: dict[str, int] = {}
    at = 0
    for freezes in (True, False):
        group = sorted(p for p, f in freezers.items() if f == freezes)
        for person in generator.permutation(group) if group else []:
            out[str(person)] = at % number
            at += 1
    return out


def bootstrap(people: Sequence[str], draws: int, seed: int) -> list[list[str]]:
    """Draws of as many people with replacement, for intervals over people."""
    generator = np.random.default_rng(seed)
    names = sorted(people)
    return [[names[i] for i in generator.integers(len(names), size=len(names))] for _ in range(draws)]


def resampled(values: NDArray[np.floating], draws: int, seed: int) -> NDArray[np.float64]:
    """Means over people of ``(people, ...)`` values in draws of as many people with replacement: ``(draws, ...)``."""
    picked = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    return np.asarray(np.asarray(values, dtype=np.float64)[picked].mean(axis=1))


def around_episodes(values: NDArray[Any], truth: NDArray[np.bool_]) -> list[tuple[NDArray[Any], NDArray[np.bool_]]]:
    """A recording's values and truth cut half way between its episodes: what one patient's held-out stretches are.

    Parameters
    ----------
    values, truth
        ``(n,)`` for consecutive half seconds.
    """
    runs = true_runs(truth)
    cuts = [0, *((a + b) // 2 for (_, a), (b, _) in pairwise(runs)), len(truth)]
    return [(values[a:b], truth[a:b]) for a, b in pairwise(cuts) if b > a]
