"""O'Day's walks and the rest tremor's sessions as their publishers give them out: made files of exactly that layout."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from data.datasets import oday, rest_tremor
from data.datasets.registry import DATASETS, look
from data.errors import MotionwardError, RecordingError
from data.phenomena import FREEZING
from data.recording import Placement, Recording, Side

SITES_6 = ("chest", "lumbar", "ankle_l", "ankle_r", "foot_l", "foot_r")
SITES_11 = (*SITES_6, "head", "thigh_l", "thigh_r", "wrist_l", "wrist_r")
NAME = "pt{}_visit_6_tbc_walklr_0_trial_1.xlsx"


def write_workbook(path: Path, titles: list[str], rows: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=titles).to_excel(path, index=False)


def walk(sites: tuple[str, ...], n: int = 256, rate_hz: float = 128.0) -> tuple[list[str], np.ndarray]:
    """Two seconds of standing, the second of them frozen; gravity along -x, turning about z by 1 rad/s."""
    one = np.tile([-9.80665, 0, 0, 0, 0, 1.0], (n, 1))
    frozen = (np.arange(n) >= n // 2).astype(float)
    columns = [np.full(n, 5.0), 181.75 + np.arange(n) / rate_hz, *np.hstack([one] * len(sites)).T, frozen]
    axes = [f"imu_{site}_{kind}{axis}" for site in sites for kind in "ag" for axis in "xyz"]
    return ["subject_ID", "time", *axes, "freeze_label"], np.stack(columns, axis=1)


def samples(recording: Recording, name: str) -> np.ndarray:
    return np.asarray(recording.stream(name).segments[0].samples[:])


def test_a_walk_of_eleven_sensors_is_read_once_and_with_all_that_have_a_place(tmp_path: Path) -> None:
    raw = tmp_path / "oday-fog" / "original" / "imu-fog-detection" / "data" / "raw"
    for person in (5, 7):
        write_workbook(raw / "imus6_subjects7" / NAME.format(person), *walk(SITES_6))
    write_workbook(raw / "imus11_subjects4" / NAME.format(5), *walk(SITES_11))
    (person, many), (other, few) = oday.load(tmp_path)
    assert (person, other) == ("pt5", "pt7")
    assert many.source.name == "oday/pt5_visit_6_tbc_walklr_0_trial_1"
    names = {s.name for s in many.streams}
    assert {"lower-back", "left-ankle", "right-wrist", "left-thigh"} <= names
    assert len(many.streams) == 10
    assert len(few.streams) == 6
    assert few.streams[0].rate_hz == 128
    np.testing.assert_allclose(samples(few, "lower-back")[0], [-1, 0, 0, 0, 0, 57.29578], atol=1e-5)
    (mark,) = few.annotations
    assert (mark.interval.start, mark.interval.end, mark.label) == (1_000_000, 2_000_000, FREEZING)
    at_hand = look(DATASETS["oday"], tmp_path)
    assert (at_hand.people, at_hand.recordings) == (2, 2)


def test_a_sensor_that_is_missing_for_a_moment_is_left_out(tmp_path: Path) -> None:
    titles, rows = walk(SITES_6)
    rows[10, titles.index("imu_chest_ay")] = np.nan
    write_workbook(tmp_path / "oday-fog" / "original" / NAME.format(2), titles, rows)
    ((_, recording),) = oday.load(tmp_path)
    assert "chest" not in {s.name for s in recording.streams}


def test_a_walk_that_the_pack_has_is_the_same_as_published(shared_data: Path, tmp_path: Path) -> None:
    packed = {r.source.name: r for _, r in oday.load(shared_data)}
    name = "oday/pt5_visit_27.1_tbc_walklr_1_trial_1"
    wanted = packed[name]
    titles, rows = walk(SITES_11, wanted.streams[0].segments[0].n_samples)
    rows[:, -1] = 0
    for mark in wanted.annotations:
        rows[round(mark.interval.start * 128e-6) : round(mark.interval.end * 128e-6), -1] = 1
    for site, place, side in oday.SITES[:8]:
        stream = next(s for s in wanted.streams if (s.placement, s.side) == (place, side))
        at = titles.index(f"imu_{site}_ax")
        values = np.asarray(stream.segments[0].samples[:], dtype=np.float64)
        rows[:, at : at + 6] = values * ([9.80665] * 3 + [np.pi / 180] * 3)
    write_workbook(tmp_path / "oday-fog" / "original" / f"{name.removeprefix('oday/')}.xlsx", titles, rows)
    ((person, mine),) = oday.load(tmp_path)
    assert person == "pt5"
    assert mine.annotations == wanted.annotations
    for stream in wanted.streams:
        np.testing.assert_allclose(samples(mine, stream.name), samples(wanted, stream.name), atol=1e-3)


def test_files_of_an_earlier_state_whose_people_have_other_numbers_are_refused(tmp_path: Path) -> None:
    write_workbook(tmp_path / "oday-fog" / "original" / NAME.format(19), *walk(SITES_6, 16))
    with pytest.raises(RecordingError, match="whose people have other numbers"):
        list(oday.load(tmp_path))


def test_a_walk_at_another_rate_or_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "oday-fog" / "original" / NAME.format(1)
    write_workbook(path, *walk(SITES_6, rate_hz=64.0))
    with pytest.raises(RecordingError, match="away from 128 rows a second"):
        list(oday.load(tmp_path))
    titles, rows = walk(SITES_6, 16)
    write_workbook(path, titles[:-1], rows[:, :-1])
    with pytest.raises(RecordingError, match="no column freeze_label"):
        list(oday.load(tmp_path))
    path.write_bytes(b"no workbook")
    with pytest.raises(RecordingError, match="no Excel workbook"):
        list(oday.load(tmp_path))


def test_without_the_library_for_workbooks_the_line_that_installs_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_workbook(tmp_path / "oday-fog" / "original" / NAME.format(2), *walk(SITES_6, 16))
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MotionwardError, match=r'pip install "motionward\[devices\]"'):
        list(oday.load(tmp_path))


def write_session(path: Path, norm: float = 1.4e6, **more: object) -> np.ndarray:
    """Two seconds at 500 Hz of 67 channels, as EEGLAB's structure stands in a file."""
    data = np.random.default_rng(1).normal(0, 20, (67, 1001)).astype(np.float32)
    data[64:] = np.array([[0.6], [0.0], [0.8]]) * norm * (1 + 0.1 * np.sin(2 * np.pi * 5 * np.arange(1001) / 500))
    labels = [*(f"E{i}" for i in range(63)), "VEOG", "X", "Y", "Z"]
    places = np.array([(label,) for label in labels], dtype=[("labels", object)])
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"EEG": {"data": data, "srate": 500.0, "nbchan": 67.0, "chanlocs": places} | more})
    return data[64:].T


