import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from data.intervals import Interval
from models.adapters import choose
from models.adapters.choose import (
    LINEAR,
    LOW_RANK,
    OF_OTHERS,
    PROTOTYPE,
    SHIPPED,
    choose_adapter,
    is_better,
    is_telling,
    left_out,
    weighed,
)
from models.adapters.example import Example
from models.adapters.linear import fit_linear
from models.adapters.nearness import apart_from
from models.detectors.correction import Correction
from tests.models.adapters import taught

KNOWN = taught.PROTOTYPES
PRIOR = replace(taught.PRIOR, prototypes=KNOWN)


def test_few_episodes_take_what_served_other_patients_best() -> None:
    two = taught.support(2, 2)
    assert choose_adapter(two, PRIOR).kind == LINEAR
    assert choose_adapter(two, replace(PRIOR, prototypes=replace(KNOWN, gain=0.09))).kind == PROTOTYPE
    nothing = replace(PRIOR, gain=-0.01, prototypes=replace(KNOWN, gain=-0.02))
    kept = choose_adapter(two, nothing)
    assert (kept.kind, kept.correction) == (SHIPPED, None)
    assert kept.tried == (LINEAR, PROTOTYPE)


def test_prototypes_must_also_do_better_than_linear_on_examples_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    five, prior = taught.support(5, 5), replace(PRIOR, gain=0.1, prototypes=replace(KNOWN, gain=0.9, gain_sd=0.01))
    nothing = Correction(np.zeros(5), np.zeros((5, 5)))
    monkeypatch.setattr(choose, "fit_prototype", lambda rest, personal: nothing)
    monkeypatch.setattr(choose, "fit_linear", lambda rest, personal: nothing)
    assert choose_adapter(five, prior).kind == LINEAR  # no better, whatever others gained


def test_low_rank_matrices_are_tried_from_twenty_episodes_and_taken_where_they_prove_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fitted: list[int] = []

    def fit(rest, personal, progress=None):  # type: ignore[no-untyped-def]  # of examples
        fitted.append(len(rest))
        found = fit_linear(rest, personal)
        weights = found.weights.copy()
        weights[0] += 5.0  # the first direction tells all
        return replace(found, weights=weights)

    monkeypatch.setattr(choose, "fit_low_rank", fit)
    prior = replace(taught.PRIOR, gain=0.2, gain_sd=0.05)
    assert choose_adapter(taught.support(19, 19, away=2.0), prior).tried == (LINEAR,)
    assert fitted == []
    found = choose_adapter(taught.support(20, 20, away=2.0), prior)
    assert found.kind == LOW_RANK
    assert fitted == [32] * 5 + [40]  # five parts, then all
    assert choose_adapter(taught.support(20, 20, away=-2.0), prior).kind != LOW_RANK


def test_progress_of_all_parts_is_one_rising_line() -> None:
    said: list[float] = []
    choose_adapter(taught.support(20, 20, away=2.0), replace(PRIOR, gain=0.2), said.append)
    assert said == sorted(said)
    assert 0 < said[0] < said[-1] <= 1


def test_every_example_is_left_out_once_in_parts_that_hold_both_classes() -> None:
    examples = taught.support(10, 10)
    seen: list[set[int]] = []

    def fit(rest):  # type: ignore[no-untyped-def]  # of examples
        seen.append({i for i, e in enumerate(examples) if all(e is not r for r in rest)})
        return fit_linear(rest, taught.PRIOR)

    gains = left_out(examples, taught.PRIOR, fit, 5)
    assert len(gains) == 20
    assert sorted(i for part in seen for i in part) == list(range(20))
    assert all(sum(examples[i].is_positive for i in part) == 2 for part in seen)


def test_better_means_by_more_than_the_standard_error_of_the_difference() -> None:
    examples = taught.support(4, 4)
    base = [0.0] * 8
    assert is_better(examples, [0.10, 0.12] * 4, base)
    assert not is_better(examples, [0.9, -0.8] * 4, base)
    assert not is_better(examples, base, base)


def of_people(*away: float) -> list[Example]:
    """Six examples each way of every person, whose episodes lie so far from the usual ones in the first direction."""
    return [
        replace(e, person=f"P-{n}", recording=f"{n}.csv")
        for n, far in enumerate(away)
        for e in taught.support(6, 6, away=far)
    ]


