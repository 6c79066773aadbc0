"""Whose recordings are read, and whose are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import MotionwardError
from models.pretraining.card import card
from models.pretraining.corpus import LOADERS, VIRTUAL, Corpus, load_corpus
from models.pretraining.train import read_recipe
from models.pretraining.windows import Windows

RECIPES = Path(__file__).resolve().parents[3] / "models" / "pretraining" / "recipes"
FIGURES = {"hours": 1.0, "people": 5, "minutes": 1.0, "objective": 1.0, "activity": 1.0}
OTHERS = ["1", "3", "4", "5", "6", "7", "8"]


@pytest.fixture(scope="module")
def known(shared_data: Path) -> Corpus:
    """One person's clips, with the sensor that was worn and those that nobody wore."""
    return load_corpus(shared_data, {"utd-mhad": OTHERS}, sets=["utd-mhad", "utd-mhad-virtual"])


def test_who_is_held_out_wears_no_virtual_sensor_either(known: Corpus) -> None:
    assert {t.dataset for t in known.trials} == {"utd-mhad", "utd-mhad-virtual"}
    assert {t.who for t in known.trials} == {"utd-mhad/2"}
    assert len(set(Windows.of(known).person.tolist())) == 1, "real and virtual sensors are of one person"
    assert {t.placement for t in known.trials if t.dataset == "utd-mhad-virtual"} >= {"lower back", "ankle"}
    assert np.isfinite(known.signal).all()


def test_virtual_sensors_of_a_clip_are_of_its_recording(known: Corpus) -> None:
    of: dict[int, set[str]] = {}
    for t in known.trials:
        of.setdefault(t.recording, set()).add(t.source)
    assert len({t.recording for t in known.trials if t.dataset == "utd-mhad"}) == len(of)
    for names in of.values():
        assert len({name.split("/")[1] for name in names}) == 1
    assert any(len(names) == 2 for names in of.values())


def test_people_are_held_out_by_the_set_that_they_are_of(shared_data: Path) -> None:
    with pytest.raises(MotionwardError, match="are those of utd-mhad: hold them out there, for both"):
        load_corpus(shared_data, {"utd-mhad-virtual": OTHERS}, sets=["utd-mhad", "utd-mhad-virtual"])


def test_a_card_names_who_is_held_out_of_virtual_sensors_alone() -> None:
    settings = read_recipe(RECIPES / "virtual.toml") | {"sets": ["utd-mhad-virtual"]}
    text = card(settings, FIGURES, "2026-01-01", "virtual.toml")
    assert "- People left out, for judging it: utd-mhad: 7, 8." in text


def test_virtual_sensors_are_read_where_a_recipe_names_them_alone() -> None:
    assert not set(LOADERS) & set(VIRTUAL)
    settings = read_recipe(RECIPES / "virtual.toml")
    assert settings["sets"] == [*LOADERS, *VIRTUAL]
    text = card(settings, FIGURES, "2026-01-01", "virtual.toml")
    assert "Hours of sensors that nobody wore, made from their skeletons, are counted too." in text
    assert text.count("UTD-MHAD: A Multimodal Dataset") == 1
