"""Old and new flags as mirrored lanes on one axis of time, and the curve of marks: drawn as SVG, text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from clinic.review.compare import Comparison
from clinic.review.kshot import Shot
from clinic.review.marking import colour
from clinic.timeline.clock import HOUR_US, MINUTE_US, SECOND_US, WallClock, length
from clinic.timeline.face import axis_us, twice_words
from data.intervals import Interval

WIDTH, LEFT, ROW, TOP = 640, 56, 30, 18
BOTH, SOFT, RULE, FAINT = "#7A8691", "#626D78", "#DCE1E6", "#EDF0F3"
_STEPS = tuple(s * SECOND_US for s in (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400))
_CURVE = (296, 120)
LEAST = 2.5
"""Width of a flag, at the least."""


def lanes_html(found: Comparison, recorded: Interval, clock: WallClock, phenomenon: str) -> str:
    """A row a day, old flags above its line and new ones below; only what differs has the phenomenon's colour.

    Parameters
    ----------
    recorded
        From the first sample to the last; the axis is a whole day where this is longer than one.
    """
    days = clock.days(recorded)
    fill, ink, _ = colour(phenomenon)
    whole = len(days) > 1
    axis = Interval(0, 24 * HOUR_US) if whole else recorded
    rows = [_axis(axis, clock, whole=whole, height=TOP + ROW * len(days))]
    for n, day in enumerate(days):
        middle = TOP + ROW * n + ROW / 2
        name = escape(day.short) if whole else ""
        rows.append(f'<text x="0" y="{middle + 4}" font-weight="650" fill="#1F2933">{name}</text>')
        rows.append(f'<path d="M{LEFT} {middle}H{WIDTH}" stroke="{RULE}"/>')
        if n == 0:
            rows += [
                f'<text x="{LEFT - 6}" y="{middle + dy}" text-anchor="end" fill="{SOFT}">{word}</text>'
                for word, dy in (("old", -3), ("new", 11))
            ]
        there: set[tuple[int, bool, str]] = set()
        for span, is_new, look in _drawn(found):
            if not day.interval.start <= span.start < day.interval.end:
                continue
            at, end = (axis_us(day, span.start), axis_us(day, span.end - 1)) if whole else (span.start, span.end)
            x = _x(at, axis)
            w = max(LEAST, _x(end, axis) - x)
            place = (round(x), is_new, look)
            if w > LEAST or place not in there:  # of short ones at one place one is seen: thousands may lie there
                rows.append(_flag(span, clock, x, w, middle, is_new=is_new, look=look, fill=fill, ink=ink))
            there.add(place)
    twice = "".join(f". {words}" for words in [twice_words(days)] if whole and words)
    legend = (
        f'<div class="s">old above the line, new below; {_key(BOTH, BOTH)} in both {_key(fill, ink)} appeared '
        f"{_key('none', ink)} vanished; both: moved{escape(twice)}</div>"
    )
    return (
        f'<svg width="100%" viewBox="0 0 {WIDTH} {TOP + ROW * len(days)}" font-size="11.5" role="img" '
        f'aria-label="Old and new flags on one axis of time">{"".join(rows)}</svg>{legend}'
    )


def curve_html(found: Sequence[Shot], phenomenon: str) -> str:
    """F1 against marked episodes, with its intervals as whiskers; empty without a curve."""
    if not found:
        return ""
    (w, h), (fill, ink, _) = _CURVE, colour(phenomenon)
    xs = [34 + (w - 60) * (n + 0.5) / len(found) for n in range(len(found))]

    def y(value: float) -> float:
        return 8 + (h - 32) * (1 - value)

    rows = [
        f'<path d="M34 {y(v):.1f}H{w}" stroke="{FAINT}"/><text x="28" y="{y(v) + 4:.1f}" text-anchor="end" '
        f'fill="{SOFT}">{v:.1f}</text>'
        for v in (0.0, 0.5, 1.0)
    ]
    if found[-1].gain is not None:
        was = found[-1].f1.value - found[-1].gain.value
        rows.append(f'<path d="M34 {y(was):.1f}H{w}" stroke="{SOFT}" stroke-dasharray="3 3"/>')
        rows.append(f'<text x="{w}" y="{y(was) - 4:.1f}" text-anchor="end" fill="{SOFT}">as it is</text>')
    for x, s in zip(xs, found, strict=True):
        rows.append(f'<path d="M{x:.1f} {y(s.f1.low):.1f}V{y(s.f1.high):.1f}" stroke="{ink}" stroke-width="1.4"/>')
        rows.append(f'<circle cx="{x:.1f}" cy="{y(s.f1.value):.1f}" r="4" fill="{fill}" stroke="{ink}"/>')
        rows.append(f'<text x="{x:.1f}" y="{h - 9}" text-anchor="middle" fill="{SOFT}">{s.episodes}</text>')
    line = "L".join(f"{x:.1f} {y(s.f1.value):.1f}" for x, s in zip(xs, found, strict=True))
    rows.append(f'<path d="M{line}" fill="none" stroke="{ink}"/>')
    return (
        f'<svg width="{w}" height="{h}" font-size="11.5" role="img" aria-label="F1 by marked episodes">{"".join(rows)}'
        f'</svg><div class="s">F1 of half seconds, by marked episodes that taught</div>'
    )


def _drawn(found: Comparison) -> list[tuple[Interval, bool, str]]:
    """Each flag, whether it is a new one, and how it is drawn."""
    out = [(span, is_new, "both") for span in found.stayed for is_new in (False, True)]
    out += [(before, False, "gone") for before, _ in found.moved] + [(after, True, "come") for _, after in found.moved]
    return out + [(s, False, "gone") for s in found.vanished] + [(s, True, "come") for s in found.appeared]


def _flag(
    span: Interval, clock: WallClock, x: float, w: float, middle: float, *, is_new: bool, look: str, fill: str, ink: str
) -> str:
    inside, edge = {"both": (BOTH, BOTH), "gone": ("#FFF", ink), "come": (fill, ink)}[look]
    words = f"{'new' if is_new else 'old'}: {clock.time(span.start, decimals=1)}, {length(span.duration)}"
    return (
        f'<rect x="{x:.1f}" y="{middle + 2 if is_new else middle - 12:.1f}" width="{w:.1f}" height="10" '
        f'fill="{inside}" stroke="{edge}"><title>{escape(words)}</title></rect>'
    )


def _axis(axis: Interval, clock: WallClock, *, whole: bool, height: int) -> str:
    step = next((s for s in _STEPS if axis.duration / s <= 8), _STEPS[-1])
    offset = 0 if whole else clock.offset_us(axis.start)
    first = -(-(axis.start + offset) // step) * step - offset
    out = []
    for at in range(first, axis.end + 1, step):
        words = f"{at // HOUR_US:02d}" if whole else clock.time(at, seconds=step < MINUTE_US)
        x = _x(at, axis)
        anchor = "end" if x > WIDTH - 16 else "middle"
        out.append(f'<path d="M{x:.1f} {TOP - 2}V{height}" stroke="{FAINT}"/>')
        out.append(f'<text x="{x:.1f}" y="11" text-anchor="{anchor}" fill="{SOFT}">{escape(words)}</text>')
    return "".join(out)


def _x(at_us: float, axis: Interval) -> float:
    return LEFT + (WIDTH - LEFT) * (at_us - axis.start) / axis.duration


def _key(fill: str, edge: str) -> str:
    return (
        '<svg width="8" height="11" style="display:inline;vertical-align:-1px">'
        f'<rect x=".5" y=".5" width="7" height="10" fill="{fill}" stroke="{edge}"/></svg>'
    )
