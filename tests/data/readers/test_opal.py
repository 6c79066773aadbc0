"""APDM Opal ``.h5``: a stream a sensor, placed by its label; lost stretches are gaps."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from data.recording import Placement, Side
from data.units import STANDARD_GRAVITY
from tests.data.readers.conftest import Moving
from tests.data.readers.expected import US, figures, instant, samples_of


def test_opal_sensors_are_streams_of_their_own_placed_by_their_labels(device_files: Path) -> None:
    name = "apdm_opal/apdm_sample_lumbar_rightfoot.h5"
    path, expected = device_files / name, figures(device_files)[name]
    recording = read(path)
    assert recording.zone == "America/New_York"
    assert [(s.name, s.placement, s.side) for s in recording.streams] == [
        ("lower-back", Placement.LOWER_BACK, Side.MIDDLE),
        ("right-foot", Placement.FOOT, Side.RIGHT),
    ]
    assert [[s.n_samples for s in stream.segments] for stream in recording.streams] == [[expected["samples"]]] * 2
    assert abs(recording.interval.start - instant(expected["first_utc"])) < 8000
    assert read(path, zone="Europe/Berlin").zone == "Europe/Berlin"


def test_a_stretch_that_an_opal_lost_is_a_gap(device_files: Path, tmp_path: Path) -> None:
    path = tmp_path / "lost.h5"
    shutil.copy(device_files / "apdm_opal/apdm_sample_lumbar_rightfoot.h5", path)
    path.chmod(0o644)
    with h5py.File(path, "r+") as file:
        time = file["Sensors/XI-010284/Time"]
        time[20_000:] = time[20_000:] + 3 * US
    streams = read(path).streams
    assert [len(s.segments) for s in streams] == [2, 1]
    assert streams[0].gaps[0].duration == pytest.approx(3 * US, rel=0.01)


def test_another_hdf5_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(5)
    with pytest.raises(RecordingError, match="not one of an APDM Opal"):
        read(path)


@pytest.mark.parametrize("are_units_named", [True, False])
def test_an_older_opal_file_has_its_sensors_at_the_top(tmp_path: Path, moving: Moving, are_units_named: bool) -> None:
    path, n = tmp_path / "old.h5", len(moving.acc)
    with h5py.File(path, "w") as file:
        file.attrs["FileFormatVersion"] = 3
        file.attrs["CaseIdList"] = np.array([b"SI-000719", b"SI-000720"])
        file.attrs["MonitorLabelList"] = np.array([b"Lumbar", b"Left Shin"])
        for name in ("SI-000719", "SI-000720"):
            group = file.create_group(name)
            group.attrs["SampleRate"] = 100
            group["Time"] = 1_709_631_000 * US + np.arange(n, dtype=np.uint64) * 10_000
            acc = group.create_dataset("Calibrated/Accelerometers", data=moving.acc * STANDARD_GRAVITY)
            gyro = group.create_dataset("Calibrated/Gyroscopes", data=np.radians(moving.gyro))
            if are_units_named:
                acc.attrs["Units"], gyro.attrs["Units"] = b"m/s^2", b"rad/s"
    recording = read(path)
    assert [s.name for s in recording.streams] == ["lower-back", "left-ankle"]
    np.testing.assert_allclose(samples_of(recording, 1), moving.six, atol=1e-4)


def _copied(device_files: Path, tmp_path: Path) -> Path:
    path = tmp_path / "copied.h5"
    shutil.copy(device_files / "apdm_opal/apdm_sample_lumbar_rightfoot.h5", path)
    path.chmod(0o644)
    return path


def test_a_zone_in_words_is_said_and_the_times_stay_certain(device_files: Path, tmp_path: Path) -> None:
    path = _copied(device_files, tmp_path)
    true = read(path)
    with h5py.File(path, "r+") as file:
        for sensor in file["Sensors"].values():
            sensor["Configuration"].attrs["Timezone"] = b"(UTC-05:00) Eastern Time"
    recording = read(path)
    assert (recording.zone, recording.interval) == ("UTC", true.interval)
    assert any("'(UTC-05:00) Eastern Time', is not known" in a for a in recording.assumptions)


def test_sensors_of_another_maker_under_the_same_name_are_not_taken_for_an_opal(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    for made in (lambda f: f.create_dataset("Sensors", data=np.zeros((5, 3))), lambda f: f.create_group("Sensors/imu")):
        with h5py.File(path, "w") as file:
            made(file)
        with pytest.raises(RecordingError, match="not one of an APDM Opal"):
            read(path)
