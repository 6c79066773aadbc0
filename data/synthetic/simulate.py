"""From a plan to a recording: lazy samples, gaps, and the truth as annotations."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from data.intervals import Interval, Intervals, intersect, subtract, union
from data.phenomena import FREEZING, TREMOR
from data.recording import (
    CHANNELS,
    Annotation,
    Clock,
    Placement,
    Recording,
    Segment,
    Side,
    Source,
    Stream,
    stream_name,
)
from data.synthetic.person import SITES
from data.synthetic.plan import Plan, check
from data.synthetic.samples import Sensor, SimulatedSamples

RECIPE = 1
"""Counts up whenever the same plan and seed give other samples."""
START_US = 1_772_431_200_000_000
"""Monday 2 March 2026, 07:00 in Berlin."""

WALKING = "walking"
TURNING = "turning"
SLEEP = "sleep"
NOT_WORN = "not worn"
_OF_ACT = {"sit": "sitting", "stand": "standing", "chores": "household", "sleep": SLEEP, "table": NOT_WORN}
_OF_PHASE = {"freeze": FREEZING, "akinetic": FREEZING, "turn": TURNING, "tremor": TREMOR}
_TREMBLING = (Placement.WRIST, Placement.HAND)


@dataclass(frozen=True, slots=True)
class Script:
    """What to record, and how.

    Parameters
    ----------
    plan
        What the person does.
    rate_hz
        Samples a second of every sensor.
    start_us
        Instant of the first sample; 0 where the clock is relative.
    zone
        IANA zone; None unless the clock is absolute.
    placements
        Where sensors sit, each a stream of its own.
    gaps
        ``(start_s, end_s)`` after the start that were not recorded.
    name
        Of the file that never was.
    """

    plan: Plan
    rate_hz: float = 50.0
    start_us: int = START_US
    zone: str | None = "Europe/Berlin"
    clock: Clock = Clock.ABSOLUTE
    placements: tuple[Placement, ...] = (Placement.LOWER_BACK,)
    gaps: tuple[tuple[float, float], ...] = ()
    name: str = "simulated"


def simulate(script: Script, seed: int = 0) -> Recording:
    """The recording that a script and a seed stand for; nothing is computed before it is read.

    Raises
    ------
    ValueError
        When the plan has a hole, the placement cannot be simulated, or nothing is left beside the gaps.
    """
    check(script.plan)
    unknown = [p.value for p in script.placements if p not in SITES]
    if unknown or not script.placements:
        raise ValueError(f"cannot simulate a sensor at {unknown}; known are {[p.value for p in SITES]}")
    pieces = _pieces(script)
    streams = tuple(_stream(script, placement, seed, pieces) for placement in script.placements)
    annotations = tuple(
        Annotation(part, label, stream)
        for interval, label, stream in _truth(script)
        for part in intersect([interval], streams[0].recorded)
    )
    size = sum(b - a for a, b in pieces) * len(CHANNELS) * 4 * len(streams)
    return Recording(
        streams,
        tuple(sorted(annotations, key=lambda a: (a.interval, a.label))),
        "simulated sensor (no person was measured)",
        script.clock,
        script.zone if script.clock is Clock.ABSOLUTE else None,
        Source(script.name, size, _recipe_hash(script, seed)),
        ("The recording is simulated: what it shows was written by a program.",),
        is_simulated=True,
    )


def _pieces(script: Script) -> tuple[tuple[int, int], ...]:
    """Row numbers of the stretches that were recorded."""
    rows = int(script.plan[-1].end_s * script.rate_hz)
    gaps = (Interval(round(a * script.rate_hz), round(b * script.rate_hz)) for a, b in script.gaps)
    left = subtract([Interval(0, rows)], gaps)
    if not left:
        raise ValueError("nothing is recorded outside the gaps")
    return tuple((i.start, i.end) for i in left)


def _stream(script: Script, placement: Placement, seed: int, pieces: Sequence[tuple[int, int]]) -> Stream:
    """One sensor's stream, a segment for each recorded piece."""
    sensor = Sensor(script.plan, placement, script.rate_hz, seed)
    side = Side.LEFT if SITES[placement].sided else Side.MIDDLE
    segments = tuple(
        Segment(script.start_us + round(a * 1e6 / script.rate_hz), script.rate_hz, SimulatedSamples(sensor, a, b - a))
        for a, b in pieces
    )
    return Stream(stream_name(placement, side), placement, side, script.rate_hz, CHANNELS, segments)


def _truth(script: Script) -> list[tuple[Interval, str, str | None]]:
    """What the plan says, as labelled spans; walking is the walk less its freezes and pauses."""

    def span(a: float, b: float) -> Interval:
        return Interval(script.start_us + round(a * 1e6), script.start_us + round(b * 1e6))

    trembling = [stream_name(p, Side.LEFT) for p in script.placements if p in _TREMBLING]
    spans: dict[tuple[str, str | None], list[Interval]] = {}
    for act in script.plan:
        if act.kind in _OF_ACT:
            spans.setdefault((_OF_ACT[act.kind], None), []).append(span(act.start_s, act.end_s))
        elif act.kind == "walk":
            walked: Intervals = tuple(
                span(p.start_s, p.end_s) for p in act.phases if p.kind in ("steps", "turn", "hurry")
            )
            spans.setdefault((WALKING, None), []).extend(union(walked))
        for phase in act.phases:
            label = _OF_PHASE.get(phase.kind)
            if label == TREMOR:
                for stream in trembling:
                    spans.setdefault((label, stream), []).append(span(phase.start_s, phase.end_s))
            elif label is not None:
                spans.setdefault((label, None), []).append(span(phase.start_s, phase.end_s))
    return [(i, label, stream) for (label, stream), group in spans.items() for i in union(group)]


def _recipe_hash(script: Script, seed: int) -> str:
    """Hash of all that the samples are made from."""
    return hashlib.sha256(f"{RECIPE} {seed} {script!r}".encode()).hexdigest()
