"""What an audit says in a sentence, for the page and the report: flags before it, episodes after."""

from __future__ import annotations

from clinic.review.reviewed_rate import Estimate, Looked, Reviewed
from clinic.timeline.clock import length
from clinic.timeline.rates import number
from clinic.timeline.sentence import Answer, capital


def headline(phenomenon: str, r: Reviewed, why_not: str | None = None) -> Answer | None:
    """The answer of a page whose flags were audited: episodes, and what that stands on; None where no rate is known.

    Parameters
    ----------
    why_not
        Why no rate of these days may be given, of flags or of episodes; then it is said instead of one.
    """
    if why_not:
        return Answer(
            f"{capital(phenomenon)}: no rate may be given. {why_not}", f"{_from(r)} looked at: {_outcome(r)}."
        )
    if r.rate is None:
        return None
    first = (
        f"{capital(phenomenon)}: {number(r.rate.value)} episodes per worn hour "
        f"({number(r.rate.low)}–{number(r.rate.high)}), corrected by an audit."
    )
    return Answer(first, f"{_from(r)} looked at: {_outcome(r)}.")


def rate_words(r: Reviewed) -> str:
    """The headline: how many flags until enough was looked at, then episodes per worn hour and what that stands on.

    The hours are those that the detector could judge, and those it was unsure of.
    """
    flags = f"{r.flags.of} {'flag' if r.flags.of == 1 else 'flags'}" if r.flags.of else "No flag"
    seen = r.flags.seen + r.unsure.seen + r.clear.seen
    if not seen:
        return f"{flags}, nothing looked at yet" if not r.flags.of else f"{flags}, none looked at yet"
    if r.rate is None:
        return f"{flags}: {r.why_not}; {_from(r)} looked at: {_outcome(r)}"
    return f"{_span(r.rate)} episodes per worn hour, from {_from(r)} looked at; {_outcome(r)}"


def hours_words(r: Reviewed) -> str:
    """Which hours an audit is about."""
    return f"The audit is about the {length(r.covered_us)} that were judged or left as unsure."


def detector_words(r: Reviewed) -> str:
    """How far the detector is right on this patient; empty where too little was looked at."""
    parts = []
    if r.precision is not None:
        parts.append(f"{_share(r.precision)} of the flags are right")
    if r.sensitivity is not None:
        parts.append(f"{_share(r.sensitivity)} of the episodes were flagged")
    text = " and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _span(e: Estimate) -> str:
    return f"{number(e.value)} ({number(e.low)} to {number(e.high)})"


def _share(e: Estimate) -> str:
    share = f"{100 * e.value:.0f} %"
    if e.high - e.low < 1e-9:  # all were looked at
        return share
    return f"{share} ({100 * e.low:.0f} to {100 * e.high:.0f} %)"


def _from(r: Reviewed) -> str:
    """``24 of 37 flags and 16 of 812 clear stretches``."""
    named = ((r.flags, "flag", "flags"), (r.unsure, "unsure stretch", "unsure stretches"),
             (r.clear, "clear stretch", "clear stretches"))  # fmt: skip
    parts = [f"{x.seen} of {x.of} {one if x.of == 1 else many}" for x, one, many in named if x.of]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _outcome(r: Reviewed) -> str:
    """``5 of 24 flags were wrong, 1 clear stretch held an episode``."""
    parts = [_wrong(r.flags)] if r.flags.seen else []
    for x, kind in ((r.unsure, "unsure"), (r.clear, "clear")):
        if x.found > 1:
            parts.append(f"{x.found} {kind} stretches held episodes")
        elif x.seen and (x.found or x is r.clear):
            parts.append(f"{x.found or 'no'} {kind} stretch held an episode")
    untold = r.flags.untold + r.unsure.untold + r.clear.untold
    if untold:
        parts.append(f"of {untold} more nobody could tell, which widens the intervals")
    return ", ".join(parts)


def _wrong(flags: Looked) -> str:
    if flags.seen == 1:
        return f"the flag was {'wrong' if flags.wrong else 'right'}"
    return f"{flags.wrong or 'none'} of {flags.seen} flags {'were' if flags.wrong > 1 else 'was'} wrong"
