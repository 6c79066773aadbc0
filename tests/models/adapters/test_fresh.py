import re
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.intervals import Interval
from data.recording import Placement
from models.adapters import fresh
from models.adapters.example import Example
from models.adapters.fresh import best_threshold, blank, left_out, teach
from models.adapters.heads import LOW_RANK, fit_head
from models.adapters.held_out import calibrated, cross_fitted
from models.calibration import Known, sigmoid
from models.detectors import load, save
from models.reliability import calibration_error
from tests.models.adapters import taught
from tests.models.adapters.test_heads import round_about
from tests.models.detectors import made


def of_inputs(episodes: int, others: int):  # type: ignore[no-untyped-def]  # examples of the 6 columns read
    return [
        replace(taught.example(i, is_positive=p, away=2.0 if p else -2.0, k=6), log_odds=np.zeros(8))
        for i, p in enumerate([True] * episodes + [False] * others)
    ]


def test_a_blank_detector_knows_nothing_and_finds_the_support_familiar() -> None:
    embeddings = made.vectors_of(made.stream((0, 120)))
    new = blank(
        made.detector(),
        "tic",
        (Placement.HEAD,) if hasattr(Placement, "HEAD") else (Placement.WRIST,),
        embeddings.vectors,
    )
    scores = new.score(embeddings, ())
    assert scores.valid.all()
    np.testing.assert_array_equal(scores.probability, 0.5)
    np.testing.assert_array_equal([scores.lower, scores.upper], [[0.0] * len(scores.lower), [1.0] * len(scores.lower)])
    assert (new.phenomenon, new.parent) == ("tic", None)


def test_what_is_familiar_of_a_week_is_learned_without_holding_all_of_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(1).normal(size=(1_000_000, 10)).astype(np.float16)
    vectors[500_000:] *= np.float16(2.0)  # another half of the week: the first hours don't stand for it

    def learned() -> Known:
        return blank(made.detector(), "tic", (Placement.WRIST,), vectors).known

    tracemalloc.start()
    found = learned()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * vectors.nbytes  # standardised at once, in double precision and centred, it is eight times that
    monkeypatch.setattr("models.adapters.fresh.ENOUGH", len(vectors))
    whole = learned()
    assert (found.edge, found.outside) == pytest.approx((whole.edge, whole.outside), rel=0.03)


def test_nothing_of_what_it_was_made_from_is_unfamiliar_however_rare() -> None:
    vectors = np.random.default_rng(2).normal(size=(50_000, 10)).astype(np.float16)
    vectors[12_345] = 40.0  # a fall, between the half seconds that tell how vectors vary
    new = blank(made.detector(), "tic", (Placement.WRIST,), vectors)
    far = new.known.distance(new.network.standardised(vectors))
    assert far.argmax() == 12_345
    assert far.max() < new.known.outside


def test_a_taught_phenomenon_is_flagged_from_its_folder(tmp_path: Path) -> None:
    worn = made.stream((0, 120))
    embeddings = made.vectors_of(worn)
    vectors = embeddings.vectors.copy()
    vectors[100:112, :] = 3.0
    embeddings = replace(embeddings, vectors=vectors)
    new = teach(blank(made.detector(), "tic", (Placement.LOWER_BACK,), vectors), of_inputs(5, 5), "a.b.")
    saved = save(new, tmp_path / "tic", "# A card\n")
    again = load(tmp_path / "tic")
    (found, *rest) = again.episodes(again.score(embeddings, ()), worn.recorded, Placement.LOWER_BACK)
    assert found.phenomenon == "tic"
    assert found.detector == saved.version
    assert any(e.interval.start <= 50_000_000 < e.interval.end for e in (found, *rest))


def test_many_unmarked_stretches_do_not_drown_few_marks() -> None:
    moved = [fit_head(of_inputs(3, n)).of(np.array([[2.0, 0, 0, 0, 0, 0]]))[0][0] for n in (3, 60)]
    assert moved[1] == pytest.approx(moved[0], abs=0.25)


