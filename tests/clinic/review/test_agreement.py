"""How far two raters agree, against slow and obvious references."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clinic.review.agreement import (
    ONLY_ONE,
    Agreement,
    LabelledApart,
    agreement,
    kappa,
    labelled_apart,
    matched_spans,
    overlap,
)
from clinic.store.rows import Label
from data.grid import HOP_US
from data.intervals import Interval
from tests.clinic.review.made import US, span, two_sites

RECORDING = two_sites()
BACK = RECORDING.streams[0]
ALL = (RECORDING.interval,)
COUNTS = st.integers(0, 500)


def spans_of(edges: list[tuple[int, int]]) -> list[Interval]:
    """Disjoint spans in order, from ``(pause, length)`` in tenths of a second."""
    out, at = [], 0
    for pause, length in edges:
        out.append(Interval((at + pause) * US // 10, (at + pause + length) * US // 10))
        at += pause + length
    return out


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 40)), max_size=5).map(spans_of)


def apart(
    one: list[Interval],
    two: list[Interval],
    looked: tuple[Interval, ...] = (Interval(0, 60 * US),),
    label: str = "fall",
) -> LabelledApart:
    starts = np.arange(0, 60 * US, HOP_US, dtype=np.int64)
    mine, theirs = (
        tuple(Label("waist", i, label, rater) for i in spans) for rater, spans in (("R-01", one), ("R-02", two))
    )
    return LabelledApart(starts, looked, mine, theirs)


def mirrored(p: LabelledApart) -> LabelledApart:
    return replace(p, one=p.two, two=p.one)


def of(*pieces: LabelledApart) -> Agreement:
    (found,) = agreement(pieces)
    return found


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_kappa_is_what_the_paper_defines(both: int, only_one: int, only_two: int, neither: int) -> None:
    first = [1.0] * (both + only_one) + [0.0] * (only_two + neither)
    second = [1.0] * both + [0.0] * only_one + [1.0] * only_two + [0.0] * neither
    found = kappa(both, only_one, only_two, neither)
    if not first:
        assert found is None
        return
    observed = float(np.mean([a == b for a, b in zip(first, second, strict=True)]))
    p, q = float(np.mean(first)), float(np.mean(second))
    by_chance = p * q + (1 - p) * (1 - q)
    if both == len(first) or neither == len(first):
        assert found is None
        return
    assert found == pytest.approx((observed - by_chance) / (1 - by_chance), abs=1e-9)
    assert -1 <= found <= 1


@given(SPANS, SPANS)
def test_half_seconds_are_counted_as_a_slow_search_counts_them(one: list[Interval], two: list[Interval]) -> None:
    assume(one or two)
    looked = (Interval(0, 7_300_000), Interval(9 * US, 55 * US))
    found = of(apart(one, two, looked))
    counted = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for start in range(0, 60 * US, HOP_US):
        tenths = range(start, start + HOP_US, 100_000)
        if not all(any(i.start <= t < i.end for i in looked) for t in tenths):
            continue
        votes = [sum(any(s.start <= t < s.end for s in spans) for t in tenths) / 5 >= 0.5 for spans in (one, two)]
        counted[votes[0], votes[1]] += 1
    assert (found.both, found.only_one, found.only_two, found.neither) == tuple(counted.values())


@given(st.lists(SPANS, min_size=1, max_size=3), st.lists(SPANS, min_size=3, max_size=3))
def test_who_comes_first_changes_nothing_but_the_sides(one: list[list[Interval]], two: list[list[Interval]]) -> None:
    pieces = [apart(a, b) for a, b in zip(one, two, strict=False)]
    assume(any(p.one or p.two for p in pieces))
    there, back = of(*pieces), of(*(mirrored(p) for p in pieces))
    assert back == replace(
        there, only_one=there.only_two, only_two=there.only_one, unmatched_one=there.unmatched_two,
        unmatched_two=there.unmatched_one, overlap=back.overlap,
    )  # fmt: skip
    assert back.overlap == pytest.approx(there.overlap) if there.overlap is not None else back.overlap is None


@given(SPANS.filter(bool))
def test_who_says_the_same_agrees_fully(spans: list[Interval]) -> None:
    found = of(apart(spans, spans))
    assert (found.only_one, found.only_two, found.unmatched_one, found.unmatched_two) == (0, 0, 0, 0)
    assert found.overlap == 1
    assert found.matched == len(spans)
    assert found.kappa in (1, None)
    assert found.positive in (1, None)
    assert found.negative in (1, None)


def test_labels_without_any_tie_have_a_kappa_near_0() -> None:
    rng = np.random.default_rng(4)
    pieces = []
    for _ in range(200):
        one, two = ([Interval(s * HOP_US, (s + 1) * HOP_US) for s in range(120) if rng.random() < 0.3] for _ in "ab")
        pieces.append(apart(one, two))
    found = of(*pieces)
    assert found.both + found.only_one + found.only_two + found.neither == 200 * 120
    assert found.kappa == pytest.approx(0, abs=0.02)  # 24 000 half seconds: three standard errors
    assert found.positive == pytest.approx(0.3, abs=0.02)


def test_a_rare_class_shows_what_kappa_hides() -> None:
    found = of(apart([Interval(0, 10 * US), Interval(20 * US, 21 * US)], [Interval(5 * US, 10 * US)]))
    assert (found.both, found.only_one, found.only_two, found.neither) == (10, 12, 0, 98)
    assert found.positive == pytest.approx(20 / 32)
    assert found.negative == pytest.approx(196 / 208)
    assert (found.matched, found.unmatched_one, found.unmatched_two, found.overlap) == (1, 1, 0, 0.5)


@pytest.mark.parametrize(
    ("one", "two", "looked", "why"),
    [
        ([Interval(0, 60 * US)], [Interval(0, 60 * US)], (Interval(0, 60 * US),), "marked every half second"),
        ([Interval(0, 100_000)], [], (Interval(0, 60 * US),), "neither rater marked half a second"),
        ([Interval(0, US)], [Interval(0, US)], (), "no half second that both raters looked at"),
    ],
)
def test_a_kappa_that_is_not_defined_is_none_and_says_so(
    one: list[Interval], two: list[Interval], looked: tuple[Interval, ...], why: str
) -> None:
    found = of(apart(one, two, looked))
    assert found.kappa is None
    assert why in found.why_no_kappa


def test_a_class_that_one_rater_never_used_has_kappa_0() -> None:
    found = of(apart([Interval(0, 10 * US)], []))
    assert (found.kappa, found.why_no_kappa, found.positive, found.overlap) == (0, "", 0, None)
    assert (found.matched, found.unmatched_one, found.unmatched_two) == (0, 1, 0)


@pytest.mark.parametrize("label", ["not fall", "all fall"])
def test_what_nobody_has_to_mark_is_no_disagreement_of_who_never_used_it(label: str) -> None:
    for found in (
        of(apart([Interval(0, 10 * US)], [], label=label)),
        of(apart([], [Interval(0, 10 * US)], label=label)),
    ):
        assert (found.kappa, found.positive, found.negative, found.overlap) == (None, None, None, None)
        assert found.why_no_kappa == ONLY_ONE
        assert {found.unmatched_one, found.unmatched_two} == {0, 1}
    both = of(apart([Interval(0, 10 * US)], [Interval(30 * US, 40 * US)], label=label))
    assert both.kappa is not None
    assert both.kappa < 0


def test_only_what_both_looked_at_counts_and_only_the_stream_asked_for() -> None:
    one = [
        span(RECORDING, 1, 3),
        span(RECORDING, 5, 7),
        span(RECORDING, 13, 15),
        span(RECORDING, 1, 3, stream="left-ankle"),
    ]
    two = [span(RECORDING, 1, 3, rater="R-02"), span(RECORDING, 6, 9, "turning", rater="R-02")]
    origin = RECORDING.interval.start
    looked_two = (Interval(origin, origin + 6 * US),)
    falls, turning = agreement([labelled_apart(BACK, one, two, ALL, looked_two)])
    assert (falls.label, falls.matched, falls.unmatched_one, falls.unmatched_two) == ("fall", 1, 1, 0)
    assert (falls.both, falls.only_one, falls.only_two, falls.neither) == (4, 2, 0, 6)
    assert (turning.matched, turning.unmatched_two, turning.kappa) == (0, 0, None)
    whole = agreement([labelled_apart(BACK, one, two, ALL, ALL)])
    assert [(a.label, a.unmatched_one, a.unmatched_two) for a in whole] == [("fall", 2, 0), ("turning", 0, 1)]
    # Half seconds of the gap are nobody's.
    assert {a.both + a.only_one + a.only_two + a.neither for a in whole} == {20 + 16}


def test_of_equally_good_matchings_the_earlier_is_taken_whoever_comes_first() -> None:
    whole, halves = [Interval(0, 10)], [Interval(0, 5), Interval(5, 10)]
    assert matched_spans(whole, halves) == matched_spans(whole, halves[:1]) == [(0, 0, 0.5)]
    assert matched_spans(halves, whole) == [(0, 0, 0.5)]
    two, bridge = [Interval(2, 4), Interval(5, 7)], [Interval(1, 2), Interval(3, 6)]
    assert matched_spans(two, bridge) == [(0, 1, 0.25)]
    assert matched_spans(bridge, two) == [(1, 0, 0.25)]


def test_without_labels_there_is_nothing_to_compare() -> None:
    assert agreement([]) == agreement([apart([], [])]) == ()


@settings(max_examples=40)
@given(SPANS, SPANS)
def test_the_matching_is_the_best_of_all(one: list[Interval], two: list[Interval]) -> None:
    found = matched_spans(one, two)
    few, many = sorted((one, two), key=len)
    best = max(sum(overlap(a, b) for a, b in zip(few, chosen, strict=True)) for chosen in permutations(many, len(few)))
    assert sum(share for _, _, share in found) == pytest.approx(best)
    assert len({i for i, _, _ in found}) == len({j for _, j, _ in found}) == len(found)
    for i, j, share in found:
        shared = len(set(tenths(one[i])) & set(tenths(two[j])))
        assert shared
        assert share == pytest.approx(shared / len(set(tenths(one[i])) | set(tenths(two[j]))))


def tenths(interval: Interval) -> range:
    return range(interval.start // 100_000, interval.end // 100_000)
