"""What each way of pretraining is worth: frozen vectors and a linear probe, for all encoders alike.

``python -m benchmarks.encoder SimCLR=FOLDER RelCon=FOLDER ... --data DATA`` writes ``docs/validation/encoder.json``
and a page made from it. Each encoder stands beside random weights, the hand-made features, and both together.
Nobody with Parkinson's disease took part in any pretraining; the people whose activities are told were left out too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data.datasets.registry import must_be_apart
from models.encoders.folder import Encoder, load_encoder, save_encoder
from models.encoders.imu import shape_net
from models.evaluation.metrics import Track, summary
from models.evaluation.splits import folds
from models.pretraining.probe import collect, macro_f1
from models.pretraining.train import read_recipe
from models.training.baselines import with_context
from models.training.corpus import HEAVIEST, Trial, of_people, people, trials

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation"
RECIPE = Path(__file__).resolve().parents[1] / "models" / "pretraining" / "recipes" / "simclr.toml"
SEED = 9001
MOST_ROWS = 20_000
SHOTS = (10, 50, 100)
DRAWS = 20
COLUMNS = {
    "activities": "macro-F1 of activities, people left out of all training, mean of five sets",
    "home": "freezing, tdcsfog, 5 folds by person, AUROC without 2d57c2",
    "home AP": "the same, average precision",
    "home macro": "the same, mean AUROC over people",
    "Daphnet": "trained on tdcsfog, Daphnet trunk unseen, AUROC",
    "Daphnet macro": "the same, mean over people",
    "O'Day": "trained on tdcsfog, O'Day lumbar unseen, AUROC",
    **{f"k = {k}": f"{k} half seconds a class of 25 people, the 15 others, mean AUROC of {DRAWS} draws" for k in SHOTS},
}


def inputs(trial: Trial, columns: slice) -> NDArray[np.float32]:
    """Vectors with those 1, 2 and 4 s before and after."""
    return with_context(trial.vectors[:, columns].astype(np.float32))


def fitted(items: Sequence[Trial], columns: slice, seed: int) -> Any:
    """A logistic probe, classes weighed alike; of many half seconds some are drawn, few of them from the heaviest."""
    draw = np.random.default_rng(seed)
    x = np.concatenate([inputs(t, columns)[t.judged] for t in items])
    y = np.concatenate([t.is_marked[t.judged] for t in items])
    weight = np.concatenate([np.full(int(t.judged.sum()), 0.2 if t.person == HEAVIEST else 1.0) for t in items])
    rows = draw.choice(len(x), min(MOST_ROWS, len(x)), replace=False, p=weight / weight.sum())
    return make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=200, class_weight="balanced")).fit(
        x[rows], y[rows]
    )


def tracks(probe: Any, items: Sequence[Trial], columns: slice) -> list[Track]:
    """Scores of trials."""
    return [Track(t.person, probe.decision_function(inputs(t, columns)), t.is_marked, t.judged, t.marks) for t in items]


def at_home(items: Sequence[Trial], columns: slice, seed: int) -> list[Track]:
    """Everybody judged by a probe of others, 5 folds."""
    freezers = {p: any(t.is_marked.any() for t in items if t.person == p) for p in people(items)}
    fold = folds(freezers, 5, SEED)
    found = []
    for i in range(5):
        inside, outside = (of_people(items, [p for p in fold if (fold[p] == i) is test]) for test in (False, True))
        must_be_apart(people(inside), people(outside))
        found += tracks(fitted(inside, columns, seed), outside, columns)
    return found


def few_labels(items: Sequence[Trial], columns: slice) -> dict[str, float]:
    """AUROC on 15 people (the heaviest among neither) of probes from k half seconds a class of 25 others."""
    draw = np.random.default_rng(SEED)
    everybody = sorted(p for p in people(items) if p != HEAVIEST)
    chosen = set(draw.permutation(everybody)[:25].tolist())
    inside, outside = of_people(items, sorted(chosen)), of_people(items, sorted(set(everybody) - chosen))
    x, z = (np.concatenate([inputs(t, columns)[t.judged] for t in part]) for part in (inside, outside))
    y, truth = (np.concatenate([t.is_marked[t.judged] for t in part]) for part in (inside, outside))
    scale = StandardScaler().fit(x)  # no label is needed for it
    x, z = scale.transform(x), scale.transform(z)
    out = {}
    for k in SHOTS:
        each = []
        for _ in range(DRAWS):
            rows = np.concatenate([draw.choice(np.flatnonzero(y == c), k, replace=False) for c in (False, True)])
            probe = LogisticRegression(C=1e-2, max_iter=200).fit(x[rows], y[rows])
            each.append(roc_auc_score(truth, probe.decision_function(z)))
        out[f"k = {k}"] = float(np.mean(each))
    return out


def row(sites: dict[str, tuple[Trial, ...]], columns: slice) -> dict[str, float]:
    """All columns about freezing of one input."""
    home = sites["tdcsfog"]
    scored = at_home(home, columns, SEED)
    without = summary([t for t in scored if t.person != HEAVIEST])
    probe = fitted(home, columns, SEED)
    away = {site: summary(tracks(probe, sites[site], columns)) for site in ("daphnet-trunk", "oday-lumbar")}
    return {
        "home": without.auroc,
        "home AP": without.ap,
        "home macro": summary(scored).macro_auroc,
        "Daphnet": away["daphnet-trunk"].auroc,
        "Daphnet macro": away["daphnet-trunk"].macro_auroc,
        "O'Day": away["oday-lumbar"].auroc,
        **few_labels(home, columns),
    }


def measure(encoder: Encoder, data: Path, parts: dict[str, slice]) -> dict[str, dict[str, float]]:
    """A row for each part of an encoder's vectors."""
    sites = {site: trials(data, site, encoder) for site in ("tdcsfog", "daphnet-trunk", "oday-lumbar")}
    known = collect(data, encoder, read_recipe(RECIPE)["held_out"])
    return {
        name: {"activities": macro_f1(known, columns, SEED)["mean"], **row(sites, columns)}
        for name, columns in parts.items()
    }


