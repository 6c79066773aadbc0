"""The alarm budget on the timeline: set in false alarms, answered in what is found and what would have been shown."""

from __future__ import annotations

from html import escape

import streamlit as st

from clinic.analysis import Settings
from clinic.in_use import of_recording, settings_of
from clinic.pages.opened import actor, head_key, now_us, opened, rows_of
from clinic.pages.reading import Choice, chart_for, chosen
from clinic.stored import judge_at
from clinic.timeline.clock import MINUTE_US
from clinic.timeline.dial import (
    BUDGETS,
    DAY_H,
    DOUBTS,
    bought,
    dial_base,
    dial_sentence,
    flags_at,
    promise_sentence,
    promise_title,
    stored_scores,
)
from clinic.timeline.lane import counted_once
from data.errors import MotionwardError
from data.intervals import Interval, intersect
from data.recording import Placement
from models.detectors import Detector, folder_of
from models.detectors.unseen import read_unseen

HOUR, DAY = "an hour", "a day"
_MARGIN_US = 10 * MINUTE_US
"""Read on both sides of the days shown, so that a flag at their edge is whole."""


@st.fragment
def dial(choice: Choice) -> None:
    """The control and its answer; the flags change only once somebody says so."""
    if st.session_state.pop("budget set", None):
        st.rerun(scope="app")  # everything on the page shows the present flags
    found = _detector(head_key(), choice)
    if found is None:
        st.html('<div class="mw-note">The detector of these flags has no settings to choose from.</div>')
        return
    detector, placement = found
    # It opens at what is set for this patient: who changes one of the two must not take back the other unawares.
    present = settings_of(opened(), choice.recordings[-1])
    unit = st.segmented_control("False alarms, at most", (HOUR, DAY), default=HOUR, key="budget unit") or HOUR
    times = DAY_H if unit == DAY else 1
    per_hour = st.select_slider(
        f"Per judged {'day' if unit == DAY else 'hour'}",
        BUDGETS,
        value=present.false_alarms_per_hour if present.false_alarms_per_hour in BUDGETS else BUDGETS[3],
        format_func=lambda b: f"{b * times:g}",
        key=f"budget {unit} {choice.patient}",
    )
    words = st.segmented_control(
        promise_title(detector),
        tuple(DOUBTS),
        default=_word(present.promised),
        key=f"budget sure {choice.patient}",
    )
    wanted = Settings(per_hour, promised=DOUBTS.get(words or ""))
    held, shipped = detector.held, detector.parent or detector.version
    seen = held.unseen(shipped) if held and held.curve else read_unseen(folder_of(detector.name), shipped)
    at = bought(detector, seen, per_hour)
    if at is None:
        return
    chart = chart_for(choice)
    now = len(chart.shown.flags)
    then = _flags(head_key(), choice, placement, wanted)
    all_now = (now, len(chart.shown.episodes) - now)
    first, second = dial_sentence(at, all_now, then, chart.parts.now_name, per_day=unit == DAY)
    st.html(
        f'<div class="mw-head">{first}</div><div class="mw-head"><span>{second}</span></div>'
        f'<div class="mw-note" style="margin-top:6px">{dial_base(at, detector)} '
        f"{promise_sentence(wanted.of(detector), wanted.promised)}</div>"
    )
    _set(choice, wanted, times, "day" if unit == DAY else "hour")


def _set(choice: Choice, wanted: Settings, times: int, unit: str) -> None:
    """Which budget the flags shown are of, and the way to another."""
    present = settings_of(opened(), choice.recordings[-1])
    budget, promised = present.false_alarms_per_hour, present.promised
    said = "each detector's own threshold" if budget is None else f"at most {budget * times:g} a judged {unit}"
    if promised is not None:
        said += f", {_word(promised)} promised"
    st.html(
        f'<div class="mw-note">The flags shown: {said}. Setting a budget analyses these recordings anew with every '
        "detector at it, and so will be further ones of this patient. What was said of a flag stays with the analysis "
        "that made it, and comes back with its budget.</div>"
    )
    there, own = st.columns(2)
    there.button(
        "Set this", disabled=(budget, promised) == (wanted.false_alarms_per_hour, wanted.promised), on_click=_judge,
        args=(choice, wanted), width="stretch",
    )  # fmt: skip
    own.button(
        "Own thresholds", disabled=(budget, promised) == (None, None), on_click=_judge, args=(choice, Settings()),
        width="stretch",
        help="Back to the threshold that each detector came with.",
    )  # fmt: skip
    refused = st.session_state.pop("budget refused", None)
    if refused:
        st.html(f'<div class="mw-note" role="alert">{escape(refused)}</div>')


def _word(promised: float | None) -> str:
    return next(word for word, share in DOUBTS.items() if share == promised)


def _judge(choice: Choice, wanted: Settings) -> None:
    try:
        with st.spinner("Judging these recordings anew …"):
            alarms, promised = wanted.false_alarms_per_hour, wanted.promised
            judge_at(opened(), choice.recordings, alarms, promised, actor=actor(), now=now_us)
    except MotionwardError as error:
        st.session_state["budget refused"] = str(error)
        return
    st.session_state["budget set"] = True


@st.cache_resource(show_spinner=False, max_entries=16)
def _detector(head: str, choice: Choice) -> tuple[Detector, Placement] | None:  # noqa: ARG001  the head is the key
    """The detector that judged the newest of the recordings, and where."""
    recordings = chosen(rows_of(choice.patient), choice)
    place = next((s.placement for r in recordings for s in r.streams if s.name == choice.stream), "")
    for detector in of_recording(opened(), recordings[-1].id):
        if detector.phenomenon == choice.phenomenon and place in detector.placements and detector.points:
            return detector, Placement(place)
    return None


@st.cache_data(show_spinner=False, max_entries=64)
def _flags(head: str, choice: Choice, placement: Placement, wanted: Settings) -> tuple[int, int]:
    """Flags of the days shown, and unsure ones, at a budget, from the probabilities that are stored."""
    found = _detector(head, choice)
    assert found is not None
    chart, rows, ids = chart_for(choice), rows_of(choice.patient), set(choice.recordings)
    span = chart.span
    wide = Interval(span.start - _MARGIN_US, span.end + _MARGIN_US)
    store = opened()
    runs = [r for r in rows.runs if r.recording in ids]
    here = {r.id for r in chosen(rows, choice) if any(s.name == choice.stream for s in r.streams)}
    own, _ = counted_once(s for s in rows.spans if s.recording in ids and s.stream == choice.stream)
    stored = [
        (stored_scores(choice.stream, choice.phenomenon, columns), intersect(chart.lane.worn, own.get(r.recording, ())))
        for r in runs
        if r.recording in here
        for columns in [store.scores(r.id, choice.stream, choice.phenomenon, wide.start, wide.end)]
        if len(columns["start_us"])
    ]
    return flags_at(wanted.of(found[0]), stored, placement, span)
