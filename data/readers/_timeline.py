"""From time stamps to segments: period, gaps, drift. Works on pieces, so length costs no memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.readers._blocks import BlockStamps

CHUNK = 1_000_000
"""Rows looked at in one piece."""
WANDER_US = 100_000.0
"""A clock that strays further than this from an even one is followed by interpolating."""
FEW_CHANGES = 20
"""Stamps that change less often do not tell a rate to a few percent ..."""
FAR_APART_US = 2e6
"""... where so much time lies between two changes: shorter bursts are those of a device that sends in packets."""
REACH = 32
"""Samples within which a late stamp has to be made up for, else samples are missing."""


class Stamps(Protocol):
    """Time stamps that can be read piece by piece, ``(n,)`` int64 microseconds."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice, /) -> NDArray[np.int64]: ...


@dataclass(frozen=True, slots=True)
class Spacing:
    """How the stamps of a table lie.

    Parameters
    ----------
    period_us
        Microseconds from sample to sample.
    slack_us
        How far a stamp may lie off its place without a sample missing, where samples come in
        bursts or share coarse stamps; else 0.
    jitter_us
        The same for stamps of single samples.
    """

    period_us: float
    slack_us: float
    jitter_us: float = 0.0

    @property
    def tolerance_us(self) -> float:
        """By how much more than its due a step has to be longer to be a gap."""
        return self.slack_us + self.jitter_us

    @property
    def is_bursty(self) -> bool:
        """Whether several samples share a stamp or arrive together."""
        return self.slack_us > 0


@dataclass(frozen=True, slots=True)
class Run:
    """Rows ``[first, last)`` without a gap, placed at ``start_us + k / rate_hz``.

    Parameters
    ----------
    jitter_us
        Largest distance of a stamp from its even place.
    knots
        ``(m, 2)`` row and time where the clock wandered so far that the rows have to be
        interpolated; None where even places fit.
    """

    first: int
    last: int
    start_us: int
    rate_hz: float
    jitter_us: float
    knots: NDArray[np.float64] | None = None


