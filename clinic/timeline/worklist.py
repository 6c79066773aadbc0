"""Who needs a look first: a stated rule over what the store holds of each patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clinic.learned import Reach
from clinic.store.rows import EpisodeRow, FindingRow, PatientRow, RecordingRow, SpanRow
from clinic.timeline.clock import DAY_US, HOUR_US, WallClock, clock_for, length
from clinic.timeline.lane import LONG_US, DayRow, Lane, Periods, day_rows, lanes, periods
from clinic.timeline.period_rates import PeriodRates, forbidden_by, rates_of
from clinic.timeline.rates import Change, Rate, too_little
from clinic.timeline.together import groups, on_one_clock
from clinic.timeline.validity import USUAL, Validity
from data.intervals import total
from data.phenomena import FALL
from data.recording import Clock

RULE = (
    "The order is a rule, not a score: unreviewed falls, then flags over 10 s, then a change its interval supports, "
    "then wear or placement trouble, then days since the last look."
)
LOW_WEAR_US = 4 * HOUR_US
"""Wear a day under which the sensor needs checking."""
BARS = 14
WORKING = "being analysed"
NOT_DONE = "not analysed"
_MOST_FILES = 3
"""Files that are named before the rest are counted."""
URGENT = FALL
"""What needs a look however short a flag is, and whatever else a patient is watched for."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the small bars: ``state`` is ``rate``, ``not worn``, ``not judged`` or ``nothing``."""

    state: str
    value: float
    is_recent: bool
    title: str


@dataclass(frozen=True, slots=True)
class Look:
    """One row of the work list.

    Parameters
    ----------
    now
        Rate over the last seven days with data; None where there is none, and ``no_rate`` says why.
    turned
        Against up to fourteen days before; None when there is nothing to compare with.
    wear
        In words, ``13.6 h a day``.
    to_do, why
        What to look at, of all days that were recorded, and why the row stands where it does.
    falls, long_unreviewed
        Flags of what is urgent, and of the rest those over 10 s.
    pending
        :data:`WORKING` or :data:`NOT_DONE` where the row does not hold all that was recorded, else empty.
    """

    patient: PatientRow
    phenomenon: str
    bars: tuple[Bar, ...]
    now: Rate | None
    no_rate: str
    turned: Change | None
    wear: str
    worn_us: int
    to_do: str
    why: str
    unreviewed: int
    falls: int
    long_unreviewed: int
    needs_look: bool
    days_unseen: int | None
    last_us: int | None
    pending: str = ""

    @property
    def seen(self) -> str:
        """When somebody last looked."""
        if self.days_unseen is None:
            return "never"
        return "today" if self.days_unseen == 0 else f"{self.days_unseen} d"


