"""NT-Xent against its definition, written out."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models.objectives.simclr import nt_xent  # noqa: E402  after the check that torch is there


def reference(first: np.ndarray, second: np.ndarray, group: np.ndarray, temperature: float) -> float:
    """-ln exp(own) / sum over others of another recording, for each of the 2 B views."""
    z = np.concatenate([first, second]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    groups, n = np.concatenate([group, group]), len(first)
    losses = []
    for i in range(2 * n):
        j = (i + n) % (2 * n)
        own = np.exp(z[i] @ z[j] / temperature)
        others = sum(np.exp(z[i] @ z[k] / temperature) for k in range(2 * n) if groups[k] != groups[i])
        losses.append(-np.log(own / (own + others)))
    return float(np.mean(losses))


@pytest.mark.parametrize("temperature", [0.1, 0.5])
def test_equals_the_definition(temperature: float) -> None:
    draw = np.random.default_rng(0)
    first, second = draw.normal(size=(2, 12, 8))
    group = np.array([0, 0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8])
    found = nt_xent(torch.from_numpy(first), torch.from_numpy(second), torch.from_numpy(group), temperature)
    assert found.item() == pytest.approx(reference(first, second, group, temperature), rel=1e-5)


def test_length_does_not_matter_and_agreement_is_rewarded() -> None:
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(16, 8, generator=draw), torch.randn(16, 8, generator=draw)
    group = torch.arange(16)
    assert nt_xent(a * 7, b, group, 0.1).item() == pytest.approx(nt_xent(a, b, group, 0.1).item(), rel=1e-5)
    assert nt_xent(a, a, group, 0.1) < 0.5 * nt_xent(a, b, group, 0.1)


def test_the_gradient_is_that_of_differences() -> None:
    draw = torch.Generator().manual_seed(1)
    a = torch.randn(5, 4, generator=draw, requires_grad=True)
    b, group = torch.randn(5, 4, generator=draw), torch.tensor([0, 0, 1, 2, 3])
    nt_xent(a, b, group, 0.3).backward()
    step = 1e-4
    for i, j in ((0, 0), (2, 3), (4, 1)):
        up, down = a.detach().numpy().astype(np.float64), a.detach().numpy().astype(np.float64)
        up[i, j] += step
        down[i, j] -= step
        slope = (reference(up, b.numpy(), group.numpy(), 0.3) - reference(down, b.numpy(), group.numpy(), 0.3)) / (
            2 * step
        )
        assert a.grad[i, j].item() == pytest.approx(slope, rel=1e-3, abs=1e-6)
