"""Tables as other versions of apps and devices, other languages and other libraries write them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import read
from data.recording import Clock, Recording
from data.units import STANDARD_GRAVITY
from tests.data.readers.conftest import Moving
from tests.data.readers.expected import samples_of

START = datetime(2024, 3, 5, 9, 30, tzinfo=UTC)
US = 1_000_000
START_US = round(START.timestamp()) * US


def _read(path: Path, head: str, columns: list[list[str]], delimiter: str = ",", end: str = "") -> Recording:
    rows = (delimiter.join(cells) + end for cells in zip(*columns, strict=True))
    path.write_text(head + "\n".join(rows) + "\n")
    return read(path)


def _cells(values: NDArray[np.float64], decimal: str = ".") -> list[list[str]]:
    return [[f"{v:.6f}".replace(".", decimal) for v in column] for column in values.T]


def _stamps(moving: Moving, write: Callable[[datetime], str]) -> list[str]:
    return [write(START + timedelta(milliseconds=10 * i)) for i in range(len(moving.acc))]


@pytest.mark.parametrize(
    ("write", "offset_s"),
    [
        (lambda t: t.strftime("%d-%b-%Y %H:%M:%S.%f")[:-3], 0),
        (lambda t: t.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "+0100 [Europe/Berlin]", -3600),
    ],
)
def test_stamps_with_the_month_in_words_or_a_zone_by_name(
    tmp_path: Path, moving: Moving, write: Callable[[datetime], str], offset_s: int
) -> None:
    columns = [_stamps(moving, write), *_cells(moving.acc)]
    recording = _read(tmp_path / "a.csv", "time,acc_x,acc_y,acc_z\n", columns)
    assert recording.interval.start == START_US + offset_s * US
    np.testing.assert_allclose(samples_of(recording), moving.acc, atol=1e-5)


@pytest.mark.parametrize("name", ["Zeit (s)", "Temps", "ts"])
def test_a_time_column_in_another_language(tmp_path: Path, moving: Moving, name: str) -> None:
    seconds = [f"{i / 100:.2f}".replace(".", ",") for i in range(len(moving.acc))]
    head = f"{name};Beschl X (g);Beschl Y (g);Beschl Z (g)\n"
    recording = _read(tmp_path / "a.csv", head, [seconds, *_cells(moving.acc, ",")], ";")
    np.testing.assert_allclose(samples_of(recording), moving.acc, atol=1e-5)


XSENS = "// Start Time: Unknown\n// Update Rate: 100.0Hz\n// Firmware Version: 4.0.2\n"


@pytest.mark.parametrize("tick", [100, None])
def test_an_xsens_packet_counter_starts_anew_and_its_units_are_known(
    tmp_path: Path, moving: Moving, tick: int | None
) -> None:
    n = len(moving.acc)
    counter = [str((65_000 + i) % 65_536) for i in range(n)]
    # Tenths of milliseconds: no unit of time that it could be taken for fits the stated rate.
    fine = [str(50_000 + tick * i) if tick else "" for i in range(n)]
    still = np.column_stack([moving.acc * STANDARD_GRAVITY, np.full((n, 3), 0.01)])
    head = XSENS + "\t".join(["PacketCounter", "SampleTimeFine", *(f"{k}_{a}" for k in ("Acc", "Gyr") for a in "XYZ")])
    recording = _read(tmp_path / "a.txt", head + "\n", [counter, fine, *_cells(still)], "\t")
    assert [s.n_samples for s in recording.streams[0].segments] == [n]
    assert recording.streams[0].rate_hz == 100
    np.testing.assert_allclose(samples_of(recording), np.column_stack([moving.acc, np.full((n, 3), 0.573)]), atol=1e-3)


def test_a_counter_that_goes_back_before_its_end_is_another_recording(tmp_path: Path, moving: Moving) -> None:
    n = len(moving.acc)
    counter = [str(60_000 - n // 2 + i if i < n // 2 else i - n // 2) for i in range(n)]
    head = XSENS + "\t".join(["PacketCounter", *(f"Acc_{a}" for a in "XYZ")]) + "\n"
    with pytest.raises(RecordingError, match="time runs backwards"):
        _read(tmp_path / "a.txt", head, [counter, *_cells(moving.acc * STANDARD_GRAVITY)], "\t")


@pytest.mark.parametrize(
    ("start", "offset_s"), [("2024-03-05 09:30:00.000 +0100", -3600), ("2024-03-05_09:30:00_000 GMT+8", -8 * 3600)]
)
def test_a_movella_dot_says_when_it_started_and_turns_in_degrees(
    tmp_path: Path, moving: Moving, start: str, offset_s: int
) -> None:
    n = len(moving.acc)
    head = f"sep=,\nDeviceTag:,lower back\nFirmwareVersion:,2.1.0\nOutputRate:,100Hz\nStartTime:,{start}\n\n"
    head += ",".join(["PacketCounter", "SampleTimeFine", *(f"{k}_{a}" for k in ("Acc", "Gyr") for a in "XYZ")]) + "\n"
    fine = [str((4_294_960_000 + 10_000 * i) % 2**32) for i in range(n)]
    values = np.column_stack([moving.acc * STANDARD_GRAVITY, np.full((n, 3), 0.5)])
    columns = [[str(i + 1) for i in range(n)], fine, *_cells(values)]
    recording = _read(tmp_path / "a.csv", head, columns, end=",")
    assert (recording.clock, recording.interval.start) == (Clock.ABSOLUTE, START_US + offset_s * US)
    np.testing.assert_allclose(samples_of(recording), np.column_stack([moving.acc, values[:, 3:]]), atol=1e-4)


def test_turning_rates_called_yaw_pitch_and_roll_belong_to_vertical_axes(tmp_path: Path, moving: Moving) -> None:
    names = ["v-acceleration", "ml-acceleration", "ap-acceleration"]
    names += ["yaw-velocity [deg/s]", "pitch-velocity [deg/s]", "roll-velocity [deg/s]"]
    seconds = [f"{i / 100:.2f}" for i in range(len(moving.acc))]
    recording = _read(tmp_path / "a.csv", ",".join(["time", *names]) + "\n", [seconds, *_cells(moving.six)])
    np.testing.assert_allclose(samples_of(recording), moving.six, atol=1e-5)


def test_sensorlog_of_a_watch_has_raw_acceleration_too_and_counts_along_gravity(tmp_path: Path, moving: Moving) -> None:
    kinds = ("accelerometerAcceleration", "motionUserAcceleration", "motionGravity")
    names = [f"{kind}{a}(G)" for kind in kinds for a in "XYZ"]
    values = np.column_stack([-moving.acc, np.zeros_like(moving.acc), -moving.acc])
    columns = [_stamps(moving, lambda t: t.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " +0000"), *_cells(values)]
    recording = _read(tmp_path / "a.csv", ",".join(["loggingTime(txt)", *names]) + "\n", columns)
    np.testing.assert_allclose(samples_of(recording), moving.acc, atol=1e-5)


def test_a_stated_rate_of_another_sensor_does_not_outdo_a_column_of_times(tmp_path: Path, moving: Moving) -> None:
    seconds = [f"{i / 100:.2f}" for i in range(len(moving.acc))]
    head = "ECG sampling rate: 1000 Hz\ntime,acc_x,acc_y,acc_z\n"
    assert _read(tmp_path / "a.csv", head, [seconds, *_cells(moving.acc)]).streams[0].rate_hz == 100


def test_a_stated_rate_of_nothing_is_no_rate(tmp_path: Path, moving: Moving) -> None:
    seconds = [f"{i / 100:.2f}" for i in range(len(moving.acc))]
    head = "Sampling rate: 0 Hz\ntime,acc_x,acc_y,acc_z\n"
    assert _read(tmp_path / "a.csv", head, [seconds, *_cells(moving.acc)]).streams[0].rate_hz == 100


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("time", lambda n: pa.array(np.arange(n) * 10_000_000, pa.duration("ns"))),
        ("time", lambda n: pa.array(np.arange(n) * 10_000, pa.time64("us"))),
        ("__index_level_0__", lambda n: pa.array(np.arange(n) / 100)),
        ("__index_level_0__", lambda n: pa.array(START_US + np.arange(n) * 10_000, pa.timestamp("us", "UTC"))),
    ],
)
def test_parquet_with_durations_or_an_index_without_a_name(
    tmp_path: Path, moving: Moving, name: str, times: Callable[[int], pa.Array]
) -> None:
    axes = {f"('lb', 'acc', '{a}')": moving.acc[:, i] for i, a in enumerate("xyz")}
    pq.write_table(pa.table({**axes, name: times(len(moving.acc))}), tmp_path / "a.parquet")
    recording = read(tmp_path / "a.parquet")
    assert recording.streams[0].rate_hz == 100
    np.testing.assert_allclose(samples_of(recording), moving.acc, atol=1e-6)


@pytest.mark.parametrize("is_alike", [False, True])
@pytest.mark.parametrize("name", ["AccelerometerUncalibrated", "WatchAccelerometerUncalibrated", "WristMotion"])
def test_sensor_logger_on_apple_devices_counts_along_gravity_unless_told_to_be_as_android(
    name: str, is_alike: bool, tmp_path: Path, moving: Moving
) -> None:
    written = moving.acc * (9.80665 if is_alike else -1)
    columns = "x,y,z"
    if name == "WristMotion":
        gravity = moving.acc / np.linalg.norm(moving.acc, axis=1, keepdims=True) * (9.80665 if is_alike else -1)
        written = np.column_stack([gravity, written - gravity])
        columns = "gravityX,gravityY,gravityZ,accelerationX,accelerationY,accelerationZ"
    stamps = 1_772_434_800_000_000_000 + np.arange(len(written)) * 10_000_000
    rows = [
        f"{n},{k / 100}," + ",".join(f"{v:.7f}" for v in row)
        for k, (n, row) in enumerate(zip(stamps, written, strict=True))
    ]
    path = tmp_path / f"{name}.csv"
    path.write_text("\n".join([f"time,seconds_elapsed,{columns}", *rows]))
    (stream,) = read(path).streams
    np.testing.assert_allclose(stream.segments[0].samples[:], moving.acc, atol=1e-5)


def test_an_archive_of_which_only_rotation_can_be_read_says_why(tmp_path: Path, moving: Moving) -> None:
    rows = [
        f"{1_772_434_800_000_000_000 + k * 10_000_000},{k / 100},{a:.5f},{b:.5f},{c:.5f}"
        for k, (a, b, c) in enumerate(np.radians(moving.gyro))
    ]
    text = "\n".join(["time,seconds_elapsed,z,y,x", *rows])
    path = tmp_path / "walk.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Accelerometer.csv", text)
        archive.writestr("Gyroscope.csv", text)
    said = read(path).assumptions
    assert any(s.startswith("Accelerometer.csv in the archive was not read: ") and "gravity" in s for s in said)
