"""How honest a detector still is once somebody taught it a few episodes, on what did not teach it.

``python -m benchmarks.lesson --kept FOLDER`` writes ``docs/validation/lesson.{json,md}``, and beside the lower back's
detector ``lesson.json``, from which a taught one has its unsure band, its promise and its alarm budget; with the name
of another shipped detector its rows and its file alone. Log-odds come from networks of other people and are kept in
FOLDER, as those of :mod:`benchmarks.calibration` are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.about import about
from benchmarks.calibration import (
    AT,
    HOME,
    SEED,
    Row,
    band_rows,
    cell,
    coverages,
    errors,
    figure,
    of_everybody,
    of_others,
    promised,
    row,
    target,
    verdict,
)
from benchmarks.fewshot import LEAST_AWAY, NAME, OUT
from benchmarks.fewshot_person import guard, must_not_share, pieces
from benchmarks.lesson_own import of_many, of_one, of_own, track_of, unit
from benchmarks.unseen import WHO
from models.adapters.adapt import prior_of
from models.adapters.choose import choose_adapter
from models.conformal import Unit, unsure_band
from models.detectors import Detector, Personal, folder_of, load
from models.detectors.held import Held, Lesson, write_lesson
from models.detectors.points import PROMISES, OperatingPoint
from models.detectors.unseen import UnseenPoint
from models.encoders.folder import load_encoder
from models.evaluation.metrics import Track, count
from models.evaluation.promise import peaks, sure_from
from models.evaluation.reliability import calibrated
from models.evaluation.splits import resampled
from models.training.corpus import trials
from models.training.learn import Judged, out_of_fold, share_of
from models.training.personal import EVERYBODY, Draw, draws, linear_priors, seen_by
from models.training.recipe import read_recipe
from models.training.validate import RECIPES

EPISODES = 5
"""That each person teaches the shipped detector."""
DRAWS = 5
LEAST_PEOPLE = 4
"""Fewer can promise nothing."""
MANY = f"{HOME}, for every patient, told by the marks of some"
"""Its figures are means over detectors, not over people."""
TAUGHT, UNTAUGHT = f"taught with {EPISODES} episodes of the person", "as it is, on the same half seconds"


@dataclass(frozen=True, slots=True)
class Pupil:
    """One person's recordings that taught nothing: as probabilities before and after the lessons of several draws."""

    before: list[Track]
    after: list[Track]


def pupils(judged: Judged, detector: Detector, found: Sequence[Draw], known: dict[str, Personal]) -> dict[str, Pupil]:
    """The people whom a few episodes changed the detector for; where it stays as it is nothing is new.

    Parameters
    ----------
    found
        Draws of ``judged``.
    known
        What others showed, for each person and for everybody.
    """
    seen = seen_by(judged, detector.calibration, detector.network, detector.known)
    of = {t.name: t for t in judged.trials}
    out: dict[str, Pupil] = {}
    taken: dict[str, int] = {}
    for d in found:
        if taken.get(d.person, 0) >= DRAWS:
            continue
        taken[d.person] = taken.get(d.person, 0) + 1
        must_not_share(d)
        learned = choose_adapter(d.shots(EPISODES), known.get(d.person, known[EVERYBODY])).correction
        if learned is None:
            continue
        pupil = out.setdefault(d.person, Pupil([], []))
        for name in d.query.names:
            z = seen.log_odds[name]
            pupil.before.append(track_of(of[name], z))
            pupil.after.append(track_of(of[name], z + learned.of(seen.directions[name])[0]))
    return out


def told_of(
    task: str, detector: Detector, found: dict[str, Pupil], others: dict[str, Pupil] | None = None
) -> list[Row]:
    """Calibration, bands and flags of people, by cut-offs of all others among them or of other people altogether."""
    rows = []
    for name, side in ((UNTAUGHT, "before"), (TAUGHT, "after")):
        tracks = {p: getattr(pupil, side) for p, pupil in found.items()}
        rows += errors(task, name, [t for of in tracks.values() for t in of])
        elsewhere = None if others is None else {p: getattr(pupil, side) for p, pupil in others.items()}
        units = {p: unit(of) for p, of in tracks.items()}
        from_units = None if elsewhere is None else [unit(of) for of in elsewhere.values()]
        flagged = peaks([t for of in tracks.values() for t in of], detector.rules)
        from_flags = None if elsewhere is None else [
            *peaks([t for of in elsewhere.values() for t in of], detector.rules).values()
        ]  # fmt: skip
        promisers = len(units) - 1 if others is None else len(others)
        for share in (s for s in PROMISES if (1 - s) * (promisers + 1) >= 1 - 1e-9):
            each = [
                coverages(promised(from_units or [u for q, u in units.items() if q != p], share), own)
                for p, own in units.items()
            ]
            rows += band_rows(task, name, share, each)
            right, unsure, flags = [], 0, 0
            for p, (peak, is_true) in flagged.items():
                at = sure_from(from_flags or [f for q, f in flagged.items() if q != p], share)
                sure = peak >= (np.inf if at is None else at)
                right.append(1 - float(np.mean(sure & ~is_true)) if len(peak) else 1.0)
                unsure, flags = unsure + int((~sure).sum()), flags + len(peak)
            rows.append(row(task, name, f"flags not both sure and false, {share:.0%} promised", right))
            rows.append(
                figure(task, name, f"flags called unsure, {share:.0%} promised", unsure / max(1, flags), len(right))
            )
    return [r | {"metric": _plain(r["metric"])} for r in rows]


