"""What is promised of a new person's flags holds for people whom nobody looked at, and for no fewer."""

from __future__ import annotations

import numpy as np
import pytest

from data.grid import HOP_US
from data.intervals import Interval
from models.conformal import cutoff
from models.detectors.rules import Rules
from models.evaluation.metrics import Track
from models.evaluation.promise import peaks, sure_from

RULES = Rules(0.5, 0.0, 1_000_000, 500_000)


def track(person: str, *flags: tuple[float, bool]) -> Track:
    """A flag of two half seconds every five seconds, its peak in the second one, marked or not."""
    p = np.zeros(10 * len(flags) + 10)
    marks = []
    for i, (peak, is_true) in enumerate(flags):
        p[10 * i + 2 : 10 * i + 4] = 0.5, peak
        if is_true:
            marks.append(Interval((10 * i + 1) * HOP_US, (10 * i + 3) * HOP_US))
    truth = np.zeros(len(p), dtype=bool)
    return Track(person, p, truth, np.ones(len(p), dtype=bool), tuple(marks))


def test_flags_of_a_person_are_those_of_all_their_recordings_with_their_peaks() -> None:
    found = peaks([track("a", (0.75, True), (0.5, False)), track("b"), track("a", (0.875, False))], RULES)
    assert list(found) == ["a", "b"]
    assert found["a"][0].tolist() == [0.75, 0.5, 0.875]
    assert found["a"][1].tolist() == [True, False, False]
    assert len(found["b"][0]) == 0


def test_what_was_not_judged_is_no_peak() -> None:
    t = track("a", (0.9, False))
    judged = np.ones(len(t.scores), dtype=bool)
    judged[3] = False
    (peak,), _ = peaks([Track("a", t.scores, t.truth, judged, t.marks)], RULES)["a"]
    assert peak == 0.5


def test_too_few_people_promise_nothing() -> None:
    people = peaks([track(str(i), (0.75, True)) for i in range(8)], RULES).values()
    assert sure_from(people, 0.8) == 0.0
    assert sure_from(people, 0.9) is None  # one more person, all of whose flags are false, is a ninth


@pytest.mark.parametrize("share", [0.8, 0.9, 0.95])
def test_new_people_keep_to_the_promise_in_the_mean(share: float) -> None:
    rng = np.random.default_rng(3)

    def person(i: int) -> Track:
        bad = rng.uniform(0.05, 0.6)  # people differ in how many of their flags are false
        return track(
            str(i), *((float(np.clip(rng.normal(0.72 if y else 0.6, 0.1), 0.5, 0.99)), y) for y in rng.random(20) > bad)
        )

    kept = []
    for _ in range(40):
        at = sure_from(peaks([person(i) for i in range(40)], RULES).values(), share)
        assert at is not None
        for p, y in peaks([person(i) for i in range(10)], RULES).values():
            kept.append(1 - float(np.mean((p >= at) & ~y)))
    assert share <= np.mean(kept) < share + 0.03


def test_the_cut_off_is_that_of_conformal_risk_control_over_people() -> None:
    rng = np.random.default_rng(4)
    people = peaks([track(str(i), *zip(rng.uniform(0.5, 1, 6), rng.random(6) < 0.6, strict=True)) for i in range(30)],
                   RULES)  # fmt: skip
    wanted = cutoff([p[~y] for p, y in people.values()], [len(p) for p, _ in people.values()], 0.1)
    assert sure_from(people.values(), 0.9) == wanted
