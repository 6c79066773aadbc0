"""The property of the whole: a recording cut at its gaps and analysed in parts gives the same flags as in one piece."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clinic.analysis import Analysis, Settings, analyze
from clinic.home import Home
from clinic.store import Store
from clinic.stored import embedder
from data.phenomena import FALL, TREMOR
from data.recording import Placement, Recording
from models.detectors import load, shipped
from tests.signals import US, freezing_walk, parts_of, real_falls, recording_of, still

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SETTINGS = Settings(false_alarms_per_hour=30.0)
DETECTORS = [d.name for d in shipped()]
EVENTS = ((20.0, 6.0), (57.0, 8.0), (95.0, 7.0), (130.0, 9.0))
GAPS = ((60.0, 61.3), (100.0, 100.4), (137.21, 140.0))
"""Each in the middle of a freeze, or of a spell of tremor."""
BEFORE_IMPACTS = ((20.4, 20.6), (48.3, 48.5), (112.4, 112.6))
"""Half a second before somebody hits the ground: a flag begins where each of them ends."""


def analysis_of(recording: Recording) -> Analysis:
    return analyze(recording, shipped(), SETTINGS, embed=embedder(SETTINGS), version="test")


def shaking(seconds: float, rate_hz: float) -> NDArray[np.float32]:
    """A resting hand with four spells of shaking at 5 Hz: three channels."""
    x = still(seconds, rate_hz, noise_g=0.004, channels=3)
    t = np.arange(len(x)) / rate_hz
    for start, length in EVENTS:
        inside = (t >= start) & (t < start + length)
        x[inside, 0] += 0.12 * np.sin(2 * np.pi * 5 * t[inside])
        x[inside, 1] += 0.08 * np.sin(2 * np.pi * 5 * t[inside] + 1)
    return x


def cut(
    samples: NDArray[np.float32], rate_hz: float, placement: Placement, gaps: tuple[tuple[float, float], ...]
) -> Recording:
    """What is left of a signal beside the gaps."""
    edges = [0.0, *(at for gap in gaps for at in gap), len(samples) / rate_hz]
    kept = [(a, samples[round(a * rate_hz) : round(b * rate_hz)]) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return recording_of(kept, rate_hz, placement=placement)


@cache
def gapped(name: str, data: Path) -> Recording:
    """Some of what a detector is for, with gaps in the midst of it."""
    (detector,) = (d for d in shipped() if d.name == name)
    placement = detector.placements[0]
    if detector.phenomenon == FALL:
        return cut(real_falls(data), 50.0, placement, BEFORE_IMPACTS)
    if detector.phenomenon == TREMOR:
        return cut(shaking(180.0, 100.0), 100.0, placement, GAPS)
    return freezing_walk(EVENTS, 180.0, gaps=GAPS, placement=placement)


@cache
def whole(name: str, data: Path) -> Analysis:
    return analysis_of(gapped(name, data))


@pytest.mark.parametrize("name", DETECTORS)
def test_parts_have_the_flags_and_scores_of_the_whole(name: str, shared_data: Path) -> None:
    parts = [analysis_of(part) for part in parts_of(gapped(name, shared_data))]
    assert len(parts) == 1 + len(GAPS)
    expected = whole(name, shared_data)
    assert sum(e.phenomenon == load(name).phenomenon for e in expected.episodes) >= 2
    assert tuple(e for part in parts for e in part.episodes) == expected.episodes
    for k, judgement in enumerate(expected.judgements):
        same = [part.judgements[k] for part in parts]
        assert tuple(i for j in same for i in j.flagged) == judgement.flagged
        assert tuple(i for j in same for i in j.clear) == judgement.clear
        assert tuple(r for j in same for r in j.not_judged) == judgement.not_judged
        for column in ("probability", "lower", "upper", "valid"):
            pieces = np.concatenate([getattr(j.scores, column) for j in same])
            np.testing.assert_array_equal(pieces, getattr(judgement.scores, column))


@pytest.mark.parametrize("name", DETECTORS)
def test_no_flag_crosses_a_gap(name: str, shared_data: Path) -> None:
    gaps = gapped(name, shared_data).streams[0].gaps
    assert len(gaps) == len(GAPS)
    episodes = whole(name, shared_data).episodes
    near = [
        e for e in episodes for g in gaps if abs(e.interval.end - g.start) <= US or abs(e.interval.start - g.end) <= US
    ]
    assert near
    for episode in episodes:
        assert all(episode.interval.end <= g.start or episode.interval.start >= g.end for g in gaps)


@pytest.mark.parametrize("name", DETECTORS)
def test_stored_and_remembered_analysis_is_the_same(name: str, shared_data: Path, tmp_path: Path) -> None:
    store = Store.open(Home(tmp_path))
    store.add_patient("P-01", "Europe/Berlin", actor="test", now_us=1)
    identity, _ = store.import_(gapped(name, shared_data), "P-01", actor="test", now_us=1)
    expected = whole(name, shared_data)
    for _ in range(2):  # the second time, the vectors come from disk
        embed = store.remembering(identity, embedder(SETTINGS))
        found = analyze(store.recording(identity), shipped(), SETTINGS, embed=embed, version="test")
        assert found.episodes == expected.episodes
        assert found.quality == expected.quality
        assert found.manifest == expected.manifest
        for mine, theirs in zip(found.judgements, expected.judgements, strict=True):
            np.testing.assert_array_equal(mine.scores.probability, theirs.scores.probability)
