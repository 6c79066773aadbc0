"""How far a recording can be trusted: one pass over its samples, findings in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from data.intervals import Interval, Intervals, intersect, subtract, total, union
from data.quality.scan import Scan, median_of, scan
from data.quality.types import Finding, Quality, Severity, StreamQuality
from data.quality.wear import not_worn
from data.recording import Clock, Recording, Segment, Stream

GRAVITY_G = (0.9, 1.1)
"""At rest a sensor of the right scale reads 1 g, give or take a tenth."""
IMPOSSIBLE_G = (0.5, 1.5)
LEAST_STILL_S = 10
RATE_OFF = 0.02
LOW_RATE_HZ = 20.0
SHORT_S = 60.0
DEAD_SPAN_G = 0.1
"""A channel is dead in a minute without a change while another axis moves by as much as this."""
YEARS_US = (631_152_000_000_000, 4_102_444_800_000_000)
"""1990 and 2100: no recording of this kind was made outside."""


class _Add(Protocol):
    """What collects findings."""

    def __call__(self, kind: str, severity: Severity, sentence: str, where: Intervals = ()) -> None:
        """Keep one finding, about ``where`` or the whole stream."""


NO_SIGNAL = "no signal: all axes read exactly zero"
HELD = "the signal stands still: the sensor repeats one value"
SPIKE = "a jump that no body makes"
BROKEN = "values are missing"
CUT_OFF = "the signal is cut off at the sensor's limit"


def assess(recording: Recording) -> Quality:
    """Say what is wrong with a recording, and when it was worn.

    Each segment is judged from its own samples, so that cutting a recording at a gap
    changes neither wear nor what is unusable on either side. Memory does not grow with
    the samples: a few numbers a minute are kept.

    Known weakness: a stretch off the body shorter than half an hour counts as worn.
    """
    findings: list[Finding] = _clock(recording)
    streams, impossible = [], []
    for stream in recording.streams:
        scans = [scan(segment, stream.channels) for segment in stream.segments]
        off = union(*(not_worn(g, s) for g, s in zip(stream.segments, scans, strict=True)))
        worn = subtract(stream.recorded, off)
        wrong = [(g.interval, r) for g, s in zip(stream.segments, scans, strict=True) if (r := _scale(s))]
        unusable = _unusable(stream, scans, worn, wrong)
        streams.append(StreamQuality(stream.name, worn, off, stream.gaps, unusable))
        impossible.append(len(wrong) == len(scans))
        findings += _findings(stream, scans, off)
    return Quality(tuple(findings), tuple(streams), _why_not(recording, streams, impossible))


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
    if all(impossible):
        return "At rest the acceleration is far from 1 g, so the unit or the sensor's scale is wrong."
    if not any(q.worn for q in streams):
        return "The sensor was not worn at any time."
    if not any(subtract(q.worn, (i for i, _ in q.unusable)) for q in streams):
        return "No part of the signal can be used."
    return None


def _gravity(s: Scan) -> float:
    """Length of the acceleration at rest, g; NaN when there is too little to tell from."""
    if s.still.sum() >= LEAST_STILL_S:
        return median_of(s.still)
    return median_of(s.anyhow) if s.anyhow.sum() >= LEAST_STILL_S else float("nan")


def _scale(s: Scan) -> str | None:
    """Why a segment's acceleration cannot be in g with gravity included; None when it can."""
    reading = _gravity(s)
    if s.sd.shape[1] != 3 or np.isnan(reading) or IMPOSSIBLE_G[0] <= reading <= IMPOSSIBLE_G[1]:
        return None
    return f"the acceleration reads {reading:.2g} g at rest where 1 g is due"


def _dead(stream: Stream, segment: Segment, s: Scan) -> list[tuple[str, Intervals]]:
    """Channels that do not change for a minute or more while another axis moves."""
    if not len(s.span):
        return []
    axes = s.sd.shape[1]
    out = []
    for c, channel in enumerate(stream.channels):
        others = [k for k in range(axes) if k != c]
        if not others:
            continue
        rows = np.flatnonzero((s.span[:, c] == 0) & (s.span[:, others].max(axis=1) >= DEAD_SPAN_G))
        spans = union(Interval(segment.time_us(int(s.edges[i])), segment.time_us(int(s.edges[i + 1]))) for i in rows)
        if spans:
            out.append((channel, spans))
    return out


def _unusable(
    stream: Stream, scans: Sequence[Scan], worn: Intervals, wrong: Iterable[tuple[Interval, str]]
) -> tuple[tuple[Interval, str], ...]:
    """Worn stretches that nobody may judge; disjoint, the gravest reason first in line."""
    reasons: list[tuple[Intervals, str]] = [((i,), text) for i, text in wrong]
    for segment, s in zip(stream.segments, scans, strict=True):
        reasons += [(s.broken, BROKEN), (s.zeros, NO_SIGNAL), (s.held, HELD)]
        reasons += [(spans, f"{_axis(channel)} does not move") for channel, spans in _dead(stream, segment, s)]
        reasons += [(s.cut_off, CUT_OFF), (s.spikes, SPIKE)]
    out: list[tuple[Interval, str]] = []
    taken: Intervals = ()
    for spans, text in reasons:
        part = subtract(intersect(worn, spans), taken)
        out += [(i, text) for i in part]
        taken = union(taken, part)
    return tuple(sorted(out))


