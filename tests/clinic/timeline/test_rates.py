"""Rates against published values, against simulation, and against each other."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.timeline import rates
from clinic.timeline.clock import HOUR_US
from clinic.timeline.rates import Change, Day, change, dispersion, number, poisson_interval, rate, too_little


def days(*pairs: tuple[int, float]) -> list[Day]:
    return [Day(flags, round(hours * HOUR_US)) for flags, hours in pairs]


# Garwood, Biometrika 1936, 95 % limits of a Poisson mean.
@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (20, 12.217, 30.888)]
)
def test_poisson_interval_against_the_table(count: int, low: float, high: float) -> None:
    assert poisson_interval(count) == pytest.approx((low, high), abs=1e-3)


def test_one_recording_has_the_exact_interval() -> None:
    r = rate(days((10, 5.0)))
    assert (r.value, r.low, r.high) == pytest.approx((2.0, 4.795 / 5, 18.390 / 5), abs=1e-3)
    assert r.words == "2.0 (1.0–3.7)"


def test_below_one_judged_hour_there_is_no_rate() -> None:
    r = rate(days((7, 40 / 60)))
    assert r.value is None
    assert r.low is None
    assert r.words == "under 1 h judged"
    assert (r.flags, r.hours) == (7, pytest.approx(2 / 3))
    assert rate([]).words == "under 1 h judged"


def test_wear_is_called_too_short_only_where_it_was() -> None:
    assert too_little(HOUR_US - 1) == "not enough wear to say"
    assert too_little(HOUR_US) == "too little of the wear could be judged to say"


def test_no_flag_still_has_an_upper_limit() -> None:
    r = rate(days(*[(0, 10.0)] * 7))
    assert (r.value, r.low) == (0.0, 0.0)
    assert r.high == pytest.approx(3.689 / 70, abs=1e-4)
    assert r.words == "0 (0–0.05)"


def test_days_that_differ_widen_the_interval_and_equal_days_do_not() -> None:
    even = rate(days(*[(20, 10.0)] * 7))
    uneven = rate(days((60, 10.0), (0, 10.0), (0, 10.0), (50, 10.0), (10, 10.0), (0, 10.0), (20, 10.0)))
    assert even.value == uneven.value == 2.0
    exact = tuple(x / 70 for x in poisson_interval(140))
    t = 2.4469  # Student's t, 6 degrees of freedom, from the table
    # Even days have a dispersion of 1: only t instead of the normal quantile widens.
    assert even.high == pytest.approx(2 * math.exp(t / math.sqrt(140)), rel=1e-4)
    assert uneven.low is not None
    assert even.low is not None
    assert uneven.low < even.low <= exact[0]
    assert dispersion(days((4, 1.0), (0, 1.0))) == pytest.approx(4.0)  # (2² / 2 + 2² / 2) / 1


def test_days_are_compared_with_one_another_from_five_on() -> None:
    four, five = days((40, 10.0), *[(0, 10.0)] * 3), days((50, 10.0), *[(0, 10.0)] * 4)
    assert rate(four).high == pytest.approx(poisson_interval(40)[1] / 40)
    # 5 days of 10 expected: (40² + 4 · 10²) / 10 / 4 = 50; Student's t of 4 degrees of freedom 2.7764.
    assert rate(five).high == pytest.approx(1.0 * math.exp(2.7764 * math.sqrt(50 / 50)), rel=1e-4)


def test_a_change_between_weeks_whose_days_differ_is_wider_by_both() -> None:
    now, before = days((60, 10.0), *[(10, 10.0)] * 4), days((20, 10.0), *[(5, 10.0)] * 4)
    # Dispersions (40² + 4 · 10²) / 20 / 4 = 25 and (12² + 4 · 3²) / 8 / 4 = 5.625; t of 8 degrees of freedom 2.3060.
    factor = math.exp(2.3060 * math.sqrt(25 / 100 + 5.625 / 40))
    c = change(now, before)
    assert c is not None
    assert (c.ratio, c.low, c.high) == pytest.approx((2.5, 2.5 / factor, 2.5 * factor), rel=1e-4)
    assert not c.is_supported
    single = change(days((100, 50.0)), days((40, 50.0)))
    assert single is not None
    assert single.is_supported


def test_interval_covers_the_truth_when_days_differ() -> None:
    """95 % intervals over gamma-Poisson days hold the true rate about as often as they say; the exact one does not."""
    draw = np.random.default_rng(7)
    covered = exact = 0
    n = 600
    for _ in range(n):
        day_rates = draw.gamma(4.0, 2.0 / 4.0, 10)
        counts = draw.poisson(day_rates * 12.0)
        r = rate(days(*[(int(c), 12.0) for c in counts]))
        assert r.low is not None
        assert r.high is not None
        covered += r.low <= 2.0 <= r.high
        low, high = poisson_interval(int(counts.sum()))
        exact += low / 120 <= 2.0 <= high / 120
    assert covered / n > 0.90
    assert exact / n < 0.75


def test_change_against_the_exact_binomial() -> None:
    # 15 against 5 in equal hours: share .75, Clopper and Pearson .5090 to .9134 (tables for n = 20).
    c = change(days((15, 10.0)), days((5, 10.0)))
    assert c is not None
    assert c.ratio == pytest.approx(3.0)
    assert c.low == pytest.approx(0.5090 / 0.4910, rel=1e-3)
    assert c.high == pytest.approx(0.9134 / 0.0866, rel=1e-2)
    assert c.is_supported
    assert c.word == "up"


def test_change_is_per_hour_not_per_flag() -> None:
    c = change(days((30, 30.0)), days((10, 10.0)))
    assert c is not None
    assert c.ratio == pytest.approx(1.0)
    assert c.word == "steady"


def test_change_without_earlier_flags_is_open_above() -> None:
    c = change(days((20, 10.0)), days((0, 10.0)))
    assert c is not None
    assert math.isinf(c.high)
    assert c.is_supported
    assert c.words.startswith("∞ × (")
    assert change(days((0, 10.0)), days((0, 10.0))) is None
    assert change(days((3, 10.0)), days((3, 0.5))) is None


def test_words_of_a_change() -> None:
    assert Change(2.1, 1.4, 3.1).word == "doubled"
    assert Change(2.1, 1.4, 3.1).words == "2.1 × (1.4–3.1)"
    assert Change(0.5, 0.3, 0.8).word == "halved"
    assert Change(0.8, 0.7, 0.9).word == "down"
    assert [Change(x, 1.1, 4.0).word for x in (1.8, 1.84, 1.86, 2.14, 2.16, 2.4)] == [
        "up", "up", "doubled", "doubled", "up", "up"
    ]  # fmt: skip
    assert [Change(x, 0.1, 0.9).word for x in (0.44, 0.46, 0.54, 0.56)] == ["down", "halved", "halved", "down"]
    assert [Change(x, 1.1, 9.0).times for x in (1.8, 2.0, math.inf)] == ["1.8 times", "twice", "more than"]
    assert [Change(x, 0.0, 0.9).times for x in (0.7, 0.5, 0.0)] == ["0.7 times", "half", "less than"]
    assert Change(2.0, 0.9, 4.0).word == "steady"
    assert number(12.3) == "12"


@given(st.lists(st.tuples(st.integers(0, 80), st.floats(0.5, 16)), min_size=1, max_size=14))
def test_interval_holds_its_rate(pairs: list[tuple[int, float]]) -> None:
    r = rate(days(*pairs))
    if r.value is not None and r.low is not None and r.high is not None:
        assert 0 <= r.low <= r.value <= r.high


def test_examples_in_the_documentation() -> None:
    assert doctest.testmod(rates).failed == 0
