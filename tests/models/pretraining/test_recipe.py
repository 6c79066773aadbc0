"""A recipe says what is understood, or is refused in a sentence that names the word."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import MotionwardError
from models.pretraining.recipe import RECIPES, read_recipe

BASE = 'base = "simclr.toml"\n'


def refused(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(MotionwardError) as told:
        read_recipe(path)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("x = = 1", "no TOML"),
        ('name = "x"\n', "[held_out] is not said"),
        (f"{BASE}[training]\nstepz = 5\n", "[training] stepz is not known (there are activity_weight, batch"),
        (f"{BASE}stepz = 5\n", "stepz is not known"),
        (f"{BASE}[helt_out]\nsisfall = []\n", "helt_out is not known"),
        (f'{BASE}[training]\nsteps = "many"\n', "[training] steps is 'many', wanted is a whole number above 0"),
        (f"{BASE}[training]\nsteps = true\n", "[training] steps is True"),
        (f"{BASE}[training]\nlearning_rate = 0\n", "[training] learning_rate is 0, wanted is a number above 0"),
        (f'{BASE}[training]\nformat = "fp8"\n', "wanted is one of fp32, bf16"),
        (f"{BASE}widths = [16, 32]\n", "widths is [16, 32], wanted is three whole numbers"),
        (f'{BASE}objective = "magic"\n', "objective is 'magic', wanted is one of simclr, relcon"),
        (f'{BASE}objective = "masked"\n', "[training] hidden is not said"),
        (f'{BASE}objective = "relcon"\n', "[distance] steps, batch, statistics is not said"),
        (f"{BASE}sets = []\n", "sets is []"),
        (f"{BASE}training = 5\n", "training is no table"),
        (f"{BASE}[held_out]\nsisfall = 5\n", "[held_out] sisfall is 5"),
        ("base = 5\n", "base is 5"),
        ('base = "mine.toml"\n', "its own base"),
    ],
    ids=lambda v: v.replace("\n", " ")[:40],
)
def test_a_wrong_recipe_is_refused_with_the_word_that_is_wrong(text: str, word: str, tmp_path: Path) -> None:
    assert word in refused(tmp_path, text)


def test_a_recipe_that_ships_is_found_by_its_name(tmp_path: Path) -> None:
    shipped = read_recipe(RECIPES / "relcon.toml")
    assert read_recipe(Path("relcon.toml")) == shipped
    (tmp_path / "mine.toml").write_text('base = "relcon.toml"\nseed = 9\n', "utf-8")
    assert read_recipe(tmp_path / "mine.toml") == shipped | {"seed": 9}
    (tmp_path / "relcon.toml").write_text('base = "masked.toml"\nseed = 10\n', "utf-8")  # one's own comes first
    assert read_recipe(tmp_path / "mine.toml")["objective"] == "masked"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda p: p.stem)
def test_every_recipe_that_ships_is_understood(path: Path) -> None:
    assert read_recipe(path)["name"].startswith("imu-")


def test_a_recipe_that_is_nowhere_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_recipe(tmp_path / "nowhere.toml")
