"""The alarm budget: what it buys is what was measured, and what it would have shown is what an analysis shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.timeline.dial import BUDGETS, bought, dial_base, dial_sentence, flags_at, stored_scores
from data.grid import HOP_US, Grid
from data.intervals import Interval
from data.recording import Placement
from models.detectors import Detector, folder_of, load
from models.detectors.unseen import read_unseen
from models.scores import Certainty, Scores

NAME = "freezing-of-gait-lower-back"
N = 2400


@pytest.fixture(scope="module")
def shipped() -> Detector:
    return load(NAME)


def scores(seed: int = 0) -> Scores:
    """Twenty minutes with a gap of a minute, probabilities that wander, a band, and some that nobody could judge."""
    rng = np.random.default_rng(seed)
    start = np.arange(N, dtype=np.int64) * HOP_US
    start[N // 2 :] += 60_000_000
    z = np.convolve(rng.normal(0, 3, N), np.ones(6) / 2, "same") - 1
    p, low, high = (1 / (1 + np.exp(-v)) for v in (z, z - 0.7, z + 0.7))
    grid = Grid(start, (slice(0, N // 2), slice(N // 2, N)))
    return Scores(
        "lower-back", "freezing of gait", grid, *(v.astype(np.float32) for v in (p, low, high)), rng.random(N) < 0.99
    )


def columns(s: Scores) -> dict[str, np.ndarray]:
    return {
        "start_us": s.grid.start_us, "probability": s.probability, "lower": s.lower, "upper": s.upper, "valid": s.valid
    }  # fmt: skip


WORN = (Interval(30_000_000, 900_000_000), Interval(905_000_000, 1_260_000_000))


@pytest.mark.parametrize("per_hour", BUDGETS)
def test_flags_of_stored_scores_are_those_that_an_analysis_gives(shipped: Detector, per_hour: float) -> None:
    whole = scores()
    again = stored_scores("lower-back", "freezing of gait", columns(whole))
    assert again.grid.runs == whole.grid.runs
    dialled = shipped.at_false_alarms(per_hour)
    wanted = [
        e for e in dialled.episodes(whole, WORN, Placement.LOWER_BACK)
        if e.certainty is Certainty.SURE and e.interval.start < 800_000_000
    ]  # fmt: skip
    found = flags_at(dialled, [again], WORN, Placement.LOWER_BACK, Interval(0, 800_000_000))
    assert found == len(wanted)
    assert any(e.certainty is Certainty.UNSURE for e in shipped.episodes(whole, WORN, Placement.LOWER_BACK))


def test_a_budget_buys_what_was_measured_of_this_version_with_its_interval(shipped: Detector) -> None:
    unseen = read_unseen(folder_of(NAME), shipped.version)
    assert unseen is not None
    for point, measured in zip(shipped.points, unseen.points, strict=True):
        assert measured.threshold == point.threshold
        assert measured.alarms_per_hour == pytest.approx(point.false_alarms_per_hour, abs=1e-3)
        assert measured.low <= measured.sensitivity <= measured.high
    at = bought(shipped, unseen, 5.0)
    assert at is not None
    assert at.is_kept
    assert at.threshold == shipped.at_false_alarms(5.0).threshold
    assert (at.low, at.high) == next((p.low, p.high) for p in unseen.points if p.threshold == at.threshold)


@settings(max_examples=40)
@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_a_larger_budget_never_buys_less(one: float, other: float) -> None:
    detector = load_once()
    low, high = (bought(detector, None, b) for b in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert low.sensitivity <= high.sensitivity
    assert low.threshold >= high.threshold


def load_once(held: list[Detector] = []) -> Detector:  # noqa: B006  loaded once for all examples
    if not held:
        held.append(load(NAME))
    return held[0]


def test_the_sentence_gives_the_interval_the_days_and_both_numbers(shipped: Detector) -> None:
    at = bought(shipped, read_unseen(folder_of(NAME), shipped.version), 5.0)
    assert at is not None
    first, second = dial_sentence(at, 24, 12, "the last 7 days", per_day=False)
    assert first.startswith("With at most 5 false alarms a judged hour it finds 55 % (44–66) of")
    assert second == "The last 7 days: 12 flags at this setting, 24 now."
    assert dial_sentence(at, 1, 1, "this recording", per_day=True) == (
        first.replace("5 false alarms a judged hour", "120 false alarms a judged day"),
        "This recording: 1 flag at this setting, as now.",
    )
    assert "on 45 people left out of training" in dial_base(at, is_taught=False)
    assert dial_base(at, is_taught=True).endswith("Nobody has measured the detector since it was taught.")


def test_what_no_setting_keeps_to_and_what_is_not_on_record_is_said(shipped: Detector) -> None:
    at = bought(shipped, None, 0.01)
    assert at is not None
    first, _ = dial_sentence(at, 0, 0, "this recording", per_day=False)
    assert first.startswith("No setting keeps to 0.01 a judged hour; the strictest one finds 4 % of the episodes")
    assert "its interval is not on record" in dial_base(at, is_taught=False)
    assert bought(replace(shipped, points=()), None, 5.0) is None
