"""What windows go through while the distance learns: each change is what its name says, whichever set it is of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from models.pretraining import changes
from models.pretraining.changes import CHANGES


def drawn(seed: int = 3, count: int = 64) -> torch.Tensor:
    return torch.randn(count, 128, 3, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", CHANGES)
def test_two_changes_leave_the_shape_and_change_every_window(name: str) -> None:
    x = drawn()
    out = CHANGES[name](x, torch.Generator().manual_seed(4))
    assert out.shape == x.shape
    assert torch.isfinite(out).all()
    assert (out != x).flatten(1).any(dim=1).all()
    assert torch.equal(out, CHANGES[name](x, torch.Generator().manual_seed(4)))


def test_rotations_are_those_of_the_quaternions() -> None:
    q = torch.randn(50, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    wanted = Rotation.from_quat(q[:, [1, 2, 3, 0]].numpy()).as_matrix()
    np.testing.assert_allclose(changes.rotations(q).numpy(), wanted, atol=1e-12)


def test_a_turn_about_an_axis_is_one() -> None:
    generator = torch.Generator().manual_seed(2)
    axis = torch.randn(50, 3, dtype=torch.float64, generator=generator)
    angle = 3 * torch.randn(50, dtype=torch.float64, generator=generator)
    unit = axis / axis.norm(dim=1, keepdim=True)
    wanted = Rotation.from_rotvec((unit * angle[:, None]).numpy()).as_matrix()
    np.testing.assert_allclose(changes.about(axis, angle).numpy(), wanted, atol=1e-12)


def test_shuffled_pieces_are_the_same_pieces() -> None:
    x = torch.arange(2 * 128 * 3, dtype=torch.float32).view(2, 128, 3)
    out = changes.shuffled(x, torch.Generator().manual_seed(2))
    for before, after in zip(x, out, strict=True):
        pieces = {tuple(p.flatten().tolist()) for p in before.split(32)}
        assert {tuple(p.flatten().tolist()) for p in after.split(32)} == pieces
    assert not torch.equal(x, out)


def test_pieces_of_any_length_go_whole_to_their_new_places() -> None:
    x = torch.arange(8.0).view(1, 8, 1)
    pieces = torch.tensor([[0, 0, 0, 1, 1, 3, 3, 3]])  # the third has no sample
    out = changes.laid_anew(x, pieces, torch.tensor([[0.7, 0.9, 0.1, 0.2]]))
    assert out.flatten().tolist() == [5, 6, 7, 0, 1, 2, 3, 4]


def test_each_axis_is_warped_by_its_own_speed() -> None:
    x, speed = drawn(count=3), 1 + 0.2 * torch.randn(3, 6, 3, generator=torch.Generator().manual_seed(5))
    out = changes.warped_apart(x, speed)
    at = np.arange(128)
    for b in range(3):
        for c in range(3):
            curve = CubicSpline(np.linspace(0, 127, 6), speed[b, :, c].numpy())(at).cumsum()
            passed = 127 * (curve - curve[0]) / (curve[-1] - curve[0])
            np.testing.assert_allclose(out[b, :, c], np.interp(at, passed, x[b, :, c]), atol=1e-5)


def test_one_speed_warps_nothing() -> None:
    x = drawn(count=2)
    torch.testing.assert_close(changes.warped_apart(x, torch.full((2, 6, 3), 0.8)), x)


def test_the_eight_are_what_the_paper_names() -> None:
    """A constant window tells them apart: what moves its axes, its sign, its strength, and what leaves it as it is."""
    x = torch.tensor([1.0, 2.0, 4.0]).expand(4000, 128, 3)
    out = changes.two_of_eight(x, torch.Generator().manual_seed(6))
    still = out[(out == out[:, :1]).flatten(1).all(dim=1)][:, 0]  # noise alone is no constant
    assert 0.7 < len(still) / len(x) < 0.8  # 7 · 6 of 8 · 7 pairs have none
    unchanged = (still == x[0, 0]).all(dim=1).float().mean()
    assert unchanged == pytest.approx(3 * 2 / (7 * 6), abs=0.03)  # reversal, pieces and warp, two of them
    ordered = still.abs().sort(dim=1).values
    swapped = (ordered == x[0, 0]).all(dim=1) & (still.abs() != x[0, 0]).any(dim=1)
    assert swapped.float().mean() == pytest.approx(2 * 4 / (7 * 6), abs=0.03)  # other axes, and one that keeps them
    stronger = (still.norm(dim=1) / x[0, 0].norm() - 1).abs() > 1e-3
    along = torch.nn.functional.cosine_similarity(still.abs(), x[0, 0].expand_as(still)) > 1 - 1e-6
    assert stronger.float().mean() == pytest.approx(2 * 6 / (7 * 6), abs=0.03)  # a gain, with any of the others
    assert (stronger & along).float().mean() < 0.01  # of each axis its own
