from dataclasses import replace
from functools import partial

import numpy as np
from scipy.optimize import approx_fprime

from models.adapters.choose import is_better, left_out
from models.adapters.example import Example
from models.adapters.linear import PRECISION, fit_linear, stacked
from models.adapters.lowrank import RANK, fit_low_rank, objective
from tests.models.adapters import taught


def bent_support(number: int) -> list[Example]:
    """Episodes lie far out on either side of the first direction: no plane parts them from the rest."""
    out = []
    for i in range(2 * number):
        e = taught.example(i, n=10, is_positive=i % 2 == 0, k=4)
        directions = e.directions.copy()
        directions[:, 0] = (3.0 if i % 4 else -3.0) if e.is_positive else directions[:, 0] / 4
        out.append(replace(e, directions=directions, log_odds=np.full(10, taught.PRIOR.balance)))
    return out


def test_the_gradient_is_that_of_the_loss() -> None:
    x, base, y, weight = stacked(taught.support(2, 2, away=1.0))
    rng = np.random.default_rng(1)
    start, at = rng.normal(size=(5, 2)), rng.normal(size=5 * 2 + 2 + 4)
    loss, gradient = objective(at, x, base, y, weight, start)
    slow = approx_fprime(at, lambda p: objective(p, x, base, y, weight, start)[0], 1e-6)
    np.testing.assert_allclose(gradient, slow, rtol=1e-4, atol=1e-3)
    inward, outward, linear = at[:10].reshape(5, 2), at[10:12], at[12:]
    total = 0.5 * PRECISION * (outward @ outward + linear @ linear) + 2.0 * ((inward - start) ** 2).sum()
    for row, b, truth, w in zip(x, base, y, weight, strict=True):
        odds = b + row @ linear + np.tanh(np.append(row, 1.0) @ inward) @ outward
        total += w * np.log1p(np.exp(-odds if truth else odds))
    np.testing.assert_allclose(loss, total)


def test_low_rank_matrices_find_what_no_plane_does() -> None:
    examples = bent_support(60)
    bent = left_out(examples, taught.PRIOR, partial(fit_low_rank, personal=taught.PRIOR), 5)
    straight = left_out(examples, taught.PRIOR, partial(fit_linear, personal=taught.PRIOR), 5)
    assert is_better(examples, bent, straight)


def test_the_same_examples_give_the_same_matrices_and_progress_ends_at_one() -> None:
    examples, said = bent_support(10), list[float]()
    one, two = (fit_low_rank(examples, taught.PRIOR, say) for say in (said.append, None))
    assert one.inward is not None
    assert two.inward is not None
    assert one.inward.shape == (5, RANK)
    np.testing.assert_array_equal(one.inward, two.inward)
    np.testing.assert_array_equal(one.weights, two.weights)
    assert said == sorted(said)
    assert said[-1] == 1.0
