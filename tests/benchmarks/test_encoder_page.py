"""The page about encoders says what was measured, over seeds and people, and keeps nothing of other code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import probing
from benchmarks.encoder import drawn, kept, ordered, page
from benchmarks.probing import COLUMNS, STRESSED, over_people
from models.evaluation.metrics import Track, auroc
from models.training.corpus import HEAVIEST


def record(name: str, version: str, value: float, *, stress: bool = True) -> dict[str, Any]:
    figures = dict.fromkeys(COLUMNS, value) | {"MotionSense": None, "intervals": {}}
    figures["intervals"] = {"home": [0.7, 0.9], "home macro": [0.75, 0.85]}
    row = {"name": name, "version": version, "figures": {name: figures}}
    return row | ({"stress": {name: dict.fromkeys(STRESSED, -0.0123)}} if stress else {})


def told(*measured: dict[str, Any]) -> dict[str, Any]:
    return {"code": probing.CODE, "measured": list(measured)}


def test_several_seeds_are_one_row_with_their_range() -> None:
    text = page(told(record("A", "1", 0.8), record("A", "2", 0.9, stress=False), record("B & C", "3", 0.5)))
    assert "| A | .850 (.800 to .900) | – | .850 (.800 to .900)" in text
    assert "| B & C | .500 | – | .500 |" in text
    assert "Several seeds: A 2." in text
    assert "| A | .800 (.70–.90) | .800 (.75–.85) |" in text
    assert "| A | -.012 | -.012 |" in text


def test_the_picture_is_a_picture_whatever_a_row_is_called() -> None:
    root = ET.fromstring(drawn(told(record("A", "1", 0.8), record("B & C <d>", "3", 0.5))))
    assert len(root.findall(".//{*}circle")) == 2
    assert any(t.text == "B & C <d>" for t in root.findall(".//{*}text"))


def test_what_other_code_measured_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "encoder.json"
    assert kept(path) == {}
    mine = told(record("A", "1", 0.8))
    path.write_text(json.dumps(mine))
    assert set(kept(path)[("A", "1")]) == {"figures", "stress"}
    path.write_text(json.dumps(mine | {"code": "other"}))
    assert kept(path) == {}


def test_a_further_seed_stands_behind_those_of_its_name_and_a_new_name_last() -> None:
    known = [("A", "1"), ("B", "2"), ("A", "3")]
    asked = [("B", "2"), ("A", "4"), ("C", "5")]
    assert ordered(known, asked) == [("A", "1"), ("A", "3"), ("A", "4"), ("B", "2"), ("C", "5")]
    assert ordered([], asked) == asked


def person(name: str, seed: int, shift: float) -> Track:
    draw = np.random.default_rng(seed)
    truth = np.arange(200) % 2 == 0
    return Track(name, draw.normal(0, 1, 200) + shift * truth, truth, np.ones(200, dtype=bool), ())


def test_an_interval_over_people_is_as_wide_as_people_differ() -> None:
    alike = [person(str(k), 1, 1.0) for k in range(8)]
    low, high = over_people(alike)["home macro"]
    assert low == pytest.approx(high)
    different = [person(str(k), k, 0.4 * k) for k in range(8)]
    low, high = over_people(different)["home macro"]
    each = np.array([auroc(t.scores, t.truth) for t in different])
    half = 1.96 * each.std() / np.sqrt(len(each))
    assert (low, high) == pytest.approx((each.mean() - half, each.mean() + half), abs=0.25 * half)


def test_the_heaviest_person_is_in_no_pooled_figure() -> None:
    people = [person(str(k), 1, 1.0) for k in range(8)]
    heavy = person(HEAVIEST, 3, -9.0)
    assert over_people([*people, heavy])["home"] == pytest.approx(over_people(people)["home"])
