"""One script, one table: the freezing detector's recipe beside its baselines, on people who took no part.

``motionward evaluate --data DATA --out docs/validation`` writes ``freezing.json`` and ``freezing.md``.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from data.datasets.registry import must_be_apart
from models.calibration import fit_platt, sigmoid
from models.encoders.folder import load_encoder
from models.evaluation.metrics import (
    PLAIN,
    Track,
    as_probabilities,
    at_false_alarms,
    summary,
    sweep,
)  # fmt: skip
from models.evaluation.splits import bootstrap
from models.features import NAMES
from models.reliability import calibration_error
from models.training.baselines import Raw, SmallNet, Trees, index_of, raw_of
from models.training.corpus import HEAVIEST, Trial, people, signals, trials
from models.training.fit import features_read
from models.training.learn import Signals, alone, by_fold, learn, run, seen_by
from models.training.page import page
from models.training.recipe import read_recipe

RECIPES = Path(__file__).parent / "recipes"
ROWS = (
    "freeze index", "67 features + LightGBM", "67 features with context + LightGBM", "small net",
    "mean of features with context and small net", "85 features with context + LightGBM",
    "71 features with context, people weighed, + LightGBM", "ours",
)  # fmt: skip
HEALTHY_SITES = {"lower back": ("sisfall-waist", "umafall-waist", "umafall-chest"), "ankle": ("umafall-ankle",)}
SEED = 9001
DRAWS = 200
ALARMS = (5, 10, 20)

Log = Callable[[str], None]
Odds = dict[str, dict[str, NDArray[np.float32]]]
"""Log-odds (or an index) of each trial, by row and trial name."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything the rows read: trials by site, and their features and signal by trial."""

    sites: dict[str, tuple[Trial, ...]]
    raw: dict[str, Raw]
    signals: Signals


def gather(data: Path, cache: Path | None) -> Corpus:
    """Read and embed all sites."""
    ours = ("tdcsfog", "daphnet-trunk", "daphnet-ankle", "oday-lumbar")
    encoder = load_encoder(read_recipe(RECIPES / "freezing-of-gait-lower-back.toml").encoder)
    healthy = tuple(s for group in HEALTHY_SITES.values() for s in group)
    sites = {s: trials(data, s, encoder, cache) for s in (*ours, *healthy)}
    raw = {name: r for s in ours for name, r in raw_of(data, s).items()}
    return Corpus(sites, raw, {name: x for s in sites for name, x in signals(data, s).items()})


def judge(
    corpus: Corpus, training: Sequence[Trial], testing: Sequence[Trial], placement: str, seed: int, members: int
) -> Odds:
    """Train every row on some trials and judge others.

    ``ours`` also sees healthy people of other sets, as the shipped recipe does; it never sees another
    hospital's patients here.

    Raises
    ------
    MotionwardError
        If a person stands on both sides.
    """
    must_be_apart(people(training), people(testing))
    raw = corpus.raw
    plain = Trees(context=False, seed=seed).fit(training, raw)
    context = Trees(context=True, seed=seed).fit(training, raw)
    everything = Trees(context=True, seed=seed, columns=range(len(NAMES))).fit(training, raw)
    weighed = Trees(context=True, seed=seed, columns=features_read(), by_person=True).fit(training, raw)
    net = SmallNet(seed=seed).fit(training, raw)
    name = f"freezing-of-gait-{placement.replace(' ', '-')}"
    recipe = read_recipe(RECIPES / f"{name}.toml")
    healthy = tuple(t for s in HEALTHY_SITES[placement] for t in corpus.sites[s])
    learned = learn(recipe, (*training, *healthy), corpus.signals, seed, members)
    out: Odds = {row: {} for row in ROWS}
    for t in testing:
        r = raw[t.name]
        out[ROWS[0]][t.name] = index_of(r)
        out[ROWS[1]][t.name] = plain.log_odds(r)
        out[ROWS[2]][t.name] = context.log_odds(r)
        out[ROWS[3]][t.name] = net.log_odds(r)
        out[ROWS[4]][t.name] = (out[ROWS[2]][t.name] + out[ROWS[3]][t.name]) / np.float32(2)
        out[ROWS[5]][t.name] = everything.log_odds(r)
        out[ROWS[6]][t.name] = weighed.log_odds(r)
        out[ROWS[7]][t.name] = run(learned[1], seen_by(learned, t, corpus.signals))
    return out


def cross_validate(
    corpus: Corpus, items: Sequence[Trial], number: int, placement: str, members: int
) -> tuple[Odds, dict[str, int]]:
    """Every trial judged by rows trained on other people, and the fold of each person."""
    each, fold = by_fold(
        items, number, SEED, lambda inside, outside, i: judge(corpus, inside, outside, placement, SEED + i, members)
    )
    out: Odds = {row: {} for row in ROWS}
    for found in each:
        for row, odds in found.items():
            out[row].update(odds)
    return out, fold


def tracks(items: Sequence[Trial], odds: dict[str, NDArray[np.float32]]) -> tuple[Track, ...]:
    """Scores and marks, in the order of the trials."""
    return tuple(Track(t.person, odds[t.name].astype(np.float64), t.is_marked, t.judged, t.marks) for t in items)


def _platt(items: Sequence[Trial], odds: dict[str, NDArray[np.float32]]) -> tuple[float, float]:
    z = np.concatenate([odds[t.name][t.judged] for t in items])
    y = np.concatenate([t.is_marked[t.judged] for t in items])
    w = np.concatenate([np.full(int(t.judged.sum()), 0.2 if t.person == HEAVIEST else 1.0) for t in items])
    return fit_platt(z, y, w)


