"""What the audit's canvas is told and what it says back: stretches to look at, without anything the detector said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from clinic.review.audit_sample import Item, Kind
from clinic.review.audits import Audit
from clinic.review.reviewed_rate import Looked, Reviewed
from clinic.review.strips import days_named
from clinic.store.rows import Said
from clinic.timeline.clock import WallClock, length
from clinic.timeline.window import around
from data.csv_tables import table_csv
from data.intervals import Interval, Intervals

Json = dict[str, Any]  # whatever JSON can hold
AHEAD = 3
"""Stretches that the canvas holds at once, so that the next is there when one is answered."""
SHORTEST_US = 30_000_000
"""What is shown of the signal about a stretch, at the least."""
BESIDE_US = 10_000_000
"""What is shown on either side of a longer one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that a person gave on the canvas; ``verdict`` is None where they took their last one back."""

    id: str
    stretch: int
    verdict: Said | None
    episodes: int | None


def replies_from(said: object) -> tuple[Reply, ...]:
    """The answers that the canvas says, in its order; what is none is left out."""
    out = []
    for one in said if isinstance(said, list) else []:
        try:
            if one["kind"] == "undo":
                out.append(Reply(str(one["id"]), -1, None, None))
                continue
            episodes = one["episodes"]
            verdict = Said(one["verdict"])
            counted = None if episodes is None or verdict is not Said.THERE else min(9, max(0, int(episodes)))
            out.append(Reply(str(one["id"]), int(one["stretch"]), verdict, counted))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(out)


def window_of(item: Item, limits: Interval) -> Interval:
    """What is shown of the signal about a stretch."""
    length_us = max(SHORTEST_US, item.interval.duration + 2 * BESIDE_US)
    first = (item.interval.start + item.interval.end - length_us) // 2
    wide = Interval(first, first + length_us)
    return Interval(max(limits.start, wide.start), min(limits.end, wide.end))


def header(
    audit: Audit, limits: Interval, clock: WallClock, place: str, not_worn: Intervals, gaps: Intervals, *, mine: int
) -> Json:
    """The part of the message that needs no signal; nothing in it says what the detector made of a stretch.

    Parameters
    ----------
    mine
        How many of the answers are the person's own, and may be taken back.
    """
    return {
        "key": audit.sample.id,
        "limits": [limits.start, limits.end],
        "relative": not clock.has_date,
        "offsets": [list(o) for o in clock.offsets(limits)],
        "days": [list(day) for day in days_named(limits, clock)],
        "name": audit.sample.phenomenon,
        "place": place,
        "spans": {"not_worn": _pairs(not_worn), "gap": _pairs(gaps)},
        "answered": len(audit.answers),
        "mine": mine,
        "total": len(audit.plan.items),
    }


def entry(number: int, item: Item, view: Interval, counted_elsewhere: Sequence[Interval], window: Json) -> Json:
    """One stretch for the canvas.

    A clear one is asked for what begins in it, the others for what touches them: each episode then counts once.
    """
    is_flag = item.stratum.kind is Kind.FLAG
    return {
        "n": number,
        "view": [view.start, view.end],
        "at": [item.interval.start, item.interval.end],
        "begins": item.stratum.kind is Kind.CLEAR,
        "elsewhere": _pairs(counted_elsewhere),
        "same": is_flag and bool(counted_elsewhere),
        "window": window,
    }


def looked_html(r: Reviewed) -> str:
    """A row for each kind of stretch: how many were looked at, of how many, and what was found."""
    rows = []
    for name, x, good, bad in (
        ("Flags", r.flags, "right", "wrong"),
        ("Unsure stretches", r.unsure, "held an episode", "held none"),
        ("Clear stretches", r.clear, "held an episode", "held none"),
    ):
        if x.of:
            rows.append(_looked_row(name, x, good, bad))
    head = '<th></th><th class="r">looked at</th><th class="r">of</th><th>what was found</th>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _looked_row(name: str, x: Looked, good: str, bad: str) -> str:
    told = f"{x.found} {good}, {x.wrong} {bad}" + (f", {x.untold} could not be told" if x.untold else "")
    return (
        f'<tr><td>{name}</td><td class="r"><b>{x.seen + x.untold}</b></td><td class="r">{x.of}</td><td>{told}</td></tr>'
    )


def against_html(audit: Audit, clock: WallClock, patient: str) -> str:
    """The stretches where the reviewer contradicts the detector, in order of time; each start opens the timeline."""
    rows = []
    items = audit.plan.items
    for a in sorted(audit.answers, key=lambda a: items[a.stretch].interval):
        item = items[a.stretch]
        words = _against(item.stratum.kind, a.verdict)
        if not words:
            continue
        view = around(item.interval, SHORTEST_US)
        query = {"patient": patient, "stream": audit.sample.stream, "phenomenon": audit.sample.phenomenon}
        href = escape(f"timeline?{urlencode(query | {'from': view.start, 'to': view.end})}")
        start = clock.time(item.interval.start)
        when = f"{clock.day(item.interval.start)} {start}" if clock.has_date else start
        rows.append(
            f'<tr data-row="{a.stretch}"><td><a href="{href}">{escape(when)}</a></td>'
            f'<td class="r">{length(item.interval.duration)}</td><td>{words}</td>'
            f'<td class="r">{item.probability:.2f}</td><td>{escape(a.reviewer)}</td></tr>'
        )
    if not rows:
        return ""
    head = '<th>start</th><th class="r">length</th><th></th><th class="r">highest probability</th><th>looked at by</th>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _against(kind: Kind, verdict: str) -> str:
    if verdict == Said.CANNOT_TELL:
        return "could not be told"
    if kind is Kind.FLAG:
        return "" if verdict == Said.THERE else "flagged, nothing there"
    if verdict != Said.THERE:
        return ""
    return "missed" if kind is Kind.CLEAR else "unsure, an episode is there"


ANSWER_COLUMNS = (
    "patient", "stream", "phenomenon", "number", "start_s", "end_s", "kind", "stratum", "stretches_in_stratum",
    "probability", "verdict", "episodes", "reviewer", "answered_utc", "detectors", "seed",
)  # fmt: skip


def answers_csv(audit: Audit, origin_us: int, utc: WallClock) -> str:
    """Every stretch in the order in which it was shown, with what was said of it; seconds since ``origin_us``."""
    said = {a.stretch: a for a in audit.answers}
    s = audit.sample
    rows = []
    for k, item in enumerate(audit.plan.items):
        a = said.get(k)
        there = a is not None and a.verdict == Said.THERE
        episodes = (
            "" if a is None or a.verdict == Said.CANNOT_TELL else a.episodes if a.episodes is not None else int(there)
        )
        rows.append(
            (
                s.patient, s.stream, s.phenomenon, k + 1, f"{(item.interval.start - origin_us) / 1e6:.6f}",
                f"{(item.interval.end - origin_us) / 1e6:.6f}", item.stratum.kind.value, item.stratum.name,
                item.stratum.size, f"{item.probability:.4f}", a.verdict if a else "", episodes,
                a.reviewer if a else "", utc.local(a.made_us).isoformat(timespec="seconds") if a else "",
                " ".join(s.detectors), s.seed,
            )
        )  # fmt: skip
    return table_csv(ANSWER_COLUMNS, rows)


def _pairs(spans: Iterable[Interval]) -> list[list[int]]:
    return [[i.start, i.end] for i in spans]
