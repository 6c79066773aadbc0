"""The examples of a phenomenon that nothing is shipped for, each judged by a head that was not taught with it.

From these come its threshold, what its probabilities mean and how far they hold, its unsure band, and what alarms a
threshold costs: there is nothing else to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.grid import HOP_US
from models.adapters.choose import FEW, Fit
from models.adapters.example import Example
from models.adapters.nearness import apart_from, by_person, moments, place
from models.calibration import fit_platt, sigmoid
from models.conformal import Unit, UnsureBand, unsure_band
from models.detectors.held import Held
from models.detectors.points import PROMISES
from models.detectors.rules import Rules
from models.detectors.unseen import UnseenPoint
from models.reliability import calibration_error, reliability

Judged = list[tuple[Example, NDArray[np.float64]]]
"""Examples, each with the log-odds ``(n,)`` of its half seconds."""
THRESHOLDS = 24
"""Of a curve, at most."""
HALF_SECONDS_PER_HOUR = 7200


def judged_apart(examples: Sequence[Example], fit: Fit, folds: int | None = None) -> Judged:
    """What a head says of each example that was taught without it.

    Where several people are marked, what they teach is for others too, and each of them is left out once. Else with
    each marked episode goes a share of the stretches without any, one after another, and what shares a sample
    with either. Where that would leave a class without an example less goes at once, and where one example leaves none
    it is not judged.

    Parameters
    ----------
    folds
        Into so many parts the examples of one person are split, where a fit takes long.
    """
    return _by_others(examples, fit) if are_several(examples) else _by_moments(examples, fit, folds)


def of_half_seconds(judged: Judged) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Log-odds and truth of the half seconds; None where one class was not judged."""
    if len({e.is_positive for e, _ in judged}) < 2:
        return None
    odds, truth = [z for _, z in judged], [np.full(len(z), e.is_positive) for e, z in judged]
    return np.concatenate(odds), np.concatenate(truth)


def are_several(examples: Sequence[Example]) -> bool:
    """Whether more than one person has examples of both classes."""
    having, lacking = ({e.person for e in examples if e.is_positive is side} for side in (True, False))
    return len(having & lacking) > 1


