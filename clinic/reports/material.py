"""What a report is made from: the store's rows, or an analysis turned into the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clinic.analysis import Analysis, Judgement
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
    StreamRow,
)
from clinic.timeline.period_rates import forbidden_by
from data.grid import HOP_US
from data.recording import Recording


@dataclass(frozen=True, slots=True)
class Material:
    """Rows of one patient, or of one file without a store.

    Parameters
    ----------
    who
        Patient code, or the file's name when ``is_patient`` is False.
    runs
        The present run of each recording.
    forbidden
        Why the signal allows no rate at all; None when it does. The days may forbid one too.
    taught
        By whom and when a detector was taught, in words, by its version.
    """

    who: str
    is_patient: bool
    is_simulated: bool
    zone: str | None
    recordings: tuple[RecordingRow, ...]
    runs: tuple[RunRow, ...]
    spans: tuple[SpanRow, ...]
    episodes: tuple[EpisodeRow, ...]
    findings: tuple[FindingRow, ...]
    doses: tuple[DoseRow, ...] = ()
    head: Head | None = None
    forbidden: str | None = None
    samples: tuple[SampleRow, ...] = ()
    answers: tuple[AnswerRow, ...] = ()
    taught: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trace:
    """Probability of a stream: ``(n,)`` middles of half seconds in microseconds, and NaN where not judged."""

    at_us: NDArray[np.int64]
    probability: NDArray[np.float32]


def material_of_patient(
    patient: PatientRow,
    recordings: Sequence[RecordingRow],
    runs: Sequence[RunRow],
    spans: Sequence[SpanRow],
    episodes: Sequence[EpisodeRow],
    findings: Sequence[FindingRow],
    doses: Sequence[DoseRow],
    head: Head | None,
    samples: Sequence[SampleRow] = (),
    answers: Sequence[AnswerRow] = (),
    taught: Mapping[str, str] | None = None,
) -> Material:
    """Material from the store's rows; only what belongs to ``recordings`` is kept, which must share one clock."""
    ids = {r.id for r in recordings}
    of_these = tuple(s for s in spans if s.recording in ids)
    found = tuple(f for f in findings if f.recording in ids)
    return Material(
        patient.code,
        True,
        patient.is_simulated or any(r.is_simulated for r in recordings),
        patient.zone,
        tuple(recordings),
        tuple(r for r in runs if r.recording in ids),
        of_these,
        tuple(e for e in episodes if e.recording in ids),
        found,
        tuple(doses),
        head,
        forbidden_by(found),
        tuple(samples),
        tuple(answers),
        taught or {},
    )


def material_of(recording: Recording, analysis: Analysis) -> Material:
    """Material from one file that was never stored: without doses, reviews and audit."""
    key = recording.source.sha256
    streams = tuple(
        StreamRow(
            s.name,
            s.placement.value,
            s.side.value,
            s.rate_hz,
            s.channels,
            sum(g.n_samples for g in s.segments),
            s.interval,
        )
        for s in recording.streams
    )
    row = RecordingRow(
        key,
        "",
        recording.source.name,
        recording.device,
        recording.clock.value,
        recording.zone,
        recording.is_simulated,
        0,
        recording.assumptions,
        streams,
    )
    findings = tuple(
        FindingRow("", key, f.stream, f.kind, f.severity.value, f.interval, f.sentence)
        for f in analysis.quality.findings
    )
    return Material(
        recording.source.name,
        False,
        recording.is_simulated,
        recording.zone,
        (row,),
        (RunRow("", key, 0, analysis.manifest),),
        tuple(_spans(key, analysis)),
        tuple(_episodes(key, analysis)),
        findings,
        forbidden=analysis.quality.why_not,
    )


def _spans(key: str, analysis: Analysis) -> list[SpanRow]:
    rows = []
    for q in analysis.quality.streams:
        for kind, spans in (("worn", q.worn), ("not worn", q.not_worn), ("gap", q.gaps)):
            rows += [SpanRow("", key, q.stream, "", kind, i, "") for i in spans]
    for j in analysis.judgements:
        rows += [SpanRow("", key, j.stream, j.phenomenon, "flagged", i, "") for i in j.flagged]
        rows += [SpanRow("", key, j.stream, j.phenomenon, "clear", i, "") for i in j.clear]
        rows += [SpanRow("", key, j.stream, j.phenomenon, "not judged", i, r) for i, r in j.not_judged]
    return rows


def _episodes(key: str, analysis: Analysis) -> list[EpisodeRow]:
    return [
        EpisodeRow(
            str(k),
            "",
            key,
            "",
            e.stream,
            e.phenomenon,
            e.placement.value,
            e.interval,
            e.peak,
            e.mean,
            e.certainty.value,
            e.detector,
            "",
            "",
        )
        for k, e in enumerate(analysis.episodes)
    ]


def trace_of(judgement: Judgement) -> Trace:
    """The probability of a judgement, as a report draws it."""
    s = judgement.scores
    return Trace(s.grid.start_us + HOP_US // 2, np.where(s.valid, s.probability, np.float32("nan")))
