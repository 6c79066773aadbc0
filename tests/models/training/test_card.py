"""A card says how far probabilities are off, where that was measured."""

from __future__ import annotations

from dataclasses import replace

from models.detectors import load
from models.training.card import DIAGRAM, card_text


def test_a_card_has_the_calibration_error_by_person_and_the_diagram_where_they_were_measured() -> None:
    shipped = load("rest-tremor-hand")
    sites = ("rest-tremor-hand",)
    before = card_text(shipped, "recipe.toml", sites, [], "")
    assert DIAGRAM not in before
    more = {"calibration_error_people_alike": [0.012, 0.01, 0.04], "calibration_error_by_person": 0.081}
    after = card_text(replace(shipped, measured=shipped.measured | more), "recipe.toml", sites, [], "")
    assert "Calibration error with people weighing alike 0.012 (0.01–0.04)" in after
    assert "0.081 on average" in after
    assert f"]({DIAGRAM})" in after
    assert len(after.splitlines()) == len(before.splitlines()) + 4
