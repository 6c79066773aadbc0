"""What stands on a report, as plain values: no layout, no clock, no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clinic.reports import words
from clinic.reports.cards import Card
from clinic.reports.material import Material, Trace
from clinic.store.rows import RecordingRow
from clinic.timeline.chart import COLOURS, OTHER_COLOUR, axis_hours
from clinic.timeline.clock import HOUR_US, MINUTE_US, WallClock, clock_for, length
from clinic.timeline.doses import DoseRelation, dose_relation
from clinic.timeline.lane import LONG_US, DayRow, Lane, Periods, day_rows, lane, lanes, periods
from clinic.timeline.rates import Day, number, rate
from clinic.timeline.sentence import Answer, answer, capital
from data.errors import MotionwardError
from data.intervals import Interval, intersect, total

SHORT_US = 3 * HOUR_US
"""A span up to this length is drawn as consecutive strips of recording time instead of days."""
_STRIPS_US = tuple(m * MINUTE_US for m in (1, 2, 5, 10, 15, 20, 30))
NO_PHENOMENON = "any phenomenon"


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


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table, ready to print."""

    name: str
    cells: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed, in the order of a reader."""

    title: str
    who: str
    is_patient: bool
    is_simulated: bool
    when: str
    made: str
    sensor: str
    detector: str
    answer: Answer
    trust: tuple[tuple[str, str, str], ...]
    raster: Raster
    raster_head: str
    table_head: str
    table: tuple[TableRow, ...]
    doses: DoseRelation | None
    doses_note: str
    quality: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    reviewed: str
    others: str
    foot: tuple[str, ...]


def build(
    m: Material,
    cards: Sequence[Card],
    *,
    stream: str | None = None,
    phenomenon: str | None = None,
    span: Interval | None = None,
    trace: Trace | None = None,
    threshold: float | None = None,
) -> Report:
    """Make the content of a report; see :mod:`clinic.reports.make` for the arguments.

    Raises
    ------
    MotionwardError
        If there is no recording, or nothing of the lane in the span.
    """
    if not m.recordings:
        raise MotionwardError(f"There is no recording of {m.who} to report on: import one first.")
    every = lanes(m.spans, m.episodes)
    whole = _chosen(every, stream, phenomenon) or lane(
        m.spans, m.episodes, m.recordings[0].streams[0].name, phenomenon or NO_PHENOMENON
    )
    start = min(s.interval.start for r in m.recordings for s in r.streams)
    clock = clock_for(m.recordings[0].clock, m.zone, start)
    parts = _periods(whole, clock, span)
    if not parts.now:
        raise MotionwardError(f"Nothing of {m.who} was recorded in the days asked for: choose other days.")
    shown = whole.within(parts.span)
    extent = shown.span or parts.span
    card = _card(m, shown, cards)
    used = threshold if threshold is not None else _threshold(m, card)
    doses = m.doses if clock.has_date else ()
    here = [d for d in doses if parts.span.start <= d.taken_us < parts.span.end]
    relation = dose_relation(shown, doses, clock) if here and not m.why_not else None
    is_short = extent.duration <= SHORT_US
    strips = _strips(extent, clock) if is_short else ()
    made_us = max((r.made_us for r in m.runs), default=0)
    waiting = sum(not e.verdict for e in shown.flags)
    return Report(
        f"{capital(whole.phenomenon)}, {_how_long(parts, extent)}",
        m.who,
        m.is_patient,
        m.is_simulated,
        clock.span(extent) + (f", local time {clock.zone}" if clock.zone else ""),
        f"Analysed {WallClock(m.zone or 'UTC').moment(made_us)}" if made_us else "",
        _sensor(m.recordings, whole.stream),
        words.detector_words(m, shown, card, used),
        answer(shown, parts, doses, clock, m.why_not),
        words.trust(m, shown, waiting),
        _raster(shown, parts, strips, clock, [d.taken_us for d in here], trace, used),
        "When in the recording" if is_short else "When in the day",
        f"By {length(strips[0].duration)}" if is_short else "By day",
        _table(shown, parts, strips, clock, has_rates=m.why_not is None),
        relation,
        _doses_note(relation),
        words.quality(m, shown, clock),
        words.limits(m, shown, card, used),
        words.reviewed(shown),
        words.others(every, whole),
        words.foot(m),
    )


def _chosen(every: Sequence[Lane], stream: str | None, phenomenon: str | None) -> Lane | None:
    fitting = (x for x in every if stream in (None, x.stream) and phenomenon in (None, x.phenomenon))
    return next(fitting, None)


def _periods(whole: Lane, clock: WallClock, span: Interval | None) -> Periods:
    rows = day_rows(whole, clock)
    if span is None:
        return periods(rows)
    now = tuple(r for r in rows if r.day.interval.overlaps(span))
    first = rows.index(now[0]) if now else 0
    return Periods(now, rows[max(0, first - 14) : first])


def _how_long(parts: Periods, extent: Interval) -> str:
    return f"{len(parts.now)} days" if len(parts.now) > 1 else length(extent.duration)


def _sensor(recordings: Sequence[RecordingRow], stream: str) -> str:
    rows = [(r, s) for r in recordings for s in r.streams if s.name == stream]
    r, s = rows[0]
    worn = f"{s.side} {s.placement}" if s.side in ("left", "right") else s.placement
    place = "Sensor in an unknown place" if s.placement == "unknown" else f"Sensor on the {worn}"
    kinds = [
        w for h, w in (("acc", "acceleration"), ("gyro", "turning rate")) if any(c.startswith(h) for c in s.channels)
    ]
    rates = sorted({x.rate_hz for _, x in rows})
    return f"{place}, {' and '.join(kinds)}, {', '.join(f'{x:g}' for x in rates)} Hz · {r.device}"


def _card(m: Material, shown: Lane, cards: Sequence[Card]) -> Card | None:
    """The card of the detector that judged the lane: by its episodes, else by phenomenon and placement."""
    versions = {e.detector for e in shown.episodes}
    placements = {s.placement for r in m.recordings for s in r.streams if s.name == shown.stream}
    fitting = [c for c in cards if c.phenomenon == shown.phenomenon]
    by_episode = [c for c in fitting if c.version in versions]
    by_place = [c for c in fitting if placements & set(c.placements)]
    return next(iter(by_episode or ([] if versions else by_place)), None)


def _threshold(m: Material, card: Card | None) -> float | None:
    """The threshold that the run used: as its manifest says, else the detector's own unless it was moved."""
    if card is None or not m.runs:
        return None
    manifest = m.runs[0].manifest
    said = [d.get("threshold") for d in manifest.get("detectors", []) if d.get("version") == card.version]
    if said and said[0] is not None:
        return float(said[0])
    moved = manifest.get("settings", {}).get("false_alarms_per_hour") is not None
    return None if moved else card.threshold


