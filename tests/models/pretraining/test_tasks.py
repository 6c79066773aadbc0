"""Masks cover what they should, and each objective learns on the tiny set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from models.encoders.imu import shape_net
from models.pretraining import corpus, train
from models.pretraining.tasks import Both, spans
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
