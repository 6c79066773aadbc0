"""What a person should know about the sensor itself: calibration, copies, clock rate, sleep, direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.intervals import Interval, Intervals, total, union
from data.quality.findings import RATE_OFF
from data.quality.measures import LONG_US, calibration_words
from data.quality.orientation import Vector, is_upside_down, usual_up
from data.quality.scan import Scan
from data.quality.sides import LEGS, SURE, agreement
from data.quality.types import Finding, Measures, Severity
from data.quality.words import words
from data.recording import Recording, Stream

DRIFT_OFF = 0.005
"""Real sensors run up to 1.6 % off their nominal rate; below half a per cent nobody needs to know."""
DRIFT_LEAST_US = 60_000_000
ACTIVE_SD_G = 0.08
LEAST_DPS_PER_G = 100.0
"""Whoever moves turns: in a minute the rate spans more for each g of the acceleration's standard deviation.

A third of the least of 111 recordings of walks, stairs, jogs and chores at waist, chest, thigh and ankle; taken for
rad/s the largest of them would span half of it.
"""
LEAST_MINUTES = 2


def sensor_findings(stream: Stream, scans: Sequence[Scan], measured: Measures, unsure: Intervals) -> list[Finding]:
    """Findings about one stream's sensor."""
    found: list[tuple[str, Severity, str, Intervals]] = []
    if unsure:
        sentence = f"For {words(total(unsure))} it is not sure whether the sensor was worn: two methods disagree."
        found.append(("wear unsure", Severity.CHECK, sentence, unsure))
    copies = union(*(s.repeats for s in scans))
    if copies:
        often = "a block was written twice" if len(copies) == 1 else f"{len(copies)} blocks were written twice"
        sentence = f"The same samples come again, bit for bit, for {words(total(copies))}: {often}."
        found.append(("repeated block", Severity.BAD, sentence, copies))
    found += _clock_rate(stream)
    found += _idle(stream, scans)
    found += _gyroscope(stream, scans)
    if measured.autocalibration is not None and stream.recorded_us >= LONG_US:
        found.append(("autocalibration", Severity.NOTE, calibration_words(measured.autocalibration), ()))
    return [
        Finding(kind, stream.name, Interval(where[0].start, where[-1].end) if where else stream.interval, how, sentence)
        for kind, how, sentence, where in found
    ]


def orientation_findings(
    recording: Recording,
    ups: Sequence[tuple[Stream, Vector | None]],
    turned: Sequence[tuple[Stream, Intervals]],
) -> list[Finding]:
    """Sensors that sat upside-down, for a while or throughout, and legs whose sides were swapped."""
    out = []
    for stream, spans in turned:
        if spans:
            sentence = f"For {words(total(spans))} the sensor sat upside-down, compared with the rest of the recording."
            where = Interval(spans[0].start, spans[-1].end)
            out.append(Finding("turned over", stream.name, where, Severity.CHECK, sentence))
    for stream, direction in ups:
        usual = usual_up(recording, stream, ups) if direction is not None else None
        if direction is not None and usual is not None and is_upside_down(direction, usual):
            sentence = "The sensor sat upside-down: gravity points the other way than is usual for its kind and place."
            out.append(Finding("upside-down", stream.name, stream.interval, Severity.CHECK, sentence))
    for placement in LEGS:
        together = agreement(recording, placement)
        if together is not None and together < -SURE:
            left = next(s for s in recording.streams if s.placement is placement)
            sentence = (
                f"Left and right {placement.value} seem to be swapped: the pelvis turns with the other leg. "
                "If so, import it again with the sides exchanged."
            )
            out.append(Finding("sides swapped", left.name, left.interval, Severity.CHECK, sentence))
    return out


def _clock_rate(stream: Stream) -> list[tuple[str, Severity, str, Intervals]]:
    """A rate by the time stamps that is not the nominal one, but not so far off that it is another."""
    long = [s for s in stream.segments if s.interval.duration >= DRIFT_LEAST_US]
    worst = max(long, key=lambda s: abs(s.rate_hz / stream.rate_hz - 1), default=None)
    if worst is None or not DRIFT_OFF < abs(worst.rate_hz / stream.rate_hz - 1) <= RATE_OFF:
        return []
    off = worst.rate_hz / stream.rate_hz - 1
    sentence = (
        f"The sensor took {100 * abs(off):.1f} % {'more' if off > 0 else 'fewer'} samples than its nominal rate says; "
        "times follow the time stamps."
    )
    return [("drift", Severity.NOTE, sentence, (worst.interval,))]


def _idle(stream: Stream, scans: Sequence[Scan]) -> list[tuple[str, Severity, str, Intervals]]:
    """Gaps that begin at rest: the sensor slept, as idle modes do; nothing is filled in."""
    slept = [
        Interval(a.end_us, b.start_us)
        for a, b, s in zip(stream.segments, stream.segments[1:], scans, strict=False)
        if b.start_us - a.end_us >= 1_000_000 and len(s.tens) and bool(s.tens.at_rest[-1])
    ]
    if not slept:
        return []
    many = "One gap begins" if len(slept) == 1 else f"{len(slept)} gaps begin"
    sentence = f"{many} at rest ({words(total(slept))}): the sensor may have slept to save power. Nothing is filled in."
    return [("idle mode", Severity.NOTE, sentence, tuple(slept))]


def _gyroscope(stream: Stream, scans: Sequence[Scan]) -> list[tuple[str, Severity, str, Intervals]]:
    """A turning rate far too small for a body that moves: most often rad/s taken for °/s."""
    columns = [i for i, c in enumerate(stream.channels) if c.startswith("gyro")]
    minutes = [s for s in scans if s.sd.shape[1] == 3 and columns]
    moved = np.concatenate([np.zeros(0), *(np.linalg.norm(s.sd, axis=1) for s in minutes)])
    spans = np.concatenate([np.zeros(0), *(s.span[:, columns].max(axis=1) for s in minutes)])
    spans, moved = spans[moved > ACTIVE_SD_G], moved[moved > ACTIVE_SD_G]
    if len(spans) < LEAST_MINUTES or not 0 < float(np.median(spans / moved)) < LEAST_DPS_PER_G:
        return []
    sentence = (
        f"The turning rate stays within {float(np.median(spans)):.1f} °/s a minute while its wearer moves: check its "
        "unit (rad/s?)."
    )
    return [("gyroscope scale", Severity.CHECK, sentence, ())]
