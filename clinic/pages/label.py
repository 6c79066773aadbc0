"""Label: what an annotator sees in the raw signal of one sensor, marked span by span."""

from __future__ import annotations

from html import escape

import streamlit as st

from clinic.pages.adapt import adapting
from clinic.pages.deciding import drop_stale
from clinic.pages.edits import Open
from clinic.pages.frame import choose_patient, go, guarded, is_astray
from clinic.pages.label_files import files
from clinic.pages.marking import has_trial, mark, view
from clinic.pages.opened import actor, open_patient, patients, rows_of
from clinic.pages.reading import begins_us, recording_words, site_words
from clinic.store.rows import RecordingRow, StreamRow
from clinic.timeline.html import empty_html


def page() -> None:
    """Draw the page."""
    codes = [p.code for p in patients()]
    code = open_patient(codes)
    if code is None:
        choose_patient(codes, "Whose recording is to be labelled?", "label")
        return
    st.query_params["patient"] = code
    rows = rows_of(code)
    if is_astray(rows, "label"):
        return
    if not rows.recordings:
        st.html(empty_html(f"Nothing to label for {code} yet.", "There is no recording of this patient."))
        if st.button("Import recordings", type="primary"):
            go("import", {"patient": code})
        return
    title, which, sensor, back = st.columns([3.4, 3, 2.4, 1.1], vertical_alignment="center")
    recording = _recording(rows.recordings, rows.patient.zone, which)
    stream = _stream(recording, sensor)
    what = Open(rows, recording, stream, actor())
    drop_stale(what)
    # What stands in the box beside it is not said twice, and all in one line: the next sensor's words must not move
    # the picture.
    of = " · ".join([site_words(stream)] + [r.file for r in rows.recordings if len(rows.recordings) == 1])
    title.html(
        f'<div class="mw-kicker mw-line" title="{escape(of)}"><b>{escape(code)}</b> &nbsp;Label · {escape(of)}</div>'
    )
    if back.button("Timeline", width="stretch"):
        window = view(what)
        st.session_state.pop("view", None)  # else the timeline would open where it was left
        link = {"patient": code, "recording": recording.id, "stream": stream.name}
        go("timeline", link | {"from": str(window.start), "to": str(window.end)})
    mark(what)
    if has_trial(what):  # old and new need the width
        adapting(what)
        exchange, _ = st.columns(2, gap="large")
    else:
        teach, exchange = st.columns(2, gap="large")
        with teach:
            adapting(what)
    with exchange:
        files(what)


def _recording(
    found: tuple[RecordingRow, ...], zone: str | None, place: st.delta_generator.DeltaGenerator
) -> RecordingRow:
    asked = st.query_params.get("recording")
    recording = next((r for r in found if r.id == asked), found[-1])
    if len(found) > 1:
        in_time = sorted(found, key=begins_us)
        picked = place.selectbox(
            "Recording", in_time, in_time.index(recording), format_func=lambda r: recording_words(r, zone),
            label_visibility="collapsed", key=f"recording {recording.id}",
        )  # fmt: skip
        if picked.id != recording.id:
            _open_other(recording=picked.id)
    st.query_params["recording"] = recording.id
    return recording


def _stream(recording: RecordingRow, place: st.delta_generator.DeltaGenerator) -> StreamRow:
    asked = st.query_params.get("stream")
    stream = next((s for s in recording.streams if s.name == asked), recording.streams[0])
    if len(recording.streams) > 1:
        names = [s.name for s in recording.streams]
        picked = place.selectbox(
            "Sensor", names, names.index(stream.name), format_func=lambda n: n.replace("-", " "),
            label_visibility="collapsed", key=f"sensor {recording.id} {stream.name}",
        )  # fmt: skip
        if picked != stream.name:
            _open_other(stream=picked)
    st.query_params["stream"] = stream.name
    return stream


def _open_other(**query: str) -> None:
    for name, value in query.items():
        st.query_params[name] = value
    st.rerun()


if __name__ == "__main__":
    guarded(page)
