"""What a few labels buy: of the same person, of one person for others, and of phenomena that nothing is shipped for.

``python -m benchmarks.fewshot --kept FOLDER`` writes ``docs/validation/fewshot.json`` and a page made from it. Log-odds
of networks that never saw a person (a quarter of an hour) are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from benchmarks.fewshot_new import NEW, actions, new_phenomenon
from data.datasets.registry import must_be_apart
from models.adapters.choose import gain_of
from models.adapters.linear import fit_linear
from models.adapters.support import Example
from models.calibration import fit_platt
from models.detectors import Detector, load
from models.encoders.folder import load_encoder
from models.evaluation.metrics import auroc
from models.evaluation.splits import bootstrap
from models.features import NAMES
from models.training.corpus import people, trials
from models.training.learn import Judged, alone, learn, out_of_fold, run
from models.training.personal import EVERYBODY, Draw, draws, examples_of, f1_curve, priors, seen_by, side_of
from models.training.recipe import read_recipe
from models.training.validate import RECIPES, SEED

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation"
NAME = "freezing-of-gait-lower-back"
SHOTS = (1, 3, 5, 10, 20, 50)
NUMBER = 20
"""Draws of each person."""
HARM = 0.02
AWAY = ("daphnet-trunk", "oday-lumbar")
Row = dict[str, Any]  # JSON


def judged_at_home(data: Path, folder: Path) -> Judged:
    """tdcsfog, judged by the shipped recipe's networks of other people."""
    plan = read_recipe(RECIPES / f"{NAME}.toml")
    encoder = load_encoder(plan.encoder)
    file = folder / f"home-{encoder.version}.npz"
    items = trials(data, "tdcsfog", encoder, folder)
    if not file.is_file():
        every = tuple(t for site in plan.sites for t in trials(data, site, encoder, folder, plan.phenomenon))
        found = out_of_fold(every, {}, plan)
        np.savez(file, **{t.name: z for t, z in zip(found.trials, found.log_odds, strict=True)})  # type: ignore[arg-type]  # names of arrays
    with np.load(file) as held:
        odds = tuple(held[t.name] for t in items)
    return Judged(items, odds, tuple(np.zeros(t.cells, dtype=np.float32) for t in items))


def judged_away(data: Path, folder: Path) -> Judged:
    """Two other hospitals, judged by networks of tdcsfog and healthy people alone."""
    plan = read_recipe(RECIPES / f"{NAME}.toml")
    encoder = load_encoder(plan.encoder)
    file = folder / f"away-{encoder.version}.npz"
    items = tuple(t for site in AWAY for t in trials(data, site, encoder, folder))
    if not file.is_file():
        known = [s for s in plan.sites if s not in AWAY]
        every = tuple(t for s in known for t in trials(data, s, encoder, folder, plan.phenomenon))
        must_be_apart(people(every), people(items))
        network = learn(plan, every, {}, SEED, plan.out_of_fold_members)[1]
        np.savez(file, **{t.name: run(network, t) for t in items})  # type: ignore[arg-type]  # as above
    with np.load(file) as held:
        odds = tuple(held[t.name] for t in items)
    return Judged(items, odds, tuple(np.zeros(t.cells, dtype=np.float32) for t in items))


def f1(log_odds: NDArray[np.float64], truth: NDArray[np.bool_], threshold: float) -> float:
    """Of half seconds."""
    flagged = log_odds >= threshold
    return float(2 * (flagged & truth).sum() / max(1, flagged.sum() + truth.sum()))


def rows_of(name: str, k: int, each: dict[str, list[tuple[float, float, float]]], **more: float) -> Row:
    """One row: means over people (their draws averaged) with intervals over people.

    Parameters
    ----------
    each
        F1, F1 of the detector as it is, and AUROC of each draw, by person.
    """
    means = {p: np.mean(v, axis=0) for p, v in each.items()}
    drawn = [np.mean([means[p] for p in some], axis=0) for some in bootstrap(tuple(means), 2000, SEED)]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    f1_mean, before, area = np.mean(list(means.values()), axis=0)
    gained = [v[0] - v[1] for v in drawn]
    return {
        "row": name, "k": k, "people": len(means), "f1": f1_mean, "f1_low": low[0], "f1_high": high[0],
        "gain": f1_mean - before, "gain_low": np.quantile(gained, 0.025), "gain_high": np.quantile(gained, 0.975),
        "auroc": area, "auroc_low": low[2], "auroc_high": high[2],
        "harmed": float(np.mean([v[0] < v[1] - HARM for v in means.values()])), **more,
    }  # fmt: skip


