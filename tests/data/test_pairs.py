"""A user's sensor and skeleton files: matched by name, laid over one another by their movement, or left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.clock_offset import LEAST_CERTAINTY, certainty, correlations
from data.errors import RecordingError
from data.pairs import find_pairs, key_of
from data.skeletons import read_skeleton

SECONDS = 40


def scene(seed: int, seconds: int = SECONDS) -> tuple[np.ndarray, np.ndarray]:
    """Position of a hand over time at 1000 Hz, m: bursts of swinging with rests, and their times, s."""
    draw = np.random.default_rng(seed)
    t = np.arange(seconds * 1000) / 1000
    strength = np.interp(t, np.arange(0, seconds + 1, 1.0), draw.uniform(0, 1, seconds + 1) ** 3)
    return t, np.stack(
        [0.3 * strength * np.sin(2 * np.pi * f * t + draw.uniform(0, 6)) for f in (0.9, 1.1, 1.4)], axis=1
    )


def write_imu(path: Path, t: np.ndarray, hand: np.ndarray) -> None:
    acc = np.gradient(np.gradient(hand, t, axis=0), t, axis=0) / 9.80665
    at = slice(None, None, 20)  # 50 Hz
    rows = [f"{a:.3f},{x:.5f},{y:.5f},{z + 1:.5f}" for a, (x, y, z) in zip(t[at], acc[at], strict=True)]
    path.write_text("time_s,acc_x_g,acc_y_g,acc_z_g\n" + "\n".join(rows) + "\n")


def joints_of(t: np.ndarray, hand: np.ndarray, start_s: float, rate_hz: float) -> np.ndarray:
    """Five joints of which two follow the hand, from ``start_s`` on, for 30 s."""
    at = start_s + np.arange(int(30 * rate_hz)) / rate_hz
    moving = np.stack([np.interp(at, t, hand[:, i]) for i in range(3)], axis=1)
    noise = np.random.default_rng(1).normal(0, 0.0005, (len(at), 5, 3))
    return np.stack([moving * share for share in (1.0, 0.6, 0.0, 0.0, 0.0)], axis=1) + noise


@pytest.mark.parametrize("start_s", [0.0, 1.7, 8.4])
@pytest.mark.parametrize("kind", ["npz", "mat", "csv"])
def test_the_offset_of_the_clocks_is_found_from_the_movement(tmp_path: Path, start_s: float, kind: str) -> None:
    t, hand = scene(3)
    write_imu(tmp_path / "walk01_imu.csv", t, hand)
    joints = joints_of(t, hand, start_s, 25.0)
    if kind == "npz":
        np.savez(tmp_path / "walk01.npz", joints=joints, rate_hz=25.0)
    elif kind == "mat":
        from scipy.io import savemat

        savemat(tmp_path / "walk01_skeleton.mat", {"d_skel": joints.transpose(1, 2, 0), "fps": 25.0})
    else:
        titles = ["time_s", *(f"j{j}_{a}" for j in range(5) for a in "xyz")]
        rows = np.column_stack([np.arange(len(joints)) / 25.0, joints.reshape(len(joints), -1)])
        np.savetxt(tmp_path / "walk01_skeleton.csv", rows, delimiter=",", header=",".join(titles), comments="")
    (pair,), left_out = find_pairs(tmp_path)
    assert not left_out
    assert pair.name == "walk01"
    assert pair.offset_s == pytest.approx(start_s, abs=0.11)
    assert pair.agreement > 0.6
    assert pair.seen.rate_hz == pytest.approx(25.0)
    assert pair.seen.joints.shape == (750, 5, 3)


def write_dated(path: Path, t: np.ndarray, hand: np.ndarray, start: str) -> None:
    """As :func:`write_imu`, with time stamps of an absolute clock."""
    write_imu(path, t, hand)
    head, *rows = path.read_text().splitlines()
    origin = np.datetime64(start, "ms")
    stamps = [f"{origin + np.timedelta64(round(float(r.split(',')[0]) * 1000), 'ms')}Z" for r in rows]
    path.write_text(
        "\n".join(
            [head.replace("time_s", "time"), *(f"{s},{r.split(',', 1)[1]}" for s, r in zip(stamps, rows, strict=True))]
        )
    )


def test_files_without_a_common_name_are_matched_by_their_clocks(tmp_path: Path) -> None:
    scenes = {name: scene(seed, SECONDS + 60) for name, seed in (("one", 3), ("two", 4))}
    for name, hour in (("one", "08"), ("two", "09")):
        write_dated(tmp_path / f"{name}.csv", *scenes[name], f"2026-03-02T{hour}:00:00")
    # The skeleton begins 65 s into the recording, further than is searched without a clock; its own is 3 s ahead.
    np.savez(
        tmp_path / "kinect.npz",
        joints=joints_of(*scenes["two"], 65.0, 25.0),
        rate_hz=25.0,
        start_utc_s=np.datetime64("2026-03-02T09:01:08").astype(int),
    )
    (pair,), left_out = find_pairs(tmp_path)
    assert (pair.name, pair.by) == ("two", "clock")
    assert pair.offset_s == pytest.approx(65.0, abs=0.11)
    assert [one.name for one in left_out] == ["one.csv"]
    assert "none was made at its time" in left_out[0].reason


def test_two_cameras_at_one_time_are_not_guessed_between(tmp_path: Path) -> None:
    t, hand = scene(3)
    write_dated(tmp_path / "one.csv", t, hand, "2026-03-02T08:00:00")
    start = np.datetime64("2026-03-02T08:00:00").astype(int)
    for name in ("left", "right"):
        np.savez(tmp_path / f"{name}.npz", joints=joints_of(t, hand, 0, 25.0), rate_hz=25.0, start_utc_s=start)
    pairs, left_out = find_pairs(tmp_path)
    assert not pairs
    assert len(left_out) == 3
    assert any("several files were made at its time (left.npz, right.npz)" in one.reason for one in left_out)


def test_files_in_a_persons_folder_are_matched_there(tmp_path: Path) -> None:
    for person, seed in (("P01", 3), ("P02", 4)):
        (tmp_path / "lab" / person).mkdir(parents=True)
        write_imu(tmp_path / "lab" / person / "walk_imu.csv", *scene(seed))
        np.savez(tmp_path / "lab" / person / "walk.npz", joints=joints_of(*scene(seed), 1.7, 25.0), rate_hz=25.0)
    write_imu(tmp_path / "lab" / "P02" / "alone.csv", *scene(5))
    pairs, (alone,) = find_pairs(tmp_path / "lab")
    assert [(p.person, p.name) for p in pairs] == [("P01", "walk"), ("P02", "walk")]
    assert alone.name == "P02/alone.csv"


def test_folders_of_one_kind_of_file_each_are_one_persons(tmp_path: Path) -> None:
    for kind in ("imu", "seen"):
        (tmp_path / "P07" / kind).mkdir(parents=True)
    write_imu(tmp_path / "P07" / "imu" / "walk.csv", *scene(3))
    np.savez(tmp_path / "P07" / "seen" / "walk.npz", joints=joints_of(*scene(3), 1.7, 25.0), rate_hz=25.0)
    (pair,), left_out = find_pairs(tmp_path / "P07")
    assert (pair.person, pair.name) == ("P07", "walk")
    assert not left_out


def test_a_gap_of_the_sensor_says_nothing_about_how_strong_the_movement_was(tmp_path: Path) -> None:
    t, hand = scene(3)
    write_imu(tmp_path / "walk.csv", t, hand)
    head, *rows = (tmp_path / "walk.csv").read_text().splitlines()
    kept = [r for r in rows if not 14 <= float(r.split(",")[0]) < 16]
    (tmp_path / "walk.csv").write_text("\n".join([head, *kept]) + "\n")
    np.savez(tmp_path / "walk.npz", joints=joints_of(t, hand, 1.7, 25.0), rate_hz=25.0)
    (pair,), left_out = find_pairs(tmp_path)
    assert not left_out
    assert pair.offset_s == pytest.approx(1.7, abs=0.11)


def test_a_skeleton_tells_the_names_of_its_joints_where_the_file_has_them(tmp_path: Path) -> None:
    joints = np.zeros((100, 2, 3))
    np.savez(tmp_path / "a.npz", joints=joints, rate_hz=25.0)
    assert read_skeleton(tmp_path / "a.npz").names == ()
    np.savez(tmp_path / "a.npz", joints=joints, rate_hz=25.0, joint_names=np.array(["hips", "head"]))
    assert read_skeleton(tmp_path / "a.npz").names == ("hips", "head")
    np.savez(tmp_path / "a.npz", joints=joints, rate_hz=25.0, joint_names=np.array(["hips"]))
    with pytest.raises(RecordingError, match="it names 1 joints and has 2"):
        read_skeleton(tmp_path / "a.npz")
    from scipy.io import savemat

    cell = np.array(["hips", "head"], dtype=object)
    savemat(tmp_path / "a.mat", {"joints": joints, "fps": 25.0, "joint_names": cell})
    assert read_skeleton(tmp_path / "a.mat").names == ("hips", "head")


def test_files_of_another_scene_are_left_out_with_the_reason(tmp_path: Path) -> None:
    t, hand = scene(3)
    write_imu(tmp_path / "a.csv", t, hand)
    np.savez(tmp_path / "a.npz", joints=joints_of(*scene(99), 0.0, 25.0), rate_hz=25.0)
    pairs, (one,) = find_pairs(tmp_path)
    assert not pairs
    assert one.name == "a.csv and a.npz"
    assert "agree" in one.reason or "repeats" in one.reason


def test_two_scenes_with_one_name_are_hardly_ever_a_pair() -> None:
    # More than half of such pairs had a lag at which they agreed by chance, with correlations up to .7 over 15 s.
    draw = np.random.default_rng(1)
    taken = 0
    for _ in range(20):
        # Strengths that change from second to second, as smoothed ones do.
        mine, other = (
            np.convolve(np.repeat(draw.normal(size=seconds), 20), np.ones(20) / 20, mode="same") for seconds in (40, 30)
        )
        same = mine[60:660] + 0.4 * draw.normal(size=600)
        two, one = (certainty(*correlations(mine, theirs)[1:]).max() for theirs in (other, same))
        assert one > LEAST_CERTAINTY
        taken += two > LEAST_CERTAINTY
    assert taken <= 2


def test_movement_that_repeats_itself_fits_everywhere_and_is_refused(tmp_path: Path) -> None:
    t = np.arange(SECONDS * 1000) / 1000
    strength = 0.5 + 0.5 * np.sin(2 * np.pi * t / 4)  # the same again every 4 s
    hand = 0.3 * strength[:, None] * np.sin(2 * np.pi * np.array([1.0, 1.25, 1.5]) * t[:, None])
    write_imu(tmp_path / "a.csv", t, hand)
    np.savez(tmp_path / "a.npz", joints=joints_of(t, hand, 2.0, 25.0), rate_hz=25.0)
    _, (one,) = find_pairs(tmp_path)
    assert "repeats itself" in one.reason


def test_lonely_double_and_broken_files_are_listed(tmp_path: Path) -> None:
    t, hand = scene(3)
    write_imu(tmp_path / "alone.csv", t, hand)
    np.savez(tmp_path / "lost.npz", joints=np.zeros((100, 5, 3)), rate_hz=25.0)
    write_imu(tmp_path / "two_imu.csv", t, hand)
    write_imu(tmp_path / "two.csv", t, hand)
    np.savez(tmp_path / "two.npz", joints=joints_of(t, hand, 0, 25.0), rate_hz=25.0)
    write_imu(tmp_path / "bad.csv", t, hand)
    (tmp_path / "bad.npz").write_bytes(b"no arrays")
    pairs, left_out = find_pairs(tmp_path)
    assert not pairs
    reasons = {one.name: one.reason for one in left_out}
    assert "no skeleton or film has its name" in reasons["alone.csv"]
    assert "no recording has its name" in reasons["lost.npz"]
    assert "several files" in reasons["two.csv"]
    assert "no skeleton that can be read" in reasons["bad.csv and bad.npz"]


@pytest.mark.parametrize("kind", ["npz", "mat", "csv"])
def test_a_skeleton_that_was_cut_off_anywhere_is_read_or_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    joints = np.random.default_rng(1).normal(size=(100, 5, 3))
    path = tmp_path / f"a.{kind}"
    if kind == "npz":
        np.savez_compressed(path, joints=joints, rate_hz=25.0)
    elif kind == "mat":
        from scipy.io import savemat

        savemat(path, {"joints": joints, "fps": 25.0}, do_compression=True)
    else:
        titles = ["time_s", *(f"j{j}_{a}" for j in range(5) for a in "xyz")]
        rows = np.column_stack([np.arange(100) / 25.0, joints.reshape(100, -1)])
        np.savetxt(path, rows, delimiter=",", header=",".join(titles), comments="")
    content, refused = path.read_bytes(), 0
    for length in range(0, len(content), max(1, len(content) // 60)):
        path.write_bytes(content[:length])
        try:
            read_skeleton(path)
        except RecordingError:
            refused += 1
    assert refused >= 40


def test_a_matlab_file_of_the_newest_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.mat").write_bytes(b"MATLAB 7.3 MAT-file".ljust(512, b" "))
    with pytest.raises(RecordingError, match="save it with the option -v7"):
        read_skeleton(tmp_path / "a.mat")


def test_a_skeleton_that_does_not_say_its_rate_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", joints=np.zeros((100, 5, 3)))
    with pytest.raises(RecordingError, match="frames a second"):
        read_skeleton(tmp_path / "a.npz")


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", joints=np.array([{"a": 1}], dtype=object), rate_hz=25.0)
    with pytest.raises(RecordingError, match="no skeleton that can be read"):
        read_skeleton(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("P01_walk_IMU.csv", "p01_walk"),
        ("P01_walk_skeleton.npz", "p01_walk"),
        ("imu-03.edf", "03"),
        ("cameron.csv", "cameron"),
    ],
)
def test_a_name_without_the_kind_of_file(name: str, key: str) -> None:
    assert key_of(Path(name)) == key


def test_utd_clips_of_one_person_are_matched_by_name(shared_data: Path, tmp_path: Path) -> None:
    for name in ("a1_s1_t1", "a24_s2_t1"):
        for kind in ("inertial", "skeleton"):
            (tmp_path / f"{name}_{kind}.mat").symlink_to(shared_data / f"utd-mhad/original/{name}_{kind}.mat")
    assert len({key_of(p) for p in tmp_path.iterdir()}) == 2
