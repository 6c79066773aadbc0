"""Which examples are of one person, of one stretch of time, or near enough to share what they are told from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from data.intervals import Interval, union
from models.adapters.example import NO_DATE_US, Example

DAY_US = 86_400_000_000


def by_person(examples: Sequence[Example]) -> list[list[int]]:
    """Which examples are of one person, for each of them in order of appearance."""
    whose: dict[str, list[int]] = {}
    for i, e in enumerate(examples):
        whose.setdefault(e.person, []).append(i)
    return list(whose.values())


def moments(examples: Sequence[Example]) -> int:
    """How many stretches of time they are: what two sensors have at once is one."""
    return len(together(examples, lambda e: e.interval))


def together(examples: Sequence[Example], span: Callable[[Example], Interval], gap_us: int = 0) -> list[list[int]]:
    """Which examples are of one stretch of time, whatever their sensor: less than ``gap_us`` is between their spans.

    Stretches and what lies in them are in order of time, those of one clock after those of another.
    """
    groups: list[list[int]] = []
    end, clock = 0, ("", "")
    for i in sorted(range(len(examples)), key=lambda i: (examples[i].clock, span(examples[i]))):
        here, at = span(examples[i]), examples[i].clock
        if groups and at == clock and here.start < end + gap_us:
            groups[-1].append(i)
            end = max(end, here.end)
        else:
            groups.append([i])
            end, clock = here.end, at
    return groups


def place(example: Example) -> tuple[tuple[str, str], Interval, str, str]:
    """To sort by: one after another in time, and what is at once in the same order however the files were given."""
    return example.clock, example.interval, example.recording, example.stream


def apart_from(examples: Sequence[Example], others: Sequence[Example]) -> list[Example]:
    """Those that no moment was read for which was read for one of the others, whatever the sensor and its file.

    What two sensors have at once is one movement, and what lies near in time shares what it is told from: neither
    vouches for the other.
    """
    return clear_of(examples, [(o.clock, o.read) for o in others])


def clear_of(examples: Sequence[Example], read: Sequence[tuple[tuple[str, str], Interval]]) -> list[Example]:
    """Those that share no moment with what was read: each time with its clock (:func:`clock_of`)."""
    near: dict[tuple[str, str], list[Interval]] = {}
    for clock, interval in read:
        near.setdefault(clock, []).append(interval)
    merged = {clock: union(of) for clock, of in near.items()}
    ends = {clock: [i.end for i in of] for clock, of in merged.items()}

    def is_near(e: Example) -> bool:
        clock = e.clock
        of = merged.get(clock)
        if of is None:
            return False
        first = bisect_right(ends[clock], e.interval.start - e.margin_us)
        return first < len(of) and of[first].start < e.interval.end + e.margin_us

    return [e for e in examples if not is_near(e)]


def is_one_day(examples: Sequence[Example]) -> bool:
    """Whether everything that was marked lies within 24 hours."""
    spans = _marked_together(examples)
    return len(spans) == 1 and spans[0].duration <= DAY_US


def is_undated(examples: Sequence[Example]) -> bool:
    """Whether marks lie in several recordings, one at least without a date, and nothing tells that of two days."""
    spans = _marked_together(examples)
    return len(spans) > 1 and all(span.duration <= DAY_US for span in spans)


def _marked_together(examples: Sequence[Example]) -> list[Interval]:
    """From the first to the last mark of all recordings with a date, and of each without one."""
    groups: dict[str, list[Interval]] = {}
    for e in examples:
        if e.weight == 1.0:  # a recording without a date counts from its first sample
            groups.setdefault(e.recording if e.interval.start < NO_DATE_US else "", []).append(e.interval)
    return [Interval(min(i.start for i in g), max(i.end for i in g)) for g in groups.values()]
