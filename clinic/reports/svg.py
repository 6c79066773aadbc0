"""The pictures of a report as SVG text: vectors, no fonts, no scripts, legible in grey print."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from clinic.reports.content import Shown
from clinic.reports.raster import Raster, Strip
from clinic.store.rows import EpisodeRow
from clinic.timeline.doses import DoseRelation
from clinic.timeline.lane import UNSURE
from clinic.timeline.rates import number
from data.intervals import Interval, Intervals, intersect

WIDTH = 682
_LEFT, _RIGHT = 50, 669
_DOSE = "#0072B2"
_STYLE = (
    # In the picture, not in the page: WeasyPrint reads styles of a picture only there.
    "<style>text{fill:#626D78;font-size:10.5px;"
    "font-family:'Source Sans 3','Source Sans Pro','Source Sans',Inter,"
    "'Segoe UI','Helvetica Neue',Arial,'Liberation Sans',sans-serif}"
    ".name{font-size:11.5px;fill:#1F2933}.key{font-size:11px;fill:#48535E}.small{font-size:9.5px}"
    ".value{font-size:11.5px;font-weight:600;fill:#1F2933}.grid,.rule{stroke:#EDF0F3;fill:none}"
    ".worn{stroke:#9BA6B1;fill:none}.whisker{stroke:#1F2933;stroke-width:1.3;fill:none}"
    ".trace{stroke:#1F2933;stroke-width:.8;fill:none}</style>"
)
_MANY = 10
"""From this many rows on they are drawn closer."""


def raster_svg(raster: Raster) -> str:
    """Rows of time with wear, flags, doses and (when short) the probability."""
    row_h, top = (42 if raster.has_trace else 23 if len(raster.strips) <= _MANY else 13), 18
    if raster.has_trace and len(raster.strips) > 5:
        row_h = 32
    bottom = top + row_h * len(raster.strips)
    parts = [_defs(raster.fill)]
    for share, label in raster.axis:
        x = _x(share)
        anchor = "start" if raster.has_trace and share == 0 else "end" if raster.has_trace and share == 1 else "middle"
        parts.append(f'<path d="M{x:.1f} {top - 4}V{bottom}" class="grid"/>')
        parts.append(f'<text x="{x:.1f}" y="{top - 8}" text-anchor="{anchor}" class="tick">{escape(label)}</text>')
    for k, strip in enumerate(raster.strips):
        parts += _row(strip, raster, top + k * row_h, row_h)
    height = bottom + 4
    label = f"{len(raster.strips)} rows of time; flags are ticks, the table below has their numbers"
    return (
        f'<svg class="raster" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{_STYLE}{"".join(parts)}</svg>'
    )


def _defs(fill: str, prefix: str = "") -> str:
    """The hatches; each picture has its own, since WeasyPrint finds them nowhere else."""
    return (
        f'<defs><pattern id="{prefix}nw" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#F7F8F9"/><path d="M0 0V6" stroke="#CBD2D8" stroke-width="2"/></pattern>'
        f'<pattern id="{prefix}us" width="3" height="3" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="3" height="3" fill="#FFF"/><path d="M0 0V3" stroke="{fill}" stroke-width="2"/></pattern></defs>'
    )


def _x(share: float) -> float:
    return _LEFT + share * (_RIGHT - _LEFT)


def _spans(strip: Strip, spans: Intervals) -> Iterable[tuple[float, float]]:
    """Left and right of each part of the spans that the strip shows."""
    for piece, low, high in strip.pieces:
        scale = (high - low) / piece.duration
        for part in intersect(spans, [piece]):
            yield _x(low + (part.start - piece.start) * scale), _x(low + (part.end - piece.start) * scale)


def _row(strip: Strip, raster: Raster, y: float, h: float) -> list[str]:
    base, height = (y + h - 4, h - 6) if h > 20 else (y + h - 2, h - 3)
    name = "name" if h > 20 else "tick"
    out = [
        f'<path d="M0 {y + h:.1f}H{_RIGHT}" class="rule"/>',
        f'<text x="0" y="{y + h - (7 if h > 20 else 4):.1f}" class="{name}">{escape(strip.label)}</text>',
    ]
    out += _wear(strip, y + h - (7 if h > 20 else 3), base, height)
    unjudged = tuple(i for i, reason in strip.lane.not_judged if reason != UNSURE)
    for a, b in _spans(strip, unjudged):
        if b - a >= 1:
            out.append(
                f'<rect x="{a:.1f}" y="{base - height * 0.45:.1f}" width="{b - a:.1f}" height="{height * 0.45:.1f}" '
                'fill="none" stroke="#7A8691" stroke-width=".8" stroke-dasharray="1 2"/>'
            )
    for e in sorted(strip.lane.episodes, key=lambda e: e.certainty != UNSURE):  # the sure ones on top
        out += _episode(strip, raster, e, base, height)
    if raster.has_trace:
        out += _trace(strip, raster, base, height)
    for at in strip.doses:
        for a, _ in _spans(strip, (Interval(at, at + 1),)):
            out.append(
                f'<path d="M{a:.1f} {base}V{base - height:.1f}" stroke="{_DOSE}" stroke-width="1.2"/>'
                f'<path d="M{a - 4:.1f} {base - height - 1:.1f}h8l-4 6z" fill="{_DOSE}"/>'
            )
    return out


def _wear(strip: Strip, words_y: float, base: float, height: float) -> list[str]:
    """Worn, not worn and gaps; a row without any of it says so, else it looks like a day without flags."""
    out = []
    if not strip.lane.recorded:
        out.append(f'<text x="{_LEFT + 6}" y="{words_y:.1f}" class="small">not recorded</text>')
    for a, b in _spans(strip, strip.lane.not_worn):
        out.append(f'<rect x="{a:.1f}" y="{base - height:.1f}" width="{b - a:.1f}" height="{height}" fill="url(#nw)"/>')
    for a, b in _spans(strip, strip.lane.gaps):
        out.append(
            f'<path d="M{a:.1f} {base - height:.1f}V{base}M{b:.1f} {base - height:.1f}V{base}" '
            'stroke="#9BA6B1" stroke-dasharray="1.5 2" fill="none"/>'
        )
    for a, b in _spans(strip, strip.lane.worn):
        out.append(f'<path d="M{a:.1f} {base}H{b:.1f}" class="worn"/>')
    return out


def _episode(strip: Strip, raster: Raster, e: EpisodeRow, base: float, height: float) -> list[str]:
    out = []
    unsure = e.certainty == UNSURE
    for a, b in _spans(strip, (e.interval,)):
        if raster.has_trace:
            paint = 'fill="url(#us)"' if unsure else f'fill="{raster.fill}" fill-opacity=".22"'
            out.append(
                f'<rect x="{a:.1f}" y="{base - height:.1f}" width="{max(b - a, 1):.1f}" height="{height}" {paint}/>'
            )
            bar = 'fill="url(#us)"' if unsure else f'fill="{raster.fill}"'
            out.append(f'<rect x="{a:.1f}" y="{base:.1f}" width="{max(b - a, 1):.1f}" height="3" {bar}/>')
            continue
        tall = height * (0.45 if unsure else tick_share(e.interval.duration))
        width = max(b - a, 4.0 if unsure else 1.8)
        paint = f'fill="url(#us)" stroke="{raster.fill}" stroke-width=".7"' if unsure else f'fill="{raster.fill}"'
        out.append(f'<rect x="{a:.1f}" y="{base - tall:.1f}" width="{width:.1f}" height="{tall:.1f}" {paint}/>')
        break  # an episode over midnight or a change of the clock is one tick
    return out


def tick_share(duration_us: int) -> float:
    """Height of a tick as a share of the row: logarithmic from 2 s (0.25) to 40 s (1)."""
    share = math.log(max(duration_us, 1) / 2e6) / math.log(20)
    return 0.25 + 0.75 * min(1.0, max(0.0, share))


def _trace(strip: Strip, raster: Raster, base: float, height: float) -> list[str]:
    """Probability over each piece; the line stops where nothing was judged or samples are missing."""
    out = []
    for piece, low, high in strip.pieces:
        scale = (high - low) / piece.duration
        path, last = [], None
        for at, p in zip(strip.at_us.tolist(), strip.probability.tolist(), strict=True):
            if math.isnan(p) or not piece.start <= at < piece.end:
                last = None
                continue
            joined = last is not None and at - last < 1_000_000
            path.append(f"{'L' if joined else 'M'}{_x(low + (at - piece.start) * scale):.1f} {base - p * height:.1f}")
            last = at
        if path:
            out.append(f'<path d="{"".join(path)}" class="trace"/>')
    if raster.threshold is not None:
        for a, b in _spans(strip, strip.lane.judged):
            y = base - raster.threshold * height
            out.append(
                f'<path d="M{a:.1f} {y:.1f}H{b:.1f}" stroke="{raster.ink}" stroke-width=".7" stroke-dasharray="3 3"/>'
            )
    return out


def key_svg(raster: Raster, *, has_doses: bool) -> str:
    """What the signs of the picture mean, in one line."""
    parts, x = [], 50.0

    def say(sign: str, text: str, width: float) -> None:
        nonlocal x
        parts.append(
            f'<g transform="translate({x:.0f} 0)">{sign}<text x="16" y="11" class="key">{escape(text)}</text></g>'
        )
        x += width

    fill = raster.fill
    if raster.has_trace:
        say(
            f'<rect width="11" height="11" y="1" fill="{fill}" fill-opacity=".22"/>'
            f'<rect width="11" height="3" y="10" fill="{fill}"/>',
            "flag",
            52,
        )
        say('<path d="M0 9L4 4L8 7L12 2" class="trace"/>', "probability", 84)
        if raster.threshold is not None:
            say(
                f'<path d="M0 7H12" stroke="{raster.ink}" stroke-dasharray="3 3" fill="none"/>',
                f"threshold {raster.threshold:.2f}",
                96,
            )
    else:
        ticks = "".join(
            f'<rect x="{4 * k}" y="{13 - 13 * tick_share(s * 1_000_000):.1f}" width="1.8" '
            f'height="{13 * tick_share(s * 1_000_000):.1f}" fill="{fill}"/>'
            for k, s in enumerate((2, 10, 40))
        )
        say(ticks, "flag, its height the length: 2, 10, 40 s", 228)
    say(
        f'<rect width="8" height="9" y="3" fill="url(#key-us)" stroke="{fill}" stroke-width=".7"/>',
        "unsure, not counted",
        130,
    )
    if has_doses:
        say(f'<path d="M5 13V2" stroke="{_DOSE}"/><path d="M1 1h8l-4 6z" fill="{_DOSE}"/>', "dose taken", 82)
    say('<rect width="12" height="10" y="2" fill="url(#key-nw)"/>', "not worn", 70)
    say('<rect width="12" height="8" y="3" fill="none" stroke="#7A8691" stroke-dasharray="1 2"/>', "not judged", 80)
    if any(tuple(_spans(strip, strip.lane.gaps)) for strip in raster.strips):
        say('<path d="M1 2V13M11 2V13" stroke="#9BA6B1" stroke-dasharray="1.5 2" fill="none"/>', "gap", 36)
    inside = _STYLE + _defs(fill, "key-") + "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} 16" width="{WIDTH}" height="16" aria-hidden="true">{inside}</svg>'


def dose_svg(relation: DoseRelation, fill: str) -> str:
    """Flags per judged hour against the time since a dose: dot, whisker, number, and ``n in h`` below."""
    width, left, top, bottom = 326, 28, 22, 148
    known = [c.rate for c in relation.classes if c.rate.value is not None]
    most = max((r.high or 0.0 for r in known), default=1.0) or 1.0
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 10**9) if most / s <= 5)
    peak = math.ceil(most / step) * step
    parts = [f'<text x="{left}" y="10" class="tick">flags per judged hour, 95 % interval</text>']
    for k in range(round(peak / step) + 1):
        y = bottom - k * step / peak * (bottom - top)
        parts.append(f'<path d="M{left} {y:.1f}H{width}" class="{"worn" if k == 0 else "grid"}"/>')
        parts.append(f'<text x="{left - 6}" y="{y + 3.5:.1f}" text-anchor="end" class="tick">{k * step:g}</text>')
    gap = (width - left) / len(relation.classes)
    for k, c in enumerate(relation.classes):
        x, r = left + (k + 0.45) * gap, c.rate
        parts.append(f'<text x="{x:.0f}" y="{bottom + 13}" text-anchor="middle" class="tick">{escape(c.name)}</text>')
        parts.append(f'<text x="{x:.0f}" y="{bottom + 25}" text-anchor="middle" class="small">{escape(c.base)}</text>')
        if r.value is None or r.low is None or r.high is None:
            parts.append(f'<text x="{x:.0f}" y="{bottom - 8}" text-anchor="middle" class="small">too little</text>')
            continue
        y, y_low, y_high = (bottom - v / peak * (bottom - top) for v in (r.value, r.low, r.high))
        parts.append(
            f'<path d="M{x:.1f} {y_low:.1f}V{y_high:.1f}" class="whisker"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{fill}"/>'
            f'<text x="{x + 7:.1f}" y="{y + 4:.1f}" class="value">{number(r.value)}</text>'
        )
    parts.append(
        f'<text x="{(left + width) / 2:.0f}" y="{bottom + 39}" text-anchor="middle" class="tick">'
        "time since the last dose</text>"
    )
    height = bottom + 44
    said = "; ".join(f"{c.name}: {c.rate.words}, {c.base}" for c in relation.classes)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(said, quote=True)}">{_STYLE}{"".join(parts)}</svg>'
    )


def strip_svg(shown: Shown, fill: str) -> str:
    """The raw signal about a flag, an axis a line, the flag as a wash behind it."""
    width, high = 300, 22
    bottom = high * len(shown.traces)
    a, b = (width * x for x in shown.inside)
    parts = [
        f'<rect x="{a:.1f}" y="0" width="{max(1.5, b - a):.1f}" height="{bottom}" fill="{fill}" fill-opacity=".14"/>',
        f'<rect x="{a:.1f}" y="{bottom + 1}" width="{max(1.5, b - a):.1f}" height="3" fill="{fill}"/>',
    ]
    for row, pieces in enumerate(shown.traces):
        for points in pieces:
            line = " ".join(f"{width * x:.1f},{high * (row + 1 - y):.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="#1F2933" stroke-width=".6"/>')
    title = escape(f"Raw acceleration about the flag of {shown.title}", quote=True)
    return f'<svg viewBox="0 0 {width} {bottom + 5}" role="img" aria-label="{title}">{"".join(parts)}</svg>'
