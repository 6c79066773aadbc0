"""Files of real devices and data sets, as their makers give them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from data.readers import FORMATS, read, sniff
from data.readers.edf_writer import write_edf
from data.recording import Clock, Placement, Recording, Side
from data.units import STANDARD_GRAVITY
from tests.data.readers.expected import figures

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


def test_a_hole_of_nine_minutes_and_coarse_stamps(shared_data: Path) -> None:
    recording = read(shared_data / "device_files/garmin_csv/acc.csv")
    (stream,) = recording.streams
    assert max(g.duration for g in stream.gaps) == pytest.approx(550.6 * US, rel=2e-3)
    assert len(stream.segments) <= 4


def test_files_that_lie_beside_a_recording_read_or_are_refused_in_one_sentence(device_files: Path) -> None:
    known = figures(device_files)
    for path in sorted(device_files.rglob("*")):
        if path.is_dir() or path.relative_to(device_files).as_posix() in known:
            continue
        try:
            recording = read(path)
        except RecordingError as error:
            assert len(str(error).splitlines()) == 1  # noqa: PT017  many of them
        else:
            assert sniff(path) in FORMATS
            assert recording.streams
