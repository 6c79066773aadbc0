"""Resampling: right values at the right times, whatever the rate and wherever it is cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.conditioning import resample
from data.conditioning.resample import Resampled, mirror, read_clamped
from data.recording import Segment

RATES = (20.0, 31.7, 50.0, 50.01, 64.0, 99.6, 100.0, 100.003, 128.0)


def sine(rate: float, seconds: float, hz: float) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate
    return np.stack([np.sin(2 * np.pi * hz * t), np.ones_like(t), np.cos(2 * np.pi * hz * t)], axis=1).astype(
        np.float32
    )


@pytest.mark.parametrize("rate", RATES)
def test_a_slow_sine_keeps_its_time_and_height(rate: float) -> None:
    plan = Resampled.of(Segment(0, rate, sine(rate, 60, 3.0)))
    out = plan.read(0, plan.n_samples)
    t = np.arange(plan.n_samples) / 50
    assert np.abs(out[50:-50, 0] - np.sin(2 * np.pi * 3 * t)[50:-50]).max() < 4e-3
    assert np.abs(out[50:-50, 2] - np.cos(2 * np.pi * 3 * t)[50:-50]).max() < 4e-3


@pytest.mark.parametrize("rate", RATES)
def test_a_constant_passes_exactly_up_to_the_ends(rate: float) -> None:
    plan = Resampled.of(Segment(0, rate, np.full((int(rate * 5), 2), 0.73, dtype=np.float32)))
    np.testing.assert_allclose(plan.read(0, plan.n_samples), 0.73, rtol=2e-6)


@pytest.mark.parametrize("rate", [100.0, 100.003, 128.0])
def test_what_50_hz_cannot_hold_is_removed_and_not_folded_down(rate: float) -> None:
    plan = Resampled.of(Segment(0, rate, sine(rate, 30, 33.0)))
    assert np.abs(plan.read(0, plan.n_samples)[50:-50, 0]).max() < 0.02


def test_a_slow_stream_is_raised_without_images() -> None:
    plan = Resampled.of(Segment(0, 20.0, sine(20.0, 120, 4.0)))
    power = np.abs(np.fft.rfft(plan.read(0, 5000)[:, 0] * np.hanning(5000))) ** 2
    hz = np.fft.rfftfreq(5000, 1 / 50)
    assert power[hz > 10].sum() < 1e-4 * power.sum()


@pytest.mark.parametrize("rate", RATES)
def test_there_are_25_samples_for_each_half_second(rate: float) -> None:
    for n in (1, 10, 63, 64, 65, 1000):
        segment = Segment(0, rate, np.zeros((n, 3), dtype=np.float32))
        cells = segment.interval.duration // 500_000
        assert 25 * cells <= Resampled.of(segment).n_samples < 25 * (cells + 1) + 1


@settings(max_examples=40)
@given(
    rate=st.floats(18.0, 260.0),
    cuts=st.lists(st.integers(0, 900), max_size=6),
    seed=st.integers(0, 100),
)
def test_pieces_equal_the_whole(rate: float, cuts: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).normal(size=(int(18 * rate), 3)).astype(np.float32)
    plan = Resampled.of(Segment(0, rate, samples))
    whole = plan.read(0, plan.n_samples)
    edges = sorted({0, plan.n_samples, *(min(c, plan.n_samples) for c in cuts)})
    pieces = [plan.read(a, b) for a, b in itertools.pairwise(edges)]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-5)


@pytest.mark.parametrize("rate", [20.0, 30.0, 64.0, 100.0, 128.0, 200.0])
def test_the_filter_s_matrix_gives_what_the_filter_gives(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = np.random.default_rng(0).normal(size=(int(rate * 9), 3)).astype(np.float32)
    plan = Resampled.of(Segment(0, rate, samples))
    pieces = [(0, plan.n_samples), (0, 1), (49, 51), (137, 300), (plan.n_samples - 1, plan.n_samples)]
    by_matrix = [plan.read(a, b) for a, b in pieces]
    monkeypatch.setattr(resample, "_MOST_UP", 0)
    for found, (a, b) in zip(by_matrix, pieces, strict=True):
        np.testing.assert_allclose(found, plan.read(a, b), atol=5e-6)


def test_an_odd_rate_does_not_drift_within_an_hour() -> None:
    rate = 100.003
    n = int(rate * 3600)
    ramp = (np.arange(n) / rate)[:, None].astype(np.float64)
    plan = Resampled.of(Segment(0, rate, (ramp - 3500).astype(np.float32)))
    k = 50 * 3500
    assert plan.read(k, k + 1)[0, 0] == pytest.approx(0.0, abs=1e-3)


def test_reading_outside_repeats_the_ends() -> None:
    x = np.arange(5, dtype=np.float32)[:, None]
    assert read_clamped(x, -2, 7)[:, 0].tolist() == [0, 0, 0, 1, 2, 3, 4, 4, 4]
    assert read_clamped(x, -4, -1)[:, 0].tolist() == [0, 0, 0]
    assert read_clamped(x, 6, 8)[:, 0].tolist() == [4, 4]
    assert read_clamped(x, 1, 3)[:, 0].tolist() == [1, 2]


def test_mirroring_does_not_repeat_the_end() -> None:
    assert mirror(np.arange(-4, 8), 4).tolist() == [2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]
    assert mirror(np.arange(-2, 3), 1).tolist() == [0] * 5
