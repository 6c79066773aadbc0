"""The pairwise sigmoid loss against a double loop."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.objectives.sigmoid import Sigmoid


def slow(a: np.ndarray, b: np.ndarray, same: np.ndarray, weight: np.ndarray) -> float:
    total = 0.0
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            cosine = x @ y / np.linalg.norm(x) / np.linalg.norm(y)
            total += weight[i, j] * np.log1p(np.exp(-(1 if same[i, j] else -1) * (10 * cosine - 10)))
    return total / len(a)


@pytest.mark.parametrize("seed", range(3))
def test_fast_equals_slow(seed: int) -> None:
    draw = np.random.default_rng(seed)
    a, b = draw.normal(size=(5, 4)), draw.normal(size=(6, 4))
    same, weight = draw.random((5, 6)) < 0.3, draw.random((5, 6))
    found = Sigmoid()(*(torch.from_numpy(v) for v in (a, b, same, weight)))
    assert found.item() == pytest.approx(slow(a, b, same, weight), rel=1e-5)


def test_a_pair_of_weight_nothing_pulls_nowhere() -> None:
    a = torch.randn(3, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    weight = torch.ones(3, 3)
    weight[1] = 0
    Sigmoid()(a, torch.eye(3, 4), torch.eye(3, dtype=torch.bool), weight).backward()
    assert a.grad is not None
    assert a.grad[1].abs().max() == 0
    assert a.grad[0].abs().max() > 0


def test_the_first_pull_comes_from_what_belongs_together() -> None:
    a = torch.randn(8, 16, generator=torch.Generator().manual_seed(0), requires_grad=True)
    b = torch.randn(8, 16, generator=torch.Generator().manual_seed(1))
    loss, same = Sigmoid(), torch.eye(8, dtype=torch.bool)
    pulls = []
    for weight in (same.float(), (~same).float()):
        (pull,) = torch.autograd.grad(loss(a, b, same, weight), a)
        pulls.append(pull.norm().item())
    assert pulls[0] > 100 * pulls[1]
