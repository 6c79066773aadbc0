"""What a detector's own training people show about adapting it to a person: :class:`models.detectors.Personal`.

Every person is judged by networks that never saw them; a support set is drawn from some of their recordings, and what
it buys is measured on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from data.intervals import Interval
from models.adapters.choose import balanced_loss, left_out
from models.adapters.linear import fit_linear
from models.adapters.support import CLEAR_CELLS, Example
from models.calibration import Calibration, Known
from models.detectors.correction import cut
from models.detectors.detector import Network
from models.detectors.personal import Personal, described
from models.detectors.rules import true_runs
from models.training.corpus import Trial
from models.training.learn import Judged

SHOTS = (1, 3, 5, 10, 20)
DRAWS = 6
LEAST_PEOPLE = 8
LEAST_MARKED = 40
"""Half seconds on either side of a split."""
HALF = 0.5
RIDGE = 0.15
"""Of the regression of the best threshold, as a share of the number of draws."""
GRID = np.linspace(-6.0, 6.0, 121)


@dataclass(frozen=True, slots=True)
class _Side:
    """The recordings of a person on one side of a split."""

    directions: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    truth: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Draw:
    """One person's examples, in a random order, and the recordings that they are tried on."""

    person: str
    positives: tuple[Example, ...]
    negatives: tuple[Example, ...]
    query: _Side

    def shots(self, k: int) -> tuple[Example, ...]:
        """The first ``k`` episodes and as many stretches without."""
        return (*self.positives[:k], *self.negatives[:k])


def personal(patients: Judged, calibration: Calibration, network: Network, known: Known, seed: int) -> Personal | None:
    """A prior over patients; None where too few of them can be split.

    Parameters
    ----------
    patients
        Each judged by networks that never saw them.
    network, known
        Of the detector: they standardise and whiten.
    """
    people = draws(patients, calibration, network, known, seed)
    names = sorted({d.person for d in people})
    if len(names) < LEAST_PEOPLE:
        return None
    curves = {id(d): f1_curve(d.query) for d in people}
    mean = np.mean([np.mean([curves[id(d)] for d in people if d.person == p], axis=0) for p in names], axis=0)
    balance = float(GRID[int(np.argmax(mean))])
    best = {id(d): _best(curves[id(d)]) for d in people}
    gains: dict[str, list[float]] = {p: [] for p in names}
    single: tuple[list[float], list[float]] = ([], [])
    for p in names:
        others = regressed([d for d in people if d.person != p], best, balance)
        for d in (d for d in people if d.person == p):
            for k in SHOTS[1:]:
                found = fit_linear(d.shots(k), others)
                q = d.query
                after = q.log_odds + found.of(q.directions)[0]
                gains[p].append(balanced_loss(q.log_odds - balance, q.truth) - balanced_loss(after - balance, q.truth))
            each = left_out(d.shots(5), others, partial(fit_linear, personal=others))
            for side in (False, True):
                here = np.array([g for g, e in zip(each, d.shots(5), strict=True) if e.is_positive is side])
                single[side].extend((here - here.mean()).tolist())
    of_people = np.array([np.mean(g) for g in gains.values()])
    return replace(
        regressed(people, best, balance),
        gain=float(of_people.mean()),
        gain_sd=float(of_people.std(ddof=1)),
        episode_sd=(float(np.std(single[True])), float(np.std(single[False]))),
    )


def draws(patients: Judged, calibration: Calibration, network: Network, known: Known, seed: int) -> list[Draw]:
    """Splits of each person's recordings into those that examples come from and those they are tried on."""
    rng = np.random.default_rng(seed)
    odds = {
        t.name: calibration.slope * z.astype(np.float64) + calibration.intercept
        for t, z in zip(patients.trials, patients.log_odds, strict=True)
    }
    seen = {t.name: cut(known.whitened(network.standardised(t.vectors))) for t in patients.trials}
    out = []
    for person in sorted({t.person for t in patients.trials}):
        own = [t for t in patients.trials if t.person == person]
        for _ in range(DRAWS):
            order = rng.permutation(len(own))
            support, tried = ([own[i] for i in part] for part in (order[: len(own) // 2], order[len(own) // 2 :]))
            query = _side(tried, odds, seen)
            positives, negatives = (_examples(support, odds, seen, rng, is_positive=side) for side in (True, False))
            if query is not None and query.truth.sum() >= LEAST_MARKED and positives and negatives:
                out.append(Draw(person, positives, negatives, query))
    return out


def _side(
    items: Sequence[Trial], odds: dict[str, NDArray[np.float64]], seen: dict[str, NDArray[np.float64]]
) -> _Side | None:
    if not items:
        return None
    return _Side(
        np.concatenate([seen[t.name][t.judged] for t in items]),
        np.concatenate([odds[t.name][t.judged] for t in items]),
        np.concatenate([t.is_marked[t.judged] for t in items]),
    )


def _examples(
    items: Sequence[Trial],
    odds: dict[str, NDArray[np.float64]],
    seen: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
    *,
    is_positive: bool,
) -> tuple[Example, ...]:
    """All marked episodes, or stretches of at most 5 s without, in a random order."""
    found = []
    for t in items:
        for a, b in true_runs((t.is_marked == is_positive) & t.judged):
            end = b if is_positive else min(b, a + CLEAR_CELLS)
            found.append(
                Example(t.name, t.site, Interval(a, end), is_positive, 1.0, seen[t.name][a:end], odds[t.name][a:end])
            )
    return tuple(found[i] for i in rng.permutation(len(found)))


def f1_curve(query: _Side) -> NDArray[np.float64]:
    """F1 of half seconds at each threshold of :data:`GRID`."""
    order = np.sort(query.log_odds)
    frozen = np.sort(query.log_odds[query.truth])
    flagged = len(order) - np.searchsorted(order, GRID)
    right = len(frozen) - np.searchsorted(frozen, GRID)
    return np.asarray(2 * right / np.maximum(flagged + len(frozen), 1))


def _best(curve: NDArray[np.float64]) -> float:
    """The best threshold, as the middle of the good ones: the single best is noise."""
    weight = curve**12
    return float(GRID @ weight / weight.sum())


def regressed(people: Sequence[Draw], best: dict[int, float], balance: float) -> Personal:
    """By how much the best threshold rises with what the examples look like; people weigh alike."""
    rows = [(d, k) for d in people for k in SHOTS]
    x = np.array([described([e.log_odds for e in d.positives[:k]]) for d, k in rows])
    y = np.array([best[id(d)] for d, _ in rows])
    given = {p: sum(d.person == p for d in people) for p in {d.person for d in people}}
    weight = np.array([1.0 / given[d.person] for d, _ in rows])
    weight *= len(rows) / weight.sum()
    usual, spread = np.average(x, axis=0, weights=weight), x.std(axis=0) + 1e-6
    believed = np.array([min(k, len(d.positives)) / (min(k, len(d.positives)) + HALF) for d, k in rows])
    z = (x - usual) / spread * believed[:, None]
    centred = y - np.average(y, weights=weight)
    slope = np.linalg.solve(
        (z * weight[:, None]).T @ z + RIDGE * len(rows) * np.eye(2), (z * weight[:, None]).T @ centred
    )
    pair = (float(usual[0]), float(usual[1])), (float(spread[0]), float(spread[1])), (float(slope[0]), float(slope[1]))
    return Personal(balance, *pair, HALF)
