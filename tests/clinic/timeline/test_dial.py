"""The alarm budget: what it buys is what was measured, and what it would have shown is what an analysis shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.timeline.dial import (
    BUDGETS,
    DOUBTS,
    bought,
    dial_base,
    dial_sentence,
    flags_at,
    promise_sentence,
    promise_title,
    stored_scores,
)
from data.grid import HOP_US, Grid
from data.intervals import Interval
from data.recording import Placement
from models.conformal import Unit, UnsureBand, cutoff
from models.detectors import Detector, OperatingPoint, folder_of, load
from models.detectors import shipped as ships
from models.detectors.correction import Adapted, Correction
from models.detectors.held import Held, read_lesson
from models.detectors.unseen import UnseenPoint, read_unseen
from models.scores import Certainty, Scores

NAME = "freezing-of-gait-lower-back"
N = 2400
ADAPTED = Adapted("linear", "because", Correction(np.zeros(25), np.eye(25)), (), np.zeros((0, 24), dtype=np.float32))
OWN = Held(
    Unit.EPISODES, 12, 0.5, 0.07, (), (UnsureBand(-1.0, 1.5, 0.9, Unit.EPISODES, 12, 12),),
    (UnseenPoint(0.4, 12.0, 5.0, 20.0, 0.9, 0.7, 1.0), UnseenPoint(0.7, 2.0, 0.0, 7.4, 0.5, 0.2, 0.7)),
)  # fmt: skip
"""What is known of a class of one's own."""


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
        e.certainty is Certainty.SURE
        for e in dialled.episodes(whole, WORN, Placement.LOWER_BACK)
        if e.interval.start < 800_000_000
    ]
    found = flags_at(dialled, [(again, WORN)], Placement.LOWER_BACK, Interval(0, 800_000_000))
    assert found == (sum(wanted), len(wanted) - sum(wanted))
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


@pytest.mark.parametrize("name", [d.name for d in ships()])
def test_what_a_budget_of_a_detector_that_ships_buys_has_its_interval(name: str) -> None:
    detector = load(name)
    unseen = read_unseen(folder_of(name), detector.version)
    assert unseen is not None
    assert [p.threshold for p in unseen.points] == [p.threshold for p in detector.points]
    for point, measured in zip(detector.points, unseen.points, strict=True):
        # The same networks, trained again: one to three alarms lie on the other side of a threshold.
        assert abs(measured.alarms_per_hour - point.false_alarms_per_hour) * unseen.hours < 3.5
        assert measured.sensitivity == pytest.approx(point.sensitivity, abs=2e-3)
        assert measured.low <= measured.sensitivity <= measured.high
    at = bought(detector, unseen, 5.0)
    assert at is not None
    assert "with its 95 % interval over people" in dial_base(at, detector)


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
    first, second = dial_sentence(at, (24, 3), (12, 0), "the last 7 days", per_day=False)
    assert first.startswith("With at most 5 false alarms a judged hour it finds 55 % (44–66) of")
    assert second == "The last 7 days: 12 flags at this setting, 24 flags and 3 unsure now."
    assert dial_sentence(at, (1, 0), (1, 0), "this recording", per_day=True) == (
        first.replace("5 false alarms a judged hour", "120 false alarms a judged day"),
        "This recording: 1 flag at this setting, as now.",
    )
    assert "on 45 people left out of training" in dial_base(at, shipped)
    taught = replace(shipped, adapted=ADAPTED, parent=shipped.version)
    assert dial_base(at, taught).endswith("Nobody has measured the detector since it was taught.")


def test_what_no_setting_keeps_to_and_what_is_not_on_record_is_said(shipped: Detector) -> None:
    at = bought(shipped, None, 0.01)
    assert at is not None
    first, _ = dial_sentence(at, (0, 0), (0, 0), "this recording", per_day=False)
    assert first.startswith("No setting keeps to 0.01 a judged hour; the strictest one finds 4 % of the episodes")
    assert "its interval is not on record" in dial_base(at, shipped)
    assert bought(replace(shipped, points=()), None, 5.0) is None


@pytest.mark.parametrize("share", [s for s in DOUBTS.values() if s])
@pytest.mark.parametrize("per_hour", [1.0, 5.0, 20.0])
def test_a_promise_moves_flags_to_unsure_and_loses_none(shipped: Detector, per_hour: float, share: float) -> None:
    dialled = shipped.at_false_alarms(per_hour)
    promising = dialled.promising(share)
    wanted = promising.rules.sure_from
    assert wanted is not None
    plain = dialled.episodes(scores(), WORN, Placement.LOWER_BACK)
    found = promising.episodes(scores(), WORN, Placement.LOWER_BACK)
    assert [e.interval for e in found] == [e.interval for e in plain]
    assert [e.certainty is Certainty.SURE for e in found] == [e.peak >= wanted for e in plain]


def test_the_peak_that_has_to_stay_below_a_promise_s_cut_off_does(shipped: Detector) -> None:
    one = np.float32(1.0)  # where probabilities end, many peaks are equal
    at = cutoff([np.array([one] * 3)] * 9, [3] * 9, 0.2)
    told = replace(shipped, rules=replace(shipped.rules, sure_from=at))
    s = scores()
    best = replace(s, probability=np.where(s.probability >= shipped.threshold, one, s.probability).astype(np.float32))
    found = told.episodes(best, WORN, Placement.LOWER_BACK)
    assert found
    assert {(e.peak, e.certainty) for e in found} == {(1.0, Certainty.UNSURE)}


