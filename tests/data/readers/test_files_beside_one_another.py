"""Recordings in several files: TSDF, WFDB and Motion-BIDS, named by any of their files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import parts_of_others, read
from data.recording import Clock, Placement, Recording
from data.units import STANDARD_GRAVITY
from tests.data.readers.expected import instant

US = 1_000_000


def _all(recording: Recording, stream: int = 0) -> np.ndarray:
    return np.concatenate([s.samples[0 : s.n_samples] for s in recording.streams[stream].segments])


def _folder(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    target.chmod(0o755)
    return target


@pytest.mark.parametrize(
    ("folder", "names"),
    [("tsdf_verily", ["imu_meta.json", "imu_values.bin", "imu_time.bin"]),
     ("wfdb", ["faros_from_edf.hea", "faros_from_edf.dat"])],
)  # fmt: skip
def test_each_file_of_a_recording_leads_to_the_same_one(shared_data: Path, folder: str, names: list[str]) -> None:
    found = [read(shared_data / "device_files" / folder / name) for name in names]
    assert len({(r.source.sha256, r.source.size) for r in found}) == 1
    assert [r.source.name for r in found] == names
    for other in found[1:]:
        np.testing.assert_array_equal(_all(found[0]), _all(other))


# --- TSDF -----------------------------------------------------------------------------------------------------


def test_tsdf_tells_its_device_and_where_it_was_worn(shared_data: Path) -> None:
    recording = read(shared_data / "device_files/tsdf_verily/imu_meta.json")
    assert (recording.device, recording.streams[0].placement) == ("Verily Study Watch", Placement.WRIST)


def _evenly(folder: Path) -> np.ndarray:
    """Steps of exactly 10 ms instead of the watch's own; returns the raw values."""
    steps = np.full(72_947, 10, dtype="<f4")
    steps[0] = 0
    steps[5000] = 2010
    steps.tofile(folder / "imu_time.bin")
    return np.fromfile(folder / "imu_values.bin", "<i2").reshape(-1, 6)


def test_tsdf_is_scaled_channel_by_channel_and_a_long_step_is_a_gap(shared_data: Path, tmp_path: Path) -> None:
    folder = _folder(shared_data / "device_files/tsdf_verily", tmp_path / "t")
    raw = _evenly(folder)
    recording = read(folder / "imu_meta.json")
    (stream,) = recording.streams
    assert [s.n_samples for s in stream.segments] == [5000, 72_947 - 5000]
    assert stream.gaps[0].duration == pytest.approx(2 * US, abs=1000)
    factors = np.array([0.00469378 / STANDARD_GRAVITY] * 3 + [0.06097561] * 3)
    np.testing.assert_allclose(_all(recording), raw * factors, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["../imu_values.bin", "/etc/hostname", "a\\b.bin", ""])
def test_a_description_that_leads_out_of_its_folder_is_refused(shared_data: Path, tmp_path: Path, name: str) -> None:
    folder = _folder(shared_data / "device_files/tsdf_verily", tmp_path / "t")
    meta = folder / "imu_meta.json"
    meta.write_text(meta.read_text().replace("imu_values.bin", json.dumps(name)[1:-1]), encoding="utf-8")
    with pytest.raises(RecordingError, match="outside its folder"):
        read(meta)


def test_a_missing_or_short_neighbour_is_told_by_name(shared_data: Path, tmp_path: Path) -> None:
    folder = _folder(shared_data / "device_files/tsdf_verily", tmp_path / "t")
    values = folder / "imu_values.bin"
    values.write_bytes(values.read_bytes()[:-2])
    with pytest.raises(RecordingError, match=r"imu_values\.bin does not have the 72947 rows"):
        read(folder / "imu_meta.json")
    values.unlink()
    with pytest.raises(RecordingError, match=r"imu_values\.bin that belongs to it is not beside it: .*ZIP"):
        read(folder / "imu_meta.json")


def test_a_mark_of_quality_may_be_missing_and_that_is_said(shared_data: Path) -> None:
    whole = read(shared_data / "device_files/tsdf_verily/imu_meta.json")
    bare = read(shared_data / "ppp-watch/original/imu_meta.json")
    np.testing.assert_array_equal(_all(bare), _all(whole))
    absent = "imu_quality.bin (quality) is named but not here; times and movement do not need it."
    assert [a for a in bare.assumptions if a not in whole.assumptions] == [absent]


