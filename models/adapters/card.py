"""The card of a detector that learned from examples."""

from __future__ import annotations

import re

from models.adapters.example import Example
from models.adapters.nearness import is_one_day, is_undated
from models.detectors import Detector


def card_text(detector: Detector, parent: str, examples: list[Example], date: str = "") -> str:
    """What it was taught with, and that nobody has measured it.

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
    # Its pictures stay beside it.
    told = re.sub(r"^!\[.*\]\(.*\)\n+", "", parent.strip(), flags=re.MULTILINE)
    return "\n".join([*lines, "", "---", "", told, ""])
