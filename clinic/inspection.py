"""What a file holds, in numbers and in words, without storing or judging anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from data.quality import Finding, Severity, assess
from data.recording import Clock, Recording, Stream

_BLOCK_S = 600.0
_KINDS = (("acc", "acceleration"), ("gyro", "turning rate"))


def describe(recording: Recording) -> dict[str, Any]:
    """One JSON object about a recording, the fields of ``motionward inspect --json``.

    Times in seconds count from the first sample of the recording; ``std`` is the population value.
    """
    quality = assess(recording)
    start = recording.interval.start
    return {
        "file": recording.source.name,
        "sha256": recording.source.sha256,
        "device": recording.device,
        "clock": recording.clock.value,
        "start_utc": utc_text(start) if recording.clock is Clock.ABSOLUTE else None,
        "zone": recording.zone,
        "assumptions": list(recording.assumptions),
        "streams": [_describe_stream(stream, start) for stream in recording.streams],
        "annotations": len(recording.annotations),
        "problems": [_sentence(f, recording) for f in quality.findings if f.severity is not Severity.NOTE],
        "notes": [_sentence(f, recording) for f in quality.findings if f.severity is Severity.NOTE],
    }


def _sentence(finding: Finding, recording: Recording) -> str:
    """A finding's sentence, led by its stream where there are several."""
    return finding.sentence if len(recording.streams) == 1 else f"{finding.stream}: {finding.sentence}"


def _describe_stream(stream: Stream, origin_us: int) -> dict[str, Any]:
    mean, std = channel_moments(stream)
    return {
        "stream": stream.name,
        "placement": stream.placement.value,
        "side": stream.side.value,
        "rate_hz": round(stream.rate_hz, 4),
        "samples": sum(s.n_samples for s in stream.segments),
        "gaps": len(stream.gaps),
        "start_s": (stream.interval.start - origin_us) / 1e6,
        "end_s": (stream.interval.end - origin_us) / 1e6,
        "channels": {
            name: {"unit": "g" if name.startswith("acc") else "°/s", "mean": float(m), "std": float(s)}
            for name, m, s in zip(stream.channels, mean, std, strict=True)
        },
    }


def channel_moments(stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation of each channel, ``(channels,)`` float64 each.

    Block means are merged by the pairwise formula of Chan, Golub and LeVeque (1979), so that
    neither memory nor rounding grows with the length.
    """
    count, mean, spread = 0, np.zeros(len(stream.channels)), np.zeros(len(stream.channels))
    for _, _, block in stream.chunks(_BLOCK_S):
        values = block.astype(np.float64)
        n, m = len(values), values.mean(axis=0)
        step = m - mean
        spread += ((values - m) ** 2).sum(axis=0) + step**2 * count * n / (count + n)
        mean += step * n / (count + n)
        count += n
    return mean, np.sqrt(spread / count)


def utc_text(us: int) -> str:
    """ISO 8601 in UTC with microseconds: ``2026-03-02T06:58:00.000000Z``."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def in_words(facts: dict[str, Any]) -> str:
    """The same as :func:`describe`, as a few lines for a terminal."""
    lines = [
        f"{facts['file']}  ({facts['device']})",
        f"  starts    {_start_in_words(facts)}",
    ]
    width = max([10, *(len(s["stream"]) for s in facts["streams"])]) + 2
    for s in facts["streams"]:
        span = timedelta(seconds=round(s["end_s"] - s["start_s"]))
        kinds = " and ".join(word for head, word in _KINDS if any(c.startswith(head) for c in s["channels"]))
        worn = s["placement"] if s["side"] in ("unknown", "middle") else f"{s['side']} {s['placement']}"
        gaps = {0: "no gap", 1: "1 gap"}.get(s["gaps"], f"{s['gaps']} gaps")
        size = f"{s['rate_hz']:g} Hz, {span}, {s['samples']} samples, {gaps}"
        lines.append(f"  {s['stream']:<{width}}{worn}, {kinds}, {size}")
    if marks := facts["annotations"]:
        lines.append(f"  holds     {marks} {'mark' if marks == 1 else 'marks'} that somebody made in it")
    lines += [f"  assumed   {a}" for a in facts["assumptions"]]
    lines += [f"  check     {p}" for p in facts["problems"]]
    lines += [f"  note      {p}" for p in facts["notes"]]
    return "\n".join(lines)


def _start_in_words(facts: dict[str, Any]) -> str:
    """The start as a wall clock of the recording's zone shows it."""
    if facts["start_utc"] is None:
        return "no date in the file"
    start, zone = datetime.fromisoformat(facts["start_utc"]), facts["zone"] or "UTC"
    return f"{start.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} ({zone})"