def spacing(stamps: Stamps) -> Spacing | None:
    """Period and slack of stamps that never run backwards; None when they do not advance."""
    if isinstance(stamps, BlockStamps) and (told := stamps.spacing_us()) is not None:
        return Spacing(told[0], 0.0, 3.0 * told[1])
    pieces = [stamps[a : a + 20_001].astype(np.float64) for a in _spread(len(stamps), 20_000, 20)]
    steps = np.concatenate([np.diff(p) for p in pieces])
    if not len(steps) or steps.max(initial=0) <= 0:
        return None
    repeated = float((steps == 0).mean())
    typical = float(np.median(steps))
    core = steps[np.abs(steps - typical) <= 0.3 * typical] if typical > 0 else steps[:0]
    # Of samples that come in bursts, most steps are alike too, but the time passes between the bursts.
    passes = core.sum() >= 0.4 * steps[steps < 1e6].sum()
    if len(core) >= 0.6 * len(steps) and (steps < 0.3 * typical).mean() < 0.1 and passes:
        # Stamps as coarse as the period repeat now and skip then: a skip of one is no missing sample.
        coarse = repeated > 0.002 and bool(np.mean(np.abs(steps / typical - np.round(steps / typical)) < 0.02) > 0.99)
        return Spacing(float(core.mean()), typical if coarse else 0.0, 3.0 * float(core.std()))
    together = len(steps) / max(1, int(np.count_nonzero(steps)))
    width = int(min(max(64, 8 * together), max(1, len(steps) // 2)))
    ranges = []
    means = [(piece[width:] - piece[:-width]) / width for piece in pieces if len(piece) > width]
    if not means:
        return None
    period = float(np.median(np.concatenate(means)))
    if period <= 0:
        return None
    for piece in pieces:
        count = len(piece) // width
        residual = piece - period * np.arange(len(piece))
        if count:
            ranges.append(np.ptp(residual[: count * width].reshape(count, width), axis=1))
    slack = 2.0 * float(np.median(np.concatenate(ranges))) if ranges else 2.0 * period
    return Spacing(period, slack)


def few_for_a_rate(stamps: Stamps) -> int | None:
    """How many different instants stamps show, where these are so few and far apart that no rate can be told.

    Seconds since 1970 in numbers of 32 bits are such: all samples within two minutes share one stamp.
    """
    steps: list[int] = []
    for a in range(0, len(stamps), CHUNK):
        here = np.diff(stamps[max(0, a - 1) : a + CHUNK])
        steps.extend(here[here != 0][:FEW_CHANGES].tolist())
        if len(steps) >= FEW_CHANGES:
            return None
    return len(steps) + 1 if steps and np.median(steps) > FAR_APART_US else None


def runs(stamps: Stamps, space: Spacing) -> list[Run]:
    """The stretches without a gap, each placed evenly at its measured rate.

    A gap is a step of more than 1.75 periods (plus the slack of stamps that come in
    bursts) that the following stamps do not make up for: a late stamp is no gap.
    """
    n = len(stamps)
    pooled = space.period_us
    cuts: list[int] = []
    for _ in range(4):
        # The first period leaves late stamps out of account; gaps and period are told from each other in turns.
        before, cuts = cuts, _cuts(stamps, replace(space, period_us=pooled))
        bounds = list(zip([0, *cuts], [*cuts, n], strict=True))
        span = sum(int(stamps[b - 1 : b][0]) - int(stamps[a : a + 1][0]) for a, b in bounds)
        steps = sum(b - a - 1 for a, b in bounds)
        pooled = span / steps if steps and span > 0 else pooled
        if cuts == before:
            break
    fits = {(a, b): _fit(stamps, a, b) for a, b in bounds if b - a > 2}
    if fits:
        # One slope for all runs: a short one alone says little about the rate.
        weights = {(a, b): float(b - a) ** 3 for a, b in fits}
        pooled = sum(slope * weights[at] for at, (_, slope) in fits.items()) / sum(weights.values())
    out: list[Run] = []
    for a, b in bounds:
        run = _placed(stamps, a, b, space, pooled, fits.get((a, b)))
        if out and run.start_us < _end(out[-1]):
            run = Run(a, b, _end(out[-1]), run.rate_hz, run.jitter_us, run.knots)
        out.append(run)
    return out


def _spread(n: int, width: int, most: int) -> list[int]:
    count = min(most, max(1, n // width))
    return [int(a) for a in np.linspace(0, max(0, n - width - 1), count)]


def _end(run: Run) -> int:
    return run.start_us + round((run.last - run.first) * 1e6 / run.rate_hz)


def _cuts(stamps: Stamps, space: Spacing) -> list[int]:
    n, period = len(stamps), space.period_us
    longest = 1.75 * period + space.tolerance_us
    if isinstance(stamps, BlockStamps) and stamps.steps_us()[1] <= longest:
        return []
    reach = REACH if not space.is_bursty else max(REACH, round(2 * space.slack_us / period))
    found: list[int] = []
    for a in range(0, n, CHUNK):
        low, high = max(0, a - reach), min(n, a + CHUNK + reach)
        t = stamps[low:high].astype(np.int64, copy=False)
        at = np.flatnonzero(np.diff(t) > longest)
        at = at[(at + low + 1 >= a) & (at + low + 1 < min(n, a + CHUNK))]
        if not len(at):
            continue
        late = (t - t[0]).astype(np.float64) - period * np.arange(len(t))
        offsets = np.arange(reach)
        # The earliest arrivals before and after tell how far the true clock moved on.
        before = late[np.maximum(at[:, None] - offsets, 0)].min(axis=1)
        after = late[np.minimum(at[:, None] + 1 + offsets, len(t) - 1)].min(axis=1)
        found.extend(int(i) + low + 1 for i in at[after - before > 0.75 * period + space.tolerance_us / 2])
    return found


def _placed(stamps: Stamps, a: int, b: int, space: Spacing, pooled: float, fitted: tuple[float, float] | None) -> Run:
    first, last = int(stamps[a : a + 1][0]), int(stamps[b - 1 : b][0])
    n = b - a
    period, start = pooled, float(first)
    if fitted is not None and n >= 16 and (last - first > 30e6 or n == len(stamps)):
        start, period = fitted
    period = _plain(period, n, space)
    residual_max, medians = _residuals(stamps, a, b, start, period)
    if not space.is_bursty:
        start = float(first) if abs(start - first) < 1.5 * period else start
    knots = None
    if len(medians) and np.abs(medians[:, 1]).max() > max(WANDER_US, space.slack_us):
        knots = _knots(medians, start, period, (first, last), n)
        start = float(knots[0, 1])
        # From the first row to the last one, so that there are as many even places as rows.
        period = (float(knots[-1, 1]) - start) / (n - 1)
    return Run(a, b, round(start), round(1e6 / period, 9), residual_max, knots)


def _fit(stamps: Stamps, a: int, b: int) -> tuple[float, float]:
    """Least-squares line through the stamps: time of row ``a`` and microseconds a row."""
    if isinstance(stamps, BlockStamps) and (blocks := stamps.between(a, b)) is not None:
        return blocks.line()
    n, origin = b - a, int(stamps[a : a + 1][0])
    centre = (n - 1) / 2
    total = cross = 0.0
    for low, t in _pieces(stamps, a, b):
        t_us = (t - origin).astype(np.float64)
        k = np.arange(low - a, low - a + len(t)) - centre
        total += float(t_us.sum())
        cross += float((k * t_us).sum())
    slope = cross / (n * (n * n - 1.0) / 12.0)
    return origin + total / n - slope * centre, slope


def _plain(period: float, n: int, space: Spacing) -> float:
    """The period of a round rate when it fits as well over all n samples."""
    rate = 1e6 / period
    for plain in (round(rate), round(rate, 1), round(rate, 2), round(rate, 3)):
        if plain > 0 and max(n, 200) * abs(1e6 / plain - period) < 0.02 * space.period_us:
            return 1e6 / plain
    return period


def _residuals(stamps: Stamps, a: int, b: int, start: float, period: float) -> tuple[float, NDArray[np.float64]]:
    """Largest residual, and ``(m, 2)`` middle row and median residual of each second or so."""
    width = max(64, round(1e6 / period))
    if isinstance(stamps, BlockStamps) and (blocks := stamps.between(a, b)) is not None:
        return blocks.off(start, period, width)
    largest, medians = 0.0, []
    for low, t in _pieces(stamps, a, b):
        k = np.arange(low - a, low - a + len(t))
        residual = (t - round(start)).astype(np.float64) - period * k
        largest = max(largest, float(np.abs(residual).max()))
        count = len(t) // width
        if count:
            middle = np.median(residual[: count * width].reshape(count, width), axis=1)
            rows = k[: count * width : width] + (width - 1) / 2
            medians.append(np.column_stack([rows, middle]))
    return largest, np.concatenate(medians) if medians else np.zeros((0, 2))


def _knots(
    medians: NDArray[np.float64], start: float, period: float, ends: tuple[int, int], n: int
) -> NDArray[np.float64]:
    """``(m, 2)`` row and time: the first and the last stamp as they are, the medians of each second between them."""
    rows = np.concatenate([[0.0], medians[:, 0], [n - 1.0]])
    times = np.concatenate([ends[:1], start + period * medians[:, 0] + medians[:, 1], ends[1:]])
    return np.column_stack([rows, np.maximum.accumulate(times)])


def _pieces(stamps: Stamps, a: int, b: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    for low in range(a, b, CHUNK):
        yield low, stamps[low : min(b, low + CHUNK)]
