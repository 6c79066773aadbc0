"""A slice of the damage that `python -m tests.fuzz` does, and that its judge sees what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.errors import RecordingError
from tests.fuzz import judge as judging
from tests.fuzz.judge import judge
from tests.fuzz.seeds import seeds

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def test_a_few_damages_of_each_reader_get_a_clear_answer(shared_data: Path, folder: Path) -> None:
    out = folder / "fuzz.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--cases", "4", "--workers", "1", "--out", str(out)],
        cwd=ROOT, check=False, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MOTIONWARD_SHARED_DATA": str(shared_data)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    cases = {r["task"]: r["value"] for r in json.loads(out.read_text())["results"] if r["metric"] == "cases"}
    assert len(cases) == len({seed.reader for seed in seeds(shared_data, folder).values()}) + 1
    assert min(cases.values()) >= 8


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [
        (lambda: np.frombuffer(b"12345", "<i2"), "traceback"),
        (lambda: np.zeros(1 << 31), "memory"),
        (lambda: [None for _ in iter(int, 1)], "hang"),
        (lambda: (_ for _ in ()).throw(RecordingError("", "what", "do")), "promise"),
        (lambda: (_ for _ in ()).throw(RecordingError("a.csv", "what", "do")), "refused"),
    ],
)
def test_the_judge_tells_a_clear_answer_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: object, outcome: str
) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    monkeypatch.setattr(judging, "MOST_SECONDS", 0.05)
    monkeypatch.setattr(judging, "read", lambda *_, **__: reading())  # type: ignore[operator]  # a function
    assert judge(path, lenient=False).outcome == outcome