def test_the_threshold_comes_from_episodes_left_out() -> None:
    assert best_threshold(of_inputs(1, 5)) == 0.5
    assert 0.02 <= best_threshold(of_inputs(6, 20)) <= 0.98


def test_every_example_is_judged_by_a_head_that_was_not_taught_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = of_inputs(3, 4)
    missing: list[set[int]] = []

    def watched(taught_with):  # type: ignore[no-untyped-def]  # examples
        missing.append({i for i, e in enumerate(examples) if all(e is not t for t in taught_with)})
        return fit_head(taught_with)

    monkeypatch.setattr(fresh, "fit_head", watched)
    best_threshold(examples)
    assert missing == [{0, 3, 4}, {1, 5}, {2, 6}]


def test_no_head_is_taught_with_what_shares_a_sample_with_what_it_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wholly marked stretch: an episode every half minute, and pieces of 5 s between, one after another."""
    examples = [
        replace(e, interval=Interval(at * 1_000_000, at * 1_000_000 + 4_000_000))
        for at, e in zip(range(0, 600, 5), of_inputs(120, 0), strict=True)
    ]
    examples = [replace(e, is_positive=i % 6 == 0) for i, e in enumerate(examples)]
    heads: list[list[Example]] = []

    class Watched:
        def __init__(self, taught_with: list[Example]) -> None:
            heads.append(taught_with)
            self.head = fit_head(taught_with)

        def of(self, directions: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            judged = next(e for e in examples if e.directions is directions)
            gaps = [max(judged.interval.start - e.interval.end, e.interval.start - judged.interval.end)
                    for e in heads[-1]]  # fmt: skip
            assert min(gaps) >= 2 * judged.margin_us
            return self.head.of(directions)

    monkeypatch.setattr(fresh, "fit_head", Watched)
    odds, truth = left_out(examples)
    assert (truth.sum(), len(odds)) == (20 * 8, 120 * 8)
    assert min(len(h) for h in heads) > 80


def test_time_around_episodes_that_lie_together_is_judged_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wholly marked hour with three episodes in its first minutes: the share of time that holds all of them."""
    at_s = (60, 200, 500)
    starts = [*at_s, *(t for t in range(0, 3600, 6) if all(t + 5 < a or t > a + 5 for a in at_s))]
    examples = [
        replace(e, interval=Interval(t * 1_000_000, t * 1_000_000 + 4_000_000))
        for t, e in zip(starts, of_inputs(3, len(starts) - 3), strict=True)
    ]
    judged: list[Example] = []

    class Watched:
        def __init__(self, taught_with: list[Example]) -> None:
            self.taught_with, self.head = taught_with, fit_head(taught_with)

        def of(self, directions: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            judged.append(next(e for e in examples if e.directions is directions))
            assert not any(judged[-1].read.overlaps(e.read) for e in self.taught_with)
            return self.head.of(directions)

    monkeypatch.setattr(fresh, "fit_head", Watched)
    assert left_out(examples) is not None
    assert sorted(e.interval for e in judged) == sorted(e.interval for e in examples)


def test_the_only_stretch_without_any_is_not_judged_by_itself() -> None:
    assert left_out(of_inputs(3, 1)) is None
    assert best_threshold(of_inputs(3, 1)) == 0.5
    blank_one = blank(made.detector(), "tic", (Placement.WRIST,), made.vectors_of(made.stream((0, 120))).vectors)
    assert "its threshold could not be learned too" in teach(blank_one, of_inputs(3, 1)).adapted.why
    assert "its threshold from leaving each out once" in teach(blank_one, of_inputs(3, 3)).adapted.why


def wandering(episodes: int, others: int, seed: int = 5):  # type: ignore[no-untyped-def]  # as above
    """Examples that cannot be told apart wholly: half a standard deviation between them."""
    rng = np.random.default_rng(seed)
    found = []
    for i, p in enumerate([True] * episodes + [False] * others):
        plain = taught.example(i, is_positive=p, away=0.0, k=6)
        x = rng.normal(0.8 if p else 0.0, 1.0, plain.directions.shape)
        found.append(replace(plain, directions=x, log_odds=np.zeros(len(x))))
    return found


def test_no_head_is_taught_with_the_moment_of_another_sensor_that_it_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    one = taught.support(3, 4)
    both = [*one, *(replace(e, stream="other") for e in one if e.is_positive)]
    heads = []

    def fit(examples):
        heads.append(examples)
        return fit_head(examples)

    monkeypatch.setattr(fresh, "fit_head", fit)
    assert left_out(both) is not None
    assert [sum(e.is_positive for e in head) for head in heads] == [4] * 6
    assert left_out([e for e in both if not e.is_positive or e.interval == one[0].interval]) is None


def test_what_several_people_teach_is_judged_in_people_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [replace(e, person=f"P-{n}", recording=f"{n}.csv") for n in range(3) for e in of_inputs(3, 4)]
    lessons: list[set[str]] = []

    def watched(taught_with):  # type: ignore[no-untyped-def]  # as above
        lessons.append({e.person for e in taught_with})
        return fit_head(taught_with)

    monkeypatch.setattr(fresh, "fit_head", watched)
    odds, truth = left_out(examples)
    assert lessons == [{"P-1", "P-2"}, {"P-0", "P-2"}, {"P-0", "P-1"}]
    assert len(odds) == sum(len(e.log_odds) for e in examples)
    assert truth.sum() == sum(len(e.log_odds) for e in examples if e.is_positive)
    one = blank(made.detector(), "tic", (Placement.WRIST,), made.vectors_of(made.stream((0, 120))).vectors)
    why = teach(one, examples).adapted.why
    assert "its threshold from leaving each patient out once" in why
    assert "each patient left out once" in why
    bare = [e for e in examples if e.is_positive or e.person == "P-0"]
    assert "each episode left out once; of other people they say nothing" in teach(one, bare).adapted.why


def test_probabilities_are_shares_of_what_was_left_out() -> None:
    examples = wandering(12, 60)
    odds, truth = left_out(examples)
    slope, intercept = calibrated(odds, truth)
    given = sigmoid(slope * odds + intercept)
    assert given.mean() == pytest.approx(truth.mean(), abs=0.02), "no more of the time than there is"
    assert abs(sigmoid(odds).mean() - truth.mean()) > 0.1, "the head alone takes both classes for equally frequent"
    for part in np.array_split(np.argsort(given), 4):
        assert given[part].mean() == pytest.approx(truth[part].mean(), abs=0.1)


def test_the_calibration_error_is_of_those_that_did_not_calibrate() -> None:
    rng = np.random.default_rng(2)
    one = of_inputs(1, 1)[0]

    def drawn(person: str, shift: float) -> list[tuple[Example, np.ndarray]]:
        odds = rng.normal(0, 2, 400)
        truth = rng.random(400) < sigmoid(odds + shift)
        return [
            (replace(one, is_positive=bool(y), person=person), np.array([z])) for y, z in zip(truth, odds, strict=True)
        ]

    def error(judged: list[tuple[Example, np.ndarray]]) -> float:
        return calibration_error(*cross_fitted(judged))

    assert error(drawn("P-1", 3.0)) < 0.06, "a shift that both halves share is learned"
    assert error([*drawn("P-1", -2.0), *drawn("P-2", 2.0)]) > 0.2, "what differs among people is not"
    assert cross_fitted(drawn("P-1", 0.0)[:1]) is None


def test_two_episodes_at_two_sensors_are_too_few_to_calibrate_by() -> None:
    new = blank(made.detector(), "tic", (Placement.LOWER_BACK,), made.vectors_of(made.stream((0, 120))).vectors)
    two, three = (teach(new, of_inputs(n, 6)).adapted for n in (2, 3))
    both = [*of_inputs(2, 6), *(replace(e, stream="other") for e in of_inputs(2, 6))]
    twice = teach(new, both).adapted
    assert two is not None
    assert three is not None
    assert twice is not None
    assert [fresh.CALIBRATED in a.why for a in (two, three, twice)] == [False, True, False]
    assert [re.search(r"they are off by \d\.\d\d \(calibration error\)", a.why) is not None for a in (two, three)] == [
        False, True,
    ]  # fmt: skip


def test_what_is_flagged_does_not_depend_on_the_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    worn = made.stream((0, 300))
    embeddings = made.vectors_of(worn)
    vectors = embeddings.vectors - 2.0
    for i in range(10):
        vectors[60 * i : 60 * i + 4 + i] += 0.5 * i
    embeddings = replace(embeddings, vectors=vectors)
    examples = wandering(8, 40)
    new = blank(made.detector(), "tic", (Placement.LOWER_BACK,), embeddings.vectors)
    shares = teach(new, examples)
    monkeypatch.setattr(fresh, "calibrated", lambda *_: (1.0, 0.0))
    plain = teach(new, examples)
    one, two = (d.score(embeddings, ()) for d in (shares, plain))
    assert np.abs(one.probability - two.probability).max() > 0.05
    found, before = (
        [(e.interval, e.certainty) for e in d.episodes(s, worn.recorded, Placement.LOWER_BACK)]
        for d, s in ((shares, one), (plain, two))
    )
    assert found == before
    assert len(found) > 3
    assert "each episode left out once" in shares.adapted.why
    assert "left out once; of other people" not in plain.adapted.why


def test_too_few_episodes_or_none_that_are_told_apart_calibrate_nothing() -> None:
    few = teach(blank(made.detector(), "tic", (Placement.WRIST,), np.zeros((40, 10))), of_inputs(2, 6))
    assert few.rules.hysteresis == fresh.RULES.hysteresis
    rng = np.random.default_rng(1)
    odds = rng.normal(size=400)
    assert calibrated(odds, odds < 0) == (1.0, 0.0), "upside down"


def test_one_class_alone_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="what it is not"):
        teach(blank(made.detector(), "tic", (Placement.WRIST,), np.zeros((40, 10))), of_inputs(3, 0))


