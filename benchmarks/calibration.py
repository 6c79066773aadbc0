"""How honest the shipped freezing detector's probabilities are, in people its networks never saw.

``python -m benchmarks.calibration --kept FOLDER`` writes ``docs/validation/calibration.{json,md,svg}``, and beside the
shipped detector ``unseen.json``, the curve that its alarm budget is read from, and the reliability diagram. Log-odds
come from networks of other people, which are trained once and kept in FOLDER; calibrations and bands from other people
too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from benchmarks.about import about
from benchmarks.fewshot import AWAY, NAME, OUT
from data.datasets.registry import must_be_apart
from data.grid import HOP_US
from data.intervals import Interval
from models.calibration import fit_platt, log_odds, sigmoid
from models.conformal import Unit, cutoff, unsure_band
from models.detectors import Detector, Network, folder_of, load
from models.detectors.unseen import Unseen, UnseenPoint, write_unseen
from models.encoders.folder import load_encoder
from models.evaluation.metrics import Track, count, reference_episodes
from models.evaluation.reliability import calibrated
from models.evaluation.splits import around_episodes, resampled
from models.reliability import DIAGRAM, diagram
from models.training.corpus import HEAVIEST, Trial, people, trials
from models.training.learn import Judged, by_fold, learn, person_weights, share_of
from models.training.recipe import read_recipe
from models.training.validate import RECIPES
from models.training.validate import SEED as FEWSHOT_SEED

SEED = 9401
COVERAGES = (0.8, 0.9, 0.95)
AT = 0.9
WITHIN = 0.03
HOME = "tdcsfog"
LEAST_UNITS = 10
DRAWS = 20
Row = dict[str, Any]  # JSON
Person = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Log-odds and truth of the judged half seconds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Trials with the log-odds of networks that never saw their people, and how far those networks are apart."""

    judged: Judged
    spread: dict[str, NDArray[np.float32]]

    def where(self, keep: Callable[[Trial], bool]) -> Spread:
        """The part with trials of some kind."""
        return replace(self, judged=self.judged.where(keep))


Both = tuple[NDArray[np.float32], NDArray[np.float32]]


def both(network: Network, trial: Trial) -> Both:
    """Mean and standard deviation over the networks."""
    return network.log_odds(trial.vectors, np.ones(trial.cells, dtype=bool), slice(0, trial.cells))


def of_everybody(data: Path, folder: Path) -> Spread:
    """All patients whom the shipped recipe trains on, each judged by networks of other people."""
    plan = read_recipe(RECIPES / f"{NAME}.toml")
    encoder = load_encoder(plan.encoder)
    items = {s: trials(data, s, encoder, folder, plan.phenomenon) for s in plan.sites}

    def judge(inside: tuple[Trial, ...], outside: tuple[Trial, ...], number: int) -> dict[str, Both]:
        must_be_apart(people(inside), people(outside))
        learned = learn(plan, inside, {}, plan.seed + 1000 * (number + 1), plan.out_of_fold_members)
        return {t.name: both(learned[1], t) for t in outside}

    def make() -> dict[str, Both]:
        found, _ = by_fold(tuple(t for s in plan.sites for t in items[s]), plan.folds, plan.seed, judge)
        return {name: told for each in found for name, told in each.items()}

    return kept(folder / f"home-spread-{encoder.version}.npz", [t for s in (HOME, *AWAY) for t in items[s]], make)


def of_others(data: Path, folder: Path) -> Spread:
    """Two other hospitals, judged by networks of tdcsfog and healthy people alone."""
    plan = read_recipe(RECIPES / f"{NAME}.toml")
    encoder = load_encoder(plan.encoder)
    items = [t for s in AWAY for t in trials(data, s, encoder, folder, plan.phenomenon)]

    def make() -> dict[str, Both]:
        rest = [s for s in plan.sites if s not in AWAY]
        every = tuple(t for s in rest for t in trials(data, s, encoder, folder, plan.phenomenon))
        must_be_apart(people(every), people(items))
        learned = learn(plan, every, {}, FEWSHOT_SEED, plan.out_of_fold_members)
        return {t.name: both(learned[1], t) for t in items}

    return kept(folder / f"away-spread-{encoder.version}.npz", items, make)


