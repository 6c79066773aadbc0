"""Two towers on paired clips: SimCLR in each, CMC, CMC-CMKM, the sigmoid loss, and training with labels.

CMC-CMKM after Brinzea et al., IJCNN 2022, from its equations, with the temperature that its code forgets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.encoders.imu import ShapeNet, shape_net
from models.encoders.patch import PatchTower
from models.encoders.skeleton import SkeletonNet
from models.encoders.video import VideoNet, changed
from models.encoders.videomae import VideoMae
from models.objectives.multiview import Mining, cmc, cmkm, nearest
from models.objectives.sigmoid import Sigmoid
from models.objectives.simclr import nt_xent
from models.pretraining.pairs import Pairs, inertial_view, skeleton_view

Objective = Literal["cmc", "cmkm", "sigmoid"]
Side = Literal["inertial", "seen"]


class InertialTower(nn.Module):
    """The shape branch and the mean and maximum of its vectors inside the clip."""

    def __init__(self, net: ShapeNet) -> None:
        super().__init__()
        self.net = net
        self.width = 2 * net.widths[2]

    def forward(self, x: Tensor, inside: Tensor) -> Tensor:
        """``(B, T, 8)`` and ``(B, N)`` to ``(B, width)``."""
        vectors, there = self.net(x), inside[..., None]
        mean = (vectors * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)
        most = vectors.masked_fill(there == 0, -1e4).amax(dim=1)
        return torch.cat([mean, most], dim=1)


@dataclass(frozen=True, slots=True)
class Towers:
    """Both encoders with their projections."""

    inertial: InertialTower | PatchTower
    seen: SkeletonNet | VideoNet | VideoMae
    heads: nn.ModuleList  # of the inertial side and of what the camera saw

    def project(self, batch: Pairs, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Projections of both sides, of changed clips when there is a generator."""
        one, two = self.encode(batch, generator)
        self.heads.train(generator is not None)
        return self.heads[0](one), self.heads[1](two)

    def encode(
        self, batch: Pairs, generator: torch.Generator | None, sides: tuple[Side, ...] = ("inertial", "seen")
    ) -> list[Tensor]:
        """Vectors of the sides asked for."""
        out = []
        for side in sides:
            if side == "inertial":
                view = inertial_view(torch.from_numpy(batch.inertial), torch.from_numpy(batch.length), generator)
                out.append(self.inertial(*view))
            else:
                x = torch.from_numpy(batch.seen).float()
                change = skeleton_view if isinstance(self.seen, SkeletonNet) else changed
                out.append(self.seen(x if generator is None else change(x, generator)))
        return out

    @property
    def parameters(self) -> list[nn.Parameter]:
        """Of everything."""
        return [*self.inertial.parameters(), *self.seen.parameters(), *self.heads.parameters()]


@dataclass(frozen=True, slots=True)
class Plan:
    """How towers are trained."""

    epochs: int = 100
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    temperature: float = 0.1
    neighbours: int = 1
    mining: Mining = field(default_factory=Mining)


