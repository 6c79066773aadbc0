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

from data.grid import HOP_US
from data.intervals import Interval
from models.adapters.choose import Fit, balanced_loss, left_out
from models.adapters.example import Example
from models.adapters.linear import fit_linear
from models.adapters.prototype import SIDES, fit_prototype
from models.adapters.support import CLEAR_CELLS, margin_us
from models.calibration import Calibration, Known
from models.detectors.correction import cut
from models.detectors.network import Network
from models.detectors.personal import Personal, Prototypes, described
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
STRENGTHS = (0.03, 0.1, 0.3, 1.0)
"""Shares of what prototypes say that are tried."""
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

    It holds nothing of prototypes: they serve patients no better than the linear adapter, and harm more of them
    (docs/validation/fewshot.md), so that they do not come with a detector.

    Parameters
    ----------
    patients
        Each judged by networks that never saw them.
    network, known
        Of the detector: they standardise and whiten.
    """
    found = draws(patients, calibration, network, known, seed)
    return linear_priors(found)[EVERYBODY] if len({d.person for d in found}) >= LEAST_PEOPLE else None


def priors(people: Sequence[Draw]) -> dict[str, Personal]:
    """The prior that everybody gives, and those without one person each, for that person to be judged by."""
    return with_prototypes(people, linear_priors(people))


def with_prototypes(people: Sequence[Draw], known: dict[str, Personal]) -> dict[str, Personal]:
    """The same priors, with what other patients showed of prototypes."""
    own = {p: [d for d in people if d.person == p] for p in sorted({d.person for d in people})}
    classes = {p: _classes(given) for p, given in own.items()}
    start = {
        p: replace(prior, prototypes=_prototypes([classes[q] for q in own if q != p])) for p, prior in known.items()
    }
    gains = {p: _gains_by_strength(given, start[p]) for p, given in own.items()}
    single: dict[tuple[str, float], dict[bool, list[float]]] = {}
    out = {}
    for p, prior in start.items():
        rest = [q for q in own if q != p]
        best = STRENGTHS[int(np.argmax(np.mean([gains[q] for q in rest], axis=0)))]
        for q in rest:
            if (q, best) not in single:
                strong = _at_strength(start[q], best)
                single[q, best] = _singles(own[q], partial(fit_prototype, personal=strong), strong)
        shown = [gains[q][STRENGTHS.index(best)] for q in rest]
        sds = [float(np.std([g for q in rest for g in single[q, best][side]])) for side in (True, False)]
        strong = _at_strength(prior, best)
        assert strong.prototypes is not None
        found = replace(
            strong.prototypes,
            gain=float(np.mean(shown)),
            gain_sd=float(np.std(shown, ddof=1)),
            episode_sd=(sds[0], sds[1]),
        )
        out[p] = replace(prior, prototypes=found)
    return out


def _at_strength(prior: Personal, strength: float) -> Personal:
    assert prior.prototypes is not None
    return replace(prior, prototypes=replace(prior.prototypes, strength=strength))


def _gains_by_strength(own: Sequence[Draw], prior: Personal) -> list[float]:
    return [
        _mean_gain(own, partial(fit_prototype, personal=_at_strength(prior, strength)), prior) for strength in STRENGTHS
    ]


def _classes(own: Sequence[Draw]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means ``(2, k)`` and covariance within ``(k, k)`` of one person's half seconds, without and with."""
    means, within = [], []
    for side in SIDES:
        x = np.concatenate([d.query.directions[d.query.truth == side] for d in own])
        means.append(x.mean(axis=0))
        within.append(np.cov((x - means[-1]).T, bias=True))
    return np.stack(means), np.mean(within, axis=0)


