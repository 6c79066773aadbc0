"""What pretraining is worth beside the labels themselves: the same network trained on freezing alone, or tuned on it.

``python -m benchmarks.from_scratch --data DATA`` writes ``docs/validation/from_scratch.json`` and a page made from it.
Of tdcsfog 25 people, or 4 of them (a tenth of the set), give their labels; 14 others and the people of two other
hospitals are judged. Every row has the same people, the same probe and, where a network learns, the same steps.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from benchmarks.about import about
from benchmarks.encoder import OUT, RECIPE, rounded, table
from benchmarks.probing import SEED, Probe, fitted, tracks
from data.datasets.registry import must_be_apart
from models.augmentations import Strengths, augment
from models.encoders.folder import Encoder, load_encoder, load_shape_net, save_encoder
from models.encoders.imu import BEFORE, EXTRA, ShapeNet, shape_net
from models.evaluation.metrics import summary
from models.features import CELL
from models.pretraining.train import read_recipe
from models.pretraining.windows import HALO, cut
from models.training.baselines import with_context
from models.training.corpus import HEAVIEST, Trial, of_people, people, signals, trials

STEPS, ROWS, VECTORS = 500, 24, 64
RATES = {"from scratch": 2e-3, "pretrained, then tuned": 3e-4}
"""Peak learning rates: of weights that know nothing, and of weights that should not forget."""
GIVERS = {"25 people": 25, "4 people": 4}
DRAWS = 3
AWAY = ("daphnet-trunk", "oday-lumbar")
COLUMNS = ("home", "home macro", "Daphnet", "Daphnet macro", "O'Day")


def tuned(
    net: ShapeNet, rate: float, items: Sequence[Trial], acc: dict[str, NDArray[np.float32]], seed: int
) -> NDArray[np.float64]:
    """Train a network on the marks of some people, together with a head.

    Parameters
    ----------
    acc
        Of each trial by its name, ``(n, 3)`` at 50 Hz with gravity along z.

    Returns
    -------
    ``(7 C,)`` weights of the head, of a vector and its surroundings.
    """
    own = [t for t in items if t.cells * CELL <= len(acc[t.name])]
    zero = np.zeros((1, 3), dtype=np.float32)
    moved = [acc[t.name] - np.array([0, 0, 1], dtype=np.float32) for t in own]
    signal = np.concatenate([np.hstack([m, np.broadcast_to(zero, m.shape)]) for m in moved])
    stop = np.cumsum([len(m) for m in moved])
    start = stop - np.array([len(m) for m in moved])
    chance = np.array([t.cells * (0.2 if t.person == HEAVIEST else 1.0) for t in own])
    strengths = Strengths(**read_recipe(RECIPE)["augmentations"])
    draw, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = nn.Linear(7 * net.widths[2], 1)
    layers = [*net.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(layers, rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, STEPS)
    ahead = (VECTORS * CELL + EXTRA) // 2 - BEFORE
    net.train()
    for _ in range(STEPS):
        chosen = draw.choice(len(own), ROWS, p=chance / chance.sum())
        first = np.array([draw.integers(0, max(1, own[i].cells - VECTORS + 1)) for i in chosen])
        pieces = cut(
            signal, start[chosen] + first * CELL + ahead, start[chosen], stop[chosen], VECTORS * CELL + EXTRA + 2 * HALO
        )
        seen = augment(*pieces, torch.zeros(ROWS, dtype=torch.bool), strengths=strengths, generator=generator)
        y, judged = (np.zeros((ROWS, VECTORS), dtype=np.float32) for _ in range(2))
        for row, (i, f) in enumerate(zip(chosen, first, strict=True)):
            there = slice(0, min(VECTORS, own[i].cells - f))
            y[row, there] = own[i].is_marked[f : f + VECTORS]
            judged[row, there] = own[i].judged[f : f + VECTORS]
        said = head(_beside(net(seen)))[..., 0]
        loss = functional.binary_cross_entropy_with_logits(said, torch.from_numpy(y), reduction="none")
        weight = torch.from_numpy(judged)
        optimiser.zero_grad(set_to_none=True)
        ((loss * weight).sum() / weight.sum().clamp(min=1)).backward()  # type: ignore[no-untyped-call]  # torch lacks its types
        nn.utils.clip_grad_norm_(layers, 1.0)
        optimiser.step()
        schedule.step()
    net.eval()
    return np.asarray(head.weight.detach().numpy()[0], dtype=np.float64)


def _beside(vectors: torch.Tensor) -> torch.Tensor:
    """``(B, N, C)`` to ``(B, N, 7 C)``: the surroundings that the probe reads too."""
    rows = torch.from_numpy(with_context(np.arange(vectors.shape[1])[:, None].astype(np.float32))).long()
    return vectors[:, rows].flatten(2)


@dataclass(frozen=True, slots=True)
class _Head:
    """What a network learned to say itself, behind the interface of a probe."""

    weights: NDArray[np.float64]

    def decision_function(self, x: NDArray[np.float32]) -> NDArray[np.float64]:
        return x @ self.weights


def figures(
    home: Sequence[Trial], away: dict[str, tuple[Trial, ...]], givers: Sequence[str], probe: Probe,
    judged: Sequence[str], head: NDArray[np.float64] | None = None,
) -> dict[str, float]:  # fmt: skip
    """What a probe of the givers' labels, or the head that learned from them, is worth to others."""
    must_be_apart(set(givers), set(judged))
    model = fitted(of_people(home, givers), probe, SEED) if head is None else _Head(head)
    at_home = summary(tracks(model, of_people(home, judged), probe))
    daphnet, oday = (summary(tracks(model, away[site], probe)) for site in AWAY)
    values = (at_home.auroc, at_home.macro_auroc, daphnet.auroc, daphnet.macro_auroc, oday.auroc)
    return dict(zip(COLUMNS, values, strict=True))