def kept(file: Path, items: Sequence[Trial], make: Callable[[], dict[str, Both]]) -> Spread:
    """What networks say of trials, remembered in a file."""
    if not file.is_file():
        np.savez(file, **{n: np.stack(told) for n, told in make().items()})  # type: ignore[arg-type]  # names of arrays
    with np.load(file) as held:
        odds, spread = ({t.name: held[t.name][i] for t in items} for i in range(2))
    nothing = tuple(np.zeros(t.cells, dtype=np.float32) for t in items)
    return Spread(Judged(tuple(items), tuple(odds[t.name] for t in items), nothing), spread)


def row(task: str, name: str, metric: str, each: Sequence[float]) -> Row:
    """The mean over people with its interval."""
    values = np.array(each, dtype=np.float64)
    low, high = np.quantile(resampled(values, 2000, SEED), [0.025, 0.975])
    return figure(task, name, metric, float(values.mean()), len(values), float(low), float(high))


def figure(
    task: str, name: str, metric: str, value: float, people: int, low: float | None = None, high: float | None = None
) -> Row:
    """One figure."""
    numbers = [None if v is None else round(v, 4) for v in (value, low, high)]
    return {"task": task, "row": name, "metric": metric} | dict(
        zip(("value", "low", "high"), numbers, strict=True), people=people
    )


# --- probabilities ---------------------------------------------------------------------------------------------------

Fit = Callable[[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]], Callable[[Any], NDArray[np.float64]]]


def platt(z: NDArray[np.float64], y: NDArray[np.bool_], w: NDArray[np.float64]) -> Callable[[Any], Any]:
    """As shipped: two numbers."""
    slope, intercept = fit_platt(z, y, w)
    return lambda x: sigmoid(slope * np.asarray(x) + intercept)


def isotonic(z: NDArray[np.float64], y: NDArray[np.bool_], w: NDArray[np.float64]) -> Callable[[Any], Any]:
    """Any rising curve."""
    return IsotonicRegression(y_min=1e-4, y_max=1 - 1e-4, out_of_bounds="clip").fit(z, y, sample_weight=w).predict


