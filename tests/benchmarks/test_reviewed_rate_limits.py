"""The limits that ship are among those tried, and what is on record keeps to the wanted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.reviewed_rate import WANTED
from benchmarks.reviewed_rate_limits import EACH, KINDS, QUANTITIES, TAILS, covered, page, summed
from clinic.review.reviewed_rate import ADDED, SHARED

STORED = Path(__file__).parents[2] / "docs" / "validation"


def test_nearer_limits_hold_less_often() -> None:
    fair = next(s for s in KINDS if s.name == "fair detector")
    told = covered(fair, 1, 12)
    assert set(told) == set(QUANTITIES)
    for values in told.values():
        assert values == sorted(values, reverse=True)
        assert values[0] > 0.7


def test_a_kind_counts_as_below_within_or_above() -> None:
    kinds = [{"covered": {q: [c] * len(TAILS) for q in QUANTITIES}} for c in (0.90, 0.95, 0.99)]
    for row in summed(kinds):
        assert (row["below"], row["within"], row["kinds"]) == (1, 1, 3)
        assert row["mean"] == pytest.approx(0.9467, abs=1e-4)
        assert row["lowest"] == 0.90


def test_what_ships_was_tried_and_lies_within_the_wanted() -> None:
    told = json.loads((STORED / "reviewed_rate_limits.json").read_text("utf-8"))
    assert told["each"] == EACH
    low, high = WANTED
    for quantity, limits in (("rate", ADDED), ("precision", SHARED), ("sensitivity", SHARED)):
        row = next(r for r in told["results"] if r["quantity"] == quantity and r["tail"] == limits[0])
        assert limits[1] == 1 - limits[0]
        assert low <= row["mean"] <= high
    assert page(told) == (STORED / "reviewed_rate_limits.md").read_text("utf-8")
