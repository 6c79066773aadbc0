"""The door: `streamlit run app.py`. Page navigation, nothing else."""

from __future__ import annotations

import streamlit as st

from clinic.pages import PAGES, footer, frame

st.set_page_config(page_title="motionward", layout="wide", initial_sidebar_state=200)
page = st.navigation(PAGES())
frame()
try:
    page.run()
finally:
    footer()
