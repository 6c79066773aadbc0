"""The true rate of episodes behind the flags, estimated from a few stretches that somebody looked at.

The estimate is the stratified (Horvitz-Thompson) total over flags, unsure stretches and clear windows: each stretch
looked at stands for as many as its stratum holds for each one looked at (Cochran, Sampling Techniques, 3rd ed. 1977,
chapter 5). It is about the recorded hours, of which most stretches were not looked at; how another week of the same
patient would differ is not in it. A reviewer who errs is not in it either.

The interval must hold where a stratum shows nothing, or nothing but hits: Wald's has no width there. What the
unseen stretches of a stratum hold is drawn from its two exact confidence distributions, the lower, beta(k, n - k + 1)
with k found among n, and the upper, beta(k + 1, n - k), each half the time (mid-P), then binomial over the unseen:
these are the exact limits for a future sample (Thatcher, JRSS B 1964). Draws of the strata are added, and the
quantiles of the sum taken (as Fay, Proschan and Brittain do, Biometrics 2015, for each side apart). Outside flags the
strata mostly show nothing, several at once: there all take the same side in a draw, because tossed for one by one they
would hardly ever add up to nothing. How many episodes a found stretch holds is drawn by the Bayesian bootstrap (Rubin,
Annals of Statistics 1981) with one stretch added: on the lower side one that holds one, on the upper one that holds as
many as the fullest that was seen.

A stretch of which a reviewer could not tell is not left out, for the hard ones may differ from the others. It is taken
for empty and for full in turn, flags and the rest apart, and the interval is the widest that comes of it: the bounds
that hold whatever was there (Manski, American Economic Review 1990).

``benchmarks/reviewed_rate.py`` measures the coverage, beside four other methods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clinic.review.audit_sample import AuditPlan, Item, Kind, Stratum
from clinic.timeline.clock import HOUR_US
from clinic.timeline.rates import ENOUGH_US

NOT_SEEN = "not enough looked at to say"
TOO_SHORT = "less than an hour was judged, too little to say"
ENOUGH = 2
"""Answers from which a stratum says something; all of a smaller one."""
DRAWS = 4000
EXACT = 0.025, 0.975
"""Quantiles of the draws of one stratum: its exact 95 % limits."""
ADDED = 0.03, 0.97
"""Those of a rate summed over several, whose limits hold more often than they say where few were missed. Chosen, as
``SHARED`` is, by ``benchmarks/reviewed_rate_limits.py`` on other simulated patients than those on record."""
SHARED = 0.04, 0.96
"""Those of a share over several strata, precision or sensitivity: a ratio of small numbers takes few values."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reviewer said of one stretch.

    Parameters
    ----------
    found
        Of a flag: whether it touches a true episode (right), or none (wrong).
        Of the others: whether an episode belongs to the stretch by the rule in ``audit_sample``.
    episodes
        How many belong to it, where that is not the usual one of what was found and none of what was not. A flag may
        be right with none: it touches the episode of the flag before.

    Raises
    ------
    ValueError
        If the count contradicts what was found.
    """

    item: Item
    found: bool
    episodes: int | None = None

    def __post_init__(self) -> None:
        least = 1 if self.found and self.item.stratum.kind is not Kind.FLAG else 0
        if self.count < least or (self.count and not self.found):
            verdict = "found" if self.found else "not found"
            raise ValueError(f"an answer of {verdict} with {self.count} episodes contradicts itself: {self.item}")

    @property
    def count(self) -> int:
        """Episodes that belong to the stretch."""
        return int(self.found) if self.episodes is None else self.episodes


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Looked:
    """Stretches of a kind: how many were looked at, of how many, and in how many of them something was found.

    ``untold`` were looked at too, and nobody could tell; ``seen`` counts those of which somebody could.
    """

    seen: int
    of: int
    found: int
    untold: int = 0

    @property
    def wrong(self) -> int:
        """Looked at, and nothing found."""
        return self.seen - self.found


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What an audit says of one patient's detector.

    Parameters
    ----------
    flags, unsure, clear
        How much was looked at.
    rate
        Episodes per covered hour; None where ``why_not`` tells the reason.
    precision
        Share of flags that touch an episode; None without flags, or where too little was looked at.
    sensitivity
        Share of episodes that touch a flag; None where no episode was seen, or too little was looked at.
    """

    flags: Looked
    unsure: Looked
    clear: Looked
    covered_us: int
    rate: Estimate | None
    precision: Estimate | None
    sensitivity: Estimate | None
    why_not: str = ""


