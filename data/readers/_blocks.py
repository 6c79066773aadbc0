"""Time stamps of samples that a device writes in blocks, of which only the beginnings carry a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError

AT_ONCE = 256
"""Blocks whose times are worked out at once: what a processor holds close to it."""
TOGETHER = 10
"""Steps from block to block taken as one, so that clocks that count whole seconds are near enough."""
WRONG = 1.1
"""From how many times its blocks' rate on the one that a file states is wrong: devices stray by a few percent."""
STRAY = 0.05
"""By how much a block may be longer or shorter than the device's rate says and still lead on to the next."""


@dataclass(frozen=True, slots=True)
class BlockStamps:
    """Instants of all samples, worked out as they are asked for.

    Parameters
    ----------
    first
        ``(blocks + 1,)`` number of the first sample of each block; the last entry is the number of samples.
    start_us, period_us
        ``(blocks,)`` instant of each block's first sample, and what lies between two of its samples.
    """

    first: NDArray[np.int64]
    start_us: NDArray[np.float64]
    period_us: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.first[-1])

    def __getitem__(self, rows: slice, /) -> NDArray[np.int64]:
        """``(n,)`` int64 microseconds of the rows asked for."""
        start, stop, _ = rows.indices(len(self))
        if stop <= start:
            return np.zeros(0, dtype=np.int64)
        low, high = (int(i) for i in np.searchsorted(self.first, [start, stop - 1], side="right") - 1)
        begins, periods = self.start_us[low : high + 1], self.period_us[low : high + 1]
        counts = np.diff(self.first[low : high + 2])
        widest = int(counts.max())
        # A row for each block, as wide as the widest: nearly all are alike, and a device's blocks are small.
        stamps, places = np.empty((len(counts), widest), dtype=np.int64), np.arange(widest)
        for i in range(0, len(counts), AT_ONCE):
            some = slice(i, i + AT_ONCE)
            exact = places * periods[some, None]
            exact += begins[some, None]
            stamps[some] = np.rint(exact, out=exact)
        whole = stamps.ravel() if counts.min() == widest else stamps[places < counts[:, None]]
        skipped = start - int(self.first[low])
        return whole[skipped : skipped + stop - start]

    def steps_us(self) -> tuple[float, float]:
        """Bounds of what lies between two samples, microseconds: no step is shorter than the one or longer than the
        other. Of blocks alone, a hundredth of the samples."""
        counts = np.diff(self.first)
        inside = self.period_us[counts > 1]
        across = np.diff(self.start_us) - (self.period_us * (counts - 1))[:-1]
        both = np.concatenate([inside, across])
        # An instant is rounded by half a microsecond at most, and a float of these years by an eighth before that.
        return float(both.min(initial=np.inf)) - 2.0, float(both.max(initial=-np.inf)) + 2.0

    def line(self) -> tuple[float, float]:
        """Least-squares line through the unrounded instants: time of the first sample and microseconds a sample."""
        c, p = np.diff(self.first).astype(np.float64), self.period_us
        n = float(self.first[-1])
        at, s = self.first[:-1] - (n - 1.0) / 2.0, self.start_us - self.start_us[0]
        # Sums of 1, i and i² over the samples of each block.
        ones, firsts, squares = c, c * (c - 1.0) / 2.0, (c - 1.0) * c * (2.0 * c - 1.0) / 6.0
        total = float((s * ones + p * firsts).sum())
        cross = float((at * (s * ones + p * firsts) + s * firsts + p * squares).sum())
        slope = cross / (n * (n * n - 1.0) / 12.0)
        return float(self.start_us[0]) + total / n - slope * (n - 1.0) / 2.0, slope

    def spacing_us(self) -> tuple[float, float] | None:
        """Mean and standard deviation of what lies between two samples of a block, microseconds, over all samples;
        None where blocks are too short or too unlike to tell."""
        weight = np.maximum(np.diff(self.first) - 1, 0).astype(np.float64)
        if weight.sum() < 0.9 * len(self) or self.period_us.min() <= 0:
            return None
        mean = float(np.average(self.period_us, weights=weight))
        if np.abs(self.period_us / mean - 1).max() > STRAY:
            return None
        return mean, float(np.sqrt(np.average((self.period_us - mean) ** 2, weights=weight)))

    def between(self, a: int, b: int) -> BlockStamps | None:
        """The blocks of rows ``[a, b)``; None where these begin or end within one."""
        low, high = (int(i) for i in np.searchsorted(self.first, [a, b]))
        if self.first[low] != a or self.first[high] != b or b <= a:
            return None
        return BlockStamps(self.first[low : high + 1] - a, self.start_us[low:high], self.period_us[low:high])

    def off(self, start: float, period: float, width: int) -> tuple[float, NDArray[np.float64]]:
        """How far the unrounded instants lie off even places: the furthest of all, and ``(m, 2)`` middle row and median
        of the middles of as many blocks as hold ``width`` samples. Microseconds; a straight line within each block."""
        counts = np.diff(self.first)
        at_first = self.start_us - start - period * self.first[:-1]
        over = (counts - 1) * (self.period_us - period)
        largest = float(np.maximum(np.abs(at_first), np.abs(at_first + over)).max())
        together = max(1, round(width / float(counts.mean())))
        groups = len(counts) // together
        rows = (self.first[:-1] + (counts - 1) / 2)[: groups * together].reshape(groups, together).mean(axis=1)
        middles = (at_first + over / 2)[: groups * together].reshape(groups, together)
        return largest, np.column_stack([rows, np.median(middles, axis=1)])


