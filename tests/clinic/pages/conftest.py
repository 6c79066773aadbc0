"""A data folder of its own for each test of a page."""

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
