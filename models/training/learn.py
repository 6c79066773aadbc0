"""Networks from labelled trials, and every trial judged by networks that never saw its person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.datasets.registry import must_be_apart
from models.calibration import Calibration, Known, whitening
from models.detectors.network import Network
from models.encoders.folder import load_encoder, load_shape_net
from models.evaluation.metrics import Track
from models.evaluation.splits import folds
from models.training.corpus import HEAVIEST, Trial, of_people, people
from models.training.recipe import Recipe

if TYPE_CHECKING:
    from models.encoders.imu import ShapeNet

Signals = dict[str, NDArray[np.float32]]
"""``(25 n, 3)`` aligned acceleration by a trial's name; needed where a recipe tunes the encoder."""

Result = TypeVar("Result")
_Found = list[tuple[str, NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Trials with the log-odds of networks that never saw their people."""

    trials: tuple[Trial, ...]
    log_odds: tuple[NDArray[np.float32], ...]
    distances: tuple[NDArray[np.float32], ...]

    def where(self, keep: Callable[[Trial], bool]) -> Judged:
        """The part with trials of some kind."""
        index = [i for i, t in enumerate(self.trials) if keep(t)]
        return Judged(
            tuple(self.trials[i] for i in index),
            tuple(self.log_odds[i] for i in index),
            tuple(self.distances[i] for i in index),
        )

    def tracks(self, calibration: Calibration | None = None) -> tuple[Track, ...]:
        """As tracks of probabilities, or of log-odds."""
        out = []
        for t, z in zip(self.trials, self.log_odds, strict=True):
            s = z if calibration is None else calibration.probability(z, np.zeros(len(z)))[0]
            out.append(Track(t.person, s.astype(np.float64), t.is_marked, t.judged, t.marks))
        return tuple(out)


def run(network: Network, trial: Trial) -> NDArray[np.float32]:
    """Mean log-odds of a trial; what raters did not judge is read all the same, as in use."""
    return network.log_odds(trial.vectors, np.ones(trial.cells, dtype=bool), slice(0, trial.cells))[0]


Learned = tuple["ShapeNet | None", Network]
"""A tuned shape branch, where a recipe tunes it, and the context models."""


def learn(plan: Recipe, items: Sequence[Trial], signals: Signals, seed: int, members: int | None = None) -> Learned:
    """Train what a recipe says on these trials.

    Parameters
    ----------
    members
        Networks of an ensemble on the encoder as it is; those on a tuned one are as many as the recipe says.
    """
    from models.training.fit import fit  # noqa: PLC0415  imports torch
    from models.training.tune import tune  # noqa: PLC0415  as above

    if plan.tune is None:
        return None, fit(items, plan.fit if members is None else replace(plan.fit, members=members), seed)
    return tune(load_shape_net(load_encoder(plan.encoder)), items, signals, plan.fit, plan.tune, seed)


def seen_by(learned: Learned, trial: Trial, signals: Signals) -> Trial:
    """The trial with the vectors that the context models were trained on."""
    from models.training.tune import encoded  # noqa: PLC0415  imports torch

    return trial if learned[0] is None else encoded(learned[0], trial, signals[trial.name])


def out_of_fold(items: Sequence[Trial], signals: Signals, plan: Recipe) -> Judged:
    """Judge every trial by networks trained on other people."""

    def judge(inside: tuple[Trial, ...], outside: tuple[Trial, ...], number: int) -> _Found:
        return _judge_fold(plan, inside, outside, signals, plan.seed + 1000 * (number + 1))

    found, _ = by_fold(items, plan.folds, plan.seed, judge)
    of = {name: (z, distance) for each in found for name, z, distance in each}
    return Judged(tuple(items), tuple(of[t.name][0] for t in items), tuple(of[t.name][1] for t in items))


def by_fold(
    items: Sequence[Trial], number: int, seed: int, judge: Callable[[tuple[Trial, ...], tuple[Trial, ...], int], Result]
) -> tuple[list[Result], dict[str, int]]:
    """What ``judge`` makes of each fold, and the fold of each person; trained side by side, a core each.

    Parameters
    ----------
    judge
        Gets the trials of the other people, those of the fold's people, and the fold's number.
    """
    from joblib import Parallel, delayed  # noqa: PLC0415  only training needs it

    marked = {p: any(t.is_marked.any() for t in items if t.person == p) for p in people(items)}
    fold = folds(marked, number, seed)

    def part(i: int, *, inside: bool) -> tuple[Trial, ...]:
        return of_people(items, [p for p in marked if (fold[p] != i) is inside])

    with alone():
        tasks = (delayed(judge)(part(i, inside=True), part(i, inside=False), i) for i in range(number))
        return list(Parallel(n_jobs=-1)(tasks)), fold


def alone() -> AbstractContextManager[Any]:  # Any: joblib has no types
    """Around processes that train side by side: one thread each, two teams of threads on too few cores crawl."""
    from joblib import parallel_config  # noqa: PLC0415  only training needs it

    config: AbstractContextManager[Any] = parallel_config(backend="loky", inner_max_num_threads=1)
    return config


def _judge_fold(plan: Recipe, inside: Sequence[Trial], outside: Sequence[Trial], signals: Signals, seed: int) -> _Found:
    """Name, log-odds and distances of each trial outside."""
    must_be_apart(people(inside), people(outside))
    learned = learn(plan, inside, signals, seed, plan.out_of_fold_members)
    network = learned[1]
    known = known_of(network, [seen_by(learned, t, signals) for t in inside], 1.0, 1.0)
    seen = (seen_by(learned, t, signals) for t in outside)
    return [(t.name, run(network, t), known.distance(network.standardised(t.vectors))) for t in seen]


def known_of(network: Network, items: Sequence[Trial], edge: float, outside: float) -> Known:
    """What the networks' inputs look like in training."""
    every = np.concatenate([network.standardised(t.vectors[t.judged]) for t in items])
    return Known(*whitening(every, 24), edge, outside)


def person_weights(items: Sequence[Trial]) -> NDArray[np.float64]:
    """A weight for each half second: people by the root of what they gave, the heaviest person less."""
    given: dict[str, int] = {}
    for t in items:
        given[t.person] = given.get(t.person, 0) + t.cells
    each = [np.full(t.cells, (0.2 if t.person == HEAVIEST else 1.0) / np.sqrt(given[t.person])) for t in items]
    return np.concatenate(each)


def share_of(items: Sequence[Trial]) -> float:
    """Share of the judged time with the phenomenon, where people weigh as in :func:`person_weights`."""
    keep = np.concatenate([t.judged for t in items])
    weight = person_weights(items)[keep]
    return float(weight @ np.concatenate([t.is_marked for t in items])[keep] / weight.sum())