def test_what_is_for_other_people_is_told_by_people_left_out() -> None:
    lessons: list[set[str]] = []

    def fit(rest: Sequence[Example]) -> Correction:
        lessons.append({e.person for e in rest})
        return fit_linear(rest, PRIOR)

    examples = of_people(2.0, 2.0, 2.0)
    gains = left_out(examples, PRIOR, fit, of_others=True)
    assert np.isfinite(gains).all()
    assert lessons == [{"P-1", "P-2"}, {"P-0", "P-2"}, {"P-0", "P-1"}]
    left_out(examples, PRIOR, fit, 5, of_others=True)
    assert len(lessons) == 6, "a part is a person, however many parts low-rank matrices would be tried in"


def test_marks_that_serve_their_own_people_alone_teach_nothing_for_others() -> None:
    """Episodes of two people that lie apart in opposite directions, and of two that lie in one."""
    alike, unlike = of_people(2.5, 2.5), of_people(2.5, -2.5)
    known = replace(PRIOR, gain=0.05)
    assert choose_adapter(alike, known, of_others=True).kind != SHIPPED
    assert choose_adapter(unlike, known).kind != SHIPPED, "each example by others of its own person"
    chosen = choose_adapter(unlike, known, of_others=True)
    assert (chosen.kind, chosen.correction) == (SHIPPED, None)
    assert chosen.gain.measured < 0


def test_marks_of_one_person_say_nothing_of_others() -> None:
    alone = of_people(2.5)
    assert choose_adapter(alone, PRIOR).kind != SHIPPED
    chosen = choose_adapter(alone, PRIOR, of_others=True)
    assert chosen.kind == SHIPPED
    assert np.isnan(chosen.gain.measured)
    assert not is_telling(alone, of_others=True)
    bare = [e for e in of_people(2.5, 2.5) if e.is_positive or e.person == "P-0"]
    assert not is_telling(bare, of_others=True), "nothing lies beside the second person's marks"


def test_people_weigh_alike_in_what_is_for_others_and_differ_as_patients_did() -> None:
    examples = of_people(1.0, 1.0)
    examples += [replace(e, recording="more") for e in examples if e.person == "P-1"]  # twice as much of one
    gains = [0.1 if e.person == "P-0" else 0.3 for e in examples]
    gain = weighed(examples, PRIOR, gains, of_others=True)
    assert gain.measured == pytest.approx(0.2)
    of_examples = 0.25 * (PRIOR.episode_sd[0] ** 2 + PRIOR.episode_sd[1] ** 2) * (1 / 6 + 1 / 12) / 4
    error = np.sqrt(of_examples + PRIOR.gain_sd**2 / 2)
    assert gain.error == pytest.approx(error)
    mean, sd = OF_OTHERS
    assert gain.expected == pytest.approx((mean / sd**2 + 0.2 / error**2) / (sd**-2 + error**-2))
    assert gain.expected < weighed(examples, replace(PRIOR, gain=mean, gain_sd=sd), gains).expected


@pytest.mark.parametrize("each", [((6, 6), (6, 6)), ((1, 2), (30, 30)), ((4, 4), (4, 4), *[(0, 4)] * 6)])
def test_the_standard_error_over_people_is_what_chance_makes_of_it(each: tuple[tuple[int, int], ...]) -> None:
    """Also where one person has a single mark, and where some have nothing but time without any."""
    rng = np.random.default_rng(1)
    examples = [
        replace(e, person=f"P-{n}", recording=f"{n}.csv")
        for n, (episodes, others) in enumerate(each)
        for e in taught.support(episodes, others)
    ]
    drawn = []
    for _ in range(400):
        own = {f"P-{n}": rng.normal(0, PRIOR.gain_sd) for n in range(len(each))}
        gains = [own[e.person] + rng.normal(0, PRIOR.episode_sd[not e.is_positive]) for e in examples]
        drawn.append(weighed(examples, PRIOR, gains, of_others=True))
    assert np.std([g.measured for g in drawn]) == pytest.approx(drawn[0].error, rel=0.1)


def test_an_adapter_that_serves_one_of_two_people_is_no_better_for_others() -> None:
    examples = of_people(1.0, 1.0)
    gains = [0.4 if e.person == "P-0" else -0.1 for e in examples]
    assert is_better(examples, gains, [0.0] * len(gains))
    assert not is_better(examples, gains, [0.0] * len(gains), of_others=True)


