import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.adapters.linear import EPISODE, fit_linear, posterior, stacked
from models.detectors import Personal
from models.detectors.personal import described
from tests.models.adapters import taught


def slow_posterior(
    x: NDArray[np.float64], base: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> NDArray[np.float64]:  # fmt: skip
    def loss(w: NDArray[np.float64]) -> float:
        total = 0.0
        for row, b, t, u in zip(x, base, y, weight, strict=True):
            p = 1 / (1 + np.exp(-(b + row @ w)))
            total -= u * (t * np.log(p) + (1 - t) * np.log(1 - p))
        return float(total + sum(c * v * v for c, v in zip(precision, w, strict=True)) / 2)

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), tol=1e-12).x)


def test_the_posterior_is_where_a_slow_search_finds_it() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(40, 3)), (rng.random(40) < 0.4).astype(float)
    base, weight, precision = rng.normal(size=40), rng.random(40), np.array([1.0, 5.0, 20.0])
    w, covariance = posterior(x, base, y, weight, precision)
    np.testing.assert_allclose(w, slow_posterior(x, base, y, weight, precision), atol=1e-4)
    p = 1 / (1 + np.exp(-(base + x @ w)))
    hessian = sum(u * q * (1 - q) * np.outer(row, row) for row, u, q in zip(x, weight, p, strict=True))
    np.testing.assert_allclose(covariance @ (hessian + np.diag(precision)), np.eye(3), atol=1e-9)


def test_labels_that_can_be_told_apart_end_at_a_finite_place() -> None:
    x = np.array([[1.0], [1.0], [-1.0], [-1.0]]) * 50
    w, _ = posterior(x, np.zeros(4), np.array([1.0, 1, 0, 0]), np.ones(4), np.array([1e-3]))
    assert 0 < w[0] < 10


def test_an_episode_weighs_no_more_than_six_half_seconds() -> None:
    long, short = taught.example(1, n=60), taught.example(2, n=3)
    weight = stacked([long, short])[3]
    assert weight[:60].sum() == pytest.approx(EPISODE)
    assert weight[60:].sum() == 3


def test_a_copy_of_an_example_moves_the_weights_less_than_a_new_one() -> None:
    known, new = taught.support(3, 3, away=1.0), taught.example(50, away=1.0)
    before = fit_linear(known, taught.PRIOR, precision=1.0).weights[:-1]
    copied = fit_linear([*known, known[0]], taught.PRIOR, precision=1.0).weights[:-1]
    other = fit_linear([*known, new], taught.PRIOR, precision=1.0).weights[:-1]
    assert np.linalg.norm(copied - before) < np.linalg.norm(other - before)


@settings(max_examples=30, deadline=None)
@given(st.floats(10.0, 1e6))
def test_the_more_precise_the_prior_the_less_the_weights_move(precision: float) -> None:
    known = taught.support(4, 4, away=1.0)
    near, far = (fit_linear(known, taught.PRIOR, precision=p).weights[:-1] for p in (precision * 2, precision))
    assert np.linalg.norm(near) < np.linalg.norm(far)


def test_whose_episodes_are_weak_or_long_gets_the_higher_log_odds() -> None:
    weak, usual, strong = (np.full(7, v) for v in (-1.0, 0.0, 1.0))
    assert taught.PRIOR.shift([weak]) > taught.PRIOR.shift([usual]) > taught.PRIOR.shift([strong])
    assert taught.PRIOR.shift([np.zeros(40)]) > taught.PRIOR.shift([np.zeros(4)])
    assert taught.PRIOR.shift([]) == 0.0


def test_more_episodes_of_a_kind_are_believed_more_and_odd_ones_no_more_than_twice() -> None:
    shifts = [taught.PRIOR.shift([np.full(7, -1.0)] * k) for k in (1, 3, 10)]
    assert shifts == sorted(shifts)
    assert taught.PRIOR.shift([np.full(7, -900.0)]) == taught.PRIOR.shift([np.full(7, -9.0)])


def test_the_shift_does_not_ask_how_many_examples_of_each_class_there_are() -> None:
    few, many = taught.support(3, 3), taught.support(3, 60)
    assert fit_linear(few, taught.PRIOR).weights[-1] == fit_linear(many, taught.PRIOR).weights[-1]


def test_episodes_are_described_by_their_lower_fifth_and_their_length() -> None:
    low, length = described([np.arange(10.0), np.arange(10.0)])
    assert low == np.quantile(np.tile(np.arange(10.0), 2), 0.2)
    assert length == pytest.approx(np.log(10))


def test_a_prior_that_knows_nothing_shifts_nothing() -> None:
    blank = Personal(0.0, (0.0, 0.0), (1.0, 1.0), (0.0, 0.0), 0.5)
    assert blank.shift([np.full(9, -5.0)]) == 0.0


def test_the_logistic_term_counts_from_the_usual_threshold() -> None:
    known = taught.support(4, 4, away=1.0)
    x, base, y, weight = stacked(known)
    shift = taught.PRIOR.shift([e.log_odds for e in known if e.is_positive])
    expected, _ = posterior(x, base + shift - taught.PRIOR.balance, y, weight, np.full(4, 10.0))
    np.testing.assert_allclose(fit_linear(known, taught.PRIOR, precision=10.0).weights, np.append(expected, shift))
