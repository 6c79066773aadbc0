import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from data.errors import MotionwardError
from data.intervals import Interval
from models.adapters import choose
from models.adapters.adapt import LINEAR, LOW_RANK, SHIPPED, adapt, prior_of, with_correction
from models.adapters.card import card_text
from models.adapters.choose import balanced_loss, left_out, weighed
from models.adapters.example import Example
from models.adapters.held_out import held_at, judged_apart
from models.adapters.linear import fit_linear
from models.adapters.lowrank import fit_low_rank
from models.adapters.nearness import is_one_day, is_undated
from models.adapters.rescore import rescored
from models.adapters.support import CLEAR_CELLS, GUARD_US, read_example, unlabelled
from models.conformal import Unit
from models.detectors import Detector, load, save
from models.embedding import READS_US
from models.reliability import DIAGRAM
from models.scores import Scores
from tests.models.adapters import taught
from tests.models.detectors import made
from tests.models.detectors.test_held import LESSON

SECOND = 1_000_000


@pytest.fixture(scope="module")
def shipped() -> Detector:
    # Other patients gained so much that these random marks do not speak against it.
    return replace(made.detector(), personal=replace(taught.PRIOR, gain=0.5, gain_sd=0.05))


@pytest.fixture(scope="module")
def examples(shipped: Detector) -> list[Example]:
    embeddings = made.vectors_of(made.stream((0, 300)))
    scores = shipped.score(embeddings, ())
    spans = [(Interval(i * 20 * SECOND, (i * 20 + 5) * SECOND), i % 2 == 0) for i in range(10)]
    return [read_example(shipped, embeddings, scores, "walk.csv", i, is_positive=p) for i, p in spans]


def test_without_labels_the_detector_is_the_same_object(shipped: Detector) -> None:
    choice = adapt(shipped, [])
    assert choice.detector is shipped
    assert (choice.kind, choice.why) == (SHIPPED, "No episode is marked: the detector stays as it is.")


