"""Which spans may be labelled: those that cover time, stay in their segment and say nothing twice."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence

from clinic.store.rows import Label
from data.intervals import Interval, Intervals
from data.labels import opposite, phenomenon_of
from data.recording import Recording

Recorded = Mapping[str, Intervals]
"""The segments of each stream, in order of time, touching ones not joined."""
Told = Callable[[int], str]
"""An instant in words."""


def recorded_of(recording: Recording) -> Recorded:
    """The segments of each stream of a recording."""
    return {s.name: s.recorded for s in recording.streams}


def refusal(label: Label, present: Sequence[Label], recorded: Recorded, told: Told | None = None) -> str | None:
    """Why a label may not stand beside the present ones of its recording, in one sentence; None when it may.

    It may not cover no time, leave its segment, or overlap a span of the same rater and stream that has the same
    class, or the opposite one (``not fall`` for ``fall``). Spans that touch do not overlap.

    Parameters
    ----------
    present
        Of the same recording; the label that the new one replaces is left out.
    told
        How instants are told; the default counts from the recording's first sample.
    """
    tell = told or (lambda at: _since_start(at, recorded))
    return _outside(label, recorded, tell) or _twice(label, present, tell)


def first_refusal(
    labels: Sequence[Label], present: Sequence[Label], recorded: Recorded, told: Told | None = None
) -> tuple[int, str] | None:
    """The first of several new labels that may not stand, also beside those before it, and why.

    Parameters
    ----------
    present
        Labels that may stand beside one another.
    """
    # Those of one key are disjoint, so a new one can only overlap its neighbours in time.
    standing: dict[tuple[str, str, str], list[Label]] = {}

    def beside(label: Label) -> list[Label]:
        return standing.setdefault((label.rater, label.stream, phenomenon_of(label.label)), [])

    for other in present:
        insort(beside(other), other, key=_when)
    for number, label in enumerate(labels):
        group = beside(label)
        at = bisect_left(group, label.interval, key=_when)
        said = refusal(label, group[max(0, at - 1) : at + 1], recorded, told)
        if said:
            return number, said
        group.insert(at, label)
    return None


def fresh(labels: Sequence[Label], present: Sequence[Label]) -> list[Label]:
    """The labels that do not stand already, said by the same rater of the same span."""
    known = {(p.rater, p.stream, p.interval, p.label) for p in present}
    return [x for x in labels if (x.rater, x.stream, x.interval, x.label) not in known]


def checking(recorded: Recorded, told: Told | None = None) -> Callable[[Sequence[Label], Sequence[Label]], str | None]:
    """What :meth:`clinic.store.Store.label` asks before it stores: the reason of the first label that may not stand.

    Parameters
    ----------
    told
        As for :func:`refusal`.
    """

    def check(labels: Sequence[Label], present: Sequence[Label]) -> str | None:
        found = first_refusal(labels, present, recorded, told)
        return found[1] if found else None

    return check


def _outside(label: Label, recorded: Recorded, tell: Told) -> str | None:
    span = label.interval
    if label.stream not in recorded:
        return f"There is no stream {label.stream!r}: choose one of {', '.join(recorded)}."
    if span.duration == 0:
        return "The span covers no time: drag from where it begins to where it ends."
    touched = [s for s in recorded[label.stream] if s.overlaps(span)]
    if not touched:
        return "Nothing was recorded where the span lies: mark where there is a signal."
    if len(touched) > 1:
        at = tell(touched[0].end)
        return f"The span crosses the gap at {at}: mark what lies before the gap and what lies after it apart."
    begins, ends = touched[0].start, touched[0].end
    if span.start < begins:
        return f"The span begins before the signal does at {tell(begins)}: begin it there."
    return f"The span ends after the signal does at {tell(ends)}: end it there." if span.end > ends else None


def _twice(label: Label, present: Sequence[Label], tell: Told) -> str | None:
    for other in present:
        same_lane = (other.rater, other.stream) == (label.rater, label.stream)
        if not same_lane or not other.interval.overlaps(label.interval):
            continue
        from_, to = tell(other.interval.start), tell(other.interval.end)
        said = f"{label.rater} has marked {other.label!r} from {from_} to {to}"
        if other.label == label.label:
            return f"{said} already: move that span's edges instead."
        if other.label == opposite(label.label):
            return f"{said}, and a span cannot be both: change or remove that one first."
    return None


def _when(label: Label) -> Interval:
    return label.interval


def _since_start(instant_us: int, recorded: Recorded) -> str:
    """``h:mm:ss.s`` since the recording's first sample."""
    tenths = round((instant_us - min(pieces[0].start for pieces in recorded.values())) / 100_000)
    return f"{tenths // 36_000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"
