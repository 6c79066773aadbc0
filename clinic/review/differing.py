"""Two annotators' labels of one stream side by side: who labelled, what they agree on, what a third has decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from clinic.review.agreement import Agreement, agreement, labelled_apart
from clinic.review.consensus import Consensus, Disagreement, consensus
from clinic.store.rows import DecisionRow, Label, LabelRow, LabelSource
from clinic.timeline.clock import WallClock
from clinic.timeline.window import Series
from data.intervals import Interval, Intervals, intersect
from data.recording import Stream

ALL, BETWEEN = "all of the recording", "from the first mark of either to the last"
"""What both are taken to have looked at: nobody keeps a record of that."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two annotators of one stream.

    Parameters
    ----------
    looked
        What both are taken to have looked at.
    """

    one: str
    two: str
    looked: Intervals
    agreement: tuple[Agreement, ...]
    consensus: Consensus


def raters(labels: Sequence[LabelRow], stream: str) -> list[str]:
    """Who labelled a stream themselves, by name; what a consensus made is nobody's own."""
    return sorted({x.rater for x in labels if x.stream == stream and x.source is not LabelSource.CONSENSUS})


def pair_of(stream: Stream, labels: Sequence[LabelRow], one: str, two: str, extent: str) -> Pair:
    """Compare two annotators over :data:`ALL` or :data:`BETWEEN`."""
    own = [x for x in labels if x.stream == stream.name and x.source is not LabelSource.CONSENSUS]
    first, second = ([x for x in own if x.rater == who] for who in (one, two))
    looked = tuple(s.interval for s in stream.segments)
    if extent == BETWEEN and (first or second):
        spans = [x.interval for x in (*first, *second)]
        looked = intersect(looked, [Interval(min(s.start for s in spans), max(s.end for s in spans))])
    found = agreement([labelled_apart(stream, first, second, looked, looked)])
    return Pair(one, two, looked, found, consensus(stream.name, first, second, looked))


def decided_so_far(pair: Pair, rows: Sequence[DecisionRow], decided_by: str) -> dict[Disagreement, Interval | None]:
    """What a third has decided of what is open now; a difference that has changed since is open again."""
    known = {d: d for d in pair.consensus.open}
    out: dict[Disagreement, Interval | None] = {}
    for row in rows:
        if row.raters != (pair.one, pair.two) or row.decided_by != decided_by:
            continue
        which = known.get(Disagreement(row.stream, row.label, row.one, row.two))
        if which is not None:
            out[which] = row.kept
    return out


def decided_otherwise(pair: Pair, final: Sequence[Label], labels: Sequence[LabelRow], third: str) -> list[LabelRow]:
    """What a third kept as labels where the two differ, and has decided otherwise since.

    Parameters
    ----------
    final
        The consensus as it is now.
    labels
        Of the recording.
    """
    kept = {(x.interval, x.label) for x in final}
    return [
        x
        for x in labels
        if (x.stream, x.rater, x.source) == (pair.consensus.stream, third, LabelSource.CONSENSUS)
        and (x.interval, x.label) not in kept
        and any(d.label == x.label and d.interval.overlaps(x.interval) for d in pair.consensus.open)
    ]


EDGE_US, EDGES = 100_000, 600
"""Between edges that a third may choose: a tenth of a second, more where there would be too many to slide over."""


def edges(d: Disagreement, shown: Interval, recorded: Intervals) -> tuple[int, ...]:
    """Where a third may set an edge of their own: in what is shown and its segment, and at the edges of the two."""
    segment = next((s for s in recorded if s.overlaps(d.interval)), shown)
    low, high = max(shown.start, segment.start), min(shown.end, segment.end)
    step = EDGE_US * -(-(high - low) // (EDGE_US * EDGES))
    marked = {t for s in (d.one, d.two) if s is not None for t in (s.start, s.end)}
    return tuple(sorted({*range(low, high, step), high, *marked}))


def picture(
    letters: Sequence[tuple[str, Sequence[Series]]],
    shown: Interval,
    d: Disagreement,
    names: tuple[str, str],
    clock: WallClock,
) -> str:
    """The raw signal about a difference, and under it a bar for each annotator, as SVG."""
    width, left, high = 1000, 90, 52
    bottom = high * len(letters)

    def x(us: float) -> float:
        return left + (us - shown.start) / shown.duration * (width - left)

    parts = []
    for row, (name, series) in enumerate(letters):
        kept = [(s, s.start_us + s.step_us * np.arange(len(s.values))) for s in series]
        inside = [s.values[(at >= shown.start) & (at < shown.end)] for s, at in kept]
        values = np.concatenate(inside) if inside else np.zeros(0, dtype=np.float32)
        middle, spread = (
            (float((values.max() + values.min()) / 2), max(0.2, float(np.ptp(values)))) if len(values) else (0, 1)
        )
        y = (row + 0.5) * high
        parts.append(f'<text x="{left - 10}" y="{y + 4:.0f}" text-anchor="end" font-size="13">{escape(name)}</text>')
        for s, at in kept:
            here = (at >= shown.start) & (at < shown.end)
            line = " ".join(
                f"{x(t):.1f},{y - (v - middle) / spread * (high - 6):.1f}"
                for t, v in zip(at[here], s.values[here], strict=True)
            )
            parts.append(f'<polyline points="{line}" fill="none" stroke="#1F2933" stroke-width="1"/>')
    for row, (name, span) in enumerate(zip(names, (d.one, d.two), strict=True)):
        y = bottom + 8 + 20 * row
        parts.append(
            f'<text x="{left - 10}" y="{y + 11}" text-anchor="end" font-size="13">{escape(name[:12])}</text>'
            f'<path d="M{left} {y + 7}H{width}" stroke="#EDF0F3"/>'
        )
        if span is not None:
            a, b = max(left, x(span.start)), min(width, x(span.end))
            fill = "#56B4E9" if row == 0 else "#E69F00"
            parts.append(
                f'<rect x="{a:.1f}" y="{y + 1}" width="{max(2, b - a):.1f}" height="12" fill="{fill}" '
                'stroke="#1F2933"/>'
                f'<path d="M{a:.1f} 0V{bottom}M{b:.1f} 0V{bottom}" stroke="{fill}" stroke-width="1.5"/>'
            )
    foot = bottom + 62
    for share in (0, 0.25, 0.5, 0.75, 1):
        instant = shown.start + round(share * shown.duration)
        anchor = "start" if share == 0 else "end" if share == 1 else "middle"
        parts.append(
            f'<text x="{x(instant):.0f}" y="{foot}" text-anchor="{anchor}" font-size="12" fill="#626D78">'
            f"{clock.time(instant, decimals=1)}</text>"
        )
    return (
        f'<svg viewBox="0 0 {width} {foot + 6}" style="width:100%" role="img" '
        f'aria-label="{escape(d.label, quote=True)}: the raw signal and what each annotator marked">'
        f"{''.join(parts)}</svg>"
    )
