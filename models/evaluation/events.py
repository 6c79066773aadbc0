"""Episodes against marks, with the tolerances that each phenomenon is judged with.

Structured after SzCORE (Dan et al., Epilepsia 2024), not with its defaults: seizures may lie a minute off, freezes not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.grid import HOP_US
from data.intervals import Interval, Intervals, intersect, total, union
from data.phenomena import FALL, FREEZING, TREMOR
from models.evaluation.metrics import reference_episodes

S = 1_000_000


@dataclass(frozen=True, slots=True)
class Matching:
    """When a flag has found a marked episode.

    Parameters
    ----------
    merge_us, shortest_us
        Marks closer than this are one; marks shorter than this are none.
    before_us, after_us
        A mark is taken to reach so much further.
    overlap
        Share of the mark that flags must cover; half a second at least, or all of a shorter one.
    refractory_us
        Flags that begin less than this after one that counts has ended count as one with it (:func:`alarms`).
    """

    merge_us: int = S
    shortest_us: int = S
    before_us: int = S
    after_us: int = S
    overlap: float = 0.0
    refractory_us: int = 0


MATCHING = {
    FREEZING: Matching(),
    TREMOR: Matching(merge_us=2 * S, shortest_us=3 * S, before_us=2 * S, after_us=2 * S),
    FALL: Matching(merge_us=10 * S, shortest_us=0, before_us=3 * S, after_us=3 * S, refractory_us=10 * S),
}
"""By phenomenon; any other is matched as freezing is."""


@dataclass(frozen=True, slots=True)
class Events:
    """What flags found, of one person or of several added up.

    Parameters
    ----------
    marked, found, flags, false_alarms
        Marked episodes, those that a flag found, flags, and those that touch no mark; where a phenomenon has a
        refractory time, flags within it are one, and false where none of them touches a mark.
    judged_us, marked_us, flagged_us, shared_us
        Judged time; how much of it is marked, is flagged, is both. Beside counts these must not be missing: what flags
        everything finds everything with one false alarm at most.
    onset_off_us, length_off_us
        Over the episodes that were found: by how much the first flag that touches one, within its tolerance, begins
        earlier or later, and all such flags together are longer or shorter.
    """

    marked: int = 0
    found: int = 0
    flags: int = 0
    false_alarms: int = 0
    judged_us: int = 0
    marked_us: int = 0
    flagged_us: int = 0
    shared_us: int = 0
    onset_off_us: int = 0
    length_off_us: int = 0

    def __add__(self, other: Events) -> Events:
        return Events(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))

    @property
    def sensitivity(self) -> float:
        """Share of the marked episodes that were found; NaN without one."""
        return self.found / self.marked if self.marked else float("nan")

    @property
    def precision(self) -> float:
        """Share of the flags that touch a mark; NaN without a flag."""
        return 1 - self.false_alarms / self.flags if self.flags else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of both; 0 without a flag, NaN without a mark."""
        if not self.marked:
            return float("nan")
        if not self.flags or not self.found:
            return 0.0
        return 2 * self.sensitivity * self.precision / (self.sensitivity + self.precision)

    @property
    def false_alarms_per_hour(self) -> float:
        """False alarms in an hour that was judged; NaN where nothing was."""
        return self.false_alarms / (self.judged_us / 3.6e9) if self.judged_us else float("nan")

    @property
    def time_iou(self) -> float:
        """Time both marked and flagged, over time that is either; NaN where neither is."""
        either = self.marked_us + self.flagged_us - self.shared_us
        return self.shared_us / either if either else float("nan")

    @property
    def time_marked(self) -> float:
        """Share of the judged time that is marked; NaN where nothing was judged."""
        return self.marked_us / self.judged_us if self.judged_us else float("nan")

    @property
    def time_flagged(self) -> float:
        """Share of the judged time that is flagged; NaN where nothing was judged."""
        return self.flagged_us / self.judged_us if self.judged_us else float("nan")

    @property
    def onset_error_s(self) -> float:
        """Mean distance in seconds from where an episode that was found begins to where it was flagged; NaN of none."""
        return self.onset_off_us / self.found / 1e6 if self.found else float("nan")

    @property
    def duration_error_s(self) -> float:
        """Mean difference in seconds between the length of an episode that was found and of its flags; NaN of none."""
        return self.length_off_us / self.found / 1e6 if self.found else float("nan")


def alarms(flags: Sequence[Interval], refractory_us: int) -> tuple[tuple[Interval, ...], ...]:
    """Flags by what counts as one alarm: one after another in time, the first counts and takes those that follow.

    A flag belongs to the one that counts where it begins less than ``refractory_us`` after that one's end, the measure
    of :func:`reference_episodes` among marks; else it counts itself. Those that are taken reach no further: what flags
    again and again is no single alarm, however long it goes on. Without a refractory time each flag is one.
    """
    out: list[list[Interval]] = []
    for flag in sorted(flags):
        if refractory_us and out and flag.start - out[-1][0].end < refractory_us:
            out[-1].append(flag)
        else:
            out.append([flag])
    return tuple(map(tuple, out))


def match(marks: Sequence[Interval], flags: Sequence[Interval], judged: Intervals, how: Matching) -> Events:
    """Count what flags found in the judged time of one recording.

    Marks without judged time are left out: nobody could have found them. What is found, and all times, are told by
    every flag; only how many there are, and how many are false, by :func:`alarms`.
    """
    episodes = [m for m in reference_episodes(tuple(marks), how.merge_us, how.shortest_us) if intersect([m], judged)]
    wide = [Interval(m.start - how.before_us, m.end + how.after_us) for m in episodes]
    flagged = union(flags)

    def is_found(mark: Interval, reach: Interval) -> bool:
        needed = min(max(HOP_US, how.overlap * mark.duration), reach.duration)
        return total(intersect([reach], flagged)) >= needed

    found = [(m, w) for m, w in zip(episodes, wide, strict=True) if is_found(m, w)]
    onset_off = length_off = 0
    for mark, reach in found:
        touching = [f for f in flagged if f.overlaps(reach)]
        onset_off += abs(touching[0].start - mark.start)
        length_off += abs(total(touching) - mark.duration)
    counted = alarms(flags, how.refractory_us)
    false_alarms = sum(not any(f.overlaps(w) for f in alarm for w in wide) for alarm in counted)
    marked_time, flagged_time = intersect(union(marks), judged), intersect(flagged, judged)
    return Events(
        len(episodes), len(found), len(counted), false_alarms, total(judged), total(marked_time), total(flagged_time),
        total(intersect(marked_time, flagged_time)), onset_off, length_off,
    )  # fmt: skip
