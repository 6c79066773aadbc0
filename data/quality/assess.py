"""How far a recording can be trusted: one pass over its samples, findings in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from data.intervals import Interval, Intervals, intersect, subtract, union
from data.quality.findings import dead_axes, stream_findings, wrong_scale
from data.quality.measures import measures
from data.quality.orientation import Vector, turned_over
from data.quality.scan import Scan, scan
from data.quality.sensor_findings import orientation_findings, sensor_findings
from data.quality.types import Finding, Quality, Severity, StreamQuality
from data.quality.wear import wear
from data.quality.words import axis_words
from data.recording import Clock, Recording, Stream

YEARS_US = (631_152_000_000_000, 4_102_444_800_000_000)
"""1990 and 2100: no recording of this kind was made outside."""


NO_SIGNAL = "no signal: all axes read exactly zero"
HELD = "the signal stands still: the sensor repeats one value"
SPIKE = "a jump that no body makes"
BROKEN = "values are missing"
CUT_OFF = "the signal is cut off at the sensor's limit"
REPEATED = "a block that was written twice"
WEAR_UNSURE = "not sure whether it was worn"


def assess(recording: Recording) -> Quality:
    """Say what is wrong with a recording, and when it was worn.

    Each segment is judged from its own samples, so that cutting a recording at a gap
    changes neither wear nor what is unusable on either side. Memory does not grow with
    the samples: a few numbers a minute are kept.

    Nothing here changes a sample.

    Known weakness: a stretch off the body shorter than half an hour counts as worn.
    """
    findings: list[Finding] = [*_damage(recording), *_clock(recording)]
    streams, impossible = [], []
    ups: list[tuple[Stream, Vector | None]] = []
    turned: list[tuple[Stream, Intervals]] = []
    for stream in recording.streams:
        scans = [scan(segment, stream.channels) for segment in stream.segments]
        told = [wear(g, s) for g, s in zip(stream.segments, scans, strict=True)]
        off, unsure = union(*(w.off for w in told)), union(*(w.unsure for w in told))
        worn = subtract(stream.recorded, off)
        wrong = [(g.interval, r) for g, s in zip(stream.segments, scans, strict=True) if (r := wrong_scale(s))]
        unusable = _unusable(stream, scans, worn, wrong, unsure)
        measured = measures(stream, scans)
        streams.append(StreamQuality(stream.name, worn, off, stream.gaps, unusable, measured))
        impossible.append(len(wrong) == len(scans))
        findings += stream_findings(stream, scans, off)
        findings += sensor_findings(stream, scans, measured, unsure)
        ups.append((stream, measured.up))
        turned += [(stream, turned_over(stream, scans))]
    findings += orientation_findings(recording, ups, turned)
    return Quality(tuple(findings), tuple(streams), _why_not(recording, streams, impossible))


def _damage(recording: Recording) -> list[Finding]:
    """What a lenient reader left out, of every sensor: nobody knows which of them it was of."""
    return [
        Finding("damaged", s.name, s.interval, Severity.CHECK, said)
        for said in recording.dropped
        for s in recording.streams
    ]


def _clock(recording: Recording) -> list[Finding]:
    """What is wrong with the recording's clock."""
    name, span = recording.streams[0].name, recording.interval
    if recording.clock is Clock.UNSET:
        sentence = "The device's clock was never set: times count from the start, and doses cannot be placed."
        return [Finding("clock not set", name, span, Severity.CHECK, sentence)]
    if _impossible_clock(recording):
        sentence = "The times of this recording lie before 1990 or after 2100: the clock cannot be right."
        return [Finding("clock impossible", name, span, Severity.BAD, sentence)]
    return []


def _impossible_clock(recording: Recording) -> bool:
    span = recording.interval
    return recording.clock is Clock.ABSOLUTE and (span.start < YEARS_US[0] or span.end > YEARS_US[1])


def _why_not(recording: Recording, streams: Sequence[StreamQuality], impossible: Sequence[bool]) -> str | None:
    """Why no rates may be printed; None when they may."""
    if _impossible_clock(recording):
        return "The clock of this recording cannot be right, so nothing can be said per hour or day."
    if not any(c.startswith("acc_") for s in recording.streams for c in s.channels):
        return "No acceleration was recorded, and without it nothing can be judged."
    if all(impossible):
        return "At rest the acceleration is far from 1 g, so the unit or the sensor's scale is wrong."
    if not any(q.worn for q in streams):
        return "The sensor was not worn at any time."
    if not any(subtract(q.worn, (i for i, _ in q.unusable)) for q in streams):
        return "No part of the signal can be used."
    return None


def _unusable(
    stream: Stream,
    scans: Sequence[Scan],
    worn: Intervals,
    wrong: Iterable[tuple[Interval, str]],
    unsure: Intervals,
) -> tuple[tuple[Interval, str], ...]:
    """Worn stretches that nobody may judge; disjoint, the gravest reason first in line."""
    reasons: list[tuple[Intervals, str]] = [((i,), text) for i, text in wrong]
    for segment, s in zip(stream.segments, scans, strict=True):
        reasons += [(s.broken, BROKEN), (s.zeros, NO_SIGNAL), (s.held, HELD)]
        reasons += [(spans, f"{axis_words(channel)} does not move") for channel, spans in dead_axes(stream, segment, s)]
        reasons += [(s.cut_off, CUT_OFF), (s.spikes, SPIKE), (s.repeats, REPEATED)]
    reasons.append((unsure, WEAR_UNSURE))
    out: list[tuple[Interval, str]] = []
    taken: Intervals = ()
    for spans, text in reasons:
        part = subtract(intersect(worn, spans), taken)
        out += [(i, text) for i in part]
        taken = union(taken, part)
    return tuple(sorted(out))