def own_share(p: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """A person's own share of freezing, guessed from unlabelled probabilities (Saerens et al., Neural Comput. 2002)."""
    odds, prior = p / (1 - p) * (1 - share) / share, share
    for _ in range(100):
        moved = odds * prior / (1 - prior)
        prior = float(np.clip(np.mean(moved / (1 + moved)), 1e-3, 1 - 1e-3))
    moved = odds * prior / (1 - prior)
    return np.asarray(moved / (1 + moved))


def left_out(judged: Judged, fit: Fit, *, shares: bool = False) -> tuple[Track, ...]:
    """Probabilities of each person, calibrated on all others."""
    weight = person_weights(judged.trials)
    keep = np.concatenate([t.judged for t in judged.trials])
    who = np.concatenate([np.full(t.cells, t.person) for t in judged.trials])[keep]
    z, y = (
        np.concatenate(part)[keep] for part in (judged.log_odds, [t.is_marked for t in judged.trials])
    )  # fmt: skip
    z, w = z.astype(np.float64), weight[keep]
    out = []
    for person in sorted(set(who)):
        others = who != person
        say = fit(z[others], y[others], w[others])
        own = judged.where(lambda t, p=person: t.person == p)  # type: ignore[misc]  # the person is bound
        said = [say(x.astype(np.float64)) for x in own.log_odds]
        if shares:
            whole = own_share(np.concatenate(said), float(np.average(y[others], weights=w[others])))
            said = np.split(whole, np.cumsum([len(x) for x in said])[:-1])
        out += [Track(t.person, s, t.is_marked, t.judged, t.marks) for t, s in zip(own.trials, said, strict=True)]
    return tuple(out)


def tracks_by(judged: Judged, say: Callable[[Any], Any]) -> tuple[Track, ...]:
    """Probabilities by one curve for all."""
    return tuple(
        Track(t.person, say(z.astype(np.float64)), t.is_marked, t.judged, t.marks)
        for t, z in zip(judged.trials, judged.log_odds, strict=True)
    )


def errors(task: str, name: str, tracks: Sequence[Track]) -> list[Row]:
    """Calibration error pooled, with people weighing alike, and of each alone."""
    found = calibrated(tracks, SEED)
    people = len(found.each)
    rows = [
        figure(task, name, "calibration error, pooled", found.pooled, people),
        figure(task, name, "calibration error, people alike", found.even, people, found.low, found.high),
        row(task, name, "calibration error of each person alone, mean", list(found.each.values())),
    ]
    if HEAVIEST in found.each:
        fewer = calibrated([t for t in tracks if t.person != HEAVIEST], SEED)
        rows.insert(1, figure(task, name, "calibration error, pooled without 2d57c2", fewer.pooled, people - 1))
    return rows


# --- bands -----------------------------------------------------------------------------------------------------------


def persons(judged: Judged, detector: Detector) -> dict[str, Person]:
    """Calibrated log-odds and truth by person."""
    c = detector.calibration
    parts: dict[str, list[Person]] = {}
    for t, z in zip(judged.trials, judged.log_odds, strict=True):
        odds = c.slope * z[t.judged].astype(np.float64) + c.intercept
        parts.setdefault(t.person, []).append((odds, t.is_marked[t.judged]))
    return {p: joined(of) for p, of in parts.items()}


def joined(parts: Sequence[Person]) -> Person:
    """Several stretches as one."""
    return np.concatenate([z for z, _ in parts]), np.concatenate([y for _, y in parts])


Limits = tuple[float, float]
Banded = Callable[[Sequence[Person], float], Limits]
"""Lower and upper end from people, for a coverage."""


def promised(units: Sequence[Person], coverage: float) -> Limits:
    """By conformal risk control."""
    band = unsure_band(units, coverage, Unit.PEOPLE)
    return band.lower, band.upper


def plain(units: Sequence[Person], coverage: float) -> Limits:
    """Quantiles over people without the one more of whom everything is wrong: promises nothing."""

    def quantile(values: list[NDArray[np.float64]], share: float) -> float:
        weight = np.concatenate([np.full(len(v), 1 / len(v)) for v in values if len(v)])
        every = np.concatenate(values)
        order = np.argsort(every)
        return float(every[order][np.searchsorted(np.cumsum(weight[order]) / weight.sum(), share)])

    lower = quantile([z[y] for z, y in units if y.any()], 1 - coverage)
    upper = quantile([z[~y] for z, y in units if not y.all()], coverage)
    return (lower, upper) if lower <= upper else ((lower + upper) / 2,) * 2  # type: ignore[return-value]  # two of them


def coverages(band: Limits, person: Person) -> tuple[float | None, float | None, float]:
    """Share covered of the half seconds with and without the phenomenon, and share left unsaid."""
    (low, high), (z, y) = band, person
    there = float(np.mean(z[y] >= low)) if y.any() else None
    clear = float(np.mean(z[~y] < high)) if not y.all() else None
    return there, clear, float(np.mean((z >= low) & (z < high)))


def band_rows(
    task: str, name: str, coverage: float, each: Sequence[tuple[float | None, float | None, float]]
) -> list[Row]:
    """Means over people."""
    kinds = ("covered, freezing", "covered, no freezing", "left unsaid")
    values = ([e[i] for e in each if e[i] is not None] for i in range(3))
    return [
        row(task, name, f"{metric}, {coverage:.0%} promised", v) for metric, v in zip(kinds, values, strict=True) if v
    ]


def shipped_band(some: Spread, detector: Detector) -> dict[str, list[tuple[float | None, float | None, float]]]:
    """What the 90 % band of the shipped calibration leaves unsaid, read against where episodes close; by site."""
    edge = detector.rules.closing
    parts: dict[tuple[str, str], list[tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]]] = {}
    for t, z in zip(some.judged.trials, some.judged.log_odds, strict=True):
        _, low, high = detector.calibration.probability(z, some.spread[t.name])
        parts.setdefault((t.site, t.person), []).append(
            (low[t.judged] < edge, high[t.judged] >= edge, t.is_marked[t.judged])
        )
    out: dict[str, list[tuple[float | None, float | None, float]]] = {}
    for (site, _), of in parts.items():
        not_sure, not_none, y = (np.concatenate(part) for part in zip(*of, strict=True))
        there, clear = (float(v[side].mean()) if side.any() else None for v, side in ((not_none, y), (not_sure, ~y)))
        out.setdefault(site, []).append((there, clear, float(np.mean(not_sure & not_none))))
    return out


