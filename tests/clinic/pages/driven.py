"""The app in Streamlit's own test harness. Import as ``from tests.clinic.pages.driven import ...``."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

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
