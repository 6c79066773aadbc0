"""The card of a detector: what it was made from, what was measured, what it cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.datasets.registry import DATASETS
from data.phenomena import FALL, FREEZING, TREMOR
from models.detectors.detector import Detector
from models.reliability import DIAGRAM
from models.training.corpus import HEAVIEST, SITES, Trial, people


@dataclass(frozen=True, slots=True)
class Words:
    """What a card calls things, for one phenomenon."""

    events: str
    people: str
    controls: str
    alarms: str
    cannot: str


WORDS = {
    FREEZING: Words(
        "freezes",
        "patients",
        "; nobody freezes",
        "among patients who were provoked to freeze",
        """\
- It was trained on tests that provoke freezing, in three laboratories, and on scripted activities of healthy
  people. Nobody was recorded at home for days: **its false alarms an hour in daily life are not known.**
- Freezes without trembling (akinetic) look like standing still and are mostly missed; so are very short ones.
- Turning on the spot, standing up and nervous shuffling fool it most.
- A probability says how often such half seconds were freezing among the people it was calibrated on, who froze
  far more often than people do at home; there it is too high.
- The band holds the doubt of the networks and of the calibration, not how far one person differs from the others.
- Both feet, hands and wrists were not in training: elsewhere on the body it is refused.
- Research only. Not a medical device; no treatment may be decided on it.
""",
    ),
    FALL: Words(
        "falls",
        "people",
        "",
        "of scripted activities",
        """\
- The falls were staged, on mats, mostly by young healthy people; real falls of ill or old people differ, and how
  many of those it finds is **not known**. Slow falls, slides from a chair or a bed, and falls that somebody catches
  were hardly in training.
- The false alarms are those of scripted activities of some seconds, chosen to look like falls among other things
  (dropping into a chair, jumping, stumbling); an hour of them is not an hour at home.
- A mark stands about the hardest impact of each staged fall, found by motionward, not by a rater.
- A probability says how often such half seconds were falls in these recordings, where every second trial was one:
  at home it is far too high.
- It says that something like a fall happened. It does not watch over anybody and calls nobody.
- Research only. Not a medical device.
""",
    ),
    TREMOR: Words(
        "spells of tremor",
        "people",
        ", at the wrist",
        "of people at rest",
        """\
- No rater marked tremor in these recordings: a half second counts as tremor where somebody with Parkinson's disease
  has a narrow peak between 3.5 and 7.5 Hz. So the figures say how well the detector follows that rule in people it
  had not seen, and how rarely it flags people without the disease; **not how well it follows a clinician**.
- The sensor lay on a hand at rest, in one laboratory, and its unit was not calibrated: how strong a tremor is, it
  does not say. Tremor of a raised or moving hand was not in training.
- Everyday activities were recorded at the wrist, minutes of each person, not at the hand.
- A probability says how often such half seconds were tremor in these recordings, not in daily life.
- Research only. Not a medical device; no treatment may be decided on it.
""",
    ),
}


def _terms(sites: Sequence[str]) -> list[str]:
    lines = []
    for name in dict.fromkeys(SITES[s][0] for s in sites):
        terms = DATASETS[name].terms
        lines.append(f"- **{terms.name}**: {terms.citation} Terms: {terms.licence}")
    return lines


def card_text(detector: Detector, recipe: str, sites: Sequence[str], items: Sequence[Trial], date: str) -> str:
    """The card as Markdown."""
    m, at = detector.measured, detector.measured["default"]
    said = WORDS[detector.phenomenon]
    patients, healthy = [t for t in items if not t.control], [t for t in items if t.control]
    controls = (
        f" and {len(people(healthy))} healthy people ({sum(t.cells for t in healthy) / 7200:.1f} h{said.controls})"
        if healthy
        else ""
    )
    alarms = "\n".join(
        f"| {k} | {_share(v[0])} | {_share(v[1])} |" for k, v in m["sensitivity_at_false_alarms"].items() if v
    )
    where = ", ".join(p.value for p in detector.placements)
    made = f"- Made on {date}." if date else ""
    return f"""\
# {detector.name}

Finds {detector.phenomenon} from a three-axis accelerometer at: {where}; at least {detector.min_rate_hz:g} samples a second.

{made}
- Command: `motionward train-detector models/training/recipes/{recipe} --data DATA --out OUT`.
- Reads vectors of encoder {detector.encoder} {detector.encoder_version}; an ensemble of {len(detector.network.members)} \
context models, {detector.network.reach / 2:g} s to either side.
- Trained on everybody: {len(people(patients))} {said.people} ({sum(t.cells for t in patients) / 7200:.1f} h)\
{controls}. Sets: {", ".join(sites)}.

## Measured on people the networks had not seen

The same recipe was trained with one fifth of the people left out at a time; the figures are those of the people left
out ({m["people"]} {said.people}, {m["freezers"]} of whom have {said.events}; {m["hours"]} h). Settings were chosen on these same people, so
expect somewhat less elsewhere; figures on other people and sensors are in `docs/validation`.

{_half_seconds(m, any(t.person == HEAVIEST for t in items))}
{_honesty(m)}
| false alarms an hour at most | {said.events} found | of those of 5 s or longer |
|---|---|---|
{alarms}

Default threshold {at["threshold"]:g}: {_share(at["sensitivity"])} of the {said.events} found \
(5 s or longer: {_share(at["sensitivity_5s"])}) at {at["false_alarms_per_hour"]:g} false alarms an hour {said.alarms}\
{_others(at, m)}.

## What it cannot do

{said.cannot}
## Data and terms

{chr(10).join(_terms(sites))}

Nobody in these recordings may be named or re-identified.
"""


def _half_seconds(m: dict[str, Any], has_heaviest: bool) -> str:  # Any: JSON
    """The table of figures over half seconds, with a column without the heaviest person where there is that person."""
    rows = (
        ("AUROC, pooled", m["auroc"], m["auroc_without_heaviest"]),
        ("average precision, pooled", m["ap"], m["ap_without_heaviest"]),
        ("AUROC, mean over people", m["macro_auroc"], None),
        ("calibration error", None, m["calibration_error_without_heaviest"]),
    )
    if has_heaviest:
        head = "| | all | without the person who holds half of all freezing |\n|---|---|---|"
        body = [f"| {name} | {_figure(one)} | {_figure(other)} |" for name, one, other in rows]
    else:
        head = "| | all |\n|---|---|"
        body = [f"| {name} | {_figure(other if one is None else one)} |" for name, one, other in rows]
    return "\n".join([head, *body])


def _honesty(m: dict[str, Any]) -> str:  # Any: JSON
    """How far probabilities are off, and the diagram; nothing where it was not measured."""
    if "calibration_error_people_alike" not in m:
        return ""
    even, low, high = m["calibration_error_people_alike"]
    return (
        f"\nCalibration error with people weighing alike {even:.3f} ({low:.2f}–{high:.2f}); of each person alone, whose "
        f"share of time nobody knows before, {m['calibration_error_by_person']:.3f} on average.\n\n"
        f"![Reliability: found against given probability]({DIAGRAM})\n"
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _others(at: dict[str, Any], m: dict[str, Any]) -> str:  # Any: JSON
    """False alarms of patients who never froze, and of healthy people, where there were such."""
    never = at["never_freezers_per_hour"]
    calm = "" if never is None else f" ({never:g} among those who never had one)"
    if not m["healthy_people"]:
        return calm
    return (
        f"{calm}, and {at['daily_per_hour']:g} an hour of scripted daily activity of {m['healthy_people']} healthy "
        f"people ({m['healthy_hours']} h)"
    )
