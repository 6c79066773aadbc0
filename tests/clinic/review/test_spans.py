"""Spans that may stand: they cover time, stay in their segment and say nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.review.spans import checking, first_refusal, fresh, recorded_of, refusal
from clinic.store.rows import Label
from data.intervals import Interval
from tests.signals import START_US, moving, recording_of

US = 1_000_000
RECORDED = {"waist": (Interval(0, 10 * US), Interval(12 * US, 20 * US)), "left-ankle": (Interval(-US, 20 * US),)}


def span(start_s: float, end_s: float, label: str = "fall", rater: str = "R-01", stream: str = "waist") -> Label:
    return Label(stream, Interval(round(start_s * US), round(end_s * US)), label, rater)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (span(1, 1), "covers no time"),
        (span(1, 2, stream="hand"), "no stream 'hand': choose one of waist, left-ankle"),
        (span(9, 13), "crosses the gap at 0:00:11.0"),  # 10 s after the waist began, 11 s after the ankle did
        (span(9, 11), "ends after the signal does at 0:00:11.0"),
        (span(11, 13), "begins before the signal does at 0:00:13.0"),
        (span(10.5, 11.5), "Nothing was recorded where the span lies"),
        (span(19, 20.000001), "ends after the signal does at 0:00:21.0"),
        (span(2, 3), "R-01 has marked 'fall' from 0:00:03.0 to 0:00:06.0 already: move that span's edges"),
        (span(4.9, 8), "already"),
        (span(4, 4.5, "not fall"), "a span cannot be both"),
    ],
)
def test_a_span_that_may_not_stand_is_refused_with_the_reason(label: Label, said: str) -> None:
    found = refusal(label, [span(2, 5)], RECORDED)
    assert found is not None
    assert said in found
    assert found.endswith(".")
    assert found.count(". ") == 0


@pytest.mark.parametrize(
    "label",
    [
        span(0, 2),
        span(5, 10),
        span(12, 20),
        span(2, 5, "turning"),
        span(2, 5, "not turning"),
        span(2, 5, rater="R-02"),
        span(2, 5, "not fall", rater="R-02"),
        span(2, 5, stream="left-ankle"),
    ],
)
def test_a_span_that_touches_or_says_something_else_stands(label: Label) -> None:
    assert refusal(label, [span(2, 5)], RECORDED) is None


SPANS = st.builds(
    lambda a, n, label, rater, stream: span(a, a + n, label, rater, stream),
    st.integers(-2, 21), st.integers(0, 6), st.sampled_from(["fall", "not fall", "turning"]),
    st.sampled_from(["R-01", "R-02"]), st.sampled_from(["waist", "left-ankle"]),
)  # fmt: skip


def _by_the_second(label: Label, others: list[Label]) -> bool:
    """Slow and obvious: every whole second of the span is recorded in one segment and free."""
    a, b = label.interval.start // US, label.interval.end // US
    seconds = set(range(a, b))
    inside = any(seconds <= set(range(s.start // US, s.end // US)) for s in RECORDED[label.stream])
    names = {"fall": {"fall", "not fall"}, "not fall": {"fall", "not fall"}, "turning": {"turning"}}[label.label]
    taken = {
        second
        for o in others
        if (o.rater, o.stream) == (label.rater, label.stream) and o.label in names
        for second in range(o.interval.start // US, o.interval.end // US)
    }
    return bool(seconds) and inside and not seconds & taken


@given(st.lists(SPANS, max_size=12))
def test_what_is_let_in_is_what_a_slow_search_lets_in(labels: list[Label]) -> None:
    standing: list[Label] = []
    for label in labels:
        free = _by_the_second(label, standing)
        assert (refusal(label, standing, RECORDED) is None) == free
        assert (first_refusal([label], standing, RECORDED) is None) == free
        if free:
            standing.append(label)
    assert first_refusal(standing, [], RECORDED) is None
    assert checking(RECORDED)(standing, []) is None


@given(st.lists(SPANS, min_size=1, max_size=8))
def test_the_first_that_may_not_stand_is_named(labels: list[Label]) -> None:
    standing: list[Label] = []
    for number, label in enumerate(labels):
        said = refusal(label, standing, RECORDED)
        if said:
            assert first_refusal(labels, [], RECORDED) == (number, said)
            assert checking(RECORDED)(labels, []) == said
            return
        standing.append(label)


def test_segments_are_those_of_the_recording() -> None:
    recording = recording_of([(0, moving(4)), (6, moving(4))])
    (name,) = recorded_of(recording)
    inside = Label(name, Interval(START_US, START_US + 4 * US), "fall", "R-01")
    assert refusal(inside, [], recorded_of(recording)) is None
    crossing = replace(inside, interval=Interval(START_US, START_US + 7 * US))
    assert "crosses the gap at 0:00:04.0" in str(refusal(crossing, [], recorded_of(recording)))


def test_only_labels_that_do_not_stand_already_are_fresh() -> None:
    known = replace(span(2, 5), confidence=0.5)
    assert fresh([span(2, 5), span(2, 5, rater="R-02"), span(2, 4)], [known]) == [span(2, 5, rater="R-02"), span(2, 4)]