def _plain(metric: str) -> str:
    """Of whichever phenomenon."""
    return metric.replace("covered, freezing", "covered, with it").replace(
        "covered, no freezing", "covered, without it"
    )


def lesson(found: dict[str, Pupil], detector: Detector) -> Lesson:
    """What is put beside the shipped detector."""
    tracks = {p: pupil.after for p, pupil in found.items()}
    every = [t for of in tracks.values() for t in of]
    honest = calibrated(every, SEED, draws=1)
    units = [unit(of) for of in tracks.values()]
    # Several draws of a person are that person several times over: an hour of them is one hour.
    hours = np.array([sum(t.hours for t in of) for of in tracks.values()]) / DRAWS
    points, curve = [], []
    for point in detector.points:
        rules = replace(detector.rules, threshold=point.threshold)
        flagged = [*peaks(every, rules).values()]
        each = [count(of, rules) for of in tracks.values()]
        told = np.array([(c.false_alarms / DRAWS, h, c.found / DRAWS, c.events / DRAWS)
                         for c, h in zip(each, hours, strict=True)])  # fmt: skip
        drawn = resampled(told, 2000, SEED)
        alarms, share = drawn[:, 0] / drawn[:, 1], drawn[:, 2] / np.maximum(drawn[:, 3], 1e-9)
        (a_low, a_high), (low, high) = (np.quantile(v, [0.025, 0.975]) for v in (alarms, share))
        sums = told.sum(axis=0)
        numbers = [round(float(v), 4) for v in (sums[0] / sums[1], a_low, a_high, sums[2] / sums[3], low, high)]
        curve.append(UnseenPoint(point.threshold, *numbers))
        sure = tuple(None if (at := sure_from(flagged, s)) is None else round(at, 4) for s in PROMISES)
        points.append(OperatingPoint(point.threshold, numbers[0], None, numbers[3], sure))
    bands = tuple(unsure_band(units, s, Unit.PEOPLE) for s in PROMISES)
    held = Held(
        Unit.PEOPLE, len(units), round(float(hours.sum()), 2), round(honest.even, 4), honest.bins,
        tuple(b for b in bands if np.isfinite([b.lower, b.upper]).all()), tuple(curve),
    )  # fmt: skip
    return Lesson(detector.version, EPISODES, tuple(points), held)


def of_another(name: str, data: Path, folder: Path) -> tuple[list[Row], Lesson]:
    """Rows and lesson of a shipped detector that nothing was known of adapting before."""
    plan, detector = read_recipe(RECIPES / f"{name}.toml"), load(name)
    encoder = load_encoder(plan.encoder)
    file = folder / f"{name}-{encoder.version}.npz"
    items = tuple(t for s in plan.sites for t in trials(data, s, encoder, folder, plan.phenomenon))
    if not file.is_file():
        made = out_of_fold(items, {}, plan)
        np.savez(file, **{t.name: z for t, z in zip(made.trials, made.log_odds, strict=True)})  # type: ignore[arg-type]  # names of arrays
    with np.load(file) as held:
        odds = tuple(held[t.name] for t in items)
    nothing = tuple(np.zeros(t.cells, dtype=np.float32) for t in items)
    judged = Judged(items, odds, nothing).where(lambda t: t.site in WHO[name])
    found = draws(judged, detector.calibration, detector.network, detector.known, SEED, DRAWS, least=LEAST_AWAY)
    taught = pupils(judged, detector, found, {EVERYBODY: prior_of(detector)})
    if len(taught) < LEAST_PEOPLE:
        raise SystemExit(f"{name}: {len(taught)} people can teach it and be tried; a lesson takes {LEAST_PEOPLE}.")
    return told_of(f"{name}, one person left out", detector, taught), lesson(taught, detector)