def test_every_choice_for_others_compares_people(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def compared(*_: object, of_others: bool = False) -> bool:
        asked.append(of_others)
        return True

    monkeypatch.setattr(choose, "is_better", compared)
    nothing = Correction(np.zeros(5), np.zeros((5, 5)))
    monkeypatch.setattr(choose, "fit_prototype", fit_linear)
    monkeypatch.setattr(choose, "fit_linear", lambda rest, personal: nothing)
    prior = replace(PRIOR, prototypes=KNOWN)
    examples = of_people(2.0, 2.0, 2.0, 2.0)
    for of_others in (False, True):
        asked.clear()
        choose_adapter(examples, prior, of_others=of_others)
        assert set(asked) == {of_others}
        assert len(asked) == 2


def test_progress_over_more_people_than_parts_rises_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "is_better", lambda *_, **__: True)
    said: list[float] = []
    assert choose_adapter(of_people(*[2.0] * 8), PRIOR, said.append, of_others=True).kind == LOW_RANK
    assert said == sorted(said)
    assert said[-1] == 1


def test_low_rank_matrices_for_others_are_tried_on_people_too(monkeypatch: pytest.MonkeyPatch) -> None:
    lessons: list[set[str]] = []

    def bend(rest: Sequence[Example], *_: object, **__: object) -> Correction:
        lessons.append({e.person for e in rest})
        return fit_linear(rest, PRIOR)

    monkeypatch.setattr("models.adapters.choose.fit_low_rank", bend)
    told: list[float] = []
    choose_adapter(of_people(2.0, 2.0, 2.0, 2.0), PRIOR, told.append, of_others=True)
    assert [len(people) for people in lessons] == [3, 3, 3, 3]


def test_the_same_moment_of_another_sensor_does_not_vouch_for_what_it_taught() -> None:
    one = taught.support(3, 3)
    both = [*one, *(replace(e, stream="other", interval=Interval(e.interval.start + 9, e.interval.end)) for e in one)]
    seen: list[list[Example]] = []

    def fit(rest: Sequence[Example]) -> Correction:
        seen.append(list(rest))
        return fit_linear(rest, PRIOR)

    left_out(both, PRIOR, fit)
    for out, rest in zip(both, seen, strict=True):
        assert len(rest) == len(both) - 2
        assert not any(e.interval.overlaps(out.interval) for e in rest)
    left_out(both, PRIOR, fit, folds=3)
    assert len(seen) == len(both) + 3


def test_what_shares_a_sample_with_an_example_does_not_vouch_for_it() -> None:
    at_s = [0, 6, 50, 58, 130, 200, 204, 300]
    close = [replace(e, interval=Interval(s * 10**6, s * 10**6 + 4_000_000), margin_us=10_000_000)
             for e, s in zip(taught.support(5, 3), at_s, strict=True)]  # fmt: skip
    for folds in (None, 3):
        taught_with: list[list[Example]] = []

        def fit(rest: Sequence[Example], seen: list[list[Example]] = taught_with) -> Correction:
            seen.append(list(rest))
            return fit_linear(rest, PRIOR)

        gains = left_out(close, PRIOR, fit, folds)
        assert np.isfinite(gains).all()
    singly: list[list[Example]] = []
    left_out(close, PRIOR, lambda rest: fit_linear(singly.append(list(rest)) or rest, PRIOR))  # type: ignore[func-returns-value]  # a list
    for e, rest in zip(close, singly, strict=True):
        apart = [o for o in close if o.interval.start >= e.interval.end + 20_000_000
                 or o.interval.end + 20_000_000 <= e.interval.start]  # fmt: skip
        assert rest == apart
        assert 0 < len(rest) < len(close)


def test_marks_that_lie_all_together_say_nothing_of_themselves() -> None:
    bout = [replace(e, interval=Interval(0, 4_000_000)) if e.is_positive else e for e in taught.support(6, 6, away=2.0)]
    gains = left_out(bout, PRIOR, partial(fit_linear, personal=PRIOR))
    assert np.isnan(gains[:6]).all()
    assert np.isfinite(gains[6:]).all()
    chosen = choose_adapter(bout, PRIOR)
    assert np.isnan(chosen.gain.measured)
    assert chosen.gain.expected == PRIOR.gain
    assert not is_better(bout, gains, [-1.0] * 12)
    # With three that lie elsewhere, those three are what is measured, and the bout at the others.
    more = [*bout, *(taught.example(40 + i, away=2.0) for i in range(3))]
    assert np.isfinite(left_out(more, PRIOR, partial(fit_linear, personal=PRIOR))).all()
    assert np.isfinite(choose_adapter(more, PRIOR).gain.measured)


