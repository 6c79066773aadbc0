"""What the formats share: labels as they stand in a file, settled on a recording, all of them or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinic.review.spans import Recorded, first_refusal, fresh, recorded_of
from clinic.store.rows import Label, LabelSource
from data.errors import LabelsError
from data.intervals import Interval
from data.labels import ALL, NOT, name_problem, spelt_as, subject_of
from data.phenomena import PHENOMENA
from data.recording import Recording


@dataclass(frozen=True, slots=True)
class Entry:
    """A label as a file tells it.

    Parameters
    ----------
    where
        The file and the place in it, for errors: ``labels.csv, line 3``.
    stream
        Empty where the file names none.
    start_us, end_us
        On the recording's clock.
    rater
        Empty where the file names none.
    """

    where: str
    stream: str
    start_us: int
    end_us: int
    label: str
    rater: str = ""
    confidence: float | None = None
    tool: str = ""
    model: str = ""


def settled(
    entries: Sequence[Entry],
    recording: Recording,
    present: Sequence[Label],
    *,
    rater: str,
    tool: str,
    precision_us: int = 1,
    named: Iterable[str] = (),
) -> tuple[Label, ...]:
    """The labels that a file adds to those that stand, in its order; one that stands already adds nothing.

    Parameters
    ----------
    present
        The labels of the recording that stand.
    rater, tool
        Where the file names none.
    precision_us
        Step of the format's times; an edge less than that beyond its segment is set to the segment's edge.
    named
        Classes of labels elsewhere, which are to be spelt here as there.

    Raises
    ------
    LabelsError
        Naming the first label that may not stand, and why.
    """
    recorded = recorded_of(recording)
    known = {
        y for x in (*PHENOMENA, *map(subject_of, (*named, *(x.label for x in present)))) for y in (x, NOT + x, ALL + x)
    }
    for label, where in {e.label: e.where for e in reversed(entries) if e.label not in known}.items():
        meant = spelt_as(label, sorted(known))
        if meant:
            raise LabelsError(where, f"its class {label!r} is spelt otherwise than {meant!r}", "spell it so")
    made = [_label(e, recorded, rater=rater, tool=tool, precision_us=precision_us) for e in entries]
    added = fresh(made, present)
    refused = first_refusal(added, present, recorded)
    if refused:
        number, said = refused
        where = next(e.where for e, x in zip(entries, made, strict=True) if x is added[number])
        problem, _, hint = said.rstrip(".").rpartition(": ")
        raise LabelsError(where, problem, hint)
    return tuple(added)


def _label(entry: Entry, recorded: Recorded, *, rater: str, tool: str, precision_us: int) -> Label:
    stream = entry.stream or (next(iter(recorded)) if len(recorded) == 1 else "")
    if stream not in recorded:
        named = f"it names no stream of the recording ({entry.stream!r})" if entry.stream else "it names no stream"
        raise LabelsError(entry.where, named, f"name one of {', '.join(recorded)}")
    problem = name_problem(entry.label)
    if problem:
        raise LabelsError(entry.where, f"it {problem}", "name what is seen there")
    if entry.end_us <= entry.start_us:
        raise LabelsError(entry.where, "it ends where or before it starts", "give the end after the start")
    if entry.confidence is not None and not 0 <= entry.confidence <= 1:
        raise LabelsError(entry.where, f"its confidence is {entry.confidence}", "give one from 0 to 1")
    interval = _snapped(Interval(entry.start_us, entry.end_us), recorded[stream], precision_us)
    return Label(
        stream, interval, entry.label, entry.rater.strip() or rater, LabelSource.IMPORTED, entry.confidence,
        entry.tool or tool, entry.model,
    )  # fmt: skip


def _snapped(span: Interval, segments: Sequence[Interval], precision_us: int) -> Interval:
    for s in segments:
        before, after = s.start - span.start, span.end - s.end
        if s.overlaps(span) and before < precision_us and after < precision_us:
            return Interval(span.start + max(0, before), span.end - max(0, after))
    return span