def _prototypes(each: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> Prototypes:
    """Of several people, who weigh alike; what they showed is not known yet."""
    means, covariance = (np.mean([one[i] for one in each], axis=0).round(5).tolist() for i in (0, 1))
    return Prototypes(tuple(map(tuple, means)), tuple(map(tuple, covariance)), 1.0, 0.0, 1.0, (1.0, 1.0))


def linear_priors(people: Sequence[Draw]) -> dict[str, Personal]:
    """As :func:`priors`, with nothing known of prototypes."""
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
        gains[p] = _mean_gain(own, partial(fit_linear, personal=prior), prior)
        for side, each in _singles(own, partial(fit_linear, personal=prior), prior).items():
            single[p, side] = each
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


def _mean_gain(own: Sequence[Draw], fit: Fit, prior: Personal) -> float:
    """By how much examples lower the balanced loss on a person's other recordings, over draws and numbers."""

    def gain(d: Draw, k: int) -> float:
        after = d.query.log_odds + fit(d.shots(k)).of(d.query.directions)[0] - prior.balance
        return balanced_loss(d.query.log_odds - prior.balance, d.query.truth) - balanced_loss(after, d.query.truth)

    return float(np.mean([gain(d, k) for d in own for k in SHOTS[1:]]))


def _singles(own: Sequence[Draw], fit: Fit, prior: Personal) -> dict[bool, list[float]]:
    """How far the gains of single examples left out lie from their mean, for marked ones and the others.

    One that no other lay far enough from tells nothing.
    """
    found: dict[bool, list[float]] = {True: [], False: []}
    for d in own:
        each = left_out(d.shots(5), prior, fit)
        for side, all_of_it in found.items():
            here = np.array([g for g, e in zip(each, d.shots(5), strict=True) if e.is_positive is side])
            here = here[np.isfinite(here)]
            all_of_it.extend((here - here.mean()).tolist() if len(here) else [])
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """Calibrated log-odds ``(n,)`` and directions ``(n, k)`` of trials, by their names; from how far they are told."""

    log_odds: dict[str, NDArray[np.float64]]
    directions: dict[str, NDArray[np.float64]]
    margin_us: int


def seen_by(judged: Judged, calibration: Calibration, network: Network, known: Known) -> Seen:
    """What a detector makes of trials, with the log-odds of networks that never saw their people."""
    odds = (calibration.slope * z.astype(np.float64) + calibration.intercept for z in judged.log_odds)
    return Seen(
        {t.name: z for t, z in zip(judged.trials, odds, strict=True)},
        {t.name: cut(known.whitened(network.standardised(t.vectors))) for t in judged.trials},
        margin_us(network),
    )


def draws(
    patients: Judged,
    calibration: Calibration,
    network: Network,
    known: Known,
    seed: int,
    number: int = DRAWS,
    least: int = LEAST_MARKED,
) -> list[Draw]:
    """Splits of each person's recordings into those that examples come from and those they are tried on.

    Parameters
    ----------
    least
        Marked half seconds that examples are tried on.
    """
    rng = np.random.default_rng(seed)
    seen = seen_by(patients, calibration, network, known)
    out = []
    for person in sorted({t.person for t in patients.trials}):
        own = [t for t in patients.trials if t.person == person]
        for _ in range(number):
            order = rng.permutation(len(own))
            support, tried = ([own[i] for i in part] for part in (order[: len(own) // 2], order[len(own) // 2 :]))
            positives, negatives = (examples_of(support, seen, rng, is_positive=side) for side in (True, False))
            if sum(int(t.is_marked[t.judged].sum()) for t in tried) >= least and positives and negatives:
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
    """All marked episodes, or stretches of at most 5 s without, in a random order."""
    found = [
        example_of(t, a, b if is_positive else min(b, a + CLEAR_CELLS), seen, is_positive=is_positive)
        for t in items
        for a, b in true_runs((t.is_marked == is_positive) & t.judged)
    ]
    return tuple(found[i] for i in rng.permutation(len(found)))


def example_of(trial: Trial, first: int, end: int, seen: Seen, *, is_positive: bool) -> Example:
    """Half seconds of a trial, whose clock starts with it."""
    rows = slice(first, end)
    return Example(
        trial.name, trial.site, Interval(first * HOP_US, end * HOP_US), is_positive, 1.0,
        seen.directions[trial.name][rows], seen.log_odds[trial.name][rows], margin_us=seen.margin_us,
        person=trial.person,
    )  # fmt: skip


def rows_of_example(example: Example) -> slice:
    """Which half seconds of its trial an example is."""
    return slice(example.interval.start // HOP_US, example.interval.end // HOP_US)


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
