from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clinic.learned import LEAST_US, NEAR_SHARE, OUTSIDE_SHARE, Reach, reach_of

HOUR_US = 3_600_000_000


def test_a_recording_is_in_range_near_the_edge_or_outside_by_the_share_that_was_refused():
    for share, verdict in (
        (0.0, Reach.IN_RANGE),
        (NEAR_SHARE * 0.9, Reach.IN_RANGE),
        (NEAR_SHARE * 1.1, Reach.NEAR),
        (OUTSIDE_SHARE * 0.9, Reach.NEAR),
        (OUTSIDE_SHARE * 1.1, Reach.OUTSIDE),
        (1.0, Reach.OUTSIDE),
    ):
        assert reach_of(round(HOUR_US * (1 - share)), round(HOUR_US * share)) is verdict


def test_from_less_than_a_minute_nothing_is_said():
    assert reach_of(LEAST_US // 2, LEAST_US // 2 - 1) is None
    assert reach_of(0, 0) is None


@given(st.integers(LEAST_US, 10**12), st.integers(0, 10**12), st.integers(0, 10**9))
def test_more_that_is_unlike_never_brings_it_nearer(like, unlike, more):
    order = list(Reach)
    before, after = reach_of(like, unlike), reach_of(like, unlike + more)
    assert before is not None
    assert after is not None
    assert order.index(after) >= order.index(before)


def test_the_limits_are_those_that_were_measured_on_people_held_out(pytestconfig):
    found = json.loads((pytestconfig.rootpath / "docs" / "validation" / "shift.json").read_text())
    measured = {r["row"]: r["value"] for r in found["results"] if r["task"] == "limits"}
    np.testing.assert_allclose([measured["near the edge"], measured["outside"]], [NEAR_SHARE, OUTSIDE_SHARE], atol=5e-4)
