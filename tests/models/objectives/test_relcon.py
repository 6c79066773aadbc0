"""RelCon's loss against a double loop, and what it must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.objectives.relcon import TIE, relative_contrast


def drawn(seed: int = 0, anchors: int = 6, most: int = 6) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(12, 5, dtype=torch.float64, generator=generator)
    candidates = torch.stack([torch.randperm(12, generator=generator)[:most] for _ in range(12)])
    distances = torch.rand(12, most, dtype=torch.float64, generator=generator) + 0.1
    return vectors[:12], candidates, distances


def slow(
    vectors: np.ndarray, candidates: np.ndarray, distances: np.ndarray, temperature: float, *, nearest: bool = False
) -> float:
    """Anchor by anchor, positive by positive."""
    z = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    terms = []
    for i, row in enumerate(candidates):
        s = z[row] @ z[i] / temperature
        for p in [int(distances[i].argmin())] if nearest else range(len(row)):
            negatives = [n for n in range(len(row)) if distances[i, n] > (1 + TIE) * distances[i, p]]
            if negatives:
                terms.append(-np.log(np.exp(s[p]) / (np.exp(s[p]) + np.exp(s[negatives]).sum())))
    return float(np.mean(terms))


@pytest.mark.parametrize("seed", range(5))
def test_fast_equals_slow(seed: int) -> None:
    v, c, d = drawn(seed)
    assert relative_contrast(v, c, d, 0.1).item() == pytest.approx(slow(v.numpy(), c.numpy(), d.numpy(), 0.1), rel=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_alone_is_one_positive_against_all_that_are_farther(seed: int) -> None:
    v, c, d = drawn(seed)
    wanted = slow(v.numpy(), c.numpy(), d.numpy(), 0.1, nearest=True)
    assert relative_contrast(v, c, d, 0.1, only_nearest=True).item() == pytest.approx(wanted, rel=1e-4)


def test_gradient_equals_that_of_differences() -> None:
    v, c, d = drawn()
    v.requires_grad_()
    relative_contrast(v, c, d, 0.5).backward()
    base = v.detach().numpy()
    for i, j in ((0, 0), (3, 2), (11, 4)):
        step = np.zeros_like(base)
        step[i, j] = 1e-5
        difference = slow(base + step, c.numpy(), d.numpy(), 0.5) - slow(base - step, c.numpy(), d.numpy(), 0.5)
        assert v.grad is not None
        assert v.grad[i, j].item() == pytest.approx(difference / 2e-5, rel=1e-3, abs=1e-6)


def test_order_of_candidates_does_not_matter() -> None:
    v, c, d = drawn()
    order = torch.randperm(c.shape[1], generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(relative_contrast(v, c, d, 0.1), relative_contrast(v, c[:, order], d[:, order], 0.1))


def test_nearly_equal_distances_are_no_negatives_of_each_other() -> None:
    v, c, _ = drawn()
    d = torch.full(c.shape, 2.0) + 0.005 * torch.rand(c.shape)
    assert relative_contrast(v, c, d, 0.1).item() == 0.0


def test_similarities_in_the_order_of_the_distances_cost_least() -> None:
    angles = torch.tensor([0.0, 0.2, 0.6, 1.2, 2.0])
    v = torch.stack([angles.cos(), angles.sin()], dim=1)
    c = torch.tensor([[1, 2, 3, 4]])
    right, wrong = torch.tensor([[1.0, 2.0, 3.0, 4.0]]), torch.tensor([[4.0, 3.0, 2.0, 1.0]])

    def loss(d: torch.Tensor) -> float:
        return relative_contrast(v, c.expand(5, -1), d.expand(5, -1), 0.1).item()

    assert loss(right) < loss(wrong)