def reviewed(plan: AuditPlan, answers: Sequence[Answer], *, untold: Sequence[Item] = (), seed: int = 0) -> Reviewed:
    """Estimate rate, precision and sensitivity from what was answered so far.

    What was not answered is taken to be like the answered of its stratum: no stretch may be skipped for being hard.

    Parameters
    ----------
    untold
        Stretches that were looked at, of which the reviewer could not tell.

    Raises
    ------
    ValueError
        If an answer is about a stretch that the plan does not hold, or a second one about the same.
    """
    asked = set(plan.items)
    if len({*(a.item for a in answers), *untold} & asked) != len(answers) + len(untold):
        raise ValueError("each answer must be about another stretch of the plan")
    told = _estimated(plan, answers, seed)
    if not untold:
        return told
    # Empty or full, flags and the rest apart: rate, precision and sensitivity are each extreme at one of the four.
    extremes = [
        _estimated(
            plan, [*answers, *(Answer(i, in_flags if i.stratum.kind is Kind.FLAG else elsewhere) for i in untold)], seed
        )
        for in_flags in (False, True)
        for elsewhere in (False, True)
    ]
    return replace(
        told,
        flags=_with_untold(told.flags, untold, Kind.FLAG),
        unsure=_with_untold(told.unsure, untold, Kind.UNSURE),
        clear=_with_untold(told.clear, untold, Kind.CLEAR),
        rate=_widest(told.rate, [e.rate for e in extremes]),
        precision=_widest(told.precision, [e.precision for e in extremes]),
        sensitivity=_widest(told.sensitivity, [e.sensitivity for e in extremes]),
    )


def _with_untold(looked: Looked, untold: Sequence[Item], kind: Kind) -> Looked:
    return replace(looked, untold=sum(i.stratum.kind is kind for i in untold))


def _widest(told: Estimate | None, extremes: Sequence[Estimate | None]) -> Estimate | None:
    """The value of what was told, and the limits of the widest."""
    if told is None:
        return None
    known = [told, *(e for e in extremes if e is not None)]
    return Estimate(told.value, min(e.low for e in known), max(e.high for e in known))


def _estimated(plan: AuditPlan, answers: Sequence[Answer], seed: int) -> Reviewed:
    given = _by_stratum(plan, answers)
    flags, unsure, clear = (_looked(given, kind) for kind in Kind)
    told = drawn(plan, answers, seed)
    if told is None:
        return Reviewed(flags, unsure, clear, plan.covered_us, None, None, None, NOT_SEEN)
    rate, share = (EXACT, EXACT) if len(plan.strata) == 1 else (ADDED, SHARED)
    enough_wear = plan.covered_us >= ENOUGH_US
    return Reviewed(
        flags,
        unsure,
        clear,
        plan.covered_us,
        told.rate.within(*rate) if enough_wear else None,
        told.precision.within(*share) if told.precision else None,
        told.sensitivity.within(*share) if told.sensitivity else None,
        "" if enough_wear else TOO_SHORT,
    )


@dataclass(frozen=True, slots=True)
class Draws:
    """A value, and what it might be: draws of its confidence distribution."""

    value: float
    draws: NDArray[np.float64]

    def within(self, low: float, high: float) -> Estimate:
        """The value between two quantiles of the draws; the interval always holds the value."""
        a, b = np.quantile(self.draws, (low, high), method="inverted_cdf")
        return Estimate(self.value, min(float(a), self.value), max(float(b), self.value))


