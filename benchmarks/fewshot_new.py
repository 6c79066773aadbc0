"""Phenomena that nothing is shipped for, from a few examples of other people; part of :mod:`benchmarks.fewshot`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression

from data.datasets.registry import DATASETS, must_be_apart
from data.grid import HOP_US
from data.intervals import Interval
from data.phenomena import FALL, FREEZING, TREMOR
from data.recording import CHANNELS
from models.adapters.example import Example
from models.adapters.heads import choose_head, fit_head
from models.adapters.prototype import fit_prototype_head
from models.adapters.support import CLEAR_CELLS
from models.detectors import load
from models.detectors.rules import true_runs
from models.embedding import embed
from models.encoders.folder import load_encoder
from models.evaluation.metrics import auroc
from models.evaluation.splits import bootstrap
from models.features import NAMES
from models.training.corpus import Trial, of_people, people, trials

SEED = 9001
SHOTS = (1, 3, 5, 10, 20, 50)
NUMBER = 20
LIKE = "freezing-of-gait-lower-back"
HEALTHY = "fall-waist"
NEW = {
    "falls, SisFall": (("sisfall-waist",), FALL, LIKE),
    "falls, UMAFall": (("umafall-waist",), FALL, LIKE),
    "rest tremor": (("rest-tremor-hand",), TREMOR, LIKE),
    "freezing as if nothing were shipped, tdcsfog": (("tdcsfog",), FREEZING, HEALTHY),
    "freezing as if nothing were shipped, Daphnet and O'Day": (("daphnet-trunk", "oday-lumbar"), FREEZING, HEALTHY),
}
"""Sites, what is found there, and the shipped detector that standardises vectors, whose people are others."""
UTD_TESTED = ("7", "8")
"""People of UTD-MHAD whom the shipped encoder never read."""

Row = dict[str, Any]  # JSON
Classify = Callable[[Sequence[Example]], Callable[[NDArray[np.float64]], NDArray[np.float64]]]


def head(examples: Sequence[Example]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """A logistic head."""
    weights = fit_head(examples).weights
    return lambda x: x @ weights[:-1] + weights[-1]


def chosen(examples: Sequence[Example]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """What ``motionward adapt`` makes of a new phenomenon: the head that the examples call for."""
    found = choose_head(examples).fit(examples)
    return lambda x: found.of(x)[0]


def prototype(examples: Sequence[Example]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Class means under a shrunk covariance."""
    weights = fit_prototype_head(examples).weights
    return lambda x: x @ weights[:-1] + weights[-1]


