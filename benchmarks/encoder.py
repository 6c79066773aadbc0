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
from collections.abc import Callable, Sequence
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
from data.recording import Stream
from models.encoders.folder import Encoder, load_encoder, save_encoder
from models.encoders.imu import shape_net
from models.evaluation.metrics import Track, summary
from models.evaluation.splits import folds
from models.evaluation.stress import STRESSES, without_gyroscope
from models.pretraining.probe import by_person, collect, macro_f1
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
    "MotionSense": "macro-F1 of 6 activities, 2 s, 20 people, 5 folds by person; of encoders that never read the set",
    "home": "freezing, tdcsfog, 5 folds by person, AUROC without 2d57c2",
    "home AP": "the same, average precision",
    "home macro": "the same, mean AUROC over people",
    "Daphnet": "trained on tdcsfog, Daphnet trunk unseen, AUROC",
    "Daphnet macro": "the same, mean over people",
    "O'Day": "trained on tdcsfog, O'Day lumbar unseen, AUROC",
    **{f"k = {k}": f"{k} half seconds a class of 25 people, the 15 others, mean AUROC of {DRAWS} draws" for k in SHOTS},
}


STRESSED = (
    *(f"{where}, {name}" for name in STRESSES for where in ("home macro", "Daphnet macro")),
    "activities, without gyroscope",
)
"""By how much a column changes when only the people tested are recorded otherwise."""


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


def at_home(items: Sequence[Trial], columns: slice, seed: int) -> list[tuple[Any, tuple[str, ...]]]:
    """A probe of other people for the people of each of 5 folds."""
    freezers = {p: any(t.is_marked.any() for t in items if t.person == p) for p in people(items)}
    fold = folds(freezers, 5, SEED)
    found = []
    for i in range(5):
        inside, outside = ([p for p in fold if (fold[p] == i) is test] for test in (False, True))
        must_be_apart(inside, outside)
        found.append((fitted(of_people(items, inside), columns, seed), tuple(outside)))
    return found


def judged(probes: Sequence[tuple[Any, tuple[str, ...]]], items: Sequence[Trial], columns: slice) -> list[Track]:
    """Everybody judged by the probe of others."""
    return [t for probe, outside in probes for t in tracks(probe, of_people(items, outside), columns)]


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


def row(sites: dict[str, dict[str, tuple[Trial, ...]]], columns: slice) -> dict[str, float]:
    """All columns about freezing of one input.

    Parameters
    ----------
    sites
        Trials of each site as they are (``""``) and under each stress.
    """
    home = sites["tdcsfog"][""]
    probes = at_home(home, columns, SEED)
    scored = judged(probes, home, columns)
    without = summary([t for t in scored if t.person != HEAVIEST])
    probe = fitted(home, columns, SEED)
    away = {site: summary(tracks(probe, sites[site][""], columns)) for site in ("daphnet-trunk", "oday-lumbar")}
    macro = summary(scored).macro_auroc
    out = {
        "home": without.auroc,
        "home AP": without.ap,
        "home macro": macro,
        "Daphnet": away["daphnet-trunk"].auroc,
        "Daphnet macro": away["daphnet-trunk"].macro_auroc,
        "O'Day": away["oday-lumbar"].auroc,
        **few_labels(home, columns),
    }
    for name in STRESSES:
        changed = summary(judged(probes, sites["tdcsfog"][name], columns)).macro_auroc - macro
        far = summary(tracks(probe, sites["daphnet-trunk"][name], columns)).macro_auroc
        out[f"home macro, {name}"] = changed
        out[f"Daphnet macro, {name}"] = far - out["Daphnet macro"]
    return out


def stressed(data: Path, site: str, encoder: Encoder) -> dict[str, tuple[Trial, ...]]:
    """The trials of a site as they are (``""``) and under each stress, each trial with a seed of its own."""
    changes: dict[str, Callable[[Stream], Stream] | None] = {"": None}
    for name, change in STRESSES.items():
        changes[name] = lambda stream, change=change: change(stream, stream.segments[0].n_samples)  # type: ignore[misc]  # bound early
    return {name: trials(data, site, encoder, change=change) for name, change in changes.items()}