def of_this_person(judged: Judged, detector: Detector) -> list[Row]:
    """k labelled episodes (and as many stretches without) of a person, tried on that person's other recordings."""
    found = draws(judged, detector.calibration, detector.network, detector.known, SEED, NUMBER)
    prior = priors(found)
    network = detector.network
    is_feature = network.columns >= judged.trials[0].vectors.shape[1] - len(NAMES)
    features = {t.name: network.standardised(t.vectors)[:, is_feature] for t in judged.trials}

    def one(k: int) -> list[Row]:
        each: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
        used: list[bool] = []
        for d in found:
            own, q, at = prior[d.person], d.query, prior[d.person].balance
            before = f1(q.log_odds, q.truth, at)
            area = auroc(q.log_odds, q.truth)

            def add(
                name: str, log_odds: NDArray[np.float64], at: float = at, d: Draw = d, before: float = before
            ) -> None:
                told = (f1(log_odds, d.query.truth, at), before, auroc(log_odds, d.query.truth))
                each.setdefault(name, {}).setdefault(d.person, []).append(told)

            add("as it is", q.log_odds)
            each.setdefault("best threshold in hindsight", {}).setdefault(d.person, []).append(
                (float(f1_curve(q).max()), before, area)
            )
            examples = d.shots(k)
            moved = q.log_odds + fit_linear(examples, own).of(q.directions)[0]
            add("linear", moved)
            helps = gain_of(examples, own, partial(fit_linear, personal=own)).expected > 0
            used.append(helps)
            add("choose_adapter", moved if helps else q.log_odds)
            x = np.concatenate([e.log_odds for e in examples])
            y = np.concatenate([np.full(len(e.log_odds), e.is_positive) for e in examples])
            slope, intercept = fit_platt(x, y)
            add("bias and scale refitted", slope * q.log_odds + intercept, 0.0)
            if k in (5, 20):
                add("ExtraTrees on features, this person alone", trees(examples, d, features, judged), 0.0)
        return [
            rows_of(name, k, of, **({"used": float(np.mean(used))} if name == "choose_adapter" else {}))
            for name, of in each.items()
        ]

    with alone():
        return [row for rows in Parallel(n_jobs=-1)(delayed(one)(k) for k in SHOTS) for row in rows]


def trees(
    examples: Sequence[Example], d: Draw, table: dict[str, NDArray[np.float32]], judged: Judged
) -> NDArray[np.float64]:
    """Log-odds of the query by trees that know nothing but the examples."""
    x = np.concatenate([table[e.recording][e.interval.start : e.interval.end] for e in examples])
    y = np.concatenate([np.full(e.interval.duration, e.is_positive) for e in examples])
    of = {t.name: t for t in judged.trials}
    z = np.concatenate([table[n][of[n].judged] for n in d.query.names])
    model = ExtraTreesClassifier(100, min_samples_leaf=2, class_weight="balanced", random_state=SEED, n_jobs=1)
    p = np.clip(model.fit(x, y).predict_proba(z)[:, 1], 1e-3, 1 - 1e-3)
    return np.asarray(np.log(p / (1 - p)))


