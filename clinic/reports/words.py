"""The sentences of a report: trust, quality, what it cannot say, who looked, where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from clinic.learned import Reach
from clinic.reports.cards import Card
from clinic.reports.material import Material
from clinic.reports.thresholds import detectors_differ, thresholds_differ
from clinic.timeline.clock import HOUR_US, NO_DATE, WallClock, length
from clinic.timeline.lane import Lane, in_short
from clinic.timeline.trust import TOLD_US, TWICE_US
from data.intervals import Interval, total
from data.phenomena import FALL, FREEZING, TREMOR
from models.detectors import OperatingPoint
from models.scores import UNKNOWN

DISCLAIMER = "Not a medical device; supports, never replaces, a clinician's judgement."
SIMULATED = "Simulated patient"
_MOST_FINDINGS = 3


def plural(count: int, one: str, many: str = "") -> str:
    """``1 flag``, ``2 flags``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def trust(m: Material, whole: Lane, shown: Lane, waiting: int, audited: int = 0) -> tuple[tuple[str, str, str], ...]:
    """The strip: how far the signal is from what was learned, wear, judged time, signal, reviews or ``audited``.

    How far it is from that is a matter of the ``whole`` lane, the rest of what is ``shown`` of it.
    """
    worn, judged, recorded = total(shown.worn), total(shown.judged), total(shown.recorded)
    unlike = sum(us for r, us in whole.reasons() if r == UNKNOWN)
    reach = whole.reach
    if not judged:
        reasons = in_short(shown.reasons())
        items = [("off", "Not judged", f": {reasons}" if reasons else "")]
    elif reach is Reach.OUTSIDE:
        items = [("check", "Outside", f" of what was learned: {length(unlike)} unlike it, no rate")]
    elif reach is Reach.NEAR:
        items = [("check", "Near the edge", f" of what was learned: {length(unlike)} outside")]
    else:
        items = [("good", "In range", " of what was learned")]
    items.append(("", f"{_short(worn)} worn", f" of {_short(recorded)}"))
    if judged:
        rest = f", {length(worn - judged)} not" if worn - judged >= TOLD_US else ""
        items.append(("", f"{_short(judged)} judged", rest))
    troubles = [f for f in m.findings if f.severity != "note" and f.stream in ("", shown.stream)]
    items.append(
        ("check", plural(len(troubles), "finding"), " about the signal") if troubles else ("", "Signal good", "")
    )
    flags = len(shown.flags)
    if audited:
        return (*items, ("", plural(audited, "stretch", "stretches"), " audited"))
    items.append(
        ("", f"{flags - waiting} of {flags}", " flags looked at") if flags else ("", "No flags", " to look at")
    )
    return tuple(items)


def _short(us: int) -> str:
    return f"{us / HOUR_US:.0f} h" if us >= 10 * HOUR_US else length(us)


