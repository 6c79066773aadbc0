"""From a recipe to a detector's folder: `motionward train-detector RECIPE`.

Everything that is measured on the way (calibration, operating points, what counts as known) is measured on people
who took no part in the training of the networks that judged them; the networks that are shipped see everybody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError
from data.recording import Placement
from models.calibration import Calibration, Known, calibrate, whitening
from models.detectors.detector import Detector, Network, OperatingPoint
from models.detectors.folder import ENCODER, save
from models.detectors.rules import Rules
from models.encoders.folder import Encoder, load_encoder, load_shape_net, save_encoder
from models.evaluation.metrics import Track, at_false_alarms, calibration_error, count, summary, sweep
from models.evaluation.splits import folds
from models.training.card import card_text
from models.training.corpus import ACC, HEALTHY, HEAVIEST, SITES, Trial, of_people, people, signals, trials

if TYPE_CHECKING:
    from models.encoders.imu import ShapeNet
    from models.training.fit import Fit
    from models.training.tune import Tune

Log = Callable[[str], None]
Signals = dict[str, NDArray[np.float32]]
"""``(25 n, 3)`` aligned acceleration by a trial's name; needed where a recipe tunes the encoder."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe as read: what a TOML file under ``recipes/`` holds."""

    name: str
    phenomenon: str
    placements: tuple[Placement, ...]
    encoder: str
    seed: int
    min_rate_hz: float
    sites: tuple[str, ...]
    folds: int
    out_of_fold_members: int
    false_alarms_per_hour: float
    daily_per_hour: float
    hysteresis: float
    fit: Fit
    tune: Tune | None


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    MotionwardError
        If it cannot be read, or a name or value in it is not known.
    """
    from models.training.fit import Fit  # noqa: PLC0415  imports torch
    from models.training.tune import Tune  # noqa: PLC0415  as above

    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))  # Any: TOML
        settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.pop("fit", {}).items()}
        tuning: dict[str, Any] | None = table.pop("tune", None)
        table["placements"] = tuple(Placement(p) for p in table["placements"])
        table["sites"] = tuple(table["sites"])
        unknown = {s for s in table["sites"] if s not in SITES} | (set(settings) - {f.name for f in fields(Fit)})
        unknown |= set(tuning or {}) - {f.name for f in fields(Tune)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")  # noqa: TRY301  told with the file's name below
        return Recipe(**table, fit=Fit(**settings), tune=None if tuning is None else Tune(**tuning))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MotionwardError(
            f"{path}: not a recipe of a detector ({error}): compare it with those in models/training/recipes."
        ) from error


@dataclass(frozen=True, slots=True)
class Judged:
    """Trials with the log-odds of networks that never saw their people."""

    trials: tuple[Trial, ...]
    log_odds: tuple[NDArray[np.float32], ...]
    distances: tuple[NDArray[np.float32], ...]

    def where(self, keep: Callable[[Trial], bool]) -> Judged:
        """The part with trials of some kind."""
        index = [i for i, t in enumerate(self.trials) if keep(t)]
        return Judged(
            tuple(self.trials[i] for i in index),
            tuple(self.log_odds[i] for i in index),
            tuple(self.distances[i] for i in index),
        )

    def tracks(self, calibration: Calibration | None = None) -> tuple[Track, ...]:
        """As tracks of probabilities, or of log-odds."""
        out = []
        for t, z in zip(self.trials, self.log_odds, strict=True):
            s = z if calibration is None else calibration.probability(z, np.zeros(len(z)))[0]
            out.append(Track(t.person, s.astype(np.float64), t.is_frozen, t.judged, t.freezes))
        return tuple(out)


def is_healthy(trial: Trial) -> bool:
    """Whether the person is of a set of healthy people."""
    return trial.person.split("/")[0] in HEALTHY


def run(network: Network, trial: Trial) -> NDArray[np.float32]:
    """Mean log-odds of a trial; what raters did not judge is read all the same, as in use."""
    return network.log_odds(trial.vectors, np.ones(trial.cells, dtype=bool), slice(0, trial.cells))[0]


Learned = tuple["ShapeNet | None", Network]
"""A tuned shape branch, where a recipe tunes it, and the context models."""


def learn(plan: Recipe, items: Sequence[Trial], signals: Signals, seed: int, members: int | None = None) -> Learned:
    """Train what a recipe says on these trials.

    Parameters
    ----------
    members
        Networks of an ensemble on the encoder as it is; those on a tuned one are as many as the recipe says.
    """
    from models.training.fit import fit  # noqa: PLC0415  imports torch
    from models.training.tune import tune  # noqa: PLC0415  as above

    if plan.tune is None:
        return None, fit(items, plan.fit if members is None else replace(plan.fit, members=members), seed)
    return tune(load_shape_net(load_encoder(plan.encoder)), items, signals, plan.fit, plan.tune, seed)


def seen_by(learned: Learned, trial: Trial, signals: Signals) -> Trial:
    """The trial with the vectors that the context models were trained on."""
    from models.training.tune import encoded  # noqa: PLC0415  imports torch

    return trial if learned[0] is None else encoded(learned[0], trial, signals[trial.name])


def out_of_fold(items: Sequence[Trial], signals: Signals, plan: Recipe) -> Judged:
    """Judge every trial by networks trained on other people; folds are trained side by side, a core each."""
    from joblib import Parallel, delayed  # noqa: PLC0415  only training needs it

    freezers = {p: any(t.is_frozen.any() for t in items if t.person == p) for p in people(items)}
    fold = folds(freezers, plan.folds, plan.seed)
    odds: dict[str, NDArray[np.float32]] = {}
    far: dict[str, NDArray[np.float32]] = {}
    with alone():
        for each in Parallel(n_jobs=-1)(
            delayed(_judge_fold)(
                plan,
                of_people(items, [p for p in freezers if fold[p] != i]),
                of_people(items, [p for p in freezers if fold[p] == i]),
                signals,
                plan.seed + 1000 * (i + 1),
            )
            for i in range(plan.folds)
        ):
            for name, z, distance in each:
                odds[name], far[name] = z, distance
    return Judged(tuple(items), tuple(odds[t.name] for t in items), tuple(far[t.name] for t in items))


def alone() -> AbstractContextManager[Any]:  # Any: joblib has no types
    """Around processes that train side by side: one thread each, two teams of threads on too few cores crawl."""
    from joblib import parallel_config  # noqa: PLC0415  only training needs it

    config: AbstractContextManager[Any] = parallel_config(backend="loky", inner_max_num_threads=1)
    return config


def _judge_fold(
    plan: Recipe, inside: Sequence[Trial], outside: Sequence[Trial], signals: Signals, seed: int
) -> list[tuple[str, NDArray[np.float32], NDArray[np.float32]]]:
    """Name, log-odds and distances of each trial outside."""
    learned = learn(plan, inside, signals, seed, plan.out_of_fold_members)
    network = learned[1]
    known = known_of(network, [seen_by(learned, t, signals) for t in inside], 1.0, 1.0)
    seen = (seen_by(learned, t, signals) for t in outside)
    return [(t.name, run(network, t), known.distance(network.standardised(t.vectors))) for t in seen]


def known_of(network: Network, items: Sequence[Trial], edge: float, outside: float) -> Known:
    """What the networks' inputs look like in training."""
    every = np.concatenate([network.standardised(t.vectors[t.judged]) for t in items])
    return Known(*whitening(every, 24), edge, outside)


