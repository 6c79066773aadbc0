"""Mobilise-D ``.mat``: trials as segments, and MATLAB's own structures."""

from __future__ import annotations

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
