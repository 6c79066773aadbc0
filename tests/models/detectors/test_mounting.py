"""How a sensor was mounted does not change what a detector says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.detectors import Detector, shipped
from models.encoders.folder import load_encoder
from models.evaluation.stress import turned
from models.training.corpus import trials
from models.training.learn import run

SITES = {"lower back": "oday-lumbar", "ankle": "oday-ankles"}


@pytest.mark.parametrize("detector", [d for d in shipped() if d.phenomenon == "freezing of gait"], ids=lambda d: d.name)
def test_a_sensor_turned_at_random_gives_the_same_log_odds(detector: Detector, shared_data: Path) -> None:
    site = SITES[detector.placements[0].value]
    encoder = load_encoder(detector.encoder)
    straight = trials(shared_data, site, encoder)[:3]
    for seed in (1, 2):
        other = trials(shared_data, site, encoder, change=lambda stream, seed=seed: turned(stream, seed))[:3]
        for a, b in zip(straight, other, strict=True):
            np.testing.assert_array_equal(a.judged, b.judged)
            far = np.abs(run(detector.network, a) - run(detector.network, b))
            assert np.median(far) < 0.02
            assert far.max() < 0.5
