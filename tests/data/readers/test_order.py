"""Rows out of order: refused with the reason, or leniently put in order and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import read
from tests.data.readers.conftest import Moving
from tests.data.readers.expected import samples_of

START = 1_709_631_000


def _table(path: Path, moving: Moving, rows: NDArray[np.int64], seconds: NDArray[np.float64]) -> Path:
    """A table with some rows of a recording at given times."""
    values = np.column_stack([seconds + START, moving.acc[rows]])
    np.savetxt(path, values, "%.6f", ",", header="time,acc_x,acc_y,acc_z", comments="")
    return path


def _moved(moving: Moving, to: int, block: slice) -> NDArray[np.int64]:
    rows = np.arange(len(moving.acc))
    return np.insert(np.delete(rows, block), to, rows[block])


@pytest.mark.parametrize(
    ("to", "block", "said"),
    [
        (101, slice(100, 101), "1 row that came up to 0.01 s too late"),
        (315, slice(300, 315), "15 rows that came up to 0.29 s too late"),
    ],
)
def test_a_few_rows_out_of_order_are_refused_and_leniently_put_in_order(
    tmp_path: Path, moving: Moving, to: int, block: slice, said: str
) -> None:
    rows = _moved(moving, to, block)
    path = _table(tmp_path / "swapped.csv", moving, rows, rows / 100)
    with pytest.raises(RecordingError, match=r"row \d+ of the data: time runs backwards.*--lenient"):
        read(path)
    recording = read(path, lenient=True)
    np.testing.assert_allclose(samples_of(recording), moving.acc, atol=1e-5)
    assert any(said in a for a in recording.dropped)


def test_a_clock_that_was_put_back_a_little_leniently_loses_what_lies_over_earlier_rows(
    tmp_path: Path, moving: Moving
) -> None:
    rows = np.arange(len(moving.acc))
    path = _table(tmp_path / "put_back.csv", moving, rows, np.where(rows < 1000, rows, rows - 20) / 100)
    recording = read(path, lenient=True)
    np.testing.assert_allclose(samples_of(recording), np.delete(moving.acc, slice(1000, 1019), axis=0), atol=1e-5)
    assert any("the clock was put back by up to 0.19 s: 19 rows" in a for a in recording.dropped)


def test_a_wrong_time_beside_a_clock_that_was_put_back_is_left_out_too(tmp_path: Path, moving: Moving) -> None:
    rows = np.arange(len(moving.acc))
    seconds = np.where(rows < 1000, rows, rows - 20) / 100
    path = _table(tmp_path / "both.csv", moving, rows, np.where(rows == 1500, -START, seconds))
    recording = read(path, lenient=True)
    assert [s.n_samples for s in recording.streams[0].segments] == [1481, 499]
    assert recording.streams[0].segments[0].rate_hz == pytest.approx(100, rel=1e-3)
    assert any("19 rows over earlier ones were left out; 1 row whose times" in a for a in recording.dropped)


def test_a_clock_that_was_put_back_far_is_refused_either_way(tmp_path: Path, moving: Moving) -> None:
    rows = np.arange(len(moving.acc))
    path = _table(tmp_path / "hour.csv", moving, rows, rows / 100 - np.where(rows < 1000, 0, 3600))
    with pytest.raises(RecordingError, match="its clock was put back by 3600 s"):
        read(path, lenient=True)


def test_several_recordings_in_one_table_are_told_to_be_split(shared_data: Path) -> None:
    with pytest.raises(RecordingError, match=r"runs backwards from [\d.]+ s to 0 s: split it if it holds several"):
        read(shared_data / "tdcsfog" / "signals" / "7fcee9.parquet")


def test_a_row_with_a_wrong_time_is_leniently_left_out(tmp_path: Path, moving: Moving) -> None:
    rows = np.arange(len(moving.acc))
    path = _table(tmp_path / "zero.csv", moving, rows, np.where(rows == 500, -START, rows / 100))
    recording = read(path, lenient=True)
    assert [s.n_samples for s in recording.streams[0].segments] == [500, 1499]
    assert any("1 row whose times were wrong left out" in a for a in recording.dropped)


@pytest.mark.parametrize("at", [0, 149, 150, 500, 1998])
@pytest.mark.parametrize("ahead_s", [30, 3600, 1e6])
def test_a_row_with_a_time_far_ahead_is_left_out_alone_wherever_it_stands(
    tmp_path: Path, moving: Moving, monkeypatch: pytest.MonkeyPatch, at: int, ahead_s: float
) -> None:
    monkeypatch.setattr("data.readers._views.PIECE", 150)
    rows = np.arange(len(moving.acc))
    path = _table(tmp_path / "ahead.csv", moving, rows, rows / 100 + np.where(rows == at, ahead_s, 0))
    with pytest.raises(RecordingError, match=rf"row {at + 2} of the data: time runs backwards.*--lenient"):
        read(path)
    recording = read(path, lenient=True)
    np.testing.assert_allclose(samples_of(recording), np.delete(moving.acc, at, axis=0), atol=1e-5)
    assert recording.streams[0].interval.duration == pytest.approx(20e6, abs=20_001)
    assert any("1 row whose times were wrong left out" in a for a in recording.dropped)


def test_a_block_that_was_written_twice_is_leniently_taken_once(tmp_path: Path, moving: Moving) -> None:
    rows = np.concatenate([np.arange(1500), np.arange(1470, len(moving.acc))])
    path = _table(tmp_path / "twice.csv", moving, rows, rows / 100)
    recording = read(path, lenient=True)
    np.testing.assert_allclose(samples_of(recording), moving.acc, atol=1e-5)
    assert any("30 rows that repeat the row before were dropped" in a for a in recording.assumptions)


def test_rows_in_no_order_are_refused_leniently_too(tmp_path: Path, moving: Moving) -> None:
    rows = np.arange(len(moving.acc)).reshape(-1, 20)[:, [1, 0, *range(2, 20)]].ravel()
    path = _table(tmp_path / "many.csv", moving, rows, rows / 100)
    with pytest.raises(RecordingError, match="100 of its 2000 rows are out of order"):
        read(path, lenient=True)


def test_a_long_table_is_put_in_order_piece_by_piece(
    tmp_path: Path, moving: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.readers._views.PIECE", 150)
    monkeypatch.setattr("data.readers._order.LATE_ROWS", 40)
    rows = _moved(moving, 315, slice(290, 305))
    path = _table(tmp_path / "pieces.csv", moving, rows, rows / 100)
    np.testing.assert_allclose(samples_of(read(path, lenient=True)), moving.acc, atol=1e-5)
    rows = _moved(moving, 470, slice(290, 305))
    path = _table(tmp_path / "too_far.csv", moving, rows, rows / 100)
    with pytest.raises(RecordingError, match="over more than"):
        read(path, lenient=True)
