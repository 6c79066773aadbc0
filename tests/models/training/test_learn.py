"""Everybody is judged once, by networks that were trained on others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.errors import MotionwardError
from models.training.corpus import Trial
from models.training.learn import by_fold, share_of
from models.training.validate import Corpus, judge


def trial(person: str, number: int, *, freezes: bool) -> Trial:
    frozen = np.full(4, float(freezes), dtype=np.float32)
    vectors = np.zeros((4, 2), dtype=np.float16)
    return Trial(f"set/{person}", "made", f"{person}-{number}", "", vectors, frozen, np.ones(4, dtype=bool), ())


def test_nobody_is_on_both_sides_of_a_fold_and_everybody_is_outside_once() -> None:
    items = [trial(p, k, freezes=p in "abcd") for p in "abcdefgh" for k in range(2)]
    each, fold = by_fold(
        items, 3, 7, lambda inside, outside, i: ({t.person for t in inside}, {t.person for t in outside}, i)
    )
    everybody = {t.person for t in items}
    assert [i for *_, i in each] == [0, 1, 2]
    for inside, outside, i in each:
        assert inside | outside == everybody
        assert not inside & outside
        assert outside == {p for p in everybody if fold[p] == i}


def test_windows_of_a_test_person_planted_in_training_are_caught() -> None:
    training = [trial(p, 0, freezes=True) for p in "ab"]
    testing = [trial(p, 1, freezes=True) for p in "cd"]
    with pytest.raises(MotionwardError, match="in training and in testing"):
        judge(Corpus({}, {}, {}), [*training, trial("c", 2, freezes=True)], testing, "lower back", 1, 1)


def test_in_the_share_of_time_people_weigh_by_the_root_of_what_they_gave() -> None:
    items = [trial("a", 0, freezes=True), *(trial("b", k, freezes=False) for k in range(4))]
    assert share_of(items) == pytest.approx(2 / (2 + 4))
    unjudged = replace(items[0], judged=np.array([True, False, False, False]))
    assert share_of([unjudged, *items[1:]]) == pytest.approx(0.5 / (0.5 + 4)), "who gave it is all of the recording"
