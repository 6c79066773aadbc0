"""A detector of a phenomenon that nothing is shipped for, from the examples alone.

It takes from another detector what reads a vector (columns and standardisation), and learns a logistic head with a
Gaussian prior around nothing. In the trials the shape values and the features together told falls from five examples
(fewshot.md); a mean and a shared covariance (linear discriminant) did no better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.recording import Placement
from models.adapters.adapt import with_correction
from models.adapters.choose import FEW
from models.adapters.example import Example
from models.adapters.linear import posterior, stacked
from models.adapters.nearness import apart_from, by_person, moments, place
from models.calibration import (
    Calibration,
    Known,
    calibration_error,
    fit_platt,
    in_blocks,
    log_odds,
    sigmoid,
    whitening,
)
from models.detectors import Detector, Network, Rules
from models.detectors.correction import Correction, with_constant

PRECISION = 300.0
"""Of the prior of each weight, of standardised inputs."""
CONSTANT = 1e-2
FRESH = "logistic from nothing"
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
    known = Known(*whitening(vectors, min(DIRECTIONS, max(1, len(vectors) // 4)), network.standardised), np.inf, np.inf)
    far = np.concatenate([known.distance(network.standardised(block)) for block in in_blocks(vectors)])
    known = replace(known, edge=float(np.quantile(far, 0.99)), outside=SPARE * float(far.max()))
    return Detector(
        f"{phenomenon}-{placements[0]}".replace(" ", "-"), "", phenomenon, tuple(placements), like.encoder,
        like.encoder_version, like.channels, like.min_rate_hz, RULES, Calibration(1.0, 0.0), (), network, known,
        like.encoder_folder,
    )  # fmt: skip


def teach(detector: Detector, examples: Sequence[Example], annotator: str = "") -> Detector:
    """Fit the head of a blank detector, and the threshold at which examples that were left out are told best.

    Raises
    ------
    ValueError
        If there is no example of one of the classes.
    """
    if len({e.is_positive for e in examples}) < 2:
        raise ValueError("a new phenomenon needs examples of it and of what it is not")
    judged = _judged_apart(examples)
    held = _of_half_seconds(judged)
    marked = [e for e in examples if e.is_positive]
    slope, intercept = calibrated(*held) if held is not None and moments(marked) >= FEW else (1.0, 0.0)
    level = slope * (_best(*held) if held is not None else 0.0) + intercept
    # Hysteresis and band go with the slope: what is flagged stays as it is, whatever the probabilities are called.
    threshold = float(sigmoid(np.array([level]))[0])
    rules = replace(detector.rules, threshold=threshold, hysteresis=slope * detector.rules.hysteresis)
    how = (
        f", and its threshold from leaving each{' patient' if are_several(examples) else ''} out once."
        if held is not None
        else "; its threshold could not be learned too, because too little lies far enough from the rest to be "
        "judged by it."
    )
    places = ", ".join(detector.placements)
    why = (
        f"Nothing is shipped for {detector.phenomenon} at: {places}. A logistic head was learned from {len(marked)} "
        f"marked episode{'' if len(marked) == 1 else 's'} alone{how}"
    )
    if (slope, intercept) != (1.0, 0.0):
        why += CALIBRATED_ON_PEOPLE if are_several(examples) else CALIBRATED
        off = cross_fitted_error(judged)
        if np.isfinite(off):
            why += f" Where one half of these calibrates the other, they are off by {off:.2f} (calibration error)."
    head = fit_head(examples).scaled(slope).raised(intercept)
    taught = with_correction(replace(detector, rules=rules), head, examples, FRESH, why, annotator)
    return replace(taught, parent=None)


def fit_head(examples: Sequence[Example]) -> Correction:
    """A logistic head; both classes weigh alike, however many examples of each there are."""
    each = {side: sum(e.weight for e in examples if e.is_positive is side) for side in (True, False)}
    least = min(each.values())
    balanced = [replace(e, weight=e.weight * least / each[e.is_positive]) for e in examples]
    x, base, y, weight = stacked(balanced)
    return Correction(
        *posterior(with_constant(x), base, y, weight, np.append(np.full(x.shape[1], PRECISION), CONSTANT))
    )


def best_threshold(examples: Sequence[Example]) -> float:
    """The probability of the head with the best F1 of half seconds, each example judged by one that was not taught
    with it; one marked episode alone gives 0.5."""
    held = left_out(examples)
    return 0.5 if held is None else float(sigmoid(np.array([_best(*held)]))[0])


def left_out(examples: Sequence[Example]) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Log-odds and truth of half seconds, each example judged by a head that was taught without it.

    Where several people are marked, what they teach is for others too, and each of them is left out once. Else with
    each marked episode goes a share of the stretches without any, one after another, and what shares a sample
    with either; what nobody marked stands for as much time as it is of the recording. Where that would leave a class
    without an example less goes at once, and where one example leaves none it is not judged: None of one marked episode
    alone, at however many sensors.
    """
    return _of_half_seconds(_judged_apart(examples))


