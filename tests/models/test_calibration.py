import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.calibration import Calibration, Known, calibrate, fit_platt, log_odds, sigmoid, whitening


def people_and_scores(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=4000) * 2
    truth = rng.random(4000) < sigmoid(0.7 * z - 1.2)
    people = np.array([f"p{i % 12}" for i in range(4000)])
    return z, truth, people


def test_platt_is_the_logistic_regression_of_a_library() -> None:
    z, truth, _ = people_and_scores()
    theirs = LogisticRegression(C=1e6, tol=1e-8).fit(z[:, None], truth)
    slope, intercept = fit_platt(z, truth)
    assert slope == pytest.approx(theirs.coef_[0, 0], abs=1e-3)
    assert intercept == pytest.approx(theirs.intercept_[0], abs=1e-3)


def test_platt_survives_scores_that_separate() -> None:
    slope, intercept = fit_platt(np.array([-50.0, -40.0, 40.0, 50.0]), np.array([False, False, True, True]))
    assert np.isfinite([slope, intercept]).all()
    assert slope > 0


def test_platt_needs_both_outcomes() -> None:
    with pytest.raises(ValueError, match="both outcomes"):
        fit_platt(np.array([1.0, 2.0]), np.array([True, True]))


def test_calibrated_probabilities_match_the_truth_and_the_band_holds_the_probability() -> None:
    z, truth, people = people_and_scores()
    calibration = calibrate(z, truth, people, seed=1)
    p, low, high = calibration.probability(z, np.full(len(z), 0.3))
    for a in np.arange(0, 1, 0.25):
        inside = (p >= a) & (p < a + 0.25)
        assert truth[inside].mean() == pytest.approx(p[inside].mean(), abs=0.05)
    assert (low < p).all()
    assert (p < high).all()


def test_people_who_disagree_widen_the_band() -> None:
    z, truth, people = people_and_scores()
    alike = calibrate(z, truth, people, seed=1)
    odd = truth.copy()
    odd[people == "p0"] = True
    apart = calibrate(z, odd, people, seed=1)
    assert apart.covariance[2] > alike.covariance[2]


def test_the_same_seed_gives_the_same_calibration() -> None:
    z, truth, people = people_and_scores()
    assert calibrate(z, truth, people, seed=3) == calibrate(z, truth, people, seed=3)


def test_no_doubt_no_band() -> None:
    p, low, high = Calibration(1.0, 0.0).probability(np.array([0.0, 2.0]), np.zeros(2))
    np.testing.assert_array_equal(p, low)
    np.testing.assert_array_equal(p, high)
    assert p[0] == 0.5


def test_log_odds_and_sigmoid_undo_each_other() -> None:
    assert sigmoid(np.array([log_odds(0.2)]))[0] == pytest.approx(0.2)
    assert np.isfinite(log_odds(0.0))
    assert sigmoid(np.array([1e9, -1e9])).tolist() == [1.0, 0.0]


def test_distance_is_mahalanobis_over_the_root_of_the_directions() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5000, 3)) @ np.array([[2.0, 0, 0], [1, 1, 0], [0, 0.3, 0.5]])
    mean, whiten = whitening(x, 3)
    known = Known(mean, whiten, 1.0, 2.0)
    delta = x - x.mean(axis=0)
    inverse = np.linalg.inv(np.cov(delta.T))
    slow = np.sqrt([d @ inverse @ d / 3 for d in delta[:50]])
    np.testing.assert_allclose(known.distance(x[:50]), slow, rtol=1e-3)