def calibrated(
    items: Sequence[Trial], odds: dict[str, NDArray[np.float32]], fold: dict[str, int]
) -> dict[str, NDArray[np.float32]]:
    """Probabilities of each trial, calibrated on the people of the other folds."""
    out = {}
    for i in sorted(set(fold.values())):
        slope, intercept = _platt([t for t in items if fold[t.person] != i], odds)
        for t in (t for t in items if fold[t.person] == i):
            out[t.name] = sigmoid(slope * odds[t.name] + intercept).astype(np.float32)
    return out


def figures(
    task: str, row: str, scored: Sequence[Track], probabilities: Sequence[Track]
) -> list[dict[str, Any]]:  # JSON
    """All figures of one row in one task, with intervals over people (2.5 to 97.5 %) where they make sense."""
    names = sorted({t.person for t in scored})
    subsets = {"": tuple(scored)}
    if HEAVIEST in names:
        subsets[" without 2d57c2"] = tuple(t for t in scored if t.person != HEAVIEST)
    results = []

    def add(metric: str, value: float, low: float | None = None, high: float | None = None) -> None:
        numbers = [None if v is None or not np.isfinite(v) else round(float(v), 4) for v in (value, low, high)]
        results.append(
            {"task": task, "row": row, "metric": metric, "value": numbers[0], "low": numbers[1], "high": numbers[2],
             "people": len(names)}
        )  # fmt: skip

    for label, group in subsets.items():
        found = summary(group)
        drawn = [
            summary(tuple(t for p in draw for t in group if t.person == p))
            for draw in bootstrap(sorted({t.person for t in group}), DRAWS, SEED)
        ]
        for metric in ("auroc", "ap"):
            values = np.array([getattr(d, metric) for d in drawn])
            low, high = np.nanquantile(values, [0.025, 0.975])
            add(f"{metric}{label}", getattr(found, metric), low, high)
        if not label:
            each = [summary([t for t in group if t.person == p]) for p in names]
            for metric in ("auroc", "ap"):
                per_person = np.array([v for e in each if np.isfinite(v := getattr(e, metric)) and e.people_with_both])
                means = np.random.default_rng(SEED).choice(per_person, (2000, len(per_person))).mean(axis=1)
                add(f"macro {metric}", per_person.mean(), *np.quantile(means, [0.025, 0.975]))
    hours = sum(t.hours for t in scored)
    curve = sweep(as_probabilities(scored), PLAIN, 80)
    for per_hour in ALARMS:
        at = at_false_alarms(curve, hours, per_hour)
        add(f"sensitivity at {per_hour} false alarms an hour", at.sensitivity if at else 0.0)
        add(f"sensitivity (5 s or longer) at {per_hour} false alarms an hour", at.long_sensitivity if at else 0.0)
    fewer = [t for t in probabilities if t.person != HEAVIEST]
    p = np.concatenate([t.scores[t.judged] for t in fewer])
    y = np.concatenate([t.truth[t.judged] for t in fewer])
    add("calibration error without 2d57c2" if HEAVIEST in names else "calibration error", calibration_error(p, y))
    return results


def validate(
    data: Path, out: Path, *, members: int = 3, cache: Path | None = None, commit: str = "", log: Log = lambda _: None
) -> None:
    """Measure all rows in all tasks and write ``freezing.json`` and the page made from it.

    Parameters
    ----------
    members
        Networks in the ensemble of each fold (the shipped detector has those of its recipe).
    """
    begun = time.monotonic()
    corpus = gather(data, cache)
    log(f"{time.monotonic() - begun:.0f} s: read and embedded")
    results: list[dict[str, Any]] = []
    at_home = corpus.sites["tdcsfog"]

    def finish(
        task: str, items: Sequence[Trial], odds: Odds, chances: dict[str, dict[str, NDArray[np.float32]]]
    ) -> None:
        for row, probabilities in chances.items():
            results.extend(figures(task, row, tracks(items, odds[row]), tracks(items, probabilities)))
        log(f"{time.monotonic() - begun:.0f} s: {task}")

    odds, fold = cross_validate(corpus, at_home, 5, "lower back", members)
    finish(
        "tdcsfog, 40 people, 5 folds by person", at_home, odds,
        {row: calibrated(at_home, odds[row], fold) for row in ROWS if odds[row]},
    )  # fmt: skip
    scale = {row: _platt(at_home, odds[row]) for row in ROWS}
    for site, placement in (("daphnet-trunk", "lower back"), ("daphnet-ankle", "ankle")):
        items = corpus.sites[site]
        left_out, each = cross_validate(corpus, items, len(people(items)), placement, members)
        finish(
            f"{site}, leave one person out", items, left_out,
            {row: calibrated(items, left_out[row], each) for row in ROWS if left_out[row]},
        )  # fmt: skip
    away = [t for s in ("daphnet-trunk", "oday-lumbar") for t in corpus.sites[s]]
    with alone():
        (foreign,) = Parallel(n_jobs=-1)([delayed(judge)(corpus, at_home, away, "lower back", SEED, members)])
    for site in ("daphnet-trunk", "oday-lumbar"):
        items = corpus.sites[site]
        chances = {
            row: {n: sigmoid(scale[row][0] * z + scale[row][1]).astype(np.float32) for n, z in foreign[row].items()}
            for row in ROWS
        }
        finish(f"trained on tdcsfog, {site} unseen", items, foreign, chances)
    told = {
        "made_by": "motionward evaluate",
        "commit": commit,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "seconds": round(time.monotonic() - begun),
        "encoder": load_encoder("imu-simclr").version,
        "results": results,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "freezing.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    (out / "freezing.md").write_text(page(told), "utf-8")
