"""From which peak on flags may be called sure, so that a promise about a new person's flags holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from data.grid import HOP_US
from data.intervals import Interval
from models.conformal import cutoff
from models.detectors.rules import Rules
from models.evaluation.metrics import Track, reference_episodes

Peaks = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Of each flag of a person: its highest probability, and whether it touches a mark; ``(n,)`` each."""


def peaks(tracks: Sequence[Track], rules: Rules) -> dict[str, Peaks]:
    """The flags of each person; somebody without flags has none of either kind.

    Parameters
    ----------
    tracks
        Scores are probabilities of networks that did not see the person.
    """
    found: dict[str, list[tuple[float, bool]]] = {t.person: [] for t in tracks}
    for t in tracks:
        marked, p = reference_episodes(t.marks), t.scores.astype(np.float32)
        for a, b in rules.within(p, t.judged):
            is_true = any(Interval(a * HOP_US, b * HOP_US).overlaps(m) for m in marked)
            found[t.person].append((float(p[a:b][t.judged[a:b]].max()), is_true))
    return {
        person: (np.array([p for p, _ in of], dtype=np.float64), np.array([y for _, y in of], dtype=np.bool_))
        for person, of in found.items()
    }


def sure_from(people: Collection[Peaks], share: float) -> float | None:
    """The peak from which flags are called sure, so that at least ``share`` of a new person's flags is not both
    called sure and false, in the mean over new people (:func:`models.conformal.cutoff`); None: too few people."""
    least = cutoff([p[~y] for p, y in people], [len(p) for p, _ in people], 1 - share)
    return None if np.isposinf(least) else float(max(least, 0.0))
