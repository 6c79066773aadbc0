"""A patient's time zone, changed on the page of patients."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import available_timezones

import streamlit as st

from clinic.pages.opened import actor, now_us, opened
from clinic.store.rows import PatientRow
from data.errors import MotionwardError


def zone_form(people: Sequence[PatientRow]) -> None:
    """Whose zone, and which; what it changes stands beside it."""
    with st.popover("Time zones"):
        code = st.selectbox("Patient", [p.code for p in people], key="zone of")
        before = next(p.zone for p in people if p.code == code)
        zones = sorted({*available_timezones(), before})
        zone = st.selectbox("Time zone", zones, index=zones.index(before), key=f"new zone {code} {before}")
        st.caption(
            "Times are shown in it from then on, and further files that name no zone are taken as of it. It is refused "
            "where recordings or doses whose times are those of a clock on the wall would be shown at others."
        )
        wanted = st.button("Change the zone", disabled=zone == before)
        if done := st.session_state.pop("zone changed", None):
            st.success(done)
        if not wanted:
            return
        try:
            opened().change_zone(code, zone, actor=actor(), now_us=now_us())
        except MotionwardError as error:
            st.warning(str(error))
            return
        st.session_state["zone changed"] = f"{code} is of {zone} now, and was of {before}."
        st.rerun()
