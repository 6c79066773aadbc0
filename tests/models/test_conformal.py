"""What is called sure is wrong no more often than promised, in people who were not looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.conformal import Unit, UnsureBand, cutoff, unsure_band

Person = tuple[NDArray[np.float64], NDArray[np.bool_]]


def risk(groups: list[list[int]], sizes: list[int], u: float) -> float:
    """The bound of conformal risk control, one value at a time."""
    losses = [sum(v >= u for v in g) / n if n else 0.0 for g, n in zip(groups, sizes, strict=True)]
    return (sum(losses) + 1) / (len(groups) + 1)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.lists(st.integers(-9, 9), max_size=8), st.integers(0, 5)), min_size=1, max_size=12),
    st.floats(0.05, 0.9),
)
def test_the_cutoff_is_the_lowest_that_keeps_the_bound(people: list[tuple[list[int], int]], error: float) -> None:
    groups, sizes = [g for g, _ in people], [len(g) + more for g, more in people]
    found = cutoff([np.array(g, dtype=float) for g in groups], sizes, error)
    levels = [-np.inf, *(np.nextafter(float(v), np.inf) for g in groups for v in g), np.inf]
    kept = [u for u in levels if risk(groups, sizes, u) <= error + 1e-9]
    assert found == (min(kept) if kept else np.inf)


def test_what_lies_on_the_edge_of_a_band_counts_as_the_promise_says() -> None:
    band = UnsureBand(-1.0, 1.0, 0.9, Unit.PEOPLE, 9, 9)
    at = np.array([-1.5, -1.0, 0.0, 1.0, 1.5])
    assert band.unsure(at).tolist() == [False, True, True, False, False]
    assert band.covered(at, np.ones(5, dtype=bool)).tolist() == [False, True, True, True, True]
    assert band.covered(at, np.zeros(5, dtype=bool)).tolist() == [True, True, True, False, False]


def people(number: int, seed: int) -> list[Person]:
    """Some who always score high, some who never have the phenomenon, some with hours and some with minutes."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(number):
        n = int(rng.integers(20, 400))
        truth = rng.random(n) < (0.0 if rng.random() < 0.3 else rng.random())
        out.append((rng.normal(0, 1.0) + 2.5 * truth + rng.normal(0, 1, n), truth))
    return out


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_new_people_are_covered_as_promised_and_hardly_more(coverage: float) -> None:
    there, clear = [], []
    for draw in range(25):
        every = people(70, draw)
        band = unsure_band(every[:40], coverage, Unit.PEOPLE)
        for z, y in every[40:]:
            right = band.covered(z, y)
            there += [right[y].mean()] if y.any() else []
            clear += [right[~y].mean()] if (~y).any() else []
    for found in (np.mean(there), np.mean(clear)):
        assert coverage - 0.01 < found < coverage + 0.06


def test_too_few_people_promise_nothing_and_all_is_unsure() -> None:
    band = unsure_band(people(8, 0), 0.9, Unit.PEOPLE)
    assert (band.lower, band.upper) == (-np.inf, np.inf)
    assert band.unsure(np.array([-50.0, 0.0, 50.0])).all()


@pytest.mark.parametrize(("number", "coverage"), [(4, 0.8), (9, 0.9), (19, 0.95)])
def test_the_fewest_units_that_can_promise_something_do(number: int, coverage: float) -> None:
    assert cutoff([np.array([1.0, 2.0])] * number, [10] * number, 1 - coverage) > 2.0
    assert np.isfinite(cutoff([np.array([1.0, 2.0])] * number, [10] * number, 1 - coverage))
    assert cutoff([np.array([1.0, 2.0])] * (number - 1), [10] * (number - 1), 1 - coverage) == np.inf


def test_where_both_kinds_keep_to_it_nothing_is_left_unsaid() -> None:
    easy = [(np.array([-5.0] * 50 + [5.0] * 50), np.arange(100) >= 50) for _ in range(30)]
    band = unsure_band(easy, 0.9, Unit.PEOPLE)
    assert band.lower == band.upper
    assert not band.unsure(easy[0][0]).any()
    assert band.covered(*easy[0]).all()


def test_a_band_of_one_patient_says_that_it_speaks_of_no_other() -> None:
    assert "other patients" in UnsureBand(-1, 1, 0.9, Unit.EPISODES, 20, 8).words
    assert UnsureBand(-1, 1, 0.9, Unit.PEOPLE, 40, 25).words == (
        "90% of the half seconds of either kind in a new patient, from 40 people"
    )


def test_a_coverage_is_a_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        unsure_band(people(3, 0), 1.0, Unit.PEOPLE)
