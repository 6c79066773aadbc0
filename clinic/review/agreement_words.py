"""Agreement and consensus as tables and files: what two annotators marked, where they differ, and what a third said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from clinic.review.agreement import ONLY_ONE, Agreement
from clinic.review.consensus import Consensus, Disagreement
from clinic.store.rows import Label, LabelRow
from clinic.timeline.clock import WallClock
from data.csv_tables import table_csv
from data.grid import HOP_US
from data.intervals import Interval
from data.labels import opposite

AGREEMENT_COLUMNS = (
    "recording_sha256", "stream", "class", "annotator_1", "annotator_2", "both_s", "only_1_s", "only_2_s", "neither_s",
    "kappa", "positive_agreement", "negative_agreement", "mean_overlap", "matched_spans", "unmatched_1", "unmatched_2",
)  # fmt: skip
CONSENSUS_COLUMNS = ("recording_sha256", "stream", "class", "start_s", "end_s", "how", "decided_by", "rule")
AGREED, DECIDED = "both agree", "the third decided"


def agreement_html(found: Sequence[Agreement], one: str, two: str) -> str:
    """A row for each class."""
    rows = []
    for a in found:
        overlap = "–" if a.overlap is None else f"{a.overlap:.2f}"
        spans = f"{a.matched} matched, {a.unmatched_one} only {escape(one)}, {a.unmatched_two} only {escape(two)}"
        none = "only one rater used it" if a.why_no_kappa == ONLY_ONE else "not defined"
        kappa = f"<b>{a.kappa:.2f}</b>" if a.kappa is not None else f'<span class="soft">{none}</span>'
        rows.append(
            f'<tr><td><b>{escape(a.label)}</b></td><td class="r">{kappa}</td><td class="r">{_share(a.positive)}</td>'
            f'<td class="r">{_share(a.negative)}</td><td class="r">{overlap}</td><td>{spans}</td></tr>'
        )
    head = (
        '<th>class</th><th class="r">kappa</th><th class="r">agreement on<br>what is there</th>'
        '<th class="r">agreement on<br>what is not</th>'
        '<th class="r">mean overlap<br>of matched spans</th><th>spans</th>'
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def why_not(found: Sequence[Agreement]) -> str:
    """Why a kappa is missing, by class; empty where none is, or where the table itself says why."""
    return " ".join(f"{a.label}: {a.why_no_kappa}" for a in found if a.why_no_kappa and a.why_no_kappa != ONLY_ONE)


def agreement_csv(found: Iterable[Agreement], recording: str, stream: str, one: str, two: str) -> str:
    """A row for each class; times in seconds of half seconds that count."""
    hop_s = HOP_US / 1e6

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.4f}"

    rows = [
        (
            recording, stream, a.label, one, two, a.both * hop_s, a.only_one * hop_s, a.only_two * hop_s,
            a.neither * hop_s, number(a.kappa), number(a.positive), number(a.negative), number(a.overlap), a.matched,
            a.unmatched_one, a.unmatched_two,
        )
        for a in found
    ]  # fmt: skip
    return table_csv(AGREEMENT_COLUMNS, rows)


def consensus_csv(labels: Iterable[Label], found: Consensus, recording: str, origin_us: int) -> str:
    """The spans of a consensus, in order of time; seconds since the stream's first sample."""
    both = set(found.agreed)
    rows = [
        (
            recording, x.stream, x.label, f"{(x.interval.start - origin_us) / 1e6:.6f}",
            f"{(x.interval.end - origin_us) / 1e6:.6f}", AGREED if (x.label, x.interval) in both else DECIDED, x.rater,
            found.rule,
        )
        for x in labels
    ]  # fmt: skip
    return table_csv(CONSENSUS_COLUMNS, rows)


def difference(d: Disagreement, one: str, two: str, clock: WallClock, labels: Sequence[LabelRow] = ()) -> str:
    """What the two said where they differ, in a line.

    Parameters
    ----------
    labels
        Of the recording: who marked nothing of this class here may have marked its opposite.
    """
    said = [f"{name} {span_words(s, clock)}" for name, s in ((one, d.one), (two, d.two)) if s is not None]
    silent = [name for name, s in ((one, d.one), (two, d.two)) if s is None]
    words = f"{d.label}: {'; '.join(said)}"
    if not silent:
        return f"{words}; they overlap too little"
    against = [
        f"{x.label} {span_words(x.interval, clock)}"
        for x in labels
        if (x.rater, x.stream, x.label) == (silent[0], d.stream, opposite(d.label)) and x.interval.overlaps(d.interval)
    ]
    return f"{words}; {silent[0]} marked {', '.join(against) or 'nothing'} here"


def span_words(span: Interval, clock: WallClock) -> str:
    """``11:02:10.5–11:02:14.0``."""
    return f"{clock.time(span.start, decimals=1)}–{clock.time(span.end, decimals=1)}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"