def _findings(stream: Stream, scans: Sequence[Scan], off: Intervals) -> list[Finding]:
    """What a person should know about one stream."""
    name, whole, out = stream.name, stream.interval, []

    def add(kind: str, severity: Severity, sentence: str, where: Intervals = ()) -> None:
        span = Interval(where[0].start, where[-1].end) if where else whole
        out.append(Finding(kind, name, span, severity, sentence))

    if stream.gaps:
        longest = max(g.duration for g in stream.gaps)
        severity = Severity.CHECK if total(stream.gaps) * 10 > whole.duration else Severity.NOTE
        many = f"{len(stream.gaps)} gaps" if len(stream.gaps) > 1 else "One gap"
        rest = f" in all, the longest {_words(longest)}" if len(stream.gaps) > 1 else ""
        add("gaps", severity, f"{many}: {_words(total(stream.gaps))}{rest}, without any samples.", stream.gaps)
    if stream.recorded_us < SHORT_S * 1e6:
        add("short", Severity.NOTE, f"Only {_words(stream.recorded_us)} of signal.")
    _rate_findings(stream, add)
    if off:
        severity = Severity.CHECK if total(off) == total(stream.recorded) else Severity.NOTE
        add("not worn", severity, f"Not worn for {_words(total(off))} of {_words(stream.recorded_us)}.", off)
    if not any(c.startswith("acc") for c in stream.channels):
        add("no accelerometer", Severity.NOTE, "There is no accelerometer, so nothing tells when it was worn.")
    _sample_findings(stream, scans, off, add)
    return out


def _rate_findings(stream: Stream, add: _Add) -> None:
    """Rates that are low, or not what the file says."""
    if stream.rate_hz < LOW_RATE_HZ:
        add("low rate", Severity.CHECK, f"Only {stream.rate_hz:g} samples a second: fast movements are lost.")
    long = [s for s in stream.segments if s.interval.duration >= 10_000_000]
    worst = max(long, key=lambda s: abs(s.rate_hz / stream.rate_hz - 1), default=None)
    if worst is not None and abs(worst.rate_hz / stream.rate_hz - 1) > RATE_OFF:
        sentence = f"The time stamps say {worst.rate_hz:.4g} samples a second where {stream.rate_hz:g} are due."
        add("rate", Severity.CHECK, sentence, (worst.interval,))


def _sample_findings(stream: Stream, scans: Sequence[Scan], off: Intervals, add: _Add) -> None:
    """What the samples themselves show."""
    gravity = [r for s in scans if s.sd.shape[1] == 3 and s.still.sum() >= LEAST_STILL_S and (r := _gravity(s))]
    odd = [r for r in gravity if not GRAVITY_G[0] <= r <= GRAVITY_G[1]]
    wrong = [text for s in scans if (text := _scale(s))]
    if wrong:
        add("scale", Severity.BAD, f"The scale is wrong: {wrong[0]}. Check the unit.")
    elif odd:
        add(
            "scale", Severity.CHECK, f"At rest the acceleration reads {odd[0]:.2f} g where 1 g is due: check the scale."
        )
    for kind, text, severity in (
        ("zeros", "No signal for {}: all axes read exactly zero.", Severity.CHECK),
        ("held", "The sensor repeats one value for {} while it counts as worn.", Severity.CHECK),
        ("broken", "Values are missing for {}.", Severity.BAD),
    ):
        spans = subtract(union(*(getattr(s, kind) for s in scans)), off)
        if spans:
            add(kind, severity, text.format(_words(total(spans))), spans)
    dead: dict[str, Intervals] = {}
    for segment, s in zip(stream.segments, scans, strict=True):
        for channel, spans in _dead(stream, segment, s):
            dead[channel] = union(dead.get(channel, ()), spans)
    for channel, spans in dead.items():
        add("dead channel", Severity.BAD, f"{_axis(channel)} does not move for {_words(total(spans))}.", spans)
    spikes = union(*(s.spikes for s in scans))
    if spikes:
        times = "once" if len(spikes) == 1 else f"{len(spikes)} times"
        add("spikes", Severity.NOTE, f"The acceleration jumps as no body does, {times}.", spikes)
    _rail_findings(stream, scans, add)


def _rail_findings(stream: Stream, scans: Sequence[Scan], add: _Add) -> None:
    """Peaks that the sensor's range cut off."""
    for channel in stream.channels:
        met = [s.rail[channel] for s in scans if channel in s.rail]
        if not met:
            continue
        times, samples, limit = sum(m[0] for m in met), sum(m[1] for m in met), max(m[2] for m in met)
        unit = "°/s" if channel.startswith("gyro") else " g"
        seconds = samples / stream.rate_hz
        often = "once" if times == 1 else f"{times} times"
        add(
            "saturation",
            Severity.CHECK if seconds >= 1 else Severity.NOTE,
            f"{_axis(channel)} met its limit of {limit:.3g}{unit} {often}: peaks are cut off.",
        )


def _axis(channel: str) -> str:
    kind, axis = channel.split("_")
    return f"The {axis} axis of the {'gyroscope' if kind == 'gyro' else 'accelerometer'}"


def _words(duration_us: int) -> str:
    """``5 h 20 min``, ``12 min``, ``24 s``, ``0.4 s``."""
    seconds = duration_us / 1e6
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
