"""Segments from time stamps: gaps, late stamps, bursts, coarse stamps, wandering clocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.readers import _timeline
from data.readers._timeline import Run, few_for_a_rate, runs, spacing


def _runs(stamps: NDArray[np.int64]) -> list[Run]:
    space = spacing(stamps)
    assert space is not None
    return runs(stamps, space)


def test_steps_of_15_and_16_ms_are_one_segment_at_64_hz() -> None:
    stamps = (np.floor(np.arange(1, 60_000) * 15.625) * 1000).astype(np.int64)
    (run,) = _runs(stamps)
    assert run.rate_hz == 64.0
    assert run.start_us == stamps[0]
    assert run.last == len(stamps)


@given(
    rate=st.sampled_from([20.0, 25.0, 31.25, 50.0, 99.6, 100.0, 128.0, 204.8, 1000.0]),
    lost=st.lists(st.tuples(st.integers(5, 995), st.integers(1, 400)), max_size=6, unique_by=lambda g: g[0] // 3),
)
def test_every_run_of_lost_samples_is_a_gap_and_nothing_else_is(rate: float, lost: list[tuple[int, int]]) -> None:
    index = np.arange(1000)
    for at, count in sorted(lost):
        index[at:] += count
    stamps = np.round(index * 1e6 / rate).astype(np.int64)
    found = _runs(stamps)
    assert [r.first for r in found] == [0, *sorted(at for at, _ in lost)]
    for run in found:
        assert run.rate_hz == pytest.approx(rate, rel=1e-3)
        assert abs(run.start_us - stamps[run.first]) <= 1e6 / rate
    for one, after in pairwise(found):
        assert one.start_us + round((one.last - one.first) * 1e6 / one.rate_hz) <= after.start_us


def test_a_late_stamp_that_is_made_up_for_is_no_gap() -> None:
    stamps = (np.arange(1000) * 10_000).astype(np.int64)
    stamps[500:505] = stamps[505] - np.arange(5, 0, -1) * 1000
    (run,) = _runs(stamps)
    assert run.rate_hz == pytest.approx(100.0, rel=1e-4)
    assert run.jitter_us > 30_000


def test_bursts_are_spread_and_a_long_silence_is_a_gap() -> None:
    true = np.arange(2000) * 20_000
    arrival = (true // 100_000 + 1) * 100_000 + (true % 100_000) // 20
    arrival[1200:] += 3_000_000
    first, second = _runs(arrival.astype(np.int64))
    assert second.first == 1200
    assert first.rate_hz == pytest.approx(50.0, rel=2e-3)


def test_samples_that_share_whole_second_stamps_are_spread_over_them() -> None:
    stamps = (np.arange(3000) // 50 * 1_000_000).astype(np.int64)
    (run,) = _runs(stamps)
    assert run.rate_hz == pytest.approx(50.0, rel=1e-3)


def test_stamps_as_coarse_as_the_period_repeat_and_skip_without_a_gap() -> None:
    late = np.random.default_rng(3).integers(-3_000, 3_000, 5000)
    stamps = (np.arange(5000) * 40_400 + late) // 40_000 * 40_000
    steps = np.diff(stamps)
    assert (steps == 0).any()
    assert (steps == 80_000).any()
    (run,) = _runs(stamps.astype(np.int64))
    assert run.rate_hz == pytest.approx(1e6 / 40_400, rel=1e-3)


def test_a_clock_that_wanders_is_followed() -> None:
    k = np.arange(100_000)
    stamps = (k * 10_000 + 400_000 * np.sin(2 * np.pi * k / 100_000)).astype(np.int64)
    (run,) = _runs(stamps)
    assert run.knots is not None
    at = np.interp(k, run.knots[:, 0], run.knots[:, 1])
    assert np.abs(at - stamps).max() < 10_000


def test_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    index = np.arange(30_000)
    for at in (997, 1000, 5000, 29_990):
        index[at:] += 7
    stamps = np.round(index * 1e6 / 99.6 + np.random.default_rng(1).integers(0, 900, 30_000)).astype(np.int64)
    whole = _runs(stamps)
    monkeypatch.setattr(_timeline, "CHUNK", 1000)
    pieces = _runs(stamps)
    assert [(r.first, r.last, r.start_us) for r in pieces] == [(r.first, r.last, r.start_us) for r in whole]
    assert [r.rate_hz for r in pieces] == pytest.approx([r.rate_hz for r in whole], rel=1e-9)
    assert len(whole) == 5


def test_stamps_that_never_advance_have_no_spacing() -> None:
    assert spacing(np.zeros(100, dtype=np.int64)) is None
    assert spacing(np.zeros(1, dtype=np.int64)) is None


@pytest.mark.parametrize(("seconds", "step_s"), [(60, 128), (600, 128), (150, 60)])
def test_stamps_that_change_a_few_times_in_minutes_tell_no_rate(seconds: int, step_s: int) -> None:
    stamps = (np.arange(seconds * 100) / 100 // step_s * step_s * 1e6).astype(np.int64) + 7
    stamps[-1] += 1_000_000 * step_s
    assert few_for_a_rate(stamps) == len(np.unique(stamps))


def test_packets_of_a_second_and_whole_seconds_tell_a_rate_also_across_a_long_gap() -> None:
    stamps = (np.arange(1000) // 100 * 1_000_000).astype(np.int64)
    stamps[500:] += 3_600_000_000
    assert few_for_a_rate(stamps) is None
    assert few_for_a_rate((np.arange(90_000) // 3000 * 60_000_000).astype(np.int64)) is None
