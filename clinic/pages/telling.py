"""What the part Adapt of the label page answers, and which analysis it speaks of.

An answer stays until something else is done there: a page that is drawn twice at once would lose one that is said once.
"""

from __future__ import annotations

import streamlit as st

from clinic.pages.edits import Open
from clinic.pages.opened import opened

SAID = "adapt said"


def tell(what: Open, words: str) -> None:
    """Answer what was just done."""
    st.session_state[SAID] = (what.key, present_run(what), words)


def told(what: Open) -> str:
    """The last answer, while it is about what is open: the same sensor, and the analysis that stood then."""
    key, run, words = st.session_state.get(SAID, ("", "", ""))
    return str(words) if (key, run) == (what.key, present_run(what)) else ""


def forget() -> None:
    """Something else is being done."""
    st.session_state.pop(SAID, None)


def present_run(what: Open) -> str:
    """The present analysis of the open recording; empty where it has none."""
    return next((run.id for run in opened().runs(what.recording.id)[:1]), "")