def test_a_session_as_published_is_the_hands_accelerometer_of_its_person(tmp_path: Path) -> None:
    folder = tmp_path / "rest-tremor" / "original" / "PD REST"
    raw = write_session(folder / "811_2_PD_REST.mat")
    write_session(folder / "8060_1_PD_REST.mat")
    write_session(folder / "907_1_PD_REST.mat")  # saturated
    found = dict(rest_tremor.load(tmp_path))
    assert set(found) == {"811", "8060"}
    assert {p: r.annotations[0].label for p, r in found.items()} == {"811": "parkinson", "8060": "control"}
    recording = found["811"]
    assert recording.source.name == "rest-tremor/811/2"
    (stream,) = recording.streams
    assert (stream.placement, stream.side, stream.rate_hz) == (Placement.HAND, Side.UNKNOWN, 500)
    mine = samples(recording, stream.name)
    assert np.median(np.linalg.norm(mine, axis=1)) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(mine / mine[0, 0], raw / raw[0, 0], atol=1e-5)
    assert "not calibrated" in recording.assumptions[0]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"srate": 250.0}, "at 250 Hz, not continuous at 500"),
        ({"chanlocs": np.array([("A",)] * 67, dtype=[("labels", object)])}, "no EEGLAB structure with channels X, Y"),
    ],
)
def test_a_session_that_is_none_is_refused(more: dict, problem: str, tmp_path: Path) -> None:
    write_session(tmp_path / "rest-tremor" / "original" / "801_1_PD_REST.mat", **more)
    with pytest.raises(RecordingError, match=problem):
        list(rest_tremor.load(tmp_path))


def test_sessions_have_the_lengths_and_people_that_the_pack_has(shared_data: Path) -> None:
    # The publisher's script cuts each at a whole second and keeps the sample there: at 100 Hz one more than a hundred.
    rows = [r for _, r in rest_tremor.load(shared_data)]
    lengths = [r.streams[0].segments[0].n_samples for r in rows]
    assert sum(n % 100 == 1 for n in lengths) == len(lengths) - 1  # 803's first was cut otherwise
    for person, recording in rest_tremor.load(shared_data):
        is_control = int(person) >= rest_tremor.FIRST_CONTROL
        assert recording.annotations[0].label == ("control" if is_control else "parkinson")
        assert tuple(recording.source.name.split("/")[1:]) not in rest_tremor.UNUSABLE
