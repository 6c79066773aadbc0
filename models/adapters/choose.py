"""Which adapter, if any: what the support set says of itself when each example is left out once.

Other patients are the prior of every gain. In doubt the detector stays as it is; and another adapter than the linear
one is taken only where it does better by more than the standard error of the difference.

What is for other people than those who are marked is told by leaving out one of these at a time: examples of a person
say much of that person and, in the trials, nothing of others (``docs/validation/fewshot.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.adapters.example import Example
from models.adapters.linear import fit_linear
from models.adapters.lowrank import fit_low_rank
from models.adapters.nearness import apart_from, by_person, moments, place
from models.adapters.prototype import fit_prototype
from models.detectors.correction import Correction
from models.detectors.personal import Personal

FEW = 3
"""Below so many marked episodes the support says nothing of itself."""

MANY = 20
"""From so many marked episodes low-rank matrices are tried."""
FOLDS = 5
"""Parts that a support set of so many is left out in, where a fit takes long."""
Z_95 = 1.96
SHIPPED, PROTOTYPE, LINEAR, LOW_RANK = "as it is", "prototype", "linear", "low-rank"

Fit = Callable[[Sequence[Example]], Correction]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much an adapter lowers the balanced logistic loss on examples it did not see.

    Parameters
    ----------
    measured, error
        Mean over the examples left out (both classes weigh alike) and its standard error; NaN where there are too few.
    expected, doubt
        The same with what other patients showed: mean and standard deviation of the posterior.
    """

    measured: float
    error: float
    expected: float
    doubt: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of what is expected."""
        return self.expected - Z_95 * self.doubt, self.expected + Z_95 * self.doubt


NOTHING_KNOWN = Gain(*[float("nan")] * 4)
OF_OTHERS = (-0.01, 0.05)
"""Mean and standard deviation of what is expected of a detector in people who are not marked: nothing, with a doubt."""


def balanced_loss(margin: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Mean logistic loss with both classes weighing alike; of one class alone where there is no other.

    Parameters
    ----------
    margin, truth
        ``(n,)`` log-odds above the threshold, and whether it is marked.
    """
    loss = np.logaddexp(0.0, np.where(truth, -margin, margin))
    sides = [loss[truth == side].mean() for side in (False, True) if (truth == side).any()]
    return float(np.mean(sides))


def fell(by: float, down: str = "fell", up: str = "rose") -> str:
    """What an error did, in words."""
    return f"{down if by >= 0 else up} by {abs(by):.3f}"


def left_out(
    examples: Sequence[Example], personal: Personal, fit: Fit, folds: int | None = None, *, of_others: bool = False
) -> list[float]:
    """By how much the loss of each example falls when a detector learns from the others.

    What shares a sample with it, at whatever sensor, does not teach; NaN where that leaves no marked episode, and for
    what the detector knows already.

    Parameters
    ----------
    folds
        Into how many parts each class is split by time, every one left out at once (its halves, where that leaves no
        marked episode); the default leaves out one by one.
    of_others
        Whether people are left out instead, one at a time.
    """
    gains = [float("nan")] * len(examples)
    waiting = by_person(examples) if of_others else _parts(examples, folds)
    while waiting:
        out, *waiting = waiting
        if all(examples[i].is_known for i in out):
            continue
        rest, half = _rest(examples, out, of_others=of_others), 0 if of_others else len(out) // 2
        if any(e.is_positive for e in rest):
            found = fit(rest)
            for i in out:
                if not examples[i].is_known:
                    gains[i] = _gain(examples[i], found, personal)
        elif half:
            waiting = [out[:half], out[half:], *waiting]
    return gains


def _rest(examples: Sequence[Example], out: Sequence[int], *, of_others: bool) -> list[Example]:
    """What may teach a detector that is judged on some of the examples."""
    if of_others:
        gone = {examples[i].person for i in out}
        return [e for e in examples if e.person not in gone]
    return apart_from(examples, [examples[i] for i in out])


