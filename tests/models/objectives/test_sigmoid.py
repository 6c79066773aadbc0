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


def test_the_gradients_of_vectors_temperature_and_bias_are_those_of_differences() -> None:
    draw = np.random.default_rng(4)
    a, b = draw.normal(size=(5, 4)), draw.normal(size=(6, 4))
    same, weight = draw.random((5, 6)) < 0.3, draw.random((5, 6))
    loss, first = Sigmoid(), torch.from_numpy(a).requires_grad_()
    loss(first, *(torch.from_numpy(v) for v in (b, same, weight))).backward()

    def at(x: np.ndarray, log_scale: float, bias: float) -> float:
        cosine = x @ b.T / np.linalg.norm(x, axis=1)[:, None] / np.linalg.norm(b, axis=1)[None, :]
        logits = np.where(same, 1, -1) * (np.exp(log_scale) * cosine + bias)
        return float((weight * np.log1p(np.exp(-logits))).sum() / len(x))

    h, begin = 1e-5, (float(np.log(10)), -10.0)
    assert loss.log_scale.grad is not None
    assert loss.bias.grad is not None
    assert first.grad is not None
    slopes = [(at(a, begin[0] + h, begin[1]) - at(a, begin[0] - h, begin[1])) / (2 * h)]
    slopes.append((at(a, begin[0], begin[1] + h) - at(a, begin[0], begin[1] - h)) / (2 * h))
    found = [loss.log_scale.grad.item(), loss.bias.grad.item()]
    assert found == pytest.approx(slopes, rel=1e-3)
    step = np.zeros_like(a)
    step[2, 1] = h
    slope = (at(a + step, *begin) - at(a - step, *begin)) / (2 * h)
    assert first.grad[2, 1].item() == pytest.approx(slope, rel=1e-3)
