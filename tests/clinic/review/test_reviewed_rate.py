"""The reviewed rate against exact limits, against a drawn truth, and at the edges where normal intervals fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from clinic.review import reviewed_rate
from clinic.review.audit_sample import AuditPlan, Kind
from clinic.review.reviewed_rate import NOT_SEEN, Answer, Estimate, reviewed
from tests.clinic.review.audits_made import answered

FLAG, UNSURE, CLEAR = Kind.FLAG, Kind.UNSURE, Kind.CLEAR


def exact_limits(size: int, seen: int, found: int) -> tuple[int, int]:
    """Mid-P limits of the number of hits among ``size``, by going through all of them (slow and obvious)."""

    def at_most(hits: int) -> float:
        """Confidence that there are no more: half from the upper test (of one more), half from the lower."""
        more_would_show = hypergeom(size, min(hits + 1, size), seen).sf(found) if hits < size else 1.0
        enough_to_show = hypergeom(size, hits, seen).sf(found - 1)
        return 0.5 * float(more_would_show) + 0.5 * float(enough_to_show)

    low, high = (next(h for h in range(size + 1) if at_most(h) >= q) for q in (0.025, 0.975))
    return low, high


@pytest.mark.parametrize(
    ("size", "seen", "found"),
    [(200, 20, 0), (200, 20, 1), (60, 30, 7), (40, 12, 12), (30, 3, 2), (37, 24, 19), (400, 8, 0)],
)
def test_one_stratum_has_the_exact_limits(monkeypatch: pytest.MonkeyPatch, size: int, seen: int, found: int) -> None:
    monkeypatch.setattr(reviewed_rate, "DRAWS", 200_000)  # limits are drawn, not worked out
    plan, answers = answered((FLAG, size, [1] * found + [0] * (seen - found)), hours=1.0)
    rate = reviewed(plan, answers).rate
    assert rate is not None
    assert rate.value == pytest.approx(size * found / seen)
    low, high = exact_limits(size, seen, found)
    assert rate.low == pytest.approx(low, abs=1)
    assert rate.high == pytest.approx(high, abs=1)


def test_the_estimate_is_the_stratified_total_by_hand() -> None:
    plan, answers = answered((FLAG, 20, [1, 1, 0, 2]), (UNSURE, 6, [0, 1]), (CLEAR, 300, [0] * 29 + [3]), hours=8.0)
    r = reviewed(plan, answers)
    assert r.rate is not None
    assert r.precision is not None
    assert r.sensitivity is not None
    in_flags, elsewhere = 20 / 4 * 4, 6 / 2 * 1 + 300 / 30 * 3
    assert r.rate.value == pytest.approx((in_flags + elsewhere) / 8)
    assert r.precision.value == pytest.approx(3 / 4)
    assert r.sensitivity.value == pytest.approx(in_flags / (in_flags + elsewhere))
    assert (r.flags.seen, r.flags.of, r.flags.wrong) == (4, 20, 1)
    assert (r.unsure.seen, r.unsure.of, r.clear.found) == (2, 6, 1)


counts = st.lists(st.integers(0, 4), min_size=2, max_size=12)


@given(strata=st.lists(st.tuples(st.sampled_from(list(Kind)), st.integers(0, 80), counts), min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_an_interval_holds_its_value_and_never_less_than_what_was_seen(
    strata: list[tuple[Kind, int, list[int]]],
) -> None:
    plan, answers = answered(*((kind, len(seen) + more, seen) for kind, more, seen in strata), hours=2.0)
    r = reviewed(plan, answers)
    assert r.rate is not None
    for e, top in ((r.rate, np.inf), (r.precision, 1.0), (r.sensitivity, 1.0)):
        assert e is None or 0 <= e.low <= e.value <= e.high <= top
    assert r.rate.low >= sum(a.count for a in answers) / 2.0
    assert (r.precision is None) == (r.flags.of == 0)


@given(strata=st.lists(st.tuples(st.sampled_from(list(Kind)), counts), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_where_all_was_looked_at_nothing_is_left_open(strata: list[tuple[Kind, list[int]]]) -> None:
    plan, answers = answered(*((kind, len(seen), seen) for kind, seen in strata), hours=2.0)
    r = reviewed(plan, answers)
    truth = sum(a.count for a in answers) / 2.0
    assert r.rate == Estimate(truth, truth, truth)


def test_nothing_found_is_not_nothing_there() -> None:
    plan, answers = answered((FLAG, 30, [1] * 10), (CLEAR, 300, [0] * 30))
    rate = reviewed(plan, answers).rate
    assert rate is not None
    assert rate.value == pytest.approx(30 / 8)
    # About three in as many windows as were looked at: the rule of three.
    assert rate.high == pytest.approx((30 + 3 * 270 / 30) / 8, rel=0.1)


def test_more_looks_narrow_the_interval() -> None:
    widths = []
    for n in (10, 40, 160):
        plan, answers = answered((CLEAR, 400, [1] * (n // 10) + [0] * (n - n // 10)))
        rate = reviewed(plan, answers).rate
        assert rate is not None
        widths.append(rate.high - rate.low)
    assert widths[0] > 1.5 * widths[1] > 2 * widths[2]


def test_windows_that_hold_several_widen_the_interval() -> None:
    one = reviewed(*answered((CLEAR, 400, [1] * 6 + [0] * 34))).rate
    several = reviewed(*answered((CLEAR, 400, [3] * 6 + [0] * 34))).rate
    assert one is not None
    assert several is not None
    assert several.value == pytest.approx(3 * one.value)
    assert several.low > 2 * one.low
    assert 2 * (one.high - one.low) < several.high - several.low < 4 * (one.high - one.low)


def test_the_interval_holds_where_walds_fails() -> None:
    """Flags mostly right, few missed in many windows: 200 patients, whose truth is known."""
    draw = np.random.default_rng(11)
    covered = naive = 0
    for k in range(200):
        truth = [(FLAG, draw.binomial(1, 0.7, 30)), (CLEAR, draw.poisson(0.03, 300))]
        seen = [draw.choice(counts, n, replace=False) for (_, counts), n in zip(truth, (10, 30), strict=True)]
        plan, answers = answered(
            *((kind, len(all_), s.tolist()) for (kind, all_), s in zip(truth, seen, strict=True)), hours=1.0
        )
        rate = reviewed(plan, answers, seed=k).rate
        assert rate is not None
        total = sum(int(all_.sum()) for _, all_ in truth)
        covered += rate.low <= total <= rate.high
        error = sum(
            len(all_) ** 2 * (1 - len(s) / len(all_)) * s.var(ddof=1) / len(s)
            for (_, all_), s in zip(truth, seen, strict=True)
        )
        naive += abs(rate.value - total) <= 1.96 * error**0.5
    # 0.92 lies two standard errors below 0.95; more than 0.95 is no fault where only one side can miss.
    assert covered / 200 >= 0.92
    assert naive / 200 < 0.90


def test_what_was_not_looked_at_enough_says_so() -> None:
    plan, answers = answered((FLAG, 30, [1, 1, 0]), (CLEAR, 300, [0] * 6))
    assert reviewed(plan, answers).why_not == ""
    few = [a for a in answers if a.item.stratum.kind is FLAG][:1] + answers[3:]
    r = reviewed(plan, few)
    assert (r.rate, r.precision, r.sensitivity, r.why_not) == (None, None, None, NOT_SEEN)
    assert (r.flags.seen, r.flags.of, r.clear.seen) == (1, 30, 6)
    assert reviewed(AuditPlan((), (), 0), []).why_not == NOT_SEEN


def test_a_stratum_of_one_needs_one_look() -> None:
    plan, answers = answered((FLAG, 1, [1]), (CLEAR, 300, [0] * 6))
    assert reviewed(plan, answers).rate is not None


def test_an_audit_broken_off_uses_what_was_answered() -> None:
    plan, answers = answered((FLAG, 30, [1, 1, 0, 1]), (CLEAR, 300, [0] * 12), planned=12)
    r = reviewed(plan, answers)
    assert r.rate is not None
    assert r.rate.value == pytest.approx(30 * 3 / 4 / 8)


def test_less_than_an_hour_gives_no_rate_but_shares() -> None:
    r = reviewed(*answered((FLAG, 10, [1, 1, 0]), (CLEAR, 20, [0] * 6), hours=0.5))
    assert (r.rate, r.why_not) == (None, "less than an hour was judged, too little to say")
    assert r.precision is not None
    assert r.sensitivity is not None


def test_without_flags_or_episodes_there_is_no_share_to_give() -> None:
    r = reviewed(*answered((CLEAR, 200, [0] * 20)))
    assert (r.precision, r.sensitivity) == (None, None)
    assert r.rate is not None
    assert (r.rate.value, r.rate.low) == (0, 0)


def test_two_flags_on_one_episode_are_both_right_and_count_once() -> None:
    plan, answers = answered((FLAG, 2, [1, 1]), hours=1.0)
    second = replace(answers[1], found=True, episodes=0)
    r = reviewed(plan, [answers[0], second])
    assert r.rate == Estimate(1, 1, 1)
    assert r.precision == Estimate(1, 1, 1)


def test_an_answer_needs_no_count_where_it_is_the_usual_one() -> None:
    plan, _ = answered((FLAG, 5, [1]))
    assert [Answer(plan.items[0], found).count for found in (True, False)] == [1, 0]


def test_answers_that_contradict_themselves_or_the_plan_are_refused() -> None:
    plan, answers = answered((CLEAR, 9, [0, 1, 0]))
    for found, episodes in ((True, 0), (False, 1), (False, -1)):
        with pytest.raises(ValueError, match="contradicts itself"):
            Answer(plan.items[0], found, episodes)
    with pytest.raises(ValueError, match="another stretch of the plan"):
        reviewed(plan, [answers[0], answers[0]])
    other, foreign = answered((CLEAR, 10, [0]))
    with pytest.raises(ValueError, match="another stretch of the plan"):
        reviewed(plan, foreign)
    assert other != plan


def test_the_same_answers_give_the_same_interval() -> None:
    plan, answers = answered((FLAG, 30, [1, 1, 0]), (CLEAR, 300, [0] * 5 + [1]))
    assert reviewed(plan, answers) == reviewed(plan, answers[::-1]) == reviewed(plan, answers)
