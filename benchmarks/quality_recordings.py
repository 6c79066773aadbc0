"""The recordings that faults are put into: walks of simulated people, and cuts of real ones.

People are the unit: those of the first draw, some of whose recordings were looked at when thresholds of
:mod:`data.quality` were chosen, and half of the others are there to *develop* on; the rest are the ones whose figures
are *reported*. The same holds for the seeds of simulated people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from zlib import crc32

import numpy as np
from scipy.spatial.transform import Rotation

from data.datasets import daphnet, motionsense, oday, sisfall, tdcsfog, umafall
from data.phenomena import FALL
from data.recording import Placement, Recording, Segment, Stream
from data.synthetic import Script, short_walk, simulate
from data.synthetic.plan import ON_LEFT, ON_TABLE, SITTING, STANDING, SUPINE, Act, quiet

CUT_S = 150.0
PLACES = (Placement.LOWER_BACK, Placement.ANKLE, Placement.TRUNK)
Rng = np.random.Generator


class Part(Enum):
    """What people and seeds are there for."""

    DEVELOP = "develop"
    REPORT = "report"


LOOKED_AT = frozenset(
    {f"tdcsfog/{p}" for p in ("2d57c2", "4ca9b3", "5c0b8a", "af82b2", "b19f77", "e39bc5")}
    | {f"daphnet/{p}" for p in ("S01", "S02", "S07")}
)
"""Everybody of the first draw, some of whose recordings were looked at when thresholds were chosen."""
FIRST_SEED = {Part.DEVELOP: 1_000, Part.REPORT: 51_000}
FIRST_DAY = {Part.DEVELOP: 0, Part.REPORT: 60_000}
"""First seed of the simulated walks and of the half days."""


def part_of(who: str) -> Part:
    """The part of a person, named by set and code."""
    return Part.DEVELOP if who in LOOKED_AT or crc32(who.encode()) % 2 else Part.REPORT


def simulated_walks(count: int, part: Part = Part.REPORT) -> Iterator[Recording]:
    """Walks with and without freezes, of many people, at several places and rates."""
    for number in range(count):
        rate = (50.0, 64.0, 100.0)[number // 3 % 3]
        freezes = ((40.0, 6.0), (90.0, 10.0)) if number % 2 else ()
        script = Script(short_walk(CUT_S, freezes), rate, placements=(PLACES[number % 3],))
        yield simulate(script, FIRST_SEED[part] + number)


def real_walks(data: Path, count: int, part: Part = Part.REPORT) -> Iterator[tuple[str, Recording]]:
    """Cuts of one sensor each with their person, in turn from each person.

    What is long enough is cut; of sets of short trials those of a person, in any order, are laid end to end. (A phone
    is put into the pocket anew for each trial of MotionSense, either way up: its trials are not joined.) Falls are left
    out, and wrists: nobody says which way up they are.
    """
    found: dict[str, list[Recording]] = {}
    for name, load, is_joined in (
        ("tdcsfog", tdcsfog.load, True),
        ("daphnet", daphnet.load, False),
        ("motionsense", motionsense.load, False),
        ("sisfall", sisfall.load, True),
        ("umafall", umafall.load, True),
    ):
        for person, trials in _by_person(load(data)).items():
            who = f"{name}/{person}"
            if part_of(who) is part:
                rng = np.random.default_rng(crc32(who.encode()))
                cuts = [c for r in (_end_to_end(trials, rng) if is_joined else trials) for c in _cuts(r)]
                found[who] = [_as_read(cuts[int(i)]) for i in rng.permutation(len(cuts))]
    most = max(map(len, found.values()), default=0)
    order = [(who, cuts[k]) for k in range(most) for who, cuts in found.items() if k < len(cuts)]
    yield from order[:count]


def _as_read(recording: Recording) -> Recording:
    """Named as the file's reader names the device, by which it is known how it is worn."""
    named = {"tdcsfog": "TLVMC lower-back accelerometer"}
    return replace(recording, device=named.get(recording.device, recording.device))


