"""The canvas and the flags under it, in a fragment: moving about never runs the rest of the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from clinic.components import mount_links, mount_receipt, mount_timeline, state
from clinic.pages.blindness import note_seen
from clinic.pages.medication import medication
from clinic.pages.opened import actor, now_us, opened, rows_of
from clinic.pages.reading import Choice, chart_for, chosen
from clinic.pages.signals import message_for
from clinic.store.rows import RecordingRow
from clinic.timeline.chart import Chart, View, first_view, view_from
from clinic.timeline.html import episodes_html
from clinic.timeline.window import around, asked_window
from data.errors import MotionwardError
from data.intervals import Interval

KEY = "timeline"
MOST_ROWS = 12
_SPAN_US = 30_000_000


@st.fragment
def browse(choice: Choice, above: Callable[[Chart], str]) -> None:
    """Show the canvas of a chart with the view that the person left, and the table of flags.

    Parameters
    ----------
    above
        The HTML over the canvas, of the chart as the store stands now.
    """
    if st.session_state.pop("other sensor", None):
        st.rerun(scope="app")
    applied = st.session_state.setdefault("applied", [])
    # Before all else: somebody waits to see that the review is stored, and the rest takes longer than storing it.
    mount_receipt(applied, "receipt")
    # Read anew: a review in this fragment has moved the store's head.
    rows, chart = rows_of(choice.patient), chart_for(choice)
    view = _view(chart)
    st.html(above(chart))
    problem = st.session_state.pop("review problem", None)
    order = st.session_state.get("order", 0)
    message = message_for(chart, rows, chosen(rows, choice), view, applied=applied, order=order, problem=problem)
    mount_timeline(message, KEY, _on_view, _on_outbox)
    note_seen(choice.recordings, choice.stream)
    against, flags = st.columns(2, gap="medium")
    with against:
        medication(chart, choice.patient)
    with flags:
        _table(chart, choice.patient)


def _view(chart: Chart) -> View:
    """The view of this chart; for another sensor or other days the same instant, where they hold it."""
    held = st.session_state.get("view")
    if held is not None and held[0] == chart.key:
        return held[1]  # type: ignore[no-any-return]  # put there below
    window = held[1].window if held is not None and held[0].split("|")[0] == chart.key.split("|")[0] else _linked(chart)
    view = first_view(chart, window if window is not None and window.overlaps(chart.span) else None)
    st.session_state["view"] = (chart.key, view)
    return view


def _linked(chart: Chart) -> Interval | None:
    """The window, or the flag, that the link names."""
    asked = st.query_params.get("episode")
    flag = next((e for e in chart.lane.episodes if e.id == asked), None)
    window = asked_window(st.query_params.get("from", ""), st.query_params.get("to", ""))
    return window or (around(flag.interval, _SPAN_US) if flag else None)


def label_link(chart: Chart, patient: str, recordings: Sequence[RecordingRow]) -> dict[str, str]:
    """The query of the labelling page at what is on the screen now: same recording, sensor and window."""
    window = _view(chart).window or chart.span
    stream = chart.lane.stream
    holds = [r for r in recordings if any(s.name == stream and s.interval.overlaps(window) for s in r.streams)]
    query = {"patient": patient, "recording": (holds or list(recordings))[0].id, "stream": stream}
    if _view(chart).window is not None:
        query |= {"from": str(window.start), "to": str(window.end)}
    return query


def _on_view() -> None:
    said = state(KEY, "view")
    view = view_from(said)
    if view is None:
        return
    st.session_state["view"] = (said["key"], view)
    if said.get("stream"):
        st.query_params["stream"] = said["stream"]
        st.session_state["other sensor"] = True
    _into_link(view)


def _into_link(view: View) -> None:
    """The address always names what is on the screen, for a colleague or a reload."""
    said: dict[str, object] = {"from": view.window.start, "to": view.window.end} if view.window else {}
    said = {**said, "episode": view.episode} if view.episode else said
    for name in ("from", "to", "episode"):
        if name in said:
            st.query_params[name] = str(said[name])
        elif name in st.query_params:
            del st.query_params[name]


def _on_outbox() -> None:
    """Store each edit once, by its id; one that fails stays in the outbox, and the page says why."""
    applied = st.session_state.setdefault("applied", [])
    try:
        for edit in state(KEY, "outbox") or []:
            if edit["id"] not in applied:
                opened().review(edit["episode"], edit["verdict"], actor=actor(), now_us=now_us())
                applied.append(edit["id"])
    except MotionwardError as error:
        st.session_state["review problem"] = f"The review was not stored: {error}"


def _table(chart: Chart, patient: str) -> None:
    episodes = chart.shown.episodes
    if not episodes:
        none = "none in these days" if chart.shown.judged else "nothing could be judged in these days"
        st.html(f'<div class="mw-head">Flags <span>{none}</span></div>')
        return
    shown = min(MOST_ROWS, len(episodes))
    flags = len(chart.shown.flags)
    unsure = len(episodes) - flags
    of = f"{flags} and {unsure} unsure: {shown} of {len(episodes)}" if flags and unsure else (
        f"{shown} of {flags}" if flags else f"{shown} of {unsure} unsure"
    )  # fmt: skip
    st.html(f'<div class="mw-head">Flags, longest first <span>{of}</span></div>')

    def open_flag(_path: str, query: dict[str, str]) -> None:
        flag = next((e for e in episodes if e.id == query.get("episode")), None)
        if flag is not None:
            view = first_view(chart, around(flag.interval, _SPAN_US))
            view = View(view.day, view.window, flag.id)
            st.session_state["view"] = (chart.key, view)
            st.session_state["order"] = st.session_state.get("order", 0) + 1
            _into_link(view)
            st.rerun(scope="fragment")

    html = episodes_html(episodes, chart.doses, chart.clock, patient, MOST_ROWS)
    mount_links(html, "flags", open_flag)
