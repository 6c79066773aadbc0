"""Recordings that belong together as one: a day each, left and right, acceleration and rotation apart; by their clocks.

What lies apart stays apart (a gap is reported, never filled), what overlaps is reported, and no sample is lost
without a word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import numpy as np

from data.errors import RecordingError
from data.files import part
from data.intervals import intersect, total
from data.joining.six_axes import six_axes
from data.joining.words import long, shown
from data.names import are_two_sides
from data.recording import Annotation, Clock, Placement, Recording, Segment, Side, Source, Stream

SAME_RATE = 0.02
"""Two streams of one sensor differ in their nominal rate by at most this share."""
TWO_SENSORS = 0.5
"""Streams that overlap by more than this share of the shorter one are of two sensors, or one is a part of the other."""
FURTHEST_US = 14 * 86_400_000_000
"""Files with more than this between them are of two wearings, or one of their clocks was wrong."""
MISSING = 1.75
"""A gap lies between two files when more than so many periods pass from the end of one to the start of the next."""
OFF_S = 0.5
"""By how much two files of one sensor may place the same sample apart, as each evens out its own stamps."""
_LOOKED_US, _LOOKS = 60_000_000, 5
"""How long, and how often, two files are compared where they overlap."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A stream and the file it is from."""

    stream: Stream
    recording: Recording

    @property
    def file(self) -> str:
        return self.recording.source.name

    @property
    def key(self) -> tuple[str, str]:
        return self.recording.source.sha256, self.stream.name


def join(recordings: Sequence[Recording]) -> Recording:
    """One recording of several, on their common clock.

    Parameters
    ----------
    recordings
        In any order; a file that is there twice counts once.

    Returns
    -------
    Streams of one sensor follow one another as segments, with a gap where nothing was recorded; of a stretch that two
    files hold, the earlier file's samples are kept. Streams that run side by side stay beside one another, but a
    sensor's rotation is laid onto its acceleration (linear interpolation at the times of the acceleration).
    ``assumptions`` says each overlap, gap and choice.

    Raises
    ------
    RecordingError
        When a file has no date: nobody knows what came first; or when files lie too far apart to be one recording.
    """
    said: list[str] = []
    kept = _once(recordings, said)
    for recording in kept:
        if recording.clock is not Clock.ABSOLUTE:
            raise RecordingError(
                recording.source.name,
                "it has no date, so its place among the other files is not known",
                "give its true start (--start), or bring it on its own",
            )
    if len(kept) == 1:
        return replace(kept[0], assumptions=(*said, *kept[0].assumptions))
    kept = sorted(kept, key=lambda r: (r.interval.start, r.source.name))
    _check_near(kept)
    zone = _zone(kept, said)
    parts = [_Part(s, r) for r in kept for s in r.streams]
    names: dict[tuple[str, str], str] = {}
    streams: list[Stream] = []
    for group in _groups(parts):
        name = _free_name(group, streams, many=len(parts) > 1)
        names.update({p.key: name for p in group})
        streams.append(replace(_in_a_row(group, name, ZoneInfo(zone), said), name=name))
    _say_apart(streams, said)
    streams = six_axes(streams, said)
    marks = {
        Annotation(a.interval, a.label, None if a.stream is None else names[r.source.sha256, a.stream])
        for r in kept
        for a in r.annotations
    }
    left = {s.name for s in streams}
    marks = {a if a.stream is None or a.stream in left else replace(a, stream=None) for a in marks}
    return Recording(
        tuple(streams),
        tuple(sorted(marks, key=lambda a: (a.interval.start, a.interval.end, a.label, a.stream or ""))),
        ", ".join(dict.fromkeys(r.device for r in kept)),
        Clock.ABSOLUTE,
        zone,
        _source(kept),
        (f"Joined by their clocks from {len(kept)} files: {', '.join(r.source.name for r in kept)}.", *said,
         *_assumptions(kept)),
        any(r.is_simulated for r in kept),
    )  # fmt: skip


def _once(recordings: Sequence[Recording], said: list[str]) -> list[Recording]:
    kept: dict[str, Recording] = {}
    for recording in recordings:
        first = kept.get(recording.source.sha256)
        if first is None:
            kept[recording.source.sha256] = recording
        else:
            said.append(f"{recording.source.name} has the content of {first.source.name}: taken once.")
    return list(kept.values())