def towers(
    joints: int | None,
    seed: int,
    widths: tuple[int, int, int] = (32, 64, 128),
    *,
    patches: bool = False,
    film: VideoMae | None = None,
) -> Towers:
    """Untrained towers, of skeletons with so many joints or (None) of depth; the same seed gives the same weights.

    Parameters
    ----------
    patches
        The sensor's tower is the transformer over patches, not the shape branch.
    film
        A pretrained tower for what the camera saw.
    """
    net = shape_net(widths, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inertial = PatchTower() if patches else InertialTower(net)
        seen = film or (VideoNet() if joints is None else SkeletonNet(joints))
        heads = nn.ModuleList(projection(width) for width in (inertial.width, seen.width))
    return Towers(inertial, seen, heads)


def projection(width: int, out: int = 128) -> nn.Sequential:
    """From vectors of a tower to what is compared with the other's, of pretraining alone."""
    # Centred over the batch: untrained, all clips point one way, and a cosine has nothing to tell them by.
    return nn.Sequential(
        nn.Linear(width, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, out), nn.BatchNorm1d(out)
    )


def _batches(pairs: Pairs, plan: Plan, draw: np.random.Generator) -> list[NDArray[np.int64]]:
    """Whole batches and a last one of more than half a batch; fewer clips than that are one batch."""
    order = draw.permutation(len(pairs.action))
    return [order[i : i + plan.batch] for i in range(0, max(1, len(order) - plan.batch // 2), plan.batch)]


def _train(
    parameters: list[nn.Parameter],
    pairs: Pairs,
    plan: Plan,
    seed: int,
    loss_of: Callable[[NDArray[np.int64], torch.Generator], Tensor],
    each_epoch: Callable[[int, float], None] | None = None,
) -> None:
    """Every clip once an epoch; the learning rate falls along a cosine."""
    with torch.random.fork_rng(devices=[]):  # dropout draws from torch's own generator
        torch.manual_seed(seed)
        draw, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        optimiser = torch.optim.AdamW(parameters, lr=plan.learning_rate, weight_decay=plan.weight_decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, plan.epochs)
        for epoch in range(plan.epochs):
            total = 0.0
            for rows in _batches(pairs, plan, draw):
                loss = loss_of(rows, generator)
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(parameters, 1.0)
                optimiser.step()
                total += loss.item()
            schedule.step()
            if each_epoch is not None:
                each_epoch(epoch, total)


def fit_simclr(pairs: Pairs, made: Towers, plan: Plan, seed: int) -> None:
    """SimCLR in each tower apart, at once; two changed copies of a clip attract."""

    def loss_of(rows: NDArray[np.int64], generator: torch.Generator) -> Tensor:
        batch, own = pairs.rows(rows), torch.arange(len(rows))
        first, second = made.project(batch, generator), made.project(batch, generator)
        return torch.stack([nt_xent(a, b, own, plan.temperature) for a, b in zip(first, second, strict=True)]).sum()

    _train(made.parameters, pairs, plan, seed, loss_of)


def fit_cross(
    pairs: Pairs, made: Towers, plan: Plan, seed: int, objective: Objective, teacher: Towers | None = None
) -> None:
    """Both sides of a clip attract each other.

    Parameters
    ----------
    teacher
        Towers trained by SimCLR that say which clips are alike; needed for ``cmkm``.
    """
    if objective == "cmkm" and teacher is None:
        raise ValueError("mining needs towers that were trained before")
    pair_loss = Sigmoid()
    person = torch.from_numpy(np.unique(pairs.person, return_inverse=True)[1])
    known = None
    if teacher is not None:
        with torch.inference_mode():
            known = [v.clone() for v in teacher.encode(pairs, None)]

    def loss_of(rows: NDArray[np.int64], generator: torch.Generator) -> Tensor:
        one, two = made.project(pairs.rows(rows), generator)
        if objective == "cmc":
            return cmc(one, two, plan.temperature)
        if objective == "sigmoid":
            out: Tensor = pair_loss(one, two, torch.eye(len(rows), dtype=torch.bool))
            return out
        assert known is not None
        alike = tuple(nearest(k[rows], person[rows], plan.neighbours) for k in known)
        return cmkm(one, two, (alike[0], alike[1]), plan.mining)

    extra = list(pair_loss.parameters()) if objective == "sigmoid" else []
    _train([*made.parameters, *extra], pairs, plan, seed, loss_of)


class Head(nn.Module):
    """The fusing head of the paper: each side to 256, normalised, joined, to the classes; or one side alone."""

    def __init__(self, widths: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.sides = nn.ModuleList(nn.Sequential(nn.Linear(w, 256), nn.LayerNorm(256), nn.ReLU()) for w in widths)
        self.leave = nn.Sequential(nn.Dropout(0.2), nn.Linear(256 * len(widths), classes))

    def forward(self, vectors: list[Tensor]) -> Tensor:
        """``(B, classes)`` logits."""
        out: Tensor = self.leave(torch.cat([side(v) for side, v in zip(self.sides, vectors, strict=True)], dim=1))
        return out


def fit_labels(
    pairs: Pairs, validation: Pairs, made: Towers, sides: tuple[Side, ...], plan: Plan, seed: int, *, frozen: bool
) -> Head:
    """Train a head, and the towers with it unless they are frozen; the epoch that is best on other people is kept."""
    width = {"inertial": made.inertial.width, "seen": made.seen.width}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = Head(tuple(width[s] for s in sides), int(pairs.action.max()) + 1)
    label = torch.from_numpy(pairs.action)
    own = list(head.parameters())
    tower = {"inertial": made.inertial, "seen": made.seen}
    parameters = own if frozen else [*own, *(p for s in sides for p in tower[s].parameters())]
    modules = [head, *(tower[s] for s in sides)]
    best: tuple[float, list[dict[str, Tensor]]] = (-1.0, [])

    def loss_of(rows: NDArray[np.int64], generator: torch.Generator) -> Tensor:
        head.train()
        with torch.set_grad_enabled(not frozen):
            vectors = made.encode(pairs.rows(rows), generator, sides)
        return functional.cross_entropy(head(vectors), label[rows], label_smoothing=0.1)

    def each_epoch(epoch: int, _: float) -> None:
        nonlocal best
        if epoch % 5 == 4 or epoch == plan.epochs - 1:
            right = accuracy(validation, made, head, sides)
            if right >= best[0]:
                best = (right, [{k: v.clone() for k, v in m.state_dict().items()} for m in modules])

    _train(parameters, pairs, plan, seed, loss_of, each_epoch)
    for module, state in zip(modules, best[1], strict=True):
        module.load_state_dict(state)
    return head.eval()


def accuracy(pairs: Pairs, made: Towers, head: Head, sides: tuple[Side, ...]) -> float:
    """Share of clips whose action is told."""
    return float(np.mean(said(pairs, made, head, sides) == pairs.action))


def said(pairs: Pairs, made: Towers, head: Head, sides: tuple[Side, ...]) -> NDArray[np.int64]:
    """``(n,)`` the action that is told of each clip."""
    head.eval()
    with torch.inference_mode():
        return np.asarray(head(made.encode(pairs, None, sides)).argmax(dim=1).numpy())


def retrieval(pairs: Pairs, made: Towers) -> dict[str, float]:
    """How well a camera's clip finds the inertial clip of its instant among all: R@1, R@3, mean reciprocal rank."""
    with torch.inference_mode():
        one, two = (functional.normalize(v, dim=1) for v in made.project(pairs, None))
        similar = two @ one.T
        rank = (similar >= similar.diagonal()[:, None]).sum(dim=1).double()
    return {
        "R@1": float((rank <= 1).double().mean()),
        "R@3": float((rank <= 3).double().mean()),
        "MRR": float((1 / rank).mean()),
    }


def zero_shot(known: Pairs, unknown: Pairs, made: Towers) -> float:
    """Balanced accuracy of inertial clips by the nearest mean *camera clip* of each action of other people."""
    with torch.inference_mode():
        films = functional.normalize(made.project(known, None)[1], dim=1).numpy()
        moved = functional.normalize(made.project(unknown, None)[0], dim=1).numpy()
    actions = np.unique(known.action)
    means = np.stack([films[known.action == a].mean(axis=0) for a in actions])
    told = actions[(moved @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T).argmax(axis=1)]
    return float(np.mean([(told[unknown.action == a] == a).mean() for a in np.unique(unknown.action)]))
