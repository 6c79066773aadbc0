"""What a detector's own training people show about adapting it to a person: :class:`models.detectors.Personal`.

Every person is judged by networks that never saw them; a support set is drawn from some of their recordings, and what
it buys is measured on the others.
"""

from __future__ import annotations

from collections import Counter
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
EVERYBODY = ""
GRID = np.linspace(-6.0, 6.0, 121)


@dataclass(frozen=True, slots=True)
class Side:
    """The recordings of a person on one side of a split."""

    directions: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    truth: NDArray[np.bool_]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draw:
    """One person's examples, in a random order, and the recordings that they are tried on."""

    person: str
    positives: tuple[Example, ...]
    negatives: tuple[Example, ...]
    query: Side

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
    found = draws(patients, calibration, network, known, seed)
    return priors(found)[EVERYBODY] if len({d.person for d in found}) >= LEAST_PEOPLE else None


def priors(people: Sequence[Draw]) -> dict[str, Personal]:
    """The prior that everybody gives, and those without one person each, for that person to be judged by."""
    names = sorted({d.person for d in people})
    curves = [f1_curve(d.query) for d in people]
    best = [_best(c) for c in curves]
    gains: dict[str, float] = {}
    single: dict[tuple[str, bool], list[float]] = {}
    out: dict[str, Personal] = {}
    for p in names:
        others = [i for i, d in enumerate(people) if d.person != p]
        out[p] = prior = regressed([people[i] for i in others], [best[i] for i in others], _balance(people, curves, p))
        own = [d for d in people if d.person == p]
        gains[p] = float(np.mean([_gain(d.query, d.shots(k), prior) for d in own for k in SHOTS[1:]]))
        for d in own:
            each = left_out(d.shots(5), prior, partial(fit_linear, personal=prior))
            for side in (True, False):
                here = np.array([g for g, e in zip(each, d.shots(5), strict=True) if e.is_positive is side])
                single.setdefault((p, side), []).extend((here - here.mean()).tolist())
    out[EVERYBODY] = regressed(people, best, _balance(people, curves, EVERYBODY))
    for p, prior in out.items():
        rest = [q for q in names if q != p]
        spread = [float(np.std([g for q in rest for g in single[q, side]])) for side in (True, False)]
        known = [gains[q] for q in rest]
        out[p] = replace(
            prior,
            gain=float(np.mean(known)),
            gain_sd=float(np.std(known, ddof=1)),
            episode_sd=(spread[0], spread[1]),
        )
    return out


def _balance(people: Sequence[Draw], curves: Sequence[NDArray[np.float64]], without: str) -> float:
    """The threshold with the best mean F1 over people."""
    each: dict[str, list[NDArray[np.float64]]] = {}
    for d, curve in zip(people, curves, strict=True):
        if d.person != without:
            each.setdefault(d.person, []).append(curve)
    return float(GRID[int(np.argmax(np.mean([np.mean(c, axis=0) for c in each.values()], axis=0)))])


def _gain(query: Side, examples: Sequence[Example], prior: Personal) -> float:
    """By how much examples lower the balanced loss on the other recordings."""
    after = query.log_odds + fit_linear(examples, prior).of(query.directions)[0]
    before, after = query.log_odds - prior.balance, after - prior.balance
    return balanced_loss(before, query.truth) - balanced_loss(after, query.truth)


@dataclass(frozen=True, slots=True)
class Seen:
    """Calibrated log-odds ``(n,)`` and directions ``(n, k)`` of trials, by their names."""

    log_odds: dict[str, NDArray[np.float64]]
    directions: dict[str, NDArray[np.float64]]


def seen_by(judged: Judged, calibration: Calibration, network: Network, known: Known) -> Seen:
    """What a detector makes of trials, with the log-odds of networks that never saw their people."""
    odds = (calibration.slope * z.astype(np.float64) + calibration.intercept for z in judged.log_odds)
    return Seen(
        {t.name: z for t, z in zip(judged.trials, odds, strict=True)},
        {t.name: cut(known.whitened(network.standardised(t.vectors))) for t in judged.trials},
    )


def draws(
    patients: Judged, calibration: Calibration, network: Network, known: Known, seed: int, number: int = DRAWS
) -> list[Draw]:
    """Splits of each person's recordings into those that examples come from and those they are tried on."""
    rng = np.random.default_rng(seed)
    seen = seen_by(patients, calibration, network, known)
    out = []
    for person in sorted({t.person for t in patients.trials}):
        own = [t for t in patients.trials if t.person == person]
        for _ in range(number):
            order = rng.permutation(len(own))
            support, tried = ([own[i] for i in part] for part in (order[: len(own) // 2], order[len(own) // 2 :]))
            positives, negatives = (examples_of(support, seen, rng, is_positive=side) for side in (True, False))
            if sum(int(t.is_marked[t.judged].sum()) for t in tried) >= LEAST_MARKED and positives and negatives:
                out.append(Draw(person, positives, negatives, side_of(tried, seen)))
    return out


def side_of(items: Sequence[Trial], seen: Seen) -> Side:
    """The judged half seconds of some trials."""
    return Side(
        np.concatenate([seen.directions[t.name][t.judged] for t in items]),
        np.concatenate([seen.log_odds[t.name][t.judged] for t in items]),
        np.concatenate([t.is_marked[t.judged] for t in items]),
        tuple(t.name for t in items),
    )


def examples_of(
    items: Sequence[Trial], seen: Seen, rng: np.random.Generator, *, is_positive: bool
) -> tuple[Example, ...]:
    """All marked episodes, or stretches of at most 5 s without, in a random order; their intervals in half seconds."""
    found = []
    for t in items:
        for a, b in true_runs((t.is_marked == is_positive) & t.judged):
            end = b if is_positive else min(b, a + CLEAR_CELLS)
            directions, odds = seen.directions[t.name][a:end], seen.log_odds[t.name][a:end]
            found.append(Example(t.name, t.site, Interval(a, end), is_positive, 1.0, directions, odds))
    return tuple(found[i] for i in rng.permutation(len(found)))


def f1_curve(query: Side) -> NDArray[np.float64]:
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


def regressed(people: Sequence[Draw], best: Sequence[float], balance: float) -> Personal:
    """By how much the best threshold rises with what the examples look like; people weigh alike.

    Parameters
    ----------
    best
        Threshold of each draw.
    """
    rows = [(d, k) for d in people for k in SHOTS]
    x = np.array([described([e.log_odds for e in d.positives[:k]]) for d, k in rows])
    y = np.repeat(np.asarray(best), len(SHOTS))
    given = Counter(d.person for d in people)
    weight = np.array([1.0 / given[d.person] for d, _ in rows])
    weight *= len(rows) / weight.sum()
    usual, spread = np.average(x, axis=0, weights=weight), x.std(axis=0) + 1e-6
    number = np.array([min(k, len(d.positives)) for d, k in rows])
    z = (x - usual) / spread * (number / (number + HALF))[:, None]
    centred = y - np.average(y, weights=weight)
    inner = (z * weight[:, None]).T
    slope = np.linalg.solve(inner @ z + RIDGE * len(rows) * np.eye(2), inner @ centred)
    first, second, third = ((float(v[0]), float(v[1])) for v in (usual, spread, slope))
    return Personal(balance, first, second, third, HALF)
