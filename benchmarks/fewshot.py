"""What a few labels buy: of the same person, of one person for others, and of phenomena that nothing is shipped for.

``python -m benchmarks.fewshot --kept FOLDER`` writes ``docs/validation/fewshot.json`` and a page made from it. Log-odds
of networks that never saw a person (a quarter of an hour) are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.about import about
from benchmarks.fewshot_features import on_features
from benchmarks.fewshot_new import NEW, actions, new_phenomenon
from benchmarks.fewshot_person import guard, of_some_for_others, of_this_person, pieces, wholly_marked
from benchmarks.fewshot_rows import NUMBER, Row
from benchmarks.fewshot_targets import SAME, table, targets
from data.datasets.registry import must_be_apart
from models.detectors import load
from models.encoders.folder import load_encoder
from models.training.corpus import people, trials
from models.training.learn import Judged, learn, out_of_fold, run
from models.training.personal import EVERYBODY, draws, priors
from models.training.recipe import read_recipe
from models.training.validate import RECIPES, SEED

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation"
NAME = "freezing-of-gait-lower-back"
SAME_AWAY = "Daphnet and O'Day, labels of the same person, networks of tdcsfog alone"
LEAST_AWAY = 10
"""Marked half seconds to be tried on in the other hospitals, where nobody has many."""
WHOLLY = "tdcsfog, wholly marked recordings of the same person"
NOTES = {
    SAME_AWAY: (
        "Pieces of two minutes at most, with a guard between them that no vector and no context crosses.",
        "",
    ),
    WHOLLY: (
        f"k wholly marked recordings, of any of the person's; {NUMBER} draws. The share of time is learned from five",
        "such stretches on, and only where whole stretches left out show it: with fewer the last row is the one above.",
        "",
    ),
}
"""What is to be known of a task."""
AWAY = ("daphnet-trunk", "oday-lumbar")


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


def without_networks(data: Path, task: str, folder: Path) -> list[Row]:
    """Rows of a task that no network has a part in: the draws are those of the other rows."""
    detector, sites = load(NAME), {SAME: ("tdcsfog",), SAME_AWAY: AWAY}[task]
    items = tuple(t for site in sites for t in trials(data, site, load_encoder("imu-simclr"), folder))
    nothing = tuple(np.zeros(t.cells, dtype=np.float32) for t in items)
    judged = Judged(items, nothing, nothing)
    least = {}
    if task == SAME_AWAY:
        judged, least = pieces(judged, guard(detector)), {"least": LEAST_AWAY}
    found = draws(judged, detector.calibration, detector.network, detector.known, SEED, NUMBER, **least)
    return [{"task": task} | row for row in on_features(judged, detector, found)]


def some_again(data: Path, folder: Path, results: Sequence[Row]) -> list[Row]:
    """The rows, with those of wholly marked recordings and of people who are not marked themselves measured anew."""
    detector, home = load(NAME), judged_at_home(data, folder)
    found = draws(home, detector.calibration, detector.network, detector.known, SEED, NUMBER)
    prior = priors(found)
    whole = [{"task": WHOLLY} | row for row in wholly_marked(home, detector, found, prior)]
    others = of_some_for_others(judged_away(data, folder), detector, prior[EVERYBODY])
    rows = put_in_place(results, whole, (WHOLLY,))
    return put_in_place(rows, others, (" for the others", " for one person"))


def put_in_place(results: Sequence[Row], new: Sequence[Row], ends: tuple[str, ...]) -> list[Row]:
    """Rows with those of tasks whose names end so replaced, where the first of them stood."""
    is_old = [r["task"].endswith(ends) for r in results]
    first = is_old.index(True)
    return [*results[:first], *new, *(r for r, old in zip(results[first:], is_old[first:], strict=True) if not old)]


def page(found: dict[str, Any]) -> str:
    """The tables as Markdown."""
    lines = [
        "# What a few labels buy",
        "",
        "Made by `python -m benchmarks.fewshot`; do not edit. Half seconds; all log-odds come from networks",
        f"that never saw the person, every prior from other people; {NUMBER} draws of the examples, means over people",
        "(95 % interval over people). k episodes and as many stretches of at most 5 s without. What examples come from",
        "and what they are tried on are other people, or other recordings of the same person.",
        "",
        *table(targets(found["results"])),
    ]
    for task in dict.fromkeys(r["task"] for r in found["results"]):
        rows = [r for r in found["results"] if r["task"] == task]
        shots = sorted({r["k"] for r in rows})
        metric = next(m for m in ("f1", "accuracy", "auroc") if m in rows[0])
        titles = {"f1": "F1", "accuracy": "accuracy", "auroc": "AUROC"}
        lines += [
            f"## {task}: {titles[metric]}",
            "",
            *NOTES.get(task, ()),
            "| row | " + " | ".join(f"k = {k}" for k in shots) + " |",
        ]
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
                cells = (_area(of.get(k)) for k in shots)
                lines.append(f"| {name} | " + " | ".join(cells) + " |")
            lines.append("")
    return "\n".join(lines)


def _area(row: Row | None) -> str:
    if row is None:
        return "–"
    return f"{row['auroc']:.3f}" + (f", {row['harmed']:.0%}" if "harmed" in row else "")


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
    parser.add_argument("--only", choices=NEW, action="append", help="measure this task; the others stay as they are")
    parser.add_argument(
        "--on-features", action="store_true", help="measure what knows a person's own examples alone; the rest stays"
    )
    parser.add_argument(
        "--some", action="store_true", help="measure wholly marked recordings and other people; the rest stays"
    )
    given, begun = parser.parse_args(), time.perf_counter()
    if given.on_features:
        made = json.loads((given.out / "fewshot.json").read_text("utf-8"))
        new = [row for task in (SAME, SAME_AWAY) for row in without_networks(given.data, task, given.kept)]
        old = {(r["task"], r["row"]) for r in new}
        write(given.out, made, [r for r in made["results"] if (r["task"], r["row"]) not in old] + new)
        return
    if given.some:
        made = json.loads((given.out / "fewshot.json").read_text("utf-8"))
        write(given.out, made, some_again(given.data, given.kept, made["results"]))
        return
    if given.only:
        made = json.loads((given.out / "fewshot.json").read_text("utf-8"))
        kept = [r for r in made["results"] if r["task"] not in given.only]
        new = [row for name in given.only for row in new_phenomenon(given.data, name, given.kept)]
        write(given.out, made, kept + new)
        return
    detector = load(NAME)
    home, away = judged_at_home(given.data, given.kept), judged_away(given.data, given.kept)
    found = draws(home, detector.calibration, detector.network, detector.known, SEED, NUMBER)
    prior = priors(found)
    results = [{"task": SAME} | row for row in of_this_person(found, prior)]
    results += [{"task": WHOLLY} | row for row in wholly_marked(home, detector, found, prior)]
    cut = pieces(away, guard(detector))
    tried = draws(cut, detector.calibration, detector.network, detector.known, SEED, NUMBER, least=LEAST_AWAY)
    results += [
        {"task": SAME_AWAY} | row for row in of_this_person(tried, dict.fromkeys(people(cut.trials), prior[EVERYBODY]))
    ]
    results += [{"task": SAME} | row for row in on_features(home, detector, found)]
    results += [{"task": SAME_AWAY} | row for row in on_features(cut, detector, tried)]
    results += of_some_for_others(away, detector, prior[EVERYBODY])
    results += [row for name in NEW for row in new_phenomenon(given.data, name, given.kept)]
    results += actions(given.data)
    write(given.out, about("python -m benchmarks.fewshot", begun) | {"detector": detector.version}, results)


def write(out: Path, made: dict[str, Any], results: list[Row]) -> None:
    """``fewshot.json`` and the page made from it."""
    told = made | {
        "targets": targets(results),
        "results": [{k: round(float(v), 4) if isinstance(v, float) else v for k, v in r.items()} for r in results],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "fewshot.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (out / "fewshot.md").write_text(page(told), "utf-8")
    sys.stdout.write(page(told))


if __name__ == "__main__":
    main()
