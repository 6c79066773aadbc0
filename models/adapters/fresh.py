"""A detector of a phenomenon that nothing is shipped for, from the examples alone.

It takes from another detector what reads a vector (columns and standardisation), and learns a head of its own
(:mod:`models.adapters.heads`). In the trials the shape values and the features together told falls from five examples
(fewshot.md). Threshold, probabilities, unsure band and alarm budget come from examples that were left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.recording import Placement
from models.adapters.adapt import with_correction
from models.adapters.choose import FEW, Progress
from models.adapters.example import Example
from models.adapters.heads import PROTOTYPE, choose_head, fit_head
from models.adapters.held_out import are_several, calibrated, held, judged_apart, of_half_seconds
from models.adapters.nearness import moments
from models.calibration import Calibration, Known, log_odds, sigmoid, whitening
from models.detectors import Detector, Network, OperatingPoint, Rules
from models.detectors.network import widened
from models.workers import in_order

CALIBRATED = (
    " Its probabilities are shares of the half seconds in the recordings it was taught with, each episode left out "
    "once; of other people they say nothing."
)
CALIBRATED_ON_PEOPLE = (
    " Its probabilities are shares of the half seconds in the recordings it was taught with, each patient left out "
    "once."
)
MOST = log_odds(0.98)
RULES = Rules(0.5, 0.5, 1_000_000, 1_000_000)
DIRECTIONS = 24
ENOUGH = 20_000
"""Half seconds, evenly spread, that tell in which directions vectors vary; all of a week take half a minute."""
PIECE = 4096
"""Half seconds at once, of which the working memory stays in a processor's cache."""
SPARE = 1.25
"""A recording may lie so much further away than the furthest of the support set before it counts as unknown."""


def blank(like: Detector, phenomenon: str, placements: Sequence[Placement], vectors: NDArray[np.floating]) -> Detector:
    """A detector that knows nothing yet: what it reads is that of another, what is familiar comes from recordings.

    Parameters
    ----------
    like
        Whose columns, standardisation, encoder and channels it takes.
    vectors
        ``(n, dim)`` of the recordings with examples, marked or not.
    """
    reads = like.network
    network = Network(reads.columns, reads.mean, reads.sd, reads.clip, 1, (), ())
    some = vectors[:: -(-len(vectors) // ENOUGH)]
    known = Known(*whitening(network.standardised(some), min(DIRECTIONS, max(1, len(some) // 4))), np.inf, np.inf)

    def distance(at: slice) -> NDArray[np.float32]:
        return known.distance(network.standardised(widened(vectors[at])))

    far = np.concatenate([*in_order(distance, (slice(i, i + PIECE) for i in range(0, len(vectors), PIECE)))])
    known = replace(known, edge=float(np.quantile(far, 0.99)), outside=SPARE * float(far.max()))
    return Detector(
        f"{phenomenon}-{placements[0]}".replace(" ", "-"), "", phenomenon, tuple(placements), like.encoder,
        like.encoder_version, like.channels, like.min_rate_hz, RULES, Calibration(1.0, 0.0), (), network, known,
        like.encoder_folder,
    )  # fmt: skip


def teach(
    detector: Detector, examples: Sequence[Example], annotator: str = "", progress: Progress | None = None
) -> Detector:
    """Fit the head of a blank detector, and the threshold at which examples that were left out are told best.

    Parameters
    ----------
    progress
        Told which share of the fitting is done.

    Raises
    ------
    ValueError
        If there is no example of one of the classes.
    """
    if len({e.is_positive for e in examples}) < 2:
        raise ValueError("a new phenomenon needs examples of it and of what it is not")
    chosen = choose_head(examples, progress)
    told = of_half_seconds(chosen.judged)
    marked = [e for e in examples if e.is_positive]
    slope, intercept = calibrated(*told) if told is not None and moments(marked) >= FEW else (1.0, 0.0)
    level = slope * (_best(*told) if told is not None else 0.0) + intercept
    # Hysteresis and band go with the slope: what is flagged stays as it is, whatever the probabilities are called.
    threshold = float(sigmoid(np.array([level]))[0])
    rules = replace(detector.rules, threshold=threshold, hysteresis=slope * detector.rules.hysteresis)
    shown = held(chosen.judged, rules, slope, intercept) if (slope, intercept) != (1.0, 0.0) else None
    how = (
        f", and its threshold from leaving each{' patient' if are_several(examples) else ''} out once."
        if told is not None
        else "; its threshold could not be learned too, because too little lies far enough from the rest to be "
        "judged by it."
    )
    places = ", ".join(detector.placements)
    why = (
        f"Nothing is shipped for {detector.phenomenon} at: {places}. {_head_words(chosen.kind)} learned from "
        f"{len(marked)} marked episode{'' if len(marked) == 1 else 's'} alone{how}"
    )
    if len(chosen.tried) > 1:
        why += f" Tried beside it: {', '.join(k.partition(' ')[0] for k in chosen.tried if k != chosen.kind)}."
    if (slope, intercept) != (1.0, 0.0):
        why += CALIBRATED_ON_PEOPLE if are_several(examples) else CALIBRATED
    if shown is not None and shown.error is not None:
        why += f" Where one half of these calibrates the other, they are off by {shown.error:.2f} (calibration error)."
    head = chosen.fit(examples).scaled(slope).raised(intercept)
    new = with_correction(replace(detector, rules=rules), head, examples, chosen.kind, why, annotator)
    points = () if shown is None else tuple(
        OperatingPoint(p.threshold, p.alarms_per_hour, None, p.sensitivity) for p in shown.curve
    )  # fmt: skip
    return replace(new, parent=None, held=shown, points=points)


def _head_words(kind: str) -> str:
    return "Prototypes were" if kind == PROTOTYPE else f"A {kind.partition(' ')[0]} head was"


def best_threshold(examples: Sequence[Example]) -> float:
    """The probability of the head with the best F1 of half seconds, each example judged by one that was not taught
    with it; one marked episode alone gives 0.5."""
    held = left_out(examples)
    return 0.5 if held is None else float(sigmoid(np.array([_best(*held)]))[0])


def left_out(examples: Sequence[Example]) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Log-odds and truth of half seconds, each example judged by a head that was taught without it.

    What nobody marked stands for as much time as it is of the recording. None of one marked episode alone, at however
    many sensors.
    """
    return of_half_seconds(judged_apart(examples, fit_head))


def _best(odds: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The log-odds with the best F1 of half seconds, none so high or low that nothing or everything lies above."""
    levels = np.unique(np.quantile(odds[truth], np.linspace(0.0, 0.9, 19)))
    f1 = [2 * (odds[truth] >= v).sum() / ((odds >= v).sum() + truth.sum()) for v in levels]
    return float(np.clip(levels[int(np.argmax(f1))], -MOST, MOST))