def test_the_alarm_budget_of_a_new_class_comes_from_what_was_left_out(tmp_path: Path) -> None:
    new = teach(blank(made.detector(), "tic", (Placement.WRIST,), np.zeros((40, 10))), wandering(12, 60))
    assert new.held is not None
    assert [(p.threshold, p.false_alarms_per_hour, p.sensitivity) for p in new.points] == [
        (p.threshold, p.alarms_per_hour, p.sensitivity) for p in new.held.curve
    ]
    alarms = [p.false_alarms_per_hour for p in new.points]
    strict, loose = (new.at_false_alarms(b).threshold for b in (min(alarms), max(alarms)))
    assert strict > loose
    saved = save(new, tmp_path / "tic", "# A card\n")
    assert (saved.points, saved.held) == (new.points, new.held)
    few = teach(blank(made.detector(), "tic", (Placement.WRIST,), np.zeros((40, 10))), of_inputs(2, 6))
    assert (few.points, few.held) == ((), None)


def test_the_head_that_the_examples_call_for_is_the_one_that_is_kept() -> None:
    new = teach(blank(made.detector(), "tic", (Placement.WRIST,), np.zeros((40, 10))), round_about(40, 80))
    assert new.adapted is not None
    assert new.adapted.kind == LOW_RANK
    assert new.adapted.correction.inward is not None
    assert "A low-rank head was learned from 40 marked episodes alone" in new.adapted.why
    assert "Tried beside it: logistic, prototypes." in new.adapted.why
