"""The page of a few labels says what was measured, of the detector that ships."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fewshot import NAME, WHOLLY, page, put_in_place
from benchmarks.fewshot_new import head, prototype, trees
from benchmarks.fewshot_rows import f1, rows_of
from benchmarks.fewshot_targets import SAME
from data.intervals import Interval
from models.adapters.example import Example
from models.detectors import load

STORED = Path(__file__).parents[2] / "docs" / "validation"


def test_the_page_is_made_from_what_is_on_record_of_the_detector_that_ships() -> None:
    found = json.loads((STORED / "fewshot.json").read_text("utf-8"))
    assert found["detector"] == load(NAME).version
    assert page(found) == (STORED / "fewshot.md").read_text("utf-8")


def test_on_record_the_chosen_adapter_harms_one_person_in_ten_at_most() -> None:
    rows = json.loads((STORED / "fewshot.json").read_text("utf-8"))["results"]
    own = [r for r in rows if r["task"] == SAME and r["row"] == "choose_adapter"]
    assert [r["k"] for r in own] == [1, 3, 5, 10, 20, 50]
    wholly = [r for r in rows if r["task"] == WHOLLY and r["row"].startswith("choose_adapter")]
    assert [r["k"] for r in wholly] == [1, 1, 2, 2, 4, 4, 8, 8]
    assert all(r["harmed"] <= 0.1 for r in (*own, *wholly))


def test_what_no_detector_had_a_part_in_harms_nobody_and_the_page_says_no_share() -> None:
    row = {"task": "t", "k": 5, "people": 2, "f1": 0.5, "f1_low": 0.4, "f1_high": 0.6, "auroc": 0.8}
    both = [row | {"row": "adapter", "harmed": 0.25}, row | {"row": "features alone"}]
    stored = json.loads((STORED / "fewshot.json").read_text("utf-8"))["results"]
    text = page({"results": [*stored, *both]})
    assert "| adapter | 0.800, 25% |" in text
    assert "| features alone | 0.800 |" in text


def test_a_person_is_harmed_who_loses_more_than_two_hundredths_on_the_mean_of_the_draws() -> None:
    each = {
        "a": [(0.50, 0.60, 0.9), (0.62, 0.60, 0.9)],  # -.04 on the mean
        "b": [(0.59, 0.60, 0.8), (0.59, 0.60, 0.8)],
        "c": [(0.80, 0.60, 0.7)],
    }
    row = rows_of("x", 5, each)
    assert row["harmed"] == pytest.approx(1 / 3)
    assert row["f1"] == pytest.approx(np.mean([0.56, 0.59, 0.80]))
    assert row["gain"] == pytest.approx(np.mean([-0.04, -0.01, 0.2]))
    assert row["f1_low"] <= row["f1"] <= row["f1_high"]


def test_f1_counts_half_seconds_at_and_above_the_threshold() -> None:
    odds, truth = np.array([-1.0, 0.0, 1.0, 2.0]), np.array([True, False, True, True])
    assert f1(odds, truth, 1.0) == pytest.approx(2 * 2 / (2 + 3))


def test_all_ways_tell_made_up_examples_apart() -> None:
    rng = np.random.default_rng(0)
    examples = [
        Example("r", "s", Interval(0, 8), p, 1.0, rng.normal(2.0 if p else -2.0, 1.0, (8, 5)), np.zeros(8))
        for p in [True, False] * 6
    ]
    for way in (head, prototype, trees):
        low, high = way(examples)(np.array([[-2.0] * 5, [2.0] * 5]))
        assert high > low


def test_rows_that_are_measured_anew_stand_where_the_old_ones_stood() -> None:
    old = [{"task": t, "row": r} for t in ("home", "a, one for the others", "b, the others for one person", "falls")
           for r in ("x", "y")]  # fmt: skip
    new = [{"task": "a, one for the others", "row": "z"}]
    found = put_in_place(old, new, (" for the others", " for one person"))
    assert [(r["task"], r["row"]) for r in found] == [
        ("home", "x"), ("home", "y"), ("a, one for the others", "z"), ("falls", "x"), ("falls", "y"),
    ]  # fmt: skip
