from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.clinic.pages.made_store import store_with

PAGE = str(Path(__file__).parents[3] / "clinic" / "pages" / "report.py")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MOTIONWARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    """The page in the frame, and what stands around it."""
    return " ".join(str(x.proto) for kind in ("html", "iframe") for x in app.get(kind))


def test_without_a_patient_the_way_to_one_is_offered() -> None:
    app = run()
    assert "There is no patient yet." in shown(app)
    assert [b.label for b in app.button] == ["Import recordings"]


def test_the_only_patient_is_shown_with_three_downloads(folder: Path) -> None:
    store_with(folder)
    app = run()
    assert "Patient code <b>P-0001</b>" in shown(app)
    assert [b.proto.label for b in app.get("download_button")] == ["HTML", "PDF", "CSV"]
    assert app.query_params["patient"] in ("P-0001", ["P-0001"])


def test_days_of_the_link_are_kept_and_what_lies_outside_is_cut(folder: Path) -> None:
    store_with(folder, days=3)
    app = run(patient="P-0001", **{"from": "2026-03-03", "to": "2030-01-01"})
    chosen = [d.isoformat() for d in app.date_input[0].value]
    assert chosen == ["2026-03-03", "2026-03-04"]
    assert "All 2 days" in shown(app)
    assert "Against the medication" in shown(app)


def test_a_link_that_makes_no_sense_still_gives_the_page(folder: Path) -> None:
    store_with(folder, days=2)
    app = run(patient="P-0001", **{"from": "yesterday", "to": "<script>"})
    assert "All 2 days" in shown(app)


def test_a_patient_without_an_analysis_is_told_what_to_do(folder: Path) -> None:
    store = store_with(folder)
    store.add_patient("P-0002", "Europe/Berlin", actor="tester", now_us=1)
    assert "No report for P-0002 yet." in shown(run(patient="P-0002"))
