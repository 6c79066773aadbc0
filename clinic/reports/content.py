"""What stands on a report, as plain values: no layout, no clock, no store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clinic.reports import words
from clinic.reports.cards import Card, card_for
from clinic.reports.material import Material, Trace
from clinic.reports.raster import Raster, cut_in_strips, raster
from clinic.reports.thresholds import detectors_of, judged_words, thresholds_of
from clinic.review.audits import Audit, Scope, audit_for, outdated, scope_of, versions
from clinic.review.reviewed_words import detector_words, headline, hours_words, rate_words
from clinic.store.rows import DoseRow, EpisodeRow, RecordingRow
from clinic.timeline.clock import HOUR_US, MINUTE_US, WallClock, clock_for, decimal_hours, length
from clinic.timeline.doses import DoseRelation, dose_relation
from clinic.timeline.face import twice_words
from clinic.timeline.lane import LONG_US, DayRow, Lane, Periods, day_rows, lane, lanes, periods
from clinic.timeline.period_rates import PeriodRates, rates_of
from clinic.timeline.rates import Rate, number
from clinic.timeline.sentence import Answer, answer, capital
from clinic.timeline.validity import USUAL, Validity
from clinic.timeline.validity import words as valid_words
from data.errors import MotionwardError
from data.intervals import Interval, intersect, total

SHORT_US = 3 * HOUR_US
"""A span up to this length is drawn as consecutive strips of recording time instead of days."""
NO_PHENOMENON = "any phenomenon"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the table, ready to print."""

    name: str
    cells: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one flag stands on: its time, the lines of its card, and the raw signal about it.

    ``traces`` are points of each axis as shares of a box, ``inside`` the shares between which the flag lies.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    traces: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]
    inside: tuple[float, float]


Evidence = Callable[[Sequence[EpisodeRow], WallClock, Sequence[DoseRow]], tuple[Shown, ...]]
"""Told flags, the clock and the doses; gives what each stands on."""
MOST_EVIDENCE = 10
"""What stands on one printed page."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is printed, in the order of a reader."""

    title: str
    who: str
    is_patient: bool
    is_simulated: bool
    when: str
    made: str
    sensor: str
    detector: str
    answer: Answer
    trust: tuple[tuple[str, str, str], ...]
    raster: Raster
    raster_head: str
    table_head: str
    table: tuple[TableRow, ...]
    doses: DoseRelation | None
    doses_note: str
    quality: tuple[tuple[str, str], ...]
    limits: tuple[str, ...]
    reviewed: str
    evidence: tuple[Shown, ...]
    evidence_common: tuple[tuple[str, str], ...]
    evidence_note: str
    others: str
    foot: tuple[str, ...]


