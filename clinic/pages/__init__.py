"""The pages: thin; each reads the store, calls the pure part, draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from clinic.pages.frame import footer, frame

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

__all__ = ["PAGES", "footer", "frame"]
_FOLDER = Path(__file__).parent


def PAGES() -> list[Page]:  # noqa: N802  a constant list, made anew in each session since Streamlit wants it so
    """Patients (opened first), Timeline, Import, Report."""
    return [
        st.Page(_FOLDER / "patients.py", title="Patients", default=True),
        st.Page(_FOLDER / "timeline.py", title="Timeline", url_path="timeline"),
        st.Page(_FOLDER / "import_.py", title="Import", url_path="import"),
        st.Page(_FOLDER / "report.py", title="Report", url_path="report"),
    ]
