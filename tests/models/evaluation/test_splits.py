"""Splits are by person, always."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.splits import bootstrap, folds


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
