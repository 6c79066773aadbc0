"""One lane: what one sensor says of one phenomenon, gathered from the store's rows, and its days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clinic.learned import Reach, reach_of
from clinic.store.rows import EpisodeRow, SpanRow
from clinic.timeline.clock import LocalDay, WallClock
from clinic.timeline.rates import Day
from data.intervals import Interval, Intervals, intersect, subtract, total, union
from data.phenomena import FREEZING
from models.scores import UNKNOWN

UNSURE = "unsure"
ABOUT = 0.9
"""Share of the longest judged time from which a sensor was judged for about as long."""
LONG_US = 10_000_000
"""Length from which a flag counts as long."""
ALL = 0.95
"""Share of what was not judged from which one reason is told as that of all."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Wear, outcomes and episodes of one stream for one phenomenon.

    ``judged`` (flagged or clear) and ``not_judged`` lie in ``worn`` and add up to it. ``twice`` is time that several
    recordings hold, which counts once.
    """

    stream: str
    phenomenon: str
    worn: Intervals
    not_worn: Intervals
    gaps: Intervals
    judged: Intervals
    not_judged: tuple[tuple[Interval, str], ...]
    episodes: tuple[EpisodeRow, ...]
    twice: Intervals = ()

    @property
    def recorded(self) -> Intervals:
        """Worn or not worn: wherever there are samples."""
        return union(self.worn, self.not_worn)

    @property
    def flags(self) -> tuple[EpisodeRow, ...]:
        """The sure episodes: the ones that are counted."""
        return tuple(e for e in self.episodes if e.certainty != UNSURE)

    @property
    def span(self) -> Interval | None:
        """From the first to the last instant that anything is known of; None when empty."""
        known = union(self.worn, self.not_worn, self.gaps)
        return Interval(known[0].start, known[-1].end) if known else None

    def within(self, span: Interval) -> Lane:
        """What lies in a span; an episode belongs to where it begins."""
        cut = [span]
        reasons = {r for _, r in self.not_judged}
        not_judged = [
            (piece, r) for r in sorted(reasons) for piece in intersect([i for i, q in self.not_judged if q == r], cut)
        ]
        return Lane(
            self.stream,
            self.phenomenon,
            intersect(self.worn, cut),
            intersect(self.not_worn, cut),
            intersect(self.gaps, cut),
            intersect(self.judged, cut),
            tuple(sorted(not_judged)),
            tuple(e for e in self.episodes if span.start <= e.interval.start < span.end),
            intersect(self.twice, cut),
        )

    @property
    def reach(self) -> Reach | None:
        """How far this is from what the detector learned; None where too little was looked at."""
        unlike = sum(i.duration for i, reason in self.not_judged if reason == UNKNOWN)
        unsure = sum(i.duration for i, reason in self.not_judged if reason == UNSURE)
        return reach_of(total(self.judged) + unsure, unlike)

    def reasons(self) -> tuple[tuple[str, int], ...]:
        """Why worn time was not judged: reason and microseconds, most first."""
        sums: dict[str, int] = {}
        for interval, reason in self.not_judged:
            sums[reason] = sums.get(reason, 0) + interval.duration
        return tuple(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def in_short(reasons: Sequence[tuple[str, int]]) -> str:
    """The reason of the most, and whether there are others; empty without any.

    Parameters
    ----------
    reasons
        Each with its microseconds, most first.
    """
    if not reasons:
        return ""
    (first, most), *others = reasons
    share = most / sum(us for _, us in reasons)
    if share >= ALL:
        return first
    return f"mostly {first}" if share > 0.5 else f"{first} and {len(others)} other reason{'s' * (len(others) > 1)}"


def lane(spans: Iterable[SpanRow], episodes: Iterable[EpisodeRow], stream: str, phenomenon: str) -> Lane:
    """Gather one stream's rows for one phenomenon; time that several recordings hold counts once."""
    mine = [s for s in spans if s.stream == stream and s.phenomenon in ("", phenomenon)]
    flags = [e for e in episodes if e.stream == stream and e.phenomenon == phenomenon]
    own, twice = counted_once(mine)
    if twice:
        mine = [
            replace(s, interval=i)
            for s in mine
            for i in ([s.interval] if s.kind == "gap" else intersect([s.interval], own.get(s.recording, ())))
        ]
        flags = [e for e in flags if any(i.start <= e.interval.start < i.end for i in own.get(e.recording, ()))]

    def of(*kinds: str) -> Intervals:
        return union(s.interval for s in mine if s.kind in kinds)

    return Lane(
        stream,
        phenomenon,
        of("worn"),
        of("not worn"),
        subtract(of("gap"), of("worn", "not worn")),  # another recording may hold what one lacks
        of("flagged", "clear"),
        tuple(sorted((s.interval, s.reason) for s in mine if s.kind == "not judged")),
        tuple(sorted(flags, key=lambda e: (e.interval, e.id))),
        twice,
    )