def bands(at_home: Spread, elsewhere: Spread, detector: Detector) -> list[Row]:
    """Coverage in people who were left out, and in other hospitals."""
    home, away = persons(at_home.judged, detector), persons(elsewhere.judged, detector)
    rows = []
    ways: dict[str, Banded] = {"conformal, people as the unit": promised, "plain quantiles over people": plain}
    for name, way in ways.items():
        for coverage in COVERAGES:
            each = [
                coverages(way([u for q, u in home.items() if q != p], coverage), person) for p, person in home.items()
            ]
            rows += band_rows(f"{HOME}, one person left out", name, coverage, each)
            all_home = way(list(home.values()), coverage)
            for site in AWAY:
                there = [
                    coverages(all_home, u) for p, u in away.items() if p.startswith(site.split("-", maxsplit=1)[0])
                ]
                rows += band_rows(f"{site}, from {HOME}", name, coverage, there)
    for some in (at_home, elsewhere):
        for site, each in shipped_band(some, detector).items():
            task = f"{HOME}, one person left out" if site == HOME else f"{site}, from {HOME}"
            rows += band_rows(task, "90 % band of the calibration, as shipped", AT, each)
    return rows


def one_patient(judged: Judged, detector: Detector) -> list[Row]:
    """The band of one person's held-out stretches, tried on other recordings of the same person."""
    rng, c = np.random.default_rng(SEED), detector.calibration
    each = []
    for person in sorted({t.person for t in judged.trials}):
        own = judged.where(lambda t, p=person: t.person == p)  # type: ignore[misc]  # the person is bound
        takes = [
            (c.slope * z[t.judged].astype(np.float64) + c.intercept, t.is_marked[t.judged])
            for t, z in zip(own.trials, own.log_odds, strict=True)
        ]
        found = []
        for _ in range(DRAWS):
            order = rng.permutation(len(takes))
            half = len(order) // 2
            units = [u for i in order[:half] for u in around_episodes(*takes[i])]
            tried = [takes[i] for i in order[half:]]
            if sum(y.any() for _, y in units) >= LEAST_UNITS and any(y.any() for _, y in tried):
                band = unsure_band(units, AT, Unit.EPISODES)
                found.append(coverages((band.lower, band.upper), joined(tried)))
        if found:
            means = [[v for f in found if (v := f[i]) is not None] for i in range(3)]
            there, clear, unsaid = (float(np.mean(m)) for m in means)
            each.append((there, clear, unsaid))
    return band_rows(f"{HOME}, one patient alone, other recordings", "conformal, episodes as the unit", AT, each)


# --- flags -----------------------------------------------------------------------------------------------------------

Flags = NDArray[np.float64]
"""``(n, 4)`` of each flag: whether it touches a mark, whether the shipped band calls it sure, and in log-odds its peak
and the peak of the band's lower end."""
TRUE, SURE, PEAK, LOWER = range(4)


