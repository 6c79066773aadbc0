"""The three outcomes of an analysis are disjoint and add up to the worn time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clinic.analysis import outcomes
from data.grid import HOP_US, Grid
from data.intervals import Interval, intersect, total, union
from data.recording import Placement
from models.scores import Certainty, Episode, Scores


def scores_of(valid: list[bool], reasons: tuple[tuple[Interval, str], ...]) -> Scores:
    n = len(valid)
    zeros = np.zeros(n, dtype=np.float32)
    grid = Grid(HOP_US * np.arange(n, dtype=np.int64), (slice(0, n),))
    return Scores("lower-back", "freezing of gait", grid, zeros, zeros, zeros, np.array(valid, dtype=bool), reasons)


def episode(start: int, end: int, certainty: Certainty) -> Episode:
    return Episode(
        Interval(start, end), "lower-back", "freezing of gait", Placement.LOWER_BACK, 0.9, 0.8, certainty, "v1"
    )


spans = st.lists(
    st.tuples(st.integers(0, 40 * HOP_US), st.integers(1, 10 * HOP_US)).map(lambda p: Interval(p[0], p[0] + p[1])),
    max_size=5,
)


@given(
    valid=st.lists(st.booleans(), min_size=1, max_size=40),
    worn=spans,
    sure=spans,
    unsure=spans,
    left_over=st.integers(0, HOP_US - 1),
)
def test_flagged_clear_and_not_judged_add_up_to_worn(
    valid: list[bool], worn: list[Interval], sure: list[Interval], unsure: list[Interval], left_over: int
) -> None:
    span = Interval(0, len(valid) * HOP_US + left_over)
    worn_inside = intersect(worn, [span])
    scores = scores_of(valid, ((span, "no signal"),))
    episodes = [episode(i.start, i.end, Certainty.SURE) for i in sure]
    episodes += [episode(i.start, i.end, Certainty.UNSURE) for i in unsure]

    flagged, clear, not_judged = outcomes(scores, episodes, worn_inside)

    parts = [*flagged, *clear, *(i for i, _ in not_judged)]
    assert sum(p.duration for p in parts) == total(worn_inside)  # disjoint and complete
    assert union(parts) == union(worn_inside)


def test_an_unsure_episode_is_not_judged_and_says_so() -> None:
    scores = scores_of([True] * 10, ())
    worn = (Interval(0, 10 * HOP_US),)
    flagged, clear, not_judged = outcomes(scores, [episode(HOP_US, 3 * HOP_US, Certainty.UNSURE)], worn)
    assert flagged == ()
    assert total(clear) == 8 * HOP_US
    assert not_judged == ((Interval(HOP_US, 3 * HOP_US), "unsure"),)


def test_what_is_left_of_a_segment_after_its_last_half_second_is_not_judged() -> None:
    worn = (Interval(0, 4 * HOP_US + 100),)
    *_, not_judged = outcomes(scores_of([True] * 4, ()), [], worn)
    assert not_judged == ((Interval(4 * HOP_US, 4 * HOP_US + 100), "shorter than half a second"),)
