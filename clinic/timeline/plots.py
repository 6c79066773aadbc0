"""The raster and the dose relation as plotly figures; import only where they are drawn, plotly is slow to load."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from clinic.timeline.chart import Chart, colour_of
from clinic.timeline.clock import HOUR_US, length
from clinic.timeline.doses import DoseRelation
from clinic.timeline.face import axis_us, twice_words
from clinic.timeline.lane import DayRow
from data.intervals import Intervals

_LAYOUT: dict[str, Any] = {  # plotly's own free form
    "template": "simple_white",
    "font": {"family": "Source Sans, Source Sans Pro, Inter, system-ui", "size": 13, "color": "#1F2933"},
    "margin": {"l": 70, "r": 12, "t": 36, "b": 40},
    "hoverlabel": {"font": {"size": 13}},
}


def raster_figure(chart: Chart) -> go.Figure:
    """Day by time of day: not worn, flags, unsure ones and doses, each a trace of lines or markers."""
    rows, name = chart.parts.now, chart.lane.phenomenon
    twice = twice_words([r.day for r in rows])
    fill, _, _ = colour_of(name)
    figure = go.Figure()
    figure.add_trace(_bars(rows, [r.lane.not_worn for r in rows], "not worn", "#CBD2D8", 8))
    for certain, label, symbol in ((True, "flag", "line-ns"), (False, "unsure, not counted", "x-thin")):
        x, y, words = [], [], []
        for r in rows:
            for e in r.lane.episodes:
                if (e.certainty != "unsure") == certain:
                    x.append(axis_us(r.day, e.interval.start) / HOUR_US)
                    y.append(r.day.short)
                    words.append(
                        f"{chart.clock.time(e.interval.start)}, {length(e.interval.duration)}, peak {e.peak:.2f}"
                    )
        marker = {"symbol": symbol, "size": 11, "color": fill, "line": {"width": 2, "color": fill}}
        figure.add_trace(
            go.Scatter(
                x=x, y=y, mode="markers", name=label, marker=marker, text=words, hovertemplate="%{text}<extra></extra>"
            )
        )
    taken = [(r, d) for r in rows for d in chart.doses if r.day.interval.start <= d.taken_us < r.day.interval.end]
    figure.add_trace(
        go.Scatter(
            x=[axis_us(r.day, d.taken_us) / HOUR_US for r, d in taken],
            y=[r.day.short for r, _ in taken],
            mode="markers",
            name="dose",
            marker={"symbol": "triangle-down", "size": 9, "color": "#0072B2"},
            text=[f"{chart.clock.time(d.taken_us, seconds=False)} {d.what}" for _, d in taken],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.update_layout(
        **_LAYOUT,
        title=f"{name.capitalize()}, day by time of day",
        height=120 + 24 * len(rows),
        legend={"orientation": "h", "y": -0.12},
        xaxis={"range": [0, 24], "dtick": 2, "title": "; ".join(filter(None, ("hour of the day", twice)))},
        yaxis={"autorange": "reversed", "type": "category", "categoryarray": [r.day.short for r in rows]},
    )
    return figure


def dose_figure(relation: DoseRelation, phenomenon: str) -> go.Figure:
    """Flags per judged hour in each class of time since a dose, with the intervals as whiskers."""
    fill, _, _ = colour_of(phenomenon)
    known = [c for c in relation.classes if c.rate.value is not None]
    above = [(c.rate.high or 0.0) - (c.rate.value or 0.0) for c in known]
    below = [(c.rate.value or 0.0) - (c.rate.low or 0.0) for c in known]
    figure = go.Figure(
        go.Scatter(
            x=[f"{c.name}<br>{c.base}" for c in known],
            y=[c.rate.value for c in known],
            mode="markers",
            marker={"size": 9, "color": fill},
            error_y={"array": above, "arrayminus": below, "color": "#1F2933", "thickness": 1.6, "width": 0},
            text=[c.rate.words for c in known],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.update_layout(**_LAYOUT, title="Flags per judged hour against time since the last dose", height=320)
    figure.update_yaxes(rangemode="tozero")
    return figure


def _bars(rows: tuple[DayRow, ...], spans: list[Intervals], name: str, colour: str, width: int) -> go.Scatter:
    """Stretches of each day as thick lines, broken by None so that no two are joined."""
    x: list[float | None] = []
    y: list[str | None] = []
    for r, parts in zip(rows, spans, strict=True):
        for i in parts:
            x += [axis_us(r.day, i.start) / HOUR_US, axis_us(r.day, i.end - 1) / HOUR_US, None]
            y += [r.day.short, r.day.short, None]
    line = {"color": colour, "width": width}
    return go.Scatter(x=x, y=y, mode="lines", name=name, line=line, hoverinfo="skip", connectgaps=False)
