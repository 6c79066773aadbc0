"""What is said of a recording that is not stored yet: its sensors, places, rates, start and quality, in a few words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clinic.reading import is_zone_open
from clinic.timeline.clock import NO_DATE, WallClock
from data.quality import Finding, Severity
from data.recording import Clock, Placement, Recording, Side, Stream

_SIDED = (Placement.WRIST, Placement.HAND, Placement.THIGH, Placement.ANKLE, Placement.FOOT)

_LENIENTLY = re.compile(r",? or read it leniently \(--lenient\), which [^;]*")
_ON_THE_PAGE = (
    (" (--lenient)", ""),
    (" (--start)", ""),
    ("with --profile ", "as "),
    ("--profile ", "as "),
    ("give rate_hz in a profile", "say its rate with its columns"),
    ("use a shipped one", "choose a profile that comes with motionward"),
)
"""What a hint says for the command line, and the words for what the import page has in its place."""


def page_hint(hint: str, *, reads_leniently: bool) -> str:
    """A reader's hint without options of the command line; without lenient reading where that is not offered."""
    said = hint if reads_leniently else _LENIENTLY.sub("", hint)
    for option, words in _ON_THE_PAGE:
        said = said.replace(option, words)
    return said


def worn_words(placement: Placement, side: Side) -> str:
    """``left ankle``, ``lower back``, ``unknown``."""
    return (f"{side.value} " if side in (Side.LEFT, Side.RIGHT) else "") + placement.value


def places() -> tuple[str, ...]:
    """Every place that can be said, limbs with their sides first."""
    out: list[str] = []
    for p in Placement:
        if p is not Placement.UNKNOWN:
            out += [f"left {p.value}", f"right {p.value}"] if p in _SIDED else []
            out.append(p.value)
    return tuple(out)


def size_words(size: int) -> str:
    """``241 MB``, ``18 kB``."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= limit:
            return f"{size / limit:.1f} {unit}" if size < 10 * limit else f"{size / limit:.0f} {unit}"
    return f"{size} bytes"


def sensors_words(streams: Sequence[Stream]) -> str:
    """``acceleration, turning, 2 sensors``."""
    channels = {c.split("_")[0] for s in streams for c in s.channels}
    kinds = [w for h, w in (("acc", "acceleration"), ("gyro", "turning")) if h in channels]
    return ", ".join(kinds) + (f", {len(streams)} sensors" if len(streams) > 1 else "")


def rates_words(streams: Sequence[Stream]) -> str:
    """``50, 100 Hz``."""
    return ", ".join(f"{r:g}" for r in sorted({round(s.rate_hz, 2) for s in streams})) + " Hz"


def unit_words(recording: Recording) -> str:
    """The units of the channels that are there."""
    channels = {c.split("_")[0] for s in recording.streams for c in s.channels}
    return ", ".join(unit for head, unit in (("acc", "g"), ("gyro", "°/s")) if head in channels)


def starts_words(recording: Recording, clock: WallClock) -> tuple[str, str]:
    """When it starts, and by which clock."""
    if not clock.has_date:
        why = NO_DATE if recording.clock is Clock.RELATIVE else "the device's clock was never set"
        return "no date", f"{why}; counted from 0:00:00"
    start = recording.interval.start
    when = f"{clock.day(start)} {clock.local(start).year} {clock.time(start, seconds=False)}"
    zone = "no zone yet: shown as UTC" if is_zone_open(recording) else recording.zone or ""
    return when, zone


def why_words(recording: Recording, stream: Stream) -> str:
    """The assumption that speaks of this sensor's place, cut to a line; else that the file says it."""
    if stream.placement is Placement.UNKNOWN:
        return ""
    words = (stream.placement.value, "worn", "placement")
    # A name that begins a sentence says of which sensor or file it is; it may hold the place, and says nothing of it.
    # Nor does the name of a column that is not read.
    of_others = ("Joined by", "Not read: ", *(f"{s.name}:" for s in recording.streams))
    fitting = (
        a for a in recording.assumptions
        if any(w in a.lower() for w in words) and not any(o in a for o in of_others)
    )  # fmt: skip
    said = next(fitting, "the file says so")
    return said if len(said) <= 70 else f"{said[:67].rsplit(' ', 1)[0]} …"


def quality_words(findings: Sequence[Finding], why_not: str | None) -> tuple[str, str, bool]:
    """A word, a sentence, and whether nothing needs checking."""
    if why_not:
        return "no rates", why_not, False
    order = {Severity.BAD: 0, Severity.CHECK: 1, Severity.NOTE: 2}
    worst = sorted(findings, key=lambda f: order[f.severity])
    if not worst:
        return "good", "nothing to remark", True
    is_good = worst[0].severity is Severity.NOTE
    return ("good" if is_good else worst[0].kind), worst[0].sentence, is_good
