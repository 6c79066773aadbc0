"""Tuning changes a copy of the shape branch, learns what is marked, and is used as it was trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from data.intervals import Interval
from models.detectors import encoder_of, load, save, shipped
from models.detectors.folder import ENCODER
from models.encoders.folder import load_encoder, load_shape_net, save_encoder
from models.encoders.imu import shape_net
from models.training.corpus import Trial, signals, trials
from models.training.fit import Fit
from models.training.learn import run
from models.training.tune import Tune, encoded, tune

SMALL = Tune(steps=2, cells=20, rows=2, members=2)


def trembling(name: str, seed: int) -> tuple[Trial, NDArray[np.float32]]:
    """Forty seconds: small steps, then as strong a trembling at 6 Hz; the features know nothing of it."""
    rng = np.random.default_rng(seed)
    n = 80
    frozen = (np.arange(n) >= n // 2).astype(np.float32)
    t = np.arange(n * 25) / 50
    acc = rng.normal((0, 0, 1), 0.01, (n * 25, 3)).astype(np.float32)
    acc[:, 2] += 0.2 * np.sin(2 * np.pi * np.where(t >= 20, 6.0, 1.7) * t)
    freezes = (Interval(n // 2 * 500_000, n * 500_000),)
    vectors = rng.normal(0, 1, (n, 8 + 85)).astype(np.float16)
    return Trial(f"set/{name}", "made", name, "", vectors, frozen, np.ones(n, dtype=bool), freezes), acc


@pytest.fixture(scope="module")
def people() -> tuple[list[Trial], dict[str, NDArray[np.float32]]]:
    pairs = [trembling(f"p{i}", i) for i in range(5)]
    return [t for t, _ in pairs], {t.name: x for t, x in pairs}


def test_it_learns_a_shape_that_the_features_do_not_show(people) -> None:
    items, waves = people
    settings = replace(SMALL, steps=60, cells=40, rows=8, learning_rate=3e-3)
    net, network = tune(shape_net((8, 8, 8)), items[:-1], waves, Fit(), settings, seed=1)
    odds = run(network, encoded(net, items[-1], waves["p4"]))
    frozen = items[-1].is_marked
    assert np.median(odds[frozen]) > np.median(odds[~frozen]) + 1


def test_the_same_seed_gives_the_same_weights_and_leaves_the_start_alone(people) -> None:
    items, waves = people
    start = shape_net((8, 8, 8), seed=4)
    before = {k: v.clone() for k, v in start.state_dict().items()}
    first, second = (tune(start, items, waves, Fit(), SMALL, seed=2) for _ in range(2))
    for name, value in first[0].state_dict().items():
        torch.testing.assert_close(value, second[0].state_dict()[name], rtol=0, atol=0)
    assert any(not torch.equal(v, before[k]) for k, v in first[0].state_dict().items())
    assert all(torch.equal(v, before[k]) for k, v in start.state_dict().items())
    assert len(first[1].members) == 2


def test_a_trial_is_encoded_in_training_as_it_is_in_use(shared_data: Path) -> None:
    encoder = load_encoder("imu-simclr")
    waves = signals(shared_data, "oday-lumbar")
    for trial in trials(shared_data, "oday-lumbar", encoder):
        again = encoded(load_shape_net(encoder), trial, waves[trial.name])
        np.testing.assert_allclose(again.vectors[trial.judged], trial.vectors[trial.judged], atol=0.02)


def test_a_detector_reads_the_encoder_in_its_own_folder_else_the_programs(tmp_path: Path) -> None:
    shipped_one = load("freezing-of-gait-lower-back")
    assert shipped_one.encoder_folder is None
    assert encoder_of(shipped_one).version == load_encoder("imu-simclr").version
    start = load_encoder("imu-simclr")
    own = save_encoder(
        tmp_path / "mine" / ENCODER, "mine", shape_net(start.widths), mean=start.mean, sd=start.sd, card=""
    )
    mine = save(replace(shipped_one, encoder=own.name, encoder_version=own.version), tmp_path / "mine", "# A card\n")
    assert encoder_of(mine).version == mine.encoder_version == own.version != start.version
    assert all(encoder_of(d).version == d.encoder_version for d in shipped())
