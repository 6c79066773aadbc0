"""Samples between the beginnings of their blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.readers._blocks import BlockStamps, block_stamps
from data.readers._order import first_back
from data.readers._timeline import Spacing, runs, spacing

NOMINAL_US = 10_000.0


def test_samples_lie_evenly_up_to_the_next_block_whatever_the_nominal_rate_says() -> None:
    starts = np.array([0.0, 101_000.0, 203_000.0])
    stamps = block_stamps(starts, np.array([10, 10, 10]), NOMINAL_US)[0:30]
    np.testing.assert_array_equal(stamps[:10], np.arange(10) * 10_100)
    np.testing.assert_array_equal(stamps[10:20], 101_000 + np.arange(10) * 10_200)
    # The last block is as long as the others: the middle of 10.1 and 10.2 ms a sample.
    np.testing.assert_array_equal(stamps[20:], 203_000 + np.arange(10) * 10_150)


def test_no_sample_is_stretched_into_a_gap() -> None:
    starts = np.array([0.0, 100_000.0, 300_000.0, 400_000.0])
    by_time = block_stamps(starts, np.full(4, 10), NOMINAL_US)[0:40]
    by_number = block_stamps(
        np.array([0.0, 100_000.0, 204_000.0, 304_000.0]),
        np.full(4, 10),
        NOMINAL_US,
        np.array([True, False, True, True]),
    )[0:40]
    np.testing.assert_array_equal(np.diff(by_time), [*[10_000] * 19, 110_000, *[10_000] * 19])
    np.testing.assert_array_equal(np.diff(by_number), [*[10_000] * 19, 14_000, *[10_000] * 19])


@given(
    counts=st.lists(st.integers(1, 50), min_size=1, max_size=20),
    gaps=st.lists(st.integers(0, 10**9), min_size=20, max_size=20),
    speed=st.floats(0.97, 1.03),
    at=st.integers(0, 999),
)
def test_a_slice_is_that_of_the_whole_and_time_never_stands_still(
    counts: list[int], gaps: list[int], speed: float, at: int
) -> None:
    spans = np.array(counts) * NOMINAL_US * speed + np.array(gaps[: len(counts)])
    starts = 1.6e15 + np.concatenate([[0], np.cumsum(spans)[:-1]])
    stamps = block_stamps(starts, np.array(counts), NOMINAL_US)
    whole = stamps[0 : len(stamps)]
    assert len(whole) == sum(counts)
    np.testing.assert_array_equal(whole[np.cumsum([0, *counts[:-1]])], np.rint(starts))
    low = at % len(whole)
    np.testing.assert_array_equal(stamps[low : low + 7], whole[low : low + 7])
    inside = np.diff(whole)
    assert (inside > 0).all()


@st.composite
def written(draw: st.DrawFn) -> BlockStamps:
    """Blocks of any sizes, some late, some early, now and then with the clock put back."""
    counts = np.array(draw(st.lists(st.integers(1, 50), min_size=2, max_size=20)))
    late = draw(st.lists(st.sampled_from([0, 0, 0, 300, -200, 40_000, 10**8, -700_000]), min_size=20, max_size=20))
    starts = 1.6e15 + np.concatenate([[0], np.cumsum(counts * NOMINAL_US)[:-1]]) + np.cumsum(late[: len(counts)])
    return block_stamps(starts, counts, NOMINAL_US)


@given(stamps=written())
def test_what_blocks_say_of_all_samples_is_what_the_samples_say(stamps: BlockStamps) -> None:
    whole = stamps[0 : len(stamps)]
    shortest, longest = stamps.steps_us()
    steps = np.diff(whole)
    assert shortest <= steps.min()
    assert steps.max() <= longest
    assert first_back(stamps) == first_back(whole)
    slope, start = np.polyfit(np.arange(len(whole)), (whole - whole[0]).astype(np.float64), 1)
    first, period = stamps.line()
    assert period == pytest.approx(slope, abs=0.5)
    assert first - whole[0] == pytest.approx(start, abs=1.0 + 1e-9 * abs(steps).sum())


@given(stamps=written(), low=st.integers(0, 19), high=st.integers(1, 20), inside=st.integers(1, 49))
def test_how_far_blocks_lie_off_even_places_is_how_far_their_samples_do(
    stamps: BlockStamps, low: int, high: int, inside: int
) -> None:
    low = low % (len(stamps.first) - 1)
    high = max(low + 1, min(high, len(stamps.first) - 1))
    a, b = int(stamps.first[low]), int(stamps.first[high])
    blocks = stamps.between(a, b)
    assert blocks is not None
    np.testing.assert_array_equal(blocks[0 : b - a], stamps[a:b])
    start, period = float(stamps.start_us[low]) - 700.0, NOMINAL_US * 1.001
    off = stamps[a:b] - start - period * np.arange(b - a)
    largest, middles = blocks.off(start, period, 1)
    assert largest == pytest.approx(np.abs(off).max(), abs=1.0)
    bounds = blocks.first
    each = [off[i:j] for i, j in pairwise(bounds)]
    assert middles[:, 1] == pytest.approx([np.median(o) for o in each], abs=1.0)
    if a + inside < b:
        assert (stamps.between(a + inside, b) is None) == (a + inside not in stamps.first)


@given(stamps=written())
def test_gaps_between_blocks_are_those_between_their_samples(stamps: BlockStamps) -> None:
    whole = stamps[0 : len(stamps)]
    if (np.diff(whole) < 0).any():
        return  # refused, or put in order, before it comes to gaps
    space = Spacing(NOMINAL_US, 0.0)
    ours, plain = runs(stamps, space), runs(whole, space)
    assert [(r.first, r.last) for r in ours] == [(r.first, r.last) for r in plain]
    assert [r.rate_hz for r in ours] == pytest.approx([r.rate_hz for r in plain], rel=1e-3)
    assert np.abs([a.start_us - b.start_us for a, b in zip(ours, plain, strict=True)]).max() <= 1


@given(
    counts=st.lists(st.integers(20, 60), min_size=20, max_size=40),
    off=st.floats(-0.02, 0.02),
    seed=st.integers(0, 99),
)
def test_the_spacing_of_blocks_is_that_of_their_samples(counts: list[int], off: float, seed: int) -> None:
    drift = 1 + off + np.random.default_rng(seed).normal(0, 1e-3, len(counts))
    starts = 1.6e15 + np.concatenate([[0], np.cumsum(np.array(counts) * NOMINAL_US * drift)[:-1]])
    stamps = block_stamps(starts, np.array(counts), NOMINAL_US)
    told, plain = spacing(stamps), spacing(stamps[0 : len(stamps)])
    assert told is not None
    assert plain is not None
    assert told.period_us == pytest.approx(plain.period_us, rel=2e-4)
    assert told.slack_us == plain.slack_us == 0
    assert told.jitter_us == pytest.approx(plain.jitter_us, rel=0.2, abs=2.0)


def test_blocks_of_one_sample_are_told_by_their_samples() -> None:
    stamps = block_stamps(1.6e15 + NOMINAL_US * np.arange(200.0), np.ones(200, dtype=np.int64), NOMINAL_US)
    assert stamps.spacing_us() is None
    assert spacing(stamps) == spacing(stamps[0 : len(stamps)])
