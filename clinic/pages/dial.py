"""The alarm budget on the timeline: set in false alarms, answered in what is found and what would have been shown."""

from __future__ import annotations

import streamlit as st

from clinic.in_use import of_recording
from clinic.pages.opened import head_key, opened, rows_of
from clinic.pages.reading import Choice, chart_for, chosen
from clinic.timeline.clock import MINUTE_US
from clinic.timeline.dial import BUDGETS, DAY_H, bought, dial_base, dial_sentence, flags_at, stored_scores
from data.intervals import Interval
from data.recording import Placement
from models.detectors import Detector, folder_of
from models.detectors.unseen import read_unseen

HOUR, DAY = "an hour", "a day"
_MARGIN_US = 10 * MINUTE_US
"""Read on both sides of the days shown, so that a flag at their edge is whole."""


@st.fragment
def dial(choice: Choice) -> None:
    """The control and its answer; nothing on the page changes by it."""
    found = _detector(head_key(), choice)
    if found is None:
        st.html('<div class="mw-note">The detector of these flags has no settings to choose from.</div>')
        return
    detector, placement = found
    unit = st.segmented_control("False alarms, at most", (HOUR, DAY), default=HOUR, key="budget unit") or HOUR
    times = DAY_H if unit == DAY else 1
    per_hour = st.select_slider(
        f"Per judged {'day' if unit == DAY else 'hour'}",
        BUDGETS,
        value=BUDGETS[3],
        format_func=lambda b: f"{b * times:g}",
        key=f"budget {unit}",
    )
    at = bought(detector, read_unseen(folder_of(detector.name), detector.parent or detector.version), per_hour)
    if at is None:
        return
    chart = chart_for(choice)
    then = _flags(head_key(), choice, placement, per_hour)
    first, second = dial_sentence(at, len(chart.shown.flags), then, chart.parts.now_name, per_day=unit == DAY)
    st.html(
        f'<div class="mw-head">{first}</div><div class="mw-head"><span>{second}</span></div>'
        f'<div class="mw-note" style="margin-top:6px">{dial_base(at, is_taught=detector.adapted is not None)} '
        "Nothing on this page changes by looking.</div>"
    )


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
def _flags(head: str, choice: Choice, placement: Placement, per_hour: float) -> int:
    """Flags of the days shown at a budget, from the probabilities that are stored."""
    found = _detector(head, choice)
    assert found is not None
    chart, rows, ids = chart_for(choice), rows_of(choice.patient), set(choice.recordings)
    span = chart.span
    wide = Interval(span.start - _MARGIN_US, span.end + _MARGIN_US)
    store = opened()
    runs = [r for r in rows.runs if r.recording in ids]
    here = {r.id for r in chosen(rows, choice) if any(s.name == choice.stream for s in r.streams)}
    columns = [
        store.scores(r.id, choice.stream, choice.phenomenon, wide.start, wide.end) for r in runs if r.recording in here
    ]
    stored = [stored_scores(choice.stream, choice.phenomenon, c) for c in columns if len(c["start_us"])]
    return flags_at(found[0].at_false_alarms(per_hour), stored, chart.lane.worn, placement, span)