def counted_once(spans: Iterable[SpanRow]) -> tuple[dict[str, Intervals], Intervals]:
    """Of one stream's rows, the recorded time of each recording that counts, and the time that several hold.

    A file and its export in another format, or two downloads of one device, hold the same minutes: with each flag
    twice in hours that are there once the rate would double. The recording that begins first counts; of those that
    begin together the one that ends first, so that a longer download adds to what is there.
    """
    held: dict[str, list[Interval]] = {}
    for s in spans:
        if s.kind in ("worn", "not worn"):
            held.setdefault(s.recording, []).append(s.interval)
    whole = {recording: found for recording, parts in held.items() if (found := union(parts))}
    own: dict[str, Intervals] = {}
    taken: Intervals = ()
    twice: list[Interval] = []
    for recording in sorted(whole, key=lambda r: (whole[r][0].start, whole[r][-1].end, r)):
        own[recording] = subtract(whole[recording], taken)
        twice += intersect(whole[recording], taken)
        taken = union(taken, whole[recording])
    return own, union(twice)


def lanes(spans: Sequence[SpanRow], episodes: Sequence[EpisodeRow]) -> tuple[Lane, ...]:
    """Every stream with every phenomenon, the one that says most first.

    Streams that were judged for about as long as the longest, by their flags; then the others by their judged time.
    Of one stream, the phenomenon with most flags. Some seconds more must put no flags behind time without any.
    """
    keys = dict.fromkeys((s.stream, s.phenomenon) for s in spans if s.phenomenon)
    found = [lane(spans, episodes, *key) for key in keys]
    judged: dict[str, int] = {}
    flags: dict[str, int] = {}
    for x in found:
        judged[x.stream] = max(judged.get(x.stream, 0), total(x.judged))
        flags[x.stream] = max(flags.get(x.stream, 0), len(x.flags))
    about_longest = ABOUT * max(judged.values(), default=0)

    def key(x: Lane) -> tuple[bool, int, int, int, str, int, bool, str]:
        is_long, mine = judged[x.stream] >= about_longest, flags[x.stream]
        of_stream = (not is_long, -mine if is_long else 0, -judged[x.stream], -mine, x.stream)
        return (*of_stream, -len(x.flags), x.phenomenon != FREEZING, x.phenomenon)

    return tuple(sorted(found, key=key))


def chosen_lane(found: Sequence[Lane], stream: str | None, phenomenon: str | None) -> Lane:
    """The lane asked for; else the first of that stream; else the first of all."""
    of_stream = [x for x in found if x.stream == stream]
    return next((x for x in of_stream if x.phenomenon == phenomenon), (of_stream or list(found))[0])


def lane_titles(found: Sequence[Lane], places: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """What to call each lane beside the others: by its sensor, its phenomenon, or both where both differ.

    Parameters
    ----------
    places
        What to call each sensor, by its name.
    """
    streams, phenomena = {x.stream for x in found}, {x.phenomenon for x in found}
    return {
        (x.stream, x.phenomenon): " · ".join(
            [places.get(x.stream, x.stream)] * (len(streams) > 1) + [x.phenomenon] * (len(phenomena) > 1)
        )
        for x in found
    }


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of a lane, as one row of the raster and of the table beside it."""

    day: LocalDay
    lane: Lane
    worn_us: int
    judged_us: int

    @property
    def flags(self) -> int:
        """Counted episodes that begin in the day."""
        return len(self.lane.flags)

    @property
    def unsure(self) -> int:
        """Episodes that are shown but not counted."""
        return len(self.lane.episodes) - self.flags

    @property
    def count(self) -> Day:
        """What the day adds to a rate."""
        return Day(self.flags, self.judged_us)


def day_rows(lane_: Lane, clock: WallClock, span: Interval | None = None) -> tuple[DayRow, ...]:
    """The days that a span (or all of the lane) touches, one row each, empty days included."""
    whole = span or lane_.span
    if whole is None:
        return ()
    rows = []
    for day in clock.days(whole):
        part = lane_.within(day.interval)
        rows.append(DayRow(day, part, total(part.worn), total(part.judged)))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Periods:
    """The days that are talked about, and those before them that they are compared with.

    ``is_last`` says that nothing was recorded after them.
    """

    now: tuple[DayRow, ...]
    before: tuple[DayRow, ...]
    is_last: bool = True

    @property
    def now_name(self) -> str:
        """``the last 7 days``, ``these 7 days``."""
        if len(self.now) > 1:
            return f"{'the last' if self.is_last else 'these'} {len(self.now)} days"
        return "this recording" if self.is_last else "this day"

    @property
    def before_name(self) -> str:
        """``the 7 days before``."""
        return f"the {len(self.before)} days before" if len(self.before) > 1 else "the day before"

    @property
    def span(self) -> Interval:
        """From the first midnight to the last of the days talked about."""
        return Interval(self.now[0].day.interval.start, self.now[-1].day.interval.end)


def periods(rows: Sequence[DayRow], days: int = 7, before: int = 14) -> Periods:
    """The last ``days`` days up to one with data, against up to ``before`` days before them; each begins with data.

    Between two recordings nobody took the sensor off: those days are no days that were not worn.
    """
    known = [k for k, row in enumerate(rows) if row.lane.recorded]
    end = known[-1] + 1 if known else len(rows)

    def begins(low: int, high: int) -> int:
        return next((k for k in known if low <= k < high), high if known else low)

    first = begins(max(0, end - days), end)
    return Periods(tuple(rows[first:end]), tuple(rows[begins(max(0, first - before), first) : first]))
