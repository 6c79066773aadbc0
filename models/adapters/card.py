"""The card of a detector that learned from examples."""

from __future__ import annotations

import re

import numpy as np

from models.adapters.example import Example
from models.adapters.nearness import is_one_day, is_undated
from models.calibration import sigmoid
from models.conformal import Unit, UnsureBand
from models.detectors import Detector
from models.detectors.held import Held
from models.reliability import DIAGRAM


def card_text(detector: Detector, parent: str, examples: list[Example], date: str = "") -> str:
    """What it was taught with, how far it holds on what was left out, and that nobody has measured it.

    Parameters
    ----------
    parent
        Text of the card of the detector that it started from.
    """
    adapted = detector.adapted
    assert adapted is not None
    by = ", ".join(sorted({t.annotator for t in adapted.taught if t.annotator})) or "nobody named"
    files = sorted({(t.named, t.recording) for t in adapted.taught})
    names = [name for name, _ in files]
    recordings = [name if names.count(name) == 1 else f"{name} ({identity[:7]})" for name, identity in files]
    free = len(adapted.unmarked)
    when = f" on {date}" if date else ""
    episodes, others = (sum(t.is_positive is side for t in adapted.taught) for side in (True, False))
    if detector.parent:
        origin = f"Adapted{when} from version {detector.parent} by the {adapted.kind} adapter."
        measured = "figures below are those of the detector it started from, on other people."
        rate = (
            "The share of time that is marked is learned from only where everything was marked, and then said above: "
            "elsewhere whoever marks chooses it. The threshold stays."
        )
    else:
        origin = f"Made{when} from examples alone: {adapted.kind}."
        measured = "it was tried on nothing but its own examples."
        rate = "Below is the card of the detector that reads the sensor for it; what that one finds is something else."
    taught = (
        f"- Taught with {episodes} marked episode{'' if episodes == 1 else 's'} and {others} "
        f"stretch{'' if others == 1 else 'es'} marked as none, by {by}."
    )
    lines = [
        f"# {detector.name}, adapted",
        "",
        f"Finds: {detector.phenomenon}. {origin}",
        "",
        f"- {adapted.why}",
        taught,
        f"- They lie in: {', '.join(recordings)}.",
        f"- **Nobody has measured it**: {measured}",
        f"- {rate}",
    ]
    if detector.parent:
        lines.append(
            "- It is for whom it was taught on: in other hospitals one person's marks made a detector worse for others."
        )
    if free:
        lines.append(f"- Assumed: {free} stretches of 5 s that nobody marked, 10 s or more from any mark, hold none.")
    before = len(adapted.taught) - sum(e.weight == 1.0 for e in examples)
    if is_one_day(examples):
        what = "it learned beside the detector that it started from" if before else "was marked"
        lines.append(f"- All that {what} lies within one day: how it does on another day is not known.")
    elif is_undated(examples):
        lines.append(
            "- Not all recordings with marks have a date: whether they are of one day, and so how it does on another, "
            "is not known."
        )
    if detector.held:
        lines += ["", *_held(detector.held, detector)]
    # Its pictures stay beside it.
    told = re.sub(r"^!\[.*\]\(.*\)\n*", "", parent.strip(), flags=re.MULTILINE)
    return "\n".join([*lines, "", "---", "", told, ""])


def _held(held: Held, detector: Detector) -> list[str]:
    """How far probabilities and bands hold, with the diagram that lies beside the card."""
    is_of_others = detector.parent is not None and held.error is not None and held.share is None
    if is_of_others:
        whom = f"{held.number} people who each taught such a detector a few episodes, in other recordings of theirs"
    elif held.unit is Unit.PEOPLE:
        whom = f"the {held.number} patients who taught it, each left out once"
    else:
        whom = f"the {held.number} marked episodes and the time beside them that taught it, each left out once"
    if held.error is None:
        told = (
            ". What its probabilities are worth is not told by that: whoever marked chose how much time there is with "
            f"{detector.phenomenon}, and in how much of their time people have it is not known of its parent."
        )
    else:
        told = f": its probabilities are off by {held.error:.3f} there (expected calibration error)."
    weighed = (
        ""
        if held.share is None
        else f" Both classes are weighed so that {100 * held.share:.1f} % of the time has {detector.phenomenon}, as in "
        "the people whom the probabilities of its parent were calibrated on; few examples make an error look larger."
    )
    picture = [f"![Reliability: found against given probability]({DIAGRAM})", ""] if held.bins else []
    return [
        "## How far it holds",
        "",
        f"Tried on {whom}{told}{weighed}",
        "",
        *picture,
        *(_band(band, detector.phenomenon) for band in held.bands),
        *([] if held.bands else ["Too little was left out to promise an unsure band."]),
    ]


def _band(band: UnsureBand, phenomenon: str) -> str:
    low, high = (float(sigmoid(np.array([end]))[0]) for end in (band.lower, band.upper))
    new = "patients" if band.unit is Unit.PEOPLE else "stretches of the same patient"
    if f"{low:.2f}" == f"{high:.2f}":  # both kinds keep to it without one
        return (
            f"- Nothing has to be unsure: of the half seconds with {phenomenon} {100 * band.coverage:g} % or more lie "
            f"at {low:.2f} or above, of those without as many below it, in the mean over new {new}."
        )
    return (
        f"- Unsure between {low:.2f} and {high:.2f}: of the half seconds with {phenomenon} "
        f"{100 * band.coverage:g} % or more lie at {low:.2f} or above, of those without as many below {high:.2f}, in "
        f"the mean over new {new}."
    )