def _judged_apart(examples: Sequence[Example]) -> list[tuple[Example, NDArray[np.float64]]]:
    return _by_others(examples) if are_several(examples) else _by_moments(examples)


def _of_half_seconds(
    judged: Sequence[tuple[Example, NDArray[np.float64]]],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Log-odds and truth; None where one class was not judged."""
    if len({e.is_positive for e, _ in judged}) < 2:
        return None
    odds, truth = [z for _, z in judged], [np.full(len(z), e.is_positive) for e, z in judged]
    return np.concatenate(odds), np.concatenate(truth)


def cross_fitted_error(judged: Sequence[tuple[Example, NDArray[np.float64]]]) -> float:
    """Expected calibration error of examples that were left out, where one half of them calibrates the other.

    Every second person is in a half; of one person every second example of each class. NaN where a half lacks a class.
    """
    people = list(dict.fromkeys(e.person for e, _ in judged))
    if len(people) > 1:
        halves = [[pair for pair in judged if pair[0].person in people[first::2]] for first in (0, 1)]
    else:
        sides = [[pair for pair in judged if pair[0].is_positive is side] for side in (True, False)]
        halves = [[pair for side in sides for pair in side[first::2]] for first in (0, 1)]
    said, seen = [], []
    for own, other in (halves, halves[::-1]):
        known, asked = _of_half_seconds(other), _of_half_seconds(own)
        if known is None or asked is None:
            return float("nan")
        slope, intercept = calibrated(*known)
        said.append(sigmoid(slope * asked[0] + intercept))
        seen.append(asked[1])
    return calibration_error(np.concatenate(said), np.concatenate(seen))


def are_several(examples: Sequence[Example]) -> bool:
    """Whether more than one person has examples of both classes."""
    having, lacking = ({e.person for e in examples if e.is_positive is side} for side in (True, False))
    return len(having & lacking) > 1


def _by_others(examples: Sequence[Example]) -> list[tuple[Example, NDArray[np.float64]]]:
    """What a head says of each that the other people's examples taught."""
    judged = []
    for out in by_person(examples):
        gone = examples[out[0]].person
        rest = [e for e in examples if e.person != gone]
        if len({e.is_positive for e in rest}) == 2:
            head = fit_head(rest)
            judged += [(examples[i], head.of(examples[i].directions)[0]) for i in out]
    return judged


def _by_moments(examples: Sequence[Example]) -> list[tuple[Example, NDArray[np.float64]]]:
    """What a head says of each that was taught by what shares no sample with it."""
    order = sorted(examples, key=place)
    positives, negatives = ([e for e in order if e.is_positive is side] for side in (True, False))
    judged = []
    for one, share in zip(positives, np.array_split(np.arange(len(negatives)), len(positives)), strict=True):
        out = sorted([one, *(negatives[i] for i in share)], key=place)
        judged += _judged(out, examples)
    return judged


def _judged(out: Sequence[Example], examples: Sequence[Example]) -> list[tuple[Example, NDArray[np.float64]]]:
    """The same of some of them: taught by what shares no sample with any of these; or, where that leaves too little,
    with those of its half."""
    rest = apart_from(examples, out)
    if len({e.is_positive for e in rest}) == 2:
        head = fit_head(rest)
        return [(e, head.of(e.directions)[0]) for e in out]
    half = len(out) // 2
    return [*_judged(out[:half], examples), *_judged(out[half:], examples)] if half else []


def calibrated(odds: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept that make shares of log-odds (Platt 1999, with his targets short of certain).

    A head that tells nothing apart has none and is left as it is: 1 and 0.
    """
    counts = truth.sum(), (~truth).sum()
    target = np.where(truth, (counts[0] + 1) / (counts[0] + 2), 1 / (counts[1] + 2))
    both = np.concatenate([np.ones(len(odds), dtype=bool), np.zeros(len(odds), dtype=bool)])
    slope, intercept = fit_platt(np.tile(odds, 2), both, np.concatenate([target, 1 - target]))
    return (slope, intercept) if slope > 0 else (1.0, 0.0)


def _best(odds: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """The log-odds with the best F1 of half seconds, none so high or low that nothing or everything lies above."""
    levels = np.unique(np.quantile(odds[truth], np.linspace(0.0, 0.9, 19)))
    f1 = [2 * (odds[truth] >= v).sum() / ((odds >= v).sum() + truth.sum()) for v in levels]
    return float(np.clip(levels[int(np.argmax(f1))], -MOST, MOST))
