"""The heads of a phenomenon that nothing is shipped for, and which of them its examples call for.

A logistic head with a Gaussian prior around nothing is the one to beat: from many episodes on prototypes (a mean each
under a shrunk covariance), or low-rank matrices bent on top of it, are taken where examples that were left out say so
by more than the standard error, each head's probabilities calibrated alike. Of fewer the choice cost more than it
brought (fewshot.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from models.adapters.choose import FOLDS, MANY, Fit, Progress, is_better
from models.adapters.example import Example
from models.adapters.held_out import Judged, are_several, calibrated, judged_apart, of_half_seconds
from models.adapters.linear import posterior, stacked
from models.adapters.lowrank import fit_low_rank
from models.adapters.nearness import moments
from models.adapters.prototype import fit_prototype_head
from models.detectors.correction import Correction, with_constant
from models.detectors.personal import Personal

PRECISION = 300.0
"""Of the prior of each weight, of standardised inputs."""
CONSTANT = 1e-2
PARTS = 20
"""In which the examples of one person are left out, at most: with more episodes than that, some at once."""
LOGISTIC, PROTOTYPE, LOW_RANK = "logistic from nothing", "prototypes from nothing", "low-rank from nothing"
NOBODY = Personal(0.0, (0.0, 0.0), (1.0, 1.0), (0.0, 0.0), 0.5)
"""No other patients showed anything."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head that was chosen.

    Parameters
    ----------
    judged
        The examples that could be left out, as heads of this kind judge them that were not taught with them.
    tried
        The kinds that it was chosen from.
    """

    kind: str
    fit: Fit
    judged: Judged
    tried: tuple[str, ...]


def fit_head(examples: Sequence[Example]) -> Correction:
    """A logistic head; both classes weigh alike, however many examples of each there are."""
    x, base, y, weight = stacked(_balanced(examples))
    return Correction(
        *posterior(with_constant(x), base, y, weight, np.append(np.full(x.shape[1], PRECISION), CONSTANT))
    )


def fit_low_rank_head(examples: Sequence[Example]) -> Correction:
    """A logistic head with low-rank matrices on top of it."""
    head = fit_head(examples)
    told = [replace(e, log_odds=head.of(e.directions)[0]) for e in _balanced(examples)]
    return head.plus(fit_low_rank(told, NOBODY))


def choose_head(examples: Sequence[Example], progress: Progress | None = None) -> Head:
    """The head for a support set of both classes, by the support set alone.

    Parameters
    ----------
    progress
        Told which share of the fitting is done.
    """
    tell = progress or (lambda _: None)
    plain = judged_apart(examples, _telling(fit_head, lambda n: tell(0.4 * min(1.0, n / PARTS))), PARTS)
    best = Head(LOGISTIC, fit_head, plain, (LOGISTIC,))
    if moments([e for e in examples if e.is_positive]) < MANY or of_half_seconds(plain) is None:
        return best
    fit = _telling(fit_prototype_head, lambda n: tell(0.4 + 0.3 * min(1.0, n / PARTS)))
    best = _better(best, Head(PROTOTYPE, fit_prototype_head, judged_apart(examples, fit, PARTS), ()))
    straight = replace(best, judged=judged_apart(examples, best.fit, FOLDS))
    fit = _telling(fit_low_rank_head, lambda n: tell(0.7 + 0.3 * min(1.0, n / FOLDS)))
    bent = Head(LOW_RANK, fit_low_rank_head, judged_apart(examples, fit, FOLDS), ())
    best = bent if _better(straight, bent) is bent else best
    tell(1.0)
    return replace(best, tried=(LOGISTIC, PROTOTYPE, LOW_RANK))


def _telling(fit: Fit, done: Callable[[int], None]) -> Fit:
    """The same fit, which tells how many times it was made."""
    made = count(1)

    def told(examples: Sequence[Example]) -> Correction:
        found = fit(examples)
        done(next(made))
        return found

    return told


def _better(usual: Head, other: Head) -> Head:
    """The other of two heads, where it does better on what both were not taught with."""
    mine, its = _losses(usual.judged), _losses(other.judged)
    both = [e for e, _ in usual.judged if id(e) in its]
    gains, than = ([-of[id(e)] for e in both] for of in (its, mine))
    return other if is_better(both, gains, than, of_others=are_several(both)) else usual


def _losses(judged: Judged) -> dict[int, float]:
    """Mean logistic loss of each example, by its identity, once the head is calibrated with both classes alike."""
    found = of_half_seconds(judged)
    if found is None:
        return {}
    odds, truth = found
    slope, intercept = calibrated(odds, truth)
    alike = intercept - np.log(truth.sum() / (~truth).sum())  # as if there were as many half seconds of each
    return {id(e): _loss(slope * z + alike, is_positive=e.is_positive) for e, z in judged}


def _loss(odds: NDArray[np.float64], *, is_positive: bool) -> float:
    return float(np.logaddexp(0.0, -odds if is_positive else odds).mean())


def _balanced(examples: Sequence[Example]) -> list[Example]:
    each = {side: sum(e.weight for e in examples if e.is_positive is side) for side in (True, False)}
    least = min(each.values())
    return [replace(e, weight=e.weight * least / each[e.is_positive]) for e in examples]
