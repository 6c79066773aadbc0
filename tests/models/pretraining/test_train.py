"""The pretraining command on a tiny set: it learns, it repeats itself, it says what it did."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from data.errors import MotionwardError
from models.embedding import embed
from models.encoders.folder import Encoder, load_encoder
from models.pretraining import corpus, train, windows
from models.pretraining.card import card
from tests.models.pretraining.tiny import RECIPES, tiny

RECIPE = RECIPES / "simclr.toml"


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    text = RECIPE.read_text(encoding="utf-8")
    text = text[: text.index("[held_out]")] + '[held_out]\ntiny = ["5"]\n'
    for old, new in (("steps = 1500", "steps = 25"), ("batch = 192", "batch = 20"), ("[32, 64, 128]", "[16, 16, 32]")):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_it_learns_writes_a_card_and_repeats_itself(recipe: Path, tmp_path: Path) -> None:
    told: list[str] = []
    first = train.pretrain(recipe, tmp_path / "a", tmp_path, told.append)
    second = train.pretrain(recipe, tmp_path / "b", tmp_path)
    assert first.version == second.version == load_encoder(tmp_path / "a").version
    card = (tmp_path / "a" / "card.md").read_text(encoding="utf-8")
    assert "of 5 healthy people" in card
    assert "tiny: 5" in card
    assert "tiny.toml" in card
    assert told[0].startswith("tiny: 20 recordings")
    assert (tmp_path / "a" / "metrics.csv").read_text("utf-8").count("\n") == 26
    assert (tmp_path / "a" / "losses.svg").read_text("utf-8").count("<polyline") == 2
    assert not (tmp_path / "a" / train.KEPT).exists()


def test_the_loss_falls(recipe: Path, tmp_path: Path) -> None:
    settings = tomllib.loads(recipe.read_text(encoding="utf-8"))
    seen = corpus.load_corpus(tmp_path, settings["held_out"])
    settings["training"]["steps"] = 2
    _, before = train.fit(seen, settings)
    settings["training"]["steps"] = 60
    _, after = train.fit(seen, settings)
    assert after["objective"] < before["objective"] - 0.1
    assert after["activity"] < before["activity"] - 0.1


def test_held_out_people_and_falls_take_no_part(recipe: Path, tmp_path: Path) -> None:
    seen = corpus.load_corpus(tmp_path, {"tiny": ["5", "0"]})
    assert {t.person for t in seen.trials} == {"1", "2", "3", "4"}
    table = windows.Windows.of(seen)
    assert table.names == ("fast", "slow")
    falls = np.array([t.activity == "fall" for t in seen.trials])
    assert (table.activity[falls] == -1).all()
    assert (table.activity[~falls] >= 0).all()
    assert table.chance.sum() == pytest.approx(1)
    assert len(seen.signal) == seen.trials[-1].stop


@pytest.mark.parametrize(
    ("held_out", "sets", "problem"),
    [
        ({"tiny": ["5", "s4"]}, None, r"tiny has nobody called s4 to hold out, of 0, 1, 2, 3, 4, 5"),
        ({"tinny": ["5"]}, None, r"'tinny' is no set that encoders learn from \(tiny, utd-mhad-virtual\)"),
        ({"tiny": ["5"]}, ["tinny"], r"'tinny' is no set"),
    ],
)
def test_a_name_that_is_written_otherwise_lets_no_person_of_the_test_into_the_training(
    held_out: dict[str, list[str]], sets: list[str] | None, problem: str, recipe: Path, tmp_path: Path
) -> None:
    with pytest.raises(MotionwardError, match=problem):
        corpus.load_corpus(tmp_path, held_out, sets=sets)


def test_a_kill_after_the_last_step_leaves_what_the_run_goes_on_from(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe.write_text(recipe.read_text("utf-8").replace("steps = 25", "steps = 50"), "utf-8")
    whole = train.pretrain(recipe, tmp_path / "a", tmp_path)

    class Killed(BaseException):
        pass

    def kill(_: Path) -> None:
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(train.shutil, "rmtree", kill)
        with pytest.raises(Killed):
            train.pretrain(recipe, tmp_path / "b", tmp_path)
    assert train.pretrain(recipe, tmp_path / "b", tmp_path).version == whole.version
    assert (tmp_path / "b" / "metrics.csv").read_text("utf-8") == (tmp_path / "a" / "metrics.csv").read_text("utf-8")


def test_windows_hold_what_lies_inside_their_recording_only() -> None:
    signal = np.arange(1000, dtype=np.float32)[:, None].repeat(6, axis=1)
    acc, gyro, inside = windows.cut(signal, np.array([120, 500]), np.array([100, 0]), np.array([400, 1000]), 60)
    assert acc.shape == gyro.shape == (2, 60, 3)
    assert acc[1, :, 0].tolist() == list(range(470, 530))
    assert inside[0].tolist() == [False] * 10 + [True] * 50
    assert inside[1].all()


def test_the_recipe_that_ships_names_people_of_every_set() -> None:
    settings = train.read_recipe(RECIPE)
    assert set(settings["held_out"]) == set(corpus.LOADERS)
    assert all(settings["held_out"].values())


@pytest.mark.parametrize("name", ["simclr-alone", "relcon", "relcon-own", "masked", "both"])
def test_a_recipe_with_a_base_says_only_what_is_different(name: str) -> None:
    base, settings = (train.read_recipe(RECIPES / f"{n}.toml") for n in ("simclr", name))
    assert settings["name"] != base["name"]
    assert settings["held_out"] == base["held_out"]
    assert settings["widths"] == base["widths"]
    assert settings["training"]["learning_rate"] == base["training"]["learning_rate"]
    assert settings["training"]["activity_weight"] == (0.5 if name == "both" else 0)


@pytest.mark.parametrize("base", ["{whole}", "kept/simclr.toml"])
def test_the_base_of_a_recipe_of_ones_own_may_lie_in_another_folder(tmp_path: Path, base: str) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "simclr.toml").write_bytes((RECIPES / "simclr.toml").read_bytes())
    path = tmp_path / "again.toml"
    path.write_text(f'base = "{base.format(whole=(RECIPES / "simclr.toml").as_posix())}"\nseed = 7\n', "utf-8")
    assert train.read_recipe(path) == train.read_recipe(RECIPES / "simclr.toml") | {"seed": 7}


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda p: p.stem)
def test_every_recipe_that_ships_can_be_described(path: Path) -> None:
    figures = {"minutes": 1, "objective": 1.0, "activity": 1.0, "hours": 1, "people": 6}
    text = card(train.read_recipe(path), figures, "2026-03-02", path.name)
    assert f"`motionward pretrain {path.name}" in text


def test_a_recipe_may_leave_sets_out_and_its_card_says_so(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny, "sisfall": tiny})
    settings = train.read_recipe(recipe)
    assert {t.dataset for t in corpus.load_corpus(tmp_path, settings["held_out"]).trials} == {"tiny", "sisfall"}
    recipe.write_text('sets = ["sisfall"]\n' + recipe.read_text("utf-8"), "utf-8")
    train.pretrain(recipe, tmp_path / "a", tmp_path)
    card = (tmp_path / "a" / "card.md").read_text("utf-8")
    assert "- **sisfall**" in card
    assert "- **motionsense**" not in card
    assert "of 6 healthy people" in card


def test_labels_alone_are_learned_from_scratch(recipe: Path, tmp_path: Path) -> None:
    settings = train.read_recipe(recipe) | {"objective": "labels"}
    settings["training"] |= {"activity_weight": 1.0}
    seen = corpus.load_corpus(tmp_path, settings["held_out"])
    _, log = train.fit(seen, settings)
    assert log["objective"] == 0
    settings["training"] |= {"steps": 2}
    assert train.fit(seen, settings)[1]["activity"] > 1.2 * log["activity"]


def test_an_unknown_objective_is_named(recipe: Path, tmp_path: Path) -> None:
    settings = train.read_recipe(recipe) | {"objective": "magic"}
    with pytest.raises(MotionwardError, match="magic"):
        train.fit(corpus.load_corpus(tmp_path, settings["held_out"]), settings)


def test_an_encoder_in_the_sensors_frame_says_so_and_sees_how_the_sensor_was_turned(
    recipe: Path, tmp_path: Path
) -> None:
    plain = train.pretrain(recipe, tmp_path / "a", tmp_path)
    recipe.write_text('frame = "sensor"\n' + recipe.read_text(encoding="utf-8"), encoding="utf-8")
    turned = train.pretrain(recipe, tmp_path / "b", tmp_path)
    assert (plain.frame, turned.frame) == ("gravity", "sensor")
    assert "unaligned" in (tmp_path / "b" / "card.md").read_text(encoding="utf-8")
    stream = next(tiny(tmp_path))[1].streams[0]
    segment = stream.segments[0]
    mounting = Rotation.from_euler("xyz", [0.4, 1.1, -0.7]).as_matrix().T.astype(np.float32)
    acc = np.asarray(segment.samples[:, :3]) @ mounting
    rows = np.hstack([acc, np.asarray(segment.samples[:, 3:6]) @ mounting]).astype(np.float32)
    other = replace(stream, segments=(replace(segment, samples=rows),))

    def moved(encoder: Encoder) -> float:
        shape = slice(0, encoder.widths[2])
        one, two = (embed(s, encoder).vectors[:][:, shape].astype(np.float64) for s in (stream, other))
        return float(np.abs(one - two).mean() / np.abs(one).mean())

    assert moved(turned) > 5 * moved(plain)
