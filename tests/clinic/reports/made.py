"""Analyses made by hand: probabilities with known flags, so that every number of a report can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clinic.analysis import Analysis, Judgement, outcomes
from data.grid import HOP_US, half_seconds
from data.intervals import Interval
from data.quality import Quality, StreamQuality
from data.recording import Recording, Source, Stream
from models.scores import Certainty, Episode, Scores
from tests.signals import START_US, moving, recording_of

PHENOMENON = "freezing of gait"
VERSION = "abc123abc123"
NAME = "freezing-of-gait-lower-back"
DAY_US = 86_400_000_000
NOW_US = START_US + 20 * DAY_US


def analysis_of(
    recording: Recording,
    flags: Sequence[tuple[float, float]] = ((10.0, 6.0),),
    unsure: Sequence[tuple[float, float]] = (),
    not_judged: Sequence[tuple[float, float, str]] = (),
    why_not: str | None = None,
) -> Analysis:
    """Every stream with flags at known seconds since its start: ``(start_s, seconds)``; all of it worn."""
    qualities, judgements = [], []
    for stream in recording.streams:
        gone = [(_span(stream, a, b), reason) for a, b, reason in not_judged]
        quality = StreamQuality(stream.name, stream.recorded, (), stream.gaps, tuple(gone))
        qualities.append(quality)
        sure = [_episode(stream, a, b, Certainty.SURE) for a, b in flags]
        doubt = [_episode(stream, a, b, Certainty.UNSURE) for a, b in unsure]
        episodes = tuple(sorted(sure + doubt, key=lambda e: e.interval))
        scores = _scores(stream, episodes, gone)
        judgements.append(
            Judgement(
                stream.name,
                PHENOMENON,
                VERSION,
                0.6,
                scores,
                episodes,
                *outcomes(scores, episodes, quality.worn),
            )
        )
    manifest = {
        "source": {"name": recording.source.name, "size": recording.source.size, "sha256": recording.source.sha256},
        "simulated": recording.is_simulated,
        "motionward": "0.1.0",
        "detectors": [{"name": NAME, "version": VERSION, "encoder": "imu"}],
        "settings": {"false_alarms_per_hour": None, "number_format": "fp32", "seed": 0},
        "placements": {s.name: [s.placement.value, s.side.value] for s in recording.streams},
    }
    return Analysis(Quality((), tuple(qualities), why_not), tuple(judgements), manifest)


def worn_days(days: int, hours: float = 6.0) -> Recording:
    """So many days from Monday 2 March 2026, 07:00 in Berlin, each worn for some hours, at 4 Hz to be quick."""
    pieces = [(k * 86_400.0, moving(hours * 3600, 4.0, seed=k, channels=3)) for k in range(days)]
    made = recording_of(pieces, 4.0)
    return replace(made, source=Source("week.csv", 1, "ab" * 32))


def _span(stream: Stream, at_s: float, seconds: float) -> Interval:
    start = stream.interval.start + round(at_s * 1e6)
    return Interval(start, start + round(seconds * 1e6))


def _episode(stream: Stream, at_s: float, seconds: float, certainty: Certainty) -> Episode:
    span = _span(stream, at_s, seconds)
    return Episode(span, stream.name, PHENOMENON, stream.placement, 0.9, 0.8, certainty, VERSION)


def _scores(stream: Stream, episodes: Sequence[Episode], gone: Sequence[tuple[Interval, str]]) -> Scores:
    grid = half_seconds(stream)
    probability, valid = np.full(len(grid), 0.1, dtype=np.float32), np.ones(len(grid), dtype=bool)
    for e in episodes:
        probability[(grid.start_us >= e.interval.start) & (grid.start_us < e.interval.end)] = 0.9
    for span, _ in gone:
        valid[(grid.start_us + HOP_US > span.start) & (grid.start_us < span.end)] = False
    return Scores(stream.name, PHENOMENON, grid, probability, probability, probability, valid, tuple(gone))
