"""`motionward demo` makes the simulated patient once, however often it is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clinic import jobs, serve
from clinic.analysis import Settings, analyze
from clinic.home import Home
from clinic.intake import DEMO_PATIENT
from clinic.store import Store
from data.synthetic import Script, short_walk, simulate


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of the jobs that were started, none of which runs."""
    kinds: list[str] = []

    def start(home: Home, kind: str, payload: dict[str, Any]) -> str:
        (home.jobs / "one").mkdir()
        (home.jobs / "one" / "order.json").write_text(f'{{"kind": "{kind}", "payload": {{}}}}')
        kinds.append(kind)
        return "one"

    monkeypatch.setattr(jobs, "start", start)
    return kinds


def test_empty_store_starts_one_job_and_a_second_start_joins_it(tmp_path: Path, started: list[str]) -> None:
    home = Home(tmp_path / "home")
    assert serve.begin_demo(home) == "one"
    assert serve.begin_demo(home) == "one"
    assert started == ["demo"]


def test_stored_and_analysed_patient_is_left_alone(tmp_path: Path, started: list[str]) -> None:
    home = Home(tmp_path / "home")
    store = Store.open(home)
    recording = simulate(Script(short_walk(20.0)))
    store.add_patient(DEMO_PATIENT, "Europe/Berlin", is_simulated=True, actor="test", now_us=1)
    identity, _ = store.import_(recording, DEMO_PATIENT, actor="test", now_us=2)
    analysis = analyze(recording, [], Settings(), embed=lambda stream, detector: np.empty(0), version="test")  # type: ignore[arg-type, return-value]  # never called
    store.record(identity, analysis, actor="test", now_us=3)
    assert serve.begin_demo(home) is None
    assert started == []


def test_patient_without_an_analysis_is_finished(tmp_path: Path, started: list[str]) -> None:
    home = Home(tmp_path / "home")
    Store.open(home).add_patient(DEMO_PATIENT, "Europe/Berlin", is_simulated=True, actor="test", now_us=1)
    assert serve.begin_demo(home) == "one"
    assert started == ["demo"]
