"""The two ways to a report: from the store's rows, and from an analysis that was never stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clinic.analysis import Analysis
from clinic.reports.cards import Card
from clinic.reports.content import Evidence, Report, build
from clinic.reports.material import Trace, material_of, material_of_patient, trace_of
from clinic.store.rows import (
    AnswerRow,
    DoseRow,
    EpisodeRow,
    FindingRow,
    Head,
    PatientRow,
    RecordingRow,
    RunRow,
    SampleRow,
    SpanRow,
)
from clinic.timeline.lane import lanes
from clinic.timeline.validity import USUAL, Validity
from data.intervals import Interval
from data.recording import Recording


def report_for_patient(
    patient: PatientRow,
    recordings: Sequence[RecordingRow],
    runs: Sequence[RunRow],
    spans: Sequence[SpanRow],
    episodes: Sequence[EpisodeRow],
    findings: Sequence[FindingRow],
    doses: Sequence[DoseRow],
    head: Head | None,
    cards: Sequence[Card] = (),
    *,
    stream: str | None = None,
    phenomenon: str | None = None,
    span: Interval | None = None,
    trace: Trace | None = None,
    samples: Sequence[SampleRow] = (),
    answers: Sequence[AnswerRow] = (),
    taught: Mapping[str, str] | None = None,
    evidence: Evidence | None = None,
    validity: Validity = USUAL,
    left_out: str = "",
) -> Report:
    """A patient's report from the store's rows; the recordings must share one clock.

    Parameters
    ----------
    cards
        Of the detectors in the runs, as far as they are installed.
    stream, phenomenon
        Which lane; by default the one that says most.
    span
        The days talked about; by default the last seven with data.
    trace
        Probability, drawn when the span is short.
    samples, answers
        The patient's audits: once one of exactly these flags is done, the answer speaks of episodes.
    taught
        By whom and when a detector was taught, as :func:`clinic.grounds.taught_by` tells it.
    evidence
        Gives what some flags stand on, for a page of its own.
    validity
        When a day and a week were worn enough.
    left_out
        What is said of the patient's recordings that are on another clock.
    """
    material = material_of_patient(
        patient, recordings, runs, spans, episodes, findings, doses, head, samples, answers, taught
    )
    return build(
        material, cards, stream=stream, phenomenon=phenomenon, span=span, trace=trace, evidence=evidence,
        validity=validity, left_out=left_out,
    )  # fmt: skip


def report_for_analysis(
    recording: Recording, analysis: Analysis, cards: Sequence[Card] = (), validity: Validity = USUAL,
    taught: Mapping[str, str] | None = None, evidence: Evidence | None = None,
) -> Report:  # fmt: skip
    """The same page for one file: all of it; ``taught`` and ``evidence`` as above."""
    material = replace(material_of(recording, analysis), taught=taught or {})
    best = next(iter(lanes(material.spans, material.episodes)), None)
    key = (best.stream, best.phenomenon) if best else None
    chosen = next((j for j in analysis.judgements if (j.stream, j.phenomenon) == key), None)
    return build(
        material,
        cards,
        span=recording.interval,
        trace=trace_of(chosen) if chosen else None,
        threshold=chosen.threshold if chosen else None,
        evidence=evidence,
        validity=validity,
    )
