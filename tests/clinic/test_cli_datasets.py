"""``motionward datasets``: what is at hand, and where the rest is to be had."""

from __future__ import annotations

import json
from pathlib import Path

from tests.clinic.commanded import motionward


def test_an_empty_folder_lists_every_set_with_where_to_get_it(tmp_path: Path) -> None:
    done = motionward("datasets", "--data", str(tmp_path))
    assert done.code == 0
    assert done.out.count("not there") == 12
    assert "https://archive.ics.uci.edu" in done.out
    assert str(tmp_path / "daphnet" / "original") in done.out


def test_what_is_at_hand_is_counted_for_machines_too(shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "oday-fog").symlink_to(shared_data / "oday-fog")
    found = json.loads(motionward("datasets", "--data", str(tmp_path), "--json").out)
    assert (found["oday"]["recordings"], found["oday"]["people"]) == (8, 2)
    assert found["oday"]["published"]["people"] == 7
    assert len(found["oday"]["sha256"]) == 64
    assert found["tdcsfog"]["problem"]