def person_weights(items: Sequence[Trial]) -> NDArray[np.float64]:
    """A weight for each half second: people by the root of what they gave, the heaviest person less."""
    given: dict[str, int] = {}
    for t in items:
        given[t.person] = given.get(t.person, 0) + t.cells
    each = [np.full(t.cells, (0.2 if t.person == HEAVIEST else 1.0) / np.sqrt(given[t.person])) for t in items]
    return np.concatenate(each)


def train(
    recipe: Path, data: Path, out: Path, *, cache: Path | None = None, date: str = "", log: Log = lambda _: None
) -> Detector:
    """Train a detector as a recipe says and write its folder.

    Parameters
    ----------
    data
        Folder of the research sets.
    out
        The detector's folder; made when it is not there.
    cache
        Folder that remembers vectors between trainings.
    date
        Written into the card; the caller knows the day.
    log
        Told how far it is, a line at a time.

    Raises
    ------
    MotionwardError
        If the recipe cannot be read or a set is missing.
    """
    plan = read_recipe(recipe)
    encoder = load_encoder(plan.encoder)
    items = tuple(t for site in plan.sites for t in trials(data, site, encoder, cache))
    waves = {n: x for site in plan.sites for n, x in signals(data, site).items()} if plan.tune else {}
    log(f"{len(items)} trials of {len(people(items))} people")
    judged = out_of_fold(items, waves, plan)
    log(f"judged by networks of {plan.folds} folds")
    patients, healthy = judged.where(lambda t: not is_healthy(t)), judged.where(is_healthy)
    calibration = _calibration(patients, plan.seed)
    rules = Rules(0.5, plan.hysteresis, 1_000_000, 1_000_000)
    points, measured = figures(patients, healthy, calibration, rules, plan)
    far = np.concatenate([d[t.judged] for t, d in zip(judged.trials, judged.distances, strict=True)])
    edge, outside = (float(np.quantile(far, q)) for q in (0.99, 0.999))
    learned = learn(plan, items, waves, plan.seed)
    log("trained on everybody")
    if learned[0] is not None:
        encoder = _save_tuned(learned[0], encoder, plan, out / ENCODER, recipe.name)
    threshold = float(measured["default"]["threshold"])
    detector = Detector(
        plan.name,
        "",
        plan.phenomenon,
        plan.placements,
        encoder.name,
        encoder.version,
        ACC,
        plan.min_rate_hz,
        replace(rules, threshold=threshold),
        calibration,
        points,
        learned[1],
        known_of(learned[1], [seen_by(learned, t, waves) for t in items], edge, outside),
        measured=measured,
    )
    return save(detector, out, card_text(detector, recipe.name, plan.sites, items, date))


