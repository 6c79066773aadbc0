"""Which version of a detector judges here: an older one, or the shipped one, can return."""

from __future__ import annotations

from html import escape

import streamlit as st

from clinic.in_use import of_recording, versions_of
from clinic.pages.edits import Open
from clinic.pages.opened import actor, now_us, opened
from clinic.review.version_words import chosen_words, version_title
from clinic.teaching import use_version
from clinic.timeline.clock import clock_for
from data.errors import MotionwardError
from models.detectors import Detector, shipped


def versions(what: Open, name: str) -> None:
    """Offer the versions of a detector that have judged this patient; nothing where only one has.

    Parameters
    ----------
    name
        Of the detector.
    """
    store, patient = opened(), what.rows.patient
    of_everybody(name)
    kept = versions_of(store, patient.code, name)
    if not kept:
        return
    ours: Detector | None = next((d for d in shipped() if d.name == name), None)
    clock = clock_for("absolute", patient.zone, 0)
    titles = {row.id: version_title(store.detector(row.id), row.accepted_us, clock) for row in kept}
    titles[ours.version if ours else ""] = version_title(ours, None, clock)
    present = next((d.version for d in of_recording(store, what.recording.id) if d.name == name), "")
    decided = store.chosen_detectors(patient.code).get(name)
    if decided is not None:
        st.html(f'<div class="mw-note">{escape(chosen_words(decided, patient.code, titles, clock))}</div>')
    which, use = st.columns([2, 1], vertical_alignment="bottom")
    chosen = which.selectbox(
        "Judged here by", list(titles), list(titles).index(present) if present in titles else 0,
        format_func=titles.__getitem__, key=f"version of {name} {what.recording.id} {present}",
    )  # fmt: skip
    use.button(
        "Judge with this one", disabled=chosen == present, on_click=_use, args=(what, name, chosen), width="stretch",
        help="Analyses this recording anew, and others of this patient that the present version judges. Further ones "
        "of this patient are judged by it too, until another is chosen or accepted on one of theirs. Every version is "
        "kept, and so is what was said of its flags.",
    )  # fmt: skip


def of_everybody(name: str) -> None:
    """Say which version is for every patient, and offer the shipped one again; nothing where it is the shipped one."""
    version = dict(opened().cohort_detectors()).get(name, "")
    if not version:
        return
    said, back = st.columns([2, 1], vertical_alignment="bottom")
    said.html(
        f'<div class="mw-note">What is imported from now on, of every patient who has no detector of their own '
        f"and for whom none was chosen: the one taught for every patient ({escape(version[:7])}).</div>"
    )
    back.button(
        "Shipped for everybody", on_click=_shipped, args=(name,), width="stretch",
        help="Further recordings are judged by the shipped detector again. What is here stays as it was judged.",
    )  # fmt: skip


def _shipped(name: str) -> None:
    try:
        opened().set_cohort_detector(name, "", actor=actor(), now_us=now_us())
    except MotionwardError as error:
        st.session_state["adapt said"] = str(error)
        return
    st.session_state["adapt said"] = "Changed: further recordings are judged by the shipped detector again."


def _use(what: Open, name: str, version: str) -> None:
    try:
        with st.spinner("Judging anew …"):
            flags, unsure = use_version(opened(), what.recording.id, name, version, actor=what.rater, now=now_us)
    except MotionwardError as error:
        st.session_state["adapt said"] = str(error)
        return
    st.session_state.pop("trial", None)
    st.session_state["adapted"] = True
    st.session_state["adapt said"] = (
        f"Changed: this recording now has {flags} flags and {unsure} unsure episodes. Further recordings of "
        f"{what.rows.patient.code} are judged so too, until somebody decides otherwise."
    )
