"""Calibration error over people."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.metrics import Track
from models.evaluation.reliability import calibrated


def track(person: str, p: float, share: float, n: int = 600) -> Track:
    truth = np.arange(n) < share * n
    return Track(person, np.full(n, p), truth, np.ones(n, dtype=bool), ())


def test_people_whose_errors_cancel_are_told_apart_by_the_error_of_each() -> None:
    found = calibrated([track("a", 0.5, 0.2), track("b", 0.5, 0.8)], seed=1, draws=50)
    assert found.pooled == pytest.approx(found.even, abs=1e-9)
    assert found.pooled == pytest.approx(0.0)
    assert found.each == pytest.approx({"a": 0.3, "b": 0.3})
    assert found.by_person == pytest.approx(0.3)
    assert found.low <= found.high


def test_in_the_even_error_a_person_of_hours_weighs_as_one_of_minutes() -> None:
    found = calibrated([track("long", 0.5, 0.5, 6000), track("short", 0.1, 0.9, 600)], seed=1, draws=20)
    assert found.even > found.pooled + 0.2


def test_what_nobody_judged_is_left_out() -> None:
    t = track("a", 0.5, 0.5)
    with pytest.raises(ValueError, match="nothing was judged"):
        calibrated([Track("a", t.scores, t.truth, np.zeros(600, dtype=bool), ())], seed=1)
