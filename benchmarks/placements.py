"""What the shipped encoder's vectors tell by where the sensor was worn: activities of people whom it never read.

``python -m benchmarks.placements`` writes ``docs/validation/placements.json`` and the table in the encoder's card.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data.datasets.registry import must_be_apart
from models.embedding import embed
from models.encoders.folder import CARD, Encoder, load_encoder
from models.pretraining.corpus import LOADERS, WITHOUT_ACTIVITY
from models.pretraining.probe import GROUP, MOST_ROWS
from models.pretraining.recipe import RECIPES
from models.pretraining.train import read_recipe

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation" / "placements.json"
HEADING = "## Figures by placement"
SEED = 9001
LEAST = 3
"""People of a set who must be held out at a placement, and activities that must be told apart there."""
Groups = dict[tuple[str, str], list[tuple[str, str, NDArray[np.float32]]]]
"""Person, activity and mean vectors of two seconds each, by set and placement."""


def gathered(data: Path, encoder: Encoder) -> Groups:
    """Vectors of every healthy recording of one activity."""
    out: Groups = {}
    for name, load in LOADERS.items():
        for person, recording in load(data):
            label = recording.annotations[0].label if recording.annotations else WITHOUT_ACTIVITY[0]
            if label in WITHOUT_ACTIVITY:
                continue
            for stream in recording.streams:
                vectors = embed(stream, encoder).vectors[:].astype(np.float32)
                groups = len(vectors) // GROUP
                means = vectors[: groups * GROUP].reshape(groups, GROUP, -1).mean(axis=1)
                out.setdefault((name, stream.placement.value), []).append((person, label, means))
    return out


def told(groups: list[tuple[str, str, NDArray[np.float32]]], held_out: list[str], widths: int) -> dict[str, Any] | None:
    """Macro-F1 of a logistic probe of other people, on those held out; None where there are too few."""
    known, unknown = ([g for g in groups if (g[0] in held_out) is tested] for tested in (False, True))
    activities = sorted({label for _, label, _ in known} & {label for _, label, _ in unknown})
    if len({p for p, _, _ in unknown}) < LEAST or len(activities) < LEAST:
        return None
    must_be_apart({p for p, _, _ in known}, {p for p, _, _ in unknown})
    x, z = (np.concatenate([v for _, a, v in part if a in activities]) for part in (known, unknown))
    y, truth = (
        np.concatenate([np.full(len(v), a) for _, a, v in part if a in activities]) for part in (known, unknown)
    )
    rows = np.random.default_rng(SEED).permutation(len(x))[:MOST_ROWS]
    out: dict[str, Any] = {"people": len({p for p, _, _ in unknown}), "activities": len(activities)}
    for what, columns in (("all", slice(None)), ("shape", slice(0, widths)), ("features", slice(widths, None))):
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200, class_weight="balanced"))
        said = probe.fit(x[rows][:, columns], y[rows]).predict(z[:, columns])
        out[what] = round(float(f1_score(truth, said, average="macro", zero_division=0)), 3)
    return out


def table(found: dict[str, Any]) -> str:
    """The card's section."""
    lines = [
        HEADING,
        "",
        "Activities of people whom the encoder never read, by a logistic regression of other people on the mean vector",
        "of two seconds; macro-F1 (`python -m benchmarks.placements`). Made on recordings of one activity each.",
        "",
        "| set | worn at | people | activities | whole vector | shape alone | features alone |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {r['set']} | {r['placement']} | {r['people']} | {r['activities']} | {r['all']:.3f} | {r['shape']:.3f} "
            f"| {r['features']:.3f} |"
            for r in found["results"]
        ),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, write, and put the table into the card."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.placements")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    encoder = load_encoder("imu-simclr")
    held_out = read_recipe(RECIPES / "simclr.toml")["held_out"]
    results = []
    for (name, placement), groups in sorted(gathered(given.data, encoder).items()):
        row = told(groups, held_out[name], encoder.widths[2])
        if row is not None:
            results.append({"set": name, "placement": placement} | row)
    found = {
        "made_by": "python -m benchmarks.placements",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "encoder": encoder.version,
        "results": results,
    }
    given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    card = encoder.folder / CARD
    before, _, after = card.read_text("utf-8").partition("## Data and terms")
    card.write_text(before.partition(HEADING)[0] + table(found) + "\n## Data and terms" + after, "utf-8")
    sys.stdout.write(table(found))


if __name__ == "__main__":
    main()
