"""Summaries for drawing: the extremes, means and movement of each bin, and never of two segments at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import archive
from data.recording import Recording
from data.summary import LEVELS, read_summary
from tests.signals import START_US, moving, recording_of

FOLDER = "lower-back"


def slow_reference(recording: Recording, length_us: int) -> list[tuple[float, ...]]:
    """Bin by bin in float64: start, movement, minima, maxima and means of the three axes."""
    rows = []
    for segment in recording.streams[0].segments:
        x = segment.samples[0 : segment.n_samples].astype(np.float64)
        bins = np.array([segment.time_us(i) // length_us * length_us for i in range(len(x))])
        for start in np.unique(bins):
            part = x[bins == start]
            movement = np.sqrt((part[:, :3] ** 2).sum(axis=1)).std()
            rows.append((float(start), movement, *part.min(axis=0), *part.max(axis=0), *part.mean(axis=0)))
    return rows


@given(
    lengths=st.lists(st.integers(1, 900), min_size=1, max_size=5),
    pause=st.sampled_from([0.2, 0.9, 31.7, 80_000.0]),
    rate=st.sampled_from([1.0, 7.3, 50.0]),
    offset=st.integers(0, 60_000_000),
)
@settings(max_examples=25)
def test_each_bin_is_that_of_a_slow_reference(
    lengths: list[int], pause: float, rate: float, offset: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pieces, at = [], 0.0
    for k, n in enumerate(lengths):
        pieces.append((at, moving(n / rate, rate, seed=k, channels=3)))
        at += n / rate + pause
    recording = recording_of(pieces, rate, start_us=START_US + offset)
    folder = tmp_path_factory.mktemp("summary")
    archive.write(recording, folder)
    for level, length_us in LEVELS.items():
        found = read_summary(folder / FOLDER, level, 0, 2**60)
        expected = np.array(slow_reference(recording, length_us))
        got = np.stack([column.astype(np.float64) for column in found.values()], axis=1)
        assert got.shape == expected.shape
        np.testing.assert_array_equal(got[:, 0], expected[:, 0])
        np.testing.assert_allclose(got[:, 1:], expected[:, 1:], rtol=1e-5, atol=2e-6)


def test_two_segments_in_one_second_are_two_bins(tmp_path: Path) -> None:
    recording = recording_of([(0.0, moving(0.2, channels=3)), (0.5, moving(0.3, seed=1, channels=3) + 5)])
    archive.write(recording, tmp_path)
    for level, length_us in LEVELS.items():
        found = read_summary(tmp_path / FOLDER, level, 0, 2**60)
        start = START_US // length_us * length_us
        assert found["start_us"].tolist() == [start, start]
        low, high = found["acc_x_max"][0], found["acc_x_min"][1]
        assert low < 2 < high


def test_only_the_bins_and_columns_asked_for_are_read(tmp_path: Path) -> None:
    archive.write(recording_of([(0.0, moving(30, channels=3))]), tmp_path)
    second = LEVELS["second"]
    found = read_summary(tmp_path / FOLDER, "second", START_US + 3 * second, START_US + 7 * second, ["movement"])
    assert list(found) == ["start_us", "movement"]
    assert found["start_us"].tolist() == [START_US + k * second for k in range(3, 7)]
    assert len(read_summary(tmp_path / FOLDER, "second", 0, START_US)["start_us"]) == 0
