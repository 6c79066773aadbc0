"""Figures of scores against marks, beside scikit-learn and beside marks counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from data.grid import HOP_US
from data.intervals import Interval
from models.detectors.rules import Rules
from models.evaluation.metrics import (
    PLAIN,
    Counts,
    Track,
    as_probabilities,
    at_false_alarms,
    auroc,
    average_precision,
    count,
    reference_episodes,
    summary,
    sweep,
)  # fmt: skip

S = 1_000_000
scores_and_truth = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=60).filter(
    lambda rows: 0 < sum(t for _, t in rows) < len(rows)
)


@given(scores_and_truth)
def test_auroc_and_average_precision_equal_those_of_scikit_learn_ties_included(rows: list[tuple[int, bool]]) -> None:
    scores, truth = np.array([s for s, _ in rows], dtype=float), np.array([t for _, t in rows])
    assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))
    assert average_precision(scores, truth) == pytest.approx(average_precision_score(truth, scores))


def test_a_figure_that_does_not_exist_is_not_a_number() -> None:
    nothing = np.zeros(4, dtype=bool)
    assert np.isnan(auroc(np.arange(4.0), nothing))
    assert np.isnan(average_precision(np.arange(4.0), nothing))


def track(scores: list[float], freezes: tuple[Interval, ...] = (), person: str = "a") -> Track:
    n = len(scores)
    frozen = np.array([any(f.overlaps(Interval(i * HOP_US, (i + 1) * HOP_US)) for f in freezes) for i in range(n)])
    return Track(person, np.array(scores), frozen.astype(bool), np.ones(n, dtype=bool), freezes)


def test_any_overlap_finds_a_freeze_and_a_flag_that_touches_none_is_a_false_alarm() -> None:
    high, low = [0.9] * 4, [0.1] * 4
    freeze = Interval(S, 3 * S)
    found = count([track(low + high + low + high + low, (freeze, Interval(9 * S + S // 2, 10 * S)))], PLAIN)
    # 2 s flags at 2 and 6 s: the first overlaps the freeze; the half-second mark at the end is too short to count.
    assert (found.events, found.found, found.false_alarms) == (1, 1, 1)


def test_flags_do_not_join_across_what_nobody_judged() -> None:
    t = track([0.9] * 8)
    gap = t.judged.copy()
    gap[4] = False
    found = count([Track(t.person, t.scores, t.truth, gap, t.marks)], Rules(0.5, 0.0, 5 * S, S))
    assert found.false_alarms == 2


def test_marks_closer_than_a_second_are_one_freeze() -> None:
    marks = (Interval(0, S), Interval(int(1.5 * S), 3 * S), Interval(5 * S, 5 * S + 100))
    assert reference_episodes(marks) == (Interval(0, 3 * S),)


def test_a_second_apart_is_two_freezes_and_a_second_long_is_one() -> None:
    assert reference_episodes((Interval(0, S), Interval(2 * S, 3 * S))) == (Interval(0, S), Interval(2 * S, 3 * S))
    assert reference_episodes((Interval(0, S - 1), Interval(5 * S, 6 * S))) == (Interval(5 * S, 6 * S),)


def test_long_freezes_are_counted_apart() -> None:
    freezes = (Interval(0, 5 * S), Interval(10 * S, 12 * S), Interval(20 * S, 30 * S), Interval(40 * S, 46 * S))
    scores = [0.1] * 100
    scores[22:26], scores[42:50], scores[80:88] = [0.9] * 4, [0.9] * 8, [0.9] * 8
    found = count([track(scores, freezes)], PLAIN)
    assert (found.events, found.found, found.long_events, found.long_found) == (4, 3, 3, 2)
    assert found.long_sensitivity == 2 / 3


def test_an_operating_point_is_reached_from_above_and_not_through_one_long_flag() -> None:
    curve = [Counts(0.1, 1, 10, 10, 5, 5), Counts(0.5, 40, 10, 8, 5, 4), Counts(0.9, 5, 10, 4, 5, 3)]
    at = at_false_alarms(curve, 1.0, 10)
    assert at is not None
    assert at.threshold == 0.9
    assert at_false_alarms(curve, 1.0, 1) is None


def test_spreading_scores_keeps_their_order() -> None:
    tracks = [track([3.0, -1.0, 7.0]), track([0.0, 8.0], person="b")]
    spread = np.concatenate([t.scores for t in as_probabilities(tracks)])
    assert list(np.argsort(spread)) == [1, 3, 0, 2, 4]
    assert 0 < spread.min() < spread.max() < 1


def test_macro_is_the_mean_over_people_who_have_both() -> None:
    freeze = (Interval(0, S),)
    good = track([0.9, 0.8, 0.1, 0.2], freeze, "a")
    bad = track([0.1, 0.2, 0.9, 0.8], freeze, "b")
    never = track([0.5, 0.5], person="c")
    found = summary([good, bad, never])
    assert (found.people, found.people_with_both) == (3, 2)
    assert found.macro_auroc == pytest.approx(0.5)


@pytest.mark.parametrize("frozen_share", [0.02, 0.9])
def test_thresholds_are_tried_among_freezing_and_among_all_else_however_much_of_either(frozen_share: float) -> None:
    cells = 2000
    n = int(cells * frozen_share)
    scores = np.concatenate([np.linspace(0.6, 0.99, n), np.linspace(0.01, 0.5, cells - n)])
    at = [c.threshold for c in sweep([track(list(scores), (Interval(0, n * HOP_US),))], PLAIN)]
    assert sum(v >= 0.6 for v in at) >= 40
    assert sum(0.25 < v <= 0.5 for v in at) >= 40
