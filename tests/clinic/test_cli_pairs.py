"""``motionward pairs``: which recordings and cameras belong together, and what was left out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.clinic.commanded import motionward
from tests.data.test_pairs import joints_of, scene, write_imu


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    t, hand = scene(3)
    write_imu(tmp_path / "walk_imu.csv", t, hand)
    write_imu(tmp_path / "alone.csv", t, hand)
    np.savez(tmp_path / "walk.npz", joints=joints_of(t, hand, 2.0, 25.0), rate_hz=25.0)
    return tmp_path


def test_pairs_are_told_with_their_offset_and_the_rest_with_the_reason(folder: Path) -> None:
    done = motionward("pairs", str(folder))
    assert done.code == 0
    assert "walk_imu.csv and its skeleton, by name: the camera starts +2.0" in done.out
    assert "left out: alone.csv: no skeleton or film has its name" in done.out
    assert done.out.endswith("1 pairs, 1 files or pairs left out\n")


def test_the_same_for_machines(folder: Path) -> None:
    told = json.loads(motionward("pairs", str(folder), "--json").out)
    assert told["pairs"][0]["offset_s"] == pytest.approx(2.0, abs=0.11)
    assert told["left_out"][0]["name"] == "alone.csv"


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = motionward("pairs", str(tmp_path / "nowhere"))
    assert done.code != 0
    assert "it is no folder" in done.err
