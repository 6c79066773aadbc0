"""The data folder: where it is, and that it can be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinic.home import Home
from data.errors import MotionwardError


def test_named_by_the_environment_else_the_platform_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path / "ward"))
    assert Home.default().root == tmp_path / "ward"
    monkeypatch.delenv("MOTIONWARD_HOME")
    assert Home.default().root.name == "motionward"
    assert Home.default().root.is_absolute()


def test_looking_makes_nothing_and_making_makes_all(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    assert not home.database.exists()
    assert not home.root.exists()
    assert home.made() == home
    assert sorted(f.name for f in home.root.iterdir()) == ["detectors", "embeddings", "jobs", "scores", "signals"]
    home.made()


def test_everything_lies_inside(tmp_path: Path) -> None:
    home = Home(tmp_path)
    places = [home.database, home.head, home.lock, home.jobs, home.exports, home.signals("r"), home.scores("s")]
    assert all(p.is_relative_to(tmp_path) for p in [*places, home.embeddings("e", "r")])
    assert len(set(places)) == len(places)


def test_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(MotionwardError, match=r"The data folder .*home cannot be written \(File exists\)"):
        Home(tmp_path / "home").made()
