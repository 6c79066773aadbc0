"""What the canvas is told: days, spans, flags, doses and rates as one header, signals as float32 behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from clinic.store.rows import DoseRow, EpisodeRow
from clinic.timeline.clock import HOUR_US, MINUTE_US, SECOND_US, WallClock, decimal_hours, length
from clinic.timeline.day import Overview
from clinic.timeline.face import TWICE, is_shown_twice, stretches
from clinic.timeline.lane import DayRow, Lane, Periods
from clinic.timeline.message import Message
from clinic.timeline.period_rates import PeriodRates, rates_of
from clinic.timeline.rates import ENOUGH_US, NOT_ENOUGH, Rate, number, too_little
from clinic.timeline.sentence import capital
from clinic.timeline.validity import USUAL, Validity
from clinic.timeline.window import Curve, Series, Spectrogram, around, kept_in
from data.intervals import Interval, Intervals
from data.phenomena import FALL, FREEZING, TREMOR

Json = dict[str, Any]  # whatever JSON can hold
COLOURS = {
    FREEZING: ("#D55E00", "#A84600", "rgba(213,94,0,.10)"),
    TREMOR: ("#CC79A7", "#96406F", "rgba(204,121,167,.14)"),
    FALL: ("#0072B2", "#00507D", "rgba(0,114,178,.12)"),
    "turning": ("#56B4E9", "#1B6E9E", "rgba(86,180,233,.14)"),
}
"""Fill, text and wash of each phenomenon, the same on every page and in print."""
OTHER_COLOURS = (
    ("#F0E442", "#6B6300", "rgba(240,228,66,.18)"),
    ("#009E73", "#00654A", "rgba(0,158,115,.12)"),
    ("#E69F00", "#855C00", "rgba(230,159,0,.14)"),
)
"""The same of classes that people name: what is left of the palette of Okabe and Ito (2008, Color universal design)."""
FIRST_SPAN_US = 30 * SECOND_US
_CROP_BELOW_US = 6 * HOUR_US


def colour_of(phenomenon: str) -> tuple[str, str, str]:
    """Fill, text and wash of a phenomenon; of a class that somebody named one of the spare ones, told by its name."""
    spare = OTHER_COLOURS[crc32(phenomenon.casefold().encode()) % len(OTHER_COLOURS)]
    return COLOURS.get(phenomenon, spare)


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: a day (-1: none), a window (None: none) and a flag (None: none)."""

    day: int
    window: Interval | None
    episode: str | None

    @property
    def json(self) -> Json:
        """As the canvas keeps it."""
        window = self.window
        start, end = (window.start, window.end) if window else (None, None)
        return {"day": self.day, "from": start, "to": end, "episode": self.episode}