def measure(encoder: Encoder, data: Path, parts: dict[str, slice]) -> dict[str, dict[str, float | None]]:
    """A row for each part of an encoder's vectors."""
    sites = {site: stressed(data, site, encoder) for site in ("tdcsfog", "daphnet-trunk")}
    sites["oday-lumbar"] = {"": trials(data, "oday-lumbar", encoder)}
    held_out = read_recipe(RECIPE)["held_out"]
    known = collect(data, encoder, held_out)
    bare = collect(data, encoder, held_out, without_gyroscope)
    card = encoder.folder / "card.md"
    is_new = not card.is_file() or "- **motionsense**" not in card.read_text("utf-8")
    found: dict[str, dict[str, float | None]] = {}
    for name, columns in parts.items():
        activities = macro_f1(known, columns, SEED)["mean"]
        found[name] = {
            "activities": activities,
            "MotionSense": by_person(known, "motionsense", columns, 5, SEED) if is_new else None,
            **row(sites, columns),
            "activities, without gyroscope": macro_f1(known, columns, SEED, bare)["mean"] - activities,
        }
    return found


def kept(path: Path, code: str) -> dict[str, Any]:
    """Encoders that were measured by this very script before; measuring takes minutes each."""
    told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    found: dict[str, Any] = told["encoders"] if told.get("code") == code else {}
    return found


def page(told: dict[str, Any]) -> str:
    """The table as Markdown."""
    rows = [r for encoder in told["encoders"].values() for r in encoder["results"].items()]

    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}".lstrip("0")

    lines = [
        "# What pretraining is worth",
        "",
        "Made by `python -m benchmarks.encoder`; do not edit. Frozen vectors, a logistic probe with the vectors 1, 2",
        "and 4 s before and after; one seed an encoder: differences below .01 are within what another would change.",
        "",
        "| input of the probe | " + " | ".join(COLUMNS) + " |",
        "|---|" + "---|" * len(COLUMNS),
        *(f"| {name} | " + " | ".join(shown(values[c]) for c in COLUMNS) + " |" for name, values in rows),
        "",
        *(f"- **{name}**: {what}" for name, what in COLUMNS.items()),
        "",
        "## Under stress",
        "",
        "By how much a figure changes when the people tested, and they alone, are recorded by a sensor that is mounted",
        "in another direction, has no gyroscope or another rate, or when they move more weakly or strongly.",
        "Wanted: no column loses more than .010 when turned and .020 otherwise.",
        "",
        "| input of the probe | " + " | ".join(STRESSED) + " |",
        "|---|" + "---|" * len(STRESSED),
        *(f"| {name} | " + " | ".join(f"{values[c]:+.3f}" for c in STRESSED) + " |" for name, values in rows),
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
        each = Parallel(n_jobs=-1, return_as="generator")(
            delayed(measure)(encoder, given.data, parts) for encoder, parts in new.values()
        )
        measured: dict[str, Any] = {}
        for name, found in zip(new, each, strict=True):
            measured[name] = {
                r: {c: None if v is None else round(v, 4) for c, v in row.items()} for r, row in found.items()
            }
            # Each takes a quarter of an hour: what is measured is kept when the next one fails.
            write(given.out, code, time.monotonic() - begun, {
                n: {"version": encoder.version, "results": measured.get(n) or known[n]["results"]}
                for n, (encoder, _) in jobs.items() if n in measured or n not in new
            })  # fmt: skip
    sys.stdout.write((given.out / "encoder.md").read_text("utf-8"))


def write(out: Path, code: str, seconds: float, encoders: dict[str, Any]) -> None:
    """``encoder.json`` and the page made from it."""
    told = {
        "made_by": "python -m benchmarks.encoder",
        "code": code,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(seconds),
        "columns": COLUMNS,
        "encoders": encoders,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "encoder.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (out / "encoder.md").write_text(page(told), "utf-8")


if __name__ == "__main__":
    main()
