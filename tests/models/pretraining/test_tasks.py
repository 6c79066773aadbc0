"""Masks cover what they should, and each objective learns on the tiny set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.encoders.imu import shape_net
from models.pretraining import corpus, tasks, train
from models.pretraining.tasks import Both, spans, untold
from models.pretraining.windows import Windows
from tests.models.pretraining.tiny import small, tiny


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
def test_spans_cover_about_their_share_and_are_no_shorter_than_a_fifth_of_a_second(share: float) -> None:
    hidden = spans(np.random.default_rng(1), 400, 326, share)
    assert hidden.mean() == pytest.approx(share, abs=0.06)
    edges = np.diff(np.pad(hidden, ((0, 0), (1, 1))).astype(int), axis=1)
    begin, end = np.nonzero(edges == 1)[1], np.nonzero(edges == -1)[1]
    inside = end < 326  # the last may be cut off by the end of the window
    assert (end - begin)[inside].min() >= 10


def test_what_is_untold_is_the_error_of_hidden_samples_that_exist_one_by_one() -> None:
    draw = np.random.default_rng(2)
    told, whole = draw.normal(size=(3, 2, 150)), draw.normal(size=(3, 251, 8))
    whole[..., 6:] = draw.random((3, 251, 2)) < 0.7
    hidden = draw.random((3, 251)) < 0.4
    total, count = 0.0, 0
    for i in range(3):
        for n in range(2):
            for k in range(25):
                at = 100 + 25 * n + k  # a vector tells its own half second, 100 samples into what it reads
                for c in range(6):
                    if hidden[i, at] and whole[i, at, 6 + c // 3]:
                        error = abs(told[i, n, 6 * k + c] - whole[i, at, c])
                        total += error**2 / 2 if error < 1 else error - 0.5
                        count += 1
    found = untold(*(torch.from_numpy(x) for x in (told, whole, hidden)))
    assert found.item() == pytest.approx(total / count, rel=1e-9)
    nothing = torch.zeros(3, 251, dtype=torch.bool)
    assert untold(torch.from_numpy(told), torch.from_numpy(whole), nothing).item() == 0


def test_both_at_once_teach_both_heads_as_weighted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    seen = corpus.load_corpus(tmp_path, {"tiny": ["5"]})
    learned = {}
    for weight in (0.0, 10.0):
        settings = small("both")
        settings["training"]["masked_weight"] = weight
        torch.manual_seed(1)
        task = Both(seen, Windows.of(seen), settings)
        net = shape_net((16, 16, 32))
        task(net, np.random.default_rng(1), torch.Generator().manual_seed(1))[0].backward()
        learned[weight] = [
            sum(float(p.grad.abs().sum()) for p in head.parameters() if p.grad is not None)
            for head in (task.contrast.heads, task.teller)
        ]
    assert learned[0.0][1] == 0
    assert learned[10.0][1] > 0
    assert learned[10.0][0] == pytest.approx(learned[0.0][0])
    assert learned[0.0][0] > 0


@pytest.mark.parametrize("name", ["simclr-alone", "relcon", "relcon-own", "masked", "both"])
def test_the_objective_falls(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    seen = corpus.load_corpus(tmp_path, {"tiny": ["5"]})
    _, before = train.fit(seen, small(name, steps=2))
    _, after = train.fit(seen, small(name, steps=80))
    assert after["objective"] < before["objective"]


def test_relcon_ranks_or_takes_the_nearest_alone_as_the_recipe_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "LOADERS", {"tiny": tiny})
    asked: list[bool] = []
    real = tasks.relative_contrast

    def watched(*said: object, only_nearest: bool) -> torch.Tensor:
        asked.append(only_nearest)
        return real(*said, only_nearest=only_nearest)

    monkeypatch.setattr(tasks, "relative_contrast", watched)
    known = corpus.load_corpus(tmp_path, {"tiny": ["5"]})
    for name in ("relcon", "relcon-nearest"):
        train.fit(known, small(name, 1))
    assert asked == [False, True]
