"""ICC(2,1) of the share of time: the published example, a slow reference, and detectors that know nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.evaluation.agreement import Agreement, agreement, icc

SHARE = st.integers(0, 100).map(lambda n: n / 100)
PAIRS = st.lists(st.tuples(SHARE, SHARE), min_size=3, max_size=30)


def slow(x: list[list[float]]) -> float:
    """The same from sums of squares of a two-way analysis of variance, number by number."""
    n, k = len(x), len(x[0])
    total = sum(v for row in x for v in row)
    correction = total * total / (n * k)
    whole = sum(v * v for row in x for v in row) - correction
    between = sum(sum(row) ** 2 for row in x) / k - correction
    raters = sum(sum(row[j] for row in x) ** 2 for j in range(k)) / n - correction
    rest = (whole - between - raters) / ((n - 1) * (k - 1))
    bms, jms = between / (n - 1), raters / (k - 1)
    return (bms - rest) / (bms + (k - 1) * rest + k * (jms - rest) / n)


def test_the_example_of_shrout_and_fleiss_has_the_published_value() -> None:
    judges = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    assert round(icc(judges), 2) == 0.29


@given(PAIRS)
def test_it_is_what_the_analysis_of_variance_says_number_by_number(pairs: list[tuple[float, float]]) -> None:
    assume(any(len({p[j] for p in pairs}) > 1 for j in (0, 1)))
    assert icc(np.array(pairs)) == pytest.approx(slow([list(p) for p in pairs]), abs=1e-9)


@given(PAIRS, st.floats(0.5, 2), st.floats(-1, 1))
def test_neither_the_order_of_raters_and_recordings_nor_the_unit_changes_it(
    pairs: list[tuple[float, float]], scale: float, shift: float
) -> None:
    x = np.array(pairs)
    assume(np.ptp(x, axis=0).any())
    assert icc(x) <= 1 + 1e-12
    assert icc(x[:, ::-1]) == pytest.approx(icc(x), abs=1e-9)
    assert icc(x[::-1]) == pytest.approx(icc(x), abs=1e-9)
    assert icc(scale * x + shift) == pytest.approx(icc(x), abs=1e-6)


def test_a_constant_excess_is_no_agreement_though_it_correlates() -> None:
    marked = np.linspace(0.0, 0.3, 10)
    assert icc(np.column_stack([marked, marked])) == pytest.approx(1.0)
    apart = [icc(np.column_stack([marked, marked + by])) for by in (0.05, 0.2, 0.6)]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 0.1


def marked_shares(n: int = 40) -> NDArray[np.float64]:
    return np.random.default_rng(3).beta(1, 6, n)


def test_a_detector_that_always_or_never_flags_or_flags_at_random_does_not_agree() -> None:
    marked = marked_shares()
    assert icc(np.column_stack([marked, np.ones(40)])) == pytest.approx(0.0, abs=1e-12)
    assert icc(np.column_stack([marked, np.zeros(40)])) == pytest.approx(0.0, abs=1e-12)
    by_chance = [icc(np.column_stack([marked, np.random.default_rng(seed).permutation(marked)])) for seed in range(200)]
    assert abs(np.mean(by_chance)) < 0.05, "the right shares at the wrong recordings"


def test_too_few_recordings_and_recordings_that_do_not_differ_have_none() -> None:
    assert np.isnan(icc(np.array([[0.1, 0.1], [0.3, 0.3]])))
    assert np.isnan(icc(np.zeros((9, 2)))), "nothing marked, nothing flagged"
    assert np.isnan(icc(np.column_stack([np.full(9, 0.1), np.full(9, 0.7)]))), "nobody tells them apart"


def test_what_it_rests_on_is_told_and_an_interval_only_of_three_people() -> None:
    rng = np.random.default_rng(0)
    marked = marked_shares(24)
    pairs = list(zip(marked.tolist(), (marked + rng.normal(0, 0.05, 24)).tolist(), strict=True))
    several = agreement({f"p{i}": pairs[4 * i : 4 * i + 4] for i in range(6)} | {"nobody": []}, 500, 1)
    assert (several.recordings, several.people) == (24, 6)
    assert several.value == icc(np.array(pairs))
    assert several.low < several.value < several.high <= 1
    assert several == agreement({f"p{i}": pairs[4 * i : 4 * i + 4] for i in range(6)}, 500, 1)
    two = agreement({"a": pairs[:12], "b": pairs[12:]}, 500, 1)
    assert two.value == several.value
    assert np.isnan([two.low, two.high]).all()
    assert np.isnan(agreement({}, 500, 1).value)


def test_people_who_do_not_differ_from_themselves_get_no_interval() -> None:
    """One recording each of three people: a draw of one of them thrice has no correlation, one draw in nine."""
    found = agreement({"a": [(0.1, 0.1)], "b": [(0.2, 0.25)], "c": [(0.4, 0.3)]}, 500, 1)
    assert isinstance(found, Agreement)
    assert found.value > 0.5
    assert np.isnan([found.low, found.high]).all()


def test_a_draw_takes_a_person_with_all_of_their_recordings() -> None:
    """Where people differ and their recordings do not, the interval is that of so few people: wide."""
    rng = np.random.default_rng(2)
    people = {f"p{i}": float(v) for i, v in enumerate(rng.beta(1, 6, 8))}
    off = {p: v + float(rng.normal(0, 0.1)) for p, v in people.items()}
    once = agreement({p: [(v, off[p])] for p, v in people.items()}, 800, 1)
    often = agreement({p: [(v, off[p])] * 10 for p, v in people.items()}, 800, 1)
    assert often.high - often.low > 0.7 * (once.high - once.low)
