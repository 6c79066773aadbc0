"""The shape branch: its receptive field, its lengths, and chunks that equal the whole."""

from __future__ import annotations

import itertools

import pytest
import torch

from models.encoders.imu import BEFORE, EXTRA, shape_net

WIDTHS = (32, 64, 128)


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_25_samples_a_vector_and_201_around(n: int) -> None:
    with torch.inference_mode():
        assert shape_net(WIDTHS)(torch.zeros(2, 25 * n + EXTRA, 8)).shape == (2, n, 128)


def test_a_vector_reads_226_samples_and_each_of_them() -> None:
    x = torch.randn(1, 25 * 9 + EXTRA, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    shape_net(WIDTHS)(x)[0, 4].square().sum().backward()
    touched = x.grad[0].abs().sum(dim=1).nonzero()[:, 0]
    # Vector 4 owns the samples from 100 + BEFORE on, counted from the chunk's first.
    assert touched.min().item() == 4 * 25
    assert touched.max().item() == 4 * 25 + BEFORE + 126 - 1
    assert len(touched) == 226


def test_chunks_equal_the_whole() -> None:
    x = torch.randn(1, 25 * 60 + EXTRA, 8, generator=torch.Generator().manual_seed(1))
    net = shape_net(WIDTHS)
    with torch.inference_mode():
        whole = net(x)
        edges = [0, 1, 13, 14, 45, 60]
        parts = [net(x[:, 25 * a : 25 * b + EXTRA]) for a, b in itertools.pairwise(edges)]
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, atol=1e-5, rtol=0)


def test_the_seed_decides_the_weights_and_leaves_the_generator_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = shape_net(WIDTHS, 3), shape_net(WIDTHS, 3), shape_net(WIDTHS, 4)
    assert torch.equal(torch.get_rng_state(), before)
    first = [next(n.parameters()) for n in (one, same, other)]
    assert torch.equal(first[0], first[1])
    assert not torch.equal(first[0], first[2])


def test_it_is_small_enough_to_ship() -> None:
    assert sum(p.numel() for p in shape_net(WIDTHS).parameters()) < 500_000
