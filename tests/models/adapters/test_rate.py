from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from data.intervals import Interval
from models.adapters.adapt import adapt
from models.adapters.example import NO_DATE_US, Example
from models.adapters.rate import APART_US, LEAST, learned_rate
from models.detectors.correction import Correction
from tests.models.adapters import taught
from tests.models.detectors import made

NOTHING = Correction(np.zeros(5), np.zeros((5, 5)))


def nothing(_: Sequence[Example]) -> Correction:
    return NOTHING


def wholly(episodes: int, others: int, odds: float, stretches: int = 8) -> list[Example]:
    """Stretches in which every half second has the same log-odds: the share alone says what they should be."""
    found = []
    for n, e in enumerate(taught.support(episodes, others)):
        start = (n % stretches) * 10 * APART_US + n // stretches * 5_000_000
        found.append(
            replace(e, interval=Interval(start, start + 4_000_000), log_odds=np.full(8, odds), is_unselected=True)
        )
    return found


def test_marks_of_somebodys_choice_teach_no_share() -> None:
    chosen = [replace(e, is_unselected=False) for e in wholly(10, 10, -3.0)]
    told = learned_rate(chosen, NOTHING, nothing, taught.PRIOR)
    assert (told.shift, told.why) == (0.0, "")


@pytest.mark.parametrize(("episodes", "others", "sign"), [(20, 20, 1), (4, 200, -1)])
def test_wholly_marked_stretches_move_the_share_towards_their_own(episodes: int, others: int, sign: int) -> None:
    odds = -3.0 if sign > 0 else 0.0
    told = learned_rate(wholly(episodes, others, odds), NOTHING, nothing, taught.PRIOR)
    own = np.log(episodes / others) - odds
    assert 0 < sign * told.shift < sign * own  # held back by other patients
    assert told.why.startswith("Everything was marked in 8 stretches of time, and the share of time was learned too, ")


def test_what_two_loggers_of_a_person_have_at_once_is_one_stretch() -> None:
    half = LEAST // 2 + 1
    days = [replace(e, interval=Interval(e.interval.start + NO_DATE_US, e.interval.end + NO_DATE_US), person="P-1")
            for e in wholly(10, 10, -3.0, half)]  # fmt: skip
    both = [*days, *(replace(e, recording="the other logger's file", stream="wrist") for e in days)]
    assert f"in {half} stretches of time" in learned_rate(both, NOTHING, nothing, taught.PRIOR).why
    late = replace(days[-1], interval=Interval(NO_DATE_US + 5 * APART_US, NO_DATE_US + 5 * APART_US + 4_000_000))
    assert f"in {half + 1} stretches of time" in learned_rate([*both, late], NOTHING, nothing, taught.PRIOR).why
    two = [*days, *(replace(e, recording="another's file", person="P-2") for e in days)]
    assert f"in {2 * half} stretches of time" in learned_rate(two, NOTHING, nothing, taught.PRIOR).why


def test_episodes_that_are_marked_at_two_sensors_are_not_more_of_them() -> None:
    few = wholly(2, 40, -3.0)
    both = [*few, *(replace(e, stream="wrist") for e in few)]
    told = learned_rate(both, NOTHING, nothing, taught.PRIOR)
    assert told.shift == 0.0
    assert "learned from 5 stretches and 3 episodes in them on" in told.why


@pytest.mark.parametrize("stretches", [1, LEAST - 1])
def test_few_stretches_teach_no_share_however_much_is_marked_in_them(stretches: int) -> None:
    told = learned_rate(wholly(40, 200, -3.0, stretches), NOTHING, nothing, taught.PRIOR)
    assert told.shift == 0.0
    assert f"in {stretches} stretch" in told.why
    assert "with fewer it did not help other patients" in told.why


def test_without_other_patients_the_share_stays_and_no_number_of_stretches_is_promised_to_move_it() -> None:
    unknown = replace(taught.PRIOR, weights=(0.0, 0.0))
    for stretches in (1, LEAST + 3):
        told = learned_rate(wholly(20, 20, -3.0, stretches), NOTHING, nothing, unknown)
        assert told.shift == 0.0
        assert told.why.endswith(
            "the share of time stays: no other patients showed how far it may move for this detector."
        )


def test_a_detector_that_stays_as_it_is_says_what_became_of_wholly_marked_stretches() -> None:
    prior = replace(taught.PRIOR, weights=(3.0, 0.0), usual=(9.0, 2.0))
    whole = [replace(e, log_odds=e.log_odds + 8, is_unselected=True) for e in taught.support(4, 4)]
    choice = adapt(replace(made.detector(), personal=prior), whole)
    assert choice.kind == "as it is"
    assert choice.why.endswith("The share of time stays too, though some stretches were wholly marked.")


