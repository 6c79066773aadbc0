"""The page of falls says what was measured, misses included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.falls import ROWS, RULES, alarms_by_kind, impact, page, shares, tracks
from data.intervals import Interval
from models.features import CELL
from models.training.baselines import Raw
from models.training.corpus import Trial

ROOT = Path(__file__).parents[2]


def told(home: float, away: float) -> dict[str, object]:
    row = {
        "home AUROC": 0.99, "away AUROC": 0.98, "home hours": 14.6, "away hours": 1.8, "home": [home, 0.9, 1.0],
        "home false alarms an hour": 0.9, "away": [away, 0.9, 1.0], "away false alarms an hour": 1.7,
        "away at its own threshold": 0.98, "home alarms by activity": {"jumping": 2}, "away alarms by activity": {},
    }  # fmt: skip
    return {"seconds": 5, "people": [31, 15], "results": dict.fromkeys(ROWS, row)}


def test_targets_are_met_or_missed_by_a_number() -> None:
    text = page(told(0.99, 0.93))
    assert "0.98: met on SisFall; 0.95: missed by 0.020 on UMAFall." in text
    assert "SisFall: jumping 2." in text
    assert "UMAFall: none." in text


def test_a_row_that_never_keeps_to_an_alarm_an_hour_has_a_dash() -> None:
    short = {"home AUROC": 0.5, "away AUROC": 0.5, "home hours": 1.0, "away hours": 1.0}
    whole = told(0.99, 0.99)
    whole["results"] = {**whole["results"], ROWS[0]: short}  # type: ignore[dict-item]
    assert f"| {ROWS[0]} | – | – | – | – | – |" in page(whole)


def test_the_hardest_impact_is_seen_from_the_half_seconds_beside_it() -> None:
    acc = np.zeros((6 * CELL, 3), dtype=np.float32)
    acc[:, 2] = 1.0
    acc[3 * CELL + 2] = (0.0, 3.0, 4.0)
    assert impact(Raw(np.zeros((6, 85), np.float32), acc)).tolist() == [1, 1, 5, 5, 5, 1]


def trial(person: str, fall: int | None, kind: str = "fall") -> Trial:
    """8 half seconds, a fall about one of them."""
    share = np.zeros(8, dtype=np.float32)
    marks = ()
    if fall is not None:
        share[fall : fall + 2] = 1
        marks = (Interval(fall * 500_000, (fall + 2) * 500_000),)
    return Trial(f"x/{person}", "made", person, kind, np.zeros((8, 1), np.float16), share, np.ones(8, bool), marks)


def test_shares_and_alarms_are_counted_in_falls_and_activities() -> None:
    items = [trial("a", 2), trial("b", 4), trial("c", None, "jumping")]
    odds = {t.name: np.full(8, -5.0, dtype=np.float32) for t in items}
    odds["a"][2] = odds["c"][6] = 5.0
    scored = tracks(items, odds, 1.0)
    share, low, high = shares(scored, 0.5)
    assert share == 0.5
    assert low <= share <= high
    assert alarms_by_kind(items, scored, 0.5) == {"jumping": 1}
    assert RULES.min_duration_us == 500_000


def test_nothing_is_found_below_every_score() -> None:
    items = [trial("a", 2), trial("b", 3)]
    odds = {t.name: np.full(8, -5.0, dtype=np.float32) for t in items}
    assert shares(tracks(items, odds, 1.0), 0.5)[0] == pytest.approx(0.0)
