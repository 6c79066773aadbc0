"""An adapted detector's scores from those of the detector it started from: a week in a second, without its networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.calibration import Z_90, sigmoid
from models.detectors import Detector
from models.detectors.network import widened
from models.embedding import Embeddings
from models.scores import Scores
from models.workers import in_order

CHUNK_CELLS = 4096
"""Half seconds at once: fewer, and half of the time goes into the calls; more, and their vectors leave the cache."""
SMALLEST = 1e-7
"""A probability of float32 that is 0 or 1 is read as so far from it."""


def rescored(adapted: Detector, before: Detector, scores: Scores, embeddings: Embeddings) -> Scores:
    """What ``adapted.score`` would give, to rounding, where ``before.score`` gave ``scores``.

    Where the vectors lie at the edge of what was learned the band stays whole.

    Raises
    ------
    ValueError
        If the one did not start from the other.
    """
    if adapted.adapted is None or adapted.parent != before.version:
        raise ValueError(f"{adapted.name} did not start from version {before.version}")
    own = adapted.adapted.correction
    added = own.since(before.adapted.correction) if before.adapted else own
    n = len(scores.grid)
    out = [np.zeros(n, dtype=np.float32) for _ in range(3)]

    def part(here: slice) -> tuple[slice, list[NDArray[np.float32]]]:
        seen = adapted.network.standardised(widened(embeddings.vectors[here]))
        moved, doubt = added.of(adapted.directions(seen))
        p, low, high = (np.asarray(v[here], dtype=np.float64) for v in (scores.probability, scores.lower, scores.upper))
        middle = _odds(p)
        half = np.sqrt(((_odds(high) - _odds(low)) / 2) ** 2 + Z_90**2 * doubt)
        told = [sigmoid(middle + moved), sigmoid(middle + moved - half), sigmoid(middle + moved + half)]
        at_edge = (low == 0.0) & (high == 1.0)
        told[1][at_edge], told[2][at_edge] = 0.0, 1.0
        return here, [np.where(scores.valid[here], v, 0.0).astype(np.float32) for v in told]

    for here, told in in_order(part, (slice(i, min(i + CHUNK_CELLS, n)) for i in range(0, n, CHUNK_CELLS))):
        for whole, piece in zip(out, told, strict=True):
            whole[here] = piece
    for whole in out:
        whole.setflags(write=False)
    return replace(scores, probability=out[0], lower=out[1], upper=out[2])


def _odds(p: NDArray[np.float64]) -> NDArray[np.float64]:
    held = np.clip(p, SMALLEST, 1 - SMALLEST)
    return np.asarray(np.log(held / (1 - held)))
