"""Which examples are of one moment: those of one recording, and those that one person's files have at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from data.intervals import Interval
from models.adapters import fresh
from models.adapters.adapt import adapt
from models.adapters.choose import LOW_RANK, choose_adapter, is_telling, left_out, weighed
from models.adapters.example import NO_DATE_US, Example
from models.adapters.linear import fit_linear
from models.adapters.nearness import apart_from, moments
from models.detectors.correction import Correction
from tests.models.adapters import taught
from tests.models.adapters.taught import PRIOR
from tests.models.detectors import made

MONDAY = 20_000 * 86_400_000_000


def at(example: Example, start_us: int, **other: str) -> Example:
    """The example at another time, with other names."""
    return replace(example, interval=Interval(start_us, start_us + example.interval.duration), **other)


def dated(number: int, others: int, person: str = "P-1", recording: str = "left.csv") -> list[Example]:
    """Examples a minute apart, on a Monday."""
    made = taught.support(number, others)
    return [at(e, MONDAY + n * 60_000_000, person=person, recording=recording) for n, e in enumerate(made)]


def other_logger(examples: Sequence[Example], person: str = "P-1") -> list[Example]:
    """The same moments, nearly, in another file."""
    return [at(e, e.interval.start + 700_000, person=person, recording="right.csv", stream="ankle") for e in examples]


def test_what_two_files_of_a_person_have_at_once_does_not_vouch_for_one_another() -> None:
    left = dated(3, 3)
    right = other_logger(left)
    for e in left:
        (same,) = [o for o in right if abs(o.interval.start - e.interval.start) < 1_000_000]
        rest = apart_from([*left, *right], [e])
        assert e not in rest
        assert same not in rest
        assert len(rest) == 10
    lessons: list[list[Example]] = []

    def fit(rest: Sequence[Example]) -> Correction:
        lessons.append(list(rest))
        return fit_linear(rest, PRIOR)

    left_out([*left, *right], PRIOR, fit)
    assert [len(rest) for rest in lessons] == [10] * 12
    one = [e for e in (*left, *right) if not e.is_positive or e.interval.start < MONDAY + 1_000_000]
    assert fresh.left_out(one) is None, "one moment alone is not judged, in however many files it is marked"


def test_the_clocks_of_two_people_may_agree_by_chance() -> None:
    one, other = dated(3, 3), other_logger(dated(3, 3), "P-2")
    for e in one:
        assert len(apart_from([*one, *other], [e])) == 11


def test_it_does_not_matter_in_which_order_two_loggers_files_are_given() -> None:
    """Marks that were copied from one to the other begin and end at once."""
    one = dated(6, 21)
    other = [replace(e, recording="right.csv", directions=e.directions[::-1] + 0.5) for e in one]
    there, back = (fresh.left_out(both) for both in ([*one, *other], [*other, *one]))
    assert there is not None
    assert back is not None
    np.testing.assert_allclose(there[0], back[0])
    lessons: dict[bool, list[list[tuple[str, Interval]]]] = {True: [], False: []}

    def fit(rest: Sequence[Example], *, forth: bool) -> Correction:
        lessons[forth].append(sorted((e.recording, e.interval) for e in rest))
        return fit_linear(rest, PRIOR)

    left_out([*one, *other], PRIOR, partial(fit, forth=True), 3)
    left_out([*other, *one], PRIOR, partial(fit, forth=False), 3)
    assert lessons[True] == lessons[False]
    assert [len(rest) for rest in lessons[True]] == [36, 36, 36], "a part lies at one time, in both files"


def test_of_files_that_nobody_gave_a_person_what_is_at_once_is_taken_for_one_moment() -> None:
    one, other = dated(3, 3, ""), other_logger(dated(3, 3), "")
    assert len(apart_from([*one, *other], [one[0]])) == 10


def test_without_a_date_two_files_of_a_person_are_two_times() -> None:
    one = taught.support(3, 3)
    other = [replace(e, recording="right.csv") for e in one]
    assert all(e.interval.end < NO_DATE_US for e in one)
    assert len(apart_from([*one, *other], [one[0]])) == 11


def test_what_two_sensors_have_at_once_is_one_moment() -> None:
    left = dated(3, 3)
    assert moments(left) == 6
    assert moments([*left, *other_logger(left)]) == 6
    assert moments([*left, *other_logger(left, "P-2")]) == 12
    touching = [at(left[0], MONDAY), at(left[1], MONDAY + left[0].interval.duration)]
    assert moments(touching) == 2
    inside = replace(left[2], interval=Interval(MONDAY + 1, MONDAY + 2))
    assert moments([*touching, inside]) == 2
    long = replace(left[3], interval=Interval(MONDAY, MONDAY + 4 * left[0].interval.duration))
    assert moments([*touching, inside, long]) == 1
    assert moments([]) == 0


def test_a_gain_is_no_surer_for_a_second_sensor_on_the_same_moments() -> None:
    one = dated(4, 4)
    gains = [0.1, 0.2, 0.3, 0.2, 0.0, 0.1, 0.2, 0.1]
    alone, twice = weighed(one, PRIOR, gains), weighed([*one, *other_logger(one)], PRIOR, gains * 2)
    assert twice.error == alone.error
    assert twice.measured == pytest.approx(alone.measured)
    two_people = weighed([*one, *other_logger(one, "P-2")], PRIOR, gains * 2)
    assert two_people.error == pytest.approx(alone.error / np.sqrt(2))


def test_ten_moments_at_two_sensors_are_not_twenty_episodes() -> None:
    ten = dated(10, 10)
    assert LOW_RANK not in choose_adapter([*ten, *other_logger(ten)], PRIOR).tried
    assert LOW_RANK in choose_adapter(dated(20, 10), PRIOR).tried


def test_two_moments_at_two_sensors_are_too_few_to_say_anything_and_the_reason_says_so() -> None:
    two = dated(2, 3)
    assert not is_telling([*two, *other_logger(two)])
    assert is_telling(dated(3, 3))
    why = adapt(made.detector(), [*two, *other_logger(two)]).why
    assert "4 marked episodes at 2 times, in several signals, say too little of themselves, and" in why
    one = [e for e in two if not e.is_positive or e is two[0]]
    why = adapt(made.detector(), [*one, *other_logger(one)]).why
    assert "2 marked episodes at one time, in several signals, say too little of themselves, and" in why
