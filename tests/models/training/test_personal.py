import numpy as np
import pytest
from numpy.typing import NDArray

from data.intervals import Interval
from models.adapters.example import Example
from models.detectors import shipped
from models.training import personal as training
from models.training.personal import EVERYBODY, GRID, Draw, Side, f1_curve, linear_priors, priors


def draw(person: int, low: float, seed: int) -> Draw:
    """Somebody whose episodes lie around ``low``, with everything else around ``low - 3``."""
    rng = np.random.default_rng([person, seed])

    def odds(n: int, *, frozen: bool) -> NDArray[np.float64]:
        return np.asarray(rng.normal(low if frozen else low - 3.0, 0.5, n))

    def example(recording: str, *, frozen: bool) -> Example:
        at = Interval(0, 4_000_000)
        return Example(recording, "s", at, frozen, 1.0, rng.normal(size=(8, 3)), odds(8, frozen=frozen))

    truth = np.arange(300) < 90
    query = Side(rng.normal(size=(300, 3)), np.where(truth, odds(300, frozen=True), odds(300, frozen=False)), truth)
    return Draw(f"p{person}", *(tuple(example(f"{f} {i}", frozen=f) for i in range(10)) for f in (True, False)), query)


@pytest.fixture(scope="module")
def people() -> list[Draw]:
    return [draw(p, low, s) for p, low in enumerate(np.linspace(-2, 2, 9)) for s in range(2)]


def test_whose_episodes_are_weak_is_found_to_need_a_lower_threshold(people: list[Draw]) -> None:
    prior = priors(people)[EVERYBODY]
    assert prior.weights[0] > 0.5
    assert prior.gain > 0
    weak, strong = (prior.shift([np.full(8, v)] * 5) for v in (-2.0, 2.0))
    assert weak > 0.5 > -0.5 > strong


def test_a_prior_for_a_person_does_not_know_that_person(people: list[Draw]) -> None:
    whole = priors(people)
    without = priors([d for d in people if d.person != "p3"])
    assert whole["p3"].weights == without[EVERYBODY].weights
    assert whole["p3"].balance == without[EVERYBODY].balance
    assert whole["p3"].usual == without[EVERYBODY].usual
    assert whole["p3"].weights != whole[EVERYBODY].weights
    own, others = whole["p3"].prototypes, without[EVERYBODY].prototypes
    assert own is not None
    assert others is not None
    assert (own.means, own.covariance) == (others.means, others.covariance)


def test_a_detector_comes_with_nothing_of_prototypes(people: list[Draw], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "draws", lambda *_: people)
    found = training.personal(*[None] * 4, 0)  # type: ignore[arg-type]  # not looked at
    assert found is not None
    assert found.prototypes is None
    assert found == linear_priors(people)[EVERYBODY]
    assert [d.personal.prototypes for d in shipped() if d.personal] == [None]


def test_the_curve_is_f1_at_every_threshold(people: list[Draw]) -> None:
    query = people[0].query
    curve = f1_curve(query)
    for i in (0, 40, 77, 120):
        flagged = query.log_odds >= GRID[i]
        right = int((flagged & query.truth).sum())
        assert curve[i] == pytest.approx(2 * right / (flagged.sum() + query.truth.sum()))
