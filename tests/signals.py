"""Signals for tests: small recordings with known events, gaps, zones and damage.

Import as ``from tests.signals import recording_of``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.datasets import sisfall
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
from data.synthetic import Script, short_walk, simulate

START_US = 1_772_431_200_000_000
"""Monday 2 March 2026, 07:00 in Berlin."""
US = 1_000_000


def still(
    seconds: float, rate_hz: float = 50.0, *, seed: int = 0, noise_g: float = 0.002, channels: int = 6
) -> NDArray:
    """A sensor on a table: ``(n, channels)``, 1 g on z."""
    n = round(seconds * rate_hz)
    out = np.random.default_rng(seed).normal(0, noise_g, (n, channels)).astype(np.float32)
    out[:, 2] += 1
    return out


def moving(seconds: float, rate_hz: float = 50.0, *, seed: int = 0, size_g: float = 0.15, channels: int = 6) -> NDArray:
    """A body on the move, without any rhythm: ``(n, channels)``, 1 g on z."""
    out = still(seconds, rate_hz, seed=seed, noise_g=size_g, channels=channels)
    out[:, 3:] *= 100
    return out


def recording_of(
    pieces: Sequence[tuple[float, NDArray]],
    rate_hz: float = 50.0,
    *,
    start_us: int = START_US,
    clock: Clock = Clock.ABSOLUTE,
    zone: str | None = "Europe/Berlin",
    placement: Placement = Placement.LOWER_BACK,
    annotations: Sequence[Annotation] = (),
) -> Recording:
    """One stream from ``(start in seconds, samples)`` pieces; 3 columns are acceleration, 6 all."""
    segments = tuple(
        Segment(start_us + round(at * US), rate_hz, np.ascontiguousarray(x, dtype=np.float32)) for at, x in pieces
    )
    channels = CHANNELS[: pieces[0][1].shape[1]]
    side = Side.UNKNOWN
    stream = Stream(stream_name(placement, side), placement, side, rate_hz, channels, segments)
    source = Source("made-by-test.csv", sum(x.nbytes for _, x in pieces), "0" * 64)
    return Recording((stream,), tuple(annotations), "test", clock, zone, source)


def parts_of(recording: Recording) -> list[Recording]:
    """A recording with one stream, cut at each of its gaps."""
    (stream,) = recording.streams
    return [replace(recording, streams=(replace(stream, segments=(s,)),)) for s in stream.segments]


def freezing_walk(
    freezes: Sequence[tuple[float, float]] = ((20.0, 6.0),),
    duration_s: float = 60.0,
    *,
    rate_hz: float = 100.0,
    seed: int = 0,
    start_us: int = START_US,
    zone: str | None = "Europe/Berlin",
    gaps: Sequence[tuple[float, float]] = (),
    placement: Placement = Placement.LOWER_BACK,
) -> Recording:
    """A simulated trial with freezes at known times (``(start_s, seconds)``), ``gaps`` as ``(start_s, end_s)``."""
    script = Script(
        short_walk(duration_s, freezes),
        rate_hz,
        start_us,
        zone,
        placements=(placement,),
        gaps=tuple(gaps),
        name="trial",
    )
    return simulate(script, seed)


def real_falls(data: Path) -> NDArray:
    """Some of one person's trials of SisFall one after another, falls between other things: six channels at 50 Hz."""
    trials = [r for person, r in sisfall.load(data) if person == "SA05"]
    names = [f"sisfall/{kind}_SA05_R0{k}.txt" for k in (1, 2, 3) for kind in ("D15", "F01", "D07", "F04", "D18")]
    found = {r.source.name: r.streams[0].segments[0] for r in trials}
    return np.concatenate([found[name].samples[0 : found[name].n_samples] for name in names])


@st.composite
def recordings_with_gaps(draw: st.DrawFn) -> Recording:
    """One to four pieces, each of still, moving and all-zero stretches, of odd lengths and rates."""
    rate = draw(st.sampled_from([20.0, 31.25, 50.0, 64.0, 99.6]))
    pieces, at = [], 0.0
    for number in range(draw(st.integers(1, 4))):
        parts = []
        for _ in range(draw(st.integers(1, 4))):
            kind = draw(st.sampled_from(["still", "moving", "zeros"]))
            seconds = draw(st.sampled_from([0.3, 1.0, 59.7, 300.0, 1790.0, 1870.0, 4000.0]))
            if kind == "moving":
                part = moving(min(seconds, 300.0), rate, seed=number, channels=3)
            else:
                part = still(seconds, rate, seed=number, channels=3) * np.float32(kind == "still")
            parts.append(part)
        samples = np.concatenate(parts)
        pieces.append((at, samples))
        at += len(samples) / rate + draw(st.sampled_from([0.5, 7.3, 3600.0]))
    return recording_of(pieces, rate)
