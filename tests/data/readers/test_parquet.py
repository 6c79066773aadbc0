"""Parquet: the same as the CSV of it, read lazily."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.files import Rows
from data.readers import read
from data.readers.parquet import ParquetSamples, ParquetTable
from data.recording import Clock, Placement


def _table(moving, time: pa.Array, **more: pa.Array) -> pa.Table:
    names = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    columns = {n: pa.array(moving.six[: len(time), i].astype(np.float32)) for i, n in enumerate(names)}
    return pa.table({"time": time, **columns, **more})


def test_rows_are_read_group_by_group_and_slices_agree_with_the_whole(tmp_path: Path, moving) -> None:
    path = tmp_path / "lumbar.parquet"
    n = 1500
    pq.write_table(_table(moving, pa.array(np.arange(n) / 100)), path, row_group_size=333)
    recording = read(path)
    (segment,) = recording.streams[0].segments
    assert recording.streams[0].placement is Placement.LOWER_BACK
    samples = segment.samples
    while isinstance(samples, Rows) or hasattr(samples, "samples"):
        samples = samples.samples
    assert isinstance(samples, ParquetSamples)
    whole = segment.samples[0:n]
    np.testing.assert_allclose(whole, moving.six[:n], atol=1e-5)
    for a, b in ((0, 1), (332, 334), (100, 1400), (1499, 1500), (700, 700), (1400, 9999)):
        np.testing.assert_array_equal(segment.samples[a:b], whole[a:b])


@pytest.mark.parametrize(
    ("kind", "zone", "clock"),
    [
        (pa.timestamp("ns", "UTC"), None, Clock.ABSOLUTE), (pa.timestamp("us"), "America/New_York", Clock.ABSOLUTE),
        (pa.timestamp("ms", "+02:00"), None, Clock.ABSOLUTE), (pa.int64(), None, Clock.ABSOLUTE),
    ],
)  # fmt: skip
def test_time_stamps_of_every_type(tmp_path: Path, moving, kind: pa.DataType, zone: str | None, clock: Clock) -> None:
    at_us = 1_700_000_000_000_000 + np.arange(800) * 10_000
    time = pa.array(at_us, pa.int64())
    if pa.types.is_timestamp(kind):
        time = time.cast(pa.timestamp("us", kind.tz)).cast(kind)
    path = tmp_path / "t.parquet"
    pq.write_table(_table(moving, time), path)
    recording = read(path, zone=zone)
    shift = 5 * 3600 * 1_000_000 if zone else 0
    assert (recording.clock, recording.interval.start) == (clock, 1_700_000_000_000_000 + shift)


def test_nulls_and_gaps_end_segments_and_labels_are_kept(tmp_path: Path, moving) -> None:
    at = np.arange(1000) / 100.0
    at[600:] += 5
    values = moving.acc[:1000].astype(np.float32)
    x = pa.array([None if 200 <= i < 220 else float(v) for i, v in enumerate(values[:, 0])])
    table = _table(moving, pa.array(at), activity=pa.array(["walk"] * 600 + ["sit"] * 400)).set_column(1, "acc_x", x)
    path = tmp_path / "gaps.parquet"
    pq.write_table(table, path)
    recording = read(path)
    assert [s.n_samples for s in recording.streams[0].segments] == [200, 380, 400]
    assert {a.label for a in recording.annotations} == {"walk", "sit"}
    assert all(a.interval.end <= 5_990_000 + 10_000 or a.interval.start >= 11_000_000 for a in recording.annotations)


def test_a_parquet_and_a_csv_of_the_same_rows_are_the_same_recording(tmp_path: Path, moving) -> None:
    table = _table(moving, pa.array(np.arange(1200) / 100))
    pq.write_table(table, tmp_path / "a.parquet")
    table.to_pandas().to_csv(tmp_path / "a.csv", index=False)
    one, two = read(tmp_path / "a.parquet"), read(tmp_path / "a.csv")
    (a,), (b,) = one.streams[0].segments, two.streams[0].segments
    np.testing.assert_allclose(a.samples[0:1200], b.samples[0:1200], atol=1e-4)
    assert one.interval == two.interval
    assert one.assumptions == two.assumptions


def test_rows_that_were_read_are_let_go(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    schema = pa.schema([("a", pa.float32())])
    with pq.ParquetWriter(tmp_path / "long.parquet", schema) as writer:
        for _ in range(40):
            writer.write_table(pa.table({"a": generator.normal(size=50_000).astype(np.float32)}, schema=schema))
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in ParquetTable(tmp_path / "long.parquet").blocks(["a"], [])]
    assert len(held) >= 10
    assert max(held) < (tmp_path / "long.parquet").stat().st_size / 2
