"""What the window draws: no peak lost, nothing joined over a gap."""

from __future__ import annotations

import numpy as np
import pytest

from clinic.timeline.clock import HOUR_US, SECOND_US, WallClock
from clinic.timeline.day import columns_max, overview
from clinic.timeline.evidence import Grounds, before_span, facts, spectrum
from clinic.timeline.window import around, asked_window, curves, envelope, kept_in, spectrogram, thin, thinned
from data.intervals import Interval
from tests.clinic.timeline.rows_made import MONDAY_US, flag


def shaking(hz: float, seconds: float, rate: float = 100.0) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return np.stack([np.sin(2 * np.pi * hz * t), np.zeros_like(t), np.ones_like(t)], axis=1).astype(np.float32)


def test_thinning_keeps_every_extreme() -> None:
    values = np.zeros(10_003, dtype=np.float32)
    values[[137, 9_999, 10_002]] = [5, -7, 9]
    series = thin(0, 100.0, values, 200)
    assert len(series.values) <= 206
    assert (series.values.max(), series.values.min()) == (9, -7)
    assert series.values[:8].max() == 5
    end_us = series.start_us + (len(series.values) - 1) * series.step_us
    assert end_us == pytest.approx(10_003 / 100 * 1e6, rel=0.02)


def test_few_values_are_given_as_they_are() -> None:
    values = np.arange(50, dtype=np.float32)
    series = thin(7, 50.0, values, 200)
    np.testing.assert_array_equal(series.values, values)
    assert (series.start_us, series.step_us) == (7, 20_000)


def test_each_side_of_a_gap_is_a_series_of_its_own() -> None:
    a, b = shaking(1, 2), shaking(1, 3)
    pieces = [(0, 100.0, a), (10 * SECOND_US, 100.0, b)]
    found = thinned(pieces, 0, Interval(0, 13 * SECOND_US), 10_000)
    assert [s.start_us for s in found] == [0, 10 * SECOND_US]
    assert [len(s.values) for s in found] == [200, 300]
    second = np.array([0, 1, 2, 7, 8], dtype=np.int64) * SECOND_US
    low, high = np.full(5, -1, np.float32), np.full(5, 1, np.float32)
    assert [len(s.values) for s in envelope(second, low, high, SECOND_US)] == [6, 4]
    half = np.array([0, 1, 2, 3, 4], dtype=np.int64) * 500_000
    p = np.linspace(0, 1, 5, dtype=np.float32)
    runs = curves(half, probability=p, lower=p, upper=p, valid=np.array([True, True, False, True, True]))
    assert [(c.start_us, len(c.probability)) for c in runs] == [(250_000, 2), (1_750_000, 2)]


def test_spectrogram_shows_the_frequency_and_stays_out_of_gaps() -> None:
    pieces = [(0, 100.0, shaking(5, 20)), (30 * SECOND_US, 100.0, shaking(2, 20))]
    found = spectrogram(pieces, (0, 1, 2), Interval(0, 50 * SECOND_US), columns=50)
    hz = (np.arange(found.power.shape[1]) + 1) / 2.56
    assert hz[np.argmax(found.power[10])] == pytest.approx(5, abs=0.4)
    assert hz[np.argmax(found.power[40])] == pytest.approx(2, abs=0.4)
    assert np.isnan(found.power[19:31]).all()
    assert np.nanmin(found.power) >= 0
    assert np.nanmax(found.power) <= 1


def test_spectrogram_of_too_slow_a_stream_is_empty() -> None:
    found = spectrogram([(0, 4.0, shaking(1, 60, 4.0))], (0, 1, 2), Interval(0, 60 * SECOND_US))
    assert np.isnan(found.power).all()


def test_overview_columns() -> None:
    at = np.array([0, 1, 2, 9], dtype=np.int64)
    got = columns_max(at, np.array([1, 3, np.nan, 2], dtype=np.float32), Interval(0, 10), 5)
    np.testing.assert_array_equal(got, np.array([3, np.nan, np.nan, np.nan, 2], dtype=np.float32))
    none = (np.zeros(0, np.int64), np.zeros(0, np.float32))
    assert np.isnan(overview(Interval(0, 10), 4, none, none).movement).all()


def test_evidence_in_numbers() -> None:
    mixed = shaking(5, 8) + 0.5 * shaking(1.5, 8)
    found = spectrum([(MONDAY_US, 100.0, mixed)], (0, 1, 2), Interval(MONDAY_US, MONDAY_US + 8 * SECOND_US))
    assert found is not None
    assert found.peak_hz == pytest.approx(5.0, abs=0.15)
    assert found.ratio == pytest.approx(4.0, rel=0.05)  # (1 / 0.5)²
    assert spectrum([(0, 100.0, shaking(5, 0.5))], (0, 1, 2), Interval(0, 500_000)) is None
    e = flag(MONDAY_US + HOUR_US, 8.5)
    lines = dict(facts(e, band=(0.9, 0.98), inside=found, before=None, doses=[], findings=[], clock=WallClock("UTC")))
    assert lines["Probability"] == "peak 0.95 (0.90–0.98), mean 0.80"
    assert lines["Strongest at"] == "5.0 Hz"
    assert lines["3–8 Hz"].startswith("4.0 × the power of 0.5–3 Hz") or lines["3–8 Hz"].startswith("3.9")
    assert lines["Medication"] == "no dose entered"
    assert "Versions" not in lines
    for adapter, said in (("", ""), ("linear adapter on a3057c5", " (linear adapter on a3057c5)")):
        grounds = Grounds("be10af4", "imu-simclr 33b7d20", "", adapter=adapter)
        clock = WallClock("UTC")
        told = facts(e, band=None, inside=None, before=None, doses=[], findings=[], clock=clock, grounds=grounds)
        lines = dict(told)
        assert lines["Versions"] == f"detector be10af4{said}, encoder imu-simclr 33b7d20"
    assert before_span(e.interval).duration == 10 * SECOND_US


def test_window_around_an_episode() -> None:
    short = Interval(100 * SECOND_US, 104 * SECOND_US)
    assert around(short, 30 * SECOND_US) == Interval(87 * SECOND_US, 117 * SECOND_US)
    assert around(Interval(0, 100 * SECOND_US), 30 * SECOND_US).duration == 160 * SECOND_US


def test_a_window_is_moved_into_its_limits_and_no_longer_than_they_are() -> None:
    limits = Interval(0, 60 * SECOND_US)
    for start, end, kept in (
        (-5, 15, (0, 20)),
        (50, 70, (40, 60)),
        (10, 30, (10, 30)),
        (-5, 90, (0, 60)),
        (9, 9.5, (8.25, 10.25)),
    ):
        window = Interval(round(start * SECOND_US), round(end * SECOND_US))
        assert kept_in(window, limits) == Interval(*(round(at * SECOND_US) for at in kept))
    short = Interval(7, 8)
    assert kept_in(limits, short) == short


@pytest.mark.parametrize(
    "nonsense", [("", ""), ("5", "x"), ("--5", "7"), ("²", "7"), ("7", "5"), ("5", "5"), ("1e3", "7"), ("5", "9" * 40)]
)
def test_a_link_that_names_no_window_is_none(nonsense: tuple[str, str]) -> None:
    assert asked_window(*nonsense) is None


def test_a_link_names_its_window() -> None:
    assert asked_window("-5", "7") == Interval(-5, 7)
