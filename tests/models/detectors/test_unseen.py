"""The curve on unseen people lies beside a detector and is read for the version that it was measured of alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import MotionwardError
from models.detectors import folder_of, load, save
from models.detectors.unseen import FILE, Unseen, UnseenPoint, read_unseen, within_budget, write_unseen

MADE = Unseen("0123456789ab", 12, 3.5, (UnseenPoint(0.5, 4.0, 2.0, 7.0, 0.6, 0.5, 0.7),))


def test_what_was_written_is_read_for_its_version_alone(tmp_path: Path) -> None:
    assert read_unseen(tmp_path, MADE.version) is None
    write_unseen(MADE, tmp_path)
    assert read_unseen(tmp_path, MADE.version) == MADE
    assert read_unseen(tmp_path, "another") is None


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"version": "0123456789ab"}')
    with pytest.raises(MotionwardError, match=r"unseen\.json is damaged \(KeyError"):
        read_unseen(tmp_path, MADE.version)


def test_it_changes_no_version(tmp_path: Path) -> None:
    folder = folder_of("freezing-of-gait-lower-back")
    assert (folder / FILE).is_file()
    shutil.copytree(folder, tmp_path / "one")
    (tmp_path / "one" / FILE).unlink()
    assert load(tmp_path / "one").version == load(folder).version


@given(st.lists(st.floats(0, 50), min_size=1, max_size=30), st.floats(0, 50))
def test_every_threshold_above_the_one_within_a_budget_keeps_to_it(alarms: list[float], budget: float) -> None:
    at = within_budget(alarms, budget)
    assert all(a <= budget for a in alarms[at:]) or at == len(alarms) - 1
    assert at == 0 or alarms[at - 1] > budget or alarms[at] > budget


def test_the_share_of_time_that_was_measured_comes_with_the_detector_and_goes_on(tmp_path: Path) -> None:
    shipped = load("freezing-of-gait-lower-back")
    unseen = read_unseen(folder_of(shipped.name), shipped.version)
    assert unseen is not None
    assert unseen.share is not None
    assert shipped.base_rate == unseen.share
    taught = save(replace(shipped, parent=shipped.version), tmp_path, "# A card\n")
    assert not (tmp_path / FILE).exists()
    assert load(tmp_path).base_rate == taught.base_rate == unseen.share
    older = replace(MADE, version=taught.version)
    write_unseen(replace(older, share=0.9), tmp_path)
    assert load(tmp_path).base_rate == unseen.share, "its own description knows better"
