"""What ``motionward evaluate FOLDER`` measured, as a page for people."""

from __future__ import annotations

from clinic.evaluation import BUDGETS, COVERAGE, LEAST_UNITS
from clinic.reports.evaluated import Json
from clinic.reports.words import DISCLAIMER
from models.evaluation.agreement import LEAST_RECORDINGS
from models.evaluation.events import MATCHING, Matching

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
