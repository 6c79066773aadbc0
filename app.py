"""The door: `streamlit run app.py`. Page navigation, nothing else."""

from __future__ import annotations

import streamlit as st

from clinic.pages.frame import footer, frame
from clinic.pages.navigation import pages

st.set_page_config(page_title="motionward", layout="wide", initial_sidebar_state=200)
page = st.navigation(pages())
frame()
try:
    page.run()
finally:
    footer()
