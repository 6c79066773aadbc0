"""An encoder learns from what a camera saw of its recordings: only of those, and only from pairs that are true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from data.datasets.utd_mhad import JOINTS
from data.errors import MotionwardError
from models.encoders.imu import shape_net
from models.encoders.skeleton import FRAMES
from models.objectives.multiview import Mining
from models.objectives.sigmoid import Sigmoid
from models.pretraining import corpus, paired, train
from models.pretraining.corpus import Corpus
from models.pretraining.paired import Camera, load_camera, taught
from models.pretraining.pairs import Pairs
from models.pretraining.recipe import CROSSED
from models.pretraining.tasks import InTurn, Task
from models.pretraining.windows import Windows
from tests.models.pretraining.test_kept import _Killed, until
from tests.models.pretraining.tiny import small, tiny


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    monkeypatch.setattr(train, "EVERY", 7)
    return corpus.load_corpus(tmp_path, {"tiny": ["5"]})


def camera_of(known: Corpus) -> Camera:
    """A skeleton that swings slowly or fast, as the person with the sensor did."""
    draw = np.random.default_rng(1)
    speed = np.array([1.0 if t.activity == "slow" else 4.0 for t in known.trials])
    at = np.linspace(0, 2 * np.pi, FRAMES)[None, :, None, None] * speed[:, None, None, None]
    clips = np.sin(at + draw.uniform(0, 6, (len(speed), 1, 1, 1))) * np.ones((1, 1, len(JOINTS), 3))
    clips = (clips + draw.normal(scale=0.05, size=clips.shape)).astype(np.float32)
    inertial = np.stack([known.signal[t.start : t.start + 350] for t in known.trials])
    person = np.array([t.person for t in known.trials])
    pairs = Pairs(inertial, np.full(len(speed), 350), clips, person, (speed > 1).astype(np.int64))
    length = np.array([t.stop - t.start for t in known.trials])
    return Camera(pairs, np.arange(len(speed)), np.zeros(len(speed), dtype=np.int64), length)


def recipe(objective: str, steps: int = 25) -> dict:
    settings = small(objective, steps)
    settings["training"] |= {"batch": 16} | ({"teacher_epochs": 1} if objective == "cmkm" else {})
    return settings


@pytest.mark.parametrize("objective", CROSSED)
def test_true_pairs_teach_and_shuffled_ones_do_not(objective: str, seen: Corpus) -> None:
    true = camera_of(seen)
    wrong = replace(true, pairs=true.pairs.shuffled(3))
    last = [train.fit(seen, recipe(objective, 60), camera=c)[1]["objective"] for c in (true, wrong)]
    assert last[0] < 0.95 * last[1]


def test_likeness_inside_a_modality_has_the_temperature_that_the_recipe_says(
    seen: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mining] = []
    real = paired.cmkm
    monkeypatch.setattr(paired, "cmkm", lambda *said: asked.append(said[3]) or real(*said))
    for name in ("cmkm", "cmkm-one"):
        train.fit(seen, recipe("cmkm", 1) | {"training": small(name, 1)["training"]}, camera=camera_of(seen))
    assert [(m.across, m.within) for m in asked] == [(0.1, 0.1), (0.1, 1.0)]


def test_temperature_and_bias_of_the_sigmoid_loss_are_learned(seen: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[tuple[float, float]] = []

    class Watched(Sigmoid):
        def forward(self, *said: Any) -> Any:  # Any: as the loss has it
            went.append((abs(self.log_scale.item() - np.log(10)), abs(self.bias.item() + 10)))
            return super().forward(*said)

    monkeypatch.setattr(paired, "Sigmoid", Watched)
    train.fit(seen, recipe("sigmoid", 60), camera=camera_of(seen))
    # They go there and back: where sixty steps end depends on the processor, how far they came does not.
    furthest = np.max(went, axis=0)
    assert (furthest > 0.005).all()


def test_of_several_objectives_one_a_step_is_asked_and_all_teach(seen: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[InTurn] = []

    class Watched(InTurn):
        def __init__(self, tasks: Sequence[Task]) -> None:
            super().__init__(tasks)
            made.append(self)

    monkeypatch.setattr(train, "InTurn", Watched)
    settings, camera = recipe("sum", 2), camera_of(seen)
    settings["training"]["camera"] = "skeleton"
    train.fit(seen, settings, camera=camera)
    (task,) = made
    assert [type(t).__name__ for t in task.tasks] == ["Both", "RelCon", "Paired"]
    net, seeds = shape_net((16, 16, 32)), range(12)
    for seed in seeds:
        # The lot is the first that is drawn: asked with what is left of the same draw, that objective says the same.
        other = np.random.default_rng(seed)
        chosen = task.tasks[int(other.integers(3))]
        loss, pooled, trial = task(net, np.random.default_rng(seed), torch.Generator().manual_seed(1))
        same, vectors, trials = chosen(net, other, torch.Generator().manual_seed(1))
        assert loss.item() == same.item()
        assert np.array_equal(trial, trials)
        assert torch.equal(pooled, vectors)
        loss.backward()
    assert {int(np.random.default_rng(s).integers(3)) for s in seeds} == {0, 1, 2}
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
    assert all(any(p.grad is not None for p in t.heads.parameters()) for t in (task.tasks[0], task.tasks[2]))


@pytest.mark.parametrize("objective", ["cmkm", "sigmoid", "sum"])
def test_killed_and_taken_up_again_gives_the_same_weights(objective: str, seen: Corpus, tmp_path: Path) -> None:
    settings, camera = recipe(objective, 60), camera_of(seen)
    whole, _ = train.fit(seen, settings, camera=camera)
    folder = tmp_path / "kept"
    folder.mkdir()
    with pytest.raises(_Killed):
        train.fit(seen, settings, until(50), folder, camera)
    told: list[str] = []
    again, _ = train.fit(seen, settings, told.append, folder, camera)
    assert any(line.startswith("goes on at step") for line in told)
    for mine, theirs in zip(again.state_dict().values(), whole.state_dict().values(), strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())


def test_what_towers_know_is_kept_and_belongs_to_its_recipe(
    seen: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, camera = recipe("cmkm"), camera_of(seen)
    first = taught(camera, settings, tmp_path)
    asked: list[int] = []
    monkeypatch.setattr(paired, "fit_simclr", lambda *args: asked.append(1))
    again = taught(camera, settings, tmp_path)
    np.testing.assert_array_equal(again[0], first[0])
    assert asked == []
    taught(camera, settings | {"seed": 5}, tmp_path)
    assert asked == [1]


def test_a_clip_of_utd_mhad_is_paired_with_its_own_recording_and_nobody_held_out_is_seen(shared_data: Path) -> None:
    settings = train.read_recipe(Path("cmc.toml"))
    settings["held_out"]["utd-mhad"] = ["2", "3", "4", "5", "6", "7", "8"]
    known = corpus.load_corpus(shared_data, settings["held_out"], sets=["utd-mhad"])
    camera = load_camera(shared_data, known, settings)
    assert set(camera.pairs.person) == {"1"}
    assert len(camera.trial) == len(set(camera.trial.tolist())) == len(known.trials)
    trials = [known.trials[i] for i in camera.trial]
    assert [t.source.split("/")[1].split("_")[0] for t in trials] == [f"a{a + 1}" for a in camera.pairs.action]
    # The sensor's part of the pair is the recording itself: its strength is the same, whatever frame it is read in.
    for i in (0, 40, 100):
        t, n = trials[i], int(camera.pairs.length[i])
        acc = np.linalg.norm(known.signal[t.start : t.stop, :3] + np.array([0, 0, 1]), axis=1)
        raw = np.linalg.norm(camera.pairs.inertial[i, :n, :3], axis=1)
        assert np.corrcoef(acc[:n], raw[: len(acc)])[0, 1] > 0.99
    with pytest.raises(MotionwardError, match="A camera saw none of the recordings"):
        load_camera(shared_data, replace(known, trials=()), settings)


def test_of_three_views_each_two_are_a_pair(seen: Corpus) -> None:
    camera, settings = camera_of(seen), recipe("sigmoid", 2)
    film = np.zeros((len(camera.trial), 16, 64, 64), dtype=np.float32)
    with_film = replace(camera, film=film)
    task = paired.Paired(seen, Windows.of(seen), settings, with_film)
    assert task.couples == [(0, 1), (0, 2), (1, 2)]
    net = shape_net((16, 16, 32), 1)
    loss, _, _ = task(net, np.random.default_rng(0), torch.Generator().manual_seed(0))
    loss.backward()
    # The film's tower learns from the sensor and from the skeleton, and the sensor from both.
    assert all(any(p.grad is not None and p.grad.any() for p in tower.parameters()) for tower in (*task.seen, net))


def test_films_are_laid_beside_the_skeletons_of_their_clips_and_what_has_no_film_is_left_out(
    seen: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = camera_of(seen).pairs
    names = [t.source for t in seen.trials]
    order = list(reversed(range(1, len(names))))

    def named(_: Path, view: str) -> tuple[list[str], Pairs]:
        if view == "skeleton":
            return names, whole
        # Each film is as bright as its clip's number.
        film = np.array(order, dtype=np.float16)[:, None, None, None] * np.ones((1, 16, 64, 64), dtype=np.float16)
        return [names[i] for i in order], replace(whole.rows(np.array(order)), seen=film)

    monkeypatch.setattr(paired, "named_pairs", named)
    settings = recipe("sigmoid")
    settings["training"]["camera"] = "skeleton and depth"
    both = load_camera(Path(), seen, settings)
    assert both.film is not None
    assert both.trial.tolist() == list(range(1, len(names)))
    assert both.film[:, 0, 0, 0].tolist() == both.trial.tolist()
    np.testing.assert_array_equal(both.pairs.seen, whole.seen[1:])
