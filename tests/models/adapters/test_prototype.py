from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from models.adapters.prototype import discriminant, fit_prototype, fit_prototype_head, moved
from models.detectors.personal import Personal
from tests.models.adapters import taught

KNOWN = taught.PROTOTYPES
PRIOR = replace(taught.PRIOR, prototypes=KNOWN)


def test_the_discriminant_is_the_log_ratio_of_two_normal_densities() -> None:
    rng = np.random.default_rng(0)
    means, root, x = rng.normal(size=(2, 3)), rng.normal(size=(3, 3)), rng.normal(size=(7, 3))
    covariance = root @ root.T + np.eye(3)
    low, high = (multivariate_normal(m, covariance).logpdf(x) for m in means)
    found, doubt = discriminant(means, np.linalg.inv(covariance), np.array([5.0, 2.0])).of(x)
    np.testing.assert_allclose(found, high - low)
    away = [np.einsum("nk,kl,nl->n", x - m, np.linalg.inv(covariance), x - m) for m in means]
    np.testing.assert_allclose(doubt, away[0] / 5 + away[1] / 2)


def test_without_an_example_prototypes_add_nothing_to_the_bit() -> None:
    np.testing.assert_array_equal(moved([], KNOWN).weights, np.zeros(5))
    np.testing.assert_array_equal(fit_prototype([], PRIOR).weights, np.zeros(5))


def test_one_episode_pulls_what_is_like_it_up_and_more_of_them_further() -> None:
    like = np.array([[3.0, 0, 0, 0], [-3.0, 0, 0, 0]])
    one, five = (moved(taught.support(n, away=3.0), KNOWN).of(like)[0] for n in (1, 5))
    assert one[0] > 0 > one[1]
    assert five[0] - five[1] > one[0] - one[1]


def test_the_share_of_examples_of_each_class_is_not_learned() -> None:
    alike = [
        replace(e, directions=np.tile(np.array(KNOWN.means[int(e.is_positive)]), (8, 1))) for e in taught.support(9, 1)
    ]
    # Examples that lie where prototypes lie already move nothing but the spread within classes.
    between = np.mean(np.array(KNOWN.means), axis=0)[None]
    np.testing.assert_allclose(moved(alike, KNOWN).of(between)[0], 0.0, atol=1e-9)


def test_the_strength_and_the_patients_own_threshold_come_from_other_patients() -> None:
    examples, x = taught.support(3, 3, away=1.0), np.ones((2, 4))
    full = moved(examples, KNOWN).of(x)[0]
    shift = PRIOR.shift([e.log_odds for e in examples if e.is_positive])
    np.testing.assert_allclose(fit_prototype(examples, PRIOR).of(x)[0], 0.5 * full + shift)


def test_a_new_phenomenon_is_told_from_one_episode() -> None:
    head = fit_prototype_head([taught.example(1, away=2.0), taught.example(2, is_positive=False, away=-2.0)])
    low, high = head.of(np.array([[-2.0, 0, 0, 0], [2.0, 0, 0, 0]]))[0]
    assert high > 0 > low


def test_a_detector_without_prototypes_is_refused() -> None:
    plain: Personal = taught.PRIOR
    with pytest.raises(ValueError, match="nothing is known of prototypes"):
        fit_prototype(taught.support(2, 2), plain)
