"""The picture on a report, as plain values: strips of time, an axis, colours; :mod:`clinic.reports.svg` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clinic.reports.material import Trace
from clinic.timeline.chart import axis_hours, colour_of
from clinic.timeline.clock import HOUR_US, MINUTE_US, WallClock
from clinic.timeline.face import stretches
from clinic.timeline.lane import DayRow, Lane, Periods
from data.intervals import Interval

_STRIPS_US = tuple(m * MINUTE_US for m in (1, 2, 5, 10, 15, 20, 30))


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of the picture: ``pieces`` map spans of time to shares (0 to 1) of its width."""

    label: str
    pieces: tuple[tuple[Interval, float, float], ...]
    lane: Lane
    doses: tuple[int, ...]
    at_us: NDArray[np.int64]
    probability: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Raster:
    """The picture: its rows, the labels of its axis by share of the width, and the threshold of the trace."""

    strips: tuple[Strip, ...]
    axis: tuple[tuple[float, str], ...]
    fill: str
    ink: str
    threshold: float | None
    has_trace: bool


def cut_in_strips(extent: Interval, clock: WallClock) -> tuple[Interval, ...]:
    """The extent in equal stretches, at most eight; by the clock's full minutes from its beginning."""
    step = next((s for s in _STRIPS_US if extent.duration <= 8 * s), _STRIPS_US[-1])
    offset = clock.offset_us(extent.start)
    first = (extent.start + offset) // step * step - offset
    return tuple(Interval(at, at + step) for at in range(first, extent.end, step))


def raster(
    shown: Lane,
    parts: Periods,
    strips: Sequence[Interval],
    clock: WallClock,
    doses: Sequence[int],
    trace: Trace | None,
    threshold: float | None,
) -> Raster:
    """The picture of a lane: the given strips of recording time, else the days of ``parts`` by the clock's hours.

    The trace is drawn on strips alone; a day has no room for it.
    """
    fill, ink, _ = colour_of(shown.phenomenon)
    rows: list[tuple[str, list[tuple[Interval, float, float]]]]
    if strips:
        rows = [(clock.time(s.start, seconds=not clock.has_date), [(s, 0.0, 1.0)]) for s in strips]
        axis = _minutes(strips[0].duration)
    else:
        low, high = axis_hours(parts.now)
        rows = [(r.day.short, _on_axis(r, low, high)) for r in parts.now]
        step = next(x for x in (1 / 6, 0.5, 1, 2) if (high - low) / x <= 12)
        ticks = [low + k * step for k in range(round((high - low) / step) + 1)]
        axis = tuple(
            ((h - low) / (high - low), f"{int(h):02d}" + (f":{round(h % 1 * 60):02d}" if step < 1 else ""))
            for h in ticks
        )
    has_trace = bool(strips) and trace is not None
    made = tuple(_strip(label, pieces, shown, doses, trace if strips else None) for label, pieces in rows)
    return Raster(made, axis, fill, ink, threshold, has_trace=has_trace)


def _on_axis(row: DayRow, low_h: float, high_h: float) -> list[tuple[Interval, float, float]]:
    """The pieces of a day on the axis of the clock's hours; what the axis does not show is cut off."""
    low, high, out = low_h * HOUR_US, high_h * HOUR_US, []
    for s in stretches(row.day):
        start, end = max(s.from_us, low), min(s.to_us, high)
        if start < end:
            span = (round(s.interval.start + (at - s.from_us) / s.scale) for at in (start, end))
            shares = (start - low) / (high - low), (end - low) / (high - low)
            out.append((Interval(*span), *shares))
    return out


def _minutes(strip_us: int) -> tuple[tuple[float, str], ...]:
    count = next(k for k in (5, 4, 6, 3) if strip_us // MINUTE_US % k == 0 or strip_us < k * MINUTE_US)
    step_s = strip_us / count / 1e6
    return tuple(
        (k / count, f"+{k * step_s / 60:g} min" if step_s >= 60 else f"+{k * step_s:g} s") for k in range(count + 1)
    )


def _strip(
    label: str,
    pieces: Sequence[tuple[Interval, float, float]],
    shown: Lane,
    doses: Sequence[int],
    trace: Trace | None,
) -> Strip:
    spans = [i for i, _, _ in pieces]
    start, end = min(i.start for i in spans), max(i.end for i in spans)
    here = tuple(d for d in doses if start <= d < end)
    at, probability = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    if trace is not None:
        keep = (trace.at_us >= start) & (trace.at_us < end)
        at, probability = trace.at_us[keep], trace.probability[keep]
    # An episode that began before the strip is drawn in it too, so the lane is cut by overlap here.
    cut = shown.within(Interval(start, end))
    inside = tuple(e for e in shown.episodes if e.interval.overlaps(Interval(start, end)))
    return Strip(label, tuple(pieces), replace(cut, episodes=inside), here, at, probability)