def test_a_correction_of_nothing_changes_no_bit(shipped: Detector, examples: list[Example]) -> None:
    choice = adapt(shipped, examples)
    embeddings = made.vectors_of(made.stream((0, 60)))
    assert choice.detector.adapted is not None
    nothing = replace(
        choice.detector.adapted,
        correction=replace(choice.detector.adapted.correction, weights=np.zeros(7), covariance=np.zeros((7, 7))),
    )
    before, after = shipped.score(embeddings, ()), replace(choice.detector, adapted=nothing).score(embeddings, ())
    for name in ("probability", "lower", "upper"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


def test_an_adapted_detector_names_its_parent_its_examples_and_its_reason(
    shipped: Detector, examples: list[Example], tmp_path: Path
) -> None:
    choice = adapt(shipped, examples, "a.b.")
    assert choice.kind == LINEAR
    saved = save(choice.detector, tmp_path / "one", card_text(choice.detector, "# Parent\n", examples))
    again = load(tmp_path / "one")
    assert (again.parent, again.version) == (shipped.version, saved.version)
    assert again.adapted is not None
    assert len(again.adapted.taught) == 10
    assert {t.annotator for t in again.adapted.taught} == {"a.b."}
    assert again.adapted.why == choice.why
    assert again.personal == shipped.personal
    embeddings = made.vectors_of(made.stream((0, 60)))
    np.testing.assert_array_equal(again.score(embeddings, ()).upper, choice.detector.score(embeddings, ()).upper)
    card = (tmp_path / "one" / "card.md").read_text()
    assert "5 marked episodes and 5 stretches marked as none, by a.b." in card
    assert "within one day" in card


def test_a_file_of_what_patients_showed_is_part_of_the_version(shipped: Detector, tmp_path: Path) -> None:
    plain = save(made.detector(), tmp_path / "plain", "# A card\n")
    with_prior = save(shipped, tmp_path / "prior", "# A card\n")
    assert plain.version != with_prior.version
    assert load(tmp_path / "prior").personal == shipped.personal


def test_a_personal_detector_starts_from_the_cohorts(shipped: Detector, examples: list[Example]) -> None:
    cohort = replace(adapt(shipped, examples[:6]).detector, version="cohort")
    personal = adapt(cohort, examples[6:]).detector
    assert personal.parent == "cohort"
    assert personal.adapted is not None
    assert cohort.adapted is not None
    assert len(personal.adapted.taught) == 10
    own = fit_linear(examples[6:], taught.PRIOR).weights
    np.testing.assert_allclose(personal.adapted.correction.weights, cohort.adapted.correction.weights + own)
    # Of the days of the cohort's examples this step knows nothing.
    one_day = "lies within one day"
    assert f"All that was marked {one_day}" in card_text(cohort, "", examples[:6])
    assert f"beside the detector that it started from {one_day}" in card_text(personal, "", examples[6:])


def test_a_first_lesson_of_one_patient_takes_what_others_who_taught_it_showed(
    shipped: Detector, examples: list[Example]
) -> None:
    known = replace(shipped, lesson=LESSON)
    once = adapt(known, examples).detector
    assert (once.held, once.points, once.lesson) == (LESSON.held, LESSON.points, None)
    card = card_text(once, "# Parent\n\n![Reliability](reliability.svg)\n", examples)
    assert "Tried on 12 people who each taught such a detector a few episodes" in card
    assert card.count("(reliability.svg)") == 1, "the parent's picture stays beside it"
    assert adapt(known, []).detector is known


def test_where_nobody_taught_it_so_before_the_examples_left_out_tell_how_far_it_holds(
    shipped: Detector, examples: list[Example]
) -> None:
    known = replace(shipped, lesson=LESSON, points=LESSON.points, base_rate=0.1)
    again = adapt(replace(known, adapted=adapt(known, examples).detector.adapted), examples).detector
    assert again.held is not None
    assert (again.held.unit, again.held.number, again.held.share) == (Unit.EPISODES, 5, 0.1)
    assert again.base_rate == 0.1, "what lies beside the shipped one is not beside this one"
    assert [b.coverage for b in again.held.bands] == [0.8]
    assert not again.promises_flags, "what was measured of the one before says nothing of this one"
    assert again.promising(0.8).rules.sure_from == again.held.surely(0.8)
    assert again.promising(0.9).rules.sure_from is None
    assert "5 marked episodes and the time beside them that taught it" in card_text(again, "", examples)
    told = judged_apart(examples, partial(fit_linear, personal=shipped.personal))
    judged = [(e, e.log_odds + added) for e, added in told]
    assert again.held == held_at(judged, 0.1), "as the taught detector judges them"
    assert again.held.error is not None
    card = card_text(again, "", examples)
    assert f"off by {again.held.error:.3f} there" in card
    assert "so that 10.0 % of the time has" in card
    assert card.count("(reliability.svg)") == 1
    before = [replace(e, is_known=e is examples[0]) for e in examples]
    new = adapt(replace(known, adapted=again.adapted), before).detector.held
    assert new is not None
    assert new.number == 4, "what taught it before says nothing"
    several = [
        replace(e, person=f"P-{i % 4}", directions=np.tile(e.directions, 2)[:, :6])
        for i, e in enumerate(taught.support(24, 24, away=2.0))
    ]
    cohort = adapt(known, several, of_others=True)
    assert cohort.kind != SHIPPED
    assert cohort.detector.held is not None
    assert (cohort.detector.held.unit, cohort.detector.held.number) == (Unit.PEOPLE, 4)
    assert cohort.detector.held.bins
    assert "in the mean over new patients" in card_text(cohort.detector, "", several)
    assert "Tried on the 4 patients who taught it, each left out once" in card_text(cohort.detector, "", several)


def test_of_an_unknown_share_of_time_nothing_is_said_of_calibration(
    shipped: Detector, examples: list[Example], tmp_path: Path
) -> None:
    taught_one = adapt(replace(shipped, base_rate=None), examples).detector
    assert taught_one.held is not None
    assert (taught_one.held.error, taught_one.held.bins, taught_one.held.share) == (None, (), None)
    card = card_text(taught_one, "", examples)
    assert "is not known of its parent" in card
    assert "reliability.svg" not in card
    save(taught_one, tmp_path, card)
    assert not (tmp_path / DIAGRAM).exists()


def test_the_band_grows_by_the_doubt_of_few_examples(shipped: Detector, examples: list[Example]) -> None:
    embeddings = made.vectors_of(made.stream((0, 60)))
    adapted = adapt(shipped, examples).detector
    assert adapted.adapted is not None
    sure = replace(
        adapted,
        adapted=replace(adapted.adapted, correction=replace(adapted.adapted.correction, covariance=np.zeros((7, 7)))),
    )
    wide, narrow = (d.score(embeddings, ()) for d in (adapted, sure))
    np.testing.assert_array_equal(wide.probability, narrow.probability)
    assert (wide.upper - wide.lower >= narrow.upper - narrow.lower).all()
    assert (wide.upper - wide.lower > narrow.upper - narrow.lower).any()


def test_labels_that_speak_against_it_keep_the_detector(shipped: Detector) -> None:
    # All is well above the threshold, what is none too, and other patients would have it raised still.
    against = [replace(e, log_odds=e.log_odds + 8) for e in taught.support(4, 4)]
    choice = adapt(replace(shipped, personal=replace(taught.PRIOR, weights=(3.0, 0.0), usual=(9.0, 2.0))), against)
    assert choice.kind == SHIPPED
    assert choice.why.startswith("The detector stays as it is: where each example of 4 marked episodes was left out")


def test_what_is_expected_is_told_with_its_interval(shipped: Detector, examples: list[Example]) -> None:
    choice = adapt(shipped, examples)
    low, high = choice.gain.interval
    assert low < choice.gain.expected < high
    assert (low + high) / 2 == pytest.approx(choice.gain.expected)
    assert (high - low) / 2 == pytest.approx(1.96 * choice.gain.doubt)
    said = f"it should fall by {choice.gain.expected:.3f} elsewhere (95 % interval: "
    said += f"{'fall' if low >= 0 else 'rise'} by {abs(low):.3f} to fall by {high:.3f})."
    assert said in choice.why
    of_two = [replace(e, person=f"P-{i // 2 % 2}") for i, e in enumerate(examples)]
    told = adapt(shipped, of_two, of_others=True).why
    assert "in one more patient (95 % interval: " in told


def test_fewer_than_three_episodes_are_judged_by_what_other_patients_showed(shipped: Detector) -> None:
    choice = adapt(shipped, taught.support(2, 2))
    assert np.isnan(choice.gain.measured)
    assert choice.gain.expected == 0.5
    assert "2 marked episodes say too little of themselves" in choice.why
    assert "1 marked episode says too little of itself" in adapt(shipped, taught.support(1, 1)).why
    alone = adapt(shipped, taught.support(5)).why
    assert "nothing is there to tell 5 marked episodes from (mark some time without any as well), and" in alone
    bout = [
        replace(e, interval=Interval(9 * i, 9 * i + 9)) if e.is_positive else e
        for i, e in enumerate(taught.support(5, 5))
    ]
    assert (
        "5 marked episodes say too little of themselves where they lie less than 11 s apart" in adapt(shipped, bout).why
    )
    unknown = adapt(replace(shipped, personal=None), taught.support(2, 2))
    assert unknown.kind == SHIPPED
    assert unknown.why.endswith("and no other patients showed what adapting this detector brings.")
    assert "where other patients were adapted to, its error fell by 0.500" in choice.why


def test_an_example_left_out_is_not_learned_from() -> None:
    examples = taught.support(3, 3)
    seen: list[int] = []

    def fit(rest):  # type: ignore[no-untyped-def]  # of examples
        seen.append(next(i for i, e in enumerate(examples) if all(e is not r for r in rest)))
        return fit_linear(rest, taught.PRIOR)

    left_out(examples, taught.PRIOR, fit)
    assert seen == list(range(6))


def test_the_expected_gain_lies_between_what_was_measured_and_what_others_showed() -> None:
    examples = taught.support(5, 5)
    gain = weighed(
        examples, taught.PRIOR, left_out(examples, taught.PRIOR, lambda rest: fit_linear(rest, taught.PRIOR))
    )
    low, high = sorted((gain.measured, taught.PRIOR.gain))
    assert low < gain.expected < high
    assert gain.doubt < min(gain.error, taught.PRIOR.gain_sd)


def test_both_classes_count_alike_in_the_gain_and_its_doubt_is_that_of_two_normal_sources() -> None:
    examples = taught.support(3, 9)

    def fit(rest):  # type: ignore[no-untyped-def]  # of examples
        return fit_linear(rest, taught.PRIOR)

    each = np.array(left_out(examples, taught.PRIOR, fit))
    gain = weighed(examples, taught.PRIOR, list(each))
    assert gain.measured == pytest.approx((each[:3].mean() + each[3:].mean()) / 2)
    assert gain.error == pytest.approx(0.5 * np.sqrt(0.15**2 / 3 + 0.2**2 / 9))
    assert gain.doubt == pytest.approx(1 / np.sqrt(1 / gain.error**2 + 1 / 0.07**2))


def test_the_loss_weighs_both_classes_alike() -> None:
    margin, truth = np.array([1.0, -2.0, -2.0, -2.0]), np.array([True, False, False, False])
    assert balanced_loss(margin, truth) == pytest.approx((np.log1p(np.exp(-1)) + np.log1p(np.exp(-2))) / 2)


def test_a_label_reads_the_half_seconds_it_mostly_covers_and_that_could_be_judged(shipped: Detector) -> None:
    embeddings = made.vectors_of(made.stream((0, 60)))
    scores = shipped.score(embeddings, ((Interval(11 * SECOND, 12 * SECOND), "saturated"),))
    found = read_example(shipped, embeddings, scores, "f", Interval(10_300_000, 13_300_000), is_positive=True)
    # 10.5, 12, 12.5 and 13.0; 10.0 and 13.5 are covered by less than half
    assert len(found.log_odds) == 4
    np.testing.assert_allclose(1 / (1 + np.exp(-found.log_odds)), scores.probability[[21, 24, 25, 26]], rtol=1e-5)
    with pytest.raises(MotionwardError, match=r"from 11\.0 to 12\.0 s of f .* no half second"):
        read_example(shipped, embeddings, scores, "f", Interval(11 * SECOND, 12 * SECOND), is_positive=True)


def test_unlabelled_time_keeps_away_from_marks_and_gaps(shipped: Detector) -> None:
    embeddings = made.vectors_of(made.stream((0, 100), (120, 100)))
    scores: Scores = shipped.score(embeddings, ())
    marks = (Interval(50 * SECOND, 60 * SECOND),)
    found = unlabelled(shipped, embeddings, scores, "f", marks, 12)
    assert 6 < len(found) <= 12
    assert all(len(e.log_odds) == CLEAR_CELLS and not e.is_positive and e.weight < 1 for e in found)
    for e in found:
        assert e.interval.end <= 50 * SECOND - GUARD_US or e.interval.start >= 60 * SECOND + GUARD_US
        assert e.interval.end <= 100 * SECOND or e.interval.start >= 120 * SECOND
    assert unlabelled(shipped, embeddings, scores, "f", (Interval(0, 220 * SECOND),), 5) == []


def test_the_nearest_examples_come_first(shipped: Detector, examples: list[Example]) -> None:
    adapted = adapt(shipped, examples).detector.adapted
    assert adapted is not None
    (first, distance), *rest = adapted.nearest(examples[3].directions, 10)
    assert (first.start_us, distance) == (examples[3].interval.start, pytest.approx(0.0, abs=1e-6))
    assert [d for _, d in rest] == sorted(d for _, d in rest)


def test_what_nobody_marked_is_learned_from_but_is_no_evidence(shipped: Detector, examples: list[Example]) -> None:
    free = [replace(e, weight=0.5, is_positive=False) for e in examples[5:]]
    adapted = adapt(shipped, [*examples[:5], *free]).detector.adapted
    assert adapted is not None
    assert len(adapted.taught) == len(adapted.directions) == 5


def test_one_day_is_told_from_two(examples: list[Example]) -> None:
    later = replace(examples[0], interval=Interval(90_000 * SECOND, 90_005 * SECOND))
    assert is_one_day(examples)
    assert not is_one_day([*examples, later])
    assert not is_undated([*examples, later])


def test_recordings_without_a_date_tell_nothing_of_each_others_day(examples: list[Example]) -> None:
    def at(recording: str, start_s: int) -> Example:
        return replace(examples[0], recording=recording, interval=Interval(start_s * SECOND, (start_s + 5) * SECOND))

    today = 1_761_440_320
    assert is_one_day([at("a", 10), at("a", 1000)])
    for found in ([at("a", 10), at("b", 10)], [at("a", 10), at("b", today)]):
        assert not is_one_day(found)
        assert is_undated(found)
    assert is_one_day([at("a", today), at("b", today + 3600)])
    for found in ([at("a", today), at("b", today + 90_000), at("c", 10)], [at("a", 10), at("a", 90_000), at("b", 10)]):
        assert not is_one_day(found)
        assert not is_undated(found)


def test_a_detector_without_patients_expects_nothing() -> None:
    assert prior_of(made.detector()).gain < 0


def test_low_rank_matrices_lie_in_the_folder_and_week_old_scores_serve_them(
    shipped: Detector, examples: list[Example], tmp_path: Path
) -> None:
    bent = fit_low_rank(examples, taught.PRIOR)
    saved = save(with_correction(shipped, bent, examples, LOW_RANK, "a test"), tmp_path / "bent", "# A card\n")
    assert json.loads((tmp_path / "bent" / "detector.json").read_text())["format"] == 3
    assert saved.adapted is not None
    assert saved.adapted.correction.inward is not None
    np.testing.assert_array_equal(saved.adapted.correction.inward, bent.inward)
    further = with_correction(saved, fit_linear(examples[:4], taught.PRIOR), examples[:4], LINEAR, "a test")
    embeddings = made.vectors_of(made.stream((0, 60)))
    for after, before in ((saved, shipped), (further, saved)):
        slow, quick = after.score(embeddings, ()), rescored(after, before, before.score(embeddings, ()), embeddings)
        np.testing.assert_allclose(quick.probability, slow.probability, atol=2e-5)


def test_progress_does_not_fall_back_while_the_share_of_time_is_learned(
    shipped: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "is_better", lambda *_, **__: True)
    apart = 1_000_000_000
    whole = [
        replace(e, interval=Interval(at, at + 4_000_000), is_unselected=True)
        for n, e in enumerate(taught.support(20, 40))
        for at in (n % 8 * apart + n // 8 * 5_000_000,)
    ]
    said: list[float] = []
    choice = adapt(shipped, whole, progress=said.append)
    assert choice.kind == LOW_RANK
    assert "Everything was marked in 8 stretches of time" in choice.why
    assert said == sorted(said)
    assert said[-1] == 1


def test_why_a_detector_for_others_stays_says_what_it_takes_and_names_nothing_that_was_not_tried(
    shipped: Detector,
) -> None:
    known = replace(shipped, personal=replace(taught.PRIOR, prototypes=taught.PROTOTYPES))

    def why(*each: tuple[int, int]) -> str:
        examples = [
            replace(e, person=f"P-{n}", recording=f"{n}.csv")
            for n, (episodes, others) in enumerate(each)
            for e in taught.support(episodes, others, 2.0)
        ]
        return adapt(known, examples, of_others=True).why

    stays = "The detector stays as it is: "
    trials = "of others, for whom such a detector became worse in the trials."
    assert why((1, 5)) == f"{stays}1 marked episode of one patient tells nothing {trials}"
    assert why((5, 5), (0, 5)) == f"{stays}5 marked episodes of one patient tell nothing {trials}"
    for few in (((1, 5), (1, 5)), ((4, 4), (4, 0)), ((4, 0), (4, 0))):
        assert why(*few) == (
            f"{stays}{sum(n for n, _ in few)} marked episodes of 2 patients say too little of one another (it takes 3, "
            "and two patients who have both marked episodes and time without any)."
        )
    assert "where each of 3 patients was left out once" in why((5, 5), (5, 5), (0, 5))
    assert why((5, 5), (5, 5)).endswith("). Tried beside it: linear.")


def test_the_reason_says_how_many_marks_were_not_judged_since_the_detector_was_taught_then_before(
    shipped: Detector,
) -> None:
    new = taught.support(6, 6, 2.0)
    assert "before" not in adapt(shipped, new).why
    some = adapt(shipped, [replace(e, is_known=n == 0) for n, e in enumerate(new)])
    wide = 2 * READS_US / 1e6
    assert (
        f" 1 mark lies within {wide:.0f} s of what the detector learned from before and was not judged: mark another "
        "time to know more." in some.why
    )
    every = adapt(shipped, [replace(e, is_known=True) for e in new])
    assert not np.isfinite(every.gain.measured)
    assert " 12 marks lie within " in every.why
    assert (
        f"6 marked episodes say too little of themselves where the detector learned before within {wide:.0f} s of them,"
        " or of the time beside them, and" in every.why
    ), "the marks lie far enough from one another"
    beside = adapt(shipped, [replace(e, is_known=not e.is_positive, weight=1.0 if e.is_positive else 0.5) for e in new])
    assert "learned before within" in beside.why
    assert "not judged" not in beside.why, "no mark is among what is known"
    whole = [replace(e, is_known=True, is_unselected=True) for e in new]
    assert " 6 marks lie within " in adapt(shipped, whole).why, "what lies between the marks is none"


def test_patients_whose_time_the_detector_knows_are_not_counted_among_those_left_out(shipped: Detector) -> None:
    def why(*known: int, people: int) -> str:
        examples = [
            replace(e, person=f"P-{n}", recording=f"{n}.csv", is_known=n in known)
            for n in range(people)
            for e in taught.support(4, 4, 2.0)
        ]
        return adapt(shipped, examples, of_others=True).why

    assert "where each of 3 patients was left out once" in why(people=3)
    assert "where each of 2 patients was left out once" in why(0, people=3)
    assert f"time without any, {2 * READS_US / 1e6:.0f} s from what it learned from before)" in why(0, people=2)


def test_what_other_patients_showed_is_said_to_be_of_a_first_lesson_where_this_is_another(shipped: Detector) -> None:
    known = replace(shipped, personal=taught.PRIOR)
    own, later = ([replace(e, person="P-1", recording=r) for e in taught.support(2, 2)] for r in ("a.csv", "b.csv"))
    made = adapt(known, own).detector
    first = "where other patients were adapted to, its error fell"
    again = "where other patients were adapted to, of whom it had learned nothing before, its error fell"
    assert first in adapt(known, later).why
    assert again in adapt(made, later).why
    assert again in adapt(made, [replace(e, person="", recording="a.csv") for e in later]).why
    assert first in adapt(made, [replace(e, person="P-2") for e in later]).why
