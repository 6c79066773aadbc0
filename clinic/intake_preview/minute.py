"""A minute of a file as a picture: the evidence for what was understood of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from clinic.timeline.clock import NO_DATE, WallClock
from data.recording import Stream

_CANDIDATES = 20
_COLUMNS = 660


def minute_svg(stream: Stream, clock: WallClock) -> tuple[str, str]:
    """The liveliest of some minutes of a stream as SVG, three axes of acceleration, and its caption."""
    index = [k for k, c in enumerate(stream.channels) if c.startswith("acc")][:3] or list(range(len(stream.channels)))[
        :3
    ]
    unit = "g" if stream.channels[index[0]].startswith("acc") else "°/s"
    segment = max(stream.segments, key=lambda s: s.n_samples)
    n = min(segment.n_samples, round(60 * segment.rate_hz))
    starts = sorted({round(k) for k in np.linspace(0, segment.n_samples - n, _CANDIDATES)})
    spread = [float(np.nanstd(segment.samples[a : a + n][:, index], axis=0).sum()) for a in starts]
    first = starts[int(np.nanargmax(spread))] if not np.all(np.isnan(spread)) else 0
    values = np.asarray(segment.samples[first : first + n][:, index], dtype=np.float64)
    begin = segment.time_us(first)
    end = begin + round(n * 1e6 / segment.rate_hz)
    caption = f"{stream.name.replace('-', ' ')}, {clock.time(begin)} – {clock.time(end)}"
    caption += f"; {NO_DATE}" if not clock.has_date else f", {clock.day(begin)}"
    return _traces(values, [stream.channels[k] for k in index], unit, [clock.time(begin), clock.time(end)]), caption


def _traces(values: NDArray[np.float64], names: Sequence[str], unit: str, ends: Sequence[str]) -> str:
    width, height, left, bottom = 720, 160, 44, 138
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    pad = max(0.02, (high - low) * 0.06)
    low, high = low - pad, high + pad

    def y(v: float) -> float:
        return round(bottom - (v - low) / (high - low) * (bottom - 8), 1)

    step = next(s for s in (0.1, 0.25, 0.5, 1, 2, 5, 10, 50, 100, 250, 500, 1000, 10**9) if (high - low) / s <= 5)
    parts: list[str] = []
    taken: list[float] = []
    for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1):
        parts.append(f'<path d="M{left} {y(k * step)}H{width}" stroke="#EDF0F3"/>')
        parts.append(f'<text x="{left - 6}" y="{y(k * step) + 4}" text-anchor="end">{k * step:g} {unit}</text>')
    columns = np.array_split(np.arange(len(values)), min(_COLUMNS, len(values)))
    for c, (name, ink) in enumerate(zip(names, ("#1F2933", "#626D78", "#9BA6B1"), strict=False)):
        path, pen = [], "M"
        for k, rows in enumerate(columns):
            v = values[rows, c]
            if not np.isfinite(v).all():
                pen = "M"
                continue
            x = left + (width - left) * k / max(1, len(columns) - 1)
            # Lowest then highest of the column: no spike is lost, whatever the rate.
            path.append(f"{pen}{x:.1f} {y(float(v.min()))}L{x:.1f} {y(float(v.max()))}")
            pen = "L"
        at = y(float(np.nanmean(values[: max(1, len(values) // 20), c]))) if np.isfinite(values[:, c]).any() else 20
        while any(abs(at - other) < 13 for other in taken):
            at += 13.0  # two names never lie on each other
        taken.append(at)
        parts.append(f'<path d="{"".join(path)}" stroke="{ink}" fill="none" stroke-width=".9"/>')
        parts.append(f'<text x="{left + 4}" y="{at - 5}" class="n">{escape(name.replace("_", " "))}</text>')
    parts.append(f'<text x="{left}" y="{height - 4}">{escape(ends[0])}</text>')
    parts.append(f'<text x="{width}" y="{height - 4}" text-anchor="end">{escape(ends[1])}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        "<style>text{font:12px Arial,Liberation Sans,sans-serif;fill:#626D78}.n{font-weight:650;fill:#1F2933}</style>"
        f"{''.join(parts)}</svg>"
    )
