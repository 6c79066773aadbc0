from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from clinic import jobs
from clinic.home import Home
from clinic.store import Store
from tests.clinic.pages.made_store import store_with
from tests.clinic.reports.made import analysis_of
from tests.signals import moving

PAGE = str(Path(__file__).parents[3] / "clinic" / "pages" / "import_.py")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A recording that does not say where it was worn, and a file that is none."""
    place = tmp_path / "inbox"
    place.mkdir()
    samples = moving(30, 50.0, channels=3)
    rows = [f"{k / 50:.2f},{x:.4f},{y:.4f},{z:.4f}" for k, (x, y, z) in enumerate(np.asarray(samples).tolist())]
    (place / "walk.csv").write_text("time_s,acc_x,acc_y,acc_z\n" + "\n".join(rows))
    (place / "junk.csv").write_text("hello\nworld\n")
    (place / "notes.docx").write_text("not a recording")
    return place


def opened(*, at: Path | None = None, **query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if at is not None:
        app.text_input(key="folder").set_value(str(at)).run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return " ".join(str(x.proto.body) for x in app.get("html"))


def answer(app: AppTest, label: str, value: str) -> AppTest:
    next(s for s in app.selectbox if label in s.label).set_value(value).run()
    assert not app.exception
    return app


def test_at_first_the_page_says_what_to_do() -> None:
    app = opened()
    assert "Drop files above, or name a folder on the server." in shown(app)
    assert not app.button


def test_a_file_a_row_with_what_was_understood_and_nothing_stored(folder: Path, inbox: Path) -> None:
    app = opened(at=inbox)
    text = shown(app)
    assert "2 files: 0 can be imported now, 1 needs an answer from you." in text
    assert "1 is refused. Nothing is stored until you import." in text
    assert "Refused: " in text
    assert "50 Hz" in text
    assert "this file has no date" in text
    assert "1 file of another kind is left out." in text
    assert Store.open(Home(folder)).patients() == []
    assert app.button(key="import").disabled


def test_an_answer_makes_it_importable_and_is_handed_on(
    folder: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered: list[tuple[str, dict[str, Any]]] = []

    def start(_: Home, kind: str, payload: dict[str, Any]) -> str:
        ordered.append((kind, payload))
        return "job-1"

    monkeypatch.setattr(jobs, "start", start)
    store_with(folder)
    app = answer(opened(at=inbox, patient="P-0001"), "where was", "left ankle")
    assert "1 can be imported now" in shown(app)
    app.button(key="import").click().run()
    ((kind, payload),) = ordered
    assert kind == "import"
    assert payload["files"] == [str(inbox / "walk.csv")]
    assert payload["patient"] == "P-0001"
    assert payload["zone"] == "Europe/Berlin"
    ((path, said),) = payload["said"].items()
    assert (path, said["placements"]) == (str(inbox / "walk.csv"), ("unknown=left ankle",))


def test_what_is_stored_already_is_said_and_not_offered(folder: Path, inbox: Path) -> None:
    from data.readers import read

    store = store_with(folder)
    walk = read(inbox / "walk.csv")
    identity, _ = store.import_(walk, "P-0001", actor="t", now_us=1)
    assert "1 is already here" not in shown(opened(at=inbox, patient="P-0001"))  # stored, but not analysed yet
    store.record(identity, analysis_of(walk), actor="t", now_us=2)
    text = shown(opened(at=inbox, patient="P-0001"))
    assert "1 is refused and 1 is already here" in text
    assert "same content as a stored recording" in text


def test_a_folder_that_is_not_there_is_one_sentence(inbox: Path) -> None:
    assert "There is no folder" in shown(opened(at=inbox / "nowhere"))
    assert "give its whole path" in shown(opened(at=Path("relative/path")))


def job_in(monkeypatch: pytest.MonkeyPatch, state: str, outcomes: Sequence[dict[str, Any]], problem: str = "") -> None:
    made = jobs.Status("j", "import", state, "Analysing walk.csv", 0.5, 0, 10_000_000, tuple(outcomes), problem)
    monkeypatch.setattr(jobs, "status", lambda *_: made)


def test_a_finished_import_shows_what_happened_and_the_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"file": "walk.csv", "status": "imported", "sentence": "Imported; 3 flags."},
        {"file": "<b>junk.csv", "status": "refused", "sentence": "it is no table"},
    ]
    job_in(monkeypatch, "done", rows)
    app = opened(job="j", patient="P-0001")
    text = shown(app)
    assert "1 of 2 files are in." in text
    assert "Imported; 3 flags." in text
    assert "&lt;b&gt;junk.csv" in text
    assert [b.label for b in app.button] == ["Open the timeline of P-0001", "Import other files"]


def test_a_running_import_shows_its_share_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = []
    monkeypatch.setattr(jobs, "cancel", lambda _, job: cancelled.append(job))
    job_in(monkeypatch, "running", [])
    app = opened(job="j")
    assert "Analysing walk.csv" in shown(app)
    app.button[0].click().run()
    assert cancelled == ["j"]


def test_a_failed_import_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    job_in(monkeypatch, "failed", [], "The disk is full: free some space.")
    assert "The disk is full: free some space." in shown(opened(job="j"))


def test_a_link_to_an_import_long_gone_is_no_error() -> None:
    assert "This import is not known here." in shown(opened(job="0" * 32))
