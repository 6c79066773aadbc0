"""Upside-down, or turned about the vertical: no shipped detector says anything else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from data.quality import corrected
from data.recording import Recording
from data.synthetic import Script, short_walk, simulate
from models.detectors import Detector, encoder_of, shipped
from models.embedding import embed


def yawed(recording: Recording) -> Recording:
    """Slipped by 73° about the vertical, as a belt does."""
    (stream,) = recording.streams
    turn = Rotation.from_euler("x", 73, degrees=True).as_matrix().astype(np.float32)
    (segment,) = stream.segments
    x = segment.samples[0 : segment.n_samples]
    both = np.concatenate([x[:, :3] @ turn.T, x[:, 3:] @ turn.T], axis=1)
    return replace(recording, streams=(replace(stream, segments=(replace(segment, samples=both),)),))


def upside_down(recording: Recording) -> Recording:
    return corrected(recording, upside_down=recording.streams[0].name)


@pytest.mark.parametrize("detector", shipped(), ids=lambda d: d.name)
@pytest.mark.parametrize("changed", [upside_down, yawed])
def test_the_way_a_sensor_sits_changes_no_probability_by_a_hundredth(detector: Detector, changed):
    walk = short_walk(60.0, ((20.0, 8.0),))
    recording = simulate(Script(walk, 50.0, placements=(detector.placements[0],)), seed=4)

    def scores(of: Recording):
        return detector.score(embed(of.streams[0], encoder_of(detector), detector.channels), ())

    before, after = scores(recording), scores(changed(recording))
    both = before.valid & after.valid
    assert (before.valid == after.valid).mean() > 0.98
    assert both.mean() > 0.5
    far = np.abs(before.probability - after.probability)[both]
    assert far.max() < 0.01
    assert np.median(far) < 0.001
