from __future__ import annotations

import numpy as np
import pytest

from data.intervals import intersect, subtract, total, union
from data.quality import assess
from data.quality.scan import scan
from data.quality.wear import EDGE_US, steady, still
from data.synthetic import Script, simulate
from data.synthetic.plan import ON_TABLE, STANDING, quiet
from data.synthetic.simulate import NOT_WORN
from tests.signals import US, moving, recording_of
from tests.signals import still as table

MINUTE = 60 * US


def drifting(seconds: float, size_g: float) -> np.ndarray:
    """A sensor that lies still but turns slowly, as that of a sleeper does."""
    x = table(seconds, channels=3)
    angle = size_g * np.sin(np.linspace(0, 2 * np.pi * seconds / 1200, len(x)))
    x[:, 0] += np.sin(angle).astype(np.float32)
    x[:, 2] += (np.cos(angle) - 1).astype(np.float32)
    return x


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_half_days_off_the_body_are_found_within_five_minutes(seed):
    rng = np.random.default_rng(seed)
    before, off = float(rng.uniform(3600, 14400)), float(rng.uniform(10800, 21600))
    acts = (
        *quiet("chores", 0.0, before, STANDING, rng),
        *quiet("table", before, before + off, ON_TABLE),
        *quiet("chores", before + off, before + off + 3600, STANDING, rng),
    )
    recording = simulate(Script(acts, 20.0), seed)
    (truth,) = union(a.interval for a in recording.annotations if a.label == NOT_WORN)
    quality = assess(recording)
    (found,) = quality.streams[0].not_worn
    assert abs(found.start - truth.start) <= 5 * MINUTE
    assert abs(found.end - truth.end) <= 5 * MINUTE
    assert "wear unsure" not in {f.kind for f in quality.findings}


def test_what_one_method_alone_takes_for_the_table_is_unsure_and_not_judged():
    x = np.concatenate([moving(900, channels=3), drifting(5400, 0.02), moving(900, seed=1, channels=3)])
    recording = recording_of([(0.0, x)])
    (segment,) = recording.streams[0].segments
    seen = scan(segment, recording.streams[0].channels)
    assert still(segment, seen)
    assert not steady(segment, seen)
    quality = assess(recording)
    (stream,) = quality.streams
    assert stream.not_worn == ()
    assert {reason for _, reason in stream.unusable} == {"not sure whether it was worn"}
    unsure = union(i for i, _ in stream.unusable)
    assert abs(total(unsure) - 5400 * US) <= 2 * MINUTE
    assert subtract(unsure, stream.worn) == ()
    assert "90 min" in next(f.sentence for f in quality.findings if f.kind == "wear unsure")


def test_methods_that_differ_by_minutes_at_an_edge_agree():
    x = np.concatenate([moving(900, channels=3), drifting(200, 0.02), table(3600, channels=3)])
    (stream,) = assess(recording_of([(0.0, x)])).streams
    assert stream.unusable == ()
    (off,) = stream.not_worn
    assert abs(off.duration - 3800 * US) <= EDGE_US


def test_worn_not_worn_and_gaps_add_up_where_wear_is_unsure():
    parts = [(0.0, drifting(3000, 0.02)), (4000.0, table(2400, channels=3)), (9000.0, moving(300, channels=3))]
    recording = recording_of(parts)
    (stream,) = assess(recording).streams
    assert total(stream.worn) + total(stream.not_worn) + total(stream.gaps) == recording.streams[0].interval.duration
    assert intersect(stream.worn, stream.not_worn) == ()


def test_somebody_on_a_machine_who_keeps_a_posture_wears_it():
    x = moving(3600, 200.0, channels=3, size_g=0.12)
    (stream,) = assess(recording_of([(0.0, x)], 200.0)).streams
    assert stream.not_worn == ()
    assert stream.unusable == ()


def test_the_posture_method_sees_ten_seconds():
    x = np.concatenate([moving(600, channels=3), table(2400, channels=3), moving(600, seed=1, channels=3)])
    recording = recording_of([(0.0, x)])
    (segment,) = recording.streams[0].segments
    (found,) = steady(segment, scan(segment, ("acc_x", "acc_y", "acc_z")))
    start = segment.start_us
    assert abs(found.start - start - 600 * US) <= 20 * US
    assert abs(found.end - start - 3000 * US) <= 20 * US
