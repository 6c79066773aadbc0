"""The card of an encoder: what it was made of, and what may be said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.datasets.registry import DATASETS
from models.encoders.folder import FRAMES
from models.pretraining.corpus import LOADERS, PEOPLE_OF, VIRTUAL

_OBJECTIVES = {
    "simclr": "SimCLR, {batch} windows a step, temperature {temperature}; both views within {neighbour_s} s of one "
    "recording, windows of one recording are no negatives.",
    "relcon": "RelCon, a mined block a step, temperature {temperature}; ranks by a motif distance trained beforehand.",
    "labels": "the activities alone, {batch} windows a step, from scratch.",
    "both": "SimCLR, {batch} windows a step, temperature {temperature}, on views with about {hidden} of the time "
    "hidden, and what is hidden told from the rest, weighted {masked_weight}.",
    "cmc": "contrastive multiview coding, {batch} clips a step, temperature {temperature}; of each clip a window of "
    "the sensor and the {camera} that a camera saw.",
    "cmkm": "CMC-CMKM, {batch} clips a step, temperature {temperature}; of each clip a window of the sensor and the "
    "{camera}; {neighbours} positive mined a clip, by towers that SimCLR trained in {teacher_epochs} epochs.",
    "sigmoid": "the pairwise sigmoid loss, {batch} clips a step; of each clip a window of the sensor and the "
    "{camera} that a camera saw.",
    "sum": "each step one of three by lot: SimCLR, {batch} windows, temperature {temperature}, on views with about "
    "{hidden} of the time hidden, and what is hidden told from the rest, weighted {masked_weight}; RelCon on a mined "
    "block; the pairwise sigmoid loss between {clips} clips of the sensor and the {camera} that a camera saw.",
    "masked": "masked modelling, {batch} windows a step, about {hidden} of the time hidden.",
}

_FRAMES = dict(zip(FRAMES, ("gravity-aligned", "unaligned"), strict=True))


def _activity(weight: float) -> str:
    if weight == 0:
        return "- Self-supervised alone: the activities of the recordings took no part."
    return f"- Beside it, weighted {weight}, the activity that the publishers give: not purely self-supervised, then."


def card(settings: dict[str, Any], figures: dict[str, Any], date: str, recipe: str) -> str:
    """Text of ``card.md``.

    Parameters
    ----------
    figures
        Hours, people, minutes and losses of the training.
    """
    plan, signal = settings["training"], _FRAMES[settings.get("frame", FRAMES[0])]
    named = settings.get("sets", list(LOADERS))
    used = list(dict.fromkeys(PEOPLE_OF.get(name, name) for name in named))
    own = [Path(folder).name for folder in settings.get("pairs", [])]
    read = {*(used if "sets" in settings else settings["held_out"]), *own}
    left_out = {name: people for name, people in settings["held_out"].items() if name in read}
    held = "; ".join(f"{name}: {', '.join(people)}" for name, people in left_out.items())
    sets = "\n".join(
        [
            *(f"- **{t.name}**: {t.citation} Terms: {t.licence}" for t in (DATASETS[name].terms for name in used)),
            *(
                f"- **{name}**: recordings of one's own that a camera saw too; their terms are not known here."
                for name in own
            ),
        ]
    )
    of_whom = (
        f"{figures['hours']} hours of {figures['people']} people, those of {', '.join(own)} among them: of whom, and "
        "under what terms, whoever made it knows."
        if own
        else f"{figures['hours']} hours of {figures['people']} healthy people, scripted, minutes long; nobody with\n"
        "  Parkinson's disease, no free living."
    )
    if any(name in VIRTUAL for name in named):
        of_whom += " Hours of sensors that nobody wore, made from their skeletons, are counted too."
    return f"""# {settings["name"]}

Turns six-axis or accelerometer-only movement at 50 Hz into one vector for each half second:
{settings["widths"][-1]} values of a residual network on the {signal}, locally scaled signal, then 85
hand-made features, standardised and cut at 5 standard deviations.

- Made on {date} in {figures["minutes"]} minutes of a processor shared with other work, threads: {plan["threads"]}.
- Command: `motionward pretrain {recipe} --data DATA --out OUT` (seed {settings["seed"]}).
- Objective, {plan["steps"]} steps: {_OBJECTIVES[settings.get("objective", "simclr")].format(**plan)}
{_activity(plan["activity_weight"])}
- Last losses: objective {figures["objective"]}, activity {figures["activity"]}.
- Data: {of_whom}
- People left out, for judging it: {held}.
- Figures on them: {"nobody has measured any" if own else "`docs/validation/encoder.json`"}.
- Version {{version}}; SHA-256 of `weights.safetensors`: {{sha256}}.

## Data and terms

{sets}

Research data may not be used to name a person. Not a medical device.
"""
