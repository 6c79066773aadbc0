"""The baselines see what they should and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.grid import HOP_US
from data.intervals import Interval
from models.training.baselines import Raw, SmallNet, Trees, _turn, index_of, raw_of, weight_by_person, with_context
from models.training.corpus import Trial


def shaking(name: str, seed: int) -> tuple[Trial, Raw]:
    """Forty seconds of which the second half trembles at 5 Hz; the first column tells it too."""
    rng = np.random.default_rng(seed)
    n = 80
    frozen = (np.arange(n) >= n // 2).astype(np.float32)
    t = np.arange(n * 25) / 50
    acc = rng.normal((0, 0, 1), 0.02, (n * 25, 3)).astype(np.float32)
    acc[:, 2] += np.where(t >= 20, 0.3 * np.sin(2 * np.pi * 5 * t), 0.0)
    columns = rng.normal(0, 1, (n, 85)).astype(np.float32)
    columns[:, 0] += 4 * frozen
    freezes = (Interval(n // 2 * HOP_US, n * HOP_US),)
    everywhere = np.ones(n, dtype=bool)
    trial = Trial(f"set/{name}", "made", name, "", np.zeros((n, 1), dtype=np.float16), frozen, everywhere, freezes)
    return trial, Raw(columns, acc)


@pytest.fixture(scope="module")
def made() -> tuple[list[Trial], dict[str, Raw]]:
    pairs = [shaking(f"p{i}", i) for i in range(6)]
    return [t for t, _ in pairs], {t.name: r for t, r in pairs}


def test_context_repeats_the_nearest_half_second_at_the_ends() -> None:
    wide = with_context(np.arange(20, dtype=np.float32)[:, None])
    assert list(wide[0]) == [0, 0, 0, 0, 2, 4, 8]
    assert list(wide[10]) == [10, 2, 6, 8, 12, 14, 18]


ROWS = [
    Trees(context=False, seed=1),
    Trees(context=True, seed=1),
    Trees(context=True, seed=1, columns=range(71), by_person=True),
    SmallNet(seed=1, steps=60),
]


@pytest.mark.parametrize("row", ROWS)
def test_a_baseline_learns_what_is_there_from_other_people(
    row: Trees | SmallNet, made: tuple[list[Trial], dict[str, Raw]]
) -> None:
    items, raw = made
    row.fit(items[:-1], raw)
    odds = row.log_odds(raw[items[-1].name])
    frozen = items[-1].is_marked
    assert odds.shape == frozen.shape
    assert np.median(odds[frozen]) > np.median(odds[~frozen]) + 1


def test_who_gave_four_times_as_much_counts_twice_as_much(made: tuple[list[Trial], dict[str, Raw]]) -> None:
    one, other = made[0][:2]
    weight = weight_by_person(
        [one, other, replace(other, name="b"), replace(other, name="c"), replace(other, name="d")]
    )
    each = weight[: one.cells].sum(), weight[one.cells :].sum()
    assert each[1] == pytest.approx(2 * each[0])
    assert weight.mean() == pytest.approx(1)


def test_the_small_net_is_the_same_from_the_same_seed(made: tuple[list[Trial], dict[str, Raw]]) -> None:
    items, raw = made
    first, second = (SmallNet(seed=3, steps=3).fit(items, raw).log_odds(raw["p0"]) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_augmentation_keeps_lengths_and_nearly_keeps_up() -> None:
    rng = np.random.default_rng(0)
    turns = np.stack([_turn(rng) for _ in range(200)])
    np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (200, 3, 3)), atol=1e-5)
    assert np.median(turns[:, 2, 2]) > 0.95


def test_raw_signals_match_the_trials_half_seconds(shared_data: Path) -> None:
    raw = raw_of(shared_data, "oday-lumbar")
    assert len(raw) == 8
    for r in raw.values():
        assert r.acc.shape == (25 * len(r.columns), 3)
        assert np.isfinite(index_of(r)).all()
        assert np.linalg.norm(r.acc, axis=1).mean() == pytest.approx(1.0, abs=0.1)
