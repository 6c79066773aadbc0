"""What a person should know about one stream's samples, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy.ndimage import maximum_filter1d

from data.intervals import Interval, Intervals, subtract, total, union
from data.quality.scan import Scan, median_of
from data.quality.tens import CELLS
from data.quality.types import Finding, Severity
from data.quality.words import axis_words, words
from data.recording import Segment, Stream

GRAVITY_G = (0.9, 1.1)
"""At rest a sensor of the right scale reads 1 g, give or take a tenth."""
IMPOSSIBLE_G = (0.6, 1.5)
"""No sensor is off by so much. Half is what a range taken for the next one gives, and real ones read up to 6 % more."""
LEAST_STILL_S = 10
RATE_OFF = 0.02
LOW_RATE_HZ = 20.0
SHORT_S = 60.0
DEAD_SPAN_G = 0.1
"""A channel is dead in a minute without a change while another axis moves by as much as this."""
DEAD_WINDOWS = 6
"""Windows of ten seconds that make such a minute."""


class Add(Protocol):
    """What collects findings."""

    def __call__(self, kind: str, severity: Severity, sentence: str, where: Intervals = ()) -> None:
        """Keep one finding, about ``where`` or the whole stream."""


def gravity(s: Scan) -> float:
    """Length of the acceleration at rest, g; NaN when there is too little to tell from."""
    if s.still.sum() >= LEAST_STILL_S:
        return median_of(s.still)
    return median_of(s.anyhow) if s.anyhow.sum() >= LEAST_STILL_S else float("nan")


def wrong_scale(s: Scan) -> str | None:
    """Why a segment's acceleration cannot be in g with gravity included; None when it can."""
    reading = gravity(s)
    if s.sd.shape[1] != 3 or np.isnan(reading) or IMPOSSIBLE_G[0] <= reading <= IMPOSSIBLE_G[1]:
        return None
    return f"the acceleration reads {reading:.2g} g at rest where 1 g is due"


def dead_axes(stream: Stream, segment: Segment, s: Scan) -> list[tuple[str, Intervals]]:
    """Channels that do not change for a minute or more while another axis moves."""
    out, axes, size = [], s.sd.shape[1], CELLS * max(1, round(segment.rate_hz))
    for c, channel in enumerate(stream.channels):
        others = [k for k in range(axes) if k != c]
        if not others or not len(s.tens):
            continue
        moves = maximum_filter1d(s.tens.span[:, others].max(axis=1), DEAD_WINDOWS) >= DEAD_SPAN_G
        turns = np.flatnonzero(np.diff(np.concatenate([[False], (s.tens.span[:, c] == 0) & moves, [False]])))
        spans = union(
            Interval(
                segment.time_us(int(a) * size), segment.time_us(int(b) * size) if b < len(s.tens) else segment.end_us
            )
            for a, b in zip(turns[::2], turns[1::2], strict=True)
            if b - a >= DEAD_WINDOWS
        )
        if spans:
            out.append((channel, spans))
    return out


def stream_findings(stream: Stream, scans: Sequence[Scan], off: Intervals) -> list[Finding]:
    """What a person should know about one stream."""
    name, whole, out = stream.name, stream.interval, []

    def add(kind: str, severity: Severity, sentence: str, where: Intervals = ()) -> None:
        span = Interval(where[0].start, where[-1].end) if where else whole
        out.append(Finding(kind, name, span, severity, sentence))

    if stream.gaps:
        longest = max(g.duration for g in stream.gaps)
        severity = Severity.CHECK if total(stream.gaps) * 10 > whole.duration else Severity.NOTE
        many = f"{len(stream.gaps)} gaps" if len(stream.gaps) > 1 else "One gap"
        rest = f" in all, the longest {words(longest)}" if len(stream.gaps) > 1 else ""
        add("gaps", severity, f"{many}: {words(total(stream.gaps))}{rest}, without any samples.", stream.gaps)
    if stream.recorded_us < SHORT_S * 1e6:
        add("short", Severity.NOTE, f"Only {words(stream.recorded_us)} of signal.")
    _rate_findings(stream, add)
    if off:
        severity = Severity.CHECK if total(off) == total(stream.recorded) else Severity.NOTE
        add("not worn", severity, f"Not worn for {words(total(off))} of {words(stream.recorded_us)}.", off)
    if not any(c.startswith("acc") for c in stream.channels):
        add("no accelerometer", Severity.NOTE, "There is no accelerometer, so nothing tells when it was worn.")
    _sample_findings(stream, scans, off, add)
    return out


def _rate_findings(stream: Stream, add: Add) -> None:
    """Rates that are low, or not what the file says."""
    if stream.rate_hz < LOW_RATE_HZ:
        add("low rate", Severity.CHECK, f"Only {stream.rate_hz:g} samples a second: fast movements are lost.")
    long = [s for s in stream.segments if s.interval.duration >= 10_000_000]
    worst = max(long, key=lambda s: abs(s.rate_hz / stream.rate_hz - 1), default=None)
    if worst is not None and abs(worst.rate_hz / stream.rate_hz - 1) > RATE_OFF:
        sentence = f"The time stamps say {worst.rate_hz:.4g} samples a second where {stream.rate_hz:g} are due."
        add("rate", Severity.CHECK, sentence, (worst.interval,))


def _sample_findings(stream: Stream, scans: Sequence[Scan], off: Intervals, add: Add) -> None:
    """What the samples themselves show."""
    readings = [r for s in scans if s.sd.shape[1] == 3 and s.still.sum() >= LEAST_STILL_S and (r := gravity(s))]
    odd = [r for r in readings if not GRAVITY_G[0] <= r <= GRAVITY_G[1]]
    wrong = [text for s in scans if (text := wrong_scale(s))]
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
            add(kind, severity, text.format(words(total(spans))), spans)
    dead: dict[str, Intervals] = {}
    for segment, s in zip(stream.segments, scans, strict=True):
        for channel, spans in dead_axes(stream, segment, s):
            dead[channel] = union(dead.get(channel, ()), spans)
    for channel, spans in dead.items():
        add("dead channel", Severity.BAD, f"{axis_words(channel)} does not move for {words(total(spans))}.", spans)
    spikes = union(*(s.spikes for s in scans))
    if spikes:
        times = "once" if len(spikes) == 1 else f"{len(spikes)} times"
        add("spikes", Severity.NOTE, f"The acceleration jumps as no body does, {times}.", spikes)
    _rail_findings(stream, scans, add)


def _rail_findings(stream: Stream, scans: Sequence[Scan], add: Add) -> None:
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
            f"{axis_words(channel)} met its limit of {float(f'{limit:.3g}'):g}{unit} {often}: peaks are cut off.",
        )
