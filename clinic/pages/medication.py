"""Below the timeline: flags against the medication, a dose entered, and the charts that plotly draws when asked."""

from __future__ import annotations

from datetime import time as wall_time
from html import escape

import streamlit as st

from clinic.components import mount_links
from clinic.pages.frame import go
from clinic.pages.opened import actor, now_us, opened
from clinic.store.people import SIMULATED
from clinic.store.rows import DoseRow
from clinic.timeline.chart import Chart
from clinic.timeline.doses import dose_relation
from clinic.timeline.html import dose_chart_html
from data.errors import MotionwardError


def medication(chart: Chart, code: str) -> None:
    """Flags per judged hour against time since a dose, and the form for a dose."""
    doses = [d for d in chart.doses if chart.span.start <= d.taken_us < chart.span.end]
    title, form = st.columns([3, 1.6], vertical_alignment="center")
    count = f"{len(doses)} {'dose' if len(doses) == 1 else 'doses'} in these days" if chart.clock.has_date else ""
    title.html(f'<div class="mw-head">Against the medication <span>{count}</span></div>')
    if not chart.clock.has_date:
        st.html('<div class="mw-note">This file has no date, so no dose can be placed on it.</div>')
        return
    with form, st.popover("Enter a dose", width="stretch"):
        _dose_form(chart, code)
        _withdraw([d for d in doses if d.source != SIMULATED], chart)
    if not doses:
        st.html('<div class="mw-note">No dose is entered for these days; enter them to see whether flags follow.</div>')
        return
    relation = dose_relation(chart.shown, chart.doses, chart.clock, chart.rates)
    if relation is None:
        st.html(f'<div class="mw-note">No rate may be given. {escape(chart.rates.why_not or "")}</div>')
        return
    aside = f"{relation.before_first} of the flags lie before the first dose of a day and are not in the picture."
    st.html(f'<div class="mw-note" style="font-size:13px">{relation.sentence}</div>')
    # The page's own HTML may hold no drawing; the component's may.
    mount_links(dose_chart_html(relation, chart.lane.phenomenon), "dose chart", go)
    st.html(
        '<div class="mw-note">Flags per judged hour against the time since the last dose of the same day, with 95 % '
        f"intervals. {aside if relation.before_first else ''}</div>"
    )


def _dose_form(chart: Chart, code: str) -> None:
    last = chart.clock.local(chart.span.end - 1)
    with st.form("dose", border=False, clear_on_submit=True):
        day = st.date_input("Day", last.date())
        at = st.time_input("Time on the patient's clock", wall_time(8, 0), step=60)
        what = st.text_input("What", placeholder="levodopa 100 mg")
        if not st.form_submit_button("Save the dose"):
            return
    try:
        taken = chart.clock.instant(day, at.hour, at.minute)
        opened().add_dose(code, taken, what.strip(), "entered", actor=actor(), now_us=now_us())
    except MotionwardError as error:
        st.warning(str(error))
        return
    st.rerun()


def _withdraw(entered: list[DoseRow], chart: Chart) -> None:
    """Take back a dose of these days that was entered wrongly."""
    if not entered:
        return

    def words(d: DoseRow) -> str:
        when = f"{chart.clock.day(d.taken_us)}, {chart.clock.time(d.taken_us, seconds=False)}"
        return f"{when} {d.what}".strip()

    wrong = st.selectbox("Entered wrongly", entered, None, format_func=words, placeholder="Choose a dose", key="wrong")
    if st.button("Take it back", disabled=wrong is None) and wrong is not None:
        try:
            opened().withdraw_dose(wrong.id, actor=actor(), now_us=now_us())
        except MotionwardError as error:
            st.warning(str(error))
            return
        st.rerun()


def plots(chart: Chart) -> None:
    """Days and dose relation as charts to zoom and read off; nothing is loaded before they are asked for."""
    box = st.expander("Charts to zoom and read off", key="charts", on_change="rerun")
    if not box.open:
        return
    # plotly costs half a second here and seconds in the browser: only who opens this pays.
    from streamlit.elements.lib.streamlit_plotly_theme import configure_streamlit_plotly_theme  # noqa: PLC0415

    from clinic.timeline.plots import dose_figure, raster_figure  # noqa: PLC0415  see above

    configure_streamlit_plotly_theme()  # the server left it out when it started
    plain = {"displayModeBar": False}
    with box:
        st.plotly_chart(raster_figure(chart), key="raster", config=plain)
        relation = dose_relation(chart.shown, chart.doses, chart.clock, chart.rates)
        if chart.doses and relation is not None:
            st.plotly_chart(dose_figure(relation, chart.lane.phenomenon), key="doses", config=plain)
