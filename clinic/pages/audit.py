"""Audit: a few stretches looked at blind tell how many episodes there are behind the flags."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from clinic.components import mount_links
from clinic.pages.audited import reviewed_of, scope_for
from clinic.pages.auditing import ask
from clinic.pages.blindness import note_seen
from clinic.pages.frame import choose_patient, go, guarded, is_astray
from clinic.pages.opened import PatientRows, actor, now_us, open_patient, opened, patients, rows_of
from clinic.pages.progress import nothing_yet
from clinic.pages.reading import ALL, Choice, asked_days, chart_for, chosen_recordings, lanes_of, switch_recording
from clinic.review.audit_sample import LOOKS, Kind
from clinic.review.auditing import against_html, answers_csv, looked_html
from clinic.review.audits import Audit, Scope, audit_for, outdated, plan_of, plan_text, versions
from clinic.review.reviewed_words import detector_words, headline, hours_words, rate_words
from clinic.store.rows import RecordingRow, SampleRow
from clinic.timeline.chart import Chart
from clinic.timeline.clock import WallClock, length
from clinic.timeline.html import answer_html
from clinic.timeline.lane import chosen_lane
from clinic.timeline.sentence import capital
from data.errors import MotionwardError
from data.intervals import total

SIZES = (20, LOOKS, 80)
_SEEDS = 2**31


def page() -> None:
    """Draw the page."""
    codes = [p.code for p in patients()]
    code = open_patient(codes)
    if code is None:
        choose_patient(codes, "Whose flags are to be audited?", "audit")
        return
    st.query_params["patient"] = code
    rows = rows_of(code)
    if is_astray(rows, "audit"):
        return
    recordings = chosen_recordings(rows, st.query_params.get("recording"))
    found = lanes_of(rows, recordings)
    if not found or found[0].span is None:
        switch_recording(rows, recordings, st.container())
        nothing_yet(rows, f"Nothing to audit for {code} yet.")
        return
    lane = chosen_lane(found, st.query_params.get("stream"), st.query_params.get("phenomenon"))
    ids = tuple(r.id for r in recordings)
    days = asked_days(Choice(code, ids, lane.stream, lane.phenomenon, ALL))
    chart = chart_for(Choice(code, ids, lane.stream, lane.phenomenon, days))
    title, which, back = st.columns([6.2, 3, 1.1], vertical_alignment="center")
    switch_recording(rows, recordings, which)
    of = f"{escape(lane.phenomenon)}, {escape(chart.place)} · {escape(chart.clock.span(chart.dates))}"
    title.html(f'<div class="mw-kicker"><b>{escape(code)}</b> &nbsp;Audit · {of}</div>')
    link = {k: v for k in ("recording", "days") if (v := st.query_params.get(k))}
    if back.button("Timeline", width="stretch"):
        go("timeline", {"patient": code, "stream": lane.stream, "phenomenon": lane.phenomenon, **link})
    scope = scope_for(rows, recordings, chart)
    audit = audit_for(scope, rows.samples, rows.answers)
    if audit is None:
        _propose(rows, chart, scope)
        return
    note_seen(ids, lane.stream)  # a stretch of seconds is a flag, one of minutes is none
    if audit.is_done:
        _tell(rows, recordings, chart, audit)
    else:
        ask(code, recordings, chart, scope)


def _propose(rows: PatientRows, chart: Chart, scope: Scope) -> None:
    flags, unsure = len(chart.shown.flags), len(chart.shown.episodes) - len(chart.shown.flags)
    many = "1 flag" if flags == 1 else f"{flags} flags"
    more = f", {unsure} unsure" if unsure else ""
    first = f"{capital(chart.lane.phenomenon)}: {many} in {length(total(chart.shown.judged))} judged{more}."
    second = "How many episodes there were is not known until somebody has looked."
    st.html(answer_html("", first, second))
    used = versions(chart.lane, [r for r in rows.runs if r.id in scope.runs])
    note = outdated(scope, rows.samples, rows.answers, used)
    if note:
        st.html(f'<div class="mw-note" role="status">{escape(note)}</div>')
    st.html(
        "<p style='max-width:60em'>Some flags and some clear stretches are drawn at random. You see the raw signal of "
        "each, without the detector's probability, and press one key: there, not there, cannot tell. From the answers "
        "the rate of episodes, the share of right flags and the share of episodes that were flagged are estimated, "
        "each with a 95 % interval. Stop when you like: every answer is saved, and the same stretches wait for you. "
        "The audit is about these flags alone: if another version of the detector judges these days, it has to be "
        "done anew.</p>"
    )
    size, start, _ = st.columns([2.2, 1.6, 6], vertical_alignment="bottom")
    looks = size.selectbox(
        "Stretches to look at", SIZES, SIZES.index(LOOKS), format_func=lambda n: f"{n}, about {round(n / 4)} minutes",
        help="More of them make the intervals narrower.",
    )  # fmt: skip
    if start.button("Begin the audit", type="primary", width="stretch"):
        try:
            _draw(chart, scope, looks, used)
        except MotionwardError as error:
            st.html(f'<div class="mw-note" role="alert">{escape(str(error))}</div>')
            return
        st.rerun()


def _draw(chart: Chart, scope: Scope, looks: int, used: tuple[str, ...]) -> None:
    store, span = opened(), scope.interval
    parts = [store.scores(run, scope.stream, scope.phenomenon, span.start, span.end) for run in scope.runs]
    at = np.concatenate([np.asarray(p["start_us"], dtype=np.int64) for p in parts])
    chance = np.concatenate([np.where(p["valid"], p["probability"], np.float32(0)) for p in parts])
    order = np.argsort(at, kind="stable")
    drawn_us = now_us()
    seed = drawn_us % _SEEDS
    plan = plan_of(chart.lane, span, at[order], chance[order], looks=looks, seed=seed)
    sample = SampleRow(
        scope.patient, scope.stream, scope.phenomenon, scope.runs, used, span, seed, len(plan.items), plan_text(plan)
    )
    store.keep_sample(sample, actor=actor(), now_us=drawn_us)


def _tell(rows: PatientRows, recordings: tuple[RecordingRow, ...], chart: Chart, audit: Audit) -> None:
    found = reviewed_of(audit)
    said = headline(chart.lane.phenomenon, found, chart.rates.why_not)
    first, second = (said.first, said.second) if said else (f"{rate_words(found)}.", "")
    st.html(answer_html("", first, second))
    last = WallClock(rows.patient.zone).moment(max(a.made_us for a in audit.answers))
    words = (
        f"{detector_words(found)} {hours_words(found)} Looked at by {audit.reviewers}, the last on {last}; "
        f"drawn with seed {audit.sample.seed}."
    )
    st.html(f"<div>{escape(words)}</div>")
    st.html(
        "<div class='mw-note'>The audit is about the flags of detector "
        f"{escape(', '.join(v[:7] for v in audit.sample.detectors) or 'of these days')} in these days. Flags of "
        "another version, or other days, are counted as flags until they are audited themselves.</div>"
    )
    table, lists = st.columns(2, gap="large")
    with table:
        st.html('<div class="mw-head">Looked at</div>')
        mount_links(looked_html(found), "looked", lambda *_: None)
        get, back, _ = st.columns([1.3, 2, 1.6])
        origin = min(s.interval.start for r in recordings for s in r.streams if s.name == audit.sample.stream)
        get.download_button(
            "CSV", lambda: answers_csv(audit, origin, WallClock("UTC")).encode(),
            f"{audit.sample.patient}-audit.csv", "text/csv", on_click="ignore", width="stretch",
        )  # fmt: skip
        mine = any(a.reviewer == actor() for a in audit.answers)
        if back.button("Take my last answer back", disabled=not mine, width="stretch"):
            opened().withdraw_answer(audit.sample.id, actor=actor(), now_us=now_us())
            st.rerun()
    with lists:
        html = against_html(audit, chart.clock, rows.patient.code)
        kinds = any(s.kind is Kind.FLAG for s in audit.plan.strata)
        st.html('<div class="mw-head">Where you and the detector differ <span>each opens the timeline</span></div>')
        if html:
            with st.container(height=420 if html.count("<tr") > 9 else "content", border=False):
                mount_links(html, "against", go)
        else:
            st.html(f"<div class='mw-note'>Nowhere{' in what was looked at' if kinds else ''}.</div>")


if __name__ == "__main__":
    guarded(page)