def quality(
    m: Material, whole: Lane, shown: Lane, clock: WallClock, valid: str = ""
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Worn, not worn, gaps, not judged and why, and the findings; pairs of a bold word and a text.

    Findings are of the ``whole`` lane, what was assumed of the recordings that are shown, all else of what is
    ``shown`` of the lane.
    """
    worn, off, gaps = total(shown.worn), total(shown.not_worn), total(shown.gaps)
    out = [("Worn", f"{length(worn)} of {length(worn + off)} recorded.")]
    if (twice := total(shown.twice)) >= TWICE_US:
        out.append(("In several files", f"{length(twice)}, counted once: as the file has it that begins first."))
    if off:
        out.append(("Not worn", f"{length(off)}, the longest {_when(_longest(shown.not_worn), clock)}."))
    if gaps:
        many = plural(len(shown.gaps), "gap")
        out.append(("Not recorded", f"{length(gaps)} in {many}, the longest {_when(_longest(shown.gaps), clock)}."))
    if valid:
        out.append(("Valid days", valid))
    reasons = [(r, us) for r, us in shown.reasons() if us >= TOLD_US]
    if reasons:
        said = "; ".join(f"{length(us)}: {'unsure flags' if r == 'unsure' else r}" for r, us in reasons[:4])
        rest = sum(us for _, us in reasons[4:])
        more = f"; {length(rest)} for other reasons" if rest else ""
        out.append(("Worn but not judged", f"{said}{more}. Counted neither as flagged nor as clear."))
    found = [f for f in m.findings if f.stream in ("", shown.stream) and f.severity != "note"]
    said_once = list(dict.fromkeys(f.sentence for f in found))
    if said_once:
        more = f" And {len(said_once) - _MOST_FINDINGS} more." if len(said_once) > _MOST_FINDINGS else ""
        # Findings are of whole recordings: beside the numbers of a period they must not be taken for its.
        of = "In all that was recorded, not these days alone: " if whole.span != shown.span else ""
        out.append(("To check", of + " ".join(said_once[:_MOST_FINDINGS]) + more))
    gravity = (f.sentence for f in m.findings if f.kind == "autocalibration" and f.stream == shown.stream)
    if calibrated := next(gravity, ""):
        out.append(("Gravity", calibrated))
    here = [r for r in m.recordings if shown.span and any(s.interval.overlaps(shown.span) for s in r.streams)]
    guessed = list(dict.fromkeys(a for r in here or m.recordings for a in r.assumptions))
    if guessed:
        more = f" And {len(guessed) - 2} more." if len(guessed) > 2 else ""
        out.append(("Assumed", " ".join(g if g.endswith(".") else f"{g}." for g in guessed[:2]) + more))
    return tuple(out)


def _longest(spans: Sequence[Interval]) -> Interval:
    return max(spans, key=lambda i: (i.duration, -i.start))


def _when(span: Interval, clock: WallClock) -> str:
    if not clock.has_date:
        return f"{length(span.duration)} from {clock.time(span.start)}"
    same = clock.day(span.start) == clock.day(span.end)
    end = "" if same else f"{clock.day(span.end)} "
    start = clock.time(span.start, seconds=False)
    return f"{clock.day(span.start)} {start}–{end}{clock.time(span.end, seconds=False)}"


MEASURED_ON = {
    FREEZING: "of their freezing of gait at this threshold, with {alarms} while they were provoked to freeze "
    "and {daily} in everyday activities of healthy people.",
    FALL: "of their staged falls at this threshold, with {alarms} of scripted activities; how many real falls it "
    "finds is not known.",
    TREMOR: "of what a rule takes for tremor in a hand at rest, with {alarms} there and {daily} in everyday "
    "activities of healthy people; no clinician marked it.",
}
"""What the figures of a detector stand for, by phenomenon."""


def limits(
    m: Material,
    shown: Lane,
    card: Card | None,
    thresholds: Sequence[float],
    judged_by: Sequence[tuple[str, str]] = (),
    *,
    is_audited: bool = False,
    is_corrected: bool = False,
    may_rate: bool = True,
    left_out: str = "",
) -> tuple[str, ...]:
    """What the page cannot say, as sentences; as large as the results.

    Parameters
    ----------
    thresholds
        That the runs behind it used; none where that is not known.
    judged_by
        Name and version of each detector behind it; of several no figures are told.
    is_audited, is_corrected
        Whether an audit of these flags is done, and whether the headline tells the rate that it gave.
    left_out
        What is said of recordings that are on another clock.
    """
    out = _counted(is_audited=is_audited, is_corrected=is_corrected)
    promises = taught_promises(m, shown, judged_by)
    if differ := [said for said in (detectors_differ(judged_by), thresholds_differ(thresholds)) if said]:
        out += differ
    elif total(shown.judged) or _measured(card, thresholds) is not None:
        out.append(_found(card, thresholds, shown.phenomenon, is_taught=bool(promises)))
    if card is not None and len(judged_by) < 2 and (promised := promised_of(m, shown, card)):
        out.append(
            f"Flags are called unsure so that {100 * promised:.0f} % of a new person's flags or more are not both "
            "called sure and false, in the mean over people like those it was measured on; elsewhere it may be fewer."
        )
    out += promises
    if any(r.clock != "absolute" for r in m.recordings):
        out.append(f"Time of day and medication: {NO_DATE}.")
    elif not m.doses:
        out.append("Relation to medication: no dose was entered.")
    elif not may_rate:
        out.append("Relation to medication: no rate of these days may be given.")
    if left_out:
        out.append(left_out)
    if m.is_simulated:
        out.append("Anything about a real person: this patient is simulated.")
    return tuple(out)


def _found(card: Card | None, thresholds: Sequence[float], phenomenon: str, *, is_taught: bool) -> str:
    """What the detector found in other people at the threshold that was used."""
    point = _measured(card, thresholds)
    if card is not None and point is not None:
        return f"In {card.base}, the detector found {100 * point.sensitivity:.0f} % " + MEASURED_ON.get(
            phenomenon, "at this threshold, with {alarms}."
        ).format(alarms=_per_hour(point.false_alarms_per_hour), daily=_per_hour(point.daily_per_hour or 0.0))
    if is_taught:  # what is promised is of flags called sure; how many episodes are found is another matter
        return "Nobody measured how much this taught version of the detector finds, or misses, in other people."
    return "This threshold was not measured on other people, or the detector's figures are not installed here."


def _measured(card: Card | None, thresholds: Sequence[float]) -> OperatingPoint | None:
    return card.at(thresholds[0]) if card is not None and len(thresholds) == 1 else None


def _counted(*, is_audited: bool, is_corrected: bool) -> list[str]:
    """What the numbers of the page are, and what is known of what was missed."""
    if not is_audited:
        return [
            "A flag is not an episode until somebody has looked at the signal.",
            "How much was missed here is not known: nobody has measured it on this recording.",
        ]
    return [
        "The rate of episodes rests on a sample that somebody looked at; the picture and the table count flags."
        if is_corrected
        else "Headline, picture and table count flags; what was right and what was missed is told by the audit alone.",
        "The audit is about these days and this detector version; a reviewer may err.",
    ]


def promised_of(m: Material, shown: Lane, card: Card) -> float | None:
    """What was promised, of all that is shown, of the flags that a detector calls sure; None where a band decided."""
    span = shown.span
    here = {r.id for r in m.recordings if span and any(s.interval.overlaps(span) for s in r.streams)}
    shares = [
        None if d.get("sure_from") is None else run.manifest.get("settings", {}).get("promised")
        for run in m.runs
        if run.recording in here
        for d in run.manifest.get("detectors", [])
        if d.get("version") == card.version
    ]
    told = [float(share) for share in shares if share is not None]
    return min(told) if told and len(told) == len(shares) else None


def taught_promises(m: Material, shown: Lane, judged_by: Sequence[tuple[str, str]]) -> list[str]:
    """What a taught detector promised of the flags that it calls sure, where one alone judged all that is shown."""
    span = shown.span
    here = {r.id for r in m.recordings if span and any(s.interval.overlaps(span) for s in r.streams)}
    said = {
        str(d.get("promise") or "")
        for run in m.runs
        if run.recording in here
        for d in run.manifest.get("detectors", [])
        if (d.get("name"), d.get("version")) in set(judged_by)
    }
    return [*said] if len(judged_by) == 1 and len(said) == 1 and "" not in said else []


def _per_hour(value: float) -> str:
    return f"{value:.1f} false alarms an hour" if value < 9.95 else f"{value:.0f} false alarms an hour"


def evidence_note(shown: int, flags: int, unsure: int, *, is_stored: bool = True) -> str:
    """How many of the flags, those that count and the unsure ones, have their evidence on the report."""
    if not shown:
        return ""
    if shown == flags + unsure:
        return "Each flag with the raw signal about it and what it rests on."
    of = f"{flags} and {unsure} unsure" if unsure else f"{flags}"
    others = "open on the page Timeline, each with the same" if is_stored else "stand in episodes.csv"
    return f"The {shown} longest of {of} flags; the others {others}."


def reviewed(shown: Lane, *, is_audited: bool = False) -> str:
    """Who looked at how many flags and what they said; the numbers above stay counts of flags."""
    flags = shown.flags
    seen = [e for e in flags if e.verdict]
    unsure = len(shown.episodes) - len(flags)
    waits = f" {plural(unsure, 'unsure one')} {'is' if unsure == 1 else 'are'} not counted anywhere." if unsure else ""
    if not flags:
        return f"There is no flag to look at.{waits}"
    if not seen and is_audited:
        return "Apart from the audit nobody has called a flag right or wrong."
    if not seen:
        return f"Nobody has looked at {'this flag' if len(flags) == 1 else f'these {len(flags)} flags'} yet.{waits}"
    said = Counter(e.verdict for e in seen)
    names = {"right": "right", "edges": "right with edges to correct", "wrong": "wrong"}
    verdicts = ", ".join(f"{said[v]} {name}" for v, name in names.items() if said[v])
    who = ", ".join(sorted({e.reviewer for e in seen if e.reviewer})) or "Somebody"
    rest = len(flags) - len(seen)
    left = f" The other {rest} {'stands' if rest == 1 else 'stand'} as flagged." if rest else ""
    return (
        f"{who} looked at {len(seen)} of {plural(len(flags), 'flag')}: {verdicts}.{left}{waits} "
        "The table counts flags and is not corrected by this."
    )


def others(every: Sequence[Lane], chosen: Lane) -> str:
    """What else the same days were judged for, a clause each, falls first; empty when nothing."""
    parts = []
    for x in sorted(every, key=lambda x: (x.phenomenon != FALL, not x.flags)):
        if (x.stream, x.phenomenon) != (chosen.stream, chosen.phenomenon) and total(x.judged):
            unsure = len(x.episodes) - len(x.flags)
            more = f", {unsure} unsure," if unsure else ""
            found = f"{plural(len(x.flags), 'flag')}{more} in {length(total(x.judged))} judged"
            parts.append(f"{x.stream.replace('-', ' ')}, {x.phenomenon}: {found}")
    return f"Also judged — {'; '.join(parts[:4])}." if parts else ""


def foot(m: Material) -> tuple[str, ...]:
    """Where every number comes from: audit head, sources, run, version."""
    sources = [f"{r.file} sha256 {_groups(r.id)}" for r in m.recordings[:2]]
    if len(m.recordings) > 2:
        sources.append(f"and {len(m.recordings) - 2} more files")
    manifest = m.runs[0].manifest if m.runs else {}
    settings = manifest.get("settings", {})
    run = f"run {m.runs[0].id[:13]}, " if m.runs and m.runs[0].id else ""
    how = f"{run}{settings.get('number_format', 'fp32')}, seed {settings.get('seed', 0)}"
    head = [f"Audit head {m.head.seq} sha256 {_groups(m.head.hash)}"] if m.head is not None else []
    simulated = [SIMULATED] if m.is_simulated else []
    version = [f"motionward {manifest['motionward']}"] if "motionward" in manifest else []
    return (" · ".join([*head, *sources, how]), " · ".join([*version, *simulated]))


def _groups(digest: str) -> str:
    """The first 16 digits in fours, to be compared by eye."""
    return " ".join(digest[k : k + 4] for k in range(0, 16, 4))
