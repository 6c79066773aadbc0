"""Empatica EmbracePlus ``.avro``: scaling, other sensors and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Placement
from tests.data.readers.expected import US, samples_of


def _avro(path: Path, source: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a session with something in it changed."""
    with source.open("rb") as stream:
        reader = fastavro.reader(stream)
        schema, session = reader.writer_schema, next(reader)
    change(session)
    with path.open("wb") as stream:
        fastavro.writer(stream, schema, [session])
    return path


def test_embraceplus_is_scaled_by_its_ranges_and_its_zone_is_not_added(device_files: Path) -> None:
    recording = read(device_files / "empatica_embraceplus/test_data.avro")
    (stream,) = recording.streams
    assert (stream.placement, stream.channels) == (Placement.WRIST, ("acc_x", "acc_y", "acc_z"))
    assert recording.interval.start == 1_764_153_714_256_034
    np.testing.assert_allclose(samples_of(recording)[:2, 0], [(r + 32768) / 65536 * 32 - 16 for r in (-2048, -2056)])


def test_a_gyroscope_that_ran_along_is_in_the_same_stream_and_a_press_is_an_annotation(
    device_files: Path, tmp_path: Path
) -> None:
    def add(session: dict[str, Any]) -> None:
        raw = session["rawData"]
        raw["gyroscope"] |= {k: raw["accelerometer"][k] for k in ("timestampStart", "samplingFrequency", "x", "y", "z")}
        raw["gyroscope"]["imuParams"] |= {"digitalMin": -32768, "digitalMax": 32768}
        raw["gyroscope"]["imuParams"] |= {"physicalMin": -2000, "physicalMax": 2000}
        raw["tags"]["tagsTimeMicros"] = [raw["accelerometer"]["timestampStart"] + 5 * US]

    source = device_files / "empatica_embraceplus/test_data.avro"
    recording = read(_avro(tmp_path / "six.avro", source, add))
    (stream,) = recording.streams
    values = samples_of(recording)
    assert stream.channels[3:] == ("gyro_x", "gyro_y", "gyro_z")
    np.testing.assert_allclose(values[:, 3:], values[:, :3] * 125, rtol=1e-5)
    (press,) = recording.annotations
    assert (press.label, press.interval.start - recording.interval.start) == ("event marker", 5 * US)


def test_an_embraceplus_without_acceleration_or_another_avro_file_is_refused(
    device_files: Path, tmp_path: Path
) -> None:
    def empty(session: dict[str, Any]) -> None:
        session["rawData"]["accelerometer"] |= {"x": [], "y": [], "z": []}

    with pytest.raises(RecordingError, match="no acceleration"):
        read(_avro(tmp_path / "none.avro", device_files / "empatica_embraceplus/test_data.avro", empty))
    other = tmp_path / "other.avro"
    with other.open("wb") as stream:
        fastavro.writer(stream, {"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}, [{"a": 1}])
    with pytest.raises(RecordingError, match="not one of an EmbracePlus"):
        read(other)


def test_a_file_of_a_version_without_gyroscope_and_tags_is_read(device_files: Path, tmp_path: Path) -> None:
    source = device_files / "empatica_embraceplus/test_data.avro"
    with source.open("rb") as stream:
        reader = fastavro.reader(stream)
        schema, session = dict(reader.writer_schema), next(reader)
    (raw,) = (f["type"] for f in schema["fields"] if f["name"] == "rawData")
    raw["fields"] = [f for f in raw["fields"] if f["name"] not in ("gyroscope", "tags", "magnetometer")]
    path = tmp_path / "older.avro"
    with path.open("wb") as stream:
        fastavro.writer(stream, schema, [session])
    recording = read(path)
    np.testing.assert_array_equal(samples_of(recording), samples_of(read(source)))
    assert not recording.annotations


@pytest.mark.parametrize(("late_us", "missing"), [(0, 12), (20_000, 0)])
def test_a_gyroscope_with_a_few_samples_less_or_begun_later_is_laid_onto_the_acceleration(
    device_files: Path, tmp_path: Path, late_us: int, missing: int
) -> None:
    def add(session: dict[str, Any]) -> None:
        acc, gyro = session["rawData"]["accelerometer"], session["rawData"]["gyroscope"]
        gyro |= {axis: acc[axis][: len(acc[axis]) - missing] for axis in "xyz"}
        gyro |= {"timestampStart": acc["timestampStart"] + late_us, "samplingFrequency": acc["samplingFrequency"]}
        gyro["imuParams"] |= {"digitalMin": -32768, "digitalMax": 32768, "physicalMin": -2000, "physicalMax": 2000}

    recording = read(_avro(tmp_path / "six.avro", device_files / "empatica_embraceplus/test_data.avro", add))
    (stream,) = recording.streams
    assert (stream.name, len(stream.channels)) == ("wrist", 6)
    assert any("laid onto the times of the acceleration" in a for a in recording.assumptions)


@pytest.mark.parametrize("start", [1_764_153_714_256_034_000, 2**62])
def test_a_start_that_is_no_date_is_refused(device_files: Path, tmp_path: Path, start: int) -> None:
    def move(session: dict[str, Any]) -> None:
        session["rawData"]["accelerometer"]["timestampStart"] = start

    path = _avro(tmp_path / "far.avro", device_files / "empatica_embraceplus/test_data.avro", move)
    with pytest.raises(RecordingError, match="years from 1970, which is no date"):
        read(path)