def flags_of(some: Spread, detector: Detector) -> dict[str, Flags]:
    """The flags of each person at the shipped threshold."""
    rules = detector.rules
    out: dict[str, list[tuple[float, float, float, float]]] = {t.person: [] for t in some.judged.trials}
    for t, z in zip(some.judged.trials, some.judged.log_odds, strict=True):
        p, low, _ = detector.calibration.probability(z, some.spread[t.name])
        marked = reference_episodes(t.marks)
        for a, b in rules.within(p, t.judged):
            span, told = Interval(a * HOP_US, b * HOP_US), slice(a, b)
            is_true = any(span.overlaps(m) for m in marked)
            peak, lowest = (float(v[told][t.judged[told]].max()) for v in (p, low))
            out[t.person].append((is_true, lowest >= rules.closing, log_odds(peak), log_odds(lowest)))
    return {p: np.array(v, dtype=np.float64).reshape(-1, 4) for p, v in out.items()}


def sure_from(some: Sequence[Flags], coverage: float, by: int) -> float:
    """The value from which flags are sure, so that of a new person's flags so few are called sure and are false."""
    return cutoff([f[f[:, TRUE] == 0, by] for f in some], [len(f) for f in some], 1 - coverage)


def cutoffs(at_home: Spread, detector: Detector, coverage: float) -> dict[str, float]:
    """What everybody at home gives, in calibrated log-odds: the band, and the peak from which flags are sure."""
    lower, upper = promised(list(persons(at_home.judged, detector).values()), coverage)
    peak = sure_from(list(flags_of(at_home, detector).values()), coverage, PEAK)
    return {"promised": coverage, "lower": round(lower, 4), "upper": round(upper, 4), "sure_from": round(peak, 4)}


def flag_rows(task: str, name: str, coverage: float, some: Sequence[tuple[Flags, NDArray[np.bool_]]]) -> list[Row]:
    """What calling some flags sure does: by person, and of all flags together."""
    label = f", {coverage:.0%} promised" if coverage else ""
    right = [1 - float(np.mean(sure & (f[:, TRUE] == 0))) if len(f) else 1.0 for f, sure in some]
    every, sure = (np.concatenate(part) for part in zip(*some, strict=True))
    rows = [row(task, name, f"flags not both sure and false{label}", right)]
    for metric, of in (("sure flags that are true", sure), ("unsure flags that are true", ~sure)):
        if of.any():
            rows.append(figure(task, name, f"{metric}{label}", float(every[of, TRUE].mean()), len(some)))
    return [*rows, figure(task, name, f"flags called unsure{label}", float(np.mean(~sure)), len(some))]


def flags(home: dict[str, Flags], away: dict[str, Flags]) -> list[Row]:
    """Which flags are sure: by the band as shipped, and by a cut-off that promises something."""
    rows = []
    groups = [(f"flags, {HOME}, one person left out", home)]
    groups += [
        (f"flags, {s}, from {HOME}", {p: f for p, f in away.items() if p.startswith(s.split("-", maxsplit=1)[0])})
        for s in AWAY
    ]
    for task, group in groups:
        rows += flag_rows(task, "band as shipped", 0.0, [(f, f[:, SURE] == 1) for f in group.values()])
        for by, name in ((PEAK, "conformal, by the peak"), (LOWER, "conformal, by the band's lower end")):
            for coverage in COVERAGES:
                some = []
                for p, f in group.items():
                    at = sure_from([g for q, g in home.items() if q != p], coverage, by)
                    some.append((f, f[:, by] >= at))
                rows += flag_rows(task, name, coverage, some)
    return rows


# --- the curve -------------------------------------------------------------------------------------------------------


