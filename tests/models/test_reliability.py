"""Calibration error and the reliability diagram, beside a slow reference."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reliability import BINS, calibration_error, diagram, reliability


def slow(p: list[float], y: list[bool]) -> float:
    """Bins of equal mass, value by value: equal probabilities lie where the middle of them lies."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for value in set(p):
        middle = Fraction(sum(v < value for v in p) * 2 + p.count(value), 2 * len(p))
        held.setdefault(int(middle * BINS), []).extend(r for r in zip(p, y, strict=True) if r[0] == value)
    return sum(abs(sum(v for v, _ in of) - sum(t for _, t in of)) / len(p) for of in held.values())


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=120))
def test_the_error_is_that_of_the_slow_reference(rows: list[tuple[int, bool]]) -> None:
    p, y = [a / 100 for a, _ in rows], [b for _, b in rows]
    assert calibration_error(np.array(p), np.array(y)) == pytest.approx(slow(p, y), abs=1e-9)


def test_a_weight_of_two_is_the_same_half_second_twice() -> None:
    rng = np.random.default_rng(0)
    p, y = rng.random(30), rng.random(30) < 0.4
    twice = calibration_error(np.repeat(p, 2), np.repeat(y, 2))
    assert calibration_error(p, y, np.full(30, 2.0)) == pytest.approx(twice)


def test_calibration_error_is_zero_for_honest_and_large_for_boastful_probabilities() -> None:
    truth = np.tile([True, False, False, False], 300)
    assert calibration_error(np.full(1200, 0.25), truth) == pytest.approx(0.0, abs=0.02)
    assert calibration_error(np.full(1200, 0.95), truth) == pytest.approx(0.7, abs=0.02)
    assert np.isnan(calibration_error(np.array([]), np.array([], dtype=bool)))


def test_the_diagram_has_a_dot_for_each_bin_at_its_place() -> None:
    bins = reliability(np.linspace(0, 1, 300), np.arange(300) > 150)
    drawn = ET.fromstring(diagram(bins, "made up"))
    dots = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert len(dots) == len(bins) == BINS
    rising = [float(d.attrib["cy"]) for d in dots]
    assert rising == sorted(rising, reverse=True)
