"""Wear beside that of scikit-digital-health, on the same samples.

Three kinds of recording whose truth is known: simulated days awake with five hours on a table in between, simulated
half days with sleep as well, and hours laid together from two real sensors, a wrist that was worn and one that lay on a
table (no file at hand was recorded for an hour). Of skdh two methods are asked that need no temperature: counts
(Choi et al. 2011) and limits of the acceleration (van Hees et al. 2011, 2013). ``python -m benchmarks.wear`` writes
``docs/validation/wear.json``: shares of minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.about import ROOT, about
from benchmarks.quality_recordings import half_day
from data.intervals import Interval, Intervals, union
from data.quality import assess
from data.readers import read
from data.recording import CHANNELS, Clock, Placement, Recording, Segment, Side, Source, Stream
from data.synthetic import Script, simulate
from data.synthetic.plan import ON_TABLE, STANDING, quiet
from data.synthetic.simulate import NOT_WORN

METHODS = {"counts": "CountWearDetection", "acceleration": "AccelThresholdWearDetection"}
MINUTE_US = 60_000_000
RATE_HZ = 30.0
REST_S = 200.0
"""So long lay the ActiGraph on its table before somebody took it up."""


def theirs(recording: Recording, method: str) -> Intervals:
    """When the recording's one sensor was not worn, as skdh says."""
    import skdh.preprocessing  # noqa: PLC0415  three seconds to import

    (segment,) = recording.streams[0].segments
    x = np.ascontiguousarray(segment.samples[0 : segment.n_samples][:, :3], dtype=np.float64)
    at = segment.start_us / 1e6 + np.arange(len(x)) / segment.rate_hz
    # The rule for a sensor that is set up before it is worn is for trials; nobody sets one up here.
    settings = {"apply_setup_criteria": False} if method == "acceleration" else {}
    asked = getattr(skdh.preprocessing, METHODS[method])(**settings)
    worn = asked.predict(time=at, accel=x, fs=segment.rate_hz)["wear"]
    edges = [0, *(int(e) for e in np.ravel(worn)), len(x)]
    off = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > segment.rate_hz]
    return union(Interval(segment.time_us(a), segment.time_us(b)) for a, b in off)


def awake(seed: int) -> tuple[Recording, Intervals]:
    """Thirteen hours of chores, five of them on a table."""
    rng = np.random.default_rng(seed)
    begin = float(rng.uniform(3.5, 4.5)) * 3600
    acts = (
        *quiet("chores", 0.0, begin, STANDING, rng),
        *quiet("table", begin, begin + 5 * 3600, ON_TABLE),
        *quiet("chores", begin + 5 * 3600, 13 * 3600, STANDING, rng),
    )
    recording = simulate(Script(acts, 12.5), seed)
    return recording, truth_of(recording)


def truth_of(recording: Recording) -> Intervals:
    """When a simulated sensor was not worn."""
    return union(a.interval for a in recording.annotations if a.label == NOT_WORN)


def from_real(data: Path) -> tuple[Recording, Intervals]:
    """A worn EmbracePlus's half hour for four hours, a resting ActiGraph's minutes for four, the first again."""
    files = data / "device_files"
    wrist = _at_rate(read(files / "empatica_embraceplus" / "test_data.avro"))
    table = _at_rate(read(files / "actigraph" / "neo.gt3x"))[: round(REST_S * RATE_HZ)]
    size = round(4 * 3600 * RATE_HZ)
    worn, off = (np.resize(x, (size, 3)) for x in (wrist, table))
    segment = Segment(0, RATE_HZ, np.concatenate([worn, off, worn]))
    stream = Stream("left-wrist", Placement.WRIST, Side.LEFT, RATE_HZ, CHANNELS[:3], (segment,))
    source = Source("two sensors", segment.samples.nbytes, "")
    recording = Recording((stream,), (), "two sensors", Clock.RELATIVE, None, source)
    return recording, (Interval(segment.time_us(size), segment.time_us(2 * size)),)


def _at_rate(recording: Recording) -> NDArray[np.float32]:
    (segment,) = recording.streams[0].segments
    x = segment.samples[0 : segment.n_samples]
    at = np.arange(int(len(x) * RATE_HZ / segment.rate_hz)) * segment.rate_hz / RATE_HZ
    return np.stack([np.interp(at, np.arange(len(x)), x[:, k]) for k in range(3)], axis=1).astype(np.float32)


def minutes(recording: Recording, off: Intervals) -> NDArray[np.bool_]:
    """``(n,)``: whether the middle of each minute lies in ``off``."""
    span = recording.interval
    middles = np.arange(span.start + MINUTE_US // 2, span.end, MINUTE_US)
    out = np.zeros(len(middles), dtype=bool)
    for i in off:
        out |= (middles >= i.start) & (middles < i.end)
    return out


def cases(data: Path, count: int) -> Iterator[tuple[str, Recording, Intervals]]:
    """Each recording with its kind and when it was not worn."""
    for seed in range(count):
        yield ("simulated, awake", *awake(61_000 + seed))
    for number in range(count):
        recording = half_day(number, is_worn=False)
        yield "simulated, with sleep", recording, truth_of(recording)
    yield ("laid together from real ones", *from_real(data))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wear")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "validation" / "wear.json")
    parser.add_argument("--count", type=int, default=10, help="simulated recordings of each kind")
    given = parser.parse_args()
    begun = time.perf_counter()
    shares: dict[tuple[str, str, str], list[float]] = {}
    for kind, recording, truth in cases(given.data, given.count):
        said = {"motionward": assess(recording).streams[0].not_worn, **{m: theirs(recording, m) for m in METHODS}}
        told = {who: minutes(recording, off) for who, off in said.items()}
        for who, off in told.items():
            shares.setdefault((kind, who, "as it was"), []).append(float(np.mean(off == minutes(recording, truth))))
            if who != "motionward":
                shares.setdefault((kind, who, "as motionward"), []).append(float(np.mean(off == told["motionward"])))
    results = [
        {"task": kind, "row": who, "metric": f"minutes {what}", "value": round(float(np.mean(v)), 4), "count": len(v)}
        for (kind, who, what), v in shares.items()
    ]
    for r in results:
        print(*r.values(), sep="  ")
    facts = about("benchmarks/wear.py", begun) | {"results": results}
    given.out.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
