"""The audit's canvas in a fragment: the next stretches without what the detector said, each answer stored at once."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.components import mount_audit, state
from clinic.pages.opened import actor, now_us, opened, rows_of
from clinic.pages.signals import signal_of
from clinic.review.audit_sample import Kind
from clinic.review.auditing import AHEAD, entry, header, replies_from, window_of
from clinic.review.audits import Audit, Scope, audit_for, elsewhere
from clinic.store.rows import RecordingRow
from clinic.timeline.chart import Chart, Json, add_window
from clinic.timeline.html import answer_html
from clinic.timeline.message import Message
from clinic.timeline.sentence import capital
from data.errors import MotionwardError

KEY = "audit"
_MOST = 200
"""Answers that the canvas can still wait for."""


@st.fragment
def ask(patient: str, recordings: Sequence[RecordingRow], chart: Chart, scope: Scope) -> None:
    """Show the next stretches of an audit until all are answered."""
    rows = rows_of(patient)
    audit = audit_for(scope, rows.samples, rows.answers)
    if audit is None or audit.is_done:
        st.rerun(scope="app")
    name = capital(chart.lane.phenomenon)
    second = "You may stop at any time; the same stretches wait for you."
    st.html(answer_html("", f"{name}: is it there, or not? The detector's opinion is hidden.", second))
    mount_audit(_message(audit, recordings, chart), KEY, lambda: _on_outbox(audit))


def _message(audit: Audit, recordings: Sequence[RecordingRow], chart: Chart) -> bytes:
    message, lane = Message(), chart.lane
    mine = sum(a.reviewer == actor() for a in audit.answers)
    items: list[Json] = []
    head = header(audit, chart.span, chart.clock, chart.place, lane.not_worn, lane.gaps, mine=mine)
    head |= {"applied": _applied()[-_MOST:], "refused": _refused()[-_MOST:], "error": None}
    try:
        for number in audit.open[:AHEAD]:
            item = audit.plan.items[number]
            view = window_of(item, lane.span or chart.span)
            signal = signal_of(recordings, lane.stream, view, chart.span)
            window = add_window(message, signal.wide, signal.letters, signal.spectrum, (), is_raw=signal.is_raw)
            items.append(entry(number, item, view, elsewhere(audit.plan, number, lane, signal.wide), window))
    except (MotionwardError, OSError) as error:
        head["error"] = f"The signal cannot be read: {error}"
    return message.pack({**head, "items": items, "window": None})


def _applied() -> list[str]:
    held: list[str] = st.session_state.setdefault("audit applied", [])
    return held


def _refused() -> list[tuple[str, str]]:
    held: list[tuple[str, str]] = st.session_state.setdefault("audit refused", [])
    return held


def _on_outbox(audit: Audit) -> None:
    """Store each answer once, by its id; what is refused is said on the canvas and asked again."""
    applied, refused = _applied(), _refused()
    done = {*applied, *(i for i, _ in refused)}
    for reply in replies_from(state(KEY, "outbox")):
        if reply.id in done:
            continue
        try:
            if reply.verdict is None:
                opened().withdraw_answer(audit.sample.id, actor=actor(), now_us=now_us())
            else:
                is_flag = 0 <= reply.stretch < len(audit.plan.items) and (
                    audit.plan.items[reply.stretch].stratum.kind is Kind.FLAG
                )
                episodes = reply.episodes if is_flag else reply.episodes or None
                opened().answer(audit.sample.id, reply.stretch, reply.verdict, episodes, actor=actor(), now_us=now_us())
            applied.append(reply.id)
        except MotionwardError as error:
            refused.append((reply.id, str(error)))
