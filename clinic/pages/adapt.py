"""Adapt, in a fragment: a detector taught with the marks, what it would change here, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from clinic.components import mount_links
from clinic.in_use import settings_of
from clinic.new_class import curve_of, labels_at, shipped_for, trial_of_class
from clinic.pages.edits import Open
from clinic.pages.label_message import phenomena
from clinic.pages.marking import has_trial, look_at, window_of
from clinic.pages.opened import now_us, opened
from clinic.review.compare import Comparison, changes_html, compare, sentence
from clinic.review.kshot import Shot, gain_words, words
from clinic.review.lanes import curve_html, lanes_html
from clinic.teaching import Trial, accept, trial
from data.errors import MotionwardError
from data.intervals import Interval
from data.labels import subject_of
from data.recording import Placement


@dataclass(frozen=True, slots=True)
class Taught:
    """A trial that waits for a decision, what marks bring, and how many there are."""

    trial: Trial
    shots: tuple[Shot, ...]
    marked: int


@st.fragment
def adapting(what: Open) -> None:
    """Ask which class is to be taught, and show what came of it."""
    if st.session_state.pop("adapted", None):
        st.rerun(scope="app")  # everything on the page shows the present flags
    able = classes_to_teach(what)
    st.html('<div class="mw-head">Adapt <span>teach a detector for this place with your marks</span></div>')
    said = st.session_state.pop("adapt said", None)
    if said:
        st.html(f'<div class="mw-note" role="status">{escape(said)}</div>')
    if not able:
        place = escape(what.stream.placement)
        why = f"No detector serves a sensor at: {place}. Mark some episodes of a class and one can be taught."
        st.html(f'<div class="mw-note">{why}</div>')
        return
    which, start, rest = st.columns([2, 1, 1.3] if has_trial(what) else [2, 1, 0.01], vertical_alignment="bottom")
    chosen = which.selectbox(
        "Class", able, format_func=lambda name: _title(name, what.stream.placement), label_visibility="collapsed"
    )
    if start.button("Adapt and compare", width="stretch"):
        _try(what, chosen)
    if has_trial(what):
        rest.html('<div class="mw-note">Nothing changes until you accept.</div>')
        _decide(what, st.session_state["trial"][1])


def classes_to_teach(what: Open) -> list[str]:
    """What is shipped for the place, then every other class that the person has marked there, by name."""
    places = {(r.id, s.name): s.placement for r in what.rows.recordings for s in r.streams}
    marked = {
        subject_of(x.label)
        for x in opened().labels(patient=what.rows.patient.code, rater=what.rater)
        if places.get((x.recording, x.stream)) == what.stream.placement
    }
    return list(dict.fromkeys([*phenomena(what.stream.placement), *sorted(marked)]))


def _title(name: str, placement: str) -> str:
    return name if shipped_for(name, placement) else f"{name} (new: learned from your marks alone)"


def _try(what: Open, phenomenon: str) -> None:
    store, recording, place = opened(), what.recording.id, Placement(what.stream.placement)
    st.session_state.pop("trial", None)
    bar = st.progress(0.0, f"Teaching {phenomenon} with your marks …")

    def fitted(share: float) -> None:
        bar.progress(0.7 * share, f"Teaching {phenomenon} with your marks …")

    try:
        settings, detector = settings_of(store, recording), shipped_for(phenomenon, place)
        labels = labels_at(store, what.rows.patient.code, what.rater, phenomenon, place)
        if detector is None:
            tried, shots = trial_of_class(store, recording, phenomenon, place, what.rater, settings)
        else:
            tried = trial(store, recording, detector, what.rater, settings, progress=fitted)
            bar.progress(0.7, "Looking at how much marks bring …")
            shots = curve_of(store, recording, detector, place, what.rater, settings)
    except MotionwardError as error:
        bar.empty()
        st.html(f'<div class="mw-note">{escape(str(error))}</div>')
        return
    bar.progress(1.0, "Done")
    marked = sum(x.label == phenomenon for x in labels)
    st.session_state["trial"] = (what.key, Taught(tried, shots, marked))
    if tried.helps:  # a comparison tells what the detector says: who marks from here on does not do it blind
        st.session_state.setdefault("seen", set()).update((recording, s) for s in tried.flags)
    st.rerun(scope="app")


def _decide(what: Open, taught: Taught) -> None:
    tried = taught.trial
    changes, why = st.columns([2.1, 1], gap="large")
    if not tried.helps:
        changes.html(f'<div class="mw-note">{escape(tried.why)}</div>')
        with why:
            _expected(taught)
        return
    stream, phenomenon = what.stream.name, tried.detector.phenomenon
    old = [
        e.interval
        for e in what.rows.episodes
        if (e.recording, e.stream, e.phenomenon) == (what.recording.id, stream, phenomenon) and e.certainty != "unsure"
    ]
    found = compare(old, tried.flags.get(stream, ()))
    with changes:
        _changes(what, tried, found)
    with why:
        _expected(taught)
        if tried.warning:
            st.html(f'<div class="mw-said"><span class="mw-check"><i>▲</i> {escape(tried.warning)}</span></div>')
        if not tried.is_shown:
            st.html('<div class="mw-said"><b>Not shown to help</b>: chance alone may explain what it gains.</div>')
            st.text_input("Why you accept it all the same", key="reason", max_chars=200)
        yes, no = st.columns(2)
        yes.button("Accept", on_click=_accept, args=(what, tried), width="stretch")
        no.button("Discard", on_click=_discard, args=(what, tried), width="stretch")
        st.html(
            '<div class="mw-note">Accept analyses this recording with the new detector; timeline and reports then '
            f"show its flags, and so will further recordings of {escape(what.rows.patient.code)} that are imported. "
            "Recordings that are here already, other patients and the old detector stay as they are.</div>"
        )


def _changes(what: Open, tried: Trial, found: Comparison) -> None:
    others = len(tried.flags) - 1
    more = f" It serves {others} more sensor{'s' if others > 1 else ''} of this recording." if others > 0 else ""
    st.html(f'<div class="mw-said"><b>{escape(sentence(found))}</b>{more}</div>')
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
    said = gain_words(taught.shots) if tried.helps else ""
    if said:
        st.html(f'<div class="mw-said">{escape(said)}</div>')
    if taught.shots:
        mount_links(curve_html(taught.shots, name), "curve", lambda _path, _query: None)
    st.html(f'<div class="mw-note">{escape(words(taught.shots, taught.marked, name))}</div>')
    if tried.helps:
        st.html(f'<div class="mw-note">{escape(tried.why)}</div>')


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
    st.session_state["adapted"] = True
    st.session_state["adapt said"] = "Discarded: nothing was changed."
