"""The base rate: learned only from stretches in which everything was marked, and only where that is seen to help.

Elsewhere who marks chooses the share of marked time, and an intercept would run after it: on other recordings of the
same person that harmed one patient in two. Nor does one stretch tell the share of another: learned from up to four
wholly marked recordings, it harmed more patients than it helped (``docs/validation/fewshot.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.adapters.choose import FEW, Fit, fell
from models.adapters.example import Example
from models.adapters.linear import EPISODE, posterior
from models.adapters.nearness import apart_from, moments, together
from models.adapters.support import CLEAR_CELLS
from models.detectors.correction import Correction
from models.detectors.personal import Personal

LEAST = 5
"""Wholly marked stretches: with fewer, learning the share did not help in the trials."""
APART_US = 600_000_000
"""Wholly marked time nearer than this is one stretch: what happens there is of one piece."""
_WEIGHT = EPISODE / CLEAR_CELLS
"""Of every half second: here the share of time counts, so long episodes are not held down."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What was learned of the share of time.

    Parameters
    ----------
    shift
        To be added to the log-odds; 0 where nothing was learned.
    why
        In a sentence; empty where nothing is wholly marked.
    """

    shift: float
    why: str


def learned_rate(
    examples: Sequence[Example], found: Correction, fit: Fit, personal: Personal, *, of_others: bool = False
) -> Rate:
    """What wholly marked stretches say of the share of time; nothing where in doubt.

    A normal prior holds the shift at 0, as wide as other patients' own thresholds vary with what their episodes look
    like. It has to lower the log loss of whole stretches left out, one at a time, by more than the standard error:
    pieces of a stretch have its share in common, and say nothing of the next one. A stretch in which the detector
    knows something already is not judged.

    Parameters
    ----------
    found, fit
        What the examples add beside; and what adds it, for stretches that are left out to teach nothing at all.
    of_others
        Whether it is for people who are not marked: the share of time is each person's own.
    """
    whole = [e for e in examples if e.is_unselected]
    if not whole:
        return Rate(0.0, "")
    stretches = together(whole, lambda e: e.interval, APART_US)
    judged = [of for of in stretches if not any(whole[i].is_known for i in of)]
    marked = [whole[i] for of in judged for i in of if whole[i].is_positive]
    told = f"Everything was marked in {len(stretches)} stretch{'es' if len(stretches) > 1 else ''} of time"
    if not any(personal.weights):
        return Rate(
            0.0, f"{told}; the share of time stays: no other patients showed how far it may move for this detector."
        )
    if of_others:
        return Rate(0.0, f"{told}; the share of time stays: each patient has their own.")
    if len(judged) < LEAST or moments(marked) < FEW or len(marked) == sum(map(len, judged)):
        return Rate(
            0.0,
            f"{told}; the share of time stays: it is learned from {LEAST} stretches and {FEW} episodes in them on, "
            f"because with fewer it did not help other patients{_of_those_known(len(stretches) - len(judged))}.",
        )
    precision = 1.0 / max(float(np.square(personal.weights).sum()), 1e-6)
    gains = np.zeros(len(judged))
    for n, out in enumerate(judged):
        rest = apart_from(examples, [whole[i] for i in out])
        odds = _with(fit(rest) if any(e.is_positive for e in rest) else None, whole)
        shift = _fitted([i for group in stretches if group is not out for i in group], odds, whole, precision)
        gains[n] = _loss(out, odds, whole, 0.0) - _loss(out, odds, whole, shift)
    error = float(gains.std(ddof=1) / np.sqrt(len(gains)))
    shown = (
        f"where each was left out once, its error there {fell(float(gains.mean()))} (logistic loss, "
        f"standard error {error:.3f})"
    )
    if gains.mean() <= error:
        return Rate(0.0, f"{told}, but the share of time stays: {shown}.")
    shift = _fitted(range(len(whole)), _with(found, whole), whole, precision)
    return Rate(shift, f"{told}, and the share of time was learned too, {shift:+.2f} on the log-odds: {shown}.")


def _of_those_known(number: int) -> str:
    if not number:
        return ""
    lie, are = ("lies", "is") if number == 1 else ("lie", "are")
    return f" ({number} of the stretches {lie} near what the detector learned from before, and {are} not judged)"


def _with(found: Correction | None, whole: Sequence[Example]) -> list[NDArray[np.float64]]:
    """The log-odds of each example with what was learned."""
    return [e.log_odds if found is None else e.log_odds + found.of(e.directions)[0] for e in whole]


def _fitted(
    chosen: Sequence[int], odds: Sequence[NDArray[np.float64]], whole: Sequence[Example], precision: float
) -> float:
    base = np.concatenate([odds[i] for i in chosen])
    y = np.concatenate([np.full(len(odds[i]), float(whole[i].is_positive)) for i in chosen])
    ones = np.ones((len(y), 1))
    return float(posterior(ones, base, y, np.full(len(y), _WEIGHT), np.array([precision]))[0][0])


def _loss(of: Sequence[int], odds: Sequence[NDArray[np.float64]], whole: Sequence[Example], shift: float) -> float:
    """Mean log loss over the half seconds of some examples."""
    z = np.concatenate([np.where(whole[i].is_positive, -1.0, 1.0) * (odds[i] + shift) for i in of])
    return float(np.logaddexp(0.0, z).mean())