def curve(judged: Judged, detector: Detector) -> Unseen:
    """The detector's operating points with intervals over people."""
    by_person: dict[str, list[Track]] = {}
    for t in judged.tracks(detector.calibration):
        by_person.setdefault(t.person, []).append(t)
    hours = np.array([sum(t.hours for t in of) for of in by_person.values()])
    points = []
    for point in detector.points:
        rules = replace(detector.rules, threshold=point.threshold)
        each = [count(of, rules) for of in by_person.values()]
        told = np.array([(c.false_alarms, h, c.found, c.events) for c, h in zip(each, hours, strict=True)])
        drawn = resampled(told, 2000, SEED)
        alarms, found = drawn[:, 0] / drawn[:, 1], drawn[:, 2] / np.maximum(drawn[:, 3], 1e-9)
        (a_low, a_high), (low, high) = (np.quantile(v, [0.025, 0.975]) for v in (alarms, found))
        sums = told.sum(axis=0)
        numbers = (sums[0] / sums[1], a_low, a_high, sums[2] / sums[3], low, high)
        points.append(UnseenPoint(point.threshold, *(round(float(v), 4) for v in numbers)))
    hours_judged, share = round(float(hours.sum()), 2), round(share_of(judged.trials), 4)
    return Unseen(detector.version, len(by_person), hours_judged, tuple(points), share)


# --- the page --------------------------------------------------------------------------------------------------------

INTRO = """\
# How honest probabilities and bands are

Made by `python -m benchmarks.calibration`; do not edit. Half seconds of `freezing-of-gait-lower-back`. All log-odds
come from networks that never saw the person; calibrations and bands come from other people, for the other hospitals
from tdcsfog alone. In brackets: 95 % intervals over people. Daphnet has three people here and O'Day two: they say
little.

**Calibration error**: 15 bins of equal mass, the mean of |given - found|. *Pooled*: every half second weighs alike;
*people alike*: every person does; *of each person alone*: a person's own bins, then the mean over people. The last is
large wherever people differ in how much they freeze, which nobody knows before. Chance makes errors larger: intervals
lie too high. *Own share guessed*: how much a person freezes, from that person's unlabelled probabilities (Saerens et
al. 2002); tried, and worse.

**Coverage**: of the half seconds of freezing, the share that is not called surely none; of those without, the share
that is not called surely freezing; means over people. Promised for either kind by itself, so that it holds however
rare freezing is. *Conformal*: conformal risk control with people as the unit. It promises *at least* so much, by
adding one more person of whom everything is wrong, which costs 1/41 of those without and 1/26 of freezing: it lies
above what it promises. *Plain quantiles* leave that person out, come nearer, and promise nothing.

**Flags**: of a new patient's flags, the share that is not both called sure and false. The detector keeps the band it
was shipped with unless a promise is asked for: the band promises nothing, but calls few flags unsure, and those are
often false; to keep a promise of nine in ten, a quarter of all flags are no longer counted, three in four of them true.
"""


