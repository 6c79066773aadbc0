"""Marking in a fragment: the canvas with the spans of one annotator, each edit stored as it is made, and their list."""

from __future__ import annotations

import streamlit as st

from clinic.components import mount_label, mount_links, state
from clinic.pages.edits import Open, seen_version, store_edit
from clinic.pages.opened import now_us, opened
from clinic.pages.signals import signal_of
from clinic.review.marking import classes, counted, edits_from, header, keys, other_said, table_html
from clinic.store.rows import LabelRow
from clinic.timeline.chart import add_window
from clinic.timeline.clock import clock_for
from clinic.timeline.html import answer_html
from clinic.timeline.message import Message
from clinic.timeline.window import around
from data.errors import MotionwardError
from data.intervals import Interval
from models.detectors import Detector, shipped

KEY = "label"
FIRST_US = 30_000_000
_MOST = 200
"""Answers that the canvas can still wait for."""


@st.cache_resource(show_spinner=False)
def detectors() -> tuple[Detector, ...]:
    """The shipped detectors, loaded once."""
    return shipped()


def phenomena(placement: str) -> list[str]:
    """What the shipped detectors look for at a place."""
    return list(dict.fromkeys(d.phenomenon for d in detectors() if placement in d.placements))


@st.fragment
def mark(what: Open) -> None:
    """Show the canvas with the view that the person left, and the list of labels under it."""
    store, shown = opened(), bool(st.session_state.get("shown"))
    everything = store.labels(recording=what.recording.id)
    mine = [x for x in everything if x.rater == what.rater]
    first = f"{counted(mine)} marked by {what.rater}." if mine else "Nothing marked yet: drag across the traces."
    st.html(answer_html("", first[:1].upper() + first[1:], _blindness(what)))
    mount_label(_message(what, mine, everything, shown=shown), KEY, lambda: _on_view(what), lambda: _on_outbox(what))
    listed = everything if shown else mine
    _table(what, [x for x in listed if x.stream == what.stream.name])


def _blindness(what: Open) -> str:
    if _is_seen(what):
        return "You have seen what the detector says here; your labels name it."
    return "Blind: what the detector and other annotators say is hidden."


def _message(what: Open, mine: list[LabelRow], everything: list[LabelRow], *, shown: bool) -> bytes:
    name, clock, message = what.stream.name, what.clock, Message()
    of_patient = opened().labels(patient=what.rows.patient.code)
    # What another annotator called it is their opinion too.
    used = {x.label for x in of_patient if shown or x.rater == what.rater}
    history = opened().label_history(what.recording.id, what.rater)
    here = [x for x in mine if x.stream == name]
    window = view(what)
    head = header(
        what.key, window, what.stream.interval, clock, classes(phenomena(what.stream.placement), used), here,
        keys(history),
    )  # fmt: skip
    spans = [s for s in what.rows.spans if (s.recording, s.stream) == (what.recording.id, name)]
    flags = [e for e in what.rows.episodes if (e.recording, e.stream) == (what.recording.id, name)]
    others = [x for x in everything if x.stream == name and x.rater != what.rater]
    head |= {
        "spans": {
            k: [[s.interval.start, s.interval.end] for s in spans if s.kind == k.replace("_", " ")]
            for k in ("not_worn", "gap")
        },
        "shown": shown,
        "others": other_said(others, flags) if shown else [],
        "stream": name,
        "applied": _held("label applied")[-_MOST:],
        "refused": _held("label refused")[-_MOST:],
        "order": st.session_state.get("label order", 0),
        "window": None,
        "error": None,
    }
    try:
        signal = signal_of([what.recording], name, window, what.stream.interval)
        head["window"] = add_window(message, signal.wide, signal.letters, signal.spectrum, (), is_raw=signal.is_raw)
    except (MotionwardError, OSError) as error:
        head["error"] = f"The signal cannot be read: {error}"
    return message.pack(head)


def _held(name: str) -> list[tuple[str, str]]:
    held: list[tuple[str, str]] = st.session_state.setdefault(name, [])
    return held


def view(what: Open) -> Interval:
    """The window that is open: the one the person left, else the one of the link, else the first half minute."""
    held = st.session_state.get("label view")
    if held is not None and held[0] == what.key:
        return held[1]  # type: ignore[no-any-return]  # put there below
    limits, start, end = what.stream.interval, st.query_params.get("from", ""), st.query_params.get("to", "")
    window = Interval(limits.start, min(limits.end, limits.start + FIRST_US))
    if start.lstrip("-").isdigit() and end.lstrip("-").isdigit() and limits.start <= int(start) < int(end):
        window = Interval(int(start), int(end)) if int(end) <= limits.end else window
    look_at(what, window)
    return window


def look_at(what: Open, window: Interval, *, again: bool = False) -> None:
    """Make a window the one that is open; the address names it, for a colleague or a reload.

    Parameters
    ----------
    again
        Whether the canvas, which has gone its own way since, is to follow.
    """
    st.session_state["label view"] = (what.key, window)
    st.session_state["label order"] = st.session_state.get("label order", 0) + again
    st.query_params["from"], st.query_params["to"] = str(window.start), str(window.end)


def window_of(what: Open, span: Interval) -> Interval:
    """The window that shows a span."""
    window, limits = around(span, FIRST_US), what.stream.interval
    return Interval(max(limits.start, window.start), min(limits.end, window.end))


def _on_view(what: Open) -> None:
    said = state(KEY, "view") or {}
    if said.get("key") != what.key:
        return
    if "shown" in said:
        st.session_state["shown"] = bool(said["shown"])
        if said["shown"]:
            st.session_state.setdefault("seen", set()).add((what.recording.id, what.stream.name))
    look_at(what, Interval(round(said["from"]), round(said["to"])))


def _on_outbox(what: Open) -> None:
    """Store each edit once, by its id; what is refused is said on the canvas and given back to the person."""
    applied, refused = _held("label applied"), _held("label refused")
    made, done = dict(applied), {x for x, _ in (*applied, *refused)}
    for edit in edits_from(state(KEY, "outbox")):
        if edit.id in done:
            continue
        try:
            key = store_edit(
                opened(),
                what,
                edit,
                made,
                model=seen_version(what, edit.label) if _is_seen(what) else "",
                at_us=now_us(),
            )
            applied.append((edit.id, key))
            made[edit.id] = key
        except MotionwardError as error:
            refused.append((edit.id, str(error)))


def _is_seen(what: Open) -> bool:
    """Whether the person was shown, in this session, what the detector says of this stream."""
    return (what.recording.id, what.stream.name) in st.session_state.get("seen", set())


def _table(what: Open, labels: list[LabelRow]) -> None:
    if not labels:
        return
    st.html(f'<div class="mw-head">Marked <span>{len(labels)} on this sensor, newest first</span></div>')

    def open_label(_path: str, query: dict[str, str]) -> None:
        row = next((x for x in labels if x.id == query.get("label")), None)
        if row is not None:
            look_at(what, window_of(what, row.interval), again=True)
            st.rerun(scope="fragment")

    saved = clock_for("absolute", what.rows.patient.zone, 0)
    with st.container(height=190 if len(labels) > 5 else "content", border=False):
        mount_links(table_html(labels, what.clock, saved), "labels", open_label)