def measured(data: Path, shipped: Encoder, scratch: Path) -> Iterator[tuple[str, str, int, dict[str, float]]]:
    """``(givers, row, draw, figures)``, as they are found."""
    shape, hand = slice(0, shipped.widths[2]), slice(shipped.widths[2], shipped.dim)
    probes = {"shape alone": Probe(shape), "with features, LightGBM": Probe(slice(None), context=False, trees=True)}

    def known(encoder: Encoder) -> tuple[tuple[Trial, ...], dict[str, tuple[Trial, ...]]]:
        return trials(data, "tdcsfog", encoder), {site: trials(data, site, encoder) for site in AWAY}

    frozen = known(shipped)
    random = save_encoder(scratch / "random", "random", shape_net(shipped.widths, SEED), mean=shipped.mean,
                          sd=shipped.sd, card="")  # fmt: skip
    untaught = known(random)
    acc = signals(data, "tdcsfog")
    everybody = np.random.default_rng(SEED).permutation(sorted(p for p in people(frozen[0]) if p != HEAVIEST))
    teachers, judged = everybody[:25].tolist(), everybody[25:].tolist()
    freezers = [p for p in teachers if any(t.is_marked.any() for t in of_people(frozen[0], [p]))]
    for title, count in GIVERS.items():
        for i in range(DRAWS):
            few = count < len(teachers)
            givers = (
                np.random.default_rng(SEED + i).choice(freezers, count, replace=False).tolist() if few else teachers
            )
            if few or i == 0:  # nothing in these rows is drawn but the people
                trees = Probe(hand, context=False, trees=True)
                yield title, "features alone, LightGBM", i, figures(*frozen, givers, trees, judged)
                for name, seen in (("random weights", untaught), ("pretrained, frozen", frozen)):
                    for what, probe in probes.items():
                        yield title, f"{name}, {what}", i, figures(*seen, givers, probe, judged)
            for name, rate in RATES.items():
                net = shape_net(shipped.widths, SEED + i) if name == "from scratch" else load_shape_net(shipped)
                head = tuned(net, rate, of_people(frozen[0], givers), acc, SEED + i)
                taught = save_encoder(scratch / f"{title} {name} {i}", "taught", net, mean=shipped.mean, sd=shipped.sd,
                                      card="")  # fmt: skip
                seen = known(taught)
                own = figures(*seen, givers, probes["shape alone"], judged, head)
                yield title, f"{name}, its own head", i, own
                for what, probe in probes.items():
                    yield title, f"{name}, {what}", i, figures(*seen, givers, probe, judged)


def page(told: dict[str, Any]) -> str:
    """The tables as Markdown."""
    lines = [
        "# Pretraining beside the labels themselves",
        "",
        "Made by `python -m benchmarks.from_scratch`; do not edit. AUROC of half seconds with freezing. Labels come",
        "from 25 people of tdcsfog, or from 4 of them who froze (three draws); judged are 14 others, not 2d57c2, and",
        "Daphnet's three and O'Day's two people, of whom no label is read. *From scratch* is the encoder's network,",
        "begun at random and trained on these labels end to end; *tuned* begins at the shipped weights. Both learn for",
        f"{STEPS} steps of {ROWS} pieces of {VECTORS // 2} s, changed as in pretraining, and are then read by the",
        "probe that reads the frozen ones, or by the head that they learned with.",
        "Where something is drawn: the mean, lowest and highest of three.",
        "",
    ]
    for title in GIVERS:
        rows: dict[str, list[dict[str, Any]]] = {}
        for r in told["rows"]:
            if r["givers"] == title:
                rows.setdefault(r["row"], []).append(r["figures"])
        lines += [f"## Labels of {title}", "", *table(COLUMNS, rows, ".3f"), ""]
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.from_scratch")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    begun = time.perf_counter()
    shipped = load_encoder("imu-simclr")
    with tempfile.TemporaryDirectory() as scratch:
        rows = [
            {"givers": g, "row": r, "draw": i, "figures": rounded(f)}
            for g, r, i, f in measured(asked.data, shipped, Path(scratch))
        ]
    told = {**about("python -m benchmarks.from_scratch", begun), "encoder": shipped.version, "rows": rows}
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "from_scratch.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (asked.out / "from_scratch.md").write_text(page(told), "utf-8")


if __name__ == "__main__":
    main()