def block_stamps(
    start_us: NDArray[np.float64], counts: NDArray[np.int64], period_us: float, follows: NDArray[np.bool_] | None = None
) -> BlockStamps:
    """The instants of samples between the beginnings of their blocks.

    A device's clock seldom runs at its nominal rate: within a block that leads on to the next one, samples lie
    evenly up to that next beginning; before a gap they lie as in the blocks around.

    Parameters
    ----------
    start_us, counts
        ``(blocks,)`` instant of each block's first sample, and how many it holds (at least one).
    period_us
        Nominal microseconds from sample to sample.
    follows
        ``(blocks,)`` whether the next block is the one that the device wrote next; None: all are.
    """
    steps = np.diff(start_us) / counts[:-1]
    leads_on = np.abs(steps / period_us - 1) < STRAY
    if follows is not None:
        leads_on &= follows[:-1]
    typical = float(np.median(steps[leads_on])) if leads_on.any() else period_us
    period = np.full(len(start_us), typical)
    period[:-1][leads_on] = steps[leads_on]
    return BlockStamps(np.concatenate([[0], np.cumsum(counts)]), start_us, period)


def check_stated_rate(
    file: str,
    start_us: NDArray[np.float64],
    counts: NDArray[np.int64],
    rate_hz: float,
    follows: NDArray[np.bool_] | None = None,
    *,
    wrong: float = WRONG,
) -> None:
    """Refuse a file whose blocks, one and all, come at another rate than it states for their samples.

    Half of such a file would be gaps, or its time would run backwards from block to block, and every movement in it
    would be faster or slower than it was.

    Parameters
    ----------
    start_us, counts, follows
        As :func:`block_stamps` takes them.
    wrong
        From how many times, or from which part, of its blocks' rate on a stated one is wrong.

    Raises
    ------
    RecordingError
        When nine tenths of longer stretches are off the stated rate, all the same way.
    """
    steps, due = np.diff(start_us), counts[:-1] * (1e6 / rate_hz)
    if follows is not None:
        steps, due = steps[follows[:-1]], due[follows[:-1]]
    whole = len(steps) // TOGETHER * TOGETHER
    # Without numbers of the blocks, gaps between them make longer stretches late: then no block may keep the rate.
    if not whole or (follows is None and (np.abs(steps / due - 1) < STRAY).mean() >= 0.1):
        return
    off = steps[:whole].reshape(-1, TOGETHER).sum(axis=1) / due[:whole].reshape(-1, TOGETHER).sum(axis=1)
    if max((off > wrong).mean(), (off < 1 / wrong).mean()) < 0.9:
        return
    raise RecordingError(
        file,
        f"it states {rate_hz:g} samples a second, but by the times of its blocks there are about "
        f"{rate_hz / np.median(off):.3g}",
        "check what the device was set up with, and export it as CSV with the maker's program",
    )
