"""Whose a recording is, changed on the page of patients: one that was imported for the wrong patient."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.pages.opened import actor, now_us, opened, rows_of
from clinic.store.rows import PatientRow, RecordingRow
from clinic.timeline.clock import clock_for
from data.errors import MotionwardError
from data.recording import Clock

_NOBODY = "nobody: withdraw it"


def owner_form(people: Sequence[PatientRow]) -> None:
    """Which recording, and whose it is; what that changes stands beside it."""
    with st.popover("Recordings"):
        every = [*(r for p in people for r in rows_of(p.code).recordings), *opened().withdrawn()]
        if became := st.session_state.pop("recording reassigned", None):
            st.success(became)
        if not every:
            st.caption("No recording yet.")
            return
        zones = {p.code: p.zone for p in people}
        titles = {_title(r, zones.get(r.patient, r.zone or "UTC")): r for r in every}
        row = titles[st.selectbox("Recording", list(titles), key="recording to reassign")]
        is_done = any(run.recording == row.id for p in people for run in rows_of(p.code).runs)
        codes = [p.code for p in people if p.code != row.patient or not is_done]
        said = st.selectbox(
            "Give it to", [*codes, _NOBODY] if row.patient else codes, index=None, key=f"owner of {row.id}",
            accept_new_options=True, placeholder="A patient's code, or nobody",
        )  # fmt: skip
        whom = (said or "").strip()
        if whom not in ("", _NOBODY, *codes):
            st.caption(f"{whom} is not here yet: a patient of that code is added, in the zone of the one before.")
        st.caption(
            "For what was imported for the wrong patient. Its labels and answers go with it, and it is analysed anew "
            "by the detectors of whose it then is; audits and taught detectors are not given along. A withdrawn "
            "recording counts nowhere, and can be given to a patient again."
        )
        if not is_done and row.patient:
            st.caption(f"It is not analysed: give it to {row.patient}, or whose it is, and it is.")
        if not st.button("Give it" if whom != _NOBODY else "Withdraw it", disabled=not whom):
            return
        from clinic.stored import reassign  # noqa: PLC0415  what analyses is loaded for who needs it

        try:
            with st.spinner("Analysing it as theirs" if whom != _NOBODY else "Withdrawing it"):
                became = reassign(opened(), row.id, "" if whom == _NOBODY else whom, actor=actor(), now=now_us)
        except MotionwardError as error:
            st.warning(str(error))
            return
        st.session_state["recording reassigned"] = became
        st.rerun()


def _title(row: RecordingRow, zone: str) -> str:
    start = min(s.interval.start for s in row.streams)
    when = clock_for(row.clock, zone, start).moment(start) if row.clock == Clock.ABSOLUTE else "without a date"
    return f"{row.patient or 'withdrawn'} · {row.file} · {when} · {row.id[:6]}"
