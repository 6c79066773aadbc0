"""CMC and CMC-CMKM on UTD-MHAD: people 1, 3, 5 train, 7 validates, 2, 4, 6, 8 test, as published.

``python -m benchmarks.utd --kept FOLDER`` writes ``docs/validation/utd.json`` and a page made from it. Rows
have the same clips and, but where a row names another, the same towers: 80 epochs of pretraining and 50 of labels, from
scratch 130. The intervals come from seeds, since the four test people are too few to draw from.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from joblib import Parallel, delayed
from safetensors.torch import load_file, save_file

from data.datasets.registry import must_be_apart
from data.datasets.utd_mhad import JOINTS, PUBLISHED
from models.objectives.multiview import Mining
from models.pretraining.crossmodal import (
    Objective,
    Plan,
    Side,
    Towers,
    accuracy,
    fit_cross,
    fit_labels,
    fit_simclr,
    retrieval,
    towers,
    zero_shot,
)
from models.pretraining.pairs import Pairs, load_pairs

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation"
SPLIT = PUBLISHED.splits["CMC-CMKM"]
BOTH: tuple[Side, ...] = ("inertial", "seen")
ALONE: tuple[Side, ...] = ("inertial",)
SIMCLR, CROSS, LABELS = Plan(epochs=80), Plan(epochs=80), Plan(epochs=50)


def told(made: Towers, parts: dict[str, Pairs], seed: int) -> dict[str, float]:
    """All columns of towers that were pretrained."""
    out = {}
    for name, sides in (("IMU", ALONE), ("IMU + skeleton", BOTH)):
        for how, frozen in (("frozen", True), ("tuned", False)):
            copy = Towers(*(deepcopy(m) for m in (made.inertial, made.seen, made.heads)))
            plan = LABELS if frozen else replace(LABELS, learning_rate=5e-4)
            head = fit_labels(parts["train"], parts["validation"], copy, sides, plan, seed, frozen=frozen)
            out[f"{name}, {how}"] = accuracy(parts["test"], copy, head, sides)
    return out | across(made, parts)


def across(made: Towers, parts: dict[str, Pairs]) -> dict[str, float]:
    """The columns from what the camera saw to the sensor."""
    return retrieval(parts["test"], made) | {"zero-shot": zero_shot(parts["train"], parts["test"], made)}


CROSSED: tuple[tuple[str, Plan, Objective], ...] = (
    ("CMC", CROSS, "cmc"),
    ("CMC-CMKM, K = 1", CROSS, "cmkm"),
    ("sigmoid", CROSS, "sigmoid"),
    ("CMC, pairs shuffled", CROSS, "cmc"),
    ("CMC-CMKM, K = 3, mean of logs", replace(CROSS, neighbours=3, mining=Mining(positives="out_log")), "cmkm"),
    ("sigmoid, PatchTST", CROSS, "sigmoid"),
)
SCRATCH, ALONE_EACH, RANDOM = "supervised from scratch", "SimCLR in each", "random weights"
DEPTH = "sigmoid, depth film for skeleton"
ROWS = (SCRATCH, ALONE_EACH, RANDOM, *(name for name, _, _ in CROSSED), DEPTH)


def one_seed(parts: dict[str, Pairs], films: dict[str, Pairs], seed: int, folder: Path) -> dict[str, dict[str, float]]:
    """Every row; those that are done lie in ``folder`` and are not done again, each takes a quarter of an hour.

    Parameters
    ----------
    parts, films
        Pairs with skeletons and with depth films of the people that train, validate and test.
    """
    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"rows-{seed}.json"
    rows: dict[str, dict[str, float]] = json.loads(file.read_text("utf-8")) if file.is_file() else {}

    def keep(name: str, row: dict[str, float]) -> None:
        rows[name] = row
        file.write_text(json.dumps(rows, indent=1), "utf-8")
        sys.stderr.write(f"seed {seed}: {name} {row}\n")

    if SCRATCH not in rows:
        keep(SCRATCH, from_scratch(parts, seed))
    teacher = known_teacher(parts["train"], seed, folder / f"teacher-{seed}.safetensors")
    if ALONE_EACH not in rows:
        keep(ALONE_EACH, told(teacher, parts, seed))
    if RANDOM not in rows:
        keep(RANDOM, told(towers(len(JOINTS), seed), parts, seed))
    for name, plan, objective in CROSSED:
        if name not in rows:
            made = crossed(parts["train"], name, plan, objective, seed, folder, teacher)
            keep(name, told(made, parts, seed))
    if DEPTH not in rows:
        made = towers(None, seed)
        fit_cross(films["train"], made, CROSS, seed, "sigmoid")
        keep(DEPTH, across(made, films))
    return rows


def crossed(
    train: Pairs, name: str, plan: Plan, objective: Objective, seed: int, folder: Path, teacher: Towers
) -> Towers:
    """The towers of a row of ``CROSSED``, trained once and then read from ``folder``."""

    def fit(made: Towers) -> None:
        fit_cross(train.shuffled(seed) if "shuffled" in name else train, made, plan, seed, objective, teacher)

    made = towers(len(JOINTS), seed, patches="PatchTST" in name)
    return trained_once(made, folder / f"{name.replace(' ', '-')}-{seed}.safetensors", fit)


def from_scratch(parts: dict[str, Pairs], seed: int) -> dict[str, float]:
    """The same towers with labels alone, as many epochs as pretraining and labels together."""
    out = {}
    for name, sides in (("IMU", ALONE), ("IMU + skeleton", BOTH)):
        made = towers(len(JOINTS), seed)
        plan = replace(LABELS, epochs=LABELS.epochs + CROSS.epochs)
        head = fit_labels(parts["train"], parts["validation"], made, sides, plan, seed, frozen=False)
        out[f"{name}, tuned"] = accuracy(parts["test"], made, head, sides)
    return out


def known_teacher(train: Pairs, seed: int, file: Path) -> Towers:
    """SimCLR in each tower: a row of its own, and who says which clips are alike."""
    return trained_once(towers(len(JOINTS), seed), file, lambda made: fit_simclr(train, made, SIMCLR, seed))


def trained_once(made: Towers, file: Path, fit: Callable[[Towers], None]) -> Towers:
    """Towers with the weights of ``file``, which is written when it is not there."""
    parts = {"inertial": made.inertial, "seen": made.seen, "heads": made.heads}
    if file.is_file():
        held = load_file(file)
        for name, part in parts.items():
            part.load_state_dict({k.removeprefix(f"{name}."): v for k, v in held.items() if k.startswith(f"{name}.")})
        return made
    fit(made)
    save_file({f"{n}.{k}": v.contiguous() for n, part in parts.items() for k, v in part.state_dict().items()}, file)
    return made


def page(found: dict[str, Any]) -> str:
    """The table as Markdown: mean over seeds, lowest and highest in brackets."""
    columns = list(dict.fromkeys(c for row in found["results"].values() for c in row))

    def cell(values: list[float] | None) -> str:
        if not values:
            return "–"
        low, high = min(values), max(values)
        return f"{np.mean(values):.3f}" + (f" ({low:.3f}–{high:.3f})" if len(values) > 1 else "")

    return "\n".join(
        [
            "# UTD-MHAD: a sensor and a skeleton of the same clips",
            "",
            "Made by `python -m benchmarks.utd`; do not edit. People 1, 3, 5 train, 7 validates, 2, 4, 6, 8 test",
            "(430 clips). "
            + (f"Mean of {len(found['seeds'])} seeds (lowest–highest)" if len(found["seeds"]) > 1 else "One seed")
            + ". Accuracy of 27 actions; a skeleton",
            "(a film, where one is named) looks for the inertial clip of its instant among the 430 (chance R@1 .002);",
            "zero-shot: inertial clips by the nearest mean skeleton of an action of other people, balanced accuracy",
            "(chance .037). 80 epochs of pretraining (random weights: none; CMC-CMKM after 80 more of its SimCLR",
            "teacher) and 50 of labels, from scratch 130. The four test people are too few for intervals over people.",
            "",
            "| row | " + " | ".join(columns) + " |",
            "|---|" + "---|" * len(columns),
            *(
                f"| {name} | " + " | ".join(cell(row.get(c)) for c in columns) + " |"
                for name, row in found["results"].items()
            ),
            "",
            *([f"Not measured yet: {', '.join(found['missing'])}.", ""] if found["missing"] else []),
        ]
    )


def measured(data: Path, seeds: Sequence[int], folder: Path) -> None:
    """Every row of every seed, into ``folder``."""
    views: tuple[Literal["skeleton", "depth"], ...] = ("skeleton", "depth")
    parts, films = (
        {name: pairs.of(people) for name, people in SPLIT.items()} for pairs in (load_pairs(data, v) for v in views)
    )
    must_be_apart(SPLIT["train"], (*SPLIT["validation"], *SPLIT["test"]))
    Parallel(n_jobs=-1)(delayed(one_seed)(parts, films, seed, folder) for seed in seeds)


def so_far(seeds: Sequence[int], folder: Path) -> dict[str, Any]:
    """The rows that are done, each with the values of the seeds that have it."""
    begun = [seed for seed in seeds if (folder / f"rows-{seed}.json").is_file()]
    each = [json.loads((folder / f"rows-{seed}.json").read_text("utf-8")) for seed in begun]
    names = [n for n in ROWS if any(n in one for one in each)]
    return {
        "made_by": "python -m benchmarks.utd",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seeds": begun,
        "results": {
            name: {
                c: [round(one[name][c], 4) for one in each if name in one]
                for c in next(o[name] for o in each if name in o)
            }
            for name in names
        },
        "missing": [n for n in ROWS if not all(n in one for one in each)],
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.utd")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kept", type=Path, required=True, help="folder for the rows that are done")
    parser.add_argument("--so-far", action="store_true", help="measure nothing: write the rows that are done")
    given = parser.parse_args()
    seeds = range(1, given.seeds + 1)
    if not given.so_far:
        measured(given.data, seeds, given.kept)
    found = so_far(seeds, given.kept)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "utd.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (given.out / "utd.md").write_text(page(found), "utf-8")
    sys.stdout.write(page(found))


if __name__ == "__main__":
    main()