INTRO = f"""\
# How honest a taught detector is

Made by `python -m benchmarks.lesson`; do not edit. Half seconds. Five draws of each person's recordings
into those that teach and those that are tried; means over people, in brackets 95 % intervals over people.

**A shipped detector that was taught**: {EPISODES} episodes of a person and as many stretches without, by the adapter
that is chosen; people whom it stays as it is for are left out. Networks and priors are those of other people. Bands and
cut-offs of flags come from the other people *who taught it too*, so a promise is about the whole procedure; for the
other hospitals from {HOME} alone. The lesson beside the shipped detector is made of all of {HOME}.

**Told by marks alone**: where nobody taught a detector so before (a second lesson, one for every patient), it tells of
itself what its marks show, each episode or patient left out once and the classes weighed to the share of time in
{HOME}. *Weighed alike* is what became of that on what taught it nothing: other recordings of the person, or
everybody else; *calibration error* is the same where time has the share that it has there. For every patient 20
draws of those who teach were tried for each number; most of them left the detector as it is.

**A class of one's own**: freezing as if nothing were shipped, on a detector whose networks know no freezing; k episodes
of one person and what else lies in those recordings. Its band, its calibration error and what it tells of alarms come
from those examples alone, each left out once; here stands what became of them on other recordings of the same person.
"""


def page(told: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines, rows = [INTRO], told["results"]
    for task in dict.fromkeys(r["task"] for r in rows):
        here = [r for r in rows if r["task"] == task]
        names = list(dict.fromkeys(r["row"] for r in here))
        found = {(r["row"], r["metric"]): r for r in here}
        people = sorted({r["people"] for r in here})
        number = f"{people[-1]}" if len(people) == 1 else f"{people[0]} to {people[-1]}"
        of = "detectors" if task == MANY else "people"
        lines += [f"## {task} ({number} {of})", "", f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
        for m in dict.fromkeys(r["metric"] for r in here):
            lines.append(f"| {m} | {' | '.join(cell(found.get((n, m))) for n in names)} |")
        lines.append("")
    lines += ["## Targets", "", "| what | wanted | reached | |", "|---|---|---|---|"]
    lines += [f"| {t['what']} | {t['wanted']} | {t['reached']:.3f} | {verdict(t['short'])} |" for t in told["targets"]]
    return "\n".join(lines) + "\n"


def targets(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Calibration error at most .03, and coverage within .03 of what is promised."""
    out = []
    for r in rows:
        is_error = r["metric"] in ("calibration error", "calibration error, people alike")
        is_coverage = r["metric"].startswith(("covered", "flags not both")) and r["metric"].endswith(
            f"{AT:.0%} promised"
        )
        if r["row"] != UNTAUGHT and (is_error or is_coverage):
            out.append(target(r, is_error=is_error))
    return out


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lesson")
    parser.add_argument("name", nargs="?", default=NAME, choices=(NAME, *WHO), help="a shipped detector")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--detector", type=Path, help="folder that gets lesson.json; the shipped detector's")
    parser.add_argument("--kept", type=Path, required=True, help="folder for vectors and log-odds")
    given, begun = parser.parse_args(), time.perf_counter()
    folder = given.detector or folder_of(given.name)
    if given.name != NAME:
        rows, learned = of_another(given.name, given.data, given.kept)
        told = json.loads((given.out / "lesson.json").read_text("utf-8"))
        before = [r for r in told["results"] if r["task"] != rows[0]["task"]]
        write(given.out, told, [*before, *rows])
        write_lesson(learned, folder)
        return
    detector = load(NAME)
    home = of_everybody(given.data, given.kept).judged.where(lambda t: t.site == HOME)
    found = draws(home, detector.calibration, detector.network, detector.known, SEED, DRAWS)
    priors = linear_priors(found)
    at_home = pupils(home, detector, found, priors)
    away = pieces(of_others(given.data, given.kept).judged, guard(detector))
    tried = draws(away, detector.calibration, detector.network, detector.known, SEED, DRAWS, least=LEAST_AWAY)
    elsewhere = pupils(away, detector, tried, {EVERYBODY: priors[EVERYBODY]})
    results = [
        *told_of(f"{HOME}, one person left out", detector, at_home),
        *told_of(f"Daphnet and O'Day, from {HOME}", detector, elsewhere, at_home),
        *of_one(found, priors, share_of(home.trials), DRAWS, f"{HOME}, told by the marks of one person alone"),
        *of_many(found, share_of(home.trials), SEED, MANY),
        *of_own(given.data, given.kept, DRAWS),
    ]
    write(given.out, about("python -m benchmarks.lesson", begun) | {"detector": detector.version}, results)
    write_lesson(lesson(at_home, detector), folder)


def write(out: Path, made: dict[str, Any], results: list[Row]) -> None:
    """``lesson.json`` and the page made from it."""
    told = made | {"results": results, "targets": targets(results)}
    out.mkdir(parents=True, exist_ok=True)
    (out / "lesson.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (out / "lesson.md").write_text(page(told), "utf-8")
    sys.stdout.write(page(told))


if __name__ == "__main__":
    main()
