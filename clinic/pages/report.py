"""Report: one page about one patient, to look at, print and take along."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import streamlit as st

from clinic.grounds import taught_by
from clinic.pages.blindness import note_seen
from clinic.pages.frame import go, guarded, is_astray
from clinic.pages.opened import PatientRows, open_patient, opened, patients, rows_of, stranger, validity
from clinic.pages.progress import nothing_yet
from clinic.pages.reading import chosen_recordings, lanes_of, places, switch_recording
from clinic.reports.cards import cards_of
from clinic.reports.content import SHORT_US, Report
from clinic.reports.evidence import evidence_from
from clinic.reports.export import patient_episodes_csv
from clinic.reports.html import to_html
from clinic.reports.make import report_for_patient
from clinic.reports.material import Trace
from clinic.reports.pdf import to_pdf
from clinic.store.rows import RecordingRow, RunRow
from clinic.timeline.clock import WallClock
from clinic.timeline.html import empty_html
from clinic.timeline.lane import Lane, chosen_lane
from clinic.timeline.together import not_shown
from data.grid import HOP_US
from data.intervals import Interval
from data.recording import Clock

PAGE_HEIGHT = 1180
_DAYS = 7


def page() -> None:
    """Draw the page."""
    codes = [p.code for p in patients()]
    asked = open_patient(codes)
    who, what, when, *downloads = st.columns([2, 3, 2.6, 1.1, 1.1, 1.1], vertical_alignment="bottom")
    code = who.selectbox("Patient", codes, index=codes.index(asked) if asked else None, placeholder="Patient code")
    if code is None:
        absent = stranger(codes)
        why = f"There is no patient {absent} in this data folder. " if absent else ""
        st.html(empty_html("Whose report?", f"{why}Choose a patient above." if codes else "There is no patient yet."))
        if not codes and st.button("Import recordings", type="primary"):
            go("import", {})
        return
    if st.query_params.get("patient", code) != code:
        st.query_params.pop("recording", None)  # it is the other patient's
    st.query_params["patient"] = code
    st.session_state["open patient"] = code
    rows = rows_of(code)
    if is_astray(rows, "report"):
        return
    recordings = chosen_recordings(rows, st.query_params.get("recording"))
    found = lanes_of(rows, recordings)
    switch_recording(rows, recordings, when if found else st.container())
    if not found:
        nothing_yet(rows, f"No report for {code} yet.")
        return
    lane = what.selectbox(
        "What",
        found,
        found.index(chosen_lane(found, st.query_params.get("stream"), st.query_params.get("phenomenon"))),
        format_func=lambda x: f"{x.phenomenon}, {places(recordings).get(x.stream, x.stream)}",
        key=f"lane {code}",
    )
    span = _days(rows, lane, when, is_dated=recordings[0].clock == Clock.ABSOLUTE.value)
    note_seen([r.id for r in recordings], lane.stream)  # before: the report names the audit trail's head
    report = _report(rows, recordings, lane, span)
    html = to_html(report)
    stem = f"{code}-{lane.phenomenon.replace(' ', '-')}"
    # Made when asked for, and without drawing the page again: a PDF takes a second.
    for place, label, kind, make in (
        (downloads[0], "HTML", "text/html", html.encode),
        (downloads[1], "PDF", "application/pdf", lambda: to_pdf(html)),
        (downloads[2], "CSV", "text/csv", lambda: _csv(rows)),
    ):
        place.download_button(
            label, make, f"{stem}.{label.lower()}", kind, on_click="ignore", key=f"get {label}", width="stretch"
        )
    # The page's text is escaped and its own policy allows no script.
    st.iframe(html, height=PAGE_HEIGHT)


def _days(
    rows: PatientRows, lane: Lane, place: st.delta_generator.DeltaGenerator, *, is_dated: bool
) -> Interval | None:
    """The days asked for in the link or chosen here; None: all of a recording without a date."""
    if not is_dated or lane.span is None:
        return lane.span
    clock = WallClock(rows.patient.zone)
    low, high = clock.local(lane.span.start).date(), clock.local(lane.span.end - 1).date()
    first = max(low, high - timedelta(days=_DAYS - 1))
    default = (_asked("from", first, low, high), _asked("to", high, low, high))
    key = f"days {rows.patient.code} {lane.stream}"
    chosen = place.date_input("Days", (min(default), max(default)), low, high, format="YYYY-MM-DD", key=key)
    start, end = chosen if isinstance(chosen, tuple) and len(chosen) == 2 else default
    st.query_params["from"], st.query_params["to"] = start.isoformat(), end.isoformat()
    return Interval(clock.midnight(start), clock.midnight(end + timedelta(days=1)))


def _asked(name: str, otherwise: date, low: date, high: date) -> date:
    try:
        return min(high, max(low, date.fromisoformat(st.query_params[name])))
    except (KeyError, ValueError):
        return otherwise


def _report(rows: PatientRows, recordings: tuple[RecordingRow, ...], lane: Lane, span: Interval | None) -> Report:
    runs = [r for r in rows.runs if r.recording in {x.id for x in recordings}]
    return report_for_patient(
        rows.patient,
        recordings,
        runs,
        rows.spans,
        rows.episodes,
        rows.findings,
        rows.doses,
        opened().head(),
        cards_of(runs),
        stream=lane.stream,
        phenomenon=lane.phenomenon,
        span=span,
        trace=_trace(recordings, runs, lane, span),
        samples=rows.samples,
        answers=rows.answers,
        taught=taught_by(opened(), runs, rows.patient.zone),
        evidence=evidence_from(opened(), rows.patient, runs, rows.findings),
        validity=validity(),
        left_out=not_shown(rows.recordings, recordings),
    )


def _trace(recordings: tuple[RecordingRow, ...], runs: list[RunRow], lane: Lane, span: Interval | None) -> Trace | None:
    """The probability, for a span short enough to be drawn with it."""
    known = lane.within(span).span if span else lane.span
    if known is None or known.duration > SHORT_US:
        return None
    having = {r.id for r in recordings if any(s.name == lane.stream for s in r.streams)}
    parts = [
        opened().scores(r.id, lane.stream, lane.phenomenon, known.start, known.end)
        for r in runs
        if r.recording in having
    ]
    at = np.concatenate([np.asarray(p["start_us"], dtype=np.int64) for p in parts])
    values = [np.where(p["valid"], p["probability"], np.float32("nan")) for p in parts]
    order = np.argsort(at, kind="stable")
    return Trace(at[order] + HOP_US // 2, np.concatenate(values).astype(np.float32)[order])


def _csv(rows: PatientRows) -> bytes:
    """Of all recordings: a table counts in each by itself, whatever clock it has."""
    return patient_episodes_csv(rows.patient, rows.recordings, rows.episodes).encode()


if __name__ == "__main__":
    guarded(page)
