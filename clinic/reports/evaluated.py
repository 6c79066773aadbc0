"""What ``motionward evaluate FOLDER`` measured, as rows for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clinic.evaluation import (
    SEED,
    Budget,
    Judged,
    band_of,
    budgets,
    shares_of_time,
    taught,
)
from models.calibration import sigmoid
from models.conformal import UnsureBand
from models.evaluation.agreement import Agreement, agreement
from models.evaluation.events import Events
from models.evaluation.kshot import DRAWS, Row
from models.evaluation.metrics import auroc, average_precision
from models.evaluation.reliability import calibrated
from models.evaluation.splits import LEAST_PEOPLE, resampled

Json = dict[str, Any]  # whatever JSON can hold
EVENT_FIGURES = (
    "sensitivity", "precision", "f1", "false_alarms_per_hour", "onset_error_s", "duration_error_s", "time_iou",
    "time_marked", "time_flagged",
)  # fmt: skip
_DRAWS = 2000
"""Of people, for intervals over them."""
EVERYBODY, MEAN = "all together", "mean over people"


def measured(streams: Sequence[Judged], version: str, draws: int = DRAWS) -> Json:
    """All figures of the streams of a folder.

    Parameters
    ----------
    version
        Of motionward.
    draws
        Of the k-shot protocol.
    """
    detectors = list({s.detector.version: s.detector for s in streams}.values())
    by_person: dict[str, list[Judged]] = {}
    for s in streams:
        by_person.setdefault(s.person, []).append(s)
    events = {p: sum((s.events(s.detector) for s in of), Events()) for p, of in by_person.items()}
    cells = {p: _half_seconds(of) for p, of in by_person.items()}
    results: list[Json] = []
    for p, e in events.items():
        results += [_figure(p, f, getattr(e, f), 1) for f in EVENT_FIGURES]
        results += [_figure(p, f, v, 1) for f, v in cells[p].items()]
    if len(by_person) > 1:
        together = sum(events.values(), Events())
        results += [_figure(EVERYBODY, f, getattr(together, f), len(events)) for f in EVENT_FIGURES]
        results += [_figure(EVERYBODY, f, v, len(events)) for f, v in _half_seconds(streams).items()]
        results += [_mean(f, [getattr(e, f) for e in events.values()]) for f in EVENT_FIGURES]
        results += [_mean(f, [c[f] for c in cells.values()]) for f in next(iter(cells.values()))]
    band = band_of(streams)
    return {
        "made_by": "motionward evaluate",
        "motionward": version,
        "detectors": [{"name": d.name, "version": d.version, "threshold": d.threshold} for d in detectors],
        "phenomenon": detectors[0].phenomenon,
        "assumptions": _assumed(streams),
        "people": [_person(p, of, events[p]) for p, of in sorted(by_person.items())],
        "results": results,
        "agreement": _agreement(agreement(shares_of_time(streams), _DRAWS, SEED)),
        "budgets": [_budget(b) for b in budgets(streams)],
        "band": _band(band),
        "kshot": [_row(r) for r in taught(streams, draws)],
    }  # fmt: skip


def _half_seconds(streams: Sequence[Judged]) -> dict[str, float]:
    p = np.concatenate([s.scores.probability[s.judged] for s in streams]).astype(np.float64)
    y = np.concatenate([s.truth[s.judged] for s in streams])
    error = calibrated([s.track for s in streams], SEED, draws=1).pooled if len(p) else float("nan")
    return {"auroc": auroc(p, y), "ap": average_precision(p, y), "calibration_error": error}


def _figure(
    row: str, metric: str, value: float, people: int, low: float | None = None, high: float | None = None
) -> Json:
    numbers = dict(zip(("value", "low", "high"), map(_number, (value, low, high)), strict=True))
    return {"task": "own recordings", "row": row, "metric": metric, **numbers, "people": people}


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 4) + 0.0  # no -0.0


def _mean(metric: str, each: Sequence[float]) -> Json:
    """Mean over the people who have the figure; an interval from so many of them on."""
    values = np.array([v for v in each if np.isfinite(v)])
    if not len(values):
        return _figure(MEAN, metric, float("nan"), 0)
    if len(values) < LEAST_PEOPLE:
        return _figure(MEAN, metric, float(values.mean()), len(values))
    low, high = np.quantile(resampled(values, _DRAWS, SEED), [0.025, 0.975])
    return _figure(MEAN, metric, float(values.mean()), len(values), float(low), float(high))


def _person(name: str, of: Sequence[Judged], events: Events) -> Json:
    return {
        "person": name, "streams": [s.name for s in of], "judged_h": round(events.judged_us / 3.6e9, 3),
        "marked": events.marked, "found": events.found, "flags": events.flags, "false_alarms": events.false_alarms,
        "marked_but_not_judged": sum(s.unread for s in of), "taught": any(s.is_taught for s in of),
    }  # fmt: skip


def _budget(b: Budget) -> Json:
    return {
        "per_hour": b.per_hour,
        "threshold": b.threshold,
        "false_alarms_per_hour": _number(b.events.false_alarms_per_hour),
        "sensitivity": _number(b.events.sensitivity),
    }


def _agreement(a: Agreement) -> Json:
    numbers = {n: _number(getattr(a, n)) for n in ("value", "low", "high")}
    return {"of": "share of time", "measure": "ICC(2,1)", **numbers, "recordings": a.recordings, "people": a.people}


def _band(band: UnsureBand | None) -> Json | None:
    if band is None:
        return None
    low, high = (float(sigmoid(np.array([v]))[0]) for v in (band.lower, band.upper))
    return {
        "promise": band.words, "unit": band.unit.value, "number": band.number, "lower": round(low, 4),
        "upper": round(high, 4),
    }  # fmt: skip


def _row(r: Row) -> Json:
    told = {n: getattr(r, n) for n in r.__slots__}
    if r.people < LEAST_PEOPLE:
        told |= dict.fromkeys(("low", "high", "gain_low", "gain_high"))
    return {n: _number(v) if isinstance(v, float) else v for n, v in told.items()}


def _assumed(streams: Sequence[Judged]) -> list[str]:
    own = {s.person for s in streams if s.is_taught}
    said = []
    if others := {s.person for s in streams} - own:
        these = ", ".join(sorted(others)) if own else "this person" if len(others) == 1 else "these people"
        is_one = len({s.detector.version for s in streams}) == 1
        which, cards = ("detector", "its card names") if is_one else ("detectors", "their cards name")
        said.append(
            f"No marks of {these} taught the {which}; whether they are in the sets that {cards}, nothing here can tell."
        )
    if own:
        said.append("What taught the detector is left out of what may be called sure and of what labels would buy.")
    if any(not s.is_marked_none for s in streams):
        said.append("Where a file has no span marked as none, all of it that is not marked holds none.")
    return said
