"""What changes when one detector takes the place of another: flags that appear, vanish, move or stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from clinic.review.agreement import matched_spans
from clinic.store.rows import EpisodeRow
from clinic.stored import flags_in_words
from clinic.timeline.clock import WallClock, length
from data.intervals import Interval

MOST = 200
"""Flags of one kind of change that are listed: more nobody reads, and thousands keep the page waiting."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old against new flags of one stream, each in order of time.

    Parameters
    ----------
    moved
        Pairs of an old and a new flag that overlap and differ in an edge.
    stayed
        Flags that are the same in both.
    """

    appeared: tuple[Interval, ...]
    vanished: tuple[Interval, ...]
    moved: tuple[tuple[Interval, Interval], ...]
    stayed: tuple[Interval, ...]


def compare(old: Sequence[Interval], new: Sequence[Interval]) -> Comparison:
    """Match old and new flags one to one, so that the sum of intersections over unions is greatest."""
    before, after = sorted(old), sorted(new)
    pairs = [(before[i], after[j]) for i, j, _ in matched_spans(before, after)]
    kept, found = {b for b, _ in pairs}, {a for _, a in pairs}
    return Comparison(
        tuple(a for a in after if a not in found),
        tuple(b for b in before if b not in kept),
        tuple((b, a) for b, a in pairs if b != a),
        tuple(b for b, a in pairs if b == a),
    )


def present_words(episodes: Sequence[EpisodeRow], stream: str, phenomenon: str) -> str:
    """``left-ankle now has 4 flags of fall, 1 unsure``, and what all of its recording has where that is more.

    Parameters
    ----------
    episodes
        The present ones of one recording.
    """
    here = [e for e in episodes if (e.stream, e.phenomenon) == (stream, phenomenon)]
    flags, unsure = _counted(here)
    said = f"{stream} now has {flags_in_words(flags)} of {phenomenon}" + (f", {unsure} unsure" if unsure else "")
    if len(here) == len(episodes):
        return said
    return f"{said}; all sensors and phenomena of this recording together: {flags_in_words(*_counted(episodes))}"


def _counted(episodes: Sequence[EpisodeRow]) -> tuple[int, int]:
    unsure = sum(e.certainty == "unsure" for e in episodes)
    return len(episodes) - unsure, unsure


def sentence(found: Comparison) -> str:
    """What would change, in one sentence."""
    changes = [
        f"{verb} {_flags(len(spans))}"
        for verb, spans in (("adds", found.appeared), ("drops", found.vanished), ("moves", found.moved))
        if spans
    ]
    count = len(found.stayed)
    stay = f"{_flags(count) if count else 'no flag'} {'stay' if count > 1 else 'stays'} as before"
    if not changes and not count:
        return "The new detector changes nothing here: neither it nor the present one flags anything."
    if not changes:
        return f"The new detector changes nothing here; {stay}."
    said = changes[0] if len(changes) == 1 else f"{', '.join(changes[:-1])} and {changes[-1]}"
    if not count and not found.vanished and not found.moved:
        return f"The new detector {said}; there was none before."
    return f"The new detector {said}; {stay}."


def unsure_words(before: int, after: int) -> str:
    """How many episodes are unsure, which are no flags; empty where there is none with either."""
    if not before and not after:
        return ""
    return (
        f"Unsure, no flags and not judged: {before} before, {after} with the new one. A flag that vanishes may be "
        "unsure now, and one that appears may have been so before."
    )


def changes_html(found: Comparison, clock: WallClock) -> str:
    """The flags that differ, in a list for each kind of change that there is; each start is a link to its window.

    Of more than :data:`MOST` of a kind the first in time are listed.
    """
    rows = []
    moved = [(after, f"was {_when(before, clock)}, {length(before.duration)}") for before, after in found.moved]
    groups = (
        ("Appeared", [(span, "") for span in found.appeared]),
        ("Vanished", [(span, "") for span in found.vanished]),
        ("Moved", moved),
    )
    for title, spans in groups:
        if spans:
            rows.append(f'<tr class="part"><td colspan="3"><b>{title}</b> {len(spans)}</td></tr>')
        for span, note in spans[:MOST]:
            href = escape(f"label?start={span.start}&end={span.end}")
            rows.append(
                f'<tr data-row="{span.start}"><td><a href="{href}">{escape(_when(span, clock))}</a></td>'
                f'<td class="r">{length(span.duration)}</td><td>{escape(note)}</td></tr>'
            )
        if len(spans) > MOST:
            rows.append(f'<tr><td colspan="3">and {len(spans) - MOST} more, which the lanes show</td></tr>')
    return f"<table><tbody>{''.join(rows)}</tbody></table>"


def _when(span: Interval, clock: WallClock) -> str:
    start = clock.time(span.start, decimals=1)
    return f"{clock.day(span.start)} {start}" if clock.has_date else start


def _flags(count: int) -> str:
    return "1 flag" if count == 1 else f"{count} flags"