def _check_near(kept: Sequence[Recording]) -> None:
    """Refuse files, in order of their starts, between which weeks lie."""
    before = kept[0]
    for one in kept[1:]:
        apart = one.interval.start - before.interval.end
        if apart > FURTHEST_US:
            raise RecordingError(
                one.source.name,
                f"it begins {long(apart)} after {before.source.name} ends, too late to be of the same recording",
                "bring them apart, or give the true start (--start) of the one whose clock was wrong",
            )
        before = max(before, one, key=lambda r: r.interval.end)


def _zone(kept: Sequence[Recording], said: list[str]) -> str:
    zones = list(dict.fromkeys(r.zone or "UTC" for r in kept))
    if len(zones) > 1:
        said.append(f"The files name several zones ({', '.join(zones)}): shown in {zones[0]}.")
    return zones[0]


def _groups(parts: Sequence[_Part]) -> list[list[_Part]]:
    """The streams of one sensor each, in order of time."""
    groups: list[list[_Part]] = []
    for one in sorted(parts, key=lambda p: p.stream.interval.start):
        fitting = (g for g in groups if all(_is_one_sensor(one, other) for other in g))
        group = next(fitting, None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _is_one_sensor(a: _Part, b: _Part) -> bool:
    """Whether two streams, of two files, are of one sensor at two times."""
    x, y = a.stream, b.stream
    if a.recording is b.recording or (x.placement, x.side, x.channels) != (y.placement, y.side, y.channels):
        return False
    if abs(x.rate_hz / y.rate_hz - 1) > SAME_RATE:
        return False
    if x.placement is Placement.UNKNOWN and (a.recording.device != b.recording.device or x.name != y.name):
        return False
    if x.placement is Placement.UNKNOWN and are_two_sides(a.file, b.file):
        return False
    shared = total(intersect([x.interval], [y.interval]))
    if shared > TWO_SENSORS * min(x.interval.duration, y.interval.duration):
        # Two downloads of one device, the first of them before it was full; else left and right, say.
        return _agree(x, y, exactly=True) is True
    # Of two that nobody placed, different samples at one time are all that tells a second sensor.
    return x.placement is not Placement.UNKNOWN or _agree(x, y) is not False


def _free_name(group: Sequence[_Part], taken: Sequence[Stream], *, many: bool) -> str:
    """The sensor's name; where nobody knows its place, that of its first file."""
    first = group[0]
    base = first.stream.name
    if many and first.stream.placement is Placement.UNKNOWN:
        stem = first.file.split(".")[0].lower()
        base = "".join(c if c.isalnum() else "-" for c in stem).strip("-") or base
    name, number = base, 2
    while name in {s.name for s in taken}:
        name, number = f"{base}-{number}", number + 1
    return name


def _in_a_row(group: Sequence[_Part], name: str, zone: ZoneInfo, said: list[str]) -> Stream:
    """One stream of the pieces of a sensor, later ones cut where an earlier file holds their time."""
    segments: list[Segment] = []
    before: _Part | None = None
    for one in group:
        if before is not None:
            _say_between(before, one, name, zone, said)
        end = segments[-1].end_us if segments else 0
        cut = [c for s in one.stream.segments if (c := _after(s, end)) is not None]
        if segments and cut and cut[0].start_us - end < MISSING * 1e6 / one.stream.rate_hz:
            # Less than a sample between two files is how each placed its own, and no gap.
            cut[0] = replace(cut[0], start_us=end)
        segments += cut
        if before is None or one.stream.interval.end > before.stream.interval.end:
            before = one
    return replace(group[0].stream, segments=tuple(segments))


def _say_between(before: _Part, one: _Part, name: str, zone: ZoneInfo, said: list[str]) -> None:
    apart = one.stream.interval.start - before.stream.interval.end
    period = 1e6 / one.stream.rate_hz
    if apart > MISSING * period:
        where = f"from {shown(before.stream.interval.end, zone)} to {shown(one.stream.interval.start, zone)}"
        said.append(f"{name}: a gap of {long(apart)} between {before.file} and {one.file}, {where}; nothing is filled.")
    elif apart < -MISSING * period:
        shared = min(before.stream.interval.end, one.stream.interval.end) - one.stream.interval.start
        same = {True: ", with the same samples", False: ", with other samples", None: ""}
        said.append(
            f"{name}: {before.file} and {one.file} overlap by {long(shared)} from "
            f"{shown(one.stream.interval.start, zone)}{same[_agree(before.stream, one.stream)]}; "
            f"those of {before.file} are kept."
        )


def _say_apart(streams: Sequence[Stream], said: list[str]) -> None:
    """Say of sensors that share no time why they are not one."""
    for at, b in enumerate(streams):
        for a in streams[:at]:
            apart = max(a.interval.start, b.interval.start) - min(a.interval.end, b.interval.end)
            if apart < 0:
                continue
            first, then = sorted((a, b), key=lambda s: s.interval.start)
            if (a.placement, a.side) != (b.placement, b.side):
                known = a.placement != b.placement and Placement.UNKNOWN not in (a.placement, b.placement)
                known |= a.placement == b.placement and Side.UNKNOWN not in (a.side, b.side)
                why = f"they were not {'' if known else 'said to be '}worn at the same place"
            elif abs(a.rate_hz / b.rate_hz - 1) > SAME_RATE:
                why = f"they have {first.rate_hz:g} and {then.rate_hz:g} Hz"
            elif a.placement is Placement.UNKNOWN and are_two_sides(a.name, b.name):
                why = "their files are named after different sides"
            else:
                why = "their channels or devices differ"
            said.append(
                f"{first.name} and {then.name} share no time ({long(apart)} lie between them) and are not one sensor: "
                f"{why}. Check that they belong together."
            )


def _after(segment: Segment, end_us: int) -> Segment | None:
    """What of a segment lies at or after an instant."""
    if segment.start_us >= end_us:
        return segment
    first = int(np.ceil((end_us - segment.start_us) * segment.rate_hz / 1e6))
    if first >= segment.n_samples:
        return None
    return Segment(segment.time_us(first), segment.rate_hz, part(segment.samples, first, segment.n_samples))


def _agree(a: Stream, b: Stream, *, exactly: bool = False) -> bool | None:
    """Whether two streams hold the same movement, as a few minutes of what both hold show; None where that is short.

    Each file evens out the stamps of its own samples, so that one sample may stand at two times, or between two.
    """
    shared = max(intersect(a.recorded, b.recorded), key=lambda i: i.duration, default=None)
    if shared is None or shared.duration < 20e6 * OFF_S:
        return None
    last = max(shared.start, shared.end - _LOOKED_US)
    return all(
        _agree_from(a, b, int(start), min(int(start) + _LOOKED_US, shared.end), exactly=exactly)
        for start in dict.fromkeys(np.linspace(shared.start, last, _LOOKS).tolist())
    )


def _agree_from(a: Stream, b: Stream, start: int, end: int, *, exactly: bool) -> bool:
    x, y = (np.concatenate([v for _, _, v in s.pieces(start, end)]).astype(np.float64) for s in (a, b))
    most = round(OFF_S * a.rate_hz)
    n = min(len(x), len(y)) - 2 * most
    middle = x[most : most + n]
    off = [np.sqrt(((middle - y[k : k + n]) ** 2).mean(axis=0)) for k in range(2 * most + 1)]
    allowed = 0.25 * middle.std(axis=0) + [0.02 if c.startswith("acc") else 2.0 for c in a.channels]
    return any(bool((o <= (1e-4 if exactly else allowed)).all()) for o in off)


def _source(kept: Sequence[Recording]) -> Source:
    """The content of all files, in whatever order they were named."""
    digest = hashlib.sha256("".join(sorted(r.source.sha256 for r in kept)).encode()).hexdigest()
    rest = "1 more" if len(kept) == 2 else f"{len(kept) - 1} more"
    return Source(f"{kept[0].source.name} and {rest}", sum(r.source.size for r in kept), digest)


def _assumptions(kept: Sequence[Recording]) -> list[str]:
    """What every file assumed, said once; what only some did, with their names."""
    out = []
    for text in dict.fromkeys(a for r in kept for a in r.assumptions):
        files = [r.source.name for r in kept if text in r.assumptions]
        out.append(text if len(files) == len(kept) else f"{', '.join(files)}: {text}")
    return out
