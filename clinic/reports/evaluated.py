"""What ``motionward evaluate FOLDER`` measured: rows for programs, and a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clinic.evaluation import (
    BUDGETS,
    COVERAGE,
    LEAST_UNITS,
    SEED,
    Budget,
    Judged,
    band_of,
    budgets,
    shares_of_time,
    taught,
)
from clinic.reports.words import DISCLAIMER
from models.calibration import sigmoid
from models.conformal import UnsureBand
from models.evaluation.agreement import LEAST_RECORDINGS, Agreement, agreement
from models.evaluation.events import MATCHING, Events, Matching
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
        these = ", ".join(sorted(others)) if own else "these people"
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


TITLES = {
    "sensitivity": "found",
    "precision": "flags that are true",
    "f1": "F1 of episodes",
    "false_alarms_per_hour": "false alarms an hour",
    "onset_error_s": "onset off by, s",
    "duration_error_s": "length off by, s",
    "time_iou": "time in common",
    "time_marked": "time marked",
    "time_flagged": "time flagged",
    "auroc": "AUROC",
    "ap": "average precision",
    "calibration_error": "calibration error",
}


def sentence(told: Json) -> str:
    """The answer first."""
    marked, found, alarms, hours = (
        sum(p[n] for p in told["people"]) for n in ("marked", "found", "false_alarms", "judged_h")
    )
    detectors = ", ".join(f"{d['name']} ({d['version']})" for d in told["detectors"])
    named = "Detector" if len(told["detectors"]) == 1 else "Detectors"
    episodes = "episode" if marked == 1 else "episodes"
    were = "was" if 1 in (found, marked) else "were"
    false = "false alarm" if alarms == 1 else "false alarms"
    own = ", ".join(p["person"] for p in told["people"] if p["taught"])
    remembered = f" It was taught with marks of {own}: what it finds there it may have learned there." if own else ""
    return (
        f"{found} of {marked} marked {episodes} {were} found, with {alarms} {false} in {hours:.2f} judged hours. "
        f"{named}: {detectors}.{remembered}"
    )


def _counted(how: Matching) -> str:
    short = f", and what is then shorter than {how.shortest_us / 1e6:g} s is none" if how.shortest_us else ""
    one = f" Flags that begin less than {how.refractory_us / 1e6:g} s after one that counts are one with it."
    return f"Marks less than {how.merge_us / 1e6:g} s apart are one episode{short}.{one if how.refractory_us else ''}"


def page(told: Json) -> str:
    """The same as Markdown."""
    people = told["people"]
    found = {(r["row"], r["metric"]): r for r in told["results"]}
    lines = [
        f"# {told['phenomenon'].capitalize()} in {len(people)} {'person' if len(people) == 1 else 'people'}",
        "",
        sentence(told),
        "",
        f"Made by motionward {told['motionward']}. {DISCLAIMER}",
        "",
        "## What is assumed",
        "",
        *(f"- {a}" for a in told["assumptions"]),
        "",
        "## Episodes and half seconds",
        "",
        "An episode counts as found where flags cover half a second of it and its tolerance, else flags are false.",
        "An hour is one that a rater and the detector judged; unsure flags are not counted. In brackets: 95 %",
        "intervals over people, from three people on. *Onset* and *length*: of the episodes that were found, how far",
        "their flags begin from where they do, and how much longer or shorter they are, in the mean of the distances.",
        "*Time in common*: both marked and flagged, over either.",
        _counted(MATCHING.get(told["phenomenon"], Matching())),
        "",
        "| | " + " | ".join(TITLES.values()) + " |",
        "|---|" + "---|" * len(TITLES),
    ]
    rows = dict.fromkeys(r["row"] for r in told["results"])
    lines += [f"| {_text(row)} | {' | '.join(_cell(found[row, m]) for m in TITLES)} |" for row in rows]
    lines += [
        "",
        "| person | judged | marked | found | flags | false | marked, but not judged |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {_text(p['person'])} | {p['judged_h']:.2f} h | {p['marked']} | {p['found']} | {p['flags']} | "
        f"{p['false_alarms']} | {p['marked_but_not_judged']} |"
        for p in people
    ]
    lines += ["", "## Share of time, by recording", "", *_agreed(told["agreement"], told["phenomenon"])]
    lines += ["", "## Alarm budgets", ""]
    if told["budgets"]:
        lines += ["| at most, an hour | threshold | here, an hour | found |", "|---|---|---|---|"]
        lines += [
            f"| {b['per_hour']:g} | {b['threshold']:.2f} | {_plain(b['false_alarms_per_hour'])} | "
            f"{_plain(b['sensitivity'])} |"
            for b in told["budgets"]
        ]
        lines += ["", "Thresholds are those that kept to the budget in the people the detector was validated on."]
    else:
        budget = f"{', '.join(f'{b:g}' for b in BUDGETS)} false alarms an hour"
        lines.append(
            f"The detector has no operating points to choose {budget} from."
            if len(told["detectors"]) == 1
            else f"Each detector has thresholds of its own: what is found at {budget} is told of one at a time."
        )
    lines += ["", "## What may be called sure", ""]
    band = told["band"]
    if band:
        lines.append(f"Below {band['lower']:.2f} surely none, from {band['upper']:.2f} on surely: {band['promise']}.")
    else:
        lines.append(
            f"Too few: {COVERAGE:.0%} can be promised from {LEAST_UNITS} people with marked episodes on, or from as "
            "many stretches around episodes where there is one patient."
        )
    lines += ["", "## What labels of a person would buy for the same person", ""]
    shots = [r for r in told["kshot"] if r["metric"] == "f1"]
    if shots:
        lines += [
            "k marked episodes and as many stretches without, from other recordings of the person or a minute away;",
            "the adapter that `motionward adapt` would choose. F1 of half seconds, its gain over no label, and the",
            "share of people who lose more than .02.",
            "",
            "| k | F1 | gain | lose | people |",
            "|---|---|---|---|---|",
        ]
        lines += [f"| {r['k']} | {_cell(r)} | {_gain(r)} | {r['harmed']:.0%} | {r['people']} |" for r in shots]
    else:
        lines.append(
            "Too few labels: somebody must have marked episodes in two recordings, or in two parts of a long one."
        )
    return "\n".join(lines) + "\n"


def _agreed(a: Json, phenomenon: str) -> list[str]:
    counted = f"{a['recordings']} {'recording' if a['recordings'] == 1 else 'recordings'}"
    over = f"{counted} of {a['people']} {'person' if a['people'] == 1 else 'people'}"
    if a["recordings"] < LEAST_RECORDINGS:
        return [f"Too few: how far marks and flags agree is told from {LEAST_RECORDINGS} recordings on; here: {over}."]
    if a["value"] is None:
        return [f"It cannot be told how far marks and flags agree: neither tells the {over} apart."]
    return [
        f"Flags and marks agree on the share of judged time with {phenomenon} by an intra-class correlation of",
        f"{_cell(a)} over {over}." + ("" if a["low"] is not None else _NO_INTERVAL),
        "1: every recording has the same share by both; 0 or below: flags say no more of a recording than one share",
        "for all would. It is ICC(2,1): absolute agreement, of one rater. Sensors of one time are one recording.",
    ]


_NO_INTERVAL = " No interval over people: too few people, or too few recordings that differ."


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _cell(r: Json) -> str:
    if r["value"] is None:
        return "–"
    return f"{r['value']:.3f}" if r["low"] is None else f"{r['value']:.3f} ({r['low']:.2f}–{r['high']:.2f})"


def _gain(r: Json) -> str:
    between = "" if r["gain_low"] is None else f" ({r['gain_low']:+z.2f} to {r['gain_high']:+z.2f})"
    return f"{r['gain']:+z.3f}{between}".replace("-", "−")


def _text(word: str) -> str:
    """A name as a cell: it may hold what ends one."""
    return " ".join(word.replace("|", "\\|").split())