def _parts(examples: Sequence[Example], folds: int | None) -> list[list[int]]:
    """Parts of one after another, so that few examples lie near a part."""
    if folds is None:
        return [[i] for i in range(len(examples))]
    order = sorted(range(len(examples)), key=lambda i: place(examples[i]))
    sides = ([i for i in order if examples[i].is_positive is side] for side in (True, False))
    positive, negative = (np.array_split(side, folds) for side in sides)
    rank = {i: n for n, i in enumerate(order)}
    return [sorted(map(int, (*p, *n)), key=rank.__getitem__) for p, n in zip(positive, negative, strict=True)]


def _gain(example: Example, found: Correction, personal: Personal) -> float:
    truth = np.full(len(example.log_odds), example.is_positive)
    before = example.log_odds - personal.balance
    return balanced_loss(before, truth) - balanced_loss(before + found.of(example.directions)[0], truth)


def is_telling(examples: Sequence[Example], *, of_others: bool = False) -> bool:
    """Whether there are enough examples for them to say anything of themselves, each by others that lie apart; or,
    ``of_others``, by other people's. What the detector knows already is not judged."""
    positive = [e for e in examples if e.is_positive]
    if of_others:
        people = {e.person for e in positive}
        judged = [e for e in examples if people - {e.person} and not e.is_known]
        having, lacking = ({e.person for e in judged if e.is_positive is side} for side in (True, False))
        if len(having & lacking) < 2:
            return False
    else:
        judged = [e for e in examples if not e.is_known and any(apart_from([o], [e]) for o in positive)]
    return moments([e for e in judged if e.is_positive]) >= FEW and not all(e.is_positive for e in judged)


def weighed(
    examples: Sequence[Example], personal: Personal, gains: Sequence[float], *, of_others: bool = False
) -> Gain:
    """The gains of examples left out, with what other patients showed.

    Both are normal: other patients' gains are the prior, and the error of the mean over examples left out comes from
    how much single examples differed among other patients (three of one's own say little of that). What two sensors
    have at once is told once.

    Parameters
    ----------
    gains
        Of each example, NaN where it could not be told; empty where there are too few.
    of_others
        Whether people were left out: they weigh alike and differ as other patients did; nothing is known before.
    """
    prior, prior_sd = OF_OTHERS if of_others else (personal.gain, personal.gain_sd)
    if not gains:
        return Gain(float("nan"), float("nan"), prior, prior_sd)
    measured = float(np.mean([side.mean() for side in _sides(examples, gains, of_others=of_others)]))
    told = [e for e, gain in zip(examples, gains, strict=True) if np.isfinite(gain)]
    variance = _variance(told, personal, of_others=of_others)
    before, here = prior_sd**-2, 1 / variance
    expected = (prior * before + measured * here) / (before + here)
    return Gain(measured, float(np.sqrt(variance)), float(expected), float((before + here) ** -0.5))


def _variance(told: Sequence[Example], personal: Personal, *, of_others: bool) -> float:
    """Of the measured gain: who has few examples makes the mean of people unsure, however many others have."""
    people = [[told[i] for i in of] for of in by_person(told)] if of_others else [told]
    weight, variance = np.zeros(len(people)), 0.0
    for side, sd in zip((True, False), personal.episode_sd, strict=True):
        number = np.array([moments([e for e in of if e.is_positive is side]) for of in people])
        own = 0.5 * (number > 0) / (number > 0).sum()
        weight += own
        variance += sd**2 * float((own**2 / np.maximum(number, 1)).sum())
    return variance + (personal.gain_sd**2 * float((weight**2).sum()) if of_others else 0.0)


