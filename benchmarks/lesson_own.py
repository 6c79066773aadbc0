"""What a taught detector tells of itself from its own marks alone, and what became of it on what had not taught it.

That is the case of a second lesson, of a detector for every patient, and of one whose shipped detector nobody taught
before: there the marks, each left out once, are all there is to ask (:func:`models.adapters.held_out.held_at`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from benchmarks.calibration import Person, Row, coverages, joined, row
from benchmarks.fewshot_person import must_not_share
from models.adapters.choose import FOLDS, LOW_RANK, Chosen, choose_adapter
from models.adapters.example import Example
from models.adapters.held_out import at_share, held_at, judged_apart
from models.calibration import sigmoid
from models.detectors import Personal
from models.detectors.held import Held
from models.evaluation.metrics import auroc
from models.reliability import calibration_error
from models.training.personal import EVERYBODY, Draw, linear_priors

SHOTS = (5, 10, 20)
PEOPLE = (4, 9)
"""Who teach a detector for every patient, five episodes each."""
EPISODES = 5
COHORTS = 20
Told = dict[str, float | None]


def of_one(found: Sequence[Draw], known: Mapping[str, Personal], base_rate: float, draws: int, task: str) -> list[Row]:
    """Marks of one person, tried on other recordings of the same person."""
    rows = []
    for k in SHOTS:
        each: dict[str, list[Told]] = {}
        for d in found:
            if len(d.positives) < k or len(each.get(d.person, ())) >= draws:
                continue
            must_not_share(d)
            shots = d.shots(k)
            chosen = choose_adapter(shots, known.get(d.person, known[EVERYBODY]))
            if (shown := _held(shots, chosen, base_rate)) is not None:
                each.setdefault(d.person, []).append(_kept(shown, _tried(chosen, d), base_rate))
        rows += _rows(task, f"{k} episodes of the person", each.values())
    return rows


def of_many(found: Sequence[Draw], base_rate: float, seed: int, task: str) -> list[Row]:
    """Marks of several people, tried on everybody else; what is known of adapting comes from those who teach."""
    rng = np.random.default_rng(seed)
    first: dict[str, list[Draw]] = {}
    for d in found:
        if len(d.positives) >= EPISODES:
            first.setdefault(d.person, []).append(d)
    names = sorted(first)
    rows = []
    for number in PEOPLE:
        each = []
        for _ in range(COHORTS):
            own = [names[i] for i in rng.permutation(len(names))[:number]]
            shots = [e for p in own for e in first[p][0].shots(EPISODES)]
            prior = linear_priors([d for p in own for d in first[p]])[EVERYBODY]
            chosen = choose_adapter(shots, prior, of_others=True)
            if (shown := _held(shots, chosen, base_rate)) is None:
                continue
            others = [_tried(chosen, first[p][0]) for p in names if p not in own]
            told = [_kept(shown, person, base_rate) for person in others]
            # Of all of them together the shares of time are those of people, as the told one is.
            together = _kept(shown, joined(others), base_rate)
            each.append([{**_mean(told), **{m: v for m, v in together.items() if m.startswith("calibration")}}])
        rows += _rows(task, f"{EPISODES} episodes of {number} people", each)
    return rows


def _held(shots: Sequence[Example], chosen: Chosen, base_rate: float) -> Held | None:
    """As :func:`models.adapters.adapt.adapt` has it; None where the detector stays as it is."""
    if chosen.correction is None:
        return None
    told = judged_apart(shots, chosen.fit, FOLDS if chosen.kind == LOW_RANK else None)
    return held_at([(e, e.log_odds + added) for e, added in told], base_rate)


def _tried(chosen: Chosen, d: Draw) -> Person:
    assert chosen.correction is not None
    return d.query.log_odds + chosen.correction.of(d.query.directions)[0], d.query.truth


def _kept(shown: Held, person: Person, base_rate: float) -> Told:
    odds, truth = person
    said = sigmoid(odds)
    out: Told = {
        "calibration error, as it tells": shown.error,
        "calibration error, weighed alike": calibration_error(said, truth, at_share(truth, base_rate)),
        "calibration error": calibration_error(said, truth),
        "AUROC": auroc(odds, truth),
    }
    for band in shown.bands:
        there, clear, unsaid = coverages((band.lower, band.upper), person)
        promise = f"{band.coverage:.0%} promised"
        out |= {f"covered, with it, {promise}": there, f"covered, without it, {promise}": clear}
        out |= {f"left unsaid, {promise}": unsaid}
    return out


def _rows(task: str, name: str, each: Iterable[Sequence[Told]]) -> list[Row]:
    """Means over people (or cohorts) of their means over draws."""
    means = [_mean(told) for told in each]
    metrics = dict.fromkeys(m for told in means for m in told)
    return [row(task, name, m, [told[m] for told in means if told.get(m) is not None]) for m in metrics]


def _mean(told: Sequence[Told]) -> dict[str, float]:
    """The mean of each figure over those that have it."""
    metrics = dict.fromkeys(m for one in told for m in one)
    values = {m: [v for one in told if (v := one.get(m)) is not None] for m in metrics}
    return {m: float(np.mean(v)) for m, v in values.items() if v}
