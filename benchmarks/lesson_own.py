"""What a taught detector tells of itself from its own marks alone, and what became of it on what had not taught it.

That is the case of a second lesson, of a detector for every patient, and of one whose shipped detector nobody taught
before: there the marks, each left out once, are all there is to ask (:func:`models.adapters.held_out.held_at`). And it
is that of a class of one's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from benchmarks.calibration import HOME, SEED, Person, Row, coverages, figure, joined, row
from benchmarks.fewshot_new import HEALTHY
from benchmarks.fewshot_person import must_not_share
from models.adapters import fresh
from models.adapters.choose import FOLDS, LOW_RANK, Chosen, choose_adapter
from models.adapters.example import Example
from models.adapters.heads import LOGISTIC, PROTOTYPE, fit_head
from models.adapters.heads import LOW_RANK as LOW_RANK_HEAD
from models.adapters.held_out import at_share, held_at, judged_apart
from models.adapters.support import UNLABELLED
from models.calibration import sigmoid
from models.detectors import Detector, Personal, load
from models.detectors.correction import cut
from models.detectors.held import Held
from models.encoders.folder import load_encoder
from models.evaluation.metrics import Track, auroc, count
from models.evaluation.reliability import calibrated
from models.reliability import calibration_error
from models.training.corpus import Trial, trials
from models.training.learn import Judged, alone
from models.training.personal import EVERYBODY, Draw, draws, linear_priors, rows_of_example

SHOTS = (5, 10, 20)
PEOPLE = (4, 9)
"""Who teach a detector for every patient, five episodes each."""
EPISODES = 5
COHORTS = 20
OWN_EPISODES = (10, 20)
"""Of a class that nothing is shipped for."""
MOST_FREE = 400
BUDGETS = (5.0, 10.0, 20.0, 40.0)
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


# --- a class of one's own --------------------------------------------------------------------------------------------


def of_own(data: Path, folder: Path, draws_each: int) -> list[Row]:
    """Freezing as if nothing were shipped: episodes of one person and unmarked time, tried on the person's others."""
    like = load(HEALTHY)
    items = trials(data, HOME, load_encoder("imu-simclr"), folder)
    nothing = tuple(np.zeros(t.cells, dtype=np.float32) for t in items)
    found = draws(Judged(items, nothing, nothing), like.calibration, like.network, like.known, SEED, draws_each)
    of = {t.name: t for t in items}
    inputs = {n: cut(like.network.standardised(t.vectors)) for n, t in of.items()}

    def one(d: Draw, k: int) -> dict[str, float | None]:
        must_not_share(d)
        examples = [_own(e, inputs) for e in (*d.positives[:k], *d.negatives[:MOST_FREE])]
        vectors = np.concatenate([of[n].vectors for n in {e.recording for e in examples}])
        new = fresh.teach(fresh.blank(like, "freezing as if new", like.placements, vectors), examples)
        assert new.adapted is not None
        tracks = [track_of(of[n], new.adapted.correction.of(inputs[n])[0]) for n in d.query.names]
        z, truth = unit(tracks)
        usual, _ = unit([track_of(of[n], fit_head(examples).of(inputs[n])[0]) for n in d.query.names])
        told = {"AUROC": auroc(z, truth), "AUROC of the logistic head": auroc(usual, truth)}
        return told | {new.adapted.kind: 1.0} | (_kept_own(new, new.held, tracks) if new.held else {})

    rows = []
    for k in OWN_EPISODES:
        able = [d for d in found if len(d.positives) >= k]
        with alone():
            every = Parallel(n_jobs=-1)(delayed(one)(d, k) for d in able)
        task, name = f"freezing of one person as a new class, {HOME}", f"{k} episodes"
        for metric in sorted({m for told in every for m in told} - {LOGISTIC, PROTOTYPE, LOW_RANK_HEAD}):
            each: dict[str, list[float]] = {}
            for d, told in zip(able, every, strict=True):
                if (value := told.get(metric)) is not None:
                    each.setdefault(d.person, []).append(value)
            rows.append(row(task, name, metric, [float(np.mean(v)) for v in each.values()]))
        for kind in (LOGISTIC, PROTOTYPE, LOW_RANK_HEAD):
            share = sum(kind in told for told in every) / len(every)
            rows.append(figure(task, name, f"used: {kind}", share, len({d.person for d in able})))
    return rows


def _kept_own(new: Detector, held: Held, tracks: Sequence[Track]) -> dict[str, float | None]:
    """What a taught detector tells of itself, and what became of it on recordings that taught it nothing."""
    told: dict[str, float | None] = {
        "calibration error": calibrated(tracks, SEED, draws=1).pooled, "calibration error, as it tells": held.error
    }  # fmt: skip
    own = unit(tracks)
    for band in held.bands:
        there, clear, unsaid = coverages((band.lower, band.upper), own)
        promise = f"{band.coverage:.0%} promised"
        told |= {f"covered, with it, {promise}": there, f"covered, without it, {promise}": clear}
        told |= {f"left unsaid, {promise}": unsaid}
    for budget in BUDGETS:
        dialled = new.at_false_alarms(budget)
        point = next(p for p in new.points if p.threshold == dialled.threshold)
        if point.false_alarms_per_hour > budget:
            continue  # no setting keeps to it, and the dial says so
        counts, hours = count(tracks, dialled.rules), sum(t.hours for t in tracks)
        told |= {f"false alarms an hour, {budget:g} asked for": counts.false_alarms / hours}
        if counts.events:
            told |= {f"sensitivity, {budget:g} asked for": counts.sensitivity}
            told |= {f"sensitivity, {budget:g} asked for, as it tells": point.sensitivity}
    return told


def _own(example: Example, inputs: dict[str, NDArray[np.float64]]) -> Example:
    """Read as a blank detector reads it; what is none counts as unmarked time."""
    x = inputs[example.recording][rows_of_example(example)]
    weight = 1.0 if example.is_positive else UNLABELLED
    return replace(example, directions=x, log_odds=np.zeros(len(x)), weight=weight)


def track_of(trial: Trial, odds: NDArray[np.float64]) -> Track:
    """A trial with what its log-odds say."""
    return Track(trial.person, sigmoid(odds), trial.is_marked, trial.judged, trial.marks)


def unit(tracks: Sequence[Track]) -> Person:
    """Log-odds and truth of the half seconds that were judged."""
    return joined([(np.log(t.scores / (1 - t.scores))[t.judged], t.truth[t.judged]) for t in tracks])
