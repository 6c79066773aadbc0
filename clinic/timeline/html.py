"""The pages' own HTML: answer, trust strip, work list, tables, the dose chart. All text is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode

from clinic.store.rows import DoseRow, EpisodeRow
from clinic.timeline.chart import colour_of
from clinic.timeline.clock import WallClock, length
from clinic.timeline.doses import DoseRelation, since_dose
from clinic.timeline.rates import Change, number
from clinic.timeline.worklist import RULE, Bar, Look

TONES = {"good": "●", "check": "▲", "off": "◌"}
_HATCH = (
    '<pattern id="nw" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#F7F8F9"/><path d="M0 0V5" stroke="#CBD2D8" stroke-width="2"/></pattern>'
)


def answer_html(kicker: str, first: str, second: str) -> str:
    """The page's answer: a small line, the sentence in bold, the second one under it."""
    above = f'<div class="mw-kicker">{kicker}</div>' if kicker else ""
    return f'{above}<h1 class="mw-answer">{escape(first)}<br><span>{escape(second)}</span></h1>'


def strip_html(items: Sequence[tuple[str, str, str]]) -> str:
    """The trust strip: ``(tone, bold, rest)``; the tone's sign never stands without words."""
    cells = "".join(
        f'<span class="mw-{tone or "plain"}">{f"<i>{TONES[tone]}</i> " if tone in TONES else ""}'
        f"<b>{escape(bold)}</b>{escape(rest)}</span>"
        for tone, bold, rest in items
    )
    return f'<div class="mw-strip" role="status">{cells}</div>'


def empty_html(title: str, text: str) -> str:
    """What to say, and do next, where there is nothing to show."""
    return f'<div class="mw-empty"><b>{escape(title)}</b><p>{escape(text)}</p></div>'


def link(path: str, **query: str) -> str:
    """A stable address inside the application, escaped for an attribute."""
    return escape(f"{path}?{urlencode(query)}", quote=True)


def work_list_html(looks: Sequence[Look]) -> str:
    """The table of patients: a row reads left to right as an argument."""
    top_bar = max((b.value for x in looks for b in x.bars), default=0.0)
    top_rate = max((x.now.high or 0.0 for x in looks if x.now), default=1.0) or 1.0
    rows: list[str] = []
    parted = not any(x.needs_look for x in looks)
    for x in looks:
        if not x.needs_look and not parted:
            parted = True
            rows.append('<tr class="part"><td colspan="8">Nothing pressing, longest unseen first</td></tr>')
        rows.append(_work_row(x, top_bar, top_rate))
    head = (
        '<th>patient</th><th style="width:150px">last 14 days, a bar a day<br>before · <b>last 7</b></th>'
        '<th class="r n">flags per judged<br>hour, last 7 days</th>'
        f'<th style="width:118px"><span style="float:right">{number(top_rate)}</span>0</th>'
        '<th>against the<br>days before</th><th class="r">wear</th><th>to review, and why it stands here</th>'
        '<th class="r">last look</th>'
    )
    return (
        f'<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>{_HATCH}</defs></svg>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f'<p class="s">{escape(RULE)} Hatched: not worn. Dotted: not judged, or no rate.</p>'
    )


def _work_row(x: Look, top_bar: float, top_rate: float) -> str:
    fill, _, _ = colour_of(x.phenomenon)
    code = escape(x.patient.code)
    if x.now is not None and x.now.value is not None:
        interval = x.now.words.partition(" ")[2]
        rate_cells = (
            f'<td class="r n"><span class="big">{number(x.now.value)}</span> <span class="soft">{interval}</span></td>'
            f"<td>{_whisker(x.now.low or 0.0, x.now.value, x.now.high or 0.0, top_rate, fill)}</td>"
            f"<td>{_turned(x.turned)}</td>"
        )
    else:
        rate_cells = f'<td colspan="3" class="soft">{escape(x.no_rate)}</td>'
    bars = _bars(x.bars, top_bar, fill) if x.phenomenon else ""  # without an analysis nothing is known of dates
    wear = "<br>".join(
        f'<span class="n">{escape(part)}</span>' for part in x.wear.replace(" a day", "|a day").split("|")
    )
    simulated = ' <span class="s">simulated</span>' if x.patient.is_simulated else ""
    why = f'<br><span class="s">{escape(x.why)}</span>' if x.why else ""
    to_do = f"<b>{escape(x.to_do)}</b>" if x.to_do != "none" else '<span class="soft">none</span>'
    return (
        f'<tr data-row="{code}"><td><a href="{link("timeline", patient=x.patient.code)}"><b>{code}</b></a>{simulated}'
        f'<br><span class="s">{escape(x.phenomenon)}</span></td><td>{bars}</td>{rate_cells}'
        f'<td class="r">{wear}</td><td>{to_do}{why}</td><td class="r soft">{escape(x.seen)}</td></tr>'
    )


def _turned(turned: Change | None) -> str:
    if turned is None:
        return '<span class="s">nothing to compare</span>'
    up = turned.is_supported and turned.low > 1
    sign = "▲" if up else "▼" if turned.is_supported else "–"
    word = escape(turned.word)
    return f'{sign} {f"<b>{word}</b>" if turned.is_supported else word}<br><span class="s n">{turned.words}</span>'


