"""One set of labels from two raters who labelled apart and a third who decides where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clinic.review.agreement import matched_spans, spans_within
from clinic.store.rows import Label, LabelSource
from data.intervals import Interval, Intervals
from data.labels import opposite

LEAST_OVERLAP = 0.5
"""Intersection over union from which two spans are taken to mean the same event."""
RULE = "both agree: what both marked is kept; else the third decides"
"""The rule's name. Two raters agree on an event when their spans of one class are matched and share at least half of
what they cover together; the intersection is kept, for nobody doubts that part. Every other span that both had the
chance to mark goes to the third rater, who keeps a span of their choice or none."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What the third rater decides: one span, or two that overlap too little.

    Parameters
    ----------
    one, two
        What each rater marked; None where they marked nothing that belongs to the other's span.
    """

    stream: str
    label: str
    one: Interval | None
    two: Interval | None

    @property
    def interval(self) -> Interval:
        """What to look at: from the first edge to the last."""
        spans = [s for s in (self.one, self.two) if s is not None]
        return Interval(min(s.start for s in spans), max(s.end for s in spans))


@dataclass(frozen=True, slots=True)
class Consensus:
    """What two raters agree on in one stream, and what is left to decide, both in order of time.

    Parameters
    ----------
    rule
        The name of the rule by which it was made.
    agreed
        ``(class, span)``.
    """

    rule: str
    stream: str
    agreed: tuple[tuple[str, Interval], ...]
    open: tuple[Disagreement, ...]


def consensus(stream: str, one: Sequence[Label], two: Sequence[Label], looked: Intervals) -> Consensus:
    """Compare two raters' labels of a stream by :data:`RULE`.

    Parameters
    ----------
    looked
        The time that both looked at; spans are cut to it, what lies outside is neither agreed nor open.
    """
    mine, theirs = ([x for x in labels if x.stream == stream] for labels in (one, two))
    agreed: list[tuple[Interval, str]] = []
    undecided: list[Disagreement] = []
    for name in sorted({x.label for x in (*mine, *theirs)}):
        first, second = spans_within(mine, name, looked), spans_within(theirs, name, looked)
        pairs = matched_spans(first, second)
        for i, j, share in pairs:
            if share >= LEAST_OVERLAP:
                both = Interval(max(first[i].start, second[j].start), min(first[i].end, second[j].end))
                agreed.append((both, name))
            else:
                undecided.append(Disagreement(stream, name, first[i], second[j]))
        paired_one, paired_two = {i for i, _, _ in pairs}, {j for _, j, _ in pairs}
        undecided += [Disagreement(stream, name, s, None) for i, s in enumerate(first) if i not in paired_one]
        undecided += [Disagreement(stream, name, None, s) for j, s in enumerate(second) if j not in paired_two]
    in_time = sorted(undecided, key=lambda d: (d.interval, d.label, d.one is None))
    return Consensus(RULE, stream, tuple((name, span) for span, name in sorted(agreed)), tuple(in_time))


def contradiction(labels: Sequence[Label]) -> tuple[Label, Label] | None:
    """Two labels that say of the same time both a class and its opposite, or one class twice; None where none do.

    Each may be right by itself, but decisions on two differences of one time can only be kept if they agree.
    """
    in_time = sorted(labels, key=lambda x: x.interval)
    for k, one in enumerate(in_time):
        for other in in_time[k + 1 :]:
            if other.interval.start >= one.interval.end:
                break
            if one.stream == other.stream and other.label in (one.label, opposite(one.label)):
                return one, other
    return None


def decided(
    found: Consensus, decisions: Mapping[Disagreement, Interval | None], *, rater: str, tool: str = ""
) -> tuple[Label, ...]:
    """The final labels, in order of time: what was agreed, and what the third rater kept.

    A span that the third rater drew may still overlap another; the store refuses that as it does any label.

    Parameters
    ----------
    decisions
        For each of ``found.open`` the span that the third rater keeps (the first's, the second's or their own);
        None where they keep none.
    rater
        The third rater, whose labels these become.

    Raises
    ------
    ValueError
        If one is not decided, or a decision is about something else.
    """
    missing = [d for d in found.open if d not in decisions]
    if missing:
        raise ValueError(f"{len(missing)} of {len(found.open)} disagreements are not decided yet")
    strange = [d for d in decisions if d not in found.open]
    if strange:
        raise ValueError(f"{len(strange)} decisions are about no disagreement of this comparison")
    kept = [*found.agreed, *((d.label, span) for d, span in decisions.items() if span is not None)]
    return tuple(
        Label(found.stream, span, name, rater, LabelSource.CONSENSUS, tool=tool)
        for span, name in sorted((span, name) for name, span in kept)
    )