def build(
    m: Material,
    cards: Sequence[Card],
    *,
    stream: str | None = None,
    phenomenon: str | None = None,
    span: Interval | None = None,
    trace: Trace | None = None,
    threshold: float | None = None,
    evidence: Evidence | None = None,
    validity: Validity = USUAL,
    left_out: str = "",
) -> Report:
    """Make the content of a report; see :mod:`clinic.reports.make` for the arguments.

    Raises
    ------
    MotionwardError
        If there is no recording, or nothing of the lane in the span.
    """
    if not m.recordings:
        raise MotionwardError(f"There is no recording of {m.who} to report on: import one first.")
    every = lanes(m.spans, m.episodes)
    whole = _chosen(every, stream, phenomenon) or lane(
        m.spans, m.episodes, m.recordings[0].streams[0].name, phenomenon or NO_PHENOMENON
    )
    start = min(s.interval.start for r in m.recordings for s in r.streams)
    clock = clock_for(m.recordings[0].clock, m.zone, start)
    parts = _periods(whole, clock, span)
    if not parts.now:
        raise MotionwardError(f"Nothing of {m.who} was recorded in the days asked for: choose other days.")
    shown = whole.within(parts.span)
    extent = shown.span or parts.span
    card = card_for(m, shown, cards)
    thresholds = (threshold,) if threshold is not None else thresholds_of(m, shown, card)
    used = thresholds[0] if len(thresholds) == 1 else None
    judged_by = detectors_of(m, shown, card)
    doses = m.doses if clock.has_date else ()
    here = [d for d in doses if parts.span.start <= d.taken_us < parts.span.end]
    rates = rates_of(whole, parts, clock, validity, m.forbidden)
    relation = dose_relation(shown, doses, clock, rates) if here else None
    is_short = extent.duration <= SHORT_US
    strips = cut_in_strips(extent, clock) if is_short else ()
    scope = scope_of(m.who, m.recordings, m.runs, whole, parts.span)
    audit = audit_for(scope, m.samples, m.answers)
    found = audit.reviewed() if audit is not None and audit.is_done else None
    corrected = headline(whole.phenomenon, found) if found is not None and rates.why_not is None else None
    longest = sorted(shown.episodes, key=lambda e: (-e.interval.duration, e.interval.start))[:MOST_EVIDENCE]
    opened = evidence(sorted(longest, key=lambda e: e.interval), clock, doses) if evidence is not None else ()
    # What all of them have in common is said once.
    common = tuple(f for f in opened[0].facts if all(f in x.facts for x in opened)) if len(opened) > 1 else ()
    made_us = max((r.made_us for r in m.runs), default=0)
    waiting = sum(not e.verdict for e in shown.flags)
    return Report(
        f"{capital(whole.phenomenon)}, {_how_long(parts, extent)}",
        m.who,
        m.is_patient,
        m.is_simulated,
        clock.span(extent) + (f", local time {clock.zone}" if clock.zone else ""),
        f"Analysed {WallClock(m.zone or 'UTC').moment(made_us)}" if made_us else "",
        _sensor(m.recordings, whole.stream),
        judged_words(shown, judged_by, thresholds, m.taught),
        corrected or answer(shown, parts, doses, clock, rates),
        words.trust(m, whole, shown, waiting, len(audit.answers) if audit is not None and found is not None else 0),
        raster(shown, parts, strips, clock, [d.taken_us for d in here], trace, used),
        "When in the recording" if is_short else _when_in_the_day(parts),
        f"By {length(strips[0].duration)}" if is_short else "By day",
        _table(shown, parts, strips, clock, validity, rates),
        relation,
        _doses_note(relation, len(here)),
        words.quality(m, whole, shown, clock, valid_words(parts.now, clock, validity)),
        words.limits(
            m,
            shown,
            card,
            thresholds,
            judged_by,
            is_audited=found is not None,
            is_corrected=corrected is not None,
            may_rate=rates.why_not is None,
            left_out=left_out,
        ),
        " ".join(filter(None, (_audited(m, scope, audit, whole), words.reviewed(shown, is_audited=found is not None)))),
        tuple(replace(x, facts=tuple(f for f in x.facts if f not in common)) for x in opened),
        common,
        words.evidence_note(
            len(opened), len(shown.flags), len(shown.episodes) - len(shown.flags), is_stored=m.is_patient
        ),
        words.others([x.within(parts.span) for x in every], whole),
        words.foot(m),
    )


def _audited(m: Material, scope: Scope, audit: Audit | None, whole: Lane) -> str:
    """What the audit of these flags says, or why there is none that counts."""
    if audit is None:
        used = versions(whole, [r for r in m.runs if r.id in scope.runs])
        return outdated(scope, m.samples, m.answers, used)
    if not audit.is_done:
        return f"An audit was begun: {len(audit.answers)} of {len(audit.plan.items)} stretches looked at."
    found = audit.reviewed()
    last = WallClock(m.zone or "UTC").moment(max(a.made_us for a in audit.answers))
    rate = f" {rate_words(found)}." if found.rate is None else ""
    return (
        f"Audited by {audit.reviewers}, the last stretch on {last}.{rate} {detector_words(found)} {hours_words(found)}"
    )


def _chosen(every: Sequence[Lane], stream: str | None, phenomenon: str | None) -> Lane | None:
    fitting = (x for x in every if stream in (None, x.stream) and phenomenon in (None, x.phenomenon))
    return next(fitting, None)


def _periods(whole: Lane, clock: WallClock, span: Interval | None) -> Periods:
    rows = day_rows(whole, clock)
    if span is None:
        return periods(rows)
    now = tuple(r for r in rows if r.day.interval.overlaps(span))
    first = rows.index(now[0]) if now else 0
    return Periods(now, rows[max(0, first - 14) : first], is_last=bool(now) and now[-1] is rows[-1])


def _how_long(parts: Periods, extent: Interval) -> str:
    return f"{len(parts.now)} days" if len(parts.now) > 1 else length(extent.duration)


def _when_in_the_day(parts: Periods) -> str:
    return "; ".join(filter(None, ("When in the day", twice_words([r.day for r in parts.now]))))


