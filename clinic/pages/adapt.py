"""Adapt, in a fragment: a detector taught with the marks, what it would change here, and the decision."""

from __future__ import annotations

from html import escape

import streamlit as st

from clinic.components import mount_links
from clinic.pages.edits import Open
from clinic.pages.label_message import detectors
from clinic.pages.marking import look_at, window_of
from clinic.pages.opened import now_us, opened
from clinic.review.compare import changes_html, compare, sentence
from clinic.teaching import Trial, accept, settings_of, trial
from data.errors import MotionwardError
from data.intervals import Interval
from models.detectors import Detector


@st.fragment
def adapting(what: Open) -> None:
    """Ask which detector is to be taught, and show what came of it."""
    if st.session_state.pop("adapted", None):
        st.rerun(scope="app")  # everything on the page shows the present flags
    able = [d for d in detectors() if what.stream.placement in d.placements]
    st.html('<div class="mw-head">Adapt <span>teach the detector of this place with your marks</span></div>')
    said = st.session_state.pop("adapt said", None)
    if said:
        st.html(f'<div class="mw-note" role="status">{escape(said)}</div>')
    if not able:
        st.html(f'<div class="mw-note">No detector serves a sensor at: {escape(what.stream.placement)}.</div>')
        return
    which, start = st.columns([2, 1], vertical_alignment="bottom")
    chosen = which.selectbox("Detector of", able, format_func=lambda d: d.phenomenon, label_visibility="collapsed")
    if start.button("Adapt and compare", width="stretch"):
        _try(what, chosen)
    tried: tuple[str, Trial] | None = st.session_state.get("trial")
    if tried is not None and tried[0] == what.key:
        _decide(what, tried[1])


def _try(what: Open, detector: Detector) -> None:
    store, recording = opened(), what.recording.id
    st.session_state.pop("trial", None)
    try:
        with st.spinner("Teaching, and looking at the recording anew …"):
            tried = trial(store, recording, detector, what.rater, settings_of(store, recording))
        st.session_state["trial"] = (what.key, tried)
        if tried.helps:  # a comparison tells what the detector says: who marks from here on does not do it blind
            st.session_state.setdefault("seen", set()).update((recording, s) for s in tried.flags)
        st.rerun(scope="app")
    except MotionwardError as error:
        st.html(f'<div class="mw-note">{escape(str(error))}</div>')


def _decide(what: Open, tried: Trial) -> None:
    if not tried.helps:
        st.html(f'<div class="mw-note">{escape(tried.why)}</div>')
        return
    stream, phenomenon = what.stream.name, tried.detector.phenomenon
    old = [
        e.interval
        for e in what.rows.episodes
        if (e.recording, e.stream, e.phenomenon) == (what.recording.id, stream, phenomenon) and e.certainty != "unsure"
    ]
    found = compare(old, tried.flags.get(stream, ()))
    others = len(tried.flags) - 1
    more = f" It serves {others} more sensor{'s' if others > 1 else ''} of this recording." if others > 0 else ""
    st.html(f"<div>{escape(sentence(found))}{more}</div><div class='mw-note'>{escape(tried.why)}</div>")

    def open_flag(_path: str, query: dict[str, str]) -> None:
        look_at(what, window_of(what, Interval(int(query["start"]), int(query["end"]))), again=True)
        st.rerun()

    differ = len(found.appeared) + len(found.vanished) + len(found.moved)
    if differ:
        with st.container(height=260 if differ > 4 else "content", border=False):
            mount_links(changes_html(found, what.clock), "changes", open_flag)
    if not tried.is_shown:
        st.html("<div>It is not shown to help: the interval of the expected gain holds zero.</div>")
        st.text_input("Why you accept it all the same", key="reason", max_chars=200)
    yes, no = st.columns(2)
    yes.button("Accept", on_click=_accept, args=(what, tried), width="stretch")
    no.button("Discard", on_click=_discard, args=(what, tried), width="stretch")
    st.html(
        '<div class="mw-note">Accept analyses this recording with the new detector; timeline and reports then '
        "show its flags. Other recordings and the old detector stay as they are.</div>"
    )


def _accept(what: Open, tried: Trial) -> None:
    store = opened()
    try:
        settings = settings_of(store, what.recording.id)
        reason = str(st.session_state.get("reason", ""))
        flags, unsure = accept(store, tried, settings, reason=reason, actor=what.rater, now=now_us)
    except MotionwardError as error:
        st.session_state["adapt said"] = str(error)
        return
    st.session_state.pop("trial", None)
    st.session_state["adapted"] = True
    st.session_state["adapt said"] = f"Accepted: this recording now has {flags} flags and {unsure} unsure episodes."


def _discard(what: Open, tried: Trial) -> None:
    try:
        opened().turn_down_detector(
            tried.detector, tried.why, recording=what.recording.id, actor=what.rater, now_us=now_us()
        )
    except MotionwardError as error:
        st.session_state["adapt said"] = str(error)
        return
    st.session_state.pop("trial", None)
    st.session_state["adapt said"] = "Discarded: nothing was changed."
