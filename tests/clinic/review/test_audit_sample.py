"""The stretches of an audit: none overlap, none is forgotten, and chance alone chooses among those that are alike."""

from __future__ import annotations

import doctest
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.review import audit_sample
from clinic.review.audit_sample import FEWEST, AuditPlan, Kind, allocate, audit_plan
from clinic.timeline.clock import HOUR_US, SECOND_US
from data.grid import HOP_US
from data.intervals import Interval, Intervals, intersect, subtract, total, union
from models.scores import Certainty

HALVES = HOP_US * np.arange(4 * 7200, dtype=np.int64)
FOUR_HOURS = (Interval(0, 4 * HOUR_US),)
FLAT = np.full(len(HALVES), 0.01, dtype=np.float32)


@dataclass(frozen=True)
class Row:
    """As little of an episode as a plan needs."""

    interval: Interval
    peak: float = 0.9
    certainty: str = "sure"


def rows(n: int, certainty: str = "sure", at_s: int = 60) -> list[Row]:
    """Episodes of 5 s, five minutes apart, more certain one after the other."""
    starts = [(at_s + 300 * k) * SECOND_US for k in range(n)]
    return [Row(Interval(a, a + 5 * SECOND_US), 0.5 + 0.01 * k, certainty) for k, a in enumerate(starts)]


def plan_of(episodes: list[Row], judged: Intervals = FOUR_HOURS, looks: int = 40, seed: int = 0) -> AuditPlan:
    return audit_plan(episodes, judged, HALVES, FLAT, looks=looks, seed=seed)


def test_the_doctest_holds() -> None:
    assert doctest.testmod(audit_sample).failed == 0


@given(
    pieces=st.lists(st.tuples(st.integers(0, 14000), st.integers(1, 900)), min_size=1, max_size=6),
    flags=st.lists(st.tuples(st.integers(0, 13000), st.sampled_from(list(Certainty))), max_size=12),
)
@settings(max_examples=30, deadline=None)
def test_looking_at_all_covers_flags_and_clear_time_once(
    pieces: list[tuple[int, int]], flags: list[tuple[int, Certainty]]
) -> None:
    judged = union(Interval(a * SECOND_US, (a + d) * SECOND_US) for a, d in pieces)
    spans: list[Row] = []
    for a, certainty in flags:
        span = Interval(a * SECOND_US, (a + 7) * SECOND_US)
        if not any(span.overlaps(r.interval) for r in spans):
            spans.append(Row(span, 0.5, certainty))
    plan = audit_plan(spans, judged, HALVES, FLAT, looks=100_000)
    stretches = [i.interval for i in plan.items]
    assert sum(s.duration for s in stretches) == total(stretches) == plan.covered_us
    assert union(stretches) == union(judged, (r.interval for r in spans))
    clear = [i.interval for i in plan.items if i.stratum.kind is Kind.CLEAR]
    assert union(clear) == subtract(judged, [r.interval for r in spans])
    assert max((c.duration for c in clear), default=0) <= audit_sample.WINDOW_US
    assert all(i.inclusion == 1 for i in plan.items)


def test_each_stratum_gives_what_it_planned_and_says_what_it_stands_for() -> None:
    plan = plan_of([*rows(30), *rows(5, "unsure", at_s=200)])
    drawn = Counter(i.stratum for i in plan.items)
    assert [drawn[s] for s in plan.strata] == [s.planned for s in plan.strata]
    assert len(plan.items) == 40 == len(set(plan.items))
    assert [plan.size(k) for k in (Kind.FLAG, Kind.UNSURE)] == [30, 5]
    assert sum(1 / i.inclusion for i in plan.items) == pytest.approx(sum(s.size for s in plan.strata))
    assert all(s.planned >= min(FEWEST, s.size) for s in plan.strata)