def _save_tuned(net: ShapeNet, start: Encoder, plan: Recipe, folder: Path, recipe: str) -> Encoder:
    """Write a tuned encoder into the folder of its detector."""
    card = (
        f"# {start.name}, tuned for {plan.name}\n\nThe shape branch of encoder {start.name} {start.version}, trained "
        f"on from there with marked {plan.phenomenon} of the people whom the card of the detector names, by its recipe "
        f"`{recipe}`. The features and what standardises them are those of {start.name}; its data and terms hold too.\n"
    )
    return save_encoder(folder, f"{start.name}-tuned", net, mean=start.mean, sd=start.sd, card=card)


def _calibration(patients: Judged, seed: int) -> Calibration:
    """Platt scaling on the patients, none of whom the networks had seen."""
    keep = np.concatenate([t.judged for t in patients.trials])
    return calibrate(
        np.concatenate(patients.log_odds)[keep],
        np.concatenate([t.is_frozen for t in patients.trials])[keep],
        np.concatenate([np.full(t.cells, t.person) for t in patients.trials])[keep],
        seed=seed,
        weight=person_weights(patients.trials)[keep],
    )


def figures(
    patients: Judged, healthy: Judged, calibration: Calibration, rules: Rules, plan: Recipe
) -> tuple[tuple[OperatingPoint, ...], dict[str, Any]]:
    """Operating points, and what was measured on people no network had seen (Any: JSON)."""
    tracks, well = patients.tracks(calibration), healthy.tracks(calibration)
    hours, well_hours = sum(t.hours for t in tracks), sum(t.hours for t in well)
    curve = sweep(tracks, rules, 60)
    daily = [count(well, replace(rules, threshold=c.threshold)).false_alarms if well else 0 for c in curve]
    points = tuple(
        OperatingPoint(
            round(c.threshold, 6),
            round(c.false_alarms / hours, 3),
            round(d / well_hours, 3) if well else 0.0,
            round(c.sensitivity, 4),
        )
        for c, d in zip(curve, daily, strict=True)
    )
    default = points[-1]
    for p in reversed(points):  # thresholds rise: down from the highest, to the first that breaks a bound
        if p.false_alarms_per_hour > plan.false_alarms_per_hour or p.daily_per_hour > plan.daily_per_hour:
            break
        default = p
    here = count(tracks, replace(rules, threshold=default.threshold))
    never = [t for t in tracks if not any(u.person == t.person and u.frozen.any() for u in tracks)]
    calm = count(never, replace(rules, threshold=default.threshold)) if never else None
    without = [t for t in tracks if t.person != HEAVIEST]
    probability = np.concatenate([t.scores[t.judged] for t in without])
    truth = np.concatenate([t.frozen[t.judged] for t in without])
    all_people, fewer = summary(tracks), summary(without)
    by_alarms = {}
    for per_hour in (5, 10, 20):
        at = at_false_alarms(curve, hours, per_hour)
        by_alarms[str(per_hour)] = [round(at.sensitivity, 3), round(at.long_sensitivity, 3)] if at else None
    measured = {
        "people": len({t.person for t in tracks}),
        "freezers": all_people.people_with_both,
        "hours": round(hours, 2),
        "healthy_people": len({t.person for t in well}),
        "healthy_hours": round(well_hours, 2),
        "auroc": round(all_people.auroc, 3),
        "ap": round(all_people.ap, 3),
        "auroc_without_heaviest": round(fewer.auroc, 3),
        "ap_without_heaviest": round(fewer.ap, 3),
        "macro_auroc": round(all_people.macro_auroc, 3),
        "macro_ap": round(all_people.macro_ap, 3),
        "calibration_error_without_heaviest": round(calibration_error(probability, truth), 3),
        "sensitivity_at_false_alarms": by_alarms,
        "default": {
            "threshold": default.threshold,
            "false_alarms_per_hour": default.false_alarms_per_hour,
            "daily_per_hour": default.daily_per_hour,
            "never_freezers_per_hour": round(calm.false_alarms / sum(t.hours for t in never), 2) if calm else None,
            "sensitivity": round(here.sensitivity, 3),
            "sensitivity_5s": round(here.long_sensitivity, 3),
        },
    }
    return points, measured
