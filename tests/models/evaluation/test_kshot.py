"""The k-shot protocol: nothing leaks from query to support, and detectors that know nothing gain nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.grid import HOP_US
from data.intervals import Interval
from models.evaluation.kshot import GUARD_CELLS, METRICS, Row, Shot, Take, kshot, splits


def take(person: str, name: str, n: int, seed: int, *, marked: bool = True) -> Take:
    """Episodes of 6 to 14 half seconds, one in about 60."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(n, dtype=bool)
    for at in range(20, n - 20, 60) if marked else ():
        start = at + int(rng.integers(30))
        truth[start : start + int(rng.integers(6, 14))] = True
    return Take(person, name, truth, rng.random(n) < 0.98)


@pytest.fixture(scope="module")
def cohort() -> list[Take]:
    several = [take(f"p{i}", f"p{i}-{k}", 900, 10 * i + k) for i in range(6) for k in range(3)]
    return [*several, take("alone", "alone-0", 2400, 99), take("never", "never-0", 900, 98, marked=False)]


@given(st.integers(300, 1500), st.integers(0, 10**6))
def test_support_and_query_of_one_recording_are_a_guard_apart(n: int, seed: int) -> None:
    for s in splits([take("p", "r", n, seed)], seed, 5):
        used = [cell for shot in (*s.positives, *s.negatives) for cell in (shot.first, shot.last - 1)]
        ((_, keep),) = s.query
        tried = np.flatnonzero(keep)
        assert min(abs(u - t) for u in used for t in (tried[0], tried[-1])) >= GUARD_CELLS
        assert (max(used) < tried[0]) or (min(used) > tried[-1])


def test_support_and_query_of_several_recordings_share_none(cohort: list[Take]) -> None:
    found = splits(cohort, 1, 8)
    assert {s.person for s in found} == {"alone", *(f"p{i}" for i in range(6))}
    for s in found:
        shots = (*s.positives, *s.negatives)
        assert all(shot.take.person == s.person for shot in shots)
        assert all(t.person == s.person for t, _ in s.query)
        if s.person != "alone":
            assert not {shot.take.name for shot in shots} & {t.name for t, _ in s.query}
        for shot in shots:
            inside = slice(shot.first, shot.last)
            assert shot.take.judged[inside].all()
            assert (shot.take.truth[inside] == shot.is_positive).all()


@pytest.mark.parametrize("between", [0, 40, GUARD_CELLS, 5 * GUARD_CELLS])
def test_support_and_query_are_a_guard_apart_where_one_file_begins_soon_after_another(between: int) -> None:
    step = (900 + between) * HOP_US
    files = [replace(take("p", f"{k}", 900, k), recorded=Interval(k * step, k * step + 900 * HOP_US)) for k in range(4)]

    def when(of: Take, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        return cells + int(of.name) * step // HOP_US

    for s in splits(files, 1, 8):
        taught = np.concatenate([when(x.take, np.arange(x.first, x.last)) for x in (*s.positives, *s.negatives)])
        tried = np.concatenate([when(t, np.flatnonzero(keep)) for t, keep in s.query])
        assert np.abs(taught[:, None] - tried).min() >= GUARD_CELLS
        dropped = sum(int((t.judged & ~keep).sum()) for t, keep in s.query)
        assert (dropped > 0) == (between < GUARD_CELLS)


def test_sensors_that_recorded_at_once_never_stand_on_both_sides() -> None:
    both = [replace(take("p", f"{side}-{k}", 900, k), recording=str(k)) for k in range(3) for side in ("left", "right")]
    for s in splits(both, 1, 8):
        taught, tried = {shot.take.recording for shot in s.positives}, {t.recording for t, _ in s.query}
        assert not taught & tried
        assert len(s.query) == 2 * len(tried), "both sensors of a recording are tried"
    fuller = replace(take("p", "right", 2400, 1), recording="0")
    blank = replace(fuller, name="left", judged=np.zeros(2400, dtype=bool))
    alone = splits([blank, fuller], 1, 8)
    assert alone
    assert {t.name for s in alone for t, _ in s.query} == {"right"}


def rows(found: Sequence[Row], metric: str) -> dict[int, Row]:
    return {r.k: r for r in found if r.metric == metric}


def test_always_on_never_on_and_random_gain_nothing_from_any_label(cohort: list[Take]) -> None:
    def random(support: Sequence[Shot]):
        return lambda t: np.random.default_rng([len(support), len(t.name), int(t.truth.sum())]).normal(
            size=len(t.truth)
        )

    share = np.mean([t.truth[t.judged].mean() for t in cohort if t.person != "never"])
    always = kshot(cohort, lambda _: lambda t: np.ones(len(t.truth)), 0, draws=4)
    never = kshot(cohort, lambda _: lambda t: -np.ones(len(t.truth)), 0, draws=4)
    guessed = kshot(cohort, random, 0, draws=4)
    assert {r.k for r in always} == {0, 1, 3, 5, 10, 20}  # nobody has 50 episodes in a support
    for found in (always, never):
        assert all(r.gain == r.gain_low == r.gain_high == r.harmed == 0 for r in found)
        assert all(r.value == 0.5 for r in rows(found, "auroc").values())
    assert rows(never, "f1")[0].value == 0.0
    assert rows(always, "f1")[0].value == pytest.approx(2 * share / (1 + share), abs=0.05)
    for r in rows(guessed, "auroc").values():
        assert r.value == pytest.approx(0.5, abs=0.08)
        assert r.gain_low < 0.02
    assert rows(guessed, "ap")[0].value == pytest.approx(share, abs=0.1)


def test_a_detector_that_learns_rises_and_is_compared_on_the_same_splits(cohort: list[Take]) -> None:
    def teach(support: Sequence[Shot]):
        skill = len(support) / 10

        def score(t: Take) -> np.ndarray:
            noise = np.random.default_rng([len(t.name), len(t.truth)]).normal(size=len(t.truth))
            return noise + skill * np.where(t.truth, 1.0, -1.0) * 2

        return score

    found = kshot(cohort, teach, 3, draws=4)
    for metric in METRICS:
        values = rows(found, metric)
        assert [values[k].value for k in (0, 1, 3, 5, 10)] == sorted(values[k].value for k in (0, 1, 3, 5, 10))
        assert values[0].gain == 0
        assert values[5].gain_low > 0
        assert values[5].harmed == 0
        assert values[5].low <= values[5].value <= values[5].high


def test_the_same_seed_gives_the_same_rows_and_no_labels_give_none(cohort: list[Take]) -> None:
    def plain(_: Sequence[Shot]):
        return lambda t: t.truth - 0.5

    assert kshot(cohort, plain, 5, draws=2) == kshot(cohort, plain, 5, draws=2)
    assert kshot([t for t in cohort if t.person == "never"], plain, 5) == ()


def test_the_support_holds_k_of_either_kind(cohort: list[Take]) -> None:
    seen: list[tuple[int, int]] = []

    def teach(support: Sequence[Shot]):
        seen.append((sum(s.is_positive for s in support), sum(not s.is_positive for s in support)))
        return lambda t: np.zeros(len(t.truth))

    kshot(cohort, teach, 0, shots=(3,), draws=2)
    assert set(seen) == {(0, 0), (3, 3)}