def test_near_misses_are_looked_at_more_than_their_share() -> None:
    probability = FLAT.copy()
    nervous = Interval(HOUR_US, HOUR_US + 10 * 60 * SECOND_US)
    probability[(nervous.start <= HALVES) & (nervous.end > HALVES)] = 0.4
    plan = audit_plan([], FOUR_HOURS, HALVES, probability)
    near, far = plan.strata
    assert near.size == 12  # a tenth of the 120 windows
    assert near.planned / near.size > 2 * far.planned / far.size
    raised = [i for i in plan.items if intersect([i.interval], [nervous])]
    assert raised
    assert {i.stratum.name for i in raised} == {near.name}
    assert [i.probability for i in raised] == pytest.approx([0.4] * len(raised))


def test_the_probability_of_a_window_is_the_largest_in_it() -> None:
    probability = FLAT.copy()
    probability[1000] = 0.4
    plan = audit_plan([], FOUR_HOURS, HALVES, probability, looks=100_000)
    raised = [i for i in plan.items if i.probability == pytest.approx(0.4)]
    assert [i.interval.start <= HALVES[1000] < i.interval.end for i in raised] == [True]
    assert {i.probability for i in plan.items if i not in raised} == {float(FLAT[0])}


def test_the_more_certain_half_of_the_flags_is_a_stratum() -> None:
    plan = plan_of(rows(30), looks=100_000)
    high, low = (s for s in plan.strata if s.kind is Kind.FLAG)
    assert high.size == low.size == 15
    peaks = {s: [i.probability for i in plan.items if i.stratum == s] for s in (high, low)}
    assert min(peaks[high]) > max(peaks[low])
    assert high.probability == pytest.approx(np.mean(peaks[high]))


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    episodes = [*rows(30), *rows(8, "unsure", at_s=200)]
    assert plan_of(episodes) == plan_of(episodes[::-1]) == plan_of(episodes)
    assert plan_of(episodes) != plan_of(episodes, seed=1)


def test_every_stretch_of_a_stratum_is_drawn_as_often_as_its_inclusion_says() -> None:
    seen: Counter[Interval] = Counter()
    for seed in range(200):
        plan = plan_of(rows(20), seed=seed)
        seen.update(i.interval for i in plan.items if i.stratum.kind is Kind.FLAG)
    inclusion = {i.interval: i.inclusion for i in plan_of(rows(20), looks=100_000).items}
    expected = {i.interval: i.inclusion for seed in range(20) for i in plan_of(rows(20), seed=seed).items}
    for flag in (r.interval for r in rows(20)):
        assert inclusion[flag] == 1
        assert seen[flag] / 200 == pytest.approx(expected[flag], abs=0.15)


def test_the_order_tells_no_stratum_and_half_of_it_has_seen_half_of_each() -> None:
    plan = plan_of(rows(40), looks=60)
    half = Counter(i.stratum for i in plan.items[: len(plan.items) // 2])
    for s in plan.strata:
        assert abs(half[s] - s.planned / 2) <= 2
    firsts = {plan_of(rows(40), seed=seed).items[0].stratum.name for seed in range(30)}
    assert len(firsts) == len(plan.strata)


def test_nothing_judged_is_an_empty_plan() -> None:
    plan = audit_plan([], (), HALVES[:0], FLAT[:0])
    assert (plan.items, plan.strata, plan.covered_us) == ((), (), 0)


def test_episodes_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        plan_of([Row(Interval(0, 10)), Row(Interval(5, 15))])


@given(
    strata=st.lists(st.tuples(st.integers(1, 60), st.floats(0.1, 0.5)), min_size=1, max_size=5),
    looks=st.integers(0, 120),
)
@settings(max_examples=80, deadline=None)
def test_looks_are_spent_within_what_there_is(strata: list[tuple[int, float]], looks: int) -> None:
    sizes, spreads = [n for n, _ in strata], [s for _, s in strata]
    counts = allocate(sizes, spreads, looks)
    least = [min(FEWEST, n) for n in sizes]
    assert all(low <= n <= size for low, n, size in zip(least, counts, sizes, strict=True))
    assert sum(counts) == min(sum(sizes), max(sum(least), looks))


def test_looks_follow_size_and_spread() -> None:
    counts = allocate([10_000, 10_000, 80_000], [0.1, 0.3, 0.1], 400)
    ratios = np.array(counts) / counts[0]
    assert ratios == pytest.approx([1, 3 ** (2 / 3), 4], rel=0.03)
