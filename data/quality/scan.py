"""One pass over a segment that keeps a few numbers a minute, however long the segment is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.ahead import ahead
from data.intervals import Interval, Intervals, union
from data.quality.repeats import Repeats
from data.quality.tens import Tens, joined, tens_of
from data.recording import Segment

MINUTE_CELLS = 60
"""A minute is sixty cells; a cell is the whole number of samples nearest to a second."""
CHUNK_MINUTES = 10
LEAST_CELLS = 10
"""A last minute with fewer cells than this is judged with the one before it."""

STILL_CELL_G = 0.02
"""A second with a standard deviation below this on every axis shows gravity alone."""
SHORTEST_ZERO_S = 0.5
SHORTEST_HELD_S = 30.0
SPIKE_G = 15.0
RAIL_FLOOR = {"acc": 1.9, "gyro": 240.0}
"""No sensor in use has a smaller full scale than 2 g or 250 °/s."""
RAIL_SECONDS = 8
"""So many seconds with the very same extreme meet a limit too, however short their peaks."""
RAIL_RUN = 3
"""As many equal samples in a row at the second's extreme are a cut-off peak."""
AT_LIMIT = 0.98
GRAVITY_EDGES = np.concatenate([np.arange(0.0, 3.0, 0.005), np.geomspace(3.0, 1e5, 400)])


@dataclass(slots=True)
class Scan:
    """What one pass over a segment leaves behind.

    Parameters
    ----------
    edges
        ``(m + 1,)`` sample numbers that bound the minutes; the last is the segment's end.
    sd, breath
        ``(m, axes)`` g: standard deviation of each acceleration axis, and of its one-second means.
    span
        ``(m, channels)`` largest minus smallest value of each channel.
    still, anyhow
        Counts of one-second means of the acceleration's length over ``GRAVITY_EDGES``:
        of still seconds, and of all that are not exact zeros.
    zeros, held, spikes, broken
        Where all acceleration axes are exactly zero, or do not change at all, or hold a
        jump that no body makes, or values that are not numbers.
    rail
        For each channel: (times the limit was met, samples at it, the limit).
    cut_off
        Seconds in which a fifth or more of a channel lies at its limit.
    tens
        Windows of ten seconds of the acceleration.
    repeats
        Where the samples are a copy, bit for bit, of earlier ones.
    """

    edges: NDArray[np.int64]
    sd: NDArray[np.float64]
    breath: NDArray[np.float64]
    span: NDArray[np.float64]
    still: NDArray[np.int64]
    anyhow: NDArray[np.int64]
    zeros: Intervals
    held: Intervals
    spikes: Intervals
    broken: Intervals
    cut_off: Intervals
    rail: dict[str, tuple[int, int, float]]
    tens: Tens
    repeats: Intervals


@dataclass(slots=True)
class _Marks:
    """Stretches of a segment in sample numbers, gathered chunk by chunk."""

    cell: int
    n_samples: int
    zeros: list[tuple[int, int]] = field(default_factory=list)
    held: list[tuple[int, int]] = field(default_factory=list)
    spikes: list[tuple[int, int]] = field(default_factory=list)
    broken: list[tuple[int, int]] = field(default_factory=list)
    cut_off: list[tuple[int, int]] = field(default_factory=list)
    flat: list[tuple[str, float, int, int]] = field(default_factory=list)
    top: dict[tuple[str, int], tuple[float, int, int]] = field(default_factory=dict)
    furthest: dict[str, float] = field(default_factory=dict)

    def rail(self) -> dict[str, tuple[int, int, float]]:
        """For each channel that met its limit: how many times, samples there, the limit.

        Equal samples short of the furthest value are chance in coarse steps, not a limit.
        """
        out: dict[str, tuple[int, int, float]] = {}
        for name, value, times, samples in self.flat:
            limit = self.furthest[name]
            if value >= AT_LIMIT * limit:
                before = out.get(name, (0, 0, limit))
                out[name] = (before[0] + times, before[1] + samples, limit)
        for (name, _), (limit, seconds, samples) in self.top.items():
            if seconds >= RAIL_SECONDS and name not in out:
                out[name] = (seconds, samples, limit)
        return out

    def tops(self, name: str, sign: int, extreme: NDArray[np.float32], at: NDArray[np.bool_]) -> None:
        """Count the seconds, and the samples in them, at the furthest value so far."""
        limit, seconds, samples = self.top.get((name, sign), (0.0, 0, 0))
        highest = float(extreme.max())
        if highest > limit:
            limit, seconds, samples = highest, 0, 0
        here = extreme == np.float32(limit)
        self.top[name, sign] = (limit, seconds + int(here.sum()), samples + int(at[here].sum()))


