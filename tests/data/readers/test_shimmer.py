"""Shimmer3's own log: the values and times of its maker's export, channels that are off or unknown, and damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read, shimmer, sniff
from data.readers._assemble import Sensor
from data.recording import Clock, Placement, Recording
from data.units import STANDARD_GRAVITY
from tests.data.readers.expected import US, samples_of
from tests.data.readers.independent import text_columns

HEADER, WIDTH, SAMPLES = 256, 29, 2149
LOW_NOISE, GYRO, WIDE_RANGE = 0x80, 0x40, 0x10
"""Bits of bytes 3 and 4 of the header."""
EVEN_US = 100
"""Within which an even rate of three decimals lies to the times of half a minute."""


@pytest.fixture
def content(device_files: Path) -> bytearray:
    return bytearray((device_files / "shimmer/triaxcal_sample.bin").read_bytes())


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes | bytearray], Path]:
    def write(changed: bytes | bytearray) -> Path:
        path = tmp_path / "000"
        path.write_bytes(changed)
        return path

    return write


def _exported(device_files: Path, *titles: str) -> np.ndarray:
    path = device_files / "shimmer/triaxcal_calibrated.csv"
    columns = [f"Shimmer_952D_{t}_CAL" for t in titles]
    return text_columns(path, columns, sep=",", skiprows=[0, 2], index_col=False)


def _acc(device_files: Path, kind: str) -> np.ndarray:
    return _exported(device_files, *(f"Accel_{kind}_{axis}" for axis in "XYZ")) / STANDARD_GRAVITY


def _gyro(device_files: Path) -> np.ndarray:
    return _exported(device_files, *(f"Gyro_{axis}" for axis in "XYZ"))


def _exported_us(device_files: Path) -> np.ndarray:
    return _exported(device_files, "Timestamp_Unix")[:, 0] * 1000


def _records(content: bytearray) -> np.ndarray:
    return np.frombuffer(bytes(content[HEADER:]), np.uint8).reshape(-1, WIDTH)


def _times(recording: Recording) -> np.ndarray:
    segments = recording.streams[0].segments
    return np.concatenate([s.start_us + np.arange(s.n_samples) * US / s.rate_hz for s in segments])


def test_every_sample_and_time_is_that_of_the_makers_export(device_files: Path) -> None:
    recording = read(device_files / "shimmer/triaxcal_sample.bin")
    values = samples_of(recording)
    assert values.shape == (SAMPLES, 6)
    np.testing.assert_allclose(values[:, :3], _acc(device_files, "LN"), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(values[:, 3:], _gyro(device_files), rtol=1e-6, atol=1e-6)
    assert np.abs(_times(recording) - _exported_us(device_files)).max() < EVEN_US
    assert recording.streams[0].rate_hz == pytest.approx(32_768 / 448)
    assert (recording.clock, recording.streams[0].placement) == (Clock.ABSOLUTE, Placement.UNKNOWN)
    assert any("low-noise one was read" in a for a in recording.assumptions)


def test_every_time_is_that_of_the_makers_export_before_they_are_laid_evenly(
    device_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[np.ndarray] = []

    def taken(sensors: list[Sensor], *_: object, **__: object) -> Recording:
        found.append(sensors[0].rows.stamps[0:SAMPLES])
        raise RecordingError("000", "enough", "nothing")

    monkeypatch.setattr(shimmer, "recording_of", taken)
    with pytest.raises(RecordingError, match="enough"):
        read(device_files / "shimmer/triaxcal_sample.bin")
    # Half a microsecond of ours, a quarter of the export's.
    assert np.abs(found[0] - _exported_us(device_files)).max() <= 0.75


def test_the_wide_range_accelerometer_is_read_where_the_low_noise_one_was_off(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    header, records = content[:HEADER], _records(content)
    header[3] &= ~LOW_NOISE
    recording = read(written(bytes(header) + np.delete(records, slice(3, 9), axis=1).tobytes()))
    values = samples_of(recording)
    np.testing.assert_allclose(values[:, :3], _acc(device_files, "WR"), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(values[:, 3:], _gyro(device_files), rtol=1e-6, atol=1e-6)
    assert not any("low-noise" in a for a in recording.assumptions)


@pytest.mark.parametrize("is_turning", [False, True])
def test_a_sensor_that_was_off_is_absent(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path], is_turning: bool
) -> None:
    header, records = content[:HEADER], _records(content)
    if is_turning:
        header[3] &= ~LOW_NOISE
        header[4] &= ~WIDE_RANGE
        gone, wanted = [*range(3, 9), *range(17, 23)], _gyro(device_files)
    else:
        header[3] &= ~GYRO
        gone, wanted = list(range(11, 17)), _acc(device_files, "LN")
    recording = read(written(bytes(header) + np.delete(records, gone, axis=1).tobytes()))
    assert recording.streams[0].channels[0] == ("gyro_x" if is_turning else "acc_x")
    np.testing.assert_allclose(samples_of(recording), wanted, rtol=1e-6, atol=1e-6)


def test_times_go_on_where_the_counter_of_24_bits_starts_anew(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    later = 7_000_000
    header, records = content[:HEADER], _records(content).copy()
    ticks = records[:, :3].astype(np.int64) @ [1, 256, 65_536] + later
    assert ticks[0] < 1 << 24 < ticks[-1]
    records[:, :3] = ticks[:, None] >> np.array([0, 8, 16]) & 255
    header[252:256] = (int.from_bytes(header[252:256], "little") + later).to_bytes(4, "little")
    moved, real = read(written(bytes(header) + records.tobytes())), read(device_files / "shimmer/triaxcal_sample.bin")
    assert len(moved.streams[0].segments) == 1
    np.testing.assert_allclose(_times(moved) - _times(real), later * US / 32_768, atol=1)


def test_a_device_that_ran_for_more_than_36_hours_counts_on_in_a_fifth_byte(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    content[251] = 2
    moved, real = read(written(content)), read(device_files / "shimmer/triaxcal_sample.bin")
    assert moved.interval.start - real.interval.start == 2 * 131_072 * US


def test_a_clock_that_was_never_set_counts_from_the_first_sample(
    content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    content[44:52] = bytes(8)
    recording = read(written(content))
    assert (recording.clock, recording.interval.start) == (Clock.UNSET, 0)


def test_samples_that_the_card_missed_are_a_gap(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    del content[HEADER + 1000 * WIDTH : HEADER + 1100 * WIDTH]
    recording = read(written(content))
    (stream,) = recording.streams
    assert [s.n_samples for s in stream.segments] == [1000, 1049]
    assert stream.gaps[0].duration == pytest.approx(100 * US * 448 / 32_768, abs=EVEN_US)
    stamps_us = np.delete(_exported_us(device_files), slice(1000, 1100))
    assert np.abs(_times(recording) - stamps_us).max() < EVEN_US


def test_an_end_within_a_sample_is_refused_and_leniently_left_out(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    path = written(content[: HEADER + 500 * WIDTH + 11])
    with pytest.raises(RecordingError, match="cut off within a sample"):
        read(path)
    recording = read(path, lenient=True)
    np.testing.assert_array_equal(
        samples_of(recording), samples_of(read(device_files / "shimmer/triaxcal_sample.bin"))[:500]
    )
    assert any("the last 11 bytes" in a for a in recording.assumptions)


def test_a_damaged_sector_is_refused_with_its_place_and_leniently_a_gap(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    content[10_240:10_752] = b"\xff" * 512
    first, last = (10_240 - HEADER) // WIDTH, (10_751 - HEADER) // WIDTH
    path = written(content)
    with pytest.raises(RecordingError, match=f"byte {HEADER + WIDTH * (first + 1)}: .*sample {first + 1}"):
        read(path)
    recording = read(path, lenient=True)
    (stream,) = recording.streams
    # The first of them still has its right time.
    assert [s.n_samples for s in stream.segments] == [first, SAMPLES - last - 1]
    whole = samples_of(read(device_files / "shimmer/triaxcal_sample.bin"))
    np.testing.assert_array_equal(samples_of(recording), np.delete(whole, slice(first, last + 1), axis=0))
    assert any(f"{last + 1 - first} of its {SAMPLES} samples" in a for a in recording.assumptions)


def test_of_a_file_that_lost_bytes_what_lies_before_them_is_read_leniently(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    del content[HEADER + 700 * WIDTH + 5 : HEADER + 700 * WIDTH + 15]
    path = written(content)
    with pytest.raises(RecordingError, match="the time of sample 701 does not follow"):
        read(path)
    values = samples_of(read(path, lenient=True))
    np.testing.assert_array_equal(values, samples_of(read(device_files / "shimmer/triaxcal_sample.bin"))[:700])


@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (31, 4, "of a Shimmer of kind 4, where only Shimmer3 is known"),
        (4, 0x30 | 0x40, r"channels that are not known \(0x4000\)"),
        (6, 1, r"channels that are not known \(0x1000000\)"),
        (4, 0x10, "do not follow one another as its header says"),
        (0, 0xC2, "do not follow one another as its header says"),
        (17, 0x10, "an oscillator of another, unknown rate"),
        (44, 1, "after the year 2100"),
    ],
)
def test_what_is_not_known_is_refused(
    content: bytearray, written: Callable[[bytes | bytearray], Path], at: int, value: int, reason: str
) -> None:
    content[at] = value
    if at == 0:
        content[1] = 2
    with pytest.raises(RecordingError, match=reason):
        read(written(content), lenient=True)


def test_samples_with_another_clock_before_them_are_refused(
    content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    content[16] |= 0x04
    content[HEADER:HEADER] = bytes(9)
    with pytest.raises(RecordingError, match="several Shimmers kept in step"):
        read(written(content))


def test_times_of_16_bits_as_in_old_firmware_are_refused(
    content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    path = written(bytes(content[:HEADER]) + np.delete(_records(content), 2, axis=1).tobytes())
    with pytest.raises(RecordingError, match="times of another firmware"):
        read(path)


@pytest.mark.parametrize(("at", "title"), [(139, "low-noise accelerometer"), (97, "gyroscope")])
@pytest.mark.parametrize("fill", [b"\x00", b"\xff"])
def test_a_sensor_without_calibration_is_refused(
    content: bytearray, written: Callable[[bytes | bytearray], Path], at: int, title: str, fill: bytes
) -> None:
    content[at : at + 21] = fill * 21
    with pytest.raises(RecordingError, match=f"holds no calibration of the {title}"):
        read(written(content))


def test_a_log_without_samples_or_movement_is_refused(
    content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    with pytest.raises(RecordingError, match="it holds no samples"):
        read(written(content[: HEADER + 10]))
    content[3] &= ~(LOW_NOISE | GYRO)
    content[4] &= ~WIDE_RANGE
    with pytest.raises(RecordingError, match="no acceleration or rotation"):
        read(written(content))


def test_in_small_pieces_it_reads_the_same(device_files: Path) -> None:
    path = device_files / "shimmer/triaxcal_sample.bin"
    np.testing.assert_array_equal(samples_of(read(path, memory=1000)), samples_of(read(path)))


def test_it_is_told_by_its_content_and_no_other_devices_file_is_taken_for_it(
    device_files: Path, content: bytearray, written: Callable[[bytes | bytearray], Path]
) -> None:
    assert sniff(written(content)) == "shimmer"
    files = [p for p in device_files.rglob("*") if p.is_file()]
    assert [p.name for p in files if shimmer.fits(p.read_bytes()[:1024])] == ["triaxcal_sample.bin"]
