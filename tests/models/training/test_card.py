"""A card says how far probabilities are off, where that was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.detectors import Detector, folder_of, load, shipped
from models.training.card import DIAGRAM, card_text


def test_a_card_has_the_calibration_error_by_person_and_the_diagram_where_they_were_measured() -> None:
    tremor = load("rest-tremor-hand")
    sites = ("rest-tremor-hand",)
    less = {k: v for k, v in tremor.measured.items() if not k.startswith("calibration_error_")}
    less["calibration_error_without_heaviest"] = 0.005
    before = card_text(replace(tremor, measured=less), "recipe.toml", sites, [], "")
    assert DIAGRAM not in before
    more = {"calibration_error_people_alike": [0.012, 0.01, 0.04], "calibration_error_by_person": 0.081}
    after = card_text(replace(tremor, measured=tremor.measured | more), "recipe.toml", sites, [], "")
    assert "Calibration error with people weighing alike 0.012 (0.01–0.04)" in after
    assert "0.081 on average" in after
    assert f"]({DIAGRAM})" in after
    assert len(after.splitlines()) == len(before.splitlines()) + 4


@pytest.mark.parametrize("detector", shipped(), ids=lambda d: d.name)
def test_every_shipped_card_shows_the_diagram_that_lies_beside_it(detector: Detector) -> None:
    folder = folder_of(detector.name)
    assert f"]({DIAGRAM})" in (folder / "card.md").read_text(encoding="utf-8")
    assert (folder / DIAGRAM).read_text(encoding="utf-8").lstrip().startswith("<svg")