def _bars(bars: Sequence[Bar], top: float, fill: str) -> str:
    if not bars:
        return '<span class="s">no dates in these files</span>'
    width, height, parts = 10, 30, []
    for k, b in enumerate(bars):
        x = k * width + (8 if k >= len(bars) // 2 else 0)
        title = f"<title>{escape(b.title)}</title>"
        if b.state == "rate":
            h = max(1.5, b.value / top * (height - 2)) if top else 1.5
            paint = f'fill="{fill}"' if b.is_recent else f'fill="#FFF" stroke="{fill}"'
            shape = f'<rect x="{x + 0.5}" y="{height - h:.1f}" width="7" height="{h:.1f}" {paint}>{title}</rect>'
        elif b.state == "not worn":
            shape = f'<rect x="{x}" y="{height - 9}" width="8" height="9" fill="url(#nw)">{title}</rect>'
        elif b.state == "not judged":
            shape = (
                f'<rect x="{x + 0.5}" y="{height - 9}" width="7" height="8.5" fill="none" stroke="#7A8691" '
                f'stroke-dasharray="1 2">{title}</rect>'
            )
        else:
            shape = f'<rect x="{x}" y="{height - 1}" width="8" height="1" fill="#DCE1E6">{title}</rect>'
        parts.append(shape)
    return (
        f'<svg width="{len(bars) * width + 8}" height="{height}" role="img" aria-label="rate day by day">'
        f"{''.join(parts)}</svg>"
    )


def _whisker(low: float, value: float, high: float, top: float, fill: str, width: int = 116) -> str:
    def at(v: float) -> float:
        return round(4 + v / top * (width - 8), 1)

    return (
        f'<svg width="{width}" height="14" role="img" aria-label="{number(value)}, {number(low)} to {number(high)}">'
        f'<path d="M4 7H{width - 4}" stroke="#EDF0F3"/>'
        f'<path d="M{at(low)} 7H{at(high)}" stroke="#1F2933" stroke-width="1.6"/>'
        f'<circle cx="{at(value)}" cy="7" r="3.6" fill="{fill}"/></svg>'
    )


def episodes_html(
    episodes: Sequence[EpisodeRow], doses: Sequence[DoseRow], clock: WallClock, patient: str, most: int
) -> str:
    """Flags, longest first; the start is a link that opens the window."""
    chosen = sorted(episodes, key=lambda e: (-e.interval.duration, e.interval.start))[:most]
    rows = []
    for e in chosen:
        verdict = {"": "not reviewed", "edges": "edges to correct"}.get(e.verdict, e.verdict)
        by = f", {e.reviewer}" if e.verdict and e.reviewer else ""
        start = clock.time(e.interval.start)
        when = f"{clock.day(e.interval.start)} {start}" if clock.has_date else start
        rows.append(
            f'<tr data-row="{escape(e.id)}"><td><a href="{link("timeline", patient=patient, episode=e.id)}">'
            f'{escape(when)}</a></td><td class="r"><b>{length(e.interval.duration)}</b></td>'
            f'<td class="r">{e.peak:.2f}</td><td class="r">{since_dose(e.interval.start, doses, clock)}</td>'
            f"<td>{escape('unsure, not counted' if e.certainty == 'unsure' else '')}</td>"
            f"<td>{escape(verdict + by)}</td></tr>"
        )
    head = (
        '<th>start</th><th class="r">length</th><th class="r">peak</th><th class="r">since dose</th>'
        "<th></th><th>reviewed</th>"
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def dose_chart_html(relation: DoseRelation, phenomenon: str) -> str:
    """Flags per judged hour against time since a dose: dot, whisker, numbers, and ``n in h`` under each class."""
    fill, _, _ = colour_of(phenomenon)
    width, height, left, bottom = 500, 230, 40, 180
    # Attributes, not classes: the page's HTML filter drops a style element, and the drawing with it.
    small, plain = 'font-size="12" fill="#626D78"', 'font-size="12.5" fill="#1F2933"'
    top = max((c.rate.high or 0.0 for c in relation.classes if c.rate.value is not None), default=1.0) or 1.0
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 10**9) if top / s <= 5)
    parts, line = [], 0.0
    while line <= top + step:
        y = bottom - line / (top + step) * 165
        parts.append(
            f'<path d="M{left} {y:.1f}H{width}" stroke="{"#9BA6B1" if line == 0 else "#EDF0F3"}"/>'
            f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" {small}>{line:g}</text>'
        )
        line += step
    gap = (width - left) / len(relation.classes)
    for k, c in enumerate(relation.classes):
        x, r = left + (k + 0.4) * gap, c.rate
        parts.append(
            f'<text x="{x:.0f}" y="{bottom + 18}" text-anchor="middle" {plain}>{escape(c.name)}</text>'
            f'<text x="{x:.0f}" y="{bottom + 34}" text-anchor="middle" {small}>{escape(c.base)}</text>'
        )
        if r.value is None or r.low is None or r.high is None:
            parts.append(f'<text x="{x:.0f}" y="{bottom - 8}" text-anchor="middle" {small}>too little</text>')
            continue
        y, y1, y2 = (bottom - v / (top + step) * 165 for v in (r.value, r.low, r.high))
        parts.append(
            f'<path d="M{x:.1f} {y1:.1f}V{y2:.1f}" stroke="#1F2933" stroke-width="1.6"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}"/>'
            f'<text x="{x:.1f}" y="{y2 - 7:.1f}" text-anchor="middle" {plain}>'
            f'<tspan font-weight="650">{number(r.value)}</tspan> '
            f"{escape(r.words.partition(' ')[2])}</text>"
        )
    label = "; ".join(f"{c.name}: {c.rate.words}, {c.base}" for c in relation.classes)
    return (
        f'<svg viewBox="0 0 {width + 30} {height}" style="width:100%;max-width:{width + 30}px" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>'
    )
