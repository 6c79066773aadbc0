from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.detectors import Rules
from models.detectors.rules import true_runs

PLAIN = Rules(0.5, 0.0, 0, 0)


def p(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def test_hysteresis_keeps_an_episode_open_below_the_threshold() -> None:
    rules = Rules(0.5, 1.0, 0, 0)  # closes below 0.269
    assert rules.episodes(p(0.3, 0.6, 0.3, 0.2, 0.3, 0.3, 0.1)) == [(0, 3)]


def test_a_gap_shorter_than_the_limit_is_merged_and_one_as_long_is_not() -> None:
    rules = Rules(0.5, 0.0, 1_000_000, 0)
    assert rules.episodes(p(0.9, 0.1, 0.9, 0.1, 0.1, 0.9)) == [(0, 3), (5, 6)]


def test_short_ones_are_dropped_after_merging() -> None:
    rules = Rules(0.5, 0.0, 1_000_000, 1_500_000)
    assert rules.episodes(p(0.9, 0.1, 0.9, 0.1, 0.1, 0.9, 0.9)) == [(0, 3)]


def test_what_could_not_be_judged_parts_episodes_unless_it_is_bridged() -> None:
    values, usable = p(0.9, 0.9, 0.0, 0.9, 0.1, 0.0, 0.9), np.array([1, 1, 0, 1, 1, 0, 1], dtype=bool)
    assert PLAIN.within(values, usable) == [(0, 2), (3, 4), (6, 7)]
    assert replace(PLAIN, bridge_us=1_000_000).within(values, usable) == [(0, 4), (6, 7)]
    assert replace(PLAIN, bridge_us=1_500_000).within(values, usable) == [(0, 7)]


def test_a_bridge_needs_something_that_could_not_be_judged() -> None:
    rules = replace(PLAIN, bridge_us=5_000_000)
    values = p(0.9, 0.1, 0.1, 0.9)
    assert rules.within(values, np.ones(4, dtype=bool)) == [(0, 1), (3, 4)]


def slow(values: np.ndarray, rules: Rules) -> list[tuple[int, int]]:
    """State machine, one half second after the other."""
    out, start, peak = [], None, 0.0
    for i, v in enumerate([*values, -1.0]):
        if v >= rules.closing:
            start, peak = (i, v) if start is None else (start, max(peak, v))
        elif start is not None:
            if peak >= rules.threshold:
                out.append((start, i))
            start = None
    i = 0
    while i + 1 < len(out):
        if (out[i + 1][0] - out[i][1]) * 500_000 < rules.merge_gap_us:
            out[i : i + 2] = [(out[i][0], out[i + 1][1])]
        else:
            i += 1
    return [(a, b) for a, b in out if (b - a) * 500_000 >= rules.min_duration_us]


@given(
    arrays(np.float32, st.integers(0, 60), elements=st.floats(0, 1, width=32)),
    st.floats(0.05, 0.95),
    st.floats(0, 2),
    st.sampled_from([0, 1_000_000, 2_000_000]),
    st.sampled_from([0, 1_000_000, 1_500_000]),
)
def test_the_same_as_going_step_by_step(
    values: np.ndarray, threshold: float, hysteresis: float, gap: int, shortest: int
) -> None:
    rules = Rules(threshold, hysteresis, gap, shortest)
    assert rules.episodes(values) == slow(values, rules)


def test_runs_of_true() -> None:
    assert true_runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert true_runs(np.zeros(0, bool)) == []
    assert PLAIN.episodes(p()) == []
