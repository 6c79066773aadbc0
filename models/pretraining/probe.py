"""What an encoder's vectors know about activities of people it never saw: a linear probe, written as one table."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.embedding import embed
from models.encoders.folder import Encoder, load_encoder, save_encoder
from models.pretraining.corpus import LOADERS, WITHOUT_ACTIVITY

RECIPES = Path(__file__).parent / "recipes"

GROUP = 4
"""Half seconds averaged to one row of the probe."""

MOST_ROWS = 24_000


@dataclass(frozen=True, slots=True)
class Rows:
    """Averaged vectors with what they are of; ``held_out`` marks the people kept for the test."""

    vectors: NDArray[np.float32]
    dataset: NDArray[np.str_]
    activity: NDArray[np.str_]
    held_out: NDArray[np.bool_]


def collect(root: Path, encoder: Encoder, held_out: dict[str, list[str]]) -> Rows:
    """Vectors of every healthy recording whose activity holds throughout."""
    vectors, dataset, activity, test = [], [], [], []
    for name, load in LOADERS.items():
        for person, recording in load(root):
            label = recording.annotations[0].label if recording.annotations else WITHOUT_ACTIVITY[0]
            if label in WITHOUT_ACTIVITY:
                continue
            for stream in recording.streams:
                rows = embed(stream, encoder).vectors[:].astype(np.float32)
                groups = len(rows) // GROUP
                if groups == 0:
                    continue
                vectors.append(rows[: groups * GROUP].reshape(groups, GROUP, -1).mean(axis=1))
                dataset += [name] * groups
                activity += [label] * groups
                test += [person in held_out[name]] * groups
    return Rows(np.concatenate(vectors), np.array(dataset), np.array(activity), np.array(test))


def macro_f1(rows: Rows, columns: slice, seed: int) -> dict[str, float]:
    """Macro-F1 of a logistic probe for each set, trained on its other people."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  heavy, and only needed here
    from sklearn.metrics import f1_score  # noqa: PLC0415  as above
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415  as above
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415  as above

    out = {}
    draw = np.random.default_rng(seed)
    for name in LOADERS:
        here = rows.dataset == name
        train, test = np.flatnonzero(here & ~rows.held_out), np.flatnonzero(here & rows.held_out)
        train = draw.permutation(train)[:MOST_ROWS]
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200, class_weight="balanced"))
        probe.fit(rows.vectors[train][:, columns], rows.activity[train])
        said = probe.predict(rows.vectors[test][:, columns])
        out[name] = round(float(f1_score(rows.activity[test], said, average="macro", zero_division=0)), 3)
    out["mean"] = round(float(np.mean(list(out.values()))), 3)
    return out


def probe(
    encoder: Encoder, recipe: dict[str, Any], root: Path, scratch: Path, progress: Callable[[str], None]
) -> dict[str, Any]:
    """The table: the encoder, its two parts, and the same network with random weights.

    Parameters
    ----------
    scratch
        Folder for the encoder with random weights.
    """
    from models.encoders.imu import shape_net  # noqa: PLC0415  imports torch

    untrained = save_encoder(
        scratch, "random", shape_net(encoder.widths, recipe["seed"] + 1), mean=encoder.mean, sd=encoder.sd, card=""
    )
    shape, hand = slice(0, encoder.widths[2]), slice(encoder.widths[2], encoder.dim)
    table = {}
    for name, used, parts in (
        ("trained", encoder, {"whole vector": slice(None), "shape part": shape, "85 features": hand}),
        ("random weights", untrained, {"shape part, random weights": shape}),
    ):
        progress(f"encoding with {name}")
        rows = collect(root, used, recipe["held_out"])
        for label, columns in parts.items():
            table[label] = macro_f1(rows, columns, recipe["seed"])
            progress(f"{label}: {table[label]}")
    return {
        "encoder": encoder.name,
        "version": encoder.version,
        "what": "macro-F1 of a linear probe of activities on people left out of all training, 2 s of movement a row",
        "held_out": recipe["held_out"],
        "macro_f1": table,
    }


def main() -> None:
    """``python -m models.pretraining.probe --data FOLDER --scratch FOLDER --out docs/validation/encoder.json``."""
    parser = argparse.ArgumentParser(prog="python -m models.pretraining.probe")
    parser.add_argument("--encoder", default="imu-simclr", help="name of a shipped encoder, or a folder")
    parser.add_argument("--recipe", type=Path, default=RECIPES / "simclr.toml")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    recipe = tomllib.loads(given.recipe.read_text(encoding="utf-8"))
    table = probe(
        load_encoder(given.encoder),
        recipe,
        given.data,
        given.scratch,
        lambda line: print(line, file=sys.stderr, flush=True),  # noqa: T201  a command's progress
    )
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