@dataclass(frozen=True, slots=True)
class Drawn:
    """The three quantities of ``Reviewed`` before limits are taken; None where there is nothing to take them of."""

    rate: Draws
    precision: Draws | None
    sensitivity: Draws | None


def drawn(plan: AuditPlan, answers: Sequence[Answer], seed: int = 0) -> Drawn | None:
    """What rate, precision and sensitivity might be, however little is worn; None where too little was looked at."""
    given = _by_stratum(plan, answers)
    if any(len(given[s]) < min(ENOUGH, s.size) for s in plan.strata) or not plan.strata:
        return None
    draw = np.random.default_rng(seed)
    right, in_flags, missed = (np.zeros(DRAWS, dtype=np.int64) for _ in range(3))
    elsewhere_lower = draw.random(DRAWS) < 0.5
    for s, each in given.items():
        is_flag = s.kind is Kind.FLAG
        alike = [a for other, those in given.items() if (other.kind is Kind.FLAG) is is_flag for a in those]
        is_lower = draw.random(DRAWS) < 0.5 if is_flag else elsewhere_lower
        found, episodes = _drawn(s, each, [a.count for a in alike if a.found], is_lower, draw)
        if is_flag:
            right += found
            in_flags += episodes
        else:
            missed += episodes

    flagged = [s for s in plan.strata if s.kind is Kind.FLAG]
    flags = sum(s.size for s in flagged)
    all_right = sum(_total(s, [int(a.found) for a in given[s]]) for s in flagged)
    all_in_flags = sum(_total(s, [a.count for a in given[s]]) for s in flagged)
    every = sum(_total(s, [a.count for a in given[s]]) for s in plan.strata)
    hours = plan.covered_us / HOUR_US
    whole = in_flags + missed
    some = whole > 0
    return Drawn(
        Draws(every / hours, whole / hours),
        Draws(all_right / flags, right / flags) if flags else None,
        Draws(all_in_flags / every, in_flags[some] / whole[some]) if every else None,
    )


def _by_stratum(plan: AuditPlan, answers: Sequence[Answer]) -> dict[Stratum, list[Answer]]:
    return {s: [a for a in answers if a.item.stratum == s] for s in plan.strata}


def _looked(given: dict[Stratum, list[Answer]], kind: Kind) -> Looked:
    mine = {s: each for s, each in given.items() if s.kind is kind}
    answers = [a for each in mine.values() for a in each]
    return Looked(len(answers), sum(s.size for s in mine), sum(a.found for a in answers))


def _total(stratum: Stratum, values: Sequence[int]) -> float:
    """Horvitz-Thompson total of a stratum."""
    return stratum.size / len(values) * sum(values)


def _drawn(
    stratum: Stratum,
    answers: Sequence[Answer],
    held: Sequence[int],
    is_lower: NDArray[np.bool_],
    draw: np.random.Generator,
) -> tuple[Counts, Counts]:
    """``(DRAWS,)`` stretches of a stratum with something in them, and ``(DRAWS,)`` episodes in them.

    What was seen stands; only the unseen is drawn. ``held``: how many episodes each found stretch like these holds.
    ``is_lower``: in which draws the lower distribution is meant.
    """
    n, k = len(answers), sum(a.found for a in answers)
    lower = draw.beta(k, n - k + 1, DRAWS) if k else np.zeros(DRAWS)
    upper = draw.beta(k + 1, n - k, DRAWS) if k < n else np.ones(DRAWS)
    unseen = draw.binomial(stratum.size - n, np.where(is_lower, lower, upper))
    fewer, more = (_resampled([*held, extra], unseen, draw) for extra in (1, max([1, *held])))
    return k + unseen, sum(a.count for a in answers) + np.where(is_lower, fewer, more)


def _resampled(held: Sequence[int], stretches: Counts, draw: np.random.Generator) -> Counts:
    """Episodes in so many stretches, each of which holds as many as one of ``held``."""
    sizes, often = np.unique(held, return_counts=True)
    if len(sizes) == 1:
        return stretches * int(sizes[0])
    return draw.multinomial(stretches, draw.dirichlet(often, DRAWS)) @ sizes
