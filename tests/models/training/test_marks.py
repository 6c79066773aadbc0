"""What counts as a fall, as freezing, as tremor, in recordings whose publishers say little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.datasets.registry import DATASETS
from data.intervals import Interval
from data.phenomena import FALL, TREMOR
from data.recording import Annotation, Placement, Recording
from models.training.corpus import streams
from models.training.marks import labelled
from models.training.recipe import read_recipe
from tests.signals import US, moving, recording_of, still

RECIPES = Path(__file__).parents[3] / "models" / "training" / "recipes"


def said(recording: Recording, label: str) -> Recording:
    return replace(recording, annotations=(Annotation(recording.streams[0].interval, label),))


@pytest.fixture
def fall() -> Recording:
    """10 s of moving, an impact of 4 g at 6 s, then lying still."""
    samples = moving(10, size_g=0.1)
    samples[300:] = still(4)
    samples[300, :3] = (0.0, 4.0, 0.0)
    return recording_of([(0.0, samples)], placement=Placement.WAIST)


def test_a_fall_is_marked_about_its_impact_and_what_follows_is_not_judged(fall: Recording) -> None:
    (stream,) = fall.streams
    share, judged, marks = labelled(said(fall, "fall"), stream, FALL)
    impact = stream.interval.start + 6 * US
    assert marks == (Interval(impact - US, impact + US),)
    assert np.flatnonzero(share >= 0.5).tolist() == [10, 11, 12, 13]
    assert np.flatnonzero(~judged).tolist() == [14, 15, 16, 17, 18, 19]


def test_a_jump_is_no_fall(fall: Recording) -> None:
    share, judged, marks = labelled(said(fall, "jumping"), fall.streams[0], FALL)
    assert not share.any()
    assert judged.all()
    assert marks == ()


def shaking(label: str, noise_g: float = 0.004) -> Recording:
    """A hand at rest for 20 s, then shaking at 5 Hz for 20 s, with so much other movement."""
    samples = still(40, channels=3, noise_g=noise_g)
    samples[1000:, 0] += 0.1 * np.sin(2 * np.pi * 5 * np.arange(1000) / 50).astype(np.float32)
    return said(recording_of([(0.0, samples)], placement=Placement.HAND), label)


def test_a_narrow_peak_is_tremor_in_somebody_who_is_ill() -> None:
    recording = shaking("parkinson")
    share, judged, marks = labelled(recording, recording.streams[0], TREMOR)
    assert share[44:].mean() > 0.95
    assert not share[:36].any()
    assert judged[:36].mean() > 0.9
    assert marks


def test_a_peak_that_is_neither_narrow_nor_absent_is_not_judged() -> None:
    recording = shaking("parkinson", noise_g=0.11)
    share, judged, _ = labelled(recording, recording.streams[0], TREMOR)
    doubtful = (share[44:] == 0) & ~judged[44:]
    assert doubtful.mean() > 0.2
    assert judged[:36].mean() > 0.7
    assert share[44:][judged[44:]].mean() > 0.8


def test_whoever_has_no_such_disease_has_no_tremor() -> None:
    recording = shaking("control")
    share, judged, _ = labelled(recording, recording.streams[0], TREMOR)
    assert not share.any()
    assert judged.all()


def test_a_phenomenon_without_marks_is_refused(fall: Recording) -> None:
    with pytest.raises(ValueError, match="no marks of 'yawning'"):
        labelled(fall, fall.streams[0], "yawning")


def test_staged_falls_are_read_only_where_falls_are_wanted(shared_data: Path) -> None:
    without, whole = (streams(shared_data, "umafall-waist", *what) for what in ((), (FALL,)))
    falls = [r for _, r, _ in whole if any(a.label == "fall" for a in r.annotations)]
    assert len(whole) == len(without) + len(falls)
    assert falls
    for _, recording, stream in whole:
        _, judged, marks = labelled(recording, stream, FALL)
        assert len(marks) == any(a.label == "fall" for a in recording.annotations)
        assert judged.any()


@pytest.mark.parametrize("recipe", sorted(p.name for p in RECIPES.glob("*.toml")))
def test_every_recipe_can_be_read_and_names_sets_that_exist(recipe: str) -> None:
    plan = read_recipe(RECIPES / recipe)
    assert plan.phenomenon.replace(" ", "-") in plan.name
    assert plan.sites
    assert all(site.startswith(tuple(DATASETS)) for site in plan.sites)