def _strips(extent: Interval, clock: WallClock) -> tuple[Interval, ...]:
    """The extent in equal stretches, at most eight; by the clock's full minutes from its beginning."""
    step = next((s for s in _STRIPS_US if extent.duration <= 8 * s), _STRIPS_US[-1])
    offset = clock.offset_us(extent.start)
    first = (extent.start + offset) // step * step - offset
    return tuple(Interval(at, at + step) for at in range(first, extent.end, step))


def _raster(
    shown: Lane,
    parts: Periods,
    strips: Sequence[Interval],
    clock: WallClock,
    doses: Sequence[int],
    trace: Trace | None,
    threshold: float | None,
) -> Raster:
    fill, ink, _ = COLOURS.get(shown.phenomenon, OTHER_COLOUR)
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
    for p in row.day.pieces:
        start, end = max(p.wall_us, low), min(p.wall_us + p.interval.duration, high)
        if start < end:
            at = p.interval.start - p.wall_us
            shares = (start - low) / (high - low), (end - low) / (high - low)
            out.append((Interval(round(at + start), round(at + end)), *shares))
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


TABLE_HEAD = (
    "worn, h",
    "judged, h",
    "flags",
    "unsure",
    "per judged hour",
    "95 % interval",
    "over 10 s",
    "longest",
    "time flagged",
)


def _table(
    shown: Lane, parts: Periods, strips: Sequence[Interval], clock: WallClock, *, has_rates: bool
) -> tuple[TableRow, ...]:
    rows = []
    if strips:
        pieces = [s for s in strips if intersect(shown.recorded, [s])]
        rows = [
            _row(clock.time(s.start, seconds=not clock.has_date), [shown.within(s)], has_rates=False) for s in pieces
        ]
        whole = "Whole recording"
    else:
        rows = [_row(r.day.short, [r.lane], has_rates=has_rates) for r in parts.now]
        whole = f"All {len(parts.now)} days"
    if len(rows) != 1:
        rows.append(_row(whole, [r.lane for r in parts.now] if not strips else [shown], "sum", has_rates=has_rates))
    elif strips:
        rows = [_row(whole, [shown], "sum", has_rates=has_rates)]
    if parts.before:
        rows.append(_row(capital(parts.before_name), [r.lane for r in parts.before], "before", has_rates=has_rates))
    return tuple(rows)


def _row(name: str, parts: Sequence[Lane], kind: str = "", *, has_rates: bool) -> TableRow:
    """One or more lanes as one row; a rate needs an hour, a share of time anything judged."""
    flags = [e for p in parts for e in p.flags]
    unsure = sum(len(p.episodes) - len(p.flags) for p in parts)
    worn_us, judged_us = sum(total(p.worn) for p in parts), sum(total(p.judged) for p in parts)
    found = rate([Day(len(p.flags), total(p.judged)) for p in parts])
    longest = max((e.interval.duration for e in flags), default=0)
    flagged_us = total(i for e in flags for i in (e.interval,))
    value, interval = "–", "–"
    if has_rates and found.value is not None and found.low is not None and found.high is not None:
        value, interval = number(found.value), f"{number(found.low)}–{number(found.high)}"
    elif has_rates and judged_us:
        interval = "under 1 h"
    return TableRow(
        name,
        (
            f"{worn_us / HOUR_US:.{1 if worn_us >= HOUR_US else 2}f}",
            f"{judged_us / HOUR_US:.{1 if judged_us >= HOUR_US else 2}f}",
            str(len(flags)) if judged_us else "–",
            str(unsure) if unsure else "–",
            value,
            interval,
            str(sum(e.interval.duration > LONG_US for e in flags)) if judged_us else "–",
            f"{longest / 1e6:.1f} s" if 0 < longest < MINUTE_US else length(longest) if longest else "–",
            f"{100 * flagged_us / judged_us:.{2 if flagged_us < judged_us / 100 else 1}f} %" if judged_us else "–",
        ),
        kind,
    )


def _doses_note(relation: DoseRelation | None) -> str:
    if relation is None:
        return ""
    many = "1 dose" if relation.doses == 1 else f"{relation.doses} doses"
    early = relation.before_first
    lost = f"{early} flag is" if early == 1 else f"{early} flags are"
    rest = f" {lost} before the first dose of a day and not in the picture." if early else ""
    return f"{many}.{rest} {relation.sentence}"
