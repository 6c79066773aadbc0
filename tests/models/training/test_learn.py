"""Everybody is judged once, by networks that were trained on others."""

from __future__ import annotations

import numpy as np

from models.training.corpus import Trial
from models.training.learn import by_fold


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
