"""The motif distance: sparsemax projects, many pairs at once are those pairs, units follow the statistics."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.motif_distance import MotifDistance, PartialConv, sparsemax


def slow_sparsemax(logits: np.ndarray) -> np.ndarray:
    """By trying every size of the support."""
    ordered = np.sort(logits)[::-1]
    for k in range(len(logits), 0, -1):
        if 1 + k * ordered[k - 1] > ordered[:k].sum():
            return np.maximum(logits - (ordered[:k].sum() - 1) / k, 0)
    raise AssertionError


@given(arrays(np.float64, st.integers(1, 12), elements=st.floats(-5, 5)))
def test_sparsemax_is_the_projection_onto_the_simplex(logits: np.ndarray) -> None:
    found = sparsemax(torch.from_numpy(logits)).numpy()
    np.testing.assert_allclose(found, slow_sparsemax(logits), atol=1e-12)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)


def test_gradient_of_sparsemax() -> None:
    logits = torch.randn(4, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1), requires_grad=True)
    assert torch.autograd.gradcheck(sparsemax, logits)


def test_a_partial_convolution_of_a_constant_is_constant_up_to_the_ends() -> None:
    conv = PartialConv(1, 1, 9, dilation=2)
    torch.nn.init.constant_(conv.weight, 0.2)
    out = conv(torch.ones(1, 1, 40))
    torch.testing.assert_close(out, out[..., 20:21].expand_as(out))


@pytest.fixture(params=["candidate", "own"])
def net(request: pytest.FixtureRequest) -> MotifDistance:
    torch.manual_seed(3)
    return MotifDistance(3, 16, 9, request.param)


def windows(count: int) -> torch.Tensor:
    return torch.randn(count, 64, 3, generator=torch.Generator().manual_seed(5)).cumsum(dim=1) / 8


def slow_distance(net: MotifDistance, anchor: np.ndarray, candidate: np.ndarray) -> float:
    """One pair in float64, equation by equation."""
    as_tensor = lambda x: torch.from_numpy(np.ascontiguousarray(x.T))[None]  # noqa: E731
    by = candidate if net.statistics == "candidate" else anchor
    mean, sd = by.mean(axis=0), np.sqrt(by.var(axis=0) + 1e-5)
    own_mean, own_sd = candidate.mean(axis=0), np.sqrt(candidate.var(axis=0) + 1e-5)
    gain, offset = net.gain.detach().numpy(), net.offset.detach().numpy()
    with torch.inference_mode():
        q = net.queries(as_tensor(gain * (anchor - mean) / sd + offset))[0].numpy()
        k = net.keys(as_tensor(gain * (candidate - own_mean) / own_sd + offset))[0].numpy()
        v = net.values(as_tensor(gain * (candidate - own_mean) / own_sd + offset))[0].numpy()
    shares = np.stack([slow_sparsemax(row) for row in q.T @ k / np.sqrt(net.width)])
    rebuilt = shares @ v.T @ net.leave.weight.detach().numpy().T + net.leave.bias.detach().numpy()
    rebuilt = (rebuilt - offset) / gain
    if net.statistics == "candidate":
        return float(((rebuilt * own_sd + own_mean - anchor) ** 2).sum())
    return float(((rebuilt - (anchor - mean) / sd) ** 2).sum())


def test_fast_equals_slow(net: MotifDistance) -> None:
    net = net.double()
    with torch.no_grad():
        net.gain.mul_(1.3)
        net.offset.add_(0.2)
    x = windows(4).double()
    found = net.distance(x[:2], x[2:]).detach().numpy()
    np.testing.assert_allclose(found, [slow_distance(net, x[i].numpy(), x[i + 2].numpy()) for i in (0, 1)], rtol=1e-9)


def test_many_at_once_equal_pair_by_pair(net: MotifDistance) -> None:
    x = windows(6)
    anchors, candidates = torch.tensor([0, 4]), torch.tensor([[1, 2, 5], [0, 3, 4]])
    with torch.inference_mode():
        found = net.distances(x, anchors, candidates)
        for i, a in enumerate(anchors):
            one = net.distance(x[a].expand(3, -1, -1), x[candidates[i]])
            torch.testing.assert_close(found[i], one, rtol=1e-4, atol=1e-4)


def test_training_and_use_give_the_same(net: MotifDistance) -> None:
    x = windows(4)
    torch.testing.assert_close(net.train().distance(x[:2], x[2:]), net.eval().distance(x[:2], x[2:]))


def test_own_statistics_are_blind_to_strength_and_level_and_the_published_ones_are_not() -> None:
    torch.manual_seed(3)
    x = windows(2)
    for statistics, same in (("own", True), ("candidate", False)):
        net = MotifDistance(3, 16, 9, statistics)  # type: ignore[arg-type]  # the loop's words are a Statistics
        with torch.inference_mode():
            one, other = net.distance(x[:1], x[1:]), net.distance(3 * x[:1] + 1, x[1:])
        assert torch.isclose(one, other, rtol=1e-2).item() is same


def test_it_learns_to_rebuild_a_window_from_a_copy_of_it(net: MotifDistance) -> None:
    x = windows(16)
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3)
    first = last = 0.0
    for step in range(40):
        loss = net.distance(x, x.flip(1)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        first, last = (loss.item(), last) if step == 0 else (first, loss.item())
    assert last < 0.7 * first


def test_a_softmax_in_use_is_one_and_training_stays_sparse() -> None:
    torch.manual_seed(3)
    net = MotifDistance(3, 16, 9, in_use="softmax").double()
    x = windows(2).double()
    sparse = MotifDistance(3, 16, 9).double()
    sparse.load_state_dict(net.state_dict())
    torch.testing.assert_close(net.train().distance(x[:1], x[1:]), sparse.distance(x[:1], x[1:]))
    a, c = x[0].numpy(), x[1].numpy()
    mean, sd = c.mean(axis=0), np.sqrt(c.var(axis=0) + 1e-5)
    with torch.inference_mode():
        q, k, v = (
            read(torch.from_numpy((w - mean) / sd).T[None])[0].numpy()
            for read, w in ((net.queries, a), (net.keys, c), (net.values, c))
        )
        logits = q.T @ k / 4
        shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        rebuilt = shares @ v.T @ net.leave.weight.numpy().T + net.leave.bias.numpy()
        found = net.eval().distance(x[:1], x[1:]).item()
    assert found == pytest.approx(((rebuilt * sd + mean - a) ** 2).sum(), rel=1e-9)
