"""Which head a class of one's own gets: the logistic one, unless what was left out says otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.adapters import heads
from models.adapters.choose import FOLDS
from models.adapters.example import Example
from models.adapters.heads import LOGISTIC, LOW_RANK, PARTS, PROTOTYPE, choose_head, fit_head, fit_low_rank_head
from models.adapters.held_out import judged_apart
from tests.models.adapters import taught


def straight(episodes: int, others: int, away: float = 1.0) -> list[Example]:
    return [replace(e, log_odds=np.zeros(len(e.log_odds))) for e in taught.support(episodes, others, away=away)]


def round_about(episodes: int, others: int) -> list[Example]:
    """What is marked lies on both sides of what is not: no straight line parts them."""
    out = []
    for i, e in enumerate(straight(episodes, others, 0.0)):
        x = 0.4 * e.directions
        x[:, 0] += (2.0 if i % 2 else -2.0) if e.is_positive else 0.0
        out.append(replace(e, directions=x))
    return out


def test_few_episodes_get_the_logistic_head_and_nothing_else_is_tried() -> None:
    found = choose_head(straight(19, 40))
    assert (found.kind, found.tried) == (LOGISTIC, (LOGISTIC,))


def test_what_a_line_parts_keeps_the_logistic_head() -> None:
    found = choose_head(straight(24, 48, 2.0))
    assert found.kind == LOGISTIC
    assert found.tried == (LOGISTIC, PROTOTYPE, LOW_RANK)


def test_what_lies_on_both_sides_gets_low_rank_matrices_and_tells_how_far_it_is() -> None:
    told: list[float] = []
    examples = round_about(40, 80)
    found = choose_head(examples, told.append)
    assert found.kind == LOW_RANK
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert max(np.diff([0.0, *told])) < 0.1, "the bar never stands still for long"
    head, bent = fit_head(examples), found.fit(examples)

    def right(odds: list[np.ndarray]) -> float:
        return float(np.mean([np.mean((z > np.median(np.concatenate(odds))) == e.is_positive)
                              for z, e in zip(odds, examples, strict=True)]))  # fmt: skip

    assert right([bent.of(e.directions)[0] for e in examples]) > right([head.of(e.directions)[0] for e in examples])
    assert len({id(e) for e, _ in found.judged}) == len(examples), "each was left out once"


def test_prototypes_are_taken_where_a_shared_covariance_tells_more() -> None:
    rng = np.random.default_rng(4)
    out = []
    mixed = np.linalg.cholesky(np.full((40, 40), 0.97) + 0.03 * np.eye(40))
    for i in range(72):
        plain = taught.example(i, is_positive=i < 24, k=40)
        x = rng.normal(size=(8, 40)) @ mixed.T
        x[:, 0] += 0.5 if i < 24 else 0.0  # small beside what all columns share, large beside what they do not
        out.append(replace(plain, directions=x, log_odds=np.zeros(8)))
    assert choose_head(out).kind == PROTOTYPE


def test_low_rank_starts_at_the_logistic_head() -> None:
    """With a prior so tight nothing is bent: the head alone is left."""
    examples = straight(25, 50, 1.5)
    head, bent = fit_head(examples), fit_low_rank_head(examples)
    x = np.concatenate([e.directions for e in examples])
    assert np.corrcoef(head.of(x)[0], bent.of(x)[0])[0, 1] > 0.95


def test_heads_are_compared_as_if_there_were_as_many_half_seconds_of_each_class() -> None:
    rng = np.random.default_rng(0)
    blind = [(e, rng.normal(0.0, 0.5, len(e.log_odds))) for e in straight(10, 190, 0.0)]
    losses = heads._losses(blind)
    for side in (True, False):
        mean = np.mean([losses[id(e)] for e, _ in blind if e.is_positive is side])
        assert mean == pytest.approx(np.log(2), abs=0.1), "what tells nothing apart loses as much on either"


def test_low_rank_is_compared_with_what_was_left_out_in_as_few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, int | None]] = []

    def watched(examples: list[Example], fit: object, folds: int | None = None) -> object:
        asked.append((fit, folds))
        return judged_apart(examples, fit, folds)

    monkeypatch.setattr(heads, "judged_apart", watched)
    choose_head(straight(24, 48, 2.0))
    assert (fit_head, FOLDS) in asked
    assert [folds for _, folds in asked] == [PARTS, PARTS, FOLDS, FOLDS]
