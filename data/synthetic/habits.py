"""Days in the life of a simulated person: getting up, pills, walks that freeze, nights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from data.synthetic.plan import (
    ON_LEFT,
    ON_RIGHT,
    ON_TABLE,
    SITTING,
    STANDING,
    SUPINE,
    Act,
    Phase,
    Plan,
    quiet,
    walk,
)

HOUR_S = 3600.0
_BED = 22.6
Part = tuple[str, float, float]
"""Kind, seconds and strength of a part of a walk."""
DOSE_HOURS = (7.5, 11.5, 15.5, 19.5)


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody lives.

    Parameters
    ----------
    freezes
        Gain of the number of freezes; 0 for a person without.
    worse
        By what factor the number of freezes grows in a week.
    worn_nights
        Numbers of the nights (0 is the first) that the sensor stays on.
    charged_nights
        Numbers of the nights on the charger, where it records nothing; on other nights off the body it lies on a table.
    idle
        Numbers of the days on which nobody puts it on; it stays where it was in the night before.
    charging
        ``(day, hour, hours)`` on which the sensor is off and records nothing.
    on, off
        Hours of the wall clock at which the sensor is put on and taken off, give or take a quarter of an hour.
    late
        Share of doses taken half an hour to an hour and a quarter late.
    """

    freezes: float = 1.0
    worse: float = 1.25
    worn_nights: frozenset[int] = frozenset()
    charged_nights: frozenset[int] = frozenset()
    idle: frozenset[int] = frozenset()
    charging: tuple[tuple[int, float, float], ...] = ()
    on: float = 7.1
    off: float = 22.6
    late: float = 0.16


@dataclass(frozen=True, slots=True)
class Life:
    """A plan with what belongs to it: when doses were taken (s) and what was not recorded (s)."""

    plan: Plan
    doses_s: tuple[float, ...]
    gaps: tuple[tuple[float, float], ...]


def days_of(count: int, start_us: int, zone: str, habits: Habits, seed: int) -> Life:
    """Some days of life, from ``start_us`` (best about 07:00 local time) to the last day's evening.

    Hours are the wall clock of ``zone``, so a day with a change of clocks is 23 or 25 hours long.

    Raises
    ------
    ValueError
        When ``count`` is not positive, or an idle day is the first, the last, or follows on a night that was worn.
    """
    if count < 1:
        raise ValueError("a life of no days")
    if habits.idle & {0, count - 1, *(night + 1 for night in habits.worn_nights)}:
        raise ValueError("an idle day lies between others, after a night off the body")
    rng = np.random.default_rng([seed, 5])
    clock = _Clock(start_us, zone)
    doses = _doses(count, clock, habits, rng)
    teller = _Teller(rng, doses, habits)
    gaps: list[tuple[float, float]] = []
    used = [day for day in range(count) if day not in habits.idle]
    for day, following in zip(used, [*used[1:], None], strict=True):
        off = clock.seconds(day, (_BED if day in habits.worn_nights else habits.off) + rng.normal(0, 0.25))
        if not teller.worn:
            teller.rest("table", clock.seconds(day, habits.on + rng.normal(0, 0.2)), ON_TABLE)
            teller.handle(worn=True)
        for _, hour, hours in sorted(c for c in habits.charging if c[0] == day):
            teller.awake(clock.seconds(day, hour))
            teller.handle(worn=False)
            begin = teller.now + 150.0
            gaps.append((begin, begin + hours * HOUR_S))
            teller.rest("table", begin + hours * HOUR_S + 200.0, ON_TABLE)
            teller.handle(worn=True)
        teller.awake(off)
        if following is None:
            break
        if day in habits.worn_nights:
            teller.night(clock.seconds(following, 3.2 + rng.normal(0, 0.8)))
            teller.walk()
            teller.night(clock.seconds(following, 6.9 + rng.normal(0, 0.25)))
        else:
            teller.handle(worn=False)
            if day in habits.charged_nights:
                gaps.append((teller.now + 150.0, clock.seconds(following, habits.on - 0.75)))
    return Life(tuple(teller.acts), doses, tuple(gaps))


def wearing_off(at_s: float, doses_s: Sequence[float]) -> float:
    """How far the medication has worn off at an instant: 0 at its best, 1 without any effect.

    A dose begins to work after 20 min, works fully from 50 min on and wanes from 2 h 40 min to 3 h 50 min.
    """
    since = np.array([at_s - d for d in doses_s if d <= at_s]) / 60
    effect = np.interp(since, [20, 50, 160, 230], [0, 1, 1, 0]) if len(since) else np.zeros(1)
    return float(1 - effect.max())