def trees(examples: Sequence[Example]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Extremely randomised trees, as a baseline."""
    x = np.concatenate([e.directions for e in examples])
    y = np.concatenate([np.full(len(e.directions), e.is_positive) for e in examples])
    model = ExtraTreesClassifier(100, min_samples_leaf=2, class_weight="balanced", random_state=SEED, n_jobs=1)
    model.fit(x, y)
    return lambda z: np.asarray(model.predict_proba(z)[:, 1])


def new_phenomenon(data: Path, name: str, cache: Path) -> list[Row]:
    """k episodes of half of the people and twice as many other stretches, tried on the other half."""
    sites, phenomenon, like = NEW[name]
    network = load(like).network
    encoder = load_encoder("imu-simclr")
    items = tuple(t for site in sites for t in trials(data, site, encoder, cache, phenomenon))
    is_feature = network.columns >= items[0].vectors.shape[1] - len(NAMES)
    inputs = {t.name: network.standardised(t.vectors).astype(np.float64) for t in items}
    ways: dict[str, tuple[Classify, NDArray[np.bool_]]] = {
        "adapt": (chosen, np.ones(len(is_feature), dtype=bool)),
        "logistic": (head, np.ones(len(is_feature), dtype=bool)),
        "prototype": (prototype, np.ones(len(is_feature), dtype=bool)),
        "logistic on features alone": (head, is_feature),
        "prototype on features alone": (prototype, is_feature),
        "ExtraTrees on features": (trees, is_feature),
    }
    rng = np.random.default_rng(SEED)
    found: dict[tuple[str, int], dict[str, list[float]]] = {}
    for _ in range(NUMBER):
        order = rng.permutation(people(items))
        support, tried = (of_people(items, half.tolist()) for half in np.array_split(order, 2))
        must_be_apart(people(support), people(tried))
        marked, free = (_stretches(support, rng, is_positive=side) for side in (True, False))
        for k in SHOTS:
            if k > len(marked):
                continue
            for way, (classify, columns) in ways.items():
                examples = [_example(t, a, b, inputs, columns, p) for t, a, b, p in (*marked[:k], *free[: 2 * k])]
                score = classify(examples)
                for person in people(tried):
                    own = of_people(tried, [person])
                    truth = np.concatenate([t.is_marked[t.judged] for t in own])
                    if truth.any() and not truth.all():
                        told = score(np.concatenate([inputs[t.name][t.judged][:, columns] for t in own]))
                        found.setdefault((way, k), {}).setdefault(person, []).append(auroc(told, truth))
    return [{"task": name, "row": way, "k": k} | _over_people(each) for (way, k), each in found.items()]


def _over_people(each: dict[str, list[float]]) -> Row:
    """Mean over people (their draws averaged), with an interval over people."""
    means = {p: float(np.mean(v)) for p, v in each.items()}
    drawn = [np.mean([means[p] for p in some]) for some in bootstrap(tuple(means), 2000, SEED)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"people": len(means), "auroc": float(np.mean(list(means.values()))), "auroc_low": low, "auroc_high": high}


def _stretches(
    items: Sequence[Trial], rng: np.random.Generator, *, is_positive: bool
) -> list[tuple[Trial, int, int, bool]]:
    found = [
        (t, a, min(b, a + CLEAR_CELLS) if not is_positive else b, is_positive)
        for t in items
        for a, b in true_runs((t.is_marked == is_positive) & t.judged)
    ]
    return [found[i] for i in rng.permutation(len(found))]


def _example(
    trial: Trial, first: int, last: int, inputs: dict[str, NDArray[np.float64]], columns: NDArray[np.bool_], of: bool
) -> Example:
    rows = inputs[trial.name][first:last][:, columns]
    where = Interval(first * HOP_US, last * HOP_US)
    return Example(trial.name, trial.site, where, of, 1.0, rows, np.zeros(len(rows)), person=trial.person)


@dataclass(frozen=True, slots=True)
class Clips:
    """A vector for each clip of UTD-MHAD, with what was done and by whom."""

    vectors: NDArray[np.float64]
    action: NDArray[np.str_]
    person: NDArray[np.str_]


def clips(data: Path) -> Clips:
    """The mean vector of each inertial clip, from acceleration and rotation."""
    encoder = load_encoder("imu-simclr")
    vectors, action, person = [], [], []
    for who, recording in DATASETS["utd-mhad"].load(data):
        for stream in recording.streams:
            made = embed(stream, encoder, CHANNELS)
            if len(made.grid):
                vectors.append(np.asarray(made.vectors[slice(0, len(made.grid))], dtype=np.float64).mean(axis=0))
                action.append(recording.annotations[0].label)
                person.append(who)
    return Clips(np.stack(vectors), np.array(action), np.array(person))


def actions(data: Path) -> list[Row]:
    """27 actions as new phenomena: k clips each of people 1 to 6, told in people 7 and 8; accuracy."""
    known = clips(data)
    is_tested = np.isin(known.person, UTD_TESTED)
    must_be_apart(set(known.person[~is_tested]), set(known.person[is_tested]))
    is_feature = np.arange(known.vectors.shape[1]) >= known.vectors.shape[1] - len(NAMES)
    scale = known.vectors[~is_tested].std(axis=0) + 1e-3
    x = (known.vectors - known.vectors[~is_tested].mean(axis=0)) / scale
    names = np.unique(known.action)
    rng = np.random.default_rng(SEED)
    found: dict[tuple[str, int], list[float]] = {}
    for _ in range(NUMBER):
        order = {a: rng.permutation(np.flatnonzero(~is_tested & (known.action == a))) for a in names}
        for k in (1, 3, 5, 10, 20):
            rows = np.concatenate([o[:k] for o in order.values()])
            for what, columns in (("shape and features", np.ones(len(is_feature), bool)), ("features", is_feature)):
                for way, said in _told(x[:, columns], known.action, rows, is_tested):
                    found.setdefault((f"{way}, {what}", k), []).append(float(np.mean(said == known.action[is_tested])))
    return [
        {"task": "27 actions, UTD-MHAD", "row": way, "k": k, "people": len(UTD_TESTED), "accuracy": float(np.mean(v)),
         "deviation": float(np.std(v, ddof=1))}
        for (way, k), v in found.items()
    ]  # fmt: skip


def _told(
    x: NDArray[np.float64], action: NDArray[np.str_], rows: NDArray[np.int64], is_tested: NDArray[np.bool_]
) -> Iterator[tuple[str, NDArray[np.str_]]]:
    names = np.unique(action)
    means = np.stack([x[rows][action[rows] == a].mean(axis=0) for a in names])
    away = ((x[is_tested][:, None] - means[None]) ** 2).sum(axis=2)
    yield "nearest mean", names[away.argmin(axis=1)]
    if len(rows) > len(names):  # one example a class leaves nothing to vary within it
        shrunk = LinearDiscriminantAnalysis("lsqr", shrinkage="auto").fit(x[rows], action[rows])
        yield "prototype", shrunk.predict(x[is_tested])
    yield "logistic", LogisticRegression(C=0.01, max_iter=500).fit(x[rows], action[rows]).predict(x[is_tested])
    forest = ExtraTreesClassifier(200, random_state=SEED, n_jobs=1).fit(x[rows], action[rows])
    yield "ExtraTrees", forest.predict(x[is_tested])
