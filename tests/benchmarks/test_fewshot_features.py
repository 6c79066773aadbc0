"""Classifiers on a person's own features know nothing of what networks said."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fewshot_features import WAYS
from data.intervals import Interval
from models.adapters.example import Example
from models.training.corpus import Trial
from models.training.personal import Draw, Side


def drawn(log_odds: float) -> tuple[Draw, dict[str, np.ndarray], list[Trial]]:
    """Two recordings of a person, whose first feature tells freezing, and what networks say of all of it."""
    rng = np.random.default_rng(1)
    marked = np.arange(80) % 20 < 8
    table, trials = {}, []
    for name in ("support", "query"):
        x = rng.normal(size=(80, 5)).astype(np.float32)
        x[:, 0] += 2.0 * marked
        table[name] = x
        trials.append(
            Trial("p", "s", name, "", np.zeros((80, 2), np.float16), marked.astype(np.float32), np.ones(80, bool), ())
        )

    def example(a: int, b: int, told: bool) -> Example:
        at = Interval(a * 500_000, b * 500_000)
        return Example(
            "support", "s", at, told, 1.0, np.zeros((b - a, 2)), np.full(b - a, log_odds if told else -log_odds)
        )

    positives, negatives = (
        [example(a + s, a + e, told) for a in range(0, 80, 20)] for s, e, told in ((0, 8, True), (8, 18, False))
    )
    query = Side(np.zeros((80, 2)), np.zeros(80), marked, ("query",))
    return Draw("p", tuple(positives), tuple(negatives), query), table, trials


@pytest.mark.parametrize("way", WAYS)
def test_what_networks_said_of_the_examples_changes_nothing_and_the_features_teach(way: str) -> None:
    draw, table, trials = drawn(0.0)
    told = WAYS[way](draw, 4, table, trials)
    known = WAYS[way](drawn(6.0)[0], 4, table, trials)
    np.testing.assert_array_equal(told, known)
    assert told[draw.query.truth].mean() > told[~draw.query.truth].mean() + 0.1