def test_the_share_is_learned_from_five_stretches_on() -> None:
    assert learned_rate(wholly(20, 20, -3.0, LEAST), NOTHING, nothing, taught.PRIOR).shift > 0


def test_the_same_stretch_at_two_sensors_is_one() -> None:
    three = wholly(20, 20, -3.0, 3)
    told = learned_rate([*three, *(replace(e, stream="other side") for e in three)], NOTHING, nothing, taught.PRIOR)
    assert told.why.startswith("Everything was marked in 3 stretches of time; the share of time stays")
    assert told.shift == 0.0


def test_time_that_is_near_is_one_stretch() -> None:
    near = [
        replace(e, interval=Interval(n * 9_000_000, n * 9_000_000 + 4_000_000))
        for n, e in enumerate(wholly(20, 20, -3.0))
    ]
    assert "in 1 stretch of time" in learned_rate(near, NOTHING, nothing, taught.PRIOR).why


def test_stretches_whose_shares_differ_teach_none() -> None:
    """Half hold almost nothing else and half almost none: what is learned of some is wrong of the others."""
    differing = []
    for n, e in enumerate(wholly(60, 60, -1.0)):
        is_positive = n % 15 == 0 if n % 2 else n % 15 != 0
        differing.append(replace(e, is_positive=is_positive))
    told = learned_rate(differing, NOTHING, nothing, taught.PRIOR)
    assert told.shift == 0.0
    assert "but the share of time stays: where each was left out once, its error there" in told.why


def test_a_stretch_that_is_left_out_teaches_nothing_at_all() -> None:
    whole = wholly(20, 20, -3.0)
    near = replace(taught.example(7), interval=Interval(10 * APART_US + 30_000_000, 10 * APART_US + 34_000_000))
    lessons: list[set[int]] = []

    def fit(rest: Sequence[Example]) -> Correction:
        lessons.append({e.interval.start // (10 * APART_US) for e in rest})
        return NOTHING

    learned_rate([*whole, near], NOTHING, fit, taught.PRIOR)
    assert lessons == [set(range(8)) - {n} for n in range(8)]


def test_the_share_of_some_people_is_not_that_of_others() -> None:
    told = learned_rate(wholly(20, 20, -3.0), NOTHING, nothing, taught.PRIOR, of_others=True)
    assert told.shift == 0.0
    assert told.why.endswith("the share of time stays: each patient has their own.")


def test_a_share_that_is_right_already_or_rests_on_two_episodes_stays() -> None:
    assert learned_rate(wholly(16, 16, 0.0), NOTHING, nothing, taught.PRIOR).shift == pytest.approx(0.0, abs=0.05)
    assert learned_rate(wholly(2, 40, 3.0), NOTHING, nothing, taught.PRIOR).shift == 0.0


def test_what_examples_add_counts_before_the_share() -> None:
    raised = NOTHING.raised(3.0)
    assert learned_rate(wholly(24, 24, -3.0), raised, lambda _: raised, taught.PRIOR).shift == 0.0


def test_the_reason_of_an_adapted_detector_tells_what_became_of_the_share() -> None:
    shipped = replace(made.detector(), personal=replace(taught.PRIOR, gain=0.5, gain_sd=0.05))
    marked = [
        replace(e, directions=np.zeros((8, 6)), interval=Interval(n * 9_000_000, n * 9_000_000 + 4_000_000))
        for n, e in enumerate(wholly(4, 4, -3.0))
    ]
    told = adapt(shipped, marked).why
    assert "Everything was marked in 1 stretch of time; the share of time stays" in told


def test_the_share_of_time_of_some_is_not_that_of_others() -> None:
    known = replace(made.detector(), personal=replace(taught.PRIOR, gain=0.5, gain_sd=0.05))
    whole = [replace(e, person=f"P-{n}", recording=f"{n}.csv") for n in range(2) for e in wholly(20, 40, -3.0)]
    assert "and the share of time was learned too" in adapt(known, whole).why
    assert adapt(known, whole, of_others=True).why.endswith("the share of time stays: each patient has their own.")


def test_a_stretch_in_which_the_detector_knows_something_already_says_nothing_of_the_share() -> None:
    whole = wholly(20, 20, -3.0, LEAST + 1)
    start = whole[0].interval.start // (10 * APART_US)
    judged = [replace(e, is_known=e.interval.start // (10 * APART_US) == start and e.is_positive) for e in whole]
    assert learned_rate(judged, NOTHING, nothing, taught.PRIOR).shift > 0
    fewer = [e for e in judged if e.interval.start < LEAST * 10 * APART_US]
    told = learned_rate(fewer, NOTHING, nothing, taught.PRIOR)
    assert told.shift == 0.0
    assert told.why.endswith("(1 of the stretches lies near what the detector learned from before, and is not judged).")
