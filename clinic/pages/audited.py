"""What an audit says on the pages that show its flags: the headline, and whether it is about these flags at all."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from clinic.pages.opened import PatientRows
from clinic.review.audits import Audit, Scope, audit_for, outdated, scope_of, versions
from clinic.review.reviewed_rate import Reviewed
from clinic.review.reviewed_words import detector_words, headline, hours_words
from clinic.store.rows import RecordingRow
from clinic.timeline.chart import Chart
from clinic.timeline.sentence import Answer
from clinic.timeline.trust import Item


def scope_for(rows: PatientRows, recordings: Sequence[RecordingRow], chart: Chart) -> Scope:
    """What is shown on a chart, as an audit is about it."""
    return scope_of(rows.patient.code, recordings, rows.runs, chart.lane, chart.span)


def audited(
    rows: PatientRows, recordings: Sequence[RecordingRow], chart: Chart, flagged: Answer
) -> tuple[Answer, list[Item], str]:
    """The page's answer: flags until an audit of exactly these is done, episodes after it.

    Returns
    -------
    The answer, what the trust strip says of the audit, and a note.
    """
    scope = scope_for(rows, recordings, chart)
    audit = audit_for(scope, rows.samples, rows.answers)
    if audit is None:
        used = versions(chart.lane, [r for r in rows.runs if r.id in scope.runs])
        return flagged, [], outdated(scope, rows.samples, rows.answers, used)
    looked: Item = ("", f"{len(audit.answers)} of {len(audit.plan.items)}", " audited")
    if not audit.is_done:
        return flagged, [looked], ""
    found = reviewed_of(audit)
    said = headline(chart.lane.phenomenon, found) if chart.rates.why_not is None else None
    who = f"Audited by {audit.reviewers}. {detector_words(found)} {hours_words(found)}"
    return said or flagged, [looked], f"{flagged.first} {who}" if said else who


def reviewed_of(audit: Audit) -> Reviewed:
    """What the answers say; worked out once for the same answers."""
    return _reviewed(audit.sample.id, tuple(a.id for a in audit.answers), audit)


@st.cache_data(show_spinner=False, max_entries=32)
def _reviewed(sample: str, answers: tuple[str, ...], _audit: Audit) -> Reviewed:  # noqa: ARG001  the ids are the key
    return _audit.reviewed()
