"""The detector's recipe on one encoder or another: networks learn what the vectors tell, of people they never saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import on_encoder
from benchmarks.on_encoder import COLUMNS, judged, page
from data.errors import MotionwardError
from models.evaluation.metrics import summary
from models.features import NAMES
from models.training.corpus import Trial
from models.training.recipe import read_recipe
from models.training.validate import RECIPES, tracks


def trial(person: str, seed: int) -> Trial:
    """Two minutes; with freezing some values of the shape are larger."""
    draw = np.random.default_rng(seed)
    share = (np.arange(240) % 40 < 10).astype(np.float32)
    vectors = draw.normal(size=(240, 128 + len(NAMES))).astype(np.float32)
    vectors[:, :8] += 2 * share[:, None]
    return Trial(person, "tdcsfog", f"{person}{seed}", "", vectors.astype(np.float16), share, share >= 0, ())


def test_networks_tell_what_the_vectors_tell_and_judge_nobody_who_taught_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_encoder, "MEMBERS", 1)
    plan = read_recipe(RECIPES / "freezing-of-gait-lower-back.toml")
    plan = replace(plan, fit=replace(plan.fit, steps=60))
    inside, outside = [trial(p, n) for n, p in enumerate("abcd")], [trial(p, 9 + n) for n, p in enumerate("ef")]
    odds = judged(plan, inside, outside, 1)[""]
    assert summary(tracks(outside, odds)).auroc > 0.9
    with pytest.raises(MotionwardError):
        judged(plan, inside, [*outside, trial("a", 20)], 1)


def test_the_page_has_a_row_an_encoder_with_the_range_of_its_seeds() -> None:
    measured = [
        {"name": name, "version": "0", "figures": dict.fromkeys(COLUMNS, v)}
        for name, v in (("shipped", 0.7), ("another", 0.6), ("another", 0.8))
    ]
    text = page({"measured": measured})
    assert "| encoder | home |" in text
    assert "| shipped | .700 |" in text
    assert "| another | .700 (.600 to .800) |" in text