def scan(segment: Segment, channels: Sequence[str]) -> Scan:
    """Read a segment once, ten minutes at a time.

    Parameters
    ----------
    channels
        Names of the columns.
    """
    acc = [i for i, name in enumerate(channels) if name.startswith("acc")]
    cell = max(1, round(segment.rate_hz))
    step = cell * MINUTE_CELLS * CHUNK_MINUTES
    marks, rows = _Marks(cell, segment.n_samples), []
    still = np.zeros(len(GRAVITY_EDGES) + 1, dtype=np.int64)
    anyhow = still.copy()
    runs, repeats, tens = _Runs(segment.rate_hz), Repeats(), list[Tens]()
    before: NDArray[np.float32] | None = None
    starts = range(0, segment.n_samples, step)
    blocks = (
        np.ascontiguousarray(np.asarray(segment.samples[first : first + step], dtype=np.float32).T) for first in starts
    )
    for first, block in zip(starts, ahead(blocks) if len(starts) > 1 else blocks, strict=True):
        x = block
        if not np.isfinite(np.add.reduce(x, axis=None)):
            marks.broken += _around(np.flatnonzero(~np.isfinite(x).all(axis=0)) + first, marks)
            x = np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)
        count = x.shape[1] // cell
        cells = x[:, : count * cell].reshape(len(x), count, cell)
        low, high = cells.min(axis=-1), cells.max(axis=-1)
        mean = cells.mean(axis=-1)
        if acc:
            moved = x[acc]
            runs.take(moved, before, first)
            repeats.take(moved, first)
            before = moved[:, -1]
            apart = cells[acc] - mean[acc, :, None]
            var = np.einsum("cks,cks->ck", apart, apart) / cell
            length = np.sqrt(np.square(mean[acc].astype(np.float64)).sum(axis=0))
            present = (np.abs(low[acc]) + np.abs(high[acc])).max(axis=0) > 0
            quiet = present & (var < STILL_CELL_G**2).all(axis=0)
            bins = np.searchsorted(GRAVITY_EDGES, length)
            still += np.bincount(bins[quiet], minlength=len(still))
            anyhow += np.bincount(bins[present], minlength=len(anyhow))
            tens.append(tens_of(mean[acc], var, low, high))
            _spikes(moved, (high - low)[acc].max(axis=0), first, marks)
        else:
            var = np.zeros((0, count), dtype=np.float32)
        _rails(cells, channels, first, marks)
        rows += _minutes(mean[acc], var, low, high)
    edges = np.arange(len(rows) + 1, dtype=np.int64) * (cell * MINUTE_CELLS)
    edges[-1] = segment.n_samples if rows else 0

    def stack(k: int, width: int) -> NDArray[np.float64]:
        return np.array([r[k] for r in rows], dtype=np.float64).reshape(len(rows), width)

    if acc:
        runs.close(segment.n_samples)
    return Scan(
        edges,
        stack(0, len(acc)),
        stack(1, len(acc)),
        stack(2, len(channels)),
        still,
        anyhow,
        _times(segment, runs.zeros),
        _times(segment, runs.held),
        _times(segment, marks.spikes),
        _times(segment, marks.broken),
        _times(segment, marks.cut_off),
        marks.rail(),
        joined(tens, len(acc), len(channels)),
        _times(segment, repeats.found()),
    )


def median_of(counts: NDArray[np.int64]) -> float:
    """Median, within one bin, of what was counted over ``GRAVITY_EDGES``; NaN of nothing."""
    if not counts.sum():
        return float("nan")
    k = int(np.searchsorted(np.cumsum(counts), counts.sum() / 2))
    left, right = GRAVITY_EDGES[max(k - 1, 0)], GRAVITY_EDGES[min(k, len(GRAVITY_EDGES) - 1)]
    return float((left + right) / 2)


