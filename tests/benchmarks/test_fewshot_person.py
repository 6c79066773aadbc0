"""What examples come from and what they are tried on share nothing that is read."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fewshot_person import guard, must_not_share, pieces, whole_of
from benchmarks.fewshot_targets import table, targets
from data.intervals import Interval
from models.adapters.example import Example
from models.adapters.support import CLEAR_CELLS
from models.detectors import load
from models.training.corpus import Trial
from models.training.learn import Judged
from models.training.personal import Draw, Seen, Side, rows_of_example


def trial(cells: int, name: str = "walk") -> Trial:
    marked = (np.arange(cells) % 50 < 7).astype(np.float32)
    return Trial("s/p", "s", name, "", np.zeros((cells, 2), np.float16), marked, np.ones(cells, bool), ())


def judged(*cells: int) -> Judged:
    items = tuple(trial(n, f"walk {i}") for i, n in enumerate(cells))
    zeros = tuple(np.arange(n, dtype=np.float32) for n in cells)
    return Judged(items, zeros, zeros)


def test_pieces_of_a_recording_keep_a_guard_apart_and_short_ones_stay_whole() -> None:
    found = pieces(judged(1000, 500), apart=72, length=240)
    spans = [(int(z[0]), int(z[-1]) + 1) for z in found.log_odds]
    assert spans == [(0, 240), (312, 552), (624, 864), (936, 1000), (0, 500)]
    assert [t.cells for t in found.trials] == [len(z) for z in found.log_odds]
    assert len({t.name for t in found.trials}) == 5


def test_the_guard_is_as_wide_as_what_two_half_seconds_read() -> None:
    detector = load("freezing-of-gait-lower-back")
    assert guard(detector) == 2 * (detector.network.reach + 11) == 84


def test_examples_tried_on_their_own_recording_are_refused() -> None:
    example = Example("walk", "s", Interval(0, 8), True, 1.0, np.zeros((8, 2)), np.zeros(8))
    query = Side(np.zeros((4, 2)), np.zeros(4), np.ones(4, bool), ("walk",))
    with pytest.raises(ValueError, match="tried on their own recordings"):
        must_not_share(Draw("p", (example,), (), query))
    must_not_share(Draw("p", (example,), (), Side(query.directions, query.log_odds, query.truth, ("other",))))


def test_a_wholly_marked_recording_gives_every_half_second_once() -> None:
    t = trial(120)
    seen = Seen({t.name: np.arange(120.0)}, {t.name: np.zeros((120, 2))}, 21_000_000)
    found = whole_of([t], seen)
    cells = sorted(i for e in found for i in range(120)[rows_of_example(e)])
    assert cells == list(range(120)) == sorted(int(z) for e in found for z in e.log_odds)
    assert all(e.is_unselected and (e.is_positive or len(e.log_odds) <= CLEAR_CELLS) for e in found)
    assert sum(e.interval.duration for e in found) == 60_000_000
    assert {e.margin_us for e in found} == {21_000_000}


def test_a_target_says_by_how_much_it_is_missed() -> None:
    def row(task: str, name: str, k: int, **values: float) -> dict[str, object]:
        return {"task": task, "row": name, "k": k, "f1": 0.5, "auroc": 0.9, "harmed": 0.0, "accuracy": 0.6} | values

    same, others = "tdcsfog, labels of the same person", "daphnet-trunk, one person for the others"
    rows = [row(t, n, k) for t in (same, others) for n in ("as it is", "choose_adapter") for k in (5, 20)]
    rows += [row(same, "best threshold in hindsight", k, f1=0.6) for k in (5, 20)]
    rows += [row("27 actions, UTD-MHAD", f"logistic, {w}", 5) for w in ("shape and features", "features")]
    rows += [row(t, "adapt", 5, auroc=0.97) for t in ("falls, SisFall", "falls, UMAFall")]
    found = targets(rows)
    assert [r["is_met"] for r in found] == [True, False, False, False, False, False, True, True]
    assert "missed by 0.050" in table(found)[5]