class _Clock:
    """Wall clock of a zone as seconds after the recording's start."""

    def __init__(self, start_us: int, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._start = start_us / 1e6
        first = datetime.fromtimestamp(self._start, self._zone)
        self._first = first.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

    def seconds(self, day: int, hour: float) -> float:
        local = self._first + timedelta(days=day, hours=hour)
        return local.replace(tzinfo=self._zone).timestamp() - self._start


def _doses(count: int, clock: _Clock, habits: Habits, rng: np.random.Generator) -> tuple[float, ...]:
    """When each dose was taken; none before the recording began."""
    out = []
    for day in range(count):
        for hour in DOSE_HOURS:
            late = rng.uniform(0.5, 1.25) if rng.random() < habits.late else 0.0
            out.append(clock.seconds(day, hour + late + float(np.clip(rng.normal(0.05, 0.12), -0.3, 0.4))))
    return tuple(round(d) for d in out if d > 0)


@dataclass(slots=True)
class _Teller:
    """Adds act to act."""

    rng: np.random.Generator
    doses: tuple[float, ...]
    habits: Habits
    acts: list[Act] = field(default_factory=list)
    worn: bool = False

    @property
    def now(self) -> float:
        return self.acts[-1].end_s if self.acts else 0.0

    def rest(self, kind: str, until_s: float, up: tuple[float, float, float]) -> None:
        """Sit, stand, sleep or lie on the table until then; nothing if it is past."""
        if until_s - self.now >= 1.0:
            moves = self.rng if kind in ("sit", "stand") else None
            self.acts += quiet(kind, self.now, until_s, up, moves)

    def handle(self, *, worn: bool) -> None:
        """Put the sensor on, or take it off."""
        up = STANDING if worn else ON_TABLE
        self.acts.append(Act("handle", self.now, self.now + float(self.rng.uniform(20, 45)), up))
        self.worn = worn

    def night(self, until_s: float) -> None:
        """Sleep, turning over now and then."""
        lying = 0
        while until_s - self.now >= 60.0:
            lying = (lying + int(self.rng.integers(1, 3))) % 3
            up = (SUPINE, ON_LEFT, ON_RIGHT)[lying]
            self.rest("sleep", min(until_s, self.now + float(self.rng.uniform(15, 55)) * 60), up)

    def awake(self, until_s: float) -> None:
        """Spend the time until then as people do at home: sit, potter, walk."""
        while until_s - self.now > 120.0:
            if self.rng.random() < 0.55:
                minutes = float(np.clip(np.exp(self.rng.normal(2.2, 0.7)), 2, 40))
                self.sit(min(until_s, self.now + 60 * minutes))
            else:
                seconds = float(np.clip(np.exp(self.rng.normal(5.3, 0.6)), 45, 900))
                end = min(until_s, self.now + seconds)
                self.acts += [
                    Act("chores", a.start_s, a.end_s, a.up) for a in quiet("chores", self.now, end, STANDING, self.rng)
                ]
            for _ in range(1 + int(self.rng.integers(2))):
                if until_s - self.now > 60.0:
                    self.rest("stand", self.now + float(self.rng.uniform(2, 15)), STANDING)
                    self.walk()
        self.rest("stand", until_s, STANDING)

    def sit(self, until_s: float) -> None:
        """Sit; a hand may tremble at rest, the more the less the medication works."""
        for act in quiet("sit", self.now, until_s, SITTING, self.rng):
            phases, at = [], act.start_s + 5.0
            chance = 0.15 + 0.6 * wearing_off(act.start_s, self.doses)
            while act.end_s - at > 40.0:
                seconds = float(self.rng.uniform(15, 35))
                if self.rng.random() < chance:
                    phases.append(Phase("tremor", at, at + seconds, float(self.rng.uniform(0.5, 1.3))))
                at += seconds
            self.acts.append(Act("sit", act.start_s, act.end_s, act.up, tuple(phases)))

    def walk(self) -> None:
        """A walk of a few steps to some minutes, with turns and perhaps freezes."""
        draw, off = self.rng.random(), wearing_off(self.now, self.doses)
        low, high = (5, 15) if draw < 0.65 else (15, 50) if draw < 0.94 else (60, 240)
        left = float(self.rng.uniform(low, high))
        week = self.now / (7 * 24 * HOUR_S)
        risk = self.habits.freezes * (0.014 + 0.18 * off**1.5) * (self.habits.worse**week)
        pace = 1.0 - 0.35 * off
        parts: list[Part] = []
        if self.rng.random() < 0.16 * risk:
            parts += self.stuck(off, pace)
        while left > 0:
            seconds = float(self.rng.uniform(3.5, 14))
            left -= seconds
            parts.append(("steps", seconds, pace))
            if self.rng.random() < 0.07 * risk:
                parts += self.stuck(off, pace)
            if left > 0:
                parts += self.turn(risk, off, pace)
        self.acts.append(walk(self.now, parts))

    def turn(self, risk: float, off: float, pace: float) -> list[Part]:
        """A turn of a quarter to a half circle; a freeze may split it."""
        degrees = float(self.rng.choice([90.0, 120.0, 180.0]) * self.rng.choice([-1.0, 1.0]))
        seconds = abs(degrees) / float(self.rng.uniform(55, 85)) * (1 + 0.4 * off)
        if self.rng.random() >= 0.27 * risk:
            return [("turn", seconds, degrees)]
        share = float(self.rng.uniform(0.3, 0.7))
        return [
            ("turn", seconds * share, degrees * share),
            *self.stuck(off, pace),
            ("turn", seconds * (1 - share), degrees * (1 - share)),
        ]

    def stuck(self, off: float, pace: float) -> list[Part]:
        """Hurried steps, a freeze, small steps after it; often a second freeze follows on the first."""
        parts: list[Part] = []
        while True:
            parts += [("hurry", float(self.rng.uniform(2.0, 4.5)), pace), self.freeze(off)]
            parts.append(("steps", float(self.rng.uniform(2, 6)), 0.6 * pace))
            if self.rng.random() > 0.3:
                return parts

    def freeze(self, off: float) -> Part:
        """One freeze; longer when the medication has worn off."""
        kind = "akinetic" if self.rng.random() < 0.07 else "freeze"
        seconds = float(np.clip(np.exp(self.rng.normal(1.6 + 0.5 * off, 0.6)), 1.5, 45))
        return kind, seconds, float(np.clip(np.exp(self.rng.normal(0.1, 0.25)), 0.6, 1.8))