def of_one_for_others(judged: Judged, detector: Detector, home: Judged) -> list[Row]:
    """k episodes of one person of another hospital, tried on the others there."""
    parts = (detector.calibration, detector.network, detector.known)
    prior = priors(draws(home, *parts, SEED, NUMBER))[EVERYBODY]
    seen = seen_by(judged, *parts)
    rng = np.random.default_rng(SEED)
    rows = []
    for site in AWAY:
        here = [t for t in judged.trials if t.site == site]
        for k in SHOTS[:5]:
            each: dict[str, dict[str, list[tuple[float, float, float]]]] = {}
            for giver in people(here):
                own = [t for t in here if t.person == giver]
                if not any(t.is_marked.any() for t in own):
                    continue
                for _ in range(NUMBER):
                    sides = (examples_of(own, seen, rng, is_positive=side)[:k] for side in (True, False))
                    examples = [e for side in sides for e in side]
                    found = fit_linear(examples, prior)
                    helps = gain_of(examples, prior, partial(fit_linear, personal=prior)).expected > 0
                    for other in (p for p in people(here) if p != giver):
                        q = side_of([t for t in here if t.person == other], seen)
                        if not q.truth.any():
                            continue
                        before = f1(q.log_odds, q.truth, prior.balance)
                        moved = q.log_odds + found.of(q.directions)[0]
                        ways = (("as it is", q.log_odds), ("linear", moved))
                        for name, z in (*ways, ("choose_adapter", moved if helps else q.log_odds)):
                            told = (f1(z, q.truth, prior.balance), before, auroc(z, q.truth))
                            each.setdefault(name, {}).setdefault(other, []).append(told)
            rows += [{"task": f"{site}, one person for the others"} | rows_of(name, k, of) for name, of in each.items()]
    return rows


def page(found: dict[str, Any]) -> str:
    """The tables as Markdown."""
    lines = [
        "# What a few labels buy",
        "",
        "Made by `python -m benchmarks.fewshot`; do not edit. Half seconds; all log-odds come from networks",
        f"that never saw the person, every prior from other people; {NUMBER} draws of the examples, means over people",
        "(95 % interval over people). k episodes and as many stretches of at most 5 s without.",
        "",
    ]
    for task in dict.fromkeys(r["task"] for r in found["results"]):
        rows = [r for r in found["results"] if r["task"] == task]
        shots = sorted({r["k"] for r in rows})
        metric = next(m for m in ("f1", "accuracy", "auroc") if m in rows[0])
        titles = {"f1": "F1", "accuracy": "accuracy", "auroc": "AUROC"}
        lines += [f"## {task}: {titles[metric]}", "", "| row | " + " | ".join(f"k = {k}" for k in shots) + " |"]
        lines.append("|---|" + "---|" * len(shots))
        for name in dict.fromkeys(r["row"] for r in rows):
            of = {r["k"]: r for r in rows if r["row"] == name}
            lines.append(f"| {name} | " + " | ".join(_cell(of.get(k), metric) for k in shots) + " |")
        lines.append("")
        if metric == "f1":
            lines += [
                "The same in AUROC, and the share of people whose F1 falls by more than .02:",
                "",
                "| row | " + " | ".join(f"k = {k}" for k in shots) + " |",
                "|---|" + "---|" * len(shots),
            ]
            for name in dict.fromkeys(r["row"] for r in rows):
                of = {r["k"]: r for r in rows if r["row"] == name}
                cells = (f"{of[k]['auroc']:.3f}, {of[k]['harmed']:.0%}" if k in of else "–" for k in shots)
                lines.append(f"| {name} | " + " | ".join(cells) + " |")
            lines.append("")
    return "\n".join(lines)


def _cell(row: Row | None, metric: str) -> str:
    if row is None:
        return "–"
    if metric == "accuracy":
        return f"{row['accuracy']:.3f} ({row['deviation']:.3f})"
    return f"{row[metric]:.3f} ({row[f'{metric}_low']:.2f}–{row[f'{metric}_high']:.2f})"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fewshot")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--kept", type=Path, required=True, help="folder for vectors and log-odds")
    given = parser.parse_args()
    detector = load(NAME)
    home, away = judged_at_home(given.data, given.kept), judged_away(given.data, given.kept)
    task = "tdcsfog, labels of the same person"
    results = [{"task": task} | row for row in of_this_person(home, detector)]
    results += of_one_for_others(away, detector, home)
    results += [row for name in NEW for row in new_phenomenon(given.data, name, given.kept)]
    results += actions(given.data)
    found = {
        "made_by": "python -m benchmarks.fewshot",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "detector": detector.version,
        "results": [{k: round(float(v), 4) if isinstance(v, float) else v for k, v in r.items()} for r in results],
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "fewshot.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (given.out / "fewshot.md").write_text(page(found), "utf-8")
    sys.stdout.write(page(found))


if __name__ == "__main__":
    main()
