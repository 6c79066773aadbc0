"""A folder that is the export of one recording is read as that recording."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import read
from tests.data.readers.expected import samples_of


@pytest.mark.parametrize(
    ("folder", "main"), [("empatica_e4/long", "ACC.csv"), ("tsdf_verily", "imu_meta.json"), ("apdm_opal", "")]
)
def test_a_folder_is_the_recording_in_it(device_files: Path, folder: str, main: str) -> None:
    place = device_files / folder
    recording = read(place)
    alone = read(place / main if main else next(place.iterdir()))
    assert recording.source.sha256 == alone.source.sha256
    np.testing.assert_array_equal(samples_of(recording), samples_of(alone))
    assert "in the folder." in recording.assumptions[0]


def test_a_folder_that_lacks_another_sensor_is_still_the_recording(device_files: Path, tmp_path: Path) -> None:
    for name in ("ACC.csv", "EDA.csv"):
        shutil.copyfile(device_files / "empatica_e4/long" / name, tmp_path / name)
    assert read(tmp_path).device == "Empatica E4"


def test_a_folder_of_several_recordings_of_none_or_of_many_files_is_refused(device_files: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"2 recordings \(long/ACC.csv, short_with_tags/ACC.csv\)"):
        read(device_files / "empatica_e4")
    with pytest.raises(RecordingError, match="a folder without files"):
        read(tmp_path)
    (tmp_path / "tags.csv").write_text("1560279825.0\n1560279826.0\n")
    with pytest.raises(RecordingError, match="single column of numbers"):
        read(tmp_path)
    for i in range(60):
        (tmp_path / f"{i}.csv").touch()
    with pytest.raises(RecordingError, match="more than 50 files"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7-Zip archive"),
        (bytes(257) + b"ustar" + bytes(300), "tar archive"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "save the sheet"),
    ],
)
def test_what_is_no_recording_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=said):
        read(path)
