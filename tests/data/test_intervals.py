from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.intervals import Interval, intersect, overlap_fraction, runs_of, subtract, total, union

interval = st.tuples(st.integers(0, 60), st.integers(0, 15)).map(lambda p: Interval(p[0], p[0] + p[1]))
sets = st.lists(interval, max_size=8)


def points(intervals) -> set[int]:
    return {t for i in intervals for t in range(i.start, i.end)}


def is_canonical(intervals) -> bool:
    return all(i.duration > 0 for i in intervals) and all(a.end < b.start for a, b in pairwise(intervals))


def test_an_interval_may_not_end_before_it_starts():
    with pytest.raises(ValueError, match="ends before"):
        Interval(2, 1)


def test_touching_intervals_do_not_overlap():
    assert not Interval(0, 5).overlaps(Interval(5, 9))
    assert Interval(0, 6).overlaps(Interval(5, 9))


@given(sets, sets)
def test_the_algebra_is_that_of_the_points(a, b):
    for result, expected in (
        (union(a, b), points(a) | points(b)),
        (intersect(a, b), points(a) & points(b)),
        (subtract(a, b), points(a) - points(b)),
    ):
        assert points(result) == expected
        assert total(result) == len(expected)
        assert is_canonical(result) or result == subtract(a, b)
    assert is_canonical(union(a, b))


@given(sets, sets)
def test_what_is_cut_out_and_what_is_left_add_up(a, b):
    assert total(subtract(a, b)) + total(intersect(a, b)) == total(a)


@given(st.lists(st.integers(-10, 80), max_size=8), st.integers(1, 12), sets)
def test_overlap_fraction_counts_the_points(starts, length, intervals):
    covered = points(intervals)
    expected = [sum(t in covered for t in range(s, s + length)) / length for s in starts]
    np.testing.assert_allclose(overlap_fraction(np.array(starts, dtype=np.int64), length, intervals), expected)


@given(st.lists(st.booleans(), max_size=30), st.integers(1, 5), st.sets(st.integers(0, 29)))
def test_runs_cover_exactly_the_marked_cells(mask, length, holes):
    kept = [k for k in range(len(mask)) if k not in holes]
    starts = np.array([k * length for k in kept], dtype=np.int64)
    chosen = np.array([mask[k] for k in kept], dtype=bool)
    runs = runs_of(chosen, starts, length)
    assert points(runs) == {t for s in starts[chosen] for t in range(s, s + length)}
    assert is_canonical(runs)
