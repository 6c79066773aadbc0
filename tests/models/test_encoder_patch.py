"""The transformer over patches: each axis apart, nothing beyond the clip's end, no clip of another."""

from __future__ import annotations

import torch

from models.encoders.patch import PatchTower, positions
from models.pretraining.pairs import inertial_view


def clips(count: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    return inertial_view(torch.randn(count, 350, 6, generator=draw), torch.tensor([350, 200, 120][:count]))


def tower() -> PatchTower:
    torch.manual_seed(0)
    return PatchTower(dim=16, layers=2, heads=2).eval()


def test_the_published_size_has_about_600_000_weights_and_768_values() -> None:
    whole = PatchTower()
    assert whole.width == 768
    assert 590_000 < sum(p.numel() for p in whole.parameters()) < 605_000


def test_a_clip_alone_has_the_vector_it_has_among_others() -> None:
    net, (x, inside) = tower(), clips()
    together = net(x, inside)
    for i in range(3):
        torch.testing.assert_close(net(x[i : i + 1], inside[i : i + 1])[0], together[i], rtol=1e-4, atol=1e-5)


def test_what_lies_beyond_the_end_is_not_read() -> None:
    net, (x, inside) = tower(), clips()
    changed = x.clone()
    changed[2, 100 + 150 :, :6] += 5.0
    torch.testing.assert_close(net(changed, inside)[2], net(x, inside)[2], rtol=1e-4, atol=1e-5)


def test_axes_are_read_apart_and_strength_is_lost() -> None:
    net, (x, inside) = tower(), clips(1)
    before = net(x, inside).reshape(6, -1)
    changed = x.clone()
    changed[..., 0] *= 3.0
    torch.testing.assert_close(net(changed, inside).reshape(6, -1), before, rtol=1e-3, atol=1e-3)
    changed[:, 100:450, 1] = changed[:, 100:450, 1].flip(1)
    after = net(changed, inside).reshape(6, -1)
    assert (after[1] - before[1]).abs().max() > 0.01
    torch.testing.assert_close(after[2:], before[2:], rtol=1e-4, atol=1e-5)


def test_positions_begin_with_sine_and_cosine() -> None:
    torch.testing.assert_close(
        positions(3, 4)[:, :2], torch.stack([torch.arange(3.0).sin(), torch.arange(3.0).cos()], dim=1)
    )


def test_the_room_after_a_short_clip_is_not_read() -> None:
    net, (x, inside) = tower(), clips()
    kept = 6  # half seconds: the third clip has 120 of 350 samples
    alone = net(x[2:, : kept * 25 + 201], inside[2:, :kept])
    torch.testing.assert_close(alone[0], net(x, inside)[2], rtol=1e-4, atol=1e-5)


def test_the_order_of_patches_counts() -> None:
    net, (x, inside) = tower(), clips(1)
    swapped = x.clone()
    swapped[:, 100:116], swapped[:, 196:212] = x[:, 196:212], x[:, 100:116]
    assert (net(swapped, inside) - net(x, inside)).abs().max() > 0.01