def test_a_higher_promise_never_calls_more_flags_sure(shipped: Detector) -> None:
    for point in shipped.points:
        assert list(point.sure_from) == sorted(point.sure_from)
        assert all(at is not None and at >= 0 for at in point.sure_from)


def test_what_a_promise_says_is_from_whom_and_where_there_is_none(shipped: Detector) -> None:
    people = shipped.measured["people"]
    said = promise_sentence(shipped, 0.9)
    assert said.startswith("Of a new person's flags, 9 in 10 or more are not both called sure and false")
    assert f"the {people} left out of training" in said
    unmeasured = replace(shipped, points=tuple(replace(p, sure_from=()) for p in shipped.points))
    assert unmeasured.promising(0.9).rules == shipped.rules
    assert promise_sentence(unmeasured, 0.9) == (
        "What can be promised of it was not measured: flags are called sure by its band."
    )
    few = replace(shipped, points=tuple(replace(p, sure_from=(None, None, None)) for p in shipped.points))
    assert promise_sentence(few, 0.9) == (
        "Too few people were measured to promise that: flags are called sure by its band."
    )
    said = promise_sentence(shipped, None)
    assert said.endswith("that promises nothing.")
    assert f"reaches {shipped.rules.closing:.2f}, below which a flag ends" in said


def own(shipped: Detector, held: Held = OWN) -> Detector:
    points = tuple(OperatingPoint(p.threshold, p.alarms_per_hour, None, p.sensitivity) for p in held.curve)
    return replace(shipped, adapted=ADAPTED, parent=None, points=points, held=held, phenomenon="shuffling")


def test_the_budget_of_a_class_of_ones_own_is_told_by_its_marks_and_says_so(shipped: Detector) -> None:
    one = own(shipped)
    assert OWN.unseen("it") is not None
    at = bought(one, OWN.unseen("it"), 5.0)
    assert at is not None
    first, _ = dial_sentence(at, (1, 0), (1, 0), "this recording", per_day=False)
    assert first == (
        "With at most 5 false alarms a judged hour it finds 50 % (20–70) of the marked episodes that taught it, each "
        "left out once."
    )
    said = dial_base(at, one)
    assert "12 marked episodes and 0.5 h without, where false alarms were 0 to 7.4 an hour" in said
    assert said.endswith("than there was). Of other days and people it says nothing.")
    strict = bought(one, OWN.unseen("it"), 1.0)
    assert strict is not None
    assert "So little time cannot show that there are fewer than 2.0 an hour." in dial_base(strict, one)
    several = replace(OWN, unit=Unit.PEOPLE, number=4)
    at = bought(own(shipped, several), several.unseen("it"), 5.0)
    assert at is not None
    first, _ = dial_sentence(at, (1, 0), (1, 0), "this recording", per_day=False)
    assert first.endswith("of the episodes of patients that taught it, each left out once.")
    assert "4 patients and 0.5 h without" in dial_base(at, own(shipped, several))


def test_a_class_of_ones_own_promises_what_so_many_can(shipped: Detector) -> None:
    one = own(shipped)
    assert "of the half seconds without shuffling in a new stretch of the same patient" in promise_sentence(one, 0.9)
    assert promise_sentence(one, 0.95) == (
        "Too little was left out to promise that: flags are called sure by its band."
    )


def test_a_taught_detector_keeps_a_promise_that_others_showed_and_nothing_else(shipped: Detector) -> None:
    lesson = read_lesson(folder_of(NAME), shipped.version)
    assert lesson is not None
    taught = replace(shipped, adapted=ADAPTED, parent=shipped.version, points=lesson.points, held=lesson.held)
    assert [p.threshold for p in lesson.points] == [p.threshold for p in shipped.points]
    at = bought(taught, lesson.held.unseen(shipped.version), 5.0)
    assert at is not None
    assert at.low is not None
    assert at.people == lesson.held.number
    first, _ = dial_sentence(at, (1, 0), (1, 0), "this recording", per_day=False)
    assert first.endswith("of the episodes of people who each taught it a few, in other recordings of theirs.")
    assert f"Measured on {lesson.held.number} people who each taught such a detector" in dial_base(at, taught)
    assert promise_sentence(taught, 0.8).startswith("Of a new person's flags, 80 % or more are not both")
    assert promise_sentence(replace(taught, held=None), 0.8) == (
        "It was taught since it was measured, and can promise nothing: flags are called sure by its band."
    )
    few = replace(taught, points=tuple(replace(p, sure_from=(0.5, None, None)) for p in lesson.points))
    assert promise_sentence(few, 0.9) == (
        f"{lesson.held.number} people who taught it so are too few to promise that: flags are called sure by its band."
    )
    bare = replace(
        taught,
        points=tuple(replace(p, sure_from=()) for p in lesson.points),
        held=replace(lesson.held, bands=(), curve=(), share=0.1),
    )
    assert promise_title(bare) == "Flags that are not both called sure and false"
    assert promise_sentence(bare, 0.8) == (
        "Too little was left out to promise that: flags are called sure by its band."
    )


def test_what_may_be_promised_is_named(shipped: Detector) -> None:
    assert promise_title(shipped) == "Flags that are not both called sure and false"
    assert promise_title(own(shipped)) == "Time without shuffling that is not called sure"
