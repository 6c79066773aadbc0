"""An audit from its rows: what was drawn, what was said of it, and whether it is about what is shown now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clinic.review.audit_sample import LOOKS, AuditPlan, Item, Kind, Stratum, audit_plan
from clinic.review.reviewed_rate import Answer, Reviewed, reviewed
from clinic.store.rows import AnswerRow, RecordingRow, RunRow, Said, SampleRow
from clinic.timeline.lane import Lane
from data.errors import MotionwardError
from data.intervals import Interval, intersect, subtract


@dataclass(frozen=True, slots=True)
class Scope:
    """What an audit is about: some days of one sensor and phenomenon, as certain analyses judged them."""

    patient: str
    stream: str
    phenomenon: str
    runs: tuple[str, ...]
    interval: Interval


def scope_of(
    patient: str, recordings: Sequence[RecordingRow], runs: Sequence[RunRow], lane: Lane, interval: Interval
) -> Scope:
    """What is shown of a lane in an interval, and the present analyses of the recordings that reach into it."""
    holds = {
        r.id
        for r in recordings
        for s in r.streams
        if s.name == lane.stream and s.interval.overlaps(interval)
    }  # fmt: skip
    used = tuple(sorted(r.id for r in runs if r.recording in holds))
    return Scope(patient, lane.stream, lane.phenomenon, used, interval)


@dataclass(frozen=True, slots=True)
class Audit:
    """What was drawn and what stands of the answers, the newest to each stretch."""

    sample: SampleRow
    plan: AuditPlan
    answers: tuple[AnswerRow, ...]

    @property
    def open(self) -> tuple[int, ...]:
        """The stretches without an answer, in their order."""
        said = {a.stretch for a in self.answers}
        return tuple(k for k in range(len(self.plan.items)) if k not in said)

    @property
    def is_done(self) -> bool:
        """Whether every stretch has an answer."""
        return not self.open

    @property
    def reviewers(self) -> str:
        """Who answered, by name."""
        return ", ".join(sorted({a.reviewer for a in self.answers}))

    def reviewed(self) -> Reviewed:
        """What the answers say of the rate; those that could not be told widen the intervals."""
        items = self.plan.items
        told = [
            Answer(items[a.stretch], a.verdict == Said.THERE, a.episodes)
            for a in self.answers
            if a.verdict != Said.CANNOT_TELL
        ]
        untold = [items[a.stretch] for a in self.answers if a.verdict == Said.CANNOT_TELL]
        return reviewed(self.plan, told, untold=untold)


def audit_for(scope: Scope, samples: Sequence[SampleRow], answers: Sequence[AnswerRow]) -> Audit | None:
    """The audit of exactly these analyses and days; None where there is none."""
    for s in samples:
        if Scope(s.patient, s.stream, s.phenomenon, s.runs, s.interval) == scope:
            return Audit(s, plan_from(s.plan), tuple(a for a in answers if a.sample == s.id))
    return None


def versions(lane: Lane, runs: Sequence[RunRow]) -> tuple[str, ...]:
    """Versions of the detectors that judged a lane: those that its episodes name, else those its analyses used."""
    named = {e.detector for e in lane.episodes}
    stem = lane.phenomenon.replace(" ", "-")
    listed = [d for r in runs for d in r.manifest.get("detectors", []) if str(d.get("name", "")).startswith(stem)]
    return tuple(sorted(named or {str(d["version"]) for d in listed}))


def outdated(scope: Scope, samples: Sequence[SampleRow], answers: Sequence[AnswerRow], detectors: Sequence[str]) -> str:
    """Why an earlier audit of these days does not count any more, in a sentence; empty where there is none.

    Parameters
    ----------
    detectors
        Versions of the detectors that made the flags that are shown.
    """
    if audit_for(scope, samples, answers) is not None:
        return ""
    answered = {a.sample for a in answers}
    for s in samples:
        same_lane = (s.patient, s.stream, s.phenomenon) == (scope.patient, scope.stream, scope.phenomenon)
        if not same_lane or s.id not in answered or not s.interval.overlaps(scope.interval) or s.runs == scope.runs:
            continue
        was, now = (", ".join(v[:7] for v in versions) for versions in (s.detectors, detectors))
        of = f"an earlier analysis, by detector {was}; these flags are by {now}" if now and was != now else (
            "an earlier analysis or other recordings of these days"
        )  # fmt: skip
        return f"An audit was made of {of}. It says nothing about these flags: they need an audit of their own."
    return ""


def plan_of(
    lane: Lane,
    interval: Interval,
    half_second_us: NDArray[np.int64],
    probability: NDArray[np.floating],
    *,
    looks: int = LOOKS,
    seed: int,
) -> AuditPlan:
    """Draw the stretches of some days of a lane.

    Raises
    ------
    MotionwardError
        If nothing was judged in these days, or two recordings of the same time overlap.
    """
    shown = lane.within(interval)
    # The end of an episode that began before these days is none of their clear time.
    before = [e.interval for e in lane.episodes if e.interval.start < interval.start < e.interval.end]
    judged = subtract(intersect(lane.judged, [interval]), before)
    try:
        plan = audit_plan(shown.episodes, judged, half_second_us, probability, looks=looks, seed=seed)
    except ValueError as error:
        raise MotionwardError(
            "Two recordings of this sensor overlap in time, so their flags cannot be audited together: open one "
            "recording alone from the list of patients."
        ) from error
    if not plan.items:
        raise MotionwardError("Nothing was judged in these days, so there is nothing to look at: choose other days.")
    return plan


def elsewhere(plan: AuditPlan, number: int, lane: Lane, shown: Interval) -> tuple[Interval, ...]:
    """Where an episode that reaches from a stretch is counted instead, within what is shown.

    An episode belongs to the first flag that it touches, else to the first unsure stretch, else to where it begins.
    """
    item = plan.items[number]
    found = []
    for e in lane.episodes:
        if e.interval == item.interval or not e.interval.overlaps(shown):
            continue
        is_flag, is_earlier = e.certainty != Kind.UNSURE.value, e.interval.start < item.interval.start
        takes = {
            Kind.CLEAR: True,
            Kind.UNSURE: is_flag or is_earlier,
            Kind.FLAG: is_flag and is_earlier,
        }
        if takes[item.stratum.kind]:
            found.append(e.interval)
    return tuple(found)


def plan_text(plan: AuditPlan) -> str:
    """A plan as JSON, exactly."""
    return json.dumps(
        {
            "strata": [asdict(s) for s in plan.strata],
            "items": [
                [i.interval.start, i.interval.end, plan.strata.index(i.stratum), i.probability] for i in plan.items
            ],
            "covered_us": plan.covered_us,
        },
        separators=(",", ":"),
    )


def plan_from(text: str) -> AuditPlan:
    """A plan as :func:`plan_text` wrote it."""
    said: dict[str, Any] = json.loads(text)  # Any: JSON
    strata = tuple(Stratum(**{**s, "kind": Kind(s["kind"])}) for s in said["strata"])
    items = tuple(Item(Interval(start, end), strata[k], p) for start, end, k, p in said["items"])
    return AuditPlan(items, strata, said["covered_us"])
