"""Splits are by person, always."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.splits import around_episodes, bootstrap, folds, resampled


@given(
    st.dictionaries(st.text("abc123", min_size=1, max_size=4), st.booleans(), min_size=5, max_size=40),
    st.integers(0, 9),
)
def test_every_person_has_one_fold_and_freezers_are_spread_evenly(freezers: dict[str, bool], seed: int) -> None:
    fold = folds(freezers, 5, seed)
    assert set(fold) == set(freezers)
    assert fold == folds(freezers, 5, seed)
    counts = Counter(fold[p] for p, f in freezers.items() if f)
    if counts:
        assert max(counts.values()) - min(counts.get(i, 0) for i in range(5)) <= 1


def test_a_draw_has_as_many_people_as_there_are() -> None:
    draws = bootstrap(["a", "b", "c"], 50, 0)
    assert all(len(d) == 3 for d in draws)
    assert {p for d in draws for p in d} == {"a", "b", "c"}


def test_means_of_draws_scatter_about_the_mean_as_the_standard_error_says() -> None:
    values = np.random.default_rng(0).normal(3, 2, (40, 2))
    drawn = resampled(values, 4000, 1)
    assert drawn.shape == (4000, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), values.mean(axis=0), atol=0.05)
    np.testing.assert_allclose(drawn.std(axis=0), values.std(axis=0) / np.sqrt(40), rtol=0.05)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_a_recording_cut_around_its_episodes_loses_nothing_and_cuts_none(marked: list[bool]) -> None:
    truth = np.array(marked)
    parts = around_episodes(np.arange(len(truth)), truth)
    assert [i for values, _ in parts for i in values] == list(range(len(truth)))
    episodes = int(truth[0]) + int((np.diff(truth.astype(int)) == 1).sum())
    assert len(parts) == max(1, episodes)
    assert all(y.any() for _, y in parts) or not episodes