def _sides(
    examples: Sequence[Example], values: Sequence[float], *, of_others: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of the marked episodes and of the rest, as far as they are told; or the means of each person's."""

    def of(*, is_positive: bool) -> NDArray[np.float64]:
        side = [(e.person, v) for e, v in zip(examples, values, strict=True)
                if e.is_positive is is_positive and np.isfinite(v)]  # fmt: skip
        if of_others:
            people = dict.fromkeys(p for p, _ in side)
            return np.array([np.mean([v for p, v in side if p == person]) for person in people])
        return np.array([v for _, v in side])

    return of(is_positive=True), of(is_positive=False)


def is_better(
    examples: Sequence[Example], gains: Sequence[float], than: Sequence[float], *, of_others: bool = False
) -> bool:
    """Whether gains exceed others of the same examples by more than the standard error of the mean difference."""
    sides = _sides(examples, list(np.array(gains) - np.array(than)), of_others=of_others)
    if not all(len(d) for d in sides):
        return False
    error = 0.5 * np.sqrt(sum(float(d.var(ddof=1)) / len(d) if len(d) > 1 else np.inf for d in sides))
    return bool(0.5 * sum(float(d.mean()) for d in sides) > error)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An adapter, what it adds, and what is expected of it; nothing is added where the detector stays as it is.

    Parameters
    ----------
    fit
        What makes the correction of examples.
    """

    kind: str
    correction: Correction | None
    gain: Gain
    tried: tuple[str, ...]
    fit: Fit


def choose_adapter(
    examples: Sequence[Example], personal: Personal, progress: Progress | None = None, *, of_others: bool = False
) -> Chosen:
    """The adapter for a support set, by the support set alone and what other patients showed.

    Linear is the one to beat; where too few episodes say anything, other patients' gains decide.

    Parameters
    ----------
    examples
        At least one marked episode.
    progress
        Told which share of the fitting is done; only low-rank matrices take long.
    of_others
        Whether it is for people who are not marked: what is marked in one then says nothing, and of several each is
        left out once.
    """
    fits: dict[str, tuple[Fit, Personal]] = {LINEAR: (partial(fit_linear, personal=personal), personal)}
    if personal.prototypes is not None:
        fits[PROTOTYPE] = (partial(fit_prototype, personal=personal), personal.of_prototypes())
    told = is_telling(examples, of_others=of_others)
    gains = {
        kind: left_out(examples, prior, fit, of_others=of_others) if told else [] for kind, (fit, prior) in fits.items()
    }
    expected = {kind: weighed(examples, prior, gains[kind], of_others=of_others) for kind, (_, prior) in fits.items()}
    kind = LINEAR
    if PROTOTYPE in fits and expected[PROTOTYPE].expected > expected[LINEAR].expected:
        kind = (
            PROTOTYPE
            if not told or is_better(examples, gains[PROTOTYPE], gains[LINEAR], of_others=of_others)
            else LINEAR
        )
    if told and moments([e for e in examples if e.is_positive]) >= MANY:
        parts = len(by_person(examples)) if of_others else FOLDS
        gain = _low_rank_gain(examples, *fits[kind], personal, progress, parts, of_others=of_others)
        fits[LOW_RANK] = (partial(fit_low_rank, personal=personal), personal)
        if gain is not None:
            kind, expected[LOW_RANK] = LOW_RANK, gain
    tried, fit = tuple(fits), fits[kind][0]
    is_kept = not expected[kind].expected > 0
    if progress is not None and LOW_RANK in fits and (is_kept or kind != LOW_RANK):
        progress(1.0)  # there is no last fit
    if is_kept:
        return Chosen(SHIPPED, None, expected[kind], tried, fit)
    if kind == LOW_RANK:  # what is fitted of a part of the examples later on is no further progress
        found = fit_low_rank(examples, personal, _part(progress, parts, parts))
        return Chosen(kind, found, expected[kind], tried, fit)
    return Chosen(kind, fit(examples), expected[kind], tried, fit)


def _low_rank_gain(
    examples: Sequence[Example], fit: Fit, prior: Personal, personal: Personal, progress: Progress | None, parts: int,
    *, of_others: bool,
) -> Gain | None:  # fmt: skip
    """What is expected of low-rank matrices; None where they do not prove themselves against the best of the others."""
    done = iter(range(parts))

    def bend(rest: Sequence[Example]) -> Correction:
        return fit_low_rank(rest, personal, _part(progress, next(done, parts - 1), parts))

    bent = left_out(examples, personal, bend, FOLDS, of_others=of_others)
    straight = left_out(examples, prior, fit, FOLDS, of_others=of_others)
    if not is_better(examples, bent, straight, of_others=of_others):
        return None
    return weighed(examples, personal, bent, of_others=of_others)


def _part(progress: Progress | None, number: int, parts: int) -> Progress | None:
    """What one of the fits says: one for each part that is left out, and the last for all."""
    return None if progress is None else lambda share: progress((number + share) / (parts + 1))
