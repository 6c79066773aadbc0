"""Examples left out: what promises and budgets of a class of one's own rest on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.adapters.example import Example
from models.adapters.heads import fit_head
from models.adapters.held_out import Judged, calibrated, held, held_at, judged_apart, of_half_seconds
from models.calibration import sigmoid
from models.conformal import Unit
from models.detectors import Rules
from tests.models.adapters import taught

RULES = Rules(0.5, 0.5, 1_000_000, 1_000_000)


def judged(seed: int, episodes: int, others: int, apart: float = 3.0, people: int = 1) -> Judged:
    """Log-odds of stretches that wander as stretches do: each about a level of its own."""
    rng = np.random.default_rng(seed)
    out: Judged = []
    for i in range(episodes + others):
        plain = taught.example(i, n=10, is_positive=i < episodes)
        z = rng.normal(apart / 2 if i < episodes else -apart / 2, 1.0) + rng.normal(0.0, 0.5, 10)
        out.append((replace(plain, person=f"P-{i % people}"), z))
    return out


def told(found: Judged) -> tuple[float, float]:
    both = of_half_seconds(found)
    assert both is not None
    return calibrated(*both)


def test_bands_cover_what_they_promise_in_new_stretches_of_the_same_patient() -> None:
    covered = []
    for seed in range(40):
        found = judged(seed, 20, 60)
        slope, intercept = told(found)
        shown = held(found, RULES, slope, intercept)
        assert shown is not None
        band = shown.band(0.9)
        assert band is not None
        assert (shown.unit, shown.number) == (Unit.EPISODES, 20)
        for e, z in judged(1000 + seed, 20, 60):
            covered.append((e.is_positive, band.covered(slope * z + intercept, np.full(10, e.is_positive)).mean()))
    for side in (True, False):
        assert np.mean([share for there, share in covered if there is side]) >= 0.9


def test_too_few_stretches_promise_nothing_and_more_promise_more() -> None:
    def promised(episodes: int) -> list[float]:
        shown = held(judged(3, episodes, 3 * episodes), RULES, 1.0, 0.0)
        return [] if shown is None else [b.coverage for b in shown.bands]

    assert promised(1) == []
    assert promised(4) == [0.8]
    assert promised(9) == [0.8, 0.9]
    assert promised(19) == [0.8, 0.9, 0.95]


def test_of_several_people_they_are_what_is_left_out() -> None:
    shown = held(judged(1, 12, 36, people=6), RULES, 1.0, 0.0)
    assert shown is not None
    assert (shown.unit, shown.number) == (Unit.PEOPLE, 6)
    assert [b.coverage for b in shown.bands] == [0.8]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 12), st.floats(0.0, 6.0))
def test_a_higher_threshold_never_finds_nor_costs_more(seed: int, episodes: int, apart: float) -> None:
    shown = held(judged(seed, episodes, 3 * episodes, apart), RULES, 1.0, 0.0)
    if shown is None:
        return
    assert [p.threshold for p in shown.curve] == sorted(p.threshold for p in shown.curve)
    found = [p.sensitivity for p in shown.curve]
    assert found == sorted(found, reverse=True)
    for p in shown.curve:
        assert p.low <= p.sensitivity <= p.high
        assert 0 <= p.alarms_low <= p.alarms_per_hour
        assert p.alarms_per_hour >= 1 / shown.hours, "one more than there was"


def test_of_several_people_each_counts_alike_however_many_marks_they_have() -> None:
    found = judged(7, 10, 30, apart=1.5, people=3)
    shown = held(found, RULES, 1.0, 0.0)
    assert shown is not None
    seen = set()
    for point in shown.curve:
        at = replace(RULES, threshold=point.threshold)
        of: dict[str, list[bool]] = {}
        for e, z in found:
            if e.is_positive:
                of.setdefault(e.person, []).append(bool(at.episodes(sigmoid(z).astype(np.float32))))
        assert sorted(len(each) for each in of.values()) == [3, 3, 4]
        assert point.sensitivity == pytest.approx(np.mean([np.mean(each) for each in of.values()]))
        seen.add(round(point.sensitivity, 6))
    assert any(0 < share < 1 for share in seen)


def test_the_curve_is_that_of_a_slow_count() -> None:
    found = judged(7, 6, 30)
    shown = held(found, RULES, 1.0, 0.0)
    assert shown is not None
    assert shown.hours == pytest.approx(30 * 5 / 3600)
    for point in shown.curve:
        level, closing = np.log(point.threshold / (1 - point.threshold)), None
        closing = level - RULES.hysteresis
        alarms = hit = 0
        for e, z in found:
            runs, here = [], []
            for value in [*z, -np.inf]:
                if value >= closing - 1e-6:
                    here.append(value)
                elif here:
                    runs.append(here)
                    here = []
            opened = [r for r in runs if max(r) >= level - 1e-6 and len(r) >= 2]
            alarms, hit = alarms + (0 if e.is_positive else len(opened)), hit + (e.is_positive and bool(opened))
        assert point.sensitivity == pytest.approx(hit / 6)
        merged = point.alarms_per_hour * shown.hours - 1
        assert 0 <= round(merged) <= alarms, "neighbouring runs may be one flag"


def test_parts_that_are_left_out_together_are_judged_without_one_another() -> None:
    examples = [replace(e, log_odds=np.zeros(len(e.log_odds))) for e in taught.support(10, 20, away=2.0)]
    heads: list[list[Example]] = []

    def watched(rest: list[Example]):  # type: ignore[no-untyped-def]  # a head
        heads.append(rest)
        return fit_head(rest)

    found = judged_apart(examples, watched, 5)
    assert len(heads) == 5
    assert [sum(e.is_positive for e in h) for h in heads] == [8] * 5
    assert sorted(e.interval for e, _ in found) == sorted(e.interval for e in examples)


def test_probabilities_that_mean_what_they_say_are_off_by_little() -> None:
    rng = np.random.default_rng(0)
    found = []
    for i in range(2000):
        z = rng.normal(0.0, 2.0)
        plain = taught.example(i, n=1, is_positive=bool(rng.random() < sigmoid(np.array([z]))[0]))
        found.append((plain, np.array([z])))
    shown = held(found, RULES, 1.0, 0.0)
    assert shown is not None
    assert shown.error < 0.03
    assert all(abs(b.predicted - b.found) < 0.12 for b in shown.bins)


def honest_at(base_rate: float, marked: float, number: int, seed: int = 0) -> Judged:
    """Half seconds whose probabilities are true where so much of the time has it, of which some share is marked so."""
    rng = np.random.default_rng(seed)
    out: Judged = []
    for i in range(number):
        there = bool(rng.random() < marked)
        # Two normal classes: their log-odds are known, and true at any share of time.
        x = rng.normal(1.0 if there else -1.0, 1.0)
        out.append((taught.example(i, n=1, is_positive=there), np.array([2 * x + np.log(base_rate / (1 - base_rate))])))
    return out


def test_marks_that_were_chosen_are_weighed_to_the_share_of_time_that_probabilities_are_made_for() -> None:
    found = honest_at(0.1, 0.5, 4000)
    shown = held_at(found, 0.1)
    assert shown is not None
    assert shown.error is not None
    assert shown.error < 0.015
    assert sum(b.weight * b.found for b in shown.bins) == pytest.approx(0.1)
    plain = held_at(found, float(np.mean([e.is_positive for e, _ in found])))
    assert plain is not None
    assert plain.error is not None
    assert plain.error > 0.2, "as if there were as much time with it as there are marks"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.95), st.integers(4, 8))
def test_more_marks_of_one_class_change_no_error(seed: int, share: float, episodes: int) -> None:
    once = judged(seed, episodes, 10)
    twice = [*once, *((e, z) for e, z in once if not e.is_positive)]
    one, two = held_at(once, share), held_at(twice, share)
    assert one is not None
    assert two is not None
    assert one.error == pytest.approx(two.error)


def test_two_episodes_say_nothing_of_calibration() -> None:
    assert held_at(judged(0, 2, 8), 0.2) is None
    assert held_at(judged(0, 3, 8), 0.2) is not None
