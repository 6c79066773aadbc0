"""What two raters agree on, and what a third decides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.review.consensus import LEAST_OVERLAP, RULE, Consensus, Disagreement, consensus, decided
from clinic.store.rows import Label, LabelSource
from data.intervals import Interval, intersect, total
from tests.clinic.review.test_agreement import SPANS

US = 1_000_000
LOOKED = (Interval(0, 400 * US),)


def said(rater: str, *spans: tuple[float, float], label: str = "fall", stream: str = "waist") -> list[Label]:
    return [Label(stream, Interval(round(a * US), round(b * US)), label, rater) for a, b in spans]


def seconds(start: float, end: float) -> Interval:
    return Interval(round(start * US), round(end * US))


def test_what_both_marked_is_kept_and_the_rest_is_for_the_third() -> None:
    one = said("R-01", (0, 10), (20, 30), (50, 51)) + said("R-01", (0, 10), label="turning")
    two = said("R-02", (1, 12), (28, 36)) + said("R-02", (0, 10), stream="left-ankle")
    found = consensus("waist", one, two, LOOKED)
    assert found == Consensus(
        RULE,
        "waist",
        (("fall", seconds(1, 10)),),
        (
            Disagreement("waist", "turning", seconds(0, 10), None),
            Disagreement("waist", "fall", seconds(20, 30), seconds(28, 36)),
            Disagreement("waist", "fall", seconds(50, 51), None),
        ),
    )
    assert found.open[1].interval == seconds(20, 36)
    choices = dict(zip(found.open, (None, seconds(22, 33), found.open[2].one), strict=True))
    final = decided(found, choices, rater="R-03", tool="motionward 0.4")
    assert [(x.label, x.interval) for x in final] == [
        ("fall", seconds(1, 10)), ("fall", seconds(22, 33)), ("fall", seconds(50, 51))
    ]  # fmt: skip
    assert {(x.rater, x.source, x.stream, x.tool) for x in final} == {
        ("R-03", LabelSource.CONSENSUS, "waist", "motionward 0.4")
    }


def test_overlap_of_exactly_half_is_agreement_and_less_is_not() -> None:
    assert consensus("waist", said("R-01", (0, 10)), said("R-02", (0, 5)), LOOKED).agreed == (("fall", seconds(0, 5)),)
    found = consensus("waist", said("R-01", (0, 10)), said("R-02", (0, 4.9)), LOOKED)
    assert (found.agreed, len(found.open)) == ((), 1)


def test_what_only_one_looked_at_is_neither_agreed_nor_open() -> None:
    found = consensus("waist", said("R-01", (0, 10), (20, 30)), said("R-02", (0, 10)), (seconds(0, 8),))
    assert (found.agreed, found.open) == ((("fall", seconds(0, 8)),), ())


def test_nothing_is_final_before_all_is_decided() -> None:
    found = consensus("waist", said("R-01", (0, 10), (20, 30)), [], LOOKED)
    with pytest.raises(ValueError, match="1 of 2 disagreements are not decided yet"):
        decided(found, {found.open[0]: None}, rater="R-03")
    other = Disagreement("waist", "fall", None, seconds(70, 71))
    with pytest.raises(ValueError, match="1 decisions are about no disagreement"):
        decided(found, {**dict.fromkeys(found.open), other: None}, rater="R-03")


@given(SPANS)
def test_who_says_the_same_leaves_nothing_to_decide(spans: list[Interval]) -> None:
    one, two = ([Label("waist", i, "fall", rater) for i in spans] for rater in ("R-01", "R-02"))
    found = consensus("waist", one, two, LOOKED)
    assert ([span for _, span in found.agreed], found.open) == (spans, ())
    assert [x.interval for x in decided(found, {}, rater="R-03")] == spans


@given(SPANS, SPANS, st.sampled_from(["one", "two"]))
def test_every_span_is_agreed_or_open_once_and_the_order_of_raters_does_not_matter(
    first: list[Interval], second: list[Interval], side: str
) -> None:
    one, two = [Label("waist", i, "fall", "R-01") for i in first], [Label("waist", i, "fall", "R-02") for i in second]
    found, mirrored = consensus("waist", one, two, LOOKED), consensus("waist", two, one, LOOKED)
    assert mirrored.agreed == found.agreed
    assert {(d.two, d.one) for d in mirrored.open} == {(d.one, d.two) for d in found.open}
    mine = [getattr(d, side) for d in found.open if getattr(d, side) is not None]
    assert len(mine) + len(found.agreed) == len(first if side == "one" else second)
    assert set(mine) <= set(first if side == "one" else second)
    for _, kept in found.agreed:
        (a,), (b,) = ([s for s in spans if s.start <= kept.start and kept.end <= s.end] for spans in (first, second))
        assert intersect([a], [b]) == (kept,)
        assert kept.duration / total([a, b]) >= LEAST_OVERLAP
