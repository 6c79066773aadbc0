"""The prototype adapter: the means of a few examples, under a covariance that is mostly other patients'.

Gaussian classes with one covariance (linear discriminant analysis, Fisher 1936), their means and covariance shrunk
towards other patients'. What is added to the log-odds is by how much the examples move what the prototypes of other
patients say: without an example that is nothing. The share of examples of each class is not learned from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.adapters.example import Example
from models.detectors.correction import Correction
from models.detectors.personal import Personal, Prototypes

BELIEVED = 4.0
"""Examples of a class that weigh as much as other patients' mean of it."""
OWN = 20.0
"""Examples at which the covariance is half the patient's own."""
DIAGONAL = 0.1
"""Share of the diagonal in other patients' covariance."""
SIDES = (False, True)


def fit_prototype(examples: Sequence[Example], personal: Personal) -> Correction:
    """What examples add to a detector that is there, with the patient's own threshold as the linear adapter has it.

    Raises
    ------
    ValueError
        If no prototypes of other patients are known.
    """
    known = personal.prototypes
    if known is None:
        raise ValueError("nothing is known of prototypes")
    shift = personal.shift([e.log_odds for e in examples if e.is_positive])
    return moved(examples, known).scaled(known.strength).raised(shift)


def moved(examples: Sequence[Example], known: Prototypes) -> Correction:
    """By how much examples move what other patients' prototypes say, at full strength."""
    usual, shared = np.array(known.means), np.array(known.covariance)
    shared = (1 - DIAGONAL) * shared + DIAGONAL * np.diag(np.diag(shared))
    number = np.array([BELIEVED + sum(e.weight for e in examples if e.is_positive is side) for side in SIDES])
    means = np.stack(
        [
            (BELIEVED * usual[i] + sum(e.weight * e.directions.mean(axis=0) for e in examples if e.is_positive is side))
            / number[i]
            for i, side in enumerate(SIDES)
        ]
    )
    own = len(examples) / (len(examples) + OWN)
    before = discriminant(usual, _inverse(shared), np.full(2, np.inf))
    covariance = shared if not examples else (1 - own) * shared + own * _within(examples, means)
    after = discriminant(means, _inverse(covariance), number)
    return Correction(after.weights - before.weights, after.covariance)


def fit_prototype_head(examples: Sequence[Example]) -> Correction:
    """The head of a phenomenon that nothing is shipped for: the examples' own means and covariance.

    The covariance within classes is shrunk towards a sphere (Ledoit & Wolf 2004).
    """
    from sklearn.covariance import ledoit_wolf  # noqa: PLC0415  a second to import; the pages must start without it

    means, number, rest = [], [], []
    for side in SIDES:
        own = [e for e in examples if e.is_positive is side]
        weight = np.array([e.weight for e in own])
        means.append(weight @ np.stack([e.directions.mean(axis=0) for e in own]) / weight.sum())
        number.append(weight.sum())
        rest += [e.directions - means[-1] for e in own]
    covariance, _ = ledoit_wolf(np.concatenate(rest), assume_centered=True)
    return discriminant(np.stack(means), _inverse(covariance), np.array(number))


def discriminant(means: NDArray[np.float64], precision: NDArray[np.float64], number: NDArray[np.float64]) -> Correction:
    """Log-likelihood ratio of two normal classes of one covariance, with the doubt of their means.

    ``(m1 - m0)' P x - (m1' P m1 - m0' P m0) / 2``; a mean of ``n`` examples varies by ``P^-1 / n``, so the ratio at x
    by ``(x - m)' P (x - m) / n`` of each class.

    Parameters
    ----------
    means
        ``(2, k)``: without, with.
    precision
        ``(k, k)``, the inverse of the covariance.
    number
        ``(2,)`` examples that each mean rests on.
    """
    pulled = means @ precision
    constant = -0.5 * np.einsum("ck,ck->c", pulled, means)
    k = means.shape[1]
    doubt = np.zeros((k + 1, k + 1))
    for own, mean, n in zip(pulled, means, number, strict=True):
        doubt += np.block([[precision, -own[:, None]], [-own[None], np.full((1, 1), own @ mean)]]) / n
    return Correction(np.append(pulled[1] - pulled[0], constant[1] - constant[0]), doubt)


def _inverse(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.inv(covariance), dtype=np.float64)


def _within(examples: Sequence[Example], means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Covariance of the examples' half seconds about the mean of their class; examples weigh by their weight."""
    total, weight = np.zeros((means.shape[1],) * 2), 0.0
    for e in examples:
        away = e.directions - means[int(e.is_positive)]
        total += e.weight * away.T @ away / len(away)
        weight += e.weight
    return total / weight