def _sensor(recordings: Sequence[RecordingRow], stream: str) -> str:
    rows = [(r, s) for r in recordings for s in r.streams if s.name == stream]
    r, s = rows[0]
    worn = f"{s.side} {s.placement}" if s.side in ("left", "right") else s.placement
    place = "Sensor in an unknown place" if s.placement == "unknown" else f"Sensor on the {worn}"
    kinds = [
        w for h, w in (("acc", "acceleration"), ("gyro", "turning rate")) if any(c.startswith(h) for c in s.channels)
    ]
    rates = sorted({x.rate_hz for _, x in rows})
    return f"{place}, {' and '.join(kinds)}, {', '.join(f'{x:g}' for x in rates)} Hz · {r.device}"


TABLE_HEAD = (
    "worn, h",
    "judged, h",
    "flags",
    "unsure",
    "per judged hour",
    "95 % interval",
    "over 10 s",
    "longest",
    "time flagged",
)


def _table(
    shown: Lane, parts: Periods, strips: Sequence[Interval], clock: WallClock, validity: Validity, rates: PeriodRates
) -> tuple[TableRow, ...]:
    none, few = ("–", "–") if rates.never else ("", "too few days")
    every = [shown] if strips else [r.lane for r in parts.now]
    flagged = [e.interval for lane in every for e in lane.flags]
    if strips:
        pieces = [s for s in strips if intersect(shown.recorded, [s])]
        names = [clock.time(s.start, seconds=not clock.has_date) for s in pieces]
        rows = [_row(n, [shown.within(s)], None, "–", flagged) for n, s in zip(names, pieces, strict=True)]
        whole = "Whole recording"
    else:
        rows = [_row(_day_name(r, parts, clock, validity), [r.lane], rates.of_day(r), none, flagged) for r in parts.now]
        whole = f"All {len(parts.now)} days"
    if len(rows) != 1 or strips:
        of_all = _row(whole, every, rates.now, few if rates.why_not else "", flagged, kind="sum")
        rows = [*rows, of_all] if len(rows) != 1 else [of_all]
    if rates.before is not None:
        name, instead = capital(parts.before_name), few if rates.why_not_before else ""
        before = [r.lane for r in parts.before]
        its = [e.interval for lane in before for e in lane.flags]
        rows.append(_row(name, before, rates.before, instead, its, kind="before"))
    return tuple(rows)


def _day_name(row: DayRow, parts: Periods, clock: WallClock, validity: Validity) -> str:
    """``Tue 3``; one of several that was not worn enough says so."""
    if len(parts.now) == 1 or not clock.has_date or validity.holds(row):
        return row.day.short
    why = "not valid" if row.worn_us else "not worn" if row.lane.recorded else "not recorded"
    return f"{row.day.short}, {why}"


def _row(
    name: str, parts: Sequence[Lane], found: Rate | None, instead: str, flagged: Sequence[Interval], kind: str = ""
) -> TableRow:
    """One or more lanes as one row; a share of time needs anything judged.

    ``found`` is their rate; ``instead`` stands in its place where none may be given, and is empty where only less than
    an hour may be what is missing. Of ``flagged``, whatever lies in the lanes' judged time is their share of it: a flag
    counts where it begins, but its time where it passes.
    """
    flags = [e for p in parts for e in p.flags]
    unsure = sum(len(p.episodes) - len(p.flags) for p in parts)
    worn_us, judged_us = sum(total(p.worn) for p in parts), sum(total(p.judged) for p in parts)
    longest = max((e.interval.duration for e in flags), default=0)
    flagged_us = total(intersect(flagged, [i for p in parts for i in p.judged]))
    value, interval = instead or ("under 1 h" if judged_us else "–"), "–"
    if found is not None and found.value is not None and found.low is not None and found.high is not None:
        value, interval = number(found.value), f"{number(found.low)}–{number(found.high)}"
    return TableRow(
        name,
        (
            decimal_hours(worn_us),
            decimal_hours(judged_us),
            str(len(flags)) if judged_us else "–",
            str(unsure) if unsure else "–",
            value,
            interval,
            str(sum(e.interval.duration > LONG_US for e in flags)) if judged_us else "–",
            f"{longest / 1e6:.1f} s" if 0 < longest < MINUTE_US else length(longest) if longest else "–",
            f"{100 * flagged_us / judged_us:.{2 if flagged_us < judged_us / 100 else 1}f} %" if judged_us else "–",
        ),
        kind,
    )


def _doses_note(relation: DoseRelation | None, doses: int) -> str:
    if relation is None:
        return ""
    many = "1 dose" if doses == 1 else f"{doses} doses"
    early = relation.before_first
    lost = f"{early} flag is" if early == 1 else f"{early} flags are"
    rest = f" {lost} before the first dose of a day and not in the picture." if early else ""
    return f"{many}.{rest} {relation.sentence}"
