"""What a taught detector would change here, what is expected of it, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from clinic.components import mount_links
from clinic.in_use import of_recording, settings_of
from clinic.new_class import labels_at
from clinic.pages.edits import Open
from clinic.pages.marking import has_trial, look_at, window_of
from clinic.pages.opened import now_us, opened
from clinic.pages.telling import present_run, tell
from clinic.pages.versions import started
from clinic.review.compare import Comparison, changes_html, compare, present_words, sentence, unsure_words
from clinic.review.kshot import Shot, gain_words, words
from clinic.review.lanes import curve_html, lanes_html
from clinic.teaching import Trial, accept
from clinic.timeline.clock import clock_for
from data.errors import MotionwardError
from data.intervals import Interval


@dataclass(frozen=True, slots=True)
class Taught:
    """A trial that waits for a decision, what marks bring, and what they were when it began.

    Parameters
    ----------
    run
        The analysis with which it is compared.
    marks
        Recording, stream, span and class of each of the person's marks of the phenomenon.
    is_of_shipped
        Whether what marks bring was tried on the shipped detector, though another one was taught.
    """

    trial: Trial
    shots: tuple[Shot, ...]
    run: str
    marks: frozenset[tuple[str, str, Interval, str]]
    is_of_shipped: bool = False


def marks_of(what: Open, phenomenon: str, *, everybody: bool) -> frozenset[tuple[str, str, Interval, str]]:
    """What a person marked of a phenomenon at the open place, of this patient or of all."""
    whose = None if everybody else what.rows.patient.code
    labels = labels_at(opened(), whose, what.rater, phenomenon, what.stream.placement)
    return frozenset((x.recording, x.stream, x.interval, x.label) for x in labels)


def drop_stale(what: Open) -> None:
    """End a trial whose recording was analysed anew: its old flags are no longer there to be compared with."""
    if has_trial(what) and st.session_state["trial"][1].run != present_run(what):
        del st.session_state["trial"]
        tell(
            what,
            "This recording was analysed anew since the detector was taught, with other detectors or another alarm "
            "budget: adapt again to compare it with the present flags.",
        )


def decide(what: Open, taught: Taught) -> None:
    """Old and new flags, what is expected, and the buttons; nothing to decide where nothing was learned."""
    tried = taught.trial
    changes, why = st.columns([2.1, 1], gap="large")
    if not tried.helps:
        changes.html(f'<div class="mw-note">{escape(tried.why)}</div>')
        with why:
            _expected(taught)
        return
    stream, phenomenon = what.stream.name, tried.detector.phenomenon
    here = (what.recording.id, stream, phenomenon)
    old = [e for e in what.rows.episodes if (e.recording, e.stream, e.phenomenon) == here]
    sure = [e.interval for e in old if e.certainty != "unsure"]
    found = compare(sure, tried.flags.get(stream, ()))
    with changes:
        _changes(what, tried, found, len(old) - len(sure))
    with why:
        _expected(taught)
        if marks_of(what, phenomenon, everybody=tried.is_for_everybody) != taught.marks:
            words = "Your marks are others now than those that taught it: adapt again to learn from them."
            st.html(f'<div class="mw-said"><span class="mw-check"><i>▲</i> {words}</span></div>')
        if tried.warning:
            st.html(f'<div class="mw-said"><span class="mw-check"><i>▲</i> {escape(tried.warning)}</span></div>')
        if not tried.is_shown:
            st.html('<div class="mw-said"><b>Not shown to help</b>: chance alone may explain what it gains.</div>')
            st.text_input("Why you accept it all the same", key="reason", max_chars=200)
        yes, no = st.columns(2)
        yes.button("Accept", on_click=_accept, args=(what, tried), width="stretch")
        no.button("Discard", on_click=_discard, args=(what, tried), width="stretch")
        whose = what.rows.patient.code
        rest = "Recordings that are here already, other patients and the old detector stay as they are."
        if tried.is_for_everybody:
            whose = "every patient who has no detector of their own and for whom none was chosen"
            rest = "Recordings that are here already and the old detector stay as they are."
        st.html(
            '<div class="mw-note">Accept analyses this recording with the new detector; timeline and reports then '
            f"show its flags, and so will further recordings of {escape(whose)} that are imported. {rest}</div>"
        )


def _changes(what: Open, tried: Trial, found: Comparison, unsure: int) -> None:
    others = len(tried.flags) - 1
    more = f" It serves {others} more sensor{'s' if others > 1 else ''} of this recording." if others > 0 else ""
    st.html(f'<div class="mw-said"><b>{escape(sentence(found))}</b>{more}</div>')
    doubt = unsure_words(unsure, tried.unsure.get(what.stream.name, 0))
    if doubt:
        st.html(f'<div class="mw-note">{escape(doubt)}</div>')
    lanes = lanes_html(found, what.stream.interval, what.clock, tried.detector.phenomenon)

    def open_flag(_path: str, query: dict[str, str]) -> None:
        look_at(what, window_of(what, Interval(int(query["start"]), int(query["end"]))), again=True)
        st.rerun()

    mount_links(lanes, "lanes", open_flag)
    differ = len(found.appeared) + len(found.vanished) + len(found.moved)
    if differ:
        with st.container(height=330 if differ > 5 else "content", border=False):
            mount_links(changes_html(found, what.clock), "changes", open_flag)


def _expected(taught: Taught) -> None:
    tried = taught.trial
    name = tried.detector.phenomenon
    st.html('<div class="mw-head">Does marking help? <span>on parts left out</span></div>')
    said = gain_words(taught.shots, tried.kind, is_of_shipped=taught.is_of_shipped) if tried.helps else ""
    if said:
        st.html(f'<div class="mw-said">{escape(said)}</div>')
    if taught.shots:
        mount_links(curve_html(taught.shots, name), "curve", lambda _path, _query: None)
    marked = sum(label == name for *_, label in taught.marks)
    st.html(f'<div class="mw-note">{escape(words(taught.shots, marked, name))}</div>')
    if tried.helps:
        st.html(f'<div class="mw-note">{escape(tried.why)}</div>')


def _accept(what: Open, tried: Trial) -> None:
    store = opened()
    drop_stale(what)
    if not has_trial(what):
        st.session_state["adapted"] = True
        return
    try:
        settings = settings_of(store, what.recording.id)
        reason = str(st.session_state.get("reason", ""))
        accept(store, tried, settings, reason=reason, actor=what.rater, now=now_us)
    except MotionwardError as error:
        tell(what, str(error))
        return
    st.session_state.pop("trial", None)
    st.session_state["adapted"] = True
    now = present_words(store.episodes(recording=what.recording.id), what.stream.name, tried.detector.phenomenon)
    own = next(d for d in of_recording(store, what.recording.id) if d.name == tried.detector.name)
    since = started(store, own.version, clock_for("absolute", what.rows.patient.zone, 0))
    tell(what, f"Accepted: {now}. {since}")


def _discard(what: Open, tried: Trial) -> None:
    try:
        opened().turn_down_detector(
            tried.detector, tried.why, recording=what.recording.id, actor=what.rater, now_us=now_us()
        )
    except MotionwardError as error:
        tell(what, str(error))
        return
    st.session_state.pop("trial", None)
    st.session_state["adapted"] = True
    tell(what, "Discarded: nothing was changed.")
