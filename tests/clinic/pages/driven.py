"""The app in Streamlit's own test harness. Import as ``from tests.clinic.pages.driven import ...``."""

import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from clinic.home import Home

APP = str(Path(__file__).parents[3] / "app.py")


def opened_at(page: str, **query: str) -> AppTest:
    """The app at ``clinic/pages/PAGE.py`` with what the link says."""
    at = AppTest.from_file(APP, default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    return at.switch_page(f"clinic/pages/{page}.py").run()


def shown(at: AppTest) -> str:
    """All that is written as HTML."""
    return "\n".join(h.proto.body for h in at.get("html"))


def begin_job(home: Path, patient: str, kind: str = "import") -> None:
    """A job for a patient that is a quarter done and, having no process, stays so."""
    folder = Home(home).made().jobs / patient
    folder.mkdir()
    (folder / "order.json").write_text(json.dumps({"kind": kind, "payload": {"patient": patient}}), "utf-8")
    now = {"state": "running", "doing": "Analysing walk.csv", "share": 0.25, "started_us": 0, "updated_us": 10_000_000}
    (folder / "progress.json").write_text(json.dumps(now), "utf-8")
