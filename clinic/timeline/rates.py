"""Flags per judged hour with a 95 % interval, and the change between two periods with one.

A rate never stands without its hours; from less than one judged hour there is none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import betaincinv, gammaincinv, stdtrit

from clinic.timeline.clock import HOUR_US

ENOUGH_US = HOUR_US
"""Judged time from which a rate may be given."""
DAYS_FOR_SPREAD = 5
"""Days from which the spread between days widens the interval."""
NOT_ENOUGH = "not enough wear to say"
TOO_LITTLE = "too little of the wear could be judged to say"
_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Day:
    """What one day adds to a rate."""

    flags: int
    judged_us: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Flags, judged time, and flags per judged hour with its interval.

    ``value``, ``low`` and ``high`` are None together: fewer judged hours than one, or no rate may be given.
    """

    flags: int
    judged_us: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def hours(self) -> float:
        """Judged hours."""
        return self.judged_us / HOUR_US

    @property
    def words(self) -> str:
        """``2.1 (1.6–2.6)``, or that less than an hour was judged; :func:`too_little` says why."""
        if self.value is None or self.low is None or self.high is None:
            return "under 1 h judged"
        return f"{number(self.value)} ({number(self.low)}–{number(self.high)})"


@dataclass(frozen=True, slots=True)
class Change:
    """Ratio of a rate to an earlier one, with its 95 % interval.

    ``high`` is infinite when the earlier period had no flag.
    """

    ratio: float
    low: float
    high: float

    @property
    def is_supported(self) -> bool:
        """Whether the interval excludes no change."""
        return self.low > 1 or self.high < 1

    @property
    def word(self) -> str:
        """``doubled``, ``up``, ``halved``, ``down`` or ``steady``; only a supported change has a direction.

        Doubled and halved are said of what is printed as 1.9 to 2.1, or lies within a tenth of a half.
        """
        if not self.is_supported:
            return "steady"
        if self.low > 1:
            return "doubled" if 1.9 <= round(self.ratio, 1) <= 2.1 else "up"
        return "halved" if 0.45 < self.ratio < 0.55 else "down"

    @property
    def times(self) -> str:
        """``twice``, ``half``, ``1.8 times``; of a ratio to nothing or of nothing, ``more than`` and ``less than``."""
        told = {"doubled": "twice", "halved": "half"}.get(self.word)
        if told is None and math.isinf(self.ratio):
            return "more than"
        return told or (f"{number(self.ratio)} times" if self.ratio else "less than")

    @property
    def words(self) -> str:
        """``2.1 × (1.4–3.1)``."""
        high = "∞" if math.isinf(self.high) else number(self.high)
        ratio = "∞" if math.isinf(self.ratio) else number(self.ratio)
        return f"{ratio} × ({number(self.low)}–{high})"


def rate(days: Sequence[Day]) -> Rate:
    """Flags per judged hour over days, with the wider of two intervals.

    The exact Poisson interval (Garwood 1936) holds when flags come independently; from five
    days on, the spread between days (quasi-Poisson, Student's t on the logarithm) may widen it.
    """
    flags, judged_us = sum(d.flags for d in days), sum(d.judged_us for d in days)
    if judged_us < ENOUGH_US:
        return withheld(days)
    hours = judged_us / HOUR_US
    low, high = poisson_interval(flags)
    low, high = low / hours, high / hours
    used = [d for d in days if d.judged_us > 0]
    value = flags / hours
    if len(used) >= DAYS_FOR_SPREAD and flags:
        factor = math.exp(_t(len(used) - 1) * math.sqrt(dispersion(used) / flags))
        low, high = min(low, value / factor), max(high, value * factor)
    return Rate(flags, judged_us, value, low, high)


def too_little(worn_us: int) -> str:
    """Why less than an hour was judged: it was not worn for longer, or what was worn could not be judged."""
    return NOT_ENOUGH if worn_us < ENOUGH_US else TOO_LITTLE


def withheld(days: Sequence[Day]) -> Rate:
    """Flags and judged time of days of which no rate may be given."""
    return Rate(sum(d.flags for d in days), sum(d.judged_us for d in days), None, None, None)


def poisson_interval(count: int) -> tuple[float, float]:
    """Exact 95 % interval of a Poisson mean from one count (Garwood).

    >>> [round(x, 3) for x in poisson_interval(10)]
    [4.795, 18.39]
    """
    low = float(gammaincinv(count, _ALPHA / 2)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - _ALPHA / 2))


def dispersion(days: Sequence[Day]) -> float:
    """Pearson dispersion of the days' counts around one common rate; never below 1."""
    flags, judged_us = sum(d.flags for d in days), sum(d.judged_us for d in days)
    expected = [flags * d.judged_us / judged_us for d in days]
    chi2 = sum((d.flags - e) ** 2 / e for d, e in zip(days, expected, strict=True) if e > 0)
    return max(1.0, chi2 / (len(days) - 1))


def change(now: Sequence[Day], before: Sequence[Day]) -> Change | None:
    """How the rate of a period compares with that of an earlier one; None when either is too short.

    The exact interval of the ratio of two Poisson rates (conditional on the sum: Clopper and
    Pearson on the share), widened by the spread between days where both have five.
    """
    a, b = rate(now), rate(before)
    if a.value is None or b.value is None or a.flags + b.flags == 0:
        return None
    scale = b.hours / a.hours
    low, high = _share_interval(a.flags, a.flags + b.flags)
    ratio = a.value / b.value if b.flags else math.inf
    bounds = low / (1 - low) * scale, high / (1 - high) * scale if high < 1 else math.inf
    used = [[d for d in days if d.judged_us > 0] for days in (now, before)]
    if min(len(days) for days in used) >= DAYS_FOR_SPREAD and a.flags and b.flags:
        error = math.sqrt(dispersion(used[0]) / a.flags + dispersion(used[1]) / b.flags)
        factor = math.exp(_t(len(used[0]) + len(used[1]) - 2) * error)
        bounds = min(bounds[0], ratio / factor), max(bounds[1], ratio * factor)
    return Change(ratio, *bounds)


def number(value: float) -> str:
    """One decimal; two below 0.1, so that a small rate is not printed as none.

    >>> number(2.14), number(0.04), number(0.0), number(31.2)
    ('2.1', '0.04', '0', '31')
    """
    if value == 0:
        return "0"
    if value < 0.005:
        return "<0.01"
    if value < 0.095:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"


def _share_interval(hits: int, n: int) -> tuple[float, float]:
    """Exact 95 % interval of a share (Clopper and Pearson)."""
    low = float(betaincinv(hits, n - hits + 1, _ALPHA / 2)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - _ALPHA / 2)) if hits < n else 1.0
    return low, high


def _t(freedom: int) -> float:
    """Student's t that 2.5 % lie above."""
    return float(stdtrit(freedom, 1 - _ALPHA / 2))
