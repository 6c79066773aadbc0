"""What an encoder's vectors know about activities of people it never saw: a linear probe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.embedding import embed
from models.encoders.folder import Encoder
from models.pretraining.corpus import LOADERS, WITHOUT_ACTIVITY

GROUP = 4
"""Half seconds averaged to one row of the probe."""

MOST_ROWS = 24_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Averaged vectors with what they are of; ``held_out`` marks the people kept for the test."""

    vectors: NDArray[np.float32]
    dataset: NDArray[np.str_]
    activity: NDArray[np.str_]
    held_out: NDArray[np.bool_]


def collect(root: Path, encoder: Encoder, held_out: dict[str, list[str]]) -> Rows:
    """Vectors of every healthy recording whose activity holds throughout."""
    vectors, dataset, activity, test = [], [], [], []
    for name, load in LOADERS.items():
        for person, recording in load(root):
            label = recording.annotations[0].label if recording.annotations else WITHOUT_ACTIVITY[0]
            if label in WITHOUT_ACTIVITY:
                continue
            for stream in recording.streams:
                rows = embed(stream, encoder).vectors[:].astype(np.float32)
                groups = len(rows) // GROUP
                if groups == 0:
                    continue
                vectors.append(rows[: groups * GROUP].reshape(groups, GROUP, -1).mean(axis=1))
                dataset += [name] * groups
                activity += [label] * groups
                test += [person in held_out[name]] * groups
    return Rows(np.concatenate(vectors), np.array(dataset), np.array(activity), np.array(test))


def macro_f1(rows: Rows, columns: slice, seed: int) -> dict[str, float]:
    """Macro-F1 of a logistic probe for each set, trained on its other people."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  heavy, and only needed here
    from sklearn.metrics import f1_score  # noqa: PLC0415  as above
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415  as above
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415  as above

    out = {}
    draw = np.random.default_rng(seed)
    for name in LOADERS:
        here = rows.dataset == name
        train, test = np.flatnonzero(here & ~rows.held_out), np.flatnonzero(here & rows.held_out)
        train = draw.permutation(train)[:MOST_ROWS]
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200, class_weight="balanced"))
        probe.fit(rows.vectors[train][:, columns], rows.activity[train])
        said = probe.predict(rows.vectors[test][:, columns])
        out[name] = round(float(f1_score(rows.activity[test], said, average="macro", zero_division=0)), 3)
    out["mean"] = round(float(np.mean(list(out.values()))), 3)
    return out
