"""Marking in a fragment: the canvas with the spans of one annotator, each edit stored as it is made, and their list."""

from __future__ import annotations

import streamlit as st

from clinic.components import mount_label, mount_links, mount_receipt, state
from clinic.pages.blindness import is_seen, note_seen
from clinic.pages.edits import Open, seen_version, store_edit
from clinic.pages.label_message import classes_for, detectors, held, message_for
from clinic.pages.opened import now_us, opened
from clinic.pages.sensors import go_on, within
from clinic.review.marking import counted, edits_from, table_html
from clinic.review.strips import opening
from clinic.store.rows import LabelRow
from clinic.timeline.clock import clock_for
from clinic.timeline.html import answer_html
from clinic.timeline.window import around, asked_window
from data.errors import MotionwardError
from data.intervals import Interval

KEY = "label"
FIRST_US = 30_000_000


@st.fragment
def mark(what: Open) -> None:
    """Show the canvas with the view that the person left, and the list of labels under it."""
    # What others say is shown of the sensor on which somebody asked for it: on the next one they mark blind again.
    store, shown = opened(), st.session_state.get("shown") == what.key
    # Before all else: somebody waits to see that the label is stored, and the rest takes longer than storing it.
    mount_receipt([x for x, _ in held("label applied")], "label receipt")
    if st.session_state.pop("other sensor to label", None):
        st.rerun(scope="app")
    everything = store.labels(recording=what.recording.id)
    mine = [x for x in everything if x.rater == what.rater]
    here = sum(x.stream == what.stream.name for x in mine)
    part = "" if here == len(mine) else f", {here or 'none'} of them on this sensor"
    first = f"{counted(mine)} marked by {what.rater}{part}." if mine else "Nothing marked yet: drag across the traces."
    st.html(answer_html("", first[:1].upper() + first[1:], _blindness(what)))
    said = message_for(what, view(what), mine, everything, shown=shown)
    mount_label(said, KEY, lambda: _on_view(what), lambda: _on_outbox(what))
    if not awaits_decision(what):  # what a detector would change stands here then, in sight of the traces
        listed = everything if shown else mine
        _table(what, [x for x in listed if x.stream == what.stream.name])
    # What can be taught stands in another part of the page, and has to hear of a class that is new.
    st.session_state["classes marked"] = {x.label for x in mine}
    if st.session_state.pop("new class marked", None):
        st.rerun(scope="app")


def _blindness(what: Open) -> str:
    if is_seen(what):
        return "You have seen what the detector or another annotator says here; your labels name the detector."
    return "Blind: what the detector and other annotators say is hidden."


def view(what: Open) -> Interval:
    """The window that is open: the one the person left, else that of the link, else the first worth a look."""
    held = st.session_state.get("label view")
    if held is not None and held[0] == what.key:
        return held[1]  # type: ignore[no-any-return]  # put there below
    limits = what.stream.interval
    asked = asked_window(st.query_params.get("from", ""), st.query_params.get("to", ""))
    if asked is not None and asked.overlaps(limits):  # the timeline's window may go beyond the recording
        window = within(asked, limits)
    else:
        here = (what.recording.id, what.stream.name)
        spans = [s for s in what.rows.spans if (s.recording, s.stream) == here]
        flags = [e for e in what.rows.episodes if (e.recording, e.stream) == here] if is_seen(what) else []
        window = opening(spans, flags, limits, FIRST_US)
    look_at(what, window)
    return window


def look_at(what: Open, window: Interval, *, again: bool = False, label: str = "") -> None:
    """Make a window the one that is open; the address names it, for a colleague or a reload.

    Parameters
    ----------
    again
        Whether the canvas, which has gone its own way since, is to follow.
    label
        The label that is chosen there then.
    """
    st.session_state["label chosen"] = label
    st.session_state["label view"] = (what.key, window)
    st.session_state["label order"] = st.session_state.get("label order", 0) + again
    st.query_params["from"], st.query_params["to"] = str(window.start), str(window.end)


def window_of(what: Open, span: Interval) -> Interval:
    """The window that shows a span."""
    return within(around(span, FIRST_US), what.stream.interval)


def _on_view(what: Open) -> None:
    said = state(KEY, "view") or {}
    if said.get("key") != what.key:
        return
    if "shown" in said:
        st.session_state["shown"] = what.key if said["shown"] else ""
        if said["shown"]:
            note_seen([what.recording.id], what.stream.name)
    if isinstance(said.get("beside"), list):
        st.session_state["beside"] = [str(name) for name in said["beside"]]
    window = Interval(round(said["from"]), round(said["to"]))
    look_at(what, window)
    if said.get("onward") and go_on(what, window):
        st.session_state["other sensor to label"] = True


def _on_outbox(what: Open) -> None:
    """Store each edit once, by its id; what is refused is said on the canvas and given back to the person."""
    applied, refused = held("label applied"), held("label refused")
    made, done = dict(applied), {x for x, _ in (*applied, *refused)}
    serving = {d.name for d in detectors() if what.stream.placement in d.placements}
    for edit in edits_from(state(KEY, "outbox")):
        if edit.id in done:
            continue
        try:
            key = store_edit(
                opened(),
                what,
                edit,
                made,
                model=seen_version(what, edit.label, serving) if is_seen(what) else "",
                at_us=now_us(),
                window=view(what),
            )
            applied.append((edit.id, key))
            made[edit.id] = key
            is_new = edit.label and edit.label not in st.session_state.get("classes marked", set())
            if is_new or has_trial(what):  # what waits for a decision did not learn from it, and says so
                st.session_state["new class marked"] = True
        except MotionwardError as error:
            refused.append((edit.id, str(error)))


def has_trial(what: Open) -> bool:
    """Whether a detector was taught here, and what came of it is shown."""
    tried = st.session_state.get("trial")
    return tried is not None and bool(tried[0] == what.key)


def awaits_decision(what: Open) -> bool:
    """Whether it waits for a decision; one that learned nothing does not."""
    return has_trial(what) and bool(st.session_state["trial"][1].trial.helps)


def _table(what: Open, labels: list[LabelRow]) -> None:
    if not labels:
        return
    st.html(f'<div class="mw-head">Marked <span>{len(labels)} on this sensor, newest first</span></div>')

    def open_label(_path: str, query: dict[str, str]) -> None:
        row = next((x for x in labels if x.id == query.get("label")), None)
        if row is not None:
            look_at(what, window_of(what, row.interval), again=True, label=row.id)
            st.rerun(scope="fragment")

    saved = clock_for("absolute", what.rows.patient.zone, 0)
    with st.container(height=190 if len(labels) > 5 else "content", border=False):
        mount_links(table_html(labels, what.clock, saved, classes_for(what, shown=is_seen(what))), "labels", open_label)
