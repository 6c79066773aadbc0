"""The rows that the store hands out: frozen, plain values, times in microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.intervals import Interval


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A person under observation; ``code`` is the clinic's pseudonym, ``zone`` an IANA name."""

    code: str
    zone: str
    is_simulated: bool
    created_us: int


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One stored stream: what it is and when; ``gaps`` as intervals."""

    name: str
    placement: str
    side: str
    rate_hz: float
    channels: tuple[str, ...]
    n_samples: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """One stored recording. ``id`` is the SHA-256 of the file's content."""

    id: str
    patient: str
    file: str
    device: str
    clock: str
    zone: str | None
    is_simulated: bool
    imported_us: int
    assumptions: tuple[str, ...]
    streams: tuple[StreamRow, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One analysis of one recording; the newest of a recording is the present one."""

    id: str
    recording: str
    made_us: int
    manifest: dict[str, Any]  # JSON


@dataclass(frozen=True, slots=True)
class SpanRow:
    """A stretch of one stream with what was said of it by one run.

    ``kind`` is ``worn``, ``not worn`` or ``gap`` with an empty ``phenomenon``, or
    ``flagged``, ``clear`` or ``not judged`` for one phenomenon; ``reason`` for the last.
    """

    run: str
    recording: str
    stream: str
    phenomenon: str
    kind: str
    interval: Interval
    reason: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A quality finding of one run."""

    run: str
    recording: str
    stream: str
    kind: str
    severity: str
    interval: Interval
    sentence: str


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """An episode of the present run of a recording; ``verdict`` is the newest review's, or empty."""

    id: str
    run: str
    recording: str
    patient: str
    stream: str
    phenomenon: str
    placement: str
    interval: Interval
    peak: float
    mean: float
    certainty: str
    detector: str
    verdict: str
    reviewer: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A flag, of whichever analysis, that a person called wrong, and when; nothing else was said of its time since."""

    recording: str
    stream: str
    interval: Interval
    made_us: int


@dataclass(frozen=True, slots=True)
class DoseRow:
    """One dose taken, as entered or imported."""

    id: str
    patient: str
    taken_us: int
    what: str
    source: str


WITHDRAWN = "withdrawn"
"""Source of a row that only says that a dose was entered wrongly."""


class LabelSource(StrEnum):
    """How a label came about."""

    DRAWN = "drawn"
    ACCEPTED = "suggestion accepted"
    CORRECTED = "corrected"
    IMPORTED = "imported"
    CONSENSUS = "consensus"


@dataclass(frozen=True, slots=True)
class Label:
    """What a rater says of a span of one stream.

    Parameters
    ----------
    label
        Name of the class: a phenomenon, ``not <phenomenon>``, or any other that the rater made.
    confidence
        How sure the rater is, from 0 to 1; None when they did not say.
    tool
        The program it was made with, and its version.
    model
        Version of the detector whose opinion the rater saw; empty when blind.
    """

    stream: str
    interval: Interval
    label: str
    rater: str
    source: LabelSource = LabelSource.DRAWN
    confidence: float | None = None
    tool: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class LabelRow(Label):
    """A stored label; the defaults are never met.

    Parameters
    ----------
    replaces
        Id of the row that this one stands in place of, or empty.
    is_removed
        Whether the row says that the label it replaces is there no more; such a row is never a present label.
    undoes
        Id of the row that this one takes back, or empty.
    """

    id: str = ""
    recording: str = ""
    made_us: int = 0
    replaces: str = ""
    is_removed: bool = False
    undoes: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class DetectorRow:
    """A detector that somebody took over; ``id`` is its version, ``parent`` that of the one it was taught from."""

    id: str
    name: str
    phenomenon: str
    parent: str
    accepted_us: int


@dataclass(frozen=True, slots=True)
class ChosenRow:
    """What somebody decided that a patient is judged by.

    Parameters
    ----------
    name
        Of the detector.
    version
        Empty for none; None for whichever is for every patient.
    """

    name: str
    version: str | None
    decided_by: str
    made_us: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    """Stretches of one sensor and phenomenon that were drawn for an audit.

    Parameters
    ----------
    runs, detectors
        The analyses that it is about, and the versions of the detectors that made their flags.
    interval
        The days that it is about.
    stretches
        How many were drawn.
    plan
        What was drawn, as JSON: :func:`clinic.review.audits.plan_from` reads it.
    """

    patient: str
    stream: str
    phenomenon: str
    runs: tuple[str, ...]
    detectors: tuple[str, ...]
    interval: Interval
    seed: int
    stretches: int
    plan: str
    drawn_by: str = ""
    drawn_us: int = 0
    id: str = ""


class Said(StrEnum):
    """What can be said of a stretch of an audit."""

    THERE = "there"
    NOT_THERE = "not there"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What somebody said of one stretch of an audit; an empty ``verdict`` takes back what was said before."""

    id: str
    sample: str
    stretch: int
    verdict: str
    episodes: int | None
    reviewer: str
    made_us: int
    seq: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a third annotator keeps where two differ.

    Parameters
    ----------
    raters
        The two who differ.
    one, two
        What each of them marked; None where they marked nothing that belongs to the other's span.
    kept
        The span that the third keeps; None where they keep none.
    """

    recording: str
    stream: str
    label: str
    raters: tuple[str, str]
    one: Interval | None
    two: Interval | None
    kept: Interval | None
    decided_by: str
    made_us: int = 0


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One link of the audit chain."""

    seq: int
    at_us: int
    actor: str
    act: str
    object: str
    details: dict[str, Any]  # JSON
    hash: str
    previous: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the audit chain ends: how many links, and the hash of the last."""

    seq: int
    hash: str
