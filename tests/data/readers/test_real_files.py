"""Files of real devices and data sets, as their makers give them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import FORMATS, read, sniff
from data.readers.edf_writer import write_edf
from data.recording import Clock, Placement, Recording, Side
from data.units import STANDARD_GRAVITY

US = 1_000_000


def _all(recording: Recording, stream: int = 0) -> np.ndarray:
    return np.concatenate([s.samples[0 : s.n_samples] for s in recording.streams[stream].segments])


def _seconds(recording: Recording, label: str) -> float:
    return sum(a.interval.duration for a in recording.annotations if a.label == label) / US


def test_daphnet(shared_data: Path) -> None:
    path = shared_data / "daphnet/original/S02R01.txt"
    assert sniff(path) == "daphnet"
    recording = read(path)
    table = np.loadtxt(path)
    assert [(s.placement, s.rate_hz, len(s.segments)) for s in recording.streams] == [
        (Placement.ANKLE, 64.0, 1), (Placement.THIGH, 64.0, 1), (Placement.TRUNK, 64.0, 1),
    ]  # fmt: skip
    for i in range(3):
        np.testing.assert_allclose(_all(recording, i), table[:, 1 + 3 * i : 4 + 3 * i] / 1000, atol=1e-5)
    assert recording.clock is Clock.RELATIVE
    freezes = [a for a in recording.annotations if a.label == "freezing of gait"]
    assert len(freezes) == 9
    assert _seconds(recording, "freezing of gait") == pytest.approx((table[:, 10] == 2).sum() / 64, abs=0.1)
    assert _seconds(recording, "not part of the experiment") == pytest.approx((table[:, 10] == 0).sum() / 64, abs=0.2)


@pytest.mark.parametrize("name", ["3cd4c680cb", "c784d2f5d6"])
def test_tdcsfog_with_and_without_labels(shared_data: Path, tmp_path: Path, name: str) -> None:
    path = shared_data / f"tdcsfog/original/{name}.csv"
    recording = read(path)
    table = np.genfromtxt(path, delimiter=",", names=True)
    (stream,) = recording.streams
    assert (stream.placement, stream.side, stream.rate_hz) == (Placement.LOWER_BACK, Side.MIDDLE, 128.0)
    acc = np.column_stack([table[c] for c in ("AccV", "AccML", "AccAP")])
    np.testing.assert_allclose(_all(recording), acc / STANDARD_GRAVITY, atol=1e-6)
    frozen = (table["StartHesitation"] + table["Turn"] + table["Walking"]) > 0
    assert _seconds(recording, "freezing of gait") == pytest.approx(frozen.sum() / 128, abs=1e-3)
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(",".join(r.split(",")[:4]) for r in path.read_text().splitlines()), encoding="utf-8")
    assert sniff(bare) == "tdcsfog"
    np.testing.assert_array_equal(_all(read(bare)), _all(recording))
    assert read(bare).annotations == ()


def test_an_edf_of_a_tdcsfog_series_holds_the_same(shared_data: Path, tmp_path: Path) -> None:
    recording = read(shared_data / "tdcsfog/original/3cd4c680cb.csv")
    write_edf(recording, tmp_path / "same.edf")
    back = read(tmp_path / "same.edf")
    assert back.annotations == recording.annotations
    assert back.interval == recording.interval
    assert np.abs(_all(back) - _all(recording)).max() < 2.5e-4


def test_defog_is_told_from_tdcsfog_and_unlabelled_is_not_unfrozen(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "defog/original/509a9830a6.csv"
    recording = read(path)
    (stream,) = recording.streams
    assert (stream.rate_hz, stream.segments[0].n_samples) == (100.0, 28_342)
    assert np.median(np.linalg.norm(_all(recording), axis=1)) == pytest.approx(1.0, abs=0.05)
    assert _seconds(recording, "not annotated") == pytest.approx((28_342 - 8_872) / 100, abs=1e-3)
    assert _seconds(recording, "freezing of gait") == pytest.approx((104 + 121) / 100, abs=1e-3)
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(",".join(r.split(",")[:4]) for r in path.read_text().splitlines()), encoding="utf-8")
    assert read(bare).streams[0].rate_hz == 100.0


def test_motionsense_has_the_sign_of_other_devices(shared_data: Path) -> None:
    path = shared_data / "motionsense/original/A_DeviceMotion_data/wlk_15/sub_1.csv"
    recording = read(path)
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    assert sniff(path) == "motionsense"
    np.testing.assert_allclose(_all(recording)[:, :3], -(table[:, 4:7] + table[:, 10:13]), atol=1e-5)
    np.testing.assert_allclose(_all(recording)[:, 3:], np.degrees(table[:, 7:10]), rtol=1e-5, atol=1e-4)
    assert (recording.streams[0].placement, recording.streams[0].rate_hz) == (Placement.THIGH, 50.0)


@pytest.mark.parametrize(
    ("name", "profile", "placements"),
    [
        ("sisfall/original/F05_SA01_R01.txt", "sisfall", ["waist"]),
        ("weda-fall/original/D04/U21_R01_accel.csv", "weda-fall", ["wrist"]),
        ("umafall/original/UMAFall_Subject_03_ADL_Walking_1_2017-04-14_23-44-16.csv", "umafall",
         ["chest", "waist", "wrist", "ankle", "thigh"]),
    ],
)  # fmt: skip
def test_shipped_profiles(shared_data: Path, name: str, profile: str, placements: list[str]) -> None:
    recording = read(shared_data / name, profile)
    assert [s.placement.value for s in recording.streams] == placements
    for i in range(len(placements)):
        assert np.median(np.linalg.norm(_all(recording, i)[:, :3], axis=1)) == pytest.approx(1.0, abs=0.15)
    assert any("profile" in a for a in recording.assumptions)


_READ = {
    "actigraph/neo.csv": ("unknown", Clock.ABSOLUTE),
    "empatica_e4/long/ACC.csv": ("wrist", Clock.ABSOLUTE),
    "empatica_e4/short_with_tags/ACC.csv": ("wrist", Clock.ABSOLUTE),
    "faros_edf/testfile_read.EDF": ("unknown", Clock.ABSOLUTE),
    "parquet/example_data_2min.parquet": ("unknown", Clock.ABSOLUTE),
    "phyphox_ios/other_recording/Accelerometer.csv": ("unknown", Clock.RELATIVE),
    "phyphox_ios/Gyroscope.csv": ("unknown", Clock.ABSOLUTE),
    "sensor_logger_apple_watch/WatchAccelerometerUncalibrated.csv": ("wrist", Clock.ABSOLUTE),
    "shimmer/shimmer3_consensys_semicolon.csv": ("unknown", Clock.ABSOLUTE),
    "shimmer/triaxcal_calibrated.csv": ("unknown", Clock.ABSOLUTE),
    "xsens_mtw/MT_012005D6_009-001_00B421ED.txt": ("unknown", Clock.RELATIVE),
}
_FACTORS = {"mps2": 1 / STANDARD_GRAVITY, "m/(s^2)": 1 / STANDARD_GRAVITY, "radps": 180 / np.pi}


@pytest.mark.parametrize("name", _READ)
def test_device_files_have_the_expected_values(shared_data: Path, name: str) -> None:
    expected = json.loads((shared_data / "device_files/EXPECTED.json").read_text())["files"][name]
    recording = read(shared_data / "device_files" / name)
    (stream,) = recording.streams
    assert (stream.placement.value, recording.clock) == _READ[name]
    assert sum(s.n_samples for s in stream.segments) == expected.get("samples", expected.get("samples_acc"))
    wanted = []
    for title, (mean, std) in expected["channels_mean_std"].items():
        lower = title.lower()
        if any(
            w in lower
            for w in ("mat[", "mag", "wr_", "temp", "ecg", "marker", "hrv", "bat", "ext", "gsr", "int_", "press")
        ):
            continue
        factor = next((f for unit, f in _FACTORS.items() if unit in lower), 1.0)
        factor = 1 / STANDARD_GRAVITY if "xsens" in name else factor
        # A raw file of an Apple Watch counts acceleration along gravity: it is turned round.
        factor = -1.0 if "apple_watch" in name else factor
        wanted.append((mean * factor, std * abs(factor)))
    values = _all(recording).astype(np.float64)
    assert len(wanted) == values.shape[1]
    for column, (mean, std) in zip(values.T, wanted, strict=True):
        assert column.mean() == pytest.approx(mean, abs=2e-5 + 1e-4 * abs(mean))
        assert column.std() == pytest.approx(std, abs=2e-5 + 1e-4 * std)
    if "first_utc" in expected and recording.clock is Clock.ABSOLUTE and "parquet" not in name:
        first = np.datetime64(expected["first_utc"]).astype("datetime64[us]").astype(int)
        assert abs(recording.interval.start - first) < 10_000 or "shimmer3" in name


def test_a_muse_headband_is_read_with_its_units(shared_data: Path) -> None:
    name = "muse_mind_monitor/read_test_data.csv"
    expected = json.loads((shared_data / "device_files/EXPECTED.json").read_text())["files"][name]
    recording = read(shared_data / "device_files" / name)
    assert (sniff(shared_data / "device_files" / name), recording.streams[0].name) == ("muse", "head")
    values = _all(recording).astype(np.float64)
    assert len(values) == expected["samples"]
    for column, (mean, std) in zip(values.T, expected["channels_mean_std"].values(), strict=True):
        assert (column.mean(), column.std()) == (pytest.approx(mean, abs=2e-5), pytest.approx(std, abs=2e-5))


def test_a_hole_of_nine_minutes_and_coarse_stamps(shared_data: Path) -> None:
    recording = read(shared_data / "device_files/garmin_csv/acc.csv")
    (stream,) = recording.streams
    assert max(g.duration for g in stream.gaps) == pytest.approx(550.6 * US, rel=2e-3)
    assert len(stream.segments) <= 4


def test_every_file_either_reads_or_is_refused_in_one_sentence(shared_data: Path) -> None:
    refused = {}
    for path in sorted((shared_data / "device_files").rglob("*")):
        if path.is_dir():
            continue
        try:
            recording = read(path)
        except RecordingError as error:
            refused[path.name] = str(error)
        else:
            assert sniff(path) in FORMATS
            assert recording.streams
    assert not any("\n" in sentence for sentence in refused.values())
    for name in ("LF3_20241209_1137.csv", "Linear Accelerometer.csv"):
        assert "gravity taken out" in refused[name]
    assert "annotations but no signals" in refused["test_edfann.edf"]
    assert "single column" in refused["BVP.csv"]
