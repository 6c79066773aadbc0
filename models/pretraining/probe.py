"""What an encoder's vectors know about activities of people it never saw: a linear probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.registry import must_be_apart
from data.recording import Stream
from models.embedding import embed
from models.encoders.folder import Encoder
from models.evaluation.splits import folds
from models.pretraining.corpus import LOADERS, WITHOUT_ACTIVITY

GROUP = 4
"""Half seconds averaged to one row of the probe."""

MOST_ROWS = 24_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Averaged vectors with what they are of; ``held_out`` marks the people kept for the test."""

    vectors: NDArray[np.float32]
    dataset: NDArray[np.str_]
    person: NDArray[np.str_]
    activity: NDArray[np.str_]
    held_out: NDArray[np.bool_]


def collect(
    root: Path, encoder: Encoder, held_out: dict[str, list[str]], change: Callable[[Stream], Stream] | None = None
) -> Rows:
    """Vectors of every healthy recording whose activity holds throughout.

    Parameters
    ----------
    change
        Of the people held out alone, what another sensor would have recorded.
    """
    vectors, dataset, who, activity, test = [], [], [], [], []
    for name, load in LOADERS.items():
        for person, recording in load(root):
            label = recording.annotations[0].label if recording.annotations else WITHOUT_ACTIVITY[0]
            if label in WITHOUT_ACTIVITY or (change is not None and person not in held_out[name]):
                continue
            for stream in recording.streams:
                rows = embed(stream if change is None else change(stream), encoder).vectors[:].astype(np.float32)
                groups = len(rows) // GROUP
                if groups == 0:
                    continue
                vectors.append(rows[: groups * GROUP].reshape(groups, GROUP, -1).mean(axis=1))
                dataset += [name] * groups
                who += [person] * groups
                activity += [label] * groups
                test += [person in held_out[name]] * groups
    return Rows(np.concatenate(vectors), np.array(dataset), np.array(who), np.array(activity), np.array(test))


def macro_f1(rows: Rows, columns: slice, seed: int, tested: Rows | None = None) -> dict[str, float]:
    """Macro-F1 of a logistic probe for each set, trained on its other people.

    Parameters
    ----------
    tested
        The people held out, where they are to be taken from elsewhere.
    """
    out = {}
    draw = np.random.default_rng(seed)
    after = rows if tested is None else tested
    for name in LOADERS:
        train = np.flatnonzero((rows.dataset == name) & ~rows.held_out)
        test = np.flatnonzero((after.dataset == name) & after.held_out)
        train = draw.permutation(train)[:MOST_ROWS]
        said = _told(rows.vectors[train][:, columns], rows.activity[train], after.vectors[test][:, columns])
        out[name] = round(_f1(after.activity[test], said), 3)
    out["mean"] = round(float(np.mean(list(out.values()))), 3)
    return out


def by_person(rows: Rows, dataset: str, columns: slice, number: int, seed: int) -> float:
    """Macro-F1 over everybody of a set, each told by a probe of the people of the other folds."""
    here = np.flatnonzero(rows.dataset == dataset)
    fold = folds(dict.fromkeys(rows.person[here].tolist(), True), number, seed)
    of = np.array([fold[p] for p in rows.person[here]])
    said = np.empty(len(here), dtype=rows.activity.dtype)
    for i in range(number):
        train, test = here[of != i], here[of == i]
        must_be_apart(set(rows.person[train]), set(rows.person[test]))
        said[of == i] = _told(rows.vectors[train][:, columns], rows.activity[train], rows.vectors[test][:, columns])
    return _f1(rows.activity[here], said)


def _told(known: NDArray[np.float32], activity: NDArray[np.str_], unknown: NDArray[np.float32]) -> NDArray[np.str_]:
    """Activities by a logistic probe."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  heavy, and only needed here
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415  as above
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415  as above

    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200, class_weight="balanced"))
    return np.asarray(probe.fit(known, activity).predict(unknown))


def _f1(truth: NDArray[np.str_], said: NDArray[np.str_]) -> float:
    from sklearn.metrics import f1_score  # noqa: PLC0415  heavy, and only needed here

    return float(f1_score(truth, said, average="macro", zero_division=0))