def page(told: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [INTRO, "![Reliability: found against given, people weighing alike](calibration.svg)", ""]
    rows = told["results"]
    for task in dict.fromkeys(r["task"] for r in rows):
        here = [r for r in rows if r["task"] == task]
        metrics = list(dict.fromkeys(r["metric"] for r in here))
        names = list(dict.fromkeys(r["row"] for r in here))
        found = {(r["row"], r["metric"]): r for r in here}
        lines += [f"## {task} ({max(r['people'] for r in here)} people)", "", f"| | {' | '.join(names)} |"]
        lines.append("|---|" + "---|" * len(names))
        for m in metrics:
            lines.append(f"| {m} | {' | '.join(cell(found.get((n, m))) for n in names)} |")
        lines.append("")
    lines += ["## Targets", "", "| what | wanted | reached | |", "|---|---|---|---|"]
    lines += [f"| {t['what']} | {t['wanted']} | {t['reached']:.3f} | {verdict(t['short'])} |" for t in told["targets"]]
    return "\n".join(lines) + "\n"


def verdict(short: float) -> str:
    """Whether a target is met, and by how much not."""
    return "met" if short <= 0 else f"**missed by {short:.3f}**"


def cell(r: Row | None) -> str:
    """A figure with its interval, where there is one."""
    if r is None:
        return "–"
    return f"{r['value']:.3f}" if r["low"] is None else f"{r['value']:.3f} ({r['low']:.2f}–{r['high']:.2f})"


PLATT, OWN = "Platt, from other people", "the same, with the person's own share guessed"


def targets(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Calibration error at most .03, and coverage within .03 of what is promised."""
    out = []
    for r in rows:
        is_error = r["metric"].startswith("calibration error") and r["row"] == PLATT
        is_coverage = r["row"].startswith(("conformal", "plain")) and r["metric"].endswith(f"{AT:.0%} promised")
        if is_error or (is_coverage and r["metric"].startswith(("covered", "flags not both"))):
            out.append(target(r, is_error=is_error))
    return out


def target(r: Row, *, is_error: bool) -> dict[str, Any]:
    """A figure beside what was wanted of it: a small error, or a coverage as promised."""
    short = r["value"] - WITHIN if is_error else abs(r["value"] - AT) - WITHIN
    wanted = f"at most {WITHIN:.2f}" if is_error else f"{AT:.2f} ± {WITHIN:.2f}"
    what = f"{r['task']}; {r['row']}: {r['metric']}"
    return {"what": what, "wanted": wanted, "reached": r["value"], "short": round(short, 4)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument(
        "--detector", type=Path, default=folder_of(NAME), help="folder that gets unseen.json and the diagram"
    )
    parser.add_argument("--kept", type=Path, required=True, help="folder for vectors and log-odds")
    given = parser.parse_args()
    begun = time.perf_counter()
    detector = load(NAME)
    everybody, others = of_everybody(given.data, given.kept), of_others(given.data, given.kept)
    at_home = everybody.where(lambda t: t.site == HOME)
    home, away = at_home.judged, others.judged
    task = f"probabilities, {HOME}"
    by_others = left_out(home, platt)
    results = [
        *errors(task, PLATT, by_others),
        *errors(task, "isotonic, from other people", left_out(home, isotonic)),
        *errors(task, OWN, left_out(home, platt, shares=True)),
    ]
    keep = np.concatenate([t.judged for t in home.trials])
    z, y = (np.concatenate(part)[keep] for part in (home.log_odds, [t.is_marked for t in home.trials]))
    say = platt(z.astype(np.float64), y, person_weights(home.trials)[keep])
    share = float(np.average(y, weights=person_weights(home.trials)[keep]))
    for site in AWAY:
        there = tracks_by(away.where(lambda t, s=site: t.site == s), say)  # type: ignore[misc]  # the site is bound
        results += errors(f"probabilities, {site}, from {HOME}", PLATT, there)
        guessed = []
        for person in sorted({t.person for t in there}):
            own = [t for t in there if t.person == person]
            moved = own_share(np.concatenate([t.scores for t in own]), share)
            parts = np.split(moved, np.cumsum([len(t.scores) for t in own])[:-1])
            guessed += [replace(t, scores=s) for t, s in zip(own, parts, strict=True)]
        results += errors(f"probabilities, {site}, from {HOME}", OWN, guessed)
    results += bands(at_home, others, detector)
    results += one_patient(home, detector)
    results += flags(flags_of(at_home, detector), flags_of(others, detector))
    unseen = curve(everybody.judged, detector)
    drawn = calibrated(by_others, SEED)
    told = about("python -m benchmarks.calibration", begun) | {
        "detector": detector.version,
        "results": results,
        "targets": targets(results),
        "bands": [cutoffs(at_home, detector, coverage) for coverage in COVERAGES],
        "each_person": {p: round(v, 4) for p, v in drawn.each.items()},
        "reliability": [{k: round(v, 4) for k, v in asdict(b).items()} for b in drawn.bins],
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "calibration.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (given.out / "calibration.md").write_text(page(told), "utf-8")
    picture = diagram(drawn.bins, f"{HOME}, each person from the others")
    for file in (given.out / "calibration.svg", given.detector / DIAGRAM):
        file.write_text(picture, "utf-8")
    write_unseen(unseen, given.detector)
    sys.stdout.write(page(told))


if __name__ == "__main__":
    main()
