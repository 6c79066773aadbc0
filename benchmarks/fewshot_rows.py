"""Rows of :mod:`benchmarks.fewshot`: what draws of examples came to, over people."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evaluation.splits import bootstrap
from models.training.validate import SEED

SHOTS = (1, 3, 5, 10, 20, 50)
NUMBER = 20
"""Draws of each person."""
HARM = 0.02
Row = dict[str, Any]  # JSON
Told = dict[str, dict[str, list[tuple[float, float, float]]]]
"""F1, F1 of the detector as it is, and AUROC of each draw, by row and person."""


def f1(log_odds: NDArray[np.float64], truth: NDArray[np.bool_], threshold: float) -> float:
    """Of half seconds."""
    flagged = log_odds >= threshold
    return float(2 * (flagged & truth).sum() / max(1, flagged.sum() + truth.sum()))


def rows_of(name: str, k: int, each: dict[str, list[tuple[float, float, float]]], **more: float) -> Row:
    """One row: means over people (their draws averaged) with intervals over people.

    Parameters
    ----------
    each
        F1, F1 of the detector as it is, and AUROC of each draw, by person.
    """
    means = {p: np.mean(v, axis=0) for p, v in each.items()}
    drawn = [np.mean([means[p] for p in some], axis=0) for some in bootstrap(tuple(means), 2000, SEED)]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    f1_mean, before, area = np.mean(list(means.values()), axis=0)
    gained = [v[0] - v[1] for v in drawn]
    return {
        "row": name, "k": k, "people": len(means), "f1": f1_mean, "f1_low": low[0], "f1_high": high[0],
        "gain": f1_mean - before, "gain_low": np.quantile(gained, 0.025), "gain_high": np.quantile(gained, 0.975),
        "auroc": area, "auroc_low": low[2], "auroc_high": high[2],
        "harmed": float(np.mean([v[0] < v[1] - HARM for v in means.values()])), **more,
    }  # fmt: skip