def view_from(said: Mapping[str, Any] | None) -> View | None:  # JSON from the canvas
    """A view as the canvas says it; None when it says none or nonsense."""
    try:
        if said is None:
            return None
        start, end = said["from"], said["to"]
        window = None if start is None or end is None else Interval(round(start), round(end))
        return View(int(said["day"]), window, said["episode"])
    except (KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Chart:
    """All of one patient's days, one sensor and one phenomenon, without signals.

    Parameters
    ----------
    parts
        The days that are shown, and those they are compared with.
    place
        The sensor in words, ``lower back``.
    threshold
        At which all that is shown was judged; None where that is not known, or not one.
    detector
        In words, for the card's foot.
    validity
        When a day and a week were worn enough.
    forbidden
        Why the signal allows no rate at all; None when it does.
    differ
        What is said where recordings shown were judged at different thresholds; else empty.
    """

    key: str
    lane: Lane
    parts: Periods
    clock: WallClock
    doses: tuple[DoseRow, ...]
    streams: tuple[str, ...]
    place: str
    threshold: float | None
    detector: str
    actor: str
    validity: Validity = USUAL
    forbidden: str | None = None
    differ: str = ""

    @property
    def rates(self) -> PeriodRates:
        """What may be said of how often: the headline, the picture and the tables all have it from here."""
        return rates_of(self.lane, self.parts, self.clock, self.validity, self.forbidden)

    @property
    def span(self) -> Interval:
        """From the first midnight to the last of the days shown."""
        return self.parts.span

    @property
    def shown(self) -> Lane:
        """The lane cut to the days shown."""
        return self.lane.within(self.span)

    @property
    def extent(self) -> Interval:
        """From the first to the last sample shown: a file of some minutes is not a day long."""
        recorded = self.shown.recorded
        return Interval(recorded[0].start, recorded[-1].end) if recorded else self.span

    @property
    def dates(self) -> Interval:
        """What to call it by: of several days all of them, those without a sample too."""
        return self.span if len(self.parts.now) > 1 and self.clock.has_date else self.extent


def first_view(chart: Chart, window: Interval | None = None) -> View:
    """What is opened first: the window of the link, else the first flag that waits for a look, else the last day.

    The window stays inside the days shown, as on the canvas.
    """
    flags = chart.shown.flags
    if window is None:
        chosen = next((e for e in flags if not e.verdict), flags[0] if flags else None)
        if chosen is None:
            return View(len(chart.parts.now) - 1, None, None)
        window = kept_in(around(chosen.interval, FIRST_SPAN_US), chart.span)
        return View(_day_of(chart, chosen.interval.start), window, chosen.id)
    window = kept_in(window, chart.span)
    held = [e for e in flags if e.interval.overlaps(window)]
    return View(_day_of(chart, window.start), window, held[0].id if len(held) == 1 else None)


def axis_hours(rows: Sequence[DayRow]) -> tuple[float, float]:
    """Hours of the day that the common axis shows: all 24, or what a short recording covers.

    Where it covers an hour that the clock showed twice, all 24: only full hours can be written below that one.
    """
    recorded = [i for r in rows for i in r.lane.recorded]
    if len(rows) != 1 or not recorded:
        return 0.0, 24.0
    day = rows[0].day
    start, end = day.wall_us(recorded[0].start), day.wall_us(recorded[-1].end - 1) + 1
    extent = Interval(recorded[0].start, recorded[-1].end)
    is_twice = any(s.scale != 1 and s.interval.overlaps(extent) for s in stretches(day))
    if is_twice or end - start > _CROP_BELOW_US or end <= start:
        return 0.0, 24.0
    steps = (10 * SECOND_US, MINUTE_US, 5 * MINUTE_US, 10 * MINUTE_US, 30 * MINUTE_US, HOUR_US)
    step = next((s for s in steps if (end - start) / s <= 12), HOUR_US)
    return start // step * step / HOUR_US, min(24.0, -(-end // step) * step / HOUR_US)


def header(chart: Chart, view: View, applied: Sequence[str] = ()) -> Json:
    """The part of the message that needs no signal."""
    lane, rows = chart.shown, chart.parts.now
    fill, ink, wash = colour_of(chart.lane.phenomenon)
    whole, rates = chart.span, chart.rates
    several = len(rows) > 1
    return {
        "key": chart.key,
        "view": view.json,
        "applied": list(applied),
        "relative": not chart.clock.has_date,
        "offsets": [list(o) for o in chart.clock.offsets(whole)],
        "axis": list(axis_hours(rows)),
        "limits": [whole.start, whole.end],
        "colour": {"fill": fill, "ink": ink, "wash": wash},
        "name": capital(chart.lane.phenomenon),
        "place": chart.place,
        "stream": chart.lane.stream,
        "streams": list(chart.streams),
        "detector": chart.detector,
        "threshold": chart.threshold,
        "actor": chart.actor,
        "hop": 500_000,
        "days": [_day(r, rates, chart) for r in rows],
        "spans": {
            "worn": _pairs(lane.worn),
            "not_worn": _pairs(lane.not_worn),
            "gap": _pairs(lane.gaps),
            "not_judged": [[i.start, i.end, reason] for i, reason in lane.not_judged if reason != "unsure"],
        },
        "episodes": [_episode(e) for e in lane.episodes],
        "doses": [[d.taken_us, d.what] for d in chart.doses if whole.start <= d.taken_us < whole.end],
        "week": _mean(rates.now, f"{len(rows)} days") if several else None,
        "no_week": f"{len(rows)} days: no rate" if several and rates.why_not else None,
        "too_little": too_little(sum(r.worn_us for r in rows)),
        "before": _mean(rates.before, "before") if rates.before and len(chart.parts.before) > 1 else None,
        "overview": None,
        "window": None,
        "card": None,
        "error": None,
    }


def add_overview(message: Message, day: int, shown: Overview) -> Json:
    """The ``overview`` entry of the header."""
    held = shown.movement[~np.isnan(shown.movement)]
    return {
        "day": day,
        "movement": message.add(shown.movement),
        "probability": message.add(shown.probability),
        "top": float(np.percentile(held, 99)) if len(held) else 1.0,
    }


def add_window(
    message: Message,
    interval: Interval,
    channels: Sequence[tuple[str, Sequence[Series]]],
    spectrum: Spectrogram | None,
    chance: Sequence[Curve],
    *,
    is_raw: bool,
) -> Json:
    """The ``window`` entry of the header; ``interval`` is what was read, margin included."""
    has_spectrum = spectrum is not None and not bool(np.isnan(spectrum.power).all())
    return {
        "from": interval.start,
        "to": interval.end,
        "level": "raw" if is_raw else "second",
        "unit": "g",
        "channels": [
            {"name": name, "series": [[s.start_us, s.step_us, message.add(s.values)] for s in series]}
            for name, series in channels
        ],
        "spectrum": {
            "from": spectrum.interval.start,
            "step": spectrum.step_us,
            "top": spectrum.top_hz,
            "columns": spectrum.power.shape[0],
            "bins": spectrum.power.shape[1],
            "ref": message.add(spectrum.power),
        }
        if spectrum is not None and has_spectrum
        else None,
        "curves": [
            [c.start_us, message.add(c.probability), message.add(c.lower), message.add(c.upper)] for c in chance
        ],
    }


def margin(window: Interval, limits: Interval) -> Interval:
    """A window with half its length more on both sides, so that small moves need no answer."""
    extra = window.duration // 2
    return Interval(max(limits.start, window.start - extra), max(limits.start, min(limits.end, window.end + extra)))


def band_at_peak(
    start_us: NDArray[np.int64],
    probability: NDArray[np.float32],
    lower: NDArray[np.float32],
    upper: NDArray[np.float32],
    *,
    inside: Interval,
) -> tuple[float, float] | None:
    """The band of the largest probability inside an interval; None where nothing was judged."""
    rows = np.flatnonzero((start_us >= inside.start) & (start_us < inside.end) & ~np.isnan(probability))
    if not len(rows):
        return None
    top = rows[np.argmax(probability[rows])]
    return float(lower[top]), float(upper[top])


def _day(r: DayRow, rates: PeriodRates, chart: Chart) -> Json:
    of_day = rates.of_day(r)
    none = of_day.value is None or not math.isfinite(of_day.high or 0.0)
    return {
        "short": r.day.short,
        "title": r.day.title,
        "note": f"{r.day.note}; {TWICE}" if is_shown_twice(r.day) else r.day.note,
        "t0": r.day.interval.start,
        "t1": r.day.interval.end,
        "pieces": [[s.interval.start, s.interval.end, s.from_us, s.scale] for s in stretches(r.day)],
        "worn": decimal_hours(r.worn_us),
        "judged": length(r.judged_us),
        "looked": r.judged_us > 0,
        "flags": r.flags,
        "unsure": r.unsure,
        "valid": chart.validity.holds(r) if chart.clock.has_date and len(chart.parts.now) > 1 else None,
        "rate": None if none else of_day.value,
        "low": None if none else of_day.low,
        "high": None if none else of_day.high,
        "no_rate": _no_rate(r, rates) if none else None,
    }


def _no_rate(r: DayRow, rates: PeriodRates) -> str:
    """In a few words, for one row beside others."""
    if not r.judged_us:
        return "not judged"
    return "no rate" if rates.never else NOT_ENOUGH if r.worn_us < ENOUGH_US else "too little judged"


def _episode(e: EpisodeRow) -> list[Any]:  # mixed JSON values, short because there may be thousands
    sure = e.certainty != "unsure"
    return [e.id, e.interval.start, e.interval.end, round(e.peak, 4), round(e.mean, 4), sure, e.verdict, e.reviewer]


def _mean(r: Rate, label: str) -> Json | None:
    if r.value is None:
        return None
    return {"value": r.value, "low": r.low, "high": r.high, "label": label, "text": number(r.value)}


def _pairs(spans: Intervals) -> list[list[int]]:
    return [[i.start, i.end] for i in spans]


def _day_of(chart: Chart, at_us: int) -> int:
    rows = chart.parts.now
    found = (k for k, r in enumerate(rows) if r.day.interval.start <= at_us < r.day.interval.end)
    return next(found, len(rows) - 1)
