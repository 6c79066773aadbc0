"""The page of calibration says what was measured, of the detector that ships."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.calibration import NAME, coverages, own_share, page, plain, promised, sure_from, targets
from models.detectors import folder_of, load
from models.training.card import DIAGRAM

STORED = Path(__file__).parents[2] / "docs" / "validation"


def test_the_page_is_made_from_what_is_on_record_of_the_detector_that_ships() -> None:
    told = json.loads((STORED / "calibration.json").read_text("utf-8"))
    assert told["detector"] == load(NAME).version
    assert page(told) == (STORED / "calibration.md").read_text("utf-8")
    assert targets(told["results"]) == told["targets"]


def test_the_reliability_diagram_lies_beside_the_card_of_the_detector_that_ships() -> None:
    assert (folder_of(NAME) / DIAGRAM).read_text("utf-8") == (STORED / "calibration.svg").read_text("utf-8")


def test_a_promise_is_wider_than_plain_quantiles_and_both_cover_whom_they_came_from() -> None:
    rng = np.random.default_rng(0)
    some = [(rng.normal(0, 2, 200) + 3 * y, y) for y in (rng.random((30, 200)) < 0.3)]
    (a, b), (c, d) = promised(some, 0.9), plain(some, 0.9)
    assert a <= c <= d <= b
    there, clear, unsaid = np.mean([coverages((c, d), u) for u in some], axis=0)
    assert (there, clear) == pytest.approx((0.9, 0.9), abs=0.02)
    assert unsaid < np.mean([coverages((a, b), u)[2] for u in some])


def test_flags_are_sure_from_where_few_of_a_persons_are_false() -> None:
    some = [np.array([[1, 1, 2.0, 0], [0, 1, 0.5 + 0.1 * i, 0]]) for i in range(20)]
    at = sure_from(some, 0.8, 2)
    false = np.mean([np.mean((f[:, 2] >= at) & (f[:, 0] == 0)) for f in some])
    assert (20 * false + 1) / 21 <= 0.2 + 1e-9


def test_a_guessed_share_is_the_one_that_honest_probabilities_add_up_to() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(20_000) < 0.05
    z = rng.normal(0, 1, 20_000) + np.where(truth, 1.5, -1.5)
    said = 1 / (1 + np.exp(-3 * z))  # honest where half are true
    assert own_share(said, 0.5).mean() == pytest.approx(0.05, abs=0.01)