@pytest.mark.parametrize(
    ("unit", "stamps"),
    [
        ("difference_ms", lambda n: np.where(np.arange(n) == 0, 0, 10)),
        ("relative_s", lambda n: np.arange(n) / 100),
        ("time_absolute_unix_ms", lambda n: 1_624_812_740_000 + np.arange(n) * 10),
        ("absolute_ms", lambda n: 1_624_812_740_000 + np.arange(n) * 10),
    ],
)
def test_tsdf_tells_times_in_several_units(
    shared_data: Path, tmp_path: Path, unit: str, stamps: Callable[[int], np.ndarray]
) -> None:
    folder = _folder(shared_data / "device_files/tsdf_verily", tmp_path / "t")
    raw = _evenly(folder)
    stamps(len(raw)).astype("<f8").tofile(folder / "imu_time.bin")
    meta = folder / "imu_meta.json"
    told = json.loads(meta.read_text())
    told["sensors"][0]["sensors"][0] |= {"units": [unit], "bits": 64}
    meta.write_text(json.dumps(told), encoding="utf-8")
    (stream,) = read(meta).streams
    assert [s.n_samples for s in stream.segments] == [len(raw)]
    assert (stream.rate_hz, stream.interval.start) == (100.0, 1_624_812_740 * US)


def _told(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    meta = folder / "imu_meta.json"
    told = json.loads(meta.read_text())
    change(told)
    meta.write_text(json.dumps(told), encoding="utf-8")
    return meta


def test_tsdf_that_does_not_say_its_order_of_bytes_is_refused(shared_data: Path, tmp_path: Path) -> None:
    folder = _folder(shared_data / "device_files/tsdf_verily", tmp_path / "t")
    raw = _evenly(folder)
    little = _all(read(folder / "imu_meta.json"))
    raw.astype(">i2").tofile(folder / "imu_values.bin")
    with pytest.raises(RecordingError, match=r"from the low or the high byte on \('endianness' is 'BE'\)"):
        read(_told(folder, lambda told: told["sensors"][1].update(endianness="BE")))
    big = read(_told(folder, lambda told: told["sensors"][1].update(endianness="Big")))
    np.testing.assert_array_equal(_all(big), little)


def test_tsdf_with_seconds_since_1970_in_32_bits_is_refused(shared_data: Path, tmp_path: Path) -> None:
    folder = _folder(shared_data / "device_files/tsdf_verily", tmp_path / "t")
    (1_624_812_740 + np.arange(72_947) / 100).astype("<f4").tofile(folder / "imu_time.bin")

    def seconds(told: dict[str, Any]) -> None:
        told["sensors"][0]["sensors"][0]["units"] = ["time_absolute_unix_s"]

    with pytest.raises(RecordingError, match="too coarse to tell a rate: 72947 samples share 6 of them"):
        read(_told(folder, seconds))


def test_tsdf_in_the_spelling_of_its_description_needs_no_guess(shared_data: Path, tmp_path: Path) -> None:
    folder = _folder(shared_data / "device_files/tsdf_verily", tmp_path / "t")
    _evenly(folder)

    def spelled(told: dict[str, Any]) -> None:
        told["sensors"][1]["units"][:3] = ["m/s**2"] * 3

    assert not any("by its length at rest" in a for a in read(_told(folder, spelled)).assumptions)


# --- WFDB -----------------------------------------------------------------------------------------------------


def test_wfdb_equals_the_edf_it_was_made_of(shared_data: Path) -> None:
    folder = shared_data / "device_files"
    record = read(folder / "wfdb/faros_from_edf.hea", zone="Europe/Athens")
    edf = read(folder / "faros_edf/testfile_read.EDF", zone="Europe/Athens")
    np.testing.assert_allclose(_all(record), _all(edf), atol=1e-6)
    # The EDF names UTC+2; Athens had summer time, UTC+3, on that day.
    assert edf.interval.start - record.interval.start == 3600 * US
    assert (record.streams[0].rate_hz, record.clock) == (25.0, Clock.ABSOLUTE)


def test_a_record_without_an_accelerometer_is_refused(shared_data: Path) -> None:
    with pytest.raises(RecordingError, match=r"no acceleration or rotation \('II', 'III', 'V', 'ABP'"):
        read(shared_data / "device_files/wfdb/mixedsignals.hea")


def _record(folder: Path, kind: int, numbers: np.ndarray, packed: bytes) -> Path:
    sums = [int(c.sum()) for c in numbers.T]
    lines = [f"own 3 50 {len(numbers)}"]
    lines += [f"own.dat {kind} 256(0)/g 12 0 {numbers[0, i]} {sums[i]} 0 acc_{a}" for i, a in enumerate("xyz")]
    (folder / "own.hea").write_text("# written by a test\n" + "\n".join(lines) + "\n", encoding="utf-8")
    (folder / "own.dat").write_bytes(packed)
    return folder / "own.hea"


def _pack212(numbers: np.ndarray) -> bytes:
    a, b = (numbers.ravel() & 0xFFF).reshape(-1, 2).T
    return np.column_stack([a & 255, (a >> 8) | ((b >> 8) << 4), b & 255]).astype(np.uint8).tobytes()


_PACK = {
    16: lambda n: n.astype("<i2").tobytes(),
    61: lambda n: n.astype(">i2").tobytes(),
    80: lambda n: (n + 128).astype(np.uint8).tobytes(),
    212: _pack212,
    160: lambda n: (n + 32_768).astype("<u2").tobytes(),
    24: lambda n: n.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes(),
    32: lambda n: n.astype("<i4").tobytes(),
}


@pytest.mark.parametrize("kind", _PACK)
def test_formats_of_wfdb_signals(tmp_path: Path, kind: int) -> None:
    rng = np.random.default_rng(3)
    numbers = rng.integers(-90, 90, (400, 3)) + (np.array([0, 0, 30]) if kind == 80 else np.array([0, 0, 256]))
    recording = read(_record(tmp_path, kind, numbers, _PACK[kind](numbers)))
    assert recording.clock is Clock.RELATIVE
    np.testing.assert_allclose(_all(recording), numbers / 256, atol=1e-6)


def test_a_wfdb_record_that_was_changed_is_refused_by_its_checksum(tmp_path: Path) -> None:
    numbers = np.tile([10, 20, 250], (300, 1))
    packed = bytearray(_PACK[16](numbers))
    packed[100] ^= 4
    with pytest.raises(RecordingError, match="checksum of 'acc_"):
        read(_record(tmp_path, 16, numbers, bytes(packed)))
    with pytest.raises(RecordingError, match="format 516, which is not read"):
        read(_record(tmp_path, 516, numbers, bytes(packed)))


# --- Motion-BIDS ----------------------------------------------------------------------------------------------


def _bids(shared_data: Path, folder: Path, rows: np.ndarray) -> Path:
    """The real descriptions of sixteen sensors with a table of made-up values."""
    source = shared_data / "device_files/motion_bids/sub-pp002/motion"
    table = _folder(source, folder / "motion") / "sub-pp002_task-backwards_tracksys-imu_motion.tsv"
    np.savetxt(table, rows, fmt="%.6f", delimiter="\t")
    return table


def test_motion_bids_has_a_stream_for_each_tracked_point(shared_data: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(0, 0.3, (400, 144))
    folder = shared_data / "device_files/motion_bids/sub-pp002/motion"
    channels = [line.split("\t") for line in next(folder.glob("*_channels.tsv")).read_text().splitlines()[1:]]
    at = {c[0]: i for i, c in enumerate(channels)}
    rows[:, [i for n, i in at.items() if n.endswith("ACCEL_z")]] += STANDARD_GRAVITY
    recording = read(_bids(shared_data, tmp_path, rows))
    assert len(recording.streams) == 16
    assert recording.device == "Noraxon Inc. myoMOTION"
    assert recording.streams[0].segments[0].rate_hz == pytest.approx(199.9058823529412, rel=1e-4)
    first = channels[0][3]
    mine = [at[f"{first}_{kind}_{a}"] for kind in ("ACCEL", "GYRO") for a in "xyz"]
    units = np.array(
        [1 / STANDARD_GRAVITY] * 3 + [1.0 if "deg" in channels[at[f"{first}_GYRO_x"]][4] else 180 / np.pi] * 3
    )
    np.testing.assert_allclose(_all(recording), rows[:, mine] * units, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("acq_time", "start", "said"),
    [
        ("2026-03-02T08:00:00", "2026-03-02T07:00:00", "is told by sub-pp002_scans.tsv"),
        ("2026-03-02T08:00:00.500000Z", "2026-03-02T08:00:00.5", "is told by sub-pp002_scans.tsv"),
        ("n/a", None, ""),
        ("1877-06-15T13:45:30", None, "moved before 1925"),
        ("soon", None, "no date and time"),
    ],
)
def test_motion_bids_began_when_the_scans_file_says(
    shared_data: Path, tmp_path: Path, acq_time: str, start: str | None, said: str
) -> None:
    rows = np.random.default_rng(5).normal(0, 0.3, (400, 144)) + STANDARD_GRAVITY / np.sqrt(3)
    table = _bids(shared_data, tmp_path, rows)
    plain = read(table, zone="Europe/Amsterdam")
    scans = ["motion/other_motion.tsv\t2020-01-01T00:00:00\n", f"motion/{table.name}\t{acq_time}\n"]
    (tmp_path / "sub-pp002_scans.tsv").write_text("filename\tacq_time\n" + "".join(scans))
    recording = read(table, zone="Europe/Amsterdam")
    assert plain.clock is Clock.RELATIVE
    if start is None:
        assert (recording.clock, recording.interval) == (Clock.RELATIVE, plain.interval)
    else:
        assert recording.clock is Clock.ABSOLUTE
        assert recording.interval.start == pytest.approx(instant(start), abs=1)
    assert recording.source.sha256 == plain.source.sha256
    assert any(said in a for a in recording.assumptions)
    assert parts_of_others(["sub-pp002_scans.tsv", "notes.tsv"]) == {"sub-pp002_scans.tsv"}


def test_motion_bids_lies_at_the_latency_of_its_rows_where_a_channel_tells_it(
    shared_data: Path, tmp_path: Path
) -> None:
    rows = np.random.default_rng(5).normal(0, 0.3, (400, 144)) + STANDARD_GRAVITY / np.sqrt(3)
    latency = np.arange(400) / 199.905882352941
    latency[200:] += 3.0
    table = _bids(shared_data, tmp_path, np.column_stack([rows, latency]))
    about = next(table.parent.glob("*_channels.tsv"))
    about.write_text(about.read_text().rstrip("\n") + "\nlatency\tn/a\tLATENCY\tn/a\ts\t199.905882352941\n")
    recording = read(table)
    assert [s.n_samples for s in recording.streams[0].segments] == [200, 200]
    assert recording.streams[0].gaps[0].duration == pytest.approx(3e6, rel=0.01)


def test_motion_bids_may_tell_the_place_apart_from_the_tracked_point(shared_data: Path, tmp_path: Path) -> None:
    rows = np.random.default_rng(5).normal(0, 0.3, (400, 144)) + STANDARD_GRAVITY / np.sqrt(3)
    table = _bids(shared_data, tmp_path, rows)
    about = next(table.parent.glob("*_channels.tsv"))
    head, *lines = about.read_text().splitlines()
    first = lines[0].split("\t")[3]
    kept = [line.replace(f"\t{first}\t", "\tP1\t") for line in lines]
    about.write_text("\n".join([f"{head}\tplacement", *(f"{line}\tleft ankle" for line in kept)]) + "\n")
    stream = next(s for s in read(table).streams if s.placement is Placement.ANKLE)
    assert stream.name == "left-ankle"


def test_motion_bids_without_acceleration_samples_or_neighbours_is_refused(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "device_files/motion_bids"
    with pytest.raises(RecordingError, match=r"no acceleration or rotation \(channels of type POS\)"):
        read(next((folder / "sub-01/motion").glob("*_motion.tsv")))
    with pytest.raises(RecordingError, match="empty"):
        read(next((folder / "sub-pp002/motion").glob("*_channels.tsv")))
    table = _bids(shared_data, tmp_path, np.zeros((50, 143)))
    with pytest.raises(RecordingError, match="143 columns where 144 channels"):
        read(table)
    next(table.parent.glob("*_channels.tsv")).unlink()
    with pytest.raises(RecordingError, match=r"_channels\.tsv that belongs to it is not beside it"):
        read(table)