def _minutes(
    mean: NDArray[np.float32], var: NDArray[np.float32], low: NDArray[np.float32], high: NDArray[np.float32]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """``(sd, breath, span)`` of each minute of a chunk's cells; a short last one joins the one before it."""
    count = low.shape[1]
    if not count:
        return []
    starts = list(range(0, count, MINUTE_CELLS))
    if len(starts) > 1 and count - starts[-1] < LEAST_CELLS:
        starts.pop()
    out = []
    for a, b in zip(starts, [*starts[1:], count], strict=True):
        means = mean[:, a:b].astype(np.float64)
        between = means.var(axis=1)
        within = var[:, a:b].mean(axis=1, dtype=np.float64)
        span = high[:, a:b].max(axis=1).astype(np.float64) - low[:, a:b].min(axis=1)
        out.append((np.sqrt(between + within), np.sqrt(between), span))
    return out


class _Runs:
    """Finds stretches in which no axis changes, across the borders of chunks."""

    def __init__(self, rate_hz: float) -> None:
        self.shortest_zero = max(2, round(SHORTEST_ZERO_S * rate_hz))
        self.shortest_held = max(2, round(SHORTEST_HELD_S * rate_hz))
        self.zeros: list[tuple[int, int]] = []
        self.held: list[tuple[int, int]] = []
        self._start = 0
        self._zero = False

    def take(self, acc: NDArray[np.float32], before: NDArray[np.float32] | None, first: int) -> None:
        """Read the next ``(axes, n)`` samples, the first of which is number ``first``."""
        changed = (acc[:, 1:] != acc[:, :-1]).any(axis=0)
        at = np.flatnonzero(changed) + first + 1
        if before is None or bool((acc[:, 0] != before).any()):
            if before is not None:
                self.close(first)
            self._start, self._zero = first, not acc[:, 0].any()
        if not len(at):
            return
        self.close(int(at[0]))
        lengths = np.diff(at)
        for i in np.flatnonzero(lengths >= self.shortest_zero):
            self._start, self._zero = int(at[i]), not acc[:, at[i] - first].any()
            self.close(int(at[i + 1]))
        self._start, self._zero = int(at[-1]), not acc[:, at[-1] - first].any()

    def close(self, end: int) -> None:
        """End the stretch that is open."""
        length = end - self._start
        if self._zero and length >= self.shortest_zero:
            self.zeros.append((self._start, end))
        elif not self._zero and length >= self.shortest_held:
            self.held.append((self._start, end))
        self._start = end


def _spikes(acc: NDArray[np.float32], span: NDArray[np.float32], first: int, marks: _Marks) -> None:
    """Mark the second around each single sample that jumps away and back."""
    for k in np.flatnonzero(span >= SPIKE_G):
        a = max(0, int(k) * marks.cell - 1)
        piece = acc[:, a : (int(k) + 1) * marks.cell + 1]
        up, down = piece[:, 1:-1] - piece[:, :-2], piece[:, 1:-1] - piece[:, 2:]
        odd = ((np.minimum(np.abs(up), np.abs(down)) >= SPIKE_G) & (np.sign(up) == np.sign(down))).any(axis=0)
        marks.spikes += _around(np.flatnonzero(odd) + first + a + 1, marks)


def _rails(cells: NDArray[np.float32], channels: Sequence[str], first: int, marks: _Marks) -> None:
    """Count stretches of equal samples at a second's extreme, where that is far out."""
    cell = marks.cell
    for c, name in enumerate(channels):
        floor = RAIL_FLOOR["gyro" if name.startswith("gyro") else "acc"]
        for sign, signed in ((1, cells[c]), (-1, -cells[c])):
            extreme = signed.max(axis=-1, initial=0.0)
            far = np.flatnonzero(extreme >= floor)
            if not len(far):
                continue
            marks.furthest[name] = max(marks.furthest.get(name, 0.0), float(extreme[far].max()))
            at = signed[far] == extreme[far, None]
            marks.tops(name, sign, extreme[far], at)
            rows = np.flatnonzero((at[:, :-2] & at[:, 1:-1] & at[:, 2:]).any(axis=1) & ~at.all(axis=1))
            for k in rows:  # a whole second at one value is not a peak
                turns = np.flatnonzero(np.diff(np.concatenate([[False], at[k], [False]])))
                lengths = turns[1::2] - turns[::2]
                lengths = lengths[lengths >= RAIL_RUN]
                marks.flat.append((name, float(extreme[far[k]]), len(lengths), int(lengths.sum())))
                if lengths.sum() * 5 >= cell:
                    marks.cut_off.append((first + int(far[k]) * cell, first + (int(far[k]) + 1) * cell))


def _around(at: NDArray[np.int64], marks: _Marks) -> list[tuple[int, int]]:
    """Half a second either side of each sample number, joined where they meet."""
    half = max(1, marks.cell // 2)
    out: list[tuple[int, int]] = []
    for i in at:
        a, b = max(0, int(i) - half), min(marks.n_samples, int(i) + half + 1)
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def _times(segment: Segment, pieces: Sequence[tuple[int, int]]) -> Intervals:
    """Sample numbers as instants."""
    return union(Interval(segment.time_us(a), segment.time_us(b)) for a, b in pieces)