def look(
    patient: PatientRow,
    *,
    recordings: Sequence[RecordingRow],
    spans: Sequence[SpanRow],
    episodes: Sequence[EpisodeRow],
    last_look_us: int | None,
    now_us: int,
    findings: Sequence[FindingRow] = (),
    validity: Validity = USUAL,
    is_busy: bool = False,
) -> Look:
    """One patient's row, from their rows alone; ``now_us`` counts the days since the last look.

    ``validity`` says when a week is worn enough for a rate, ``is_busy`` that recordings of the patient are being
    imported or analysed.
    """
    not_done = len({r.id for r in recordings} - {s.recording for s in spans})
    pending = WORKING if is_busy else NOT_DONE if not_done else ""
    shown = on_one_clock(recordings)
    dated = bool(shown) and shown[0].clock == Clock.ABSOLUTE.value
    ids = {r.id for r in shown}
    found = lanes([s for s in spans if s.recording in ids], [e for e in episodes if e.recording in ids])
    unseen = None if last_look_us is None else max(0, (now_us - last_look_us) // DAY_US)
    if not found or found[0].span is None:
        absent = "not recorded yet" if patient.is_simulated else "import a recording"
        again = "" if patient.is_simulated else ": import it again"
        todo = WORKING if is_busy else f"{NOT_DONE}{again}" if recordings else absent
        return Look(patient, "", (), None, "", None, "", 0, todo, "", 0, 0, 0, False, unseen, None, pending)
    main = found[0]
    start = min(r.streams[0].interval.start for r in shown)
    clock = WallClock(patient.zone) if dated else clock_for(shown[0].clock, None, start)
    rows = day_rows(main, clock)
    parts = periods(rows)
    current = main.within(parts.span)
    rates = rates_of(main, parts, clock, validity, forbidden_by([f for f in findings if f.recording in ids]))
    turned = rates.turned
    trouble = _trouble(main, current, parts)
    falls, flags = _waiting(found)
    n_here = len(falls) + len(flags)
    for other in groups(recordings)[1:]:  # on other clocks, but to be looked at all the same
        falls, flags = (a + b for a, b in zip((falls, flags), _waiting_in(other, spans, episodes), strict=True))
    n_elsewhere = len(falls) + len(flags) - n_here
    n_long = sum(e.interval.duration > LONG_US for e in flags)
    unsure = sum(e.certainty == "unsure" and not e.verdict for e in main.episodes)
    supported = turned is not None and turned.is_supported
    days, of_now = (sum(bool(r.lane.recorded) for r in some) for some in (rows, parts.now))
    to_do, why = _reasons(
        len(falls), len(flags), unsure, n_long, turned if supported else None, trouble,
        since=f" in {days} days" if days > of_now else "",
    )  # fmt: skip
    if n_elsewhere:
        n_files = len(recordings) - len(shown)
        files = "another file" if n_files == 1 else f"{n_files} other files"
        why = "; ".join(filter(None, (why, f"{n_elsewhere} in {files} without a date")))
    if pending:
        how_many = "recordings are" if is_busy else "1 recording" if not_done == 1 else f"{not_done} recordings"
        why = "; ".join(filter(None, (why, f"{'further ' * is_busy}{how_many} {pending}")))
    return Look(
        patient,
        main.phenomenon,
        _bars(rows, rates, dated=dated),
        rates.now if rates.now.value is not None else None,
        rates.why_not or (trouble[1] if trouble and trouble[0] != "check sensor" else too_little(total(current.worn))),
        turned,
        _wear(parts),
        total(current.worn),
        to_do,
        why,
        len(flags) + len(falls),
        len(falls),
        n_long,
        bool(n_long or falls or supported or trouble),
        unseen,
        max(s.interval.end for r in shown for s in r.streams) if dated else None,
        pending,
    )


def work_list(looks: Sequence[Look]) -> tuple[Look, ...]:
    """In the order of the rule; the patient's code settles the rest."""

    def key(row: Look) -> tuple[int, int, bool, bool, int, str]:
        unseen = row.days_unseen if row.days_unseen is not None else 10**6
        supported = row.turned is not None and row.turned.is_supported
        return -row.falls, -row.long_unreviewed, not supported, not row.needs_look, -unseen, row.patient.code

    return tuple(sorted(looks, key=key))


def headline(looks: Sequence[Look]) -> tuple[str, str]:
    """The page's answer: how many need a look, who first, and why."""
    needy, waits = [x for x in looks if x.needs_look], _pending(looks)
    if not needy and waits:
        others = "; no other patient needs a look now" if any(not x.pending for x in looks) else ""
        is_busy = any(x.pending == WORKING for x in looks)
        then = "What is found stands here once that is done." if is_busy else "Import it again: the analysis goes on."
        return f"{waits}{others}.", then
    if not needy:
        return "No patient needs a look now.", "Nothing pressing; the longest unseen stand first."
    one, of = len(needy), len(looks)
    verb = "needs" if one == 1 else "need"
    first = needy[0]
    head = f"{one} of {of} {'patient' if of == 1 else 'patients'} {verb} a look"
    why = f"{first.to_do}; {first.why}" if first.why else first.to_do
    second = f"{why[:1].upper()}{why[1:]}." + (f" {waits}." if waits else "")
    return f"{head}; {first.patient.code} first." if of > 1 else f"{head}.", second


def _pending(looks: Sequence[Look]) -> str:
    """Of whom not all that was recorded is known yet: none flagged is no finding then."""
    said = []
    for state in (WORKING, NOT_DONE):
        codes = [x.patient.code for x in looks if x.pending == state]
        who = " and ".join(codes) if len(codes) < 3 else f"{len(codes)} patients"
        verb = "is" if len(codes) == 1 else "are"
        if codes:
            said.append(f"{who} {verb} being analysed" if state == WORKING else f"A recording of {who} is not analysed")
    return "; ".join(said)


def _waiting(found: Sequence[Lane]) -> tuple[list[EpisodeRow], list[EpisodeRow]]:
    """What nobody has looked at yet: flags of what is urgent in all lanes, and those of the one that says most."""
    falls = [e for x in found if x.phenomenon == URGENT for e in x.flags if not e.verdict]
    main = found[0] if found else None
    if main is None or main.phenomenon == URGENT:
        return falls, []
    return falls, [e for e in main.flags if not e.verdict]


def _waiting_in(
    recordings: Sequence[RecordingRow], spans: Sequence[SpanRow], episodes: Sequence[EpisodeRow]
) -> tuple[list[EpisodeRow], list[EpisodeRow]]:
    ids = {r.id for r in recordings}
    return _waiting(lanes([s for s in spans if s.recording in ids], [e for e in episodes if e.recording in ids]))


def waiting_elsewhere(
    recordings: Sequence[RecordingRow],
    shown: Sequence[RecordingRow],
    spans: Sequence[SpanRow],
    episodes: Sequence[EpisodeRow],
) -> str:
    """What a page says of flags to be looked at in recordings on other clocks than those shown; empty without any."""
    ids = {r.id for r in shown}
    others = [g for g in groups(recordings) if not ids & {r.id for r in g}]
    many = {g: sum(map(len, _waiting_in(g, spans, episodes))) for g in others}
    having = [r.file for g in others if many[g] for r in g]
    if not having:
        return ""
    flags = sum(many.values())
    waits = "1 more flag waits" if flags == 1 else f"{flags} more flags wait"
    more = f" and {len(having) - _MOST_FILES} more" if len(having) > _MOST_FILES else ""
    where = "another recording" if len(having) == 1 else "other recordings"
    return f"{waits} for a look in {where}, to be chosen above: {', '.join(having[:_MOST_FILES])}{more}."


def _trouble(main: Lane, current: Lane, parts: Periods) -> tuple[str, str] | None:
    """Wear or placement that keeps the row from saying anything; short recordings are no wear trouble."""
    if main.reach is Reach.OUTSIDE:
        return "check placement", "outside what the detector learned"
    reasons = [(r, us) for r, us in current.reasons() if r != "unsure"]
    worn = total(current.worn)
    if worn and sum(us for _, us in reasons) > worn / 2:
        return "check placement" if "no detector" in reasons[0][0] else "check signal", reasons[0][0]
    worn_days = sum(r.worn_us > 0 for r in parts.now)
    if len(parts.now) > 1 and worn / len(parts.now) < LOW_WEAR_US:
        return "check sensor", f"worn {worn_days} of {len(parts.now)} days, {_wear(parts)}"
    return None


def _reasons(
    falls: int, flags: int, unsure: int, n_long: int, supported: Change | None, trouble: tuple[str, str] | None,
    *, since: str,
) -> tuple[str, str]:  # fmt: skip
    why = []
    if n_long:
        why.append(f"{n_long} of them over 10 s")
    if supported is not None:
        why.append(f"{supported.times} the rate of the days before, and the interval excludes no change")
    if trouble:
        why.append(trouble[1])
    counted = ["1 possible fall" if falls == 1 else f"{falls} possible falls"] * bool(falls)
    is_in_doubt = trouble is not None and not n_long
    if flags or (unsure and not is_in_doubt):
        parts = [f"{flags} {'flag' if flags == 1 else 'flags'}"] * bool(flags or not falls)
        counted.append(", ".join([*parts, *[f"{unsure} unsure"] * bool(unsure)]))
        if not why and not falls and not is_in_doubt:
            why.append("none over 10 s")
    to_do = ["; ".join(counted) + since] if counted else []
    if trouble and is_in_doubt:
        to_do.append(trouble[0])
    elif supported and not counted:
        to_do.append("read the change")
    return "; ".join(to_do) or "none", "; ".join(why)


def _wear(parts: Periods) -> str:
    worn = sum(r.worn_us for r in parts.now)
    return length(worn) if len(parts.now) == 1 else f"{worn / HOUR_US / len(parts.now):.1f} h a day"


def _bars(rows: Sequence[DayRow], rates: PeriodRates, *, dated: bool) -> tuple[Bar, ...]:
    shown = list(rows[-BARS:]) if dated else []
    empty = Bar("nothing", 0.0, is_recent=False, title="nothing recorded")
    bars = []
    for k, r in enumerate(shown):
        recent = k >= len(shown) - 7
        of_day = rates.of_day(r)
        if of_day.value is not None:
            title = f"{r.day.title}: {r.flags} flags in {of_day.hours:.1f} judged hours"
            bars.append(Bar("rate", of_day.value, recent, title))
        elif r.worn_us:
            said = f"{length(r.judged_us)} judged, no rate" if r.judged_us else "worn, not judged"
            bars.append(Bar("not judged", 0.0, recent, f"{r.day.title}: {said}"))
        elif r.lane.recorded:
            bars.append(Bar("not worn", 0.0, recent, f"{r.day.title}: not worn"))
        else:
            bars.append(Bar("nothing", 0.0, recent, f"{r.day.title}: nothing recorded"))
    return (empty,) * (BARS - len(bars)) + tuple(bars) if bars else ()
