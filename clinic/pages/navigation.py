"""Which pages there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

_FOLDER = Path(__file__).parent


def pages() -> list[Page]:
    """All pages, Patients opened first; made anew for each session, as Streamlit wants."""
    return [
        st.Page(_FOLDER / "patients.py", title="Patients", default=True),
        st.Page(_FOLDER / "timeline.py", title="Timeline", url_path="timeline"),
        st.Page(_FOLDER / "audit.py", title="Audit", url_path="audit"),
        st.Page(_FOLDER / "label.py", title="Label", url_path="label"),
        st.Page(_FOLDER / "agreement.py", title="Agreement", url_path="agreement"),
        st.Page(_FOLDER / "import_.py", title="Import", url_path="import"),
        st.Page(_FOLDER / "report.py", title="Report", url_path="report"),
    ]
