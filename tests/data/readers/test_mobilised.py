"""Mobilise-D ``.mat``: trials as segments, and MATLAB's own structures."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from data.errors import RecordingError
from data.readers import _mat5, read
from data.recording import Placement
from tests.data.readers.conftest import Moving
from tests.data.readers.expected import check_values, figures, instant, samples_of


@pytest.mark.parametrize("folder", ["HA001", "missing_sensor"])
def test_each_trial_is_a_segment_and_marked(device_files: Path, folder: str) -> None:
    name = f"mobilised_mat/{folder}/data.mat"
    recording = read(device_files / name)
    trials = {k: v for k, v in figures(device_files)[name]["trials"].items() if isinstance(v, dict)}
    (stream,) = recording.streams
    assert (stream.placement, recording.zone) == (Placement.LOWER_BACK, "Europe/Berlin")
    assert [s.n_samples for s in stream.segments] == [t["samples"] for t in trials.values()]
    for segment, trial in zip(stream.segments, trials.values(), strict=True):
        assert abs(segment.start_us - instant(trial["first_utc"])) < 1000
        values, wanted = segment.samples[0 : segment.n_samples], list(trial["channels_mean_std"].values())
        check_values(values, wanted, [1.0] * 6, loosely=False)
    assert [a.label for a in recording.annotations] == [k.replace("/", " ") for k in trials]
    is_told = any("Test11 Trial1 holds no sensor" in a for a in recording.assumptions)
    assert is_told == (folder == "missing_sensor")


def _as_scipy_has_it(value: Any) -> Any:
    """A structure as SciPy returns it, in dictionaries and lists."""
    if hasattr(value, "_fieldnames"):
        return {n: _as_scipy_has_it(getattr(value, n)) for n in value._fieldnames}
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [_as_scipy_has_it(v) for v in value.ravel(order="F")]
    return value


def _check_same(own: Any, other: Any) -> None:
    if isinstance(own, list) and not own:
        # A structure without one element: SciPy gives its names, with nothing in them.
        assert not any(np.size(v) for v in (other.values() if isinstance(other, dict) else other))
    elif isinstance(other, dict):
        assert isinstance(own, dict)
        assert own.keys() == other.keys()
        for key, value in other.items():
            _check_same(own[key], value)
    elif isinstance(other, list):
        # SciPy gives a string in a list of one; here it is the string.
        for a, b in zip(own if isinstance(own, list) else [own], other, strict=True):
            _check_same(a, b)
    elif isinstance(other, str):
        assert own == other
    else:
        np.testing.assert_array_equal(np.ravel(own), np.ravel(other))


@pytest.mark.parametrize("name", ["missing_sensor/data.mat", "HA001/infoForAlgo.mat"])
def test_matlab_values_are_those_that_scipy_reads(device_files: Path, name: str) -> None:
    path = device_files / "mobilised_mat" / name
    other = scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False)
    own = _mat5.loaded(path.read_bytes())
    for key in own:
        _check_same(own[key], _as_scipy_has_it(other[key]))
    assert set(own) == {k for k in other if not k.startswith("__")}


def test_matlab_files_without_recordings_are_refused(device_files: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="without Mobilise-D's structure"):
        read(device_files / "mobilised_mat/HA001/infoForAlgo.mat")
    path = tmp_path / "new.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file" + bytes(600))
    with pytest.raises(RecordingError, match="-v7"):
        read(path)


def test_a_recording_at_home_has_no_trials(tmp_path: Path, moving: Moving) -> None:
    path = tmp_path / "data.mat"
    stamps = 1_709_631_000 + np.arange(len(moving.acc)) / 100
    sensor = {"Acc": moving.acc, "Gyr": moving.gyro, "Timestamp": stamps[:, None], "Fs": {"Acc": 100.0, "Gyr": 100.0}}
    home = {"TimeZone": "Europe/Berlin", "SU": {"LowerBack": sensor}, "SU_INDIP": {"LeftFoot": sensor}}
    scipy.io.savemat(path, {"data": {"TimeMeasure1": {"Recording4": home}}})
    recording = read(path)
    assert [s.name for s in recording.streams] == ["lower-back"]
    assert [a.label for a in recording.annotations] == ["Recording4"]
    np.testing.assert_allclose(samples_of(recording), moving.six, atol=1e-4)


def _made(path: Path, trials: dict[str, dict[str, Any]], zone: str = "Europe/Berlin") -> Path:
    test = {name: {"SU": {"LowerBack": sensor}, "TimeZone": zone} for name, sensor in trials.items()}
    scipy.io.savemat(path, {"data": {"TimeMeasure1": {"Test1": test}}})
    return path


def _sensor(moving: Moving, first_s: float, every: int = 1) -> dict[str, Any]:
    stamps = 1_709_631_000 + first_s + np.arange(0, len(moving.acc), every) / 100
    return {"Acc": moving.acc[::every], "Gyr": moving.gyro[::every], "Timestamp": stamps, "Fs": {"Acc": 100.0 / every}}


def test_trials_of_different_rates_are_refused(tmp_path: Path, moving: Moving) -> None:
    path = _made(tmp_path / "data.mat", {"Trial1": _sensor(moving, 0), "Trial2": _sensor(moving, 100, every=2)})
    with pytest.raises(RecordingError, match="LowerBack: its trials have 50 and 100 samples a second"):
        read(path)


def test_times_of_single_precision_tell_no_rate_and_are_refused(tmp_path: Path, moving: Moving) -> None:
    sensor = _sensor(moving, 30)
    sensor["Timestamp"] = sensor["Timestamp"].astype(np.float32)
    with pytest.raises(RecordingError, match="too coarse to tell a rate: 2000 samples share 2 of them"):
        read(_made(tmp_path / "data.mat", {"Trial1": sensor}))


def test_a_zone_that_nobody_knows_is_said_and_refuses_no_file_with_certain_times(
    tmp_path: Path, moving: Moving
) -> None:
    known = read(_made(tmp_path / "a.mat", {"Trial1": _sensor(moving, 0)}))
    path = _made(tmp_path / "b.mat", {"Trial1": _sensor(moving, 0)}, zone="UTC+1")
    recording = read(path)
    assert (recording.zone, recording.interval) == ("UTC", known.interval)
    assert any("The zone that the file names, 'UTC+1', is not known" in a for a in recording.assumptions)
    assert read(path, zone="Europe/Paris").zone == "Europe/Paris"


def test_a_matlab_table_is_told_as_one(tmp_path: Path) -> None:
    def element(kind: int, content: bytes) -> bytes:
        return struct.pack("<2I", kind, len(content)) + content.ljust(-(-len(content) // 8) * 8, b"\0")

    flags = element(6, struct.pack("<2I", 17, 0))
    matrix = element(14, flags + element(1, b"recording") + element(1, b"MCOS") + element(1, b"table"))
    path = tmp_path / "table.mat"
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + matrix)
    with pytest.raises(RecordingError, match="'recording' is a table or another object") as caught:
        read(path)
    assert "writetable" in caught.value.hint
