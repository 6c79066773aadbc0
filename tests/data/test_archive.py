"""What is archived reads back bit by bit, whatever its values, gaps and midnights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from data import archive
from data.files import columns
from data.recording import Recording, Stream
from data.summary import read_summary
from tests.signals import START_US, moving, recording_of, still

US = 1_000_000
DAY_US = 86_400 * US


def archived(recording: Recording, folder: Path) -> tuple[Stream, Stream]:
    """The only stream of a recording and the same one read from an archive."""
    index = archive.write(recording, folder)
    (stream,) = recording.streams
    return stream, archive.open_stream(stream, folder, index[stream.name])


def bits(samples: NDArray[np.float32]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(samples, dtype=np.float32).view(np.uint32)


def assert_same(stream: Stream, opened: Stream) -> None:
    assert len(stream.segments) == len(opened.segments)
    for mine, theirs in zip(stream.segments, opened.segments, strict=True):
        assert (mine.start_us, mine.rate_hz) == (theirs.start_us, theirs.rate_hz)
        assert mine.samples.shape == theirs.samples.shape
        np.testing.assert_array_equal(
            bits(theirs.samples[0 : theirs.n_samples]), bits(mine.samples[0 : mine.n_samples])
        )


def column_types(folder: Path) -> set[str]:
    return {str(t) for f in folder.rglob("????-??-??.parquet") for t in pq.read_schema(f).types}


float32 = st.floats(-(2.0**100), 2.0**100, width=32)
on_a_step = st.sampled_from([1 / 2048, 1 / 4096, 1 / 256, 0.001, 0.01, 1 / 16])


@given(
    samples=arrays.arrays(np.float32, st.tuples(st.integers(1, 40), st.sampled_from([3, 6])), elements=float32),
    step=st.one_of(st.none(), on_a_step),
)
@settings(max_examples=60)
def test_any_values_read_back_bit_by_bit(
    samples: NDArray[np.float32], step: float | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if step is not None:
        samples = (np.clip(samples, -900, 900).astype(np.int16) * step).astype(np.float32)
    assert_same(*archived(recording_of([(0, samples)], 20.0), tmp_path_factory.mktemp("archive")))


@given(
    lengths=st.lists(st.integers(1, 3000), min_size=1, max_size=6),
    pause=st.sampled_from([0.07, 3.0, 50_000.0]),
    rate=st.sampled_from([1.0, 7.3, 50.0]),
    slices=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), min_size=1, max_size=4),
)
@settings(max_examples=30)
def test_gaps_midnights_and_any_slice(
    lengths: list[int], pause: float, rate: float, slices: list[tuple[int, int]], tmp_path_factory: Any
) -> None:
    generator, pieces, at = np.random.default_rng(len(lengths)), [], 60_000.0
    for n in lengths:
        pieces.append((at, generator.normal(size=(n, 3)).astype(np.float32)))
        at += n / rate + pause
    stream, opened = archived(recording_of(pieces, rate), tmp_path_factory.mktemp("archive"))
    assert_same(stream, opened)
    for mine, theirs in zip(stream.segments, opened.segments, strict=True):
        for a, b in slices:
            np.testing.assert_array_equal(theirs.samples[a:b], mine.samples[a:b])


def test_some_columns_are_read_without_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, opened = archived(recording_of([(0, moving(30))]), tmp_path)
    mine, theirs = (s.segments[0].samples for s in (stream, opened))
    asked: list[list[str]] = []
    read = pq.ParquetFile.read_row_group

    def watched(file: pq.ParquetFile, *given: Any, columns: list[str], **more: Any) -> Any:
        asked.append(columns)
        return read(file, *given, columns=columns, **more)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", watched)
    some = columns(theirs, (5, 0, 2))
    assert some.shape == (mine.shape[0], 3)
    np.testing.assert_array_equal(some[40:70], mine[40:70][:, [5, 0, 2]])
    np.testing.assert_array_equal(columns(some, (2, 0))[40:70], mine[40:70][:, [2, 5]])
    assert asked == [["gyro_z", "acc_x", "acc_z"], ["acc_z", "gyro_z"]]
    np.testing.assert_array_equal(columns(mine, (4, 1))[3:9], mine[3:9][:, [4, 1]])
    assert columns(theirs, tuple(range(6))) is theirs


def test_a_sensor_s_own_step_is_kept_as_whole_numbers(tmp_path: Path) -> None:
    whole = np.random.default_rng(0).integers(-32_000, 32_000, (4000, 6))
    samples = (whole * np.array([1 / 2048] * 3 + [1 / 16] * 3)).astype(np.float32)
    assert_same(*archived(recording_of([(0, samples)]), tmp_path))
    assert column_types(tmp_path) == {"int32"}


def test_values_off_every_step_stay_float32(tmp_path: Path) -> None:
    assert_same(*archived(recording_of([(0, moving(30))]), tmp_path))
    assert column_types(tmp_path) == {"float"}


def test_a_still_start_does_not_hide_the_step_of_the_rest(tmp_path: Path) -> None:
    rest = np.tile(np.float32([0, 0, 1]), (1300, 1))
    later = (np.random.default_rng(1).integers(-2000, 2000, (1300, 3)) / 2048).astype(np.float32)
    assert_same(*archived(recording_of([(0, np.concatenate([rest, later]))], 1.0), tmp_path))
    assert column_types(tmp_path) == {"int32"}


def test_minus_zero_and_not_a_number_survive(tmp_path: Path) -> None:
    samples = np.float32([[-0.0, 0.0, 1.0], [0.0, np.nan, -0.0]])
    assert_same(*archived(recording_of([(0, samples)]), tmp_path))


def test_one_file_a_day_and_ten_minutes_a_row_group(tmp_path: Path) -> None:
    start = (START_US // DAY_US + 1) * DAY_US - 1500 * US  # 25 minutes before midnight UTC
    stream, opened = archived(recording_of([(0, moving(3000, 4.0, channels=3))], 4.0, start_us=start), tmp_path)
    files = sorted(tmp_path.rglob("????-??-??.parquet"))
    assert [f.stem for f in files] == ["2026-03-02", "2026-03-03"]
    for file in files:
        kept = pq.ParquetFile(file).metadata
        assert [kept.row_group(g).num_rows for g in range(kept.num_row_groups)] == [2400, 2400, 1200]
    np.testing.assert_array_equal(opened.segments[0].samples[5990:6010], stream.segments[0].samples[5990:6010])


def test_no_slice_asks_for_more_than_ten_minutes(tmp_path: Path) -> None:
    class Watched:
        """Samples that note how many rows were asked for at once."""

        shape = (50 * 3600, 3)
        asked = 0

        def __getitem__(self, rows: slice) -> NDArray[np.float32]:
            n = len(range(*rows.indices(self.shape[0])))
            Watched.asked = max(Watched.asked, n)
            return np.zeros((n, 3), dtype=np.float32)

    recording = recording_of([(0, still(1, channels=3))])
    segment = recording.streams[0].segments[0]
    object.__setattr__(segment, "samples", Watched())
    archive.write(recording, tmp_path)
    assert 0 < Watched.asked <= 50 * 600


def test_a_file_written_anew_under_the_same_name_is_read_anew(tmp_path: Path) -> None:
    _, first = archived(recording_of([(0, still(5))]), tmp_path)
    assert first.segments[0].samples[0:1].shape == (1, 6)
    for file in tmp_path.rglob("*.parquet"):
        file.unlink()
    (tmp_path / "lower-back").rmdir()
    assert_same(*archived(recording_of([(0, moving(5))]), tmp_path))


def test_summaries_are_the_signal_s_extremes_mean_and_movement(tmp_path: Path) -> None:
    recording = recording_of([(0.0, moving(90)), (95.0, still(61, seed=3))])
    stream, _ = archived(recording, tmp_path)
    for level, length in (("second", US), ("minute", 60 * US)):
        found = read_summary(tmp_path / "lower-back", level, 0, 2 * START_US)
        row = 0
        for segment in stream.segments:
            x = segment.samples[0 : segment.n_samples]
            bins = np.array([segment.time_us(i) for i in range(segment.n_samples)]) // length * length
            for start in np.unique(bins):
                inside = x[bins == start]
                assert found["start_us"][row] == start
                np.testing.assert_allclose(found["acc_x_min"][row], inside[:, 0].min(), rtol=1e-6)
                np.testing.assert_allclose(found["gyro_z_max"][row], inside[:, 5].max(), rtol=1e-6)
                np.testing.assert_allclose(found["acc_z_mean"][row], inside[:, 2].mean(dtype=np.float64), rtol=1e-5)
                length_of = np.linalg.norm(inside[:, :3].astype(np.float64), axis=1)
                np.testing.assert_allclose(found["movement"][row], length_of.std(), rtol=1e-3, atol=1e-6)
                row += 1
        assert row == len(found["start_us"])
