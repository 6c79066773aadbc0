"""The property of the whole: a recording cut at its gaps and analysed in parts gives the same flags as in one piece."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from clinic.analysis import Analysis, Settings, analyze
from clinic.home import Home
from clinic.intake import embedder
from clinic.store import Store
from data.recording import Recording
from models.detectors import shipped
from tests.signals import freezing_walk, parts_of

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings(false_alarms_per_hour=30.0)
DETECTORS = [d.name for d in shipped()]
FREEZES = ((20.0, 6.0), (57.0, 8.0), (95.0, 7.0), (130.0, 9.0))
GAPS = ((60.0, 61.3), (100.0, 100.4), (137.21, 140.0))
"""Two of them in the middle of a freeze."""


def analysis_of(recording: Recording) -> Analysis:
    return analyze(recording, shipped(), SETTINGS, embed=embedder(SETTINGS), version="test")


@cache
def gapped(name: str) -> Recording:
    (detector,) = (d for d in shipped() if d.name == name)
    return freezing_walk(FREEZES, 180.0, gaps=GAPS, placement=detector.placements[0])


@cache
def whole(name: str) -> Analysis:
    return analysis_of(gapped(name))


@pytest.mark.parametrize("name", DETECTORS)
def test_parts_have_the_flags_and_scores_of_the_whole(name: str) -> None:
    parts = [analysis_of(part) for part in parts_of(gapped(name))]
    assert len(parts) == 1 + len(GAPS)
    expected = whole(name)
    assert len(expected.episodes) >= 2
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
def test_no_flag_crosses_a_gap(name: str) -> None:
    gaps = gapped(name).streams[0].gaps
    assert len(gaps) == len(GAPS)
    for episode in whole(name).episodes:
        assert all(episode.interval.end <= g.start or episode.interval.start >= g.end for g in gaps)


@pytest.mark.parametrize("name", DETECTORS)
def test_stored_and_remembered_analysis_is_the_same(name: str, tmp_path: Path) -> None:
    store = Store.open(Home(tmp_path))
    store.add_patient("P-01", "Europe/Berlin", actor="test", now_us=1)
    identity, _ = store.import_(gapped(name), "P-01", actor="test", now_us=1)
    expected = whole(name)
    for _ in range(2):  # the second time, the vectors come from disk
        embed = store.remembering(identity, embedder(SETTINGS))
        found = analyze(store.recording(identity), shipped(), SETTINGS, embed=embed, version="test")
        assert found.episodes == expected.episodes
        assert found.quality == expected.quality
        assert found.manifest == expected.manifest
        for mine, theirs in zip(found.judgements, expected.judgements, strict=True):
            np.testing.assert_array_equal(mine.scores.probability, theirs.scores.probability)
