"""CMC and CMC-CMKM against loops, and what mining may and may not find."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.objectives.multiview import Mining, cmc, cmkm, nearest

N = 7


def drawn(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    first, second = (torch.randn(N, 5, generator=generator) for _ in range(2))
    person = torch.arange(N) // 2
    return first, second, nearest(first, person, 2), nearest(second, person, 2)


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def slow_cmkm(views: list[np.ndarray], alike: list[np.ndarray], s: Mining) -> float:
    """Anchor by anchor, as the paper writes it."""
    terms = []
    for m in (0, 1):
        n = 1 - m
        for i in range(N):
            across = [np.exp(cosine(views[m][i], views[n][j]) / s.across) for j in range(N)]
            within = [np.exp(cosine(views[m][i], views[m][j]) / s.within) for j in range(N)]
            positives = [across[i], *(across[j] for j in range(N) if alike[n][i, j])]
            positives += [within[j] for j in range(N) if alike[m][i, j]]
            against = sum(across[j] for j in range(N) if j != i and not alike[n][i, j])
            against += s.negatives * sum(within[j] for j in range(N) if j != i and not alike[m][i, j])
            if s.positives == "in_log":
                terms.append(-np.log(sum(positives) / (sum(positives) + against)))
            else:
                terms.append(np.mean([-np.log(p / (p + against)) for p in positives]))
    return float(np.mean(terms))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "settings", [Mining(), Mining(within=1.0), Mining(negatives=0.3), Mining(positives="out_log")], ids=str
)
def test_fast_equals_slow(seed: int, settings: Mining) -> None:
    first, second, a, b = drawn(seed)
    wanted = slow_cmkm([first.double().numpy(), second.double().numpy()], [a.numpy(), b.numpy()], settings)
    assert cmkm(first, second, (a, b), settings).item() == pytest.approx(wanted, rel=1e-4)


def test_without_mined_clips_and_terms_within_it_is_cmc() -> None:
    first, second, *_ = drawn(0)
    nobody = torch.zeros(N, N, dtype=torch.bool)
    found = cmkm(first, second, (nobody, nobody), Mining(negatives=0.0))
    torch.testing.assert_close(found, cmc(first, second, 0.1))


def test_mining_never_finds_the_same_person_and_stops_when_there_are_no_others() -> None:
    vectors = torch.randn(N, 4, generator=torch.Generator().manual_seed(1))
    person = torch.tensor([0, 0, 0, 1, 1, 2, 2])
    found = nearest(vectors, person, 5)
    assert not found[person[:, None] == person[None, :]].any()
    assert found.sum(dim=1).tolist() == [4, 4, 4, 5, 5, 5, 5]


def test_shuffled_pairs_cost_more_than_true_ones() -> None:
    first = torch.randn(64, 8, generator=torch.Generator().manual_seed(1))
    second = first + 0.1 * torch.randn(64, 8, generator=torch.Generator().manual_seed(2))
    assert cmc(first, second, 0.1) < 0.2 * cmc(first, second.roll(1, 0), 0.1)


@pytest.mark.parametrize("positives", ["in_log", "out_log"])
def test_the_gradient_is_that_of_differences(positives) -> None:
    first, second, a, b = drawn(4)
    settings = Mining(across=0.3, within=0.5, negatives=0.7, positives=positives)
    leaf = first.clone().requires_grad_()
    cmkm(leaf, second, (a, b), settings).backward()
    assert leaf.grad is not None
    base = first.double().numpy()
    for i, j in ((0, 0), (3, 2), (6, 4)):
        step = np.zeros_like(base)
        step[i, j] = 1e-5
        up, down = (
            slow_cmkm([x, second.double().numpy()], [a.numpy(), b.numpy()], settings)
            for x in (base + step, base - step)
        )
        assert leaf.grad[i, j].item() == pytest.approx((up - down) / 2e-5, rel=1e-3, abs=1e-6)
