"""Timeline: one patient's days, one day, and the raw signal, with what each flag stands on."""

from __future__ import annotations

from html import escape

import streamlit as st

from clinic.pages.audited import audited
from clinic.pages.browse import browse, label_link
from clinic.pages.frame import choose_patient, go, guarded, is_astray
from clinic.pages.medication import plots
from clinic.pages.opened import actor, now_us, open_patient, opened, patients, rows_of
from clinic.pages.progress import nothing_yet
from clinic.pages.reading import (
    ALL,
    DAYS,
    Choice,
    asked_days,
    chart_for,
    chosen_recordings,
    lanes_of,
    places,
    recording_link,
    switch_recording,
)
from clinic.reports.words import others
from clinic.timeline.html import answer_html, strip_html
from clinic.timeline.lane import Lane, chosen_lane, lane_titles
from clinic.timeline.sentence import answer
from clinic.timeline.trust import trust
from clinic.timeline.worklist import waiting_elsewhere

# Letters of all sensors' names that a row of buttons has room for; more of them are a list.
_SWITCH = 30


def page() -> None:
    """Draw the page."""
    codes = [p.code for p in patients()]
    code = open_patient(codes)
    if code is None:
        choose_patient(codes, "Whose timeline?", "timeline")
        return
    st.query_params["patient"] = code
    _looked_at(code)
    rows = rows_of(code)
    if is_astray(rows, "timeline"):
        return
    recordings = chosen_recordings(rows, st.query_params.get("recording"))
    found = lanes_of(rows, recordings)
    if not found or found[0].span is None:
        switch_recording(rows, recordings, st.container())
        nothing_yet(rows, f"Nothing to show for {code} yet.")
        return
    widths = [2.7, 2.1] if len(found) > 1 else [4.7, 0.1]  # one lane leaves nothing to choose, and the title a line
    widths += [3.1, 0.9, 0.85, 0.95]
    title, sensor, days, audit, label, report = st.columns(widths, vertical_alignment="center")
    switch_recording(rows, recordings, days)
    lane = _lane(found, places(recordings), sensor)
    ids = tuple(r.id for r in recordings)
    choice = Choice(
        code, ids, lane.stream, lane.phenomenon, _days(Choice(code, ids, lane.stream, lane.phenomenon, ALL), days)
    )
    chart = chart_for(choice)
    if audit.button("Audit", width="stretch"):
        days_asked = {k: v for k, v in (("days", st.query_params.get("days")),) if v}
        query = {"patient": code, "stream": lane.stream, "phenomenon": lane.phenomenon}
        go("audit", {**query, **days_asked, **recording_link()})
    if label.button("Label", width="stretch"):
        st.session_state.pop("label view", None)  # else it would open where it was left
        go("label", label_link(chart, code, recordings))
    if report.button("Report", width="stretch"):
        go("report", {"patient": code, "stream": lane.stream, "phenomenon": lane.phenomenon, **recording_link()})
    name = f"<b>{escape(code)}</b> &nbsp;{escape(lane.phenomenon)} · {escape(chart.clock.span(chart.dates))}"
    title.html(f'<div class="mw-kicker">{name}</div>')
    findings = [f for f in rows.findings if f.recording in ids]
    flagged = answer(chart.shown, chart.parts, chart.doses, chart.clock, chart.rates)
    said, looked, note = audited(rows, recordings, chart, flagged)
    first, alarms = st.columns([9.0, 1.45])
    first.html(answer_html("", said.first, said.second))
    _budget(choice, alarms)
    elsewhere = waiting_elsewhere(rows.recordings, recordings, rows.spans, rows.episodes)
    # A fall must not hide behind the freezing that is shown.
    also = others([x.within(chart.span) for x in found], lane)
    notes = filter(None, (chart.differ, note, also, elsewhere))
    below = "".join(f'<div class="mw-note" role="status">{escape(x)}</div>' for x in notes)
    # In the fragment of the canvas: what waits for a look is fewer after each answer.
    browse(choice, lambda now: strip_html([*trust(now, findings), *looked]) + below)
    plots(chart)


def _budget(choice: Choice, place: st.delta_generator.DeltaGenerator) -> None:
    box = place.popover("Alarm budget", width="stretch", key="alarm budget", on_change="rerun")
    if box.open:  # flags at another setting cost a second in a long week: only who asks pays
        from clinic.pages.dial import dial

        with box:
            dial(choice)


def _looked_at(code: str) -> None:
    """Note once a session that somebody looked; this is what 'last look' counts from."""
    seen = st.session_state.setdefault("looked at", set())
    if code not in seen:
        opened().looked_at(code, actor=actor(), now_us=now_us())
        seen.add(code)


def _lane(found: tuple[Lane, ...], worn: dict[str, str], place: st.delta_generator.DeltaGenerator) -> Lane:
    """The lane asked for in the link or by the switch; else the one that says most."""
    lane = chosen_lane(found, st.query_params.get("stream"), st.query_params.get("phenomenon"))
    if len(found) > 1:
        titles = {title: pair for pair, title in lane_titles(found, worn).items()}
        present = next(title for title, pair in titles.items() if pair == (lane.stream, lane.phenomenon))
        # The key holds the present lane, so that a change by the key S is seen by the switch.
        key = f"lane {present}"
        if len({x.phenomenon for x in found}) == 1 and sum(len(t) + 3 for t in titles) <= _SWITCH:
            picked = place.segmented_control(
                "Sensor", list(titles), default=present, key=key, label_visibility="collapsed"
            )
        else:
            picked = place.selectbox(
                "What", list(titles), list(titles).index(present), key=key, label_visibility="collapsed"
            )
        if picked and picked != present:
            st.query_params["stream"], st.query_params["phenomenon"] = titles[picked]
            st.rerun()
    return lane


def _days(whole: Choice, place: st.delta_generator.DeltaGenerator) -> str:
    """Which days are shown; only asked when there are more than a week of them."""
    asked = asked_days(whole)
    if len(chart_for(whole).parts.now) <= 7:
        return asked
    key = f"days {whole.patient}"
    picked = place.segmented_control("Days", list(DAYS.values()), default=asked, key=key, label_visibility="collapsed")
    if picked and picked != asked:
        st.query_params["days"] = next(k for k, v in DAYS.items() if v == picked)
    return picked or asked


if __name__ == "__main__":
    guarded(page)
