"""What the recipe of the lower back's freezing detector is worth on one encoder or another.

``python -m benchmarks.on_encoder shipped=imu-simclr NAME=FOLDER,FOLDER ... --data DATA`` writes
``docs/validation/on_encoder.json`` and a page made from it; several folders are several seeds of pretraining. Every
encoder is read by the networks of the shipped recipe, on the folds of ``motionward evaluate``: at home each person is
judged by networks of others, and networks of all of tdcsfog judge two hospitals of which no label is read.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from benchmarks.about import about
from benchmarks.encoder import OUT, rounded, table
from data.datasets.registry import must_be_apart
from models.encoders.folder import Encoder, load_encoder
from models.evaluation.metrics import PLAIN, as_probabilities, at_false_alarms, summary, sweep
from models.training.corpus import HEAVIEST, Trial, people, trials
from models.training.learn import alone, by_fold, learn, run
from models.training.recipe import Recipe, read_recipe
from models.training.validate import HEALTHY_SITES, RECIPES, SEED, Odds, tracks

MEMBERS = 3
"""Networks of an ensemble, as in ``freezing.json``."""
FOLDS = 5
ALARMS = 10
HOME, AWAY = "tdcsfog", {"Daphnet": "daphnet-trunk", "O'Day": "oday-lumbar"}
COLUMNS = (
    "home", "home AP", "home macro", "episodes at home", "of 5 s or longer",
    *(f"{place}{kind}" for place in AWAY for kind in ("", " macro")),
)  # fmt: skip


def judged(plan: Recipe, inside: Sequence[Trial], outside: Sequence[Trial], seed: int) -> Odds:
    """Log-odds of some trials by networks that others taught, by the name of the trial; under one name for all."""
    must_be_apart(people(inside), people(outside))
    learned = learn(plan, inside, {}, seed, MEMBERS)
    return {"": {t.name: run(learned[1], t) for t in outside}}


def measured(encoder: Encoder, data: Path, cache: Path | None) -> dict[str, float]:
    """All columns of one encoder."""
    plan = replace(read_recipe(RECIPES / "freezing-of-gait-lower-back.toml"), encoder=str(encoder.folder))
    sites = {s: trials(data, s, encoder, cache) for s in (HOME, *AWAY.values(), *HEALTHY_SITES["lower back"])}
    home, healthy = sites[HOME], tuple(t for s in HEALTHY_SITES["lower back"] for t in sites[s])
    away = [t for s in AWAY.values() for t in sites[s]]
    each, _ = by_fold(
        home, FOLDS, SEED, lambda inside, outside, i: judged(plan, (*inside, *healthy), outside, SEED + i)
    )
    with alone():
        (foreign,) = Parallel(n_jobs=-1)([delayed(judged)(plan, (*home, *healthy), away, SEED)])
    odds = {name: z for found in (*each, foreign) for name, z in found[""].items()}
    found: dict[str, float] = {}
    at_home = tracks(home, odds)
    without = summary([t for t in at_home if t.person != HEAVIEST])
    found |= {"home": without.auroc, "home AP": without.ap, "home macro": summary(at_home).macro_auroc}
    at = at_false_alarms(sweep(as_probabilities(at_home), PLAIN, 80), sum(t.hours for t in at_home), ALARMS)
    found["episodes at home"], found["of 5 s or longer"] = (at.sensitivity, at.long_sensitivity) if at else (0.0, 0.0)
    for place, site in AWAY.items():
        told = summary(tracks(sites[site], odds))
        found |= {place: told.auroc, f"{place} macro": told.macro_auroc}
    return found


def page(told: dict[str, Any]) -> str:
    """The table in Markdown."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for one in told["measured"]:
        rows.setdefault(one["name"], []).append(one["figures"])
    lines = table(COLUMNS, rows, ".3f")
    lines[0] = lines[0].replace("input of the probe", "encoder")
    return "\n".join(
        [
            "# The lower back's detector on other encoders",
            "",
            "Made by `python -m benchmarks.on_encoder`; do not edit. AUROC of half seconds (AP: average precision)",
            f"with the networks of the shipped recipe, {MEMBERS} of them, beside frozen vectors and the features.",
            f"*Home*: tdcsfog in {FOLDS} folds by person, without 2d57c2 but for the macro figure and the episodes;",
            f"these at {ALARMS} false alarms an hour. *Daphnet* (trunk) and *O'Day*: no label of them is read. Where",
            "an encoder was trained from several seeds: the mean, lowest and highest.",
            "",
            *lines,
            "",
        ]
    )


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoders", nargs="+", metavar="NAME=FOLDER")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="folder that remembers vectors")
    given = parser.parse_args()
    begun = time.perf_counter()
    found = []
    for name, folders in (one.split("=", 1) for one in given.encoders):
        for folder in folders.split(","):
            encoder = load_encoder(folder)
            figures = rounded(measured(encoder, given.data, given.cache))
            found.append({"name": name, "version": encoder.version, "figures": figures})
            print(name, encoder.version, figures, flush=True)
    told = {**about("python -m benchmarks.on_encoder", begun), "columns": list(COLUMNS), "measured": found}
    (OUT / "on_encoder.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (OUT / "on_encoder.md").write_text(page(told), encoding="utf-8")


if __name__ == "__main__":
    main()
