"""Which rows make the chart: recordings, sensor, phenomenon and days as the link or the person chose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from clinic.pages.opened import PatientRows, actor, head_key, rows_of, validity
from clinic.reports.cards import card_for, cards_of
from clinic.reports.material import material_of_patient
from clinic.reports.thresholds import (
    detectors_differ,
    detectors_of,
    judged_words,
    thresholds_differ,
    thresholds_of,
)
from clinic.store.rows import RecordingRow, StreamRow
from clinic.timeline.chart import Chart
from clinic.timeline.clock import clock_for, length
from clinic.timeline.lane import Lane, Periods, day_rows, lanes, periods
from clinic.timeline.together import groups, on_one_clock
from clinic.timeline.validity import Validity

LAST, EARLIER, ALL = "Last 7 days", "7 days before", "All days"
DAYS = {"last": LAST, "before": EARLIER, "all": ALL}
"""What a link calls them."""


def chosen_recordings(rows: PatientRows, asked: str | None) -> tuple[RecordingRow, ...]:
    """The recording of the link; else all that have a date; else the newest without one."""
    return tuple(r for r in rows.recordings if r.id == asked) or on_one_clock(rows.recordings)


def switch_recording(
    rows: PatientRows, shown: Sequence[RecordingRow], place: st.delta_generator.DeltaGenerator
) -> None:
    """Offer the patient's other recordings, where not all of them share one clock."""
    every = groups(rows.recordings)
    if len(every) < 2:
        return
    present = next((g for g in every if g == tuple(shown)), tuple(shown))  # a link may name one of those with a date
    options = list(dict.fromkeys([*every, present]))
    words = [_group_words(g) for g in options]
    words = [w if words.count(w) == 1 else f"{w} ({g[0].id[:6]})" for w, g in zip(words, options, strict=True)]
    key = f"recording {rows.patient.code} {present[0].id} {len(present)}"
    said = place.selectbox("Recording", words, options.index(present), label_visibility="collapsed", key=key)
    picked = options[words.index(said)]
    if picked != present:
        for name in ("from", "to", "episode", "days"):  # they are of the other clock
            st.query_params.pop(name, None)
        st.session_state.pop("view", None)
        st.query_params["recording"] = picked[0].id
        if picked == every[0]:
            del st.query_params["recording"]
        st.rerun()


def _group_words(group: tuple[RecordingRow, ...]) -> str:
    """``walk1.csv, 58.0 s`` or ``all 3 with a date``."""
    if len(group) > 1:
        return f"all {len(group)} with a date"
    (one,) = group
    start, end = min(s.interval.start for s in one.streams), max(s.interval.end for s in one.streams)
    return f"{one.file}, {length(end - start)}"


def recording_link() -> dict[str, str]:
    """The recording that the address names, to be kept on the way to another page."""
    return {"recording": st.query_params["recording"]} if "recording" in st.query_params else {}


def lanes_of(rows: PatientRows, recordings: Sequence[RecordingRow]) -> tuple[Lane, ...]:
    """Every sensor and phenomenon that the recordings were analysed for."""
    return _lanes(head_key(), rows.patient.code, tuple(r.id for r in recordings))


@st.cache_resource(show_spinner=False, max_entries=32)
def _lanes(head: str, patient: str, ids: tuple[str, ...]) -> tuple[Lane, ...]:  # noqa: ARG001  the head is a key
    rows = rows_of(patient)
    return lanes([s for s in rows.spans if s.recording in ids], [e for e in rows.episodes if e.recording in ids])


@dataclass(frozen=True, slots=True)
class Choice:
    """Which chart: a patient, recordings, a sensor, a phenomenon, and :data:`LAST`, :data:`EARLIER` or :data:`ALL`."""

    patient: str
    recordings: tuple[str, ...]
    stream: str
    phenomenon: str
    days: str


def asked_days(whole: Choice) -> str:
    """The days that the link asks for, else the last; all of them where there are no more than a week."""
    if len(chart_for(whole).parts.now) <= 7:
        return ALL
    return DAYS.get(st.query_params.get("days", ""), LAST)


