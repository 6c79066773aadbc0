"""The page says what the figures say, misses included."""

from __future__ import annotations

from models.training.page import TARGETS, page


def told(value: float) -> dict[str, object]:
    metrics = {m for _, m, _ in TARGETS} | {
        f"sensitivity{long} at {a} false alarms an hour" for a in (5, 10, 20) for long in ("", " (5 s or longer)")
    }
    results = [
        {"task": task, "row": row, "metric": metric, "value": value, "low": None, "high": None, "people": 3}
        for task in dict.fromkeys(t for t, _, _ in TARGETS)
        for row in ("freeze index", "ours")
        for metric in sorted(metrics)
    ]
    return {"made_by": "x", "commit": "", "machine": "m", "seconds": 61, "encoder": "e", "results": results}


def test_a_missed_target_is_said_with_by_how_much() -> None:
    text = page(told(0.9))
    assert "**missed by 0.050**" in text  # .95 asked for, .90 reached
    assert "| met |" in text  # .77 asked for


def test_nothing_is_missed_when_all_is_reached() -> None:
    assert "missed" not in page(told(0.99))
