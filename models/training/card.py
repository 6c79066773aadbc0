"""The card of a detector: what it was made from, what was measured, what it cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from models.detectors.detector import Detector
from models.training.corpus import HEALTHY, SITES, Trial, people

CANNOT = """\
- It was trained on tests that provoke freezing, in three laboratories, and on scripted activities of healthy
  people. Nobody was recorded at home for days: **its false alarms an hour in daily life are not known.**
- Freezes without trembling (akinetic) look like standing still and are mostly missed; so are very short ones.
- Turning on the spot, standing up and nervous shuffling fool it most.
- A probability says how often such half seconds were freezing among the people it was calibrated on, who froze
  far more often than people do at home; there it is too high.
- The band holds the doubt of the networks and of the calibration, not how far one person differs from the others.
- Both feet, hands and wrists were not in training: elsewhere on the body it is refused.
- Research only. Not a medical device; no treatment may be decided on it.
"""


def _terms(sites: Sequence[str]) -> list[str]:
    lines = []
    for name in dict.fromkeys(SITES[s][0] for s in sites):
        terms = import_module(f"data.datasets.{name}").TERMS
        lines.append(f"- **{terms.name}**: {terms.citation} Terms: {terms.licence}")
    return lines


def card_text(detector: Detector, recipe: str, sites: Sequence[str], items: Sequence[Trial], date: str) -> str:
    """The card as Markdown."""
    m, at = detector.measured, detector.measured["default"]
    patients = [t for t in items if t.person.split("/")[0] not in HEALTHY]
    healthy = [t for t in items if t.person.split("/")[0] in HEALTHY]
    alarms = "\n".join(f"| {k} | {v[0]:.2f} | {v[1]:.2f} |" for k, v in m["sensitivity_at_false_alarms"].items() if v)
    where = ", ".join(p.value for p in detector.placements)
    made = f"- Made on {date}." if date else ""
    return f"""\
# {detector.name}

Finds {detector.phenomenon} from a three-axis accelerometer at: {where}; at least {detector.min_rate_hz:g} samples a second.

{made}
- Command: `motionward train-detector models/training/recipes/{recipe} --data DATA --out OUT`.
- Reads vectors of encoder {detector.encoder} {detector.encoder_version}; an ensemble of {len(detector.network.members)} \
context models, {detector.network.reach / 2:g} s to either side.
- Trained on everybody: {len(people(patients))} patients ({sum(t.cells for t in patients) / 7200:.1f} h) and \
{len(people(healthy))} healthy people ({sum(t.cells for t in healthy) / 7200:.1f} h; nobody freezes). \
Sets: {", ".join(sites)}.

## Measured on people the networks had not seen

The same recipe was trained with one fifth of the people left out at a time; the figures are those of the people left
out ({m["people"]} patients, {m["freezers"]} of whom freeze; {m["hours"]} h). Settings were chosen on these same people, so
expect somewhat less elsewhere; figures on other hospitals are in `docs/validation/freezing.md`.

| | all | without {"the person who holds half of all freezing"} |
|---|---|---|
| AUROC, pooled | {m["auroc"]:.3f} | {m["auroc_without_heaviest"]:.3f} |
| average precision, pooled | {m["ap"]:.3f} | {m["ap_without_heaviest"]:.3f} |
| AUROC, mean over people | {m["macro_auroc"]:.3f} | |
| calibration error | | {m["calibration_error_without_heaviest"]:.3f} |

| false alarms an hour at most | freezes found | of those of 5 s or longer |
|---|---|---|
{alarms}

Default threshold {at["threshold"]:g}: {at["sensitivity"]:.2f} of the freezes found (5 s or longer: {at["sensitivity_5s"]:.2f}) at \
{at["false_alarms_per_hour"]:g} false alarms an hour among patients who were provoked to freeze\
{"" if at["never_freezers_per_hour"] is None else f" ({at['never_freezers_per_hour']:g} among those who never froze)"}, and \
{at["daily_per_hour"]:g} an hour of scripted daily activity of {m["healthy_people"]} healthy people \
({m["healthy_hours"]} h).

## What it cannot do

{CANNOT}
## Data and terms

{chr(10).join(_terms(sites))}

Nobody in these recordings may be named or re-identified.
"""
