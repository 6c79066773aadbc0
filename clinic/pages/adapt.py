"""Adapt, in a fragment: a detector taught with the marks, what it would change here, and the decision."""

from __future__ import annotations

from html import escape

import streamlit as st

from clinic.in_use import settings_of, start_of
from clinic.new_class import curve_of, name_of, shipped_for, trial_of_class
from clinic.pages.blindness import note_seen
from clinic.pages.deciding import Taught, decide, marks_of
from clinic.pages.edits import Open
from clinic.pages.label_message import phenomena, taught
from clinic.pages.marking import awaits_decision, has_trial
from clinic.pages.opened import opened, patients
from clinic.pages.telling import forget, present_run, told
from clinic.pages.versions import versions
from clinic.teaching import trial
from data.errors import MotionwardError
from data.labels import subject_of
from data.recording import Placement

EVERYBODY = "every patient"
NEW = "new: from your marks alone"
LOOKING = "Looking at how much marks bring …"
FITTED = 0.7
"""Share of the bar at which a detector is taught; the rest is the look at how much marks bring."""


@st.fragment
def adapting(what: Open) -> None:
    """Ask which class is to be taught, and show what came of it."""
    if st.session_state.pop("adapted", None):
        st.rerun(scope="app")  # everything on the page shows the present flags
    able = classes_to_teach(what)
    st.html('<div class="mw-head">Adapt <span>teach a detector for this place with your marks</span></div>')
    said = told(what)
    if said:
        st.html(f'<div class="mw-note" role="status">{escape(said)}</div>')
    if not able:
        place = escape(what.stream.placement)
        why = f"No detector serves a sensor at: {place}. Mark some episodes of a class and one can be taught."
        st.html(f'<div class="mw-note">{why}</div>')
        return
    which, start, rest = st.columns([2, 1, 1.3] if awaits_decision(what) else [2, 1, 0.01], vertical_alignment="bottom")
    first = _newest(what, able)
    chosen = which.selectbox(
        "Class", able, first, format_func=lambda name: _title(name, what.stream.placement),
        label_visibility="collapsed", key=f"class {what.key} {able[first]}",
    )  # fmt: skip
    everybody = _for_everybody(what)
    if start.button("Adapt and compare", width="stretch"):
        _try(what, chosen, everybody=everybody)
    if awaits_decision(what):
        rest.html('<div class="mw-note">Nothing changes until you accept.</div>')
    if has_trial(what):
        decide(what, st.session_state["trial"][1])
    if not awaits_decision(what):
        versions(what, chosen)


def _newest(what: Open, able: list[str]) -> int:
    """Which of the classes was marked last on the open sensor; the first where none was."""
    mine = opened().labels(recording=what.recording.id, rater=what.rater)
    here = sorted((x for x in mine if x.stream == what.stream.name), key=lambda x: (x.made_us, x.seq))
    return able.index(subject_of(here[-1].label)) if here else 0


def classes_to_teach(what: Open) -> list[str]:
    """What is shipped for the place, then every other class that is taught for everybody or marked there, by name."""
    places = {(r.id, s.name): s.placement for r in what.rows.recordings for s in r.streams}
    marked = {
        subject_of(x.label)
        for x in opened().labels(patient=what.rows.patient.code, rater=what.rater)
        if places.get((x.recording, x.stream)) == what.stream.placement
    }
    place = what.stream.placement
    return list(dict.fromkeys([*phenomena(place), *sorted(marked.union(taught(place)))]))


def _for_everybody(what: Open) -> bool:
    """Whether to learn from, and for, every patient; asked where there are several."""
    if len(patients()) < 2:
        return False
    mine = f"{what.rows.patient.code} alone"
    said = st.segmented_control(
        "Your marks of, and a detector for", (mine, EVERYBODY), default=mine, key=f"whom {what.key}",
        help="A detector for every patient learns from your marks of all of them, where patients left out show that it "
        "helps others, and judges what is imported from then on. A patient's own starts from it.",
    )  # fmt: skip
    return said == EVERYBODY


def _title(name: str, placement: str) -> str:
    if name in phenomena(placement):
        return name
    return f"{name} ({'taught for every patient' if name in taught(placement) else NEW})"


def _try(what: Open, phenomenon: str, *, everybody: bool) -> None:
    store, recording, place = opened(), what.recording.id, Placement(what.stream.placement)
    st.session_state.pop("trial", None)
    forget()
    bar = st.progress(0.0, f"Teaching {phenomenon} with your marks …")

    def looked(share: float) -> None:
        bar.progress(FITTED + (1 - FITTED) * share, LOOKING)

    def fitted(share: float) -> None:
        bar.progress(FITTED * share, f"Teaching {phenomenon} with your marks …")

    try:
        settings, detector = settings_of(store, recording), shipped_for(phenomenon, place)
        run, labels = present_run(what), marks_of(what, phenomenon, everybody=everybody)
        start = detector if everybody else start_of(store, what.rows.patient.code, name_of(phenomenon, place))
        if start is None:
            tried, shots = trial_of_class(
                store, recording, phenomenon, place, what.rater, settings, everybody=everybody, progress=fitted
            )  # fmt: skip
        else:
            tried = trial(store, recording, start, what.rater, settings, everybody=everybody, progress=fitted)
            looked(0.0)
            shots = curve_of(
                store, recording, detector or start, place, what.rater, settings, everybody=everybody, progress=looked
            )
    except MotionwardError as error:
        bar.empty()
        st.html(f'<div class="mw-note">{escape(str(error))}</div>')
        return
    bar.progress(1.0, "Done")
    is_of_shipped = detector is not None and start is not None and start.version != detector.version
    st.session_state["trial"] = (what.key, Taught(tried, shots, run, labels, is_of_shipped))
    if tried.helps:  # a comparison tells what the detector says: who marks from here on does not do it blind
        for stream in tried.flags:
            note_seen([recording], stream)
    st.rerun(scope="app")