def _by_person(recordings: Iterable[tuple[str, Recording]]) -> dict[str, list[Recording]]:
    out: dict[str, list[Recording]] = {}
    for person, recording in recordings:
        if not any(a.label == FALL for a in recording.annotations):
            out.setdefault(person, []).append(recording)
    return out


def _end_to_end(trials: Sequence[Recording], rng: Rng) -> Iterator[Recording]:
    """One recording for each sensor, of all trials in which it was worn."""
    order = [trials[int(i)] for i in rng.permutation(len(trials))]
    for name in dict.fromkeys(s.name for r in order for s in r.streams):
        having = [r for r in order if any(s.name == name for s in r.streams)]
        stream = having[0].stream(name)
        pieces = [g.samples[0 : g.n_samples] for r in having for g in r.stream(name).segments]
        segment = replace(stream.segments[0], samples=np.concatenate(pieces))
        yield replace(having[0], streams=(replace(stream, segments=(segment,)),), annotations=())


def _cuts(recording: Recording) -> Iterator[Recording]:
    for stream in recording.streams:
        if stream.placement is Placement.WRIST:
            continue
        for segment in stream.segments:
            size = round(CUT_S * segment.rate_hz)
            for a in range(0, segment.n_samples - size + 1, size):
                cut = replace(segment, start_us=segment.time_us(a), samples=segment.samples[a : a + size])
                yield replace(recording, streams=(replace(stream, segments=(cut,)),), annotations=())


def two_legged(data: Path, count: int) -> Iterator[Recording]:
    """Cuts of 20 to 40 s of the course, each sensor turned at random as if mounted anew."""
    trials = [r for _, r in oday.load(data) if any(s.name == "left-ankle" for s in r.streams)]
    wanted = ("lower-back", "left-ankle", "right-ankle")
    for seed in range(count):
        rng = np.random.default_rng(seed)
        recording = trials[seed % len(trials)]
        streams: list[Stream] = []
        seconds = rng.uniform(20, 40)
        share = rng.uniform()
        for stream in (recording.stream(n) for n in wanted):
            (segment,) = stream.segments
            size = min(segment.n_samples, round(seconds * segment.rate_hz))
            a = int(share * (segment.n_samples - size))
            turn = Rotation.random(random_state=int(rng.integers(2**31))).as_matrix().T.astype(np.float32)
            x = segment.samples[a : a + size]
            both = np.concatenate([x[:, :3] @ turn, x[:, 3:] @ turn], axis=1)
            streams.append(replace(stream, segments=(Segment(segment.time_us(a), segment.rate_hz, both),)))
        yield replace(recording, streams=tuple(streams), annotations=())


def half_day(number: int, *, is_worn: bool, part: Part = Part.REPORT) -> Recording:
    """Twelve hours with chores, sitting and a night's sleep, and six hours or so on a table in between or not."""
    seed = FIRST_DAY[part] + number
    rng = np.random.default_rng(seed)
    acts: list[Act] = []
    at = 0.0

    def add(kind: str, hours: float, up: tuple[float, float, float], still: Rng | None = rng) -> None:
        nonlocal at
        acts.extend(quiet(kind, at, at + 3600 * hours, up, still))
        at += 3600 * hours

    add("chores", rng.uniform(0.5, 2), STANDING)
    add("sit", rng.uniform(0.5, 1.5), SITTING)
    if not is_worn:
        add("table", rng.uniform(5, 6.5), ON_TABLE, None)
    add("chores", rng.uniform(0.3, 1), STANDING)
    add("sleep", rng.uniform(1, 2), SUPINE)
    add("sleep", rng.uniform(1, 2), ON_LEFT)
    add("chores", 0.5, STANDING)
    return simulate(Script(tuple(acts), 12.5, placements=(Placement.LOWER_BACK,)), seed)
