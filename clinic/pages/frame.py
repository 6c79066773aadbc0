"""What stands around every page: style sheet, the lower part of the sidebar, the footer, and how errors are said."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from importlib.metadata import version
from pathlib import Path

import streamlit as st

from clinic.pages.opened import PatientRows, open_patient, patients, rows_of, stranger
from clinic.timeline.clock import clock_for
from clinic.timeline.html import empty_html
from clinic.timeline.together import on_one_clock
from data.errors import MotionwardError
from data.intervals import Interval

DISCLAIMER = "Not a medical device; supports, never replaces, a clinician's judgement."
_STYLE = Path(__file__).with_name("style.css")
_FILES = {
    "": "patients.py",
    "timeline": "timeline.py",
    "import": "import_.py",
    "label": "label.py",
    "audit": "audit.py",
    "agreement": "agreement.py",
    "report": "report.py",
}


def frame() -> None:
    """Style sheet, and who is open in the sidebar. Never fails: the page itself says what is wrong."""
    st.html(_STYLE)
    try:
        people = patients()
        codes = [p.code for p in people]
        code = open_patient(codes)
        block = _open_block(code) if code else ""
        if not stranger(codes) and any(p.is_simulated and code in (None, p.code) for p in people):
            block += f'<span class="mw-badge">Simulated patient{"" if code else "s"}</span>'
    except MotionwardError:
        block = ""
    with st.sidebar:
        st.html(f'<div class="mw-open">{block}</div>')


def _open_block(code: str) -> str:
    rows = rows_of(code)
    if not rows.recordings:
        return f"<small>Open patient</small><b>{escape(code)}</b>"
    places = sorted({s.placement for r in rows.recordings for s in r.streams})
    # A recording without a date has no place among those that have one, nor among others without.
    shared = on_one_clock(rows.recordings)
    alone = len(rows.recordings) - len(shared)
    dated = shared[0].clock == "absolute"
    spans = [s.interval for r in shared for s in r.streams]
    span = Interval(min(s.start for s in spans), max(s.end for s in spans))
    clock = clock_for(shared[0].clock, rows.patient.zone, span.start)
    when = f"{clock.span(span)}<br>{escape(rows.patient.zone)}" if dated else clock.span(span)
    if alone:
        when = f"{when}<br>and {alone} without a date" if dated else f"{alone + 1} recordings without a date"
    return f"<small>Open patient</small><b>{escape(code)}</b> · {escape(', '.join(places))}<br>{when}<br>"


def footer() -> None:
    """The last line of every page."""
    people: tuple[bool, ...] = ()
    try:
        everyone = patients()
        codes = [p.code for p in everyone]
        code = stranger(codes) or open_patient(codes)
        people = tuple(p.is_simulated for p in everyone if code in (None, p.code))
    except MotionwardError:
        pass  # the page above has said it; the disclaimer must stand all the same
    simulated = "Simulated patient · " if any(people) else ""
    right = f"{simulated}motionward {version('motionward')}"
    st.html(f'<div class="mw-footer"><span>{DISCLAIMER}</span><span>{right}</span></div>')


def guarded(page: Callable[[], None]) -> None:
    """Run a page; an error meant for people is shown in their words, with nothing behind it."""
    try:
        page()
    except MotionwardError as error:
        st.html(empty_html("This page cannot be shown.", str(error)))


def go(path: str, query: dict[str, str]) -> None:
    """Open another page of the application with its query."""
    st.switch_page(str(Path(__file__).with_name(_FILES[path])), query_params=query)


def choose_patient(codes: list[str], question: str, path: str) -> None:
    """Ask whose page is wanted, or for a first recording where there is no patient."""
    if not codes:
        st.html(empty_html("No patient yet.", "Import a recording to begin; nothing leaves this machine."))
        if st.button("Import recordings", type="primary"):
            go("import", {})
        return
    who = stranger(codes)
    why = f"There is no patient {who} in this data folder. " if who else ""
    st.html(empty_html(question, f"{why}Choose a patient, or open one from the list of patients."))
    code = st.selectbox("Patient", codes, index=None, placeholder="Patient code")
    if code:
        go(path, {"patient": code})


def is_astray(rows: PatientRows, path: str) -> bool:
    """Whether the link names a recording that is not this patient's; says so: another must not be taken for it."""
    asked, code = st.query_params.get("recording"), rows.patient.code
    if not asked or asked in {r.id for r in rows.recordings}:
        return False
    st.html(
        empty_html(
            f"The recording of this link is not {code}'s.",
            "It was withdrawn or given to another patient, or was never here: the page Patients, Recordings, tells.",
        )
    )
    if rows.recordings and st.button(f"What there is of {code}", type="primary"):
        go(path, {"patient": code})
    return True
