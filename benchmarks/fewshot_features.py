"""What knows nothing but a person's own few examples, on hand-made features; part of :mod:`benchmarks.fewshot`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from benchmarks.fewshot_new import Classify, head, prototype
from benchmarks.fewshot_person import must_not_share, trees
from benchmarks.fewshot_rows import SHOTS, Row, f1, rows_of
from models.detectors import Detector
from models.evaluation.metrics import auroc
from models.features import NAMES
from models.training.corpus import Trial
from models.training.learn import Judged, alone
from models.training.personal import Draw, rows_of_example

Scores = Callable[[Draw, int, dict[str, NDArray[np.float32]], Sequence[Trial]], NDArray[np.float64]]


def on_features(judged: Judged, detector: Detector, found: Sequence[Draw]) -> list[Row]:
    """The same draws as the adapters get; no network says anything, so that there is nobody to harm.

    Each learns from the k episodes and as many stretches without, and flags where it holds an episode for the likelier.
    """
    is_feature = detector.network.columns >= judged.trials[0].vectors.shape[1] - len(NAMES)

    def one(person: str) -> dict[tuple[str, int], list[tuple[float, float, float]]]:
        own = [t for t in judged.trials if t.person == person]
        table = {t.name: detector.network.standardised(t.vectors)[:, is_feature] for t in own}
        told: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
        for d in (d for d in found if d.person == person):
            must_not_share(d)
            done: dict[tuple[str, int], tuple[float, float, float]] = {}
            for k in SHOTS:
                for name, scores in WAYS.items():
                    key = name, len(d.shots(k))  # who has few episodes gives the same ones for every larger k
                    if key not in done:
                        z = scores(d, k, table, own)
                        done[key] = f1(z, d.query.truth, 0.0), 0.0, auroc(z, d.query.truth)
                    told.setdefault((name, k), []).append(done[key])
        return told

    names = sorted({d.person for d in found})
    with alone():
        every = Parallel(n_jobs=-1)(delayed(one)(p) for p in names)
    rows = []
    for name in WAYS:
        for k in SHOTS:
            each = {person: told[name, k] for person, told in zip(names, every, strict=True)}
            row = rows_of(f"{name} on features, this person alone", k, each)
            rows.append({n: v for n, v in row.items() if not n.startswith(("gain", "harmed"))})
    return rows


def _by(classify: Classify) -> Scores:
    def scores(d: Draw, k: int, table: dict[str, NDArray[np.float32]], own: Sequence[Trial]) -> NDArray[np.float64]:
        of = {t.name: t for t in own}
        rows = [table[e.recording][rows_of_example(e)].astype(np.float64) for e in d.shots(k)]
        # What networks say of the examples would be learned against and then not be there when others are told.
        said = classify(
            [replace(e, directions=x, log_odds=np.zeros(len(x))) for e, x in zip(d.shots(k), rows, strict=True)]
        )
        return said(np.concatenate([table[n][of[n].judged] for n in d.query.names]).astype(np.float64))

    return scores


WAYS: dict[str, Scores] = {
    "logistic": _by(head),
    "prototype": _by(prototype),
    "ExtraTrees": lambda d, k, table, own: trees(d.shots(k), d, table, own),
}
