"""Few labels for a tower: who is judged, how many labels are drawn, and what counts as freezing in a clip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.few_clips import DRAWS, SETS, SHOTS, _labels, missing, page, told
from data.datasets.common import NOT_ANNOTATED
from data.intervals import Interval
from data.phenomena import FREEZING
from data.recording import Annotation
from models.pretraining.pairs import Pairs
from tests.signals import recording_of

S = 1_000_000


def clips(people: int = 4, each: int = 12, actions: int = 2) -> Pairs:
    """Clips whose first sample names their action."""
    person = np.repeat([f"set/{i}" for i in range(people)], each * actions)
    action = np.tile(np.repeat(np.arange(actions), each), people)
    inertial = np.zeros((len(action), 350, 6), dtype=np.float32)
    inertial[:, 0, 0] = action
    return Pairs(inertial, np.full(len(action), 250), np.zeros((len(action), 0)), person, action)


def test_labels_come_from_people_who_are_not_judged_and_each_class_gives_as_many() -> None:
    given = clips()
    tested = ("set/2", "set/3")
    drawn: list[int] = []

    def answer(few: NDArray[np.int64], judged: NDArray[np.int64], _: int) -> NDArray[np.int64]:
        assert not set(given.person[few]) & set(given.person[judged])
        assert set(given.person[judged]) == set(tested)
        counts = np.bincount(given.action[few])
        assert counts.min() == counts.max() == len(set(few.tolist())) / 2
        drawn.append(int(counts[0]))
        return np.asarray(given.inertial[judged, 0, 0], dtype=np.int64)

    found = told(given, tested, answer)
    # 24 clips a class are at hand of those who teach: no draw of 50 or 100 can be made of them.
    assert list(found) == ["10", "20"]
    assert drawn == [10] * DRAWS + [20] * DRAWS
    assert all(draw == [1.0, 1.0] for draws in found.values() for draw in draws)


def test_who_always_says_the_same_is_at_chance() -> None:
    given = clips(actions=3)
    found = told(given, ("set/0",), lambda _few, judged, _seed: np.zeros(len(judged), dtype=np.int64))
    assert all(accuracy == pytest.approx(1 / 3) for draws in found.values() for accuracy, _ in draws)


def test_a_clip_is_freezing_from_half_of_it_on_and_unknown_below() -> None:
    recording = recording_of([(0.0, np.zeros((30 * 50, 3), dtype=np.float32))])
    start = recording.interval.start
    marks = tuple(
        Annotation(Interval(start + a * S, start + b * S), label)
        for label, a, b in ((FREEZING, 6, 9), (FREEZING, 14, 16), (NOT_ANNOTATED, 22, 23))
    )
    starts = start + np.arange(0, 30, 5) * S
    freezing = replace(recording, annotations=marks, source=replace(recording.source, name="tdcsfog/x"))
    assert _labels(freezing, starts) == ["none", "freezing", "", "", "", "none"]


def test_the_page_says_the_mean_of_the_draws_and_their_deviation() -> None:
    draws = [[0.5, 0.1], [0.7, 0.1]]
    results = {"utd-mhad": {"CMC, probe": {str(SHOTS[0]): draws}}}
    left = missing(results | dict.fromkeys(("motionsense", "tdcsfog"), results["utd-mhad"]))
    assert not any(t.startswith("CMC, probe") for t in left)
    assert "CMC, tuned (utd-mhad, motionsense, tdcsfog)" in left
    assert "CMC, probe (motionsense, tdcsfog)" in missing(results)
    text = page({"results": results, "missing": left})
    assert "| CMC, probe | 0.600 (0.141) |" in text
    assert "CMC, tuned (utd-mhad, motionsense, tdcsfog); " in text


def test_a_number_of_labels_that_was_not_measured_has_a_dash_and_is_told() -> None:
    draws = [[0.5, 0.1], [0.7, 0.1]]
    rows = {"CMC, probe": {"10": draws, "20": draws}, "CMC, tuned": {"20": draws}}
    left = missing(dict.fromkeys(SETS, rows))
    assert "CMC, tuned (utd-mhad, motionsense, tdcsfog)" in left
    assert "| CMC, tuned | – | 0.600 (0.141) |" in page({"results": {"tdcsfog": rows}, "missing": left})