def test_what_could_not_be_told_weighs_nothing_in_the_gain() -> None:
    examples = taught.support(4, 4)
    gains = [0.1, 0.2, 0.3, float("nan"), 0.0, 0.1, 0.2, float("nan")]
    told = [e for e, g in zip(examples, gains, strict=True) if np.isfinite(g)]
    assert weighed(examples, PRIOR, gains) == weighed(told, PRIOR, [g for g in gains if np.isfinite(g)])


def test_parts_of_many_are_stretches_of_time() -> None:
    """Every fifth would lie near everything else where a whole stretch is marked: nothing would be left to teach."""
    whole = [replace(e, interval=Interval(i * 4_000_000, i * 4_000_000 + 4_000_000), margin_us=21_000_000)
             for pair in zip(range(0, 200, 2), range(1, 201, 2), strict=True) for i in pair
             for e in (taught.example(i, is_positive=i % 2 == 0),)]  # fmt: skip
    taught_with: list[int] = []

    def fit(rest: Sequence[Example]) -> Correction:
        taught_with.append(len(rest))
        return fit_linear(rest, PRIOR)

    assert np.isfinite(left_out(whole, PRIOR, fit, 5)).all()
    assert min(taught_with) > 120


def test_a_part_that_holds_the_time_of_every_episode_is_left_out_by_halves() -> None:
    """Twenty episodes in the first half hour of a wholly marked ten hours."""
    at_s = [100 + 90 * i for i in range(20)]
    free = [t for t in range(0, 36_000, 30) if all(t + 5 < a or t > a + 5 for a in at_s)]
    whole = [
        replace(taught.example(i, is_positive=i < 20), interval=Interval(t * 10**6, t * 10**6 + 4_000_000),
                margin_us=21_000_000)
        for i, t in enumerate([*at_s, *free])
    ]  # fmt: skip
    fits: list[int] = []

    def fit(rest: Sequence[Example]) -> Correction:
        fits.append(len(rest))
        return fit_linear(rest, PRIOR)

    assert np.isfinite(left_out(whole, PRIOR, fit, 5)).all()
    assert len(fits) <= 12


def test_what_lies_apart_is_found_in_wholly_marked_hours_too() -> None:
    rng = np.random.default_rng(3)
    many = [replace(e, recording=f"r{rng.integers(3)}", interval=Interval(at, at + 4_000_000), margin_us=9_000_000)
            for e in taught.support(20, 40) for at in rng.integers(0, 400_000_000, 1).tolist()]  # fmt: skip
    for n in (1, 2, 9):
        out = many[:n]
        by_pairs = [e for e in many if not any(e.recording == o.recording and e.read.overlaps(o.read) for o in out)]
        assert apart_from(many, out) == by_pairs
        assert 0 < len(by_pairs) < 60
    whole = [replace(many[i % 60], recording="r", interval=Interval(i * 5_000_000, (i + 1) * 5_000_000))
             for i in range(4000)]  # fmt: skip
    began = time.process_time()
    assert is_telling(whole)
    assert time.process_time() - began < 5, "each with each takes half a minute"


@pytest.mark.parametrize("folds", [None, 2])
def test_what_the_detector_knows_already_teaches_and_is_not_judged(folds: int | None) -> None:
    known = [replace(e, is_known=n % 3 == 0) for n, e in enumerate(taught.support(6, 6))]
    lessons: list[list[Example]] = []

    def fit(rest: Sequence[Example]) -> Correction:
        lessons.append(list(rest))
        return fit_linear(rest, PRIOR)

    gains = left_out(known, PRIOR, fit, folds)
    assert [not np.isfinite(gain) for gain in gains] == [e.is_known for e in known]
    assert any(e.is_known for rest in lessons for e in rest)
    assert folds or len(lessons) == 8
    assert np.isfinite(weighed(known, PRIOR, gains).measured)


@pytest.mark.parametrize("of_others", [False, True])
def test_episodes_that_the_detector_knows_already_say_nothing_of_themselves(*, of_others: bool) -> None:
    new = of_people(1.0, 1.0) if of_others else taught.support(4, 4)
    assert is_telling(new, of_others=of_others)
    for is_positive in (True, False):
        known = [replace(e, is_known=e.is_positive is is_positive) for e in new]
        assert not is_telling(known, of_others=of_others)
    one = [replace(e, is_known=e.person in ("", "P-0") and e is not new[0]) for e in new]
    assert not is_telling(one, of_others=of_others), "one episode, or one person, alone is new"