def kept(path: Path, code: str) -> dict[str, Any]:
    """Encoders that were measured by this very script before; measuring takes minutes each."""
    told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    found: dict[str, Any] = told["encoders"] if told.get("code") == code else {}
    return found


def page(told: dict[str, Any]) -> str:
    """The table as Markdown."""
    lines = [
        "# What pretraining is worth",
        "",
        "Made by `python -m benchmarks.encoder`; do not edit. Frozen vectors, a logistic probe with the vectors 1, 2",
        "and 4 s before and after; one seed an encoder: differences below .01 are within what another would change.",
        "",
        "| input of the probe | " + " | ".join(COLUMNS) + " |",
        "|---|" + "---|" * len(COLUMNS),
        *(
            f"| {name} | " + " | ".join(f"{values[c]:.3f}".lstrip("0") for c in COLUMNS) + " |"
            for encoder in told["encoders"].values()
            for name, values in encoder["results"].items()
        ),
        "",
        *(f"- **{name}**: {what}" for name, what in COLUMNS.items()),
        "",
        "Encoders: " + ", ".join(f"{name} {encoder['version']}" for name, encoder in told["encoders"].items()) + ".",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoder")
    parser.add_argument("encoders", nargs="+", help="NAME=FOLDER or NAME=name of a shipped one")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    begun = time.monotonic()
    used = {name: load_encoder(where) for name, _, where in (text.partition("=") for text in given.encoders)}
    first = next(iter(used.values()))
    shape, hand, both = slice(0, first.widths[2]), slice(first.widths[2], first.dim), slice(None)
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    known = kept(given.out / "encoder.json", code)
    with tempfile.TemporaryDirectory() as scratch:
        net = shape_net(first.widths, SEED)
        untrained = save_encoder(Path(scratch) / "random", "random", net, mean=first.mean, sd=first.sd, card="")
        jobs = {
            "random weights": (
                untrained, {"85 hand-made features": hand, "random weights": shape, "random weights + features": both}
            ),
            **{name: (encoder, {name: shape, f"{name} + features": both}) for name, encoder in used.items()},
        }  # fmt: skip
        new = {name: job for name, job in jobs.items() if known.get(name, {}).get("version") != job[0].version}
        found = Parallel(n_jobs=-1)(delayed(measure)(encoder, given.data, parts) for encoder, parts in new.values())
        measured = dict(zip(new, found, strict=True))
    told = {
        "made_by": "python -m benchmarks.encoder",
        "code": code,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(time.monotonic() - begun),
        "columns": COLUMNS,
        "encoders": {
            name: {
                "version": encoder.version,
                "results": {r: {c: round(v, 4) for c, v in values.items()} for r, values in measured[name].items()}
                if name in measured
                else known[name]["results"],
            }
            for name, (encoder, _) in jobs.items()
        },
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "encoder.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (given.out / "encoder.md").write_text(page(told), "utf-8")
    sys.stdout.write(page(told))


if __name__ == "__main__":
    main()
