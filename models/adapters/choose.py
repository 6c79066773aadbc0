"""Which adapter, if any: what the support set says of itself when each example is left out once.

Other patients are the prior of every gain. In doubt the detector stays as it is; and another adapter than the linear
one is taken only where it does better by more than the standard error of the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from models.adapters.linear import fit_linear
from models.adapters.lowrank import fit_low_rank
from models.adapters.prototype import fit_prototype
from models.adapters.support import Example, apart_from, moments
from models.detectors.correction import Correction
from models.detectors.personal import Personal

FEW = 3
"""Below so many marked episodes the support says nothing of itself."""

MANY = 20
"""From so many marked episodes low-rank matrices are tried."""
FOLDS = 5
"""Parts that a support set of so many is left out in, where a fit takes long."""
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


NOTHING_KNOWN = Gain(*[float("nan")] * 4)


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


def left_out(examples: Sequence[Example], personal: Personal, fit: Fit, folds: int | None = None) -> list[float]:
    """By how much the loss of each example falls when a detector learns from the others.

    What shares a sample with it, at whatever sensor, does not teach; NaN where that leaves no marked episode.

    Parameters
    ----------
    folds
        Into how many parts each class is split by time, every one left out at once (its halves, where that leaves no
        marked episode); the default leaves out one by one.
    """
    gains = [float("nan")] * len(examples)
    waiting = _parts(examples, folds)
    while waiting:
        out, *waiting = waiting
        rest, half = apart_from(examples, [examples[i] for i in out]), len(out) // 2
        if any(e.is_positive for e in rest):
            found = fit(rest)
            for i in out:
                gains[i] = _gain(examples[i], found, personal)
        elif half:
            waiting = [out[:half], out[half:], *waiting]
    return gains


def _parts(examples: Sequence[Example], folds: int | None) -> list[list[int]]:
    """Parts of one after another, so that few examples lie near a part."""
    if folds is None:
        return [[i] for i in range(len(examples))]
    order = sorted(range(len(examples)), key=lambda i: (examples[i].clock, examples[i].interval))
    sides = ([i for i in order if examples[i].is_positive is side] for side in (True, False))
    positive, negative = (np.array_split(side, folds) for side in sides)
    rank = {i: n for n, i in enumerate(order)}
    return [sorted(map(int, (*p, *n)), key=rank.__getitem__) for p, n in zip(positive, negative, strict=True)]


def _gain(example: Example, found: Correction, personal: Personal) -> float:
    truth = np.full(len(example.log_odds), example.is_positive)
    before = example.log_odds - personal.balance
    return balanced_loss(before, truth) - balanced_loss(before + found.of(example.directions)[0], truth)


def is_telling(examples: Sequence[Example]) -> bool:
    """Whether there are enough examples for them to say anything of themselves: each by others that lie apart."""
    positive = [e for e in examples if e.is_positive]
    judged = [e for e in examples if any(apart_from([o], [e]) for o in positive)]
    return moments([e for e in judged if e.is_positive]) >= FEW and not all(e.is_positive for e in judged)


def weighed(examples: Sequence[Example], personal: Personal, gains: Sequence[float]) -> Gain:
    """The gains of examples left out, with what other patients showed.

    Both are normal: other patients' gains are the prior, and the error of the mean over examples left out comes from
    how much single examples differed among other patients (three of one's own say little of that). What two sensors
    have at once is told once.

    Parameters
    ----------
    gains
        Of each example, NaN where it could not be told; empty where there are too few.
    """
    if not gains:
        return Gain(float("nan"), float("nan"), personal.gain, personal.gain_sd)
    told = [e for e, gain in zip(examples, gains, strict=True) if np.isfinite(gain)]
    positive, each = np.array([e.is_positive for e in told]), np.array([g for g in gains if np.isfinite(g)])
    measured = 0.5 * (each[positive].mean() + each[~positive].mean())
    number = [moments([e for e in told if e.is_positive is side]) for side in (True, False)]
    error = 0.5 * np.sqrt(sum(sd**2 / n for sd, n in zip(personal.episode_sd, number, strict=True)))
    before, here = personal.gain_sd**-2, error**-2
    return Gain(
        float(measured),
        float(error),
        float((personal.gain * before + measured * here) / (before + here)),
        float((before + here) ** -0.5),
    )


def is_better(examples: Sequence[Example], gains: Sequence[float], than: Sequence[float]) -> bool:
    """Whether gains exceed others of the same examples by more than the standard error of the mean difference."""
    positive, more = np.array([e.is_positive for e in examples]), np.array(gains) - np.array(than)
    sides = tuple(more[(positive == side) & np.isfinite(more)] for side in (True, False))
    if not all(len(d) for d in sides):
        return False
    error = 0.5 * np.sqrt(sum(float(d.var(ddof=1)) / len(d) if len(d) > 1 else np.inf for d in sides))
    return bool(0.5 * sum(float(d.mean()) for d in sides) > error)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An adapter, what it adds, and what is expected of it; nothing is added where the detector stays as it is."""

    kind: str
    correction: Correction | None
    gain: Gain
    tried: tuple[str, ...]


def choose_adapter(examples: Sequence[Example], personal: Personal, progress: Progress | None = None) -> Chosen:
    """The adapter for a support set, by the support set alone and what other patients showed.

    Linear is the one to beat; where too few episodes say anything, other patients' gains decide.

    Parameters
    ----------
    examples
        At least one marked episode.
    progress
        Told which share of the fitting is done; only low-rank matrices take long.
    """
    fits: dict[str, tuple[Fit, Personal]] = {LINEAR: (partial(fit_linear, personal=personal), personal)}
    if personal.prototypes is not None:
        fits[PROTOTYPE] = (partial(fit_prototype, personal=personal), personal.of_prototypes())
    told = is_telling(examples)
    gains = {kind: left_out(examples, prior, fit) if told else [] for kind, (fit, prior) in fits.items()}
    expected = {kind: weighed(examples, prior, gains[kind]) for kind, (_, prior) in fits.items()}
    kind = LINEAR
    if PROTOTYPE in fits and expected[PROTOTYPE].expected > expected[LINEAR].expected:
        kind = PROTOTYPE if not told or is_better(examples, gains[PROTOTYPE], gains[LINEAR]) else LINEAR
    if told and sum(e.is_positive for e in examples) >= MANY:
        gain = _low_rank_gain(examples, *fits[kind], personal, progress)
        fits[LOW_RANK] = (partial(fit_low_rank, personal=personal, progress=_part(progress, FOLDS)), personal)
        if gain is not None:
            kind, expected[LOW_RANK] = LOW_RANK, gain
    tried = tuple(fits)
    if not expected[kind].expected > 0:
        return Chosen(SHIPPED, None, expected[kind], tried)
    return Chosen(kind, fits[kind][0](examples), expected[kind], tried)


def _low_rank_gain(
    examples: Sequence[Example], fit: Fit, prior: Personal, personal: Personal, progress: Progress | None
) -> Gain | None:
    """What is expected of low-rank matrices; None where they do not prove themselves against the best of the others."""
    done = iter(range(FOLDS))

    def bend(rest: Sequence[Example]) -> Correction:
        return fit_low_rank(rest, personal, _part(progress, next(done, FOLDS - 1)))

    bent = left_out(examples, personal, bend, FOLDS)
    straight = left_out(examples, prior, fit, FOLDS)
    return weighed(examples, personal, bent) if is_better(examples, bent, straight) else None


def _part(progress: Progress | None, number: int) -> Progress | None:
    """What one of the fits says: one for each part that is left out, and the last for all."""
    return None if progress is None else lambda share: progress((number + share) / (FOLDS + 1))
