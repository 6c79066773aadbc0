"""From a recipe to a detector's folder: `motionward train-detector RECIPE`.

Everything that is measured on the way (calibration, operating points, what counts as known) is measured on people
who took no part in the training of the networks that judged them; the networks that are shipped see everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.calibration import Calibration, calibrate
from models.detectors.detector import Detector
from models.detectors.folder import ENCODER, save
from models.detectors.points import PROMISES, OperatingPoint
from models.detectors.rules import Rules
from models.encoders.folder import Encoder, load_encoder, save_encoder
from models.evaluation.metrics import at_false_alarms, count, summary, sweep
from models.evaluation.promise import peaks, sure_from
from models.evaluation.reliability import calibrated
from models.reliability import DIAGRAM, calibration_error, diagram
from models.training.card import card_text
from models.training.corpus import ACC, HEAVIEST, people, signals, trials
from models.training.learn import Judged, known_of, learn, out_of_fold, person_weights, seen_by, share_of
from models.training.personal import personal
from models.training.recipe import Recipe, read_recipe

if TYPE_CHECKING:
    from models.encoders.imu import ShapeNet

Log = Callable[[str], None]


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
    items = tuple(t for site in plan.sites for t in trials(data, site, encoder, cache, plan.phenomenon))
    waves = {n: x for site in plan.sites for n, x in signals(data, site).items()} if plan.tune else {}
    log(f"{len(items)} trials of {len(people(items))} people")
    judged = out_of_fold(items, waves, plan)
    log(f"judged by networks of {plan.folds} folds")
    patients, healthy = judged.where(lambda t: not t.control), judged.where(lambda t: t.control)
    calibration = _calibration(patients, plan.seed)
    lengths = (round(s * 1e6) for s in (plan.merge_gap_s, plan.min_duration_s, plan.bridge_s))
    rules = Rules(0.5, plan.hysteresis, *lengths)
    points, measured = figures(patients, healthy, calibration, rules, plan)
    far = np.concatenate([d[t.judged] for t, d in zip(judged.trials, judged.distances, strict=True)])
    edge, outside = (float(np.quantile(far, q)) for q in (0.99, 0.999))
    learned = learn(plan, items, waves, plan.seed)
    log("trained on everybody")
    if learned[0] is not None:
        encoder = _save_tuned(learned[0], encoder, plan, out / ENCODER, recipe.name)
    threshold = float(measured["default"]["threshold"])
    known = known_of(learned[1], [seen_by(learned, t, waves) for t in items], edge, outside)
    wanted = plan.personal and learned[0] is None
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
        known,
        measured=measured,
        base_rate=round(share_of(patients.trials), 4),
        personal=personal(patients, calibration, learned[1], known, plan.seed) if wanted else None,
    )
    made = save(detector, out, card_text(detector, recipe.name, plan.sites, items, date))
    bins = calibrated(patients.tracks(calibration), plan.seed, draws=1).bins
    (out / DIAGRAM).write_text(diagram(bins, plan.name), encoding="utf-8")
    return made


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
        np.concatenate([t.is_marked for t in patients.trials])[keep],
        np.concatenate([np.full(t.cells, t.person) for t in patients.trials])[keep],
        seed=seed,
        weight=person_weights(patients.trials)[keep],
    )


def figures(
    patients: Judged, healthy: Judged, calibration: Calibration, rules: Rules, plan: Recipe
) -> tuple[tuple[OperatingPoint, ...], dict[str, Any]]:
    """Operating points, and what was measured on people no network had seen (Any: JSON).

    Where nobody stands for everyday activities alone, everybody's are what false alarms were counted in.
    """
    tracks, well = patients.tracks(calibration), healthy.tracks(calibration)
    hours, well_hours = sum(t.hours for t in tracks), sum(t.hours for t in well)
    curve = sweep(tracks, rules, 60)
    everyday, everyday_hours = (well, well_hours) if well else (tracks, hours)
    daily = [count(everyday, replace(rules, threshold=c.threshold)).false_alarms for c in curve]
    flagged = [peaks(tracks, replace(rules, threshold=round(c.threshold, 6))) for c in curve]
    points = tuple(
        OperatingPoint(
            round(c.threshold, 6),
            round(c.false_alarms / hours, 3),
            round(d / everyday_hours, 3),
            round(c.sensitivity, 4),
            tuple(sure_from(each.values(), share) for share in PROMISES),
        )
        for c, d, each in zip(curve, daily, flagged, strict=True)
    )
    default = points[-1]
    for p in reversed(points):  # thresholds rise: down from the highest, to the first that breaks a bound
        at_home = p.daily_per_hour or 0.0
        if p.false_alarms_per_hour > plan.false_alarms_per_hour or at_home > plan.daily_per_hour:
            break
        default = p
    here = count(tracks, replace(rules, threshold=default.threshold))
    never = [t for t in tracks if not any(u.person == t.person and u.truth.any() for u in tracks)]
    calm = count(never, replace(rules, threshold=default.threshold)) if never else None
    without = [t for t in tracks if t.person != HEAVIEST]
    probability = np.concatenate([t.scores[t.judged] for t in without])
    truth = np.concatenate([t.truth[t.judged] for t in without])
    all_people, fewer = summary(tracks), summary(without)
    honest = calibrated(tracks, plan.seed)
    by_alarms = {}
    for per_hour in plan.alarms:
        at = at_false_alarms(curve, hours, per_hour)
        by_alarms[f"{per_hour:g}"] = [_rounded(at.sensitivity), _rounded(at.long_sensitivity)] if at else None
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
        "calibration_error_people_alike": [round(v, 3) for v in (honest.even, honest.low, honest.high)],
        "calibration_error_by_person": round(honest.by_person, 3),
        "sensitivity_at_false_alarms": by_alarms,
        "default": {
            "threshold": default.threshold,
            "false_alarms_per_hour": default.false_alarms_per_hour,
            "daily_per_hour": default.daily_per_hour,
            "never_freezers_per_hour": round(calm.false_alarms / sum(t.hours for t in never), 2) if calm else None,
            "sensitivity": _rounded(here.sensitivity),
            "sensitivity_5s": _rounded(here.long_sensitivity),
        },
    }
    return points, measured


def _rounded(share: float) -> float | None:
    """To three digits; None where there was nothing to find."""
    return None if np.isnan(share) else round(share, 3)
