"""Which version of a detector judges here and in further recordings: older ones, the shipped one, or everybody's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import streamlit as st

from clinic.choosing import keep_on, use_version
from clinic.in_use import for_everybody, of_patient, of_recording, versions_of
from clinic.new_class import name_of
from clinic.pages.edits import Open
from clinic.pages.opened import actor, now_us, opened
from clinic.pages.telling import tell
from clinic.review.compare import present_words
from clinic.review.version_words import further_words, gone_words, started_words, version_title
from clinic.store import Store
from clinic.timeline.clock import WallClock, clock_for
from data.errors import MotionwardError
from data.recording import Placement
from models.detectors import Detector, card_in, folder_of, shipped


def versions(what: Open, phenomenon: str) -> None:
    """Offer the versions of a detector that have judged this patient, or are for everybody; nothing where only one is.

    Parameters
    ----------
    phenomenon
        What the detector for this place finds.
    """
    store, patient, name = opened(), what.rows.patient, name_of(phenomenon, Placement(what.stream.placement))
    ours: Detector | None = next((d for d in shipped() if d.name == name), None)
    of_everybody(what, name, is_shipped=ours is not None)
    kept = versions_of(store, patient.code, name)
    if not kept:
        return
    clock = clock_for("absolute", patient.zone, 0)
    titles = {row.id: version_title(store.detector(row.id), row.accepted_us, clock) for row in kept}
    titles[ours.version if ours else ""] = version_title(ours, None, clock)
    present = next((d.version for d in of_recording(store, what.recording.id) if d.name == name), "")
    chosen = st.selectbox(  # as wide as there is room: its titles tell versions apart by their ends
        "Judged here by", list(titles), list(titles).index(present) if present in titles else 0,
        format_func=titles.__getitem__, key=f"version of {name} {what.recording.id} {present}",
    )  # fmt: skip
    said, use = st.columns([2, 1], vertical_alignment="center")
    about = " ".join(filter(None, (started(store, chosen, clock), gone(store, chosen, patient.code))))
    said.html(f'<div class="mw-note">{escape(about)}</div>')
    use.button(
        "Judge with this one", disabled=chosen == present, on_click=_use, args=(what, phenomenon, chosen),
        width="stretch",
        help="Analyses this recording anew, and others of this patient that the present version judges. Further ones "
        "of this patient are judged by it too, until another is chosen or accepted on one of theirs. Every version is "
        "kept, and so is what was said of its flags.",
    )  # fmt: skip
    if chosen or ours:
        _card(store.home.detectors(chosen) if chosen in {row.id for row in kept} else folder_of(name))
    _further(what, name, titles, present)


def _card(folder: Path) -> None:
    """What a version's folder says of it, with its reliability diagram."""
    before, picture, after = (re.sub(r"^#", "####", part, flags=re.MULTILINE) for part in card_in(folder))
    with st.expander("Card of this version"):
        st.markdown(before)
        if picture:
            st.image(picture, caption="Reliability: found against given probability")
            st.markdown(after)


def started(store: Store, version: str, clock: WallClock) -> str:
    """From which detector a version started that somebody took over; empty for a shipped one, and for none."""
    rows = {row.id: row for row in store.detectors()}
    if version not in rows:
        return ""
    detector = store.detector(version)
    parent, row = detector.parent or "", rows.get(detector.parent or "")
    found = store.detector(parent) if row else next((d for d in shipped() if d.version == parent), None)
    return started_words(detector, found, row.accepted_us if row else None, clock)


def gone(store: Store, version: str, patient: str) -> str:
    """From how many recordings a version learned that are not there to teach it any more; empty for none."""
    if version not in {row.id for row in store.detectors()}:
        return ""
    detector = store.detector(version)
    parent = store.detector(detector.parent) if detector.parent in {row.id for row in store.detectors()} else None
    is_everybodys = version in {of_all for _, of_all in store.cohort_detectors()}
    others = set() if is_everybodys else {r.id for r in store.recordings() if r.patient != patient}
    return gone_words(detector, parent, {r.id for r in store.withdrawn()}, others)