def chosen(rows: PatientRows, choice: Choice) -> tuple[RecordingRow, ...]:
    """The rows of the recordings of a choice."""
    return tuple(r for r in rows.recordings if r.id in choice.recordings)


def chart_for(choice: Choice) -> Chart:
    """The chart of a choice, as the store stands now."""
    return _chart(head_key(), choice, validity())


@st.cache_resource(show_spinner=False, max_entries=32)
def _chart(head: str, choice: Choice, rule: Validity) -> Chart:  # noqa: ARG001  the store's head is part of the key
    rows = rows_of(choice.patient)
    recordings = chosen(rows, choice)
    found = lanes_of(rows, recordings)
    lane = next(x for x in found if (x.stream, x.phenomenon) == (choice.stream, choice.phenomenon))
    return chart_of(rows, recordings, lane, tuple(dict.fromkeys(x.stream for x in found)), choice.days, rule)


def chart_of(
    rows: PatientRows,
    recordings: Sequence[RecordingRow],
    lane: Lane,
    streams: Sequence[str],
    days: str,
    rule: Validity,
) -> Chart:
    """The chart of one lane."""
    start = min(s.interval.start for r in recordings for s in r.streams)
    clock = clock_for(recordings[0].clock, rows.patient.zone, start)
    every = day_rows(lane, clock)
    parts = periods(every)
    if days == EARLIER and len(every) > len(parts.now):
        parts = replace(periods(every[: -len(parts.now)]), is_last=False)
    elif days == ALL:
        parts = Periods(every, ())
    m = material_of_patient(
        rows.patient, recordings, rows.runs, rows.spans, rows.episodes, rows.findings, rows.doses, None
    )
    shown = lane.within(parts.span)
    card = card_for(m, shown, cards_of(m.runs))
    thresholds, judged_by = thresholds_of(m, shown, card), detectors_of(m, shown, card)
    key = f"{rows.patient.code}|{','.join(r.id[:12] for r in m.runs)}|{lane.stream}|{lane.phenomenon}|{days}"
    return Chart(
        key,
        lane,
        parts,
        clock,
        rows.doses if clock.has_date else (),
        tuple(streams),
        places(recordings).get(lane.stream, lane.stream),
        thresholds[0] if len(thresholds) == 1 else None,
        judged_words(shown, judged_by, (), {}),  # a threshold stands in the picture, who taught on a flag's card
        actor(),
        rule,
        m.forbidden,
        " ".join(filter(None, (detectors_differ(judged_by), thresholds_differ(thresholds)))),
    )


def places(recordings: Sequence[RecordingRow]) -> dict[str, str]:
    """Where each sensor was worn, by its name; where that does not tell them apart, they are called by their names.

    A sensor of one name that recordings say was worn at several places has all of them.
    """
    worn: dict[str, list[str]] = {}
    for s in (s for r in recordings for s in r.streams):
        worn.setdefault(s.name, []).append(site_words(s))
    words = {name: " and ".join(dict.fromkeys(at)) for name, at in worn.items()}
    if len(set(words.values())) == len(words):
        return words
    return {name: name.replace("-", " ") for name in words}


def begins_us(recording: RecordingRow) -> int:
    """Instant of its first sample."""
    return min(s.interval.start for s in recording.streams)


def recording_words(recording: RecordingRow, zone: str | None) -> str:
    """``Mon 2 Mar, 08:12 · walk.csv``: a file's name with when it begins in the patient's zone, if it says that."""
    clock = clock_for(recording.clock, zone, begins_us(recording))
    if not clock.has_date:
        return recording.file
    at = begins_us(recording)
    return f"{clock.day(at)}, {clock.time(at, seconds=False)} · {recording.file}"


def site_words(stream: StreamRow) -> str:
    """``left ankle``, ``lower back``: side and placement of a stream."""
    return f"{stream.side} {stream.placement}" if stream.side in ("left", "right") else stream.placement
