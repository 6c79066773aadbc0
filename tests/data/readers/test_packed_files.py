"""Archives: the recording in them reads as it does alone, and none leads out of its folder or fills the disk."""

from __future__ import annotations

import gc
import gzip
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import _packed, read, sniff
from data.recording import CHANNELS, Recording

EXAMPLES = (
    "axivity/ax6_sample.cwa", "actigraph/ISM_Enabled.gt3x", "empatica_e4/long/ACC.csv", "faros_edf/testfile_read.EDF",
    "parquet/example_data_2min.parquet", "geneactiv/gnactv_sample.bin",
)  # fmt: skip


def _all(recording: Recording, stream: int = 0) -> np.ndarray:
    return np.concatenate([s.samples[0 : s.n_samples] for s in recording.streams[stream].segments])


def _zip(path: Path, files: Mapping[str, Path | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else content.read_bytes())
    return path


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_packed_file_reads_as_it_does_alone(shared_data: Path, tmp_path: Path, name: str) -> None:
    source = shared_data / "device_files" / name
    alone = read(source)
    zipped = _zip(tmp_path / "one.zip", {f"folder/{source.name}": source, "__MACOSX/._x": b"junk", ".DS_Store": b"x"})
    packed = tmp_path / f"{source.name}.gz"
    with source.open("rb") as plain, gzip.open(packed, "wb") as target:
        shutil.copyfileobj(plain, target)
    for path, kind in ((zipped, "zip"), (packed, "gzip")):
        recording = read(path)
        assert (sniff(path), recording.source.name, recording.source.size) == (kind, path.name, path.stat().st_size)
        assert recording.interval == alone.interval
        assert recording.assumptions[1:] == alone.assumptions
        np.testing.assert_array_equal(_all(recording), _all(alone))


def test_unpacked_files_stay_while_the_samples_do_and_go_with_them(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    path = _zip(tmp_path / "one.zip", {"a.edf": shared_data / "device_files/faros_edf/testfile_read.EDF"})
    recording = read(path)
    assert len(list(place.iterdir())) == 1
    assert _all(recording).shape == (1950, 3)
    del recording
    gc.collect()
    assert list(place.iterdir()) == []


def test_files_that_belong_together_are_one_recording(shared_data: Path, tmp_path: Path) -> None:
    for folder, name in (("tsdf_verily", "imu_meta.json"), ("wfdb", "faros_from_edf.hea")):
        source = shared_data / "device_files" / folder
        files = {p.name: p for p in source.iterdir() if p.name.startswith(name[:4])}
        np.testing.assert_array_equal(_all(read(_zip(tmp_path / "all.zip", files))), _all(read(source / name)))


def test_an_e4_session_reads_as_its_acceleration(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "device_files/empatica_e4/long"
    recording = read(_zip(tmp_path / "session.zip", {p.name: p for p in folder.iterdir()}))
    assert recording.device == "Empatica E4"
    np.testing.assert_array_equal(_all(recording), _all(read(folder / "ACC.csv")))


def test_sensor_logger_takes_the_acceleration_with_gravity_and_the_zone_of_its_metadata(
    shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "device_files/sensor_logger_android/2023-11-24_07-25-54.zip"
    recording = read(path)
    assert (recording.zone, recording.device) == ("Africa/Nairobi", "Android phone")
    values = _all(recording)
    with zipfile.ZipFile(path) as archive:
        rows = archive.read("TotalAcceleration.csv").decode().splitlines()[1:]
    wanted = np.array([[float(c) for c in row.split(",")[:1:-1]] for row in rows])
    np.testing.assert_allclose(values, wanted / 9.80665, atol=1e-6)
    bare = tmp_path / "Accelerometer.csv"
    with zipfile.ZipFile(path) as archive:
        bare.write_bytes(archive.read("Accelerometer.csv"))
    with pytest.raises(RecordingError, match="gravity taken out"):
        read(bare)


def test_a_gyroscope_beside_the_acceleration_is_laid_onto_its_times(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "device_files/sensor_logger_android/2023-11-24_07-25-54.zip"
    with zipfile.ZipFile(path) as archive:
        files = {n: archive.read(n) for n in ("TotalAcceleration.csv", "Metadata.csv")}
        turned = archive.read("Accelerometer.csv")
    alone = _all(read(_zip(tmp_path / "acc.zip", files)))
    recording = read(_zip(tmp_path / "both.zip", {**files, "Gyroscope.csv": turned}))
    (stream,) = recording.streams
    assert (stream.name, stream.channels) == ("unknown", CHANNELS)
    np.testing.assert_array_equal(_all(recording)[:, :3], alone)
    first = np.array([float(c) for c in turned.decode().splitlines()[1].split(",")[:1:-1]])
    assert np.abs(_all(recording)[:, 3:]).max() > np.degrees(np.abs(first)).max() / 2
    assert any("Gyroscope.csv in the archive is of the same time" in a for a in recording.assumptions)
    assert any("is laid onto the times of the acceleration" in a for a in recording.assumptions)


def test_a_gyroscope_of_a_part_of_the_time_is_a_stream_of_its_own(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "device_files/sensor_logger_android/2023-11-24_07-25-54.zip"
    with zipfile.ZipFile(path) as archive:
        files = {n: archive.read(n) for n in ("TotalAcceleration.csv", "Metadata.csv")}
        files["Gyroscope.csv"] = b"\n".join(archive.read("Accelerometer.csv").splitlines()[:500])
    recording = read(_zip(tmp_path / "both.zip", files))
    assert [(s.name, s.channels[0]) for s in recording.streams] == [("unknown", "acc_x"), ("gyroscope", "gyro_x")]


def test_several_recordings_are_not_chosen_among(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "device_files/axivity"
    path = _zip(tmp_path / "two.zip", {n: folder / n for n in ("ax3_sample.cwa", "ax6_sample.cwa")})
    with pytest.raises(RecordingError, match=r"2 recordings \(ax3_sample\.cwa, ax6_sample\.cwa\): .*one by one"):
        read(path)


def test_an_archive_without_a_recording_says_why(shared_data: Path, tmp_path: Path) -> None:
    files = shared_data / "device_files"
    dot = files / "movella_dot/LF3_20241209_1137.csv"
    with pytest.raises(RecordingError, match="gravity taken out") as caught:
        read(_zip(tmp_path / "dot.zip", {"dot.csv": dot}))
    assert caught.value.source == "dot.zip, dot.csv"
    with pytest.raises(RecordingError, match=r"none of its 2 files .*dot\.csv: .*gravity taken out"):
        read(_zip(tmp_path / "more.zip", {"a.txt": b"a letter", "dot.csv": dot}))
    with pytest.raises(RecordingError, match="without files"):
        read(_zip(tmp_path / "none.zip", {".hidden": b""}))
    inner = _zip(tmp_path / "inner.zip", {"dot.csv": dot})
    with pytest.raises(RecordingError, match="archive within an archive"):
        read(_zip(tmp_path / "outer.zip", {"inner.zip": inner}))


@pytest.mark.parametrize("name", ["../out.csv", "/tmp/out.csv", "a/../../out.csv", "..\\out.csv", "C:\\out.csv"])
def test_no_name_leads_out_of_the_folder(shared_data: Path, tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / "evil.zip", {name: shared_data / "device_files/empatica_e4/long/ACC.csv"})
    with pytest.raises(RecordingError, match="leads out of its folder"):
        read(path)
    assert [p.name for p in tmp_path.iterdir()] == ["evil.zip"]


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("data.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(RecordingError, match="leads out"):
        read(path)


def test_what_would_fill_the_disk_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_packed, "DENSE", 1_000_000)
    zeros = bytes(20_000_000)
    bomb = _zip(tmp_path / "bomb.zip", {"a.csv": zeros})
    packed = tmp_path / "bomb.csv.gz"
    packed.write_bytes(gzip.compress(zeros))
    liar = tmp_path / "liar.zip"
    # The size in the directory is made small: what comes out counts, not what is promised.
    liar.write_bytes(bomb.read_bytes().replace((20_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    for path in (bomb, packed, liar):
        with pytest.raises(RecordingError, match=r"would unpack to more|cut off or damaged"):
            read(path)
    monkeypatch.setattr(_packed, "MOST", 3)
    with pytest.raises(RecordingError, match="it holds 4 files"):
        read(_zip(tmp_path / "many.zip", {f"{i}.csv": b"" for i in range(4)}))


def test_two_files_of_one_name_and_a_cut_archive_are_refused(shared_data: Path, tmp_path: Path) -> None:
    twice = _zip(tmp_path / "twice.zip", {"a.csv": b"1", "b.csv": b"2"})
    twice.write_bytes(twice.read_bytes().replace(b"b.csv", b"A.csv"))
    with pytest.raises(RecordingError, match="same name"):
        read(twice)
    whole = _zip(tmp_path / "whole.zip", {"a.csv": shared_data / "device_files/empatica_e4/long/ACC.csv"})
    packed = gzip.compress(b"time,acc_x,acc_y,acc_z\n" * 1000)
    for name, content in (("cut.zip", whole.read_bytes()[:-100]), ("cut.csv.gz", packed[:-9]), ("x.gz", b"\x1f\x8bxx")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RecordingError, match="cut off or damaged"):
            read(tmp_path / name)
