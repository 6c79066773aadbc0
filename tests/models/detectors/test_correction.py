import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.detectors.correction import Correction

K = 3


def made(seed: int, rank: int) -> Correction:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(K + rank + 1,) * 2)
    return Correction(rng.normal(size=K + rank + 1), root @ root.T, rng.normal(size=(K + 1, rank)) if rank else None)


@given(st.integers(0, 99), st.integers(0, 2), st.integers(0, 2))
def test_two_corrections_add_up_and_come_apart_again(seed: int, first: int, second: int) -> None:
    one, two = made(seed, first), made(seed + 100, second)
    x = np.random.default_rng(seed).normal(size=(5, K))
    both = one.plus(two)
    for whole, a, b in zip(both.of(x), one.of(x), two.of(x), strict=True):
        np.testing.assert_allclose(whole, a + b)
    again = both.since(one)
    assert again.rank == second
    for whole, b in zip(again.of(x), two.of(x), strict=True):
        np.testing.assert_allclose(whole, b, atol=1e-9)


def test_a_share_of_a_correction_has_the_share_of_its_doubt_squared() -> None:
    one, x = made(1, 2), np.ones((2, K))
    (added, doubt), (less, less_doubt) = one.of(x), one.scaled(0.5).of(x)
    np.testing.assert_allclose(less, added / 2)
    np.testing.assert_allclose(less_doubt, doubt / 4)
    raised, same = one.raised(1.5).of(x)
    np.testing.assert_allclose(raised, added + 1.5)
    np.testing.assert_array_equal(same, doubt)
    assert one.rank == pytest.approx(2)
