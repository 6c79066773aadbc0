"""Patients whose true episodes are known, a detector of a stated quality, and a reviewer who never errs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from clinic.review.audit_sample import AuditPlan, Kind
from clinic.review.reviewed_rate import Answer
from clinic.timeline.clock import HOUR_US, SECOND_US
from data.grid import HOP_US
from data.intervals import Interval, Intervals
from models.calibration import log_odds, sigmoid
from models.detectors.rules import Rules
from models.scores import Certainty

RULES = Rules(0.3, 1.0, 1_000_000, 1_000_000)
PERFECT = Rules(0.5, 0.0, 0, 0)
BAND = 1.4
"""Half width, in log-odds, of what the detector says of its own probability: it makes about a tenth of flags unsure."""
BOUT = 5
"""Mean number of episodes in a bout, where they come in bouts."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of patient and of detector, and how they are audited.

    Parameters
    ----------
    rate
        Episodes an hour.
    skill
        How far the detector's score rises in an episode, in standard deviations of its noise; None: it is perfect.
    claimed
        The skill from which it works out its probabilities; more than ``skill``: it is surer than it should be.
    answered
        Share of the looks after which the reviewer stops.
    """

    name: str
    hours: int = 8
    rate: float = 4.0
    skill: float | None = 4.0
    claimed: float = 4.0
    in_bouts: bool = False
    looks: int = 40
    window_s: int = 120
    answered: float = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a plan asks of an episode."""

    interval: Interval
    peak: float
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Patient:
    """Truth and detection of one simulated patient."""

    truth: tuple[Interval, ...]
    episodes: tuple[Found, ...]
    judged: Intervals
    half_second_us: NDArray[np.int64]
    probability: NDArray[np.float64]


def patient(s: Scenario, draw: np.random.Generator) -> Patient:
    """Draw one; the last ten minutes of each hour cannot be judged."""
    truth = _truth(s, draw)
    present = np.zeros(s.hours * HOUR_US // HOP_US)
    for t in truth:
        present[t.start // HOP_US : -(-t.end // HOP_US)] = 1
    if s.skill is None:
        p, rules = np.where(present > 0, 0.98, 0.001), PERFECT
    else:
        noise = lfilter([0.6], [1, -0.8], draw.normal(size=len(present)))  # standard deviation 1
        late = lfilter([0.5], [1, -0.5], present)
        p = sigmoid(s.claimed * (noise + s.skill * late) - s.claimed**2 / 2 + log_odds(0.01))
        rules = RULES
    at = HOP_US * np.arange(len(present), dtype=np.int64)
    part = HOUR_US * 5 // 6
    usable = at % HOUR_US < part
    episodes = []
    for a, b in rules.within(p.astype(np.float32), usable):
        peak = float(p[a:b].max())
        sure = s.skill is None or log_odds(peak) - BAND >= log_odds(rules.closing)
        interval = Interval(a * HOP_US, b * HOP_US)
        episodes.append(Found(interval, peak, Certainty.SURE if sure else Certainty.UNSURE))
    judged = tuple(Interval(h * HOUR_US, h * HOUR_US + part) for h in range(s.hours))
    return Patient(truth, tuple(episodes), judged, at, p)


def _truth(s: Scenario, draw: np.random.Generator) -> tuple[Interval, ...]:
    """Episodes of about 4 s, a second and a half apart at least."""
    span = s.hours * HOUR_US
    if s.in_bouts:
        each = draw.poisson(BOUT, draw.poisson(s.rate * s.hours / BOUT))
        start = np.repeat(draw.uniform(0, span, len(each)), each) + draw.normal(0, 60 * SECOND_US, each.sum())
    else:
        start = draw.uniform(0, span, draw.poisson(s.rate * s.hours))
    length = np.clip(draw.lognormal(np.log(4), 0.8, len(start)), 1, 60) * SECOND_US
    found: list[Interval] = []
    for a, d in sorted(zip(start.astype(np.int64).tolist(), length.astype(np.int64).tolist(), strict=True)):
        if a > 0 and (not found or a > found[-1].end + 1.5 * SECOND_US):
            found.append(Interval(a, a + d))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Truth:
    """Where each true episode belongs: to a flag or an unsure stretch, or (its start) to clear time."""

    owned: Counter[Interval]
    touched: frozenset[Interval]
    clear_us: NDArray[np.int64]
    in_flags: int

    @property
    def total(self) -> int:
        """Episodes that count."""
        return self.in_flags + self.elsewhere

    @property
    def elsewhere(self) -> int:
        """Those that touch no flag."""
        return sum(self.owned.values()) - self.in_flags + len(self.clear_us)


def belonging(p: Patient) -> Truth:
    """The rule of ``audit_sample``, for all of a patient's true episodes."""
    kinds = [sorted(e.interval for e in p.episodes if e.certainty is c) for c in (Certainty.SURE, Certainty.UNSURE)]
    owned: Counter[Interval] = Counter()
    touched: set[Interval] = set()
    clear = []
    in_flags = 0
    for t in p.truth:
        flags, unsure = ([i for i in _near(kind, t) if i.overlaps(t)] for kind in kinds)
        touched.update(flags)
        in_flags += bool(flags)
        if flags or unsure:
            owned[(flags or unsure)[0]] += 1
        elif any(j.start <= t.start < j.end for j in p.judged):
            clear.append(t.start)
    return Truth(owned, frozenset(touched), np.array(clear, dtype=np.int64), in_flags)


def _near(sorted_: Sequence[Interval], t: Interval) -> Sequence[Interval]:
    """Those that may overlap: a slice, because all of them for each episode take too long."""
    first = int(np.searchsorted([i.end for i in sorted_], t.start)) if sorted_ else 0
    last = first
    while last < len(sorted_) and sorted_[last].start < t.end:
        last += 1
    return sorted_[first:last]


def answers(plan: AuditPlan, truth: Truth, share: float) -> list[Answer]:
    """What a reviewer who never errs says of the first ``share`` of the items."""
    out = []
    for item in plan.items[: round(share * len(plan.items))]:
        i = item.interval
        if item.stratum.kind is Kind.CLEAR:
            count = int(np.diff(np.searchsorted(truth.clear_us, [i.start, i.end]))[0])
            out.append(Answer(item, count > 0, count))
        else:
            out.append(Answer(item, i in truth.touched or truth.owned[i] > 0, truth.owned[i]))
    return out
