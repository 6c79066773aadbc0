"""Whole sets as their publishers give them out, with everything that lies beside what is wanted, are read."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from data.datasets import motionsense, tdcsfog, umafall, utd_mhad, weda_fall
from data.errors import RecordingError


def write_weda(folder: Path, rate_hz: int, name: str = "U13_R01") -> None:
    """Acceleration, rotation and what the publisher adds, two seconds of one activity."""
    folder.mkdir(parents=True)
    at = np.arange(2 * rate_hz) / rate_hz
    for kind, value in (("accel", 9.8), ("gyro", 0.1), ("orientation", 0.5), ("vertical_accel", 9.8)):
        rows = np.column_stack([at, np.zeros(len(at)), np.zeros(len(at)), np.full(len(at), value)])
        titles = ",".join(f"{kind}_{c}_list" for c in ("time", "x", "y", "z"))
        np.savetxt(folder / f"{name}_{kind}.csv", rows, "%.3f", ",", header=titles, comments="")


def test_weda_is_read_at_its_own_rate_and_not_from_the_slower_copies_beside_it(tmp_path: Path) -> None:
    for rate_hz in (5, 10, 25, 40, 50):
        write_weda(tmp_path / f"weda-fall/original/dataset/{rate_hz}Hz/D01", rate_hz)
    ((person, found),) = weda_fall.load(tmp_path)
    assert (person, found.source.name) == ("13", "weda-fall/D01/U13_R1")
    assert found.streams[0].segments[0].n_samples == pytest.approx(99, abs=1)


def test_people_whom_only_the_publishers_own_table_knows_are_read_beside_the_packs(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "tdcsfog"
    (folder / "signals").mkdir(parents=True)
    packed = min((shared_data / "tdcsfog" / "signals").glob("*.parquet"))
    (folder / "signals" / packed.name).symlink_to(packed)
    shutil.copytree(shared_data / "tdcsfog" / "metadata", folder / "metadata")
    signals = folder / "original" / "train" / "tdcsfog"
    signals.mkdir(parents=True)
    shutil.copy(shared_data / "tdcsfog" / "original" / "c784d2f5d6.csv", signals / "0123456789.csv")
    table = folder / "original" / "tdcsfog_metadata.csv"
    known = (shared_data / "tdcsfog" / "metadata" / "tdcsfog_metadata.csv").read_text("utf-8")
    table.write_text(known.rstrip("\n") + "\n0123456789,ffffff,1,1,on\n", "utf-8")
    found = {person for person, _ in tdcsfog.load(tmp_path)}
    assert found == {packed.stem, "ffffff"}

    # An older issue of the table has other codes for the same people: one person would stand as two.
    table.write_text(known.replace(packed.stem, "eeeeee"), "utf-8")
    with pytest.raises(RecordingError, match="other codes"):
        list(tdcsfog.load(tmp_path))


def test_umafall_leaves_out_the_person_whose_numbers_are_spoiled(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "umafall" / "original"
    folder.mkdir(parents=True)
    good = next((shared_data / "umafall" / "original").glob("UMAFall_Subject_03_*.csv"))
    shutil.copy(good, folder)
    spoiled = "164;1;-53.534.281;-88.638.049;-16.089.798;0;0\n"
    (folder / "UMAFall_Subject_13_ADL_Walking_1_2017-04-14_23-44-16.csv").write_text("% ID\n" + spoiled * 3)
    assert [person for person, _ in umafall.load(tmp_path)] == ["3"]


def test_motionsense_reads_no_file_of_the_sensors_apart(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "motionsense" / "original"
    shutil.copytree(shared_data / "motionsense" / "original", folder)
    for apart in ("B_Accelerometer_data", "C_Gyroscope_data"):
        (folder / apart / "dws_1").mkdir(parents=True)
        (folder / apart / "dws_1" / "sub_21.csv").write_text(",x,y,z\n0,0.1,0.2,0.3\n")
    assert {person for person, _ in motionsense.load(tmp_path)} == {"1"}


@pytest.fixture
def utd_original(shared_data: Path, tmp_path: Path) -> Path:
    """The publisher's folders with one clip in all of its forms."""
    for kind in ("Inertial", "Skeleton", "Depth"):
        (tmp_path / "utd-mhad" / "original" / kind).mkdir(parents=True)
        name = f"a1_s1_t1_{kind.lower()}.mat"
        shutil.copy(shared_data / "utd-mhad" / "original" / name, tmp_path / "utd-mhad" / "original" / kind / name)
    return tmp_path


def test_depth_as_published_becomes_what_the_pack_holds(shared_data: Path, utd_original: Path) -> None:
    (mine,) = utd_mhad.clips(utd_original)
    theirs = next(c for c in utd_mhad.clips(shared_data) if c.name == "a1_s1_t1")
    assert mine.depth is not None
    assert theirs.depth is not None
    assert mine.depth.shape == theirs.depth.shape
    assert mine.depth.dtype == np.uint8
    # The body fills about as much of the picture, at the same places, as near.
    here, there = mine.depth > 0, theirs.depth > 0
    assert (here & there).sum() / (here | there).sum() > 0.85
    both = here & there
    assert np.median(np.abs(mine.depth[both].astype(float) - theirs.depth[both])) < 12


def test_a_clip_without_its_depth_or_skeleton_has_none(utd_original: Path) -> None:
    folder = utd_original / "utd-mhad" / "original"
    (folder / "Depth" / "a1_s1_t1_depth.mat").unlink()
    (folder / "Skeleton" / "a1_s1_t1_skeleton.mat").unlink()
    (clip,) = utd_mhad.clips(utd_original)
    assert clip.depth is None
    assert clip.skeleton.shape == (0, 20, 3)
    assert len(list(utd_mhad.load(utd_original))) == 1
