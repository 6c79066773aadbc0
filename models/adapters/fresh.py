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
from models.adapters.linear import posterior, stacked
from models.adapters.support import Example
from models.calibration import Calibration, Known, sigmoid, whitening
from models.detectors import Detector, Network, Rules
from models.detectors.correction import Correction, with_constant

PRECISION = 300.0
"""Of the prior of each weight, of standardised inputs."""
CONSTANT = 1e-2
FRESH = "logistic from nothing"
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
    seen = network.standardised(vectors)
    known = Known(*whitening(seen, min(DIRECTIONS, max(1, len(seen) // 4))), np.inf, np.inf)
    far = known.distance(seen)
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
    threshold = best_threshold(examples)
    positives = sum(e.is_positive for e in examples)
    why = (
        f"Nothing is shipped for {detector.phenomenon}: a logistic head was learned from {positives} marked "
        f"episode{'' if positives == 1 else 's'} alone, and its threshold from leaving each out once."
    )
    ready = replace(detector, rules=replace(detector.rules, threshold=threshold))
    return replace(with_correction(ready, fit_head(examples), examples, FRESH, why, annotator), parent=None)


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
    """The probability with the best F1 of half seconds, each example judged by a head that was taught by the others.

    What nobody marked stands for as much time as it is of the recording; one marked episode alone gives 0.5.
    """
    positives = [i for i, e in enumerate(examples) if e.is_positive]
    if len(positives) < 2:
        return 0.5
    odds, truth = [], []
    for i in positives:
        head = fit_head([*examples[:i], *examples[i + 1 :]])
        odds.append(head.of(examples[i].directions)[0])
        truth.append(np.ones(len(odds[-1]), dtype=bool))
    whole = fit_head(examples)
    for e in (e for e in examples if not e.is_positive):
        odds.append(whole.of(e.directions)[0])
        truth.append(np.zeros(len(odds[-1]), dtype=bool))
    z, y = np.concatenate(odds), np.concatenate(truth)
    levels = np.unique(np.quantile(z[y], np.linspace(0.0, 0.9, 19)))
    f1 = [2 * (z[y] >= v).sum() / ((z >= v).sum() + y.sum()) for v in levels]
    return float(np.clip(sigmoid(np.array([levels[int(np.argmax(f1))]]))[0], 0.02, 0.98))