def calibrated(odds: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and intercept that make shares of log-odds (Platt 1999, with his targets short of certain).

    A head that tells nothing apart has none and is left as it is: 1 and 0.
    """
    counts = truth.sum(), (~truth).sum()
    target = np.where(truth, (counts[0] + 1) / (counts[0] + 2), 1 / (counts[1] + 2))
    both = np.concatenate([np.ones(len(odds), dtype=bool), np.zeros(len(odds), dtype=bool)])
    slope, intercept = fit_platt(np.tile(odds, 2), both, np.concatenate([target, 1 - target]))
    return (slope, intercept) if slope > 0 else (1.0, 0.0)


def cross_fitted(judged: Judged) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """Probabilities and truth of half seconds that were left out, where one half of them calibrates the other.

    Every second person is in a half; of one person every second example of each class. None where a half lacks a class.
    """
    people = list(dict.fromkeys(e.person for e, _ in judged))
    if len(people) > 1:
        halves = [[pair for pair in judged if pair[0].person in people[first::2]] for first in (0, 1)]
    else:
        sides = [[pair for pair in judged if pair[0].is_positive is side] for side in (True, False)]
        halves = [[pair for side in sides for pair in side[first::2]] for first in (0, 1)]
    said, seen = [], []
    for own, other in (halves, halves[::-1]):
        known, asked = of_half_seconds(other), of_half_seconds(own)
        if known is None or asked is None:
            return None
        slope, intercept = calibrated(*known)
        said.append(sigmoid(slope * asked[0] + intercept))
        seen.append(asked[1])
    return np.concatenate(said), np.concatenate(seen)


def held(judged: Judged, rules: Rules, slope: float, intercept: float) -> Held | None:
    """How far a head holds; None where too little was left out to calibrate one half by the other.

    Parameters
    ----------
    judged
        What was left out (:func:`judged_apart`).
    rules
        What makes flags of probabilities; the threshold of each point is its own.
    slope, intercept
        That make probabilities of log-odds.
    """
    honest = cross_fitted(judged)
    if honest is None:
        return None
    unit = Unit.PEOPLE if are_several([e for e, _ in judged]) else Unit.EPISODES
    said = [[(e, slope * z + intercept) for e, z in part] for part in _units(judged, unit)]
    curve, hours = _curve(said, rules)
    return Held(
        unit, len(said), hours, calibration_error(*honest), reliability(*honest), _bands(said, unit), curve
    )  # fmt: skip


def held_at(judged: Judged, base_rate: float | None) -> Held | None:
    """How far examples that were left out hold, where these say nothing of the share of time; None of too few.

    Whoever marks chooses how much of either class there is. The classes are weighed to the share of time that the
    probabilities are made for, as under label shift (Saerens et al., Neural Computation 2002): within a class the
    examples stand for what there is of it.

    Parameters
    ----------
    judged
        With the log-odds that probabilities are made of.
    base_rate
        That share; None where nobody knows it, and then nothing is said of calibration.
    """
    told = of_half_seconds(judged)
    if told is None or moments([e for e, _ in judged if e.is_positive]) < FEW:
        return None
    unit = Unit.PEOPLE if are_several([e for e, _ in judged]) else Unit.EPISODES
    units = _units(judged, unit)
    bands = _bands(units, unit)
    if base_rate is None:
        return Held(unit, len(units), 0.0, None, (), bands) if bands else None
    odds, truth = told
    asked = sigmoid(odds), truth, at_share(truth, base_rate)
    return Held(unit, len(units), 0.0, calibration_error(*asked), reliability(*asked), bands, share=base_rate)


def at_share(truth: NDArray[np.bool_], share: float) -> NDArray[np.float64]:
    """``(n,)``: weights with which so much of the time has it; both classes have to be there."""
    return np.asarray(np.where(truth, share / truth.sum(), (1 - share) / (~truth).sum()))


def _bands(parts: Sequence[Judged], unit: Unit) -> tuple[UnsureBand, ...]:
    found = (unsure_band([_joined(of) for of in parts], share, unit) for share in PROMISES)
    return tuple(b for b in found if np.isfinite([b.lower, b.upper]).all())


def _joined(judged: Judged) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.concatenate([z for _, z in judged]), np.concatenate([np.full(len(z), e.is_positive) for e, z in judged])


def _units(judged: Judged, unit: Unit) -> list[Judged]:
    """What was left out of each person; or of one, each marked episode with its share of the rest, in order of time."""
    if unit is Unit.PEOPLE:
        return [[judged[i] for i in of] for of in by_person([e for e, _ in judged])]
    order = sorted(judged, key=lambda pair: place(pair[0]))
    there, rest = ([pair for pair in order if pair[0].is_positive is side] for side in (True, False))
    shares = np.array_split(np.arange(len(rest)), len(there))
    return [[one, *(rest[i] for i in share)] for one, share in zip(there, shares, strict=True)]


def _curve(parts: Sequence[Judged], rules: Rules) -> tuple[tuple[UnseenPoint, ...], float]:
    """What thresholds find and cost, and the hours without the phenomenon in which they could cost anything.

    One alarm more is counted than there was, as conformal risk control does: of some minutes without any nobody may
    say that there is none in an hour. A flag in each of two neighbouring stretches counts as two. The interval of a
    share is Wilson's (1927) with as many trials as there are units with a marked episode, that of a number of alarms
    Garwood's (1936).
    """
    from scipy.stats import binomtest, chi2  # noqa: PLC0415  slow to import, and needed once somebody teaches

    marked = [[_chances(z) for e, z in part if e.is_positive] for part in parts]
    marked = [own for own in marked if own]
    rest = [_chances(z) for part in parts for e, z in part if not e.is_positive]
    there, of = _laid_out([p for own in marked for p in own], rules)
    whose = np.repeat(np.arange(len(marked)), [len(own) for own in marked])
    lacking, _ = _laid_out(rest, rules)
    peaks = np.unique([p.max() for p in (*rest, *(p for own in marked for p in own))])
    levels = np.unique(np.quantile(peaks, np.linspace(0.0, 1.0, THRESHOLDS), method="nearest"))
    hours = sum(len(p) for p in rest) / HALF_SECONDS_PER_HOUR
    points = []
    for level in (float(v) for v in levels if 0.0 < v < 1.0):
        at = replace(rules, threshold=level)
        alarms = len(at.episodes(lacking))
        flagged = np.isin(np.arange(len(whose)), of[[start for start, _ in at.episodes(there)]])
        each = np.bincount(whose, flagged) / np.bincount(whose)
        found = float(np.mean(each))
        share = binomtest(round(found * len(each)), len(each)).proportion_ci(method="wilson")
        least = chi2.ppf(0.025, 2 * alarms) / 2 if alarms else 0.0
        most = chi2.ppf(0.975, 2 * alarms + 2) / 2
        points.append(
            UnseenPoint(
                level,
                (alarms + 1) / hours,
                float(least) / hours,
                float(most) / hours,
                found,
                min(found, float(share.low)),
                max(found, float(share.high)),
            )
        )
    return tuple(points), hours


def _laid_out(stretches: Sequence[NDArray[np.float32]], rules: Rules) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Probabilities of several stretches in one row, so far apart that no episode spans two; and, of each half second,
    whose it is (those between have the number of the one before)."""
    between = np.zeros(-(-rules.merge_gap_us // HOP_US) + 1, dtype=np.float32)
    row = [part for p in stretches for part in (p, between)]
    of = np.repeat(np.arange(len(stretches)), [len(p) + len(between) for p in stretches])
    return np.concatenate(row) if row else between[:0], of


def _chances(odds: NDArray[np.float64]) -> NDArray[np.float32]:
    return sigmoid(odds).astype(np.float32)


def _by_others(examples: Sequence[Example], fit: Fit) -> Judged:
    """What a head says of each that the other people's examples taught."""
    judged = []
    for out in by_person(examples):
        gone = examples[out[0]].person
        rest = [e for e in examples if e.person != gone]
        if len({e.is_positive for e in rest}) == 2:
            head = fit(rest)
            judged += [(examples[i], head.of(examples[i].directions)[0]) for i in out]
    return judged


def _by_moments(examples: Sequence[Example], fit: Fit, folds: int | None) -> Judged:
    """What a head says of each that was taught by what shares no sample with it."""
    order = sorted(examples, key=place)
    positives, negatives = ([e for e in order if e.is_positive is side] for side in (True, False))
    number = len(positives) if folds is None else min(folds, len(positives))
    both = (np.array_split(np.arange(len(side)), number) for side in (positives, negatives))
    judged = []
    for some, share in zip(*both, strict=True):
        out = sorted([*(positives[i] for i in some), *(negatives[i] for i in share)], key=place)
        judged += _judged(out, examples, fit)
    return judged


def _judged(out: Sequence[Example], examples: Sequence[Example], fit: Fit) -> Judged:
    """The same of some of them: taught by what shares no sample with any of these; or, where that leaves too little,
    with those of its half."""
    rest = apart_from(examples, out)
    if len({e.is_positive for e in rest}) == 2:
        head = fit(rest)
        return [(e, head.of(e.directions)[0]) for e in out]
    half = len(out) // 2
    return [*_judged(out[:half], examples, fit), *_judged(out[half:], examples, fit)] if half else []