def _further(what: Open, name: str, titles: dict[str, str], present: str) -> None:
    """Say what judges further recordings of the patient, and offer the other: to keep the present, or everybody's."""
    store, code = opened(), what.rows.patient.code
    decided = store.chosen_detectors(code).get(name)
    coming = next((d.version for d in of_patient(store, code) if d.name == name), "")
    everybodys = next((d.version for d in for_everybody(store) if d.name == name), "")
    is_own = decided is None and coming != everybodys
    clock = clock_for("absolute", what.rows.patient.zone, 0)
    said, change = st.columns([2, 1], vertical_alignment="bottom")
    by = titles.get(coming, "as shipped")
    said.html(f'<div class="mw-note">{escape(further_words(decided, code, by, clock, is_own=is_own))}</div>')
    if is_own or (decided is not None and decided.version is not None):
        change.button(
            "Follow every patient", on_click=_follow, args=(what, name), width="stretch",
            help=f"Further recordings of {code} are judged by whichever detector is for every patient, until another "
            "is chosen or accepted on one of theirs. What is here stays as it was judged.",
        )  # fmt: skip
    else:
        change.button(
            "Keep on the present one", on_click=_keep, args=(what, name), width="stretch",
            help=f"Further recordings of {code} are judged by what judges this one ({titles.get(present, 'as shipped')}"
            "), whatever is taught for every patient, until another is chosen or accepted on one of theirs.",
        )  # fmt: skip


def of_everybody(what: Open, name: str, *, is_shipped: bool) -> None:
    """Say which version is for every patient, and offer to end that; nothing where none was taught for everybody.

    Parameters
    ----------
    is_shipped
        Whether a detector of that name is shipped, which takes its place; else nothing does.
    """
    version = dict(opened().cohort_detectors()).get(name, "")
    if not version:
        return
    said, back = st.columns([2, 1], vertical_alignment="bottom")
    said.html(
        f'<div class="mw-note">What is imported from now on, of every patient who has no detector of their own '
        f"and for whom none was chosen: the one taught for every patient ({escape(version[:7])}).</div>"
    )
    then = "by the shipped detector again" if is_shipped else "without looking for it"
    back.button(
        "Shipped for everybody" if is_shipped else "None for everybody", on_click=_end, args=(what, name, then),
        width="stretch",
        help=f"Further recordings are judged {then}. What is here stays as it was judged.",
    )  # fmt: skip


def _end(what: Open, name: str, then: str) -> None:
    with _answered(what, f"Changed: further recordings are judged {then}."):
        opened().set_cohort_detector(name, "", actor=actor(), now_us=now_us())


def _keep(what: Open, name: str) -> None:
    with _answered(what, f"Kept: further recordings of {what.rows.patient.code} are judged as this one is."):
        keep_on(opened(), what.recording.id, name, actor=what.rater, now_us=now_us())


def _follow(what: Open, name: str) -> None:
    with _answered(what, f"Changed: further recordings of {what.rows.patient.code} are judged as every patient's are."):
        opened().follow_every_patient(name, recording=what.recording.id, actor=what.rater, now_us=now_us())


@contextmanager
def _answered(what: Open, done: str) -> Iterator[None]:
    """What the page says afterwards: that it is done, or why it is not."""
    try:
        yield
    except MotionwardError as error:
        done = str(error)
    tell(what, done)


def _use(what: Open, phenomenon: str, version: str) -> None:
    store, name = opened(), name_of(phenomenon, Placement(what.stream.placement))
    try:
        with st.spinner("Judging anew …"):
            use_version(store, what.recording.id, name, version, actor=what.rater, now=now_us)
    except MotionwardError as error:
        tell(what, str(error))
        return
    st.session_state.pop("trial", None)
    st.session_state["adapted"] = True
    now = present_words(store.episodes(recording=what.recording.id), what.stream.name, phenomenon)
    further = f"Further recordings of {what.rows.patient.code} are judged so too, until somebody decides otherwise."
    tell(what, f"Changed: {now}. {further}")
