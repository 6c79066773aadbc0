"""What vectors know: probes of other people's half seconds, at home, in hospitals never seen, with few labels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data.datasets.registry import must_be_apart
from data.recording import Stream
from models.encoders.folder import Encoder
from models.evaluation.metrics import Track, auroc, summary
from models.evaluation.splits import bootstrap, folds
from models.evaluation.stress import STRESSES
from models.pretraining import probe as of_activities
from models.pretraining.probe import Rows, by_person, macro_f1
from models.training.baselines import with_context
from models.training.corpus import HEAVIEST, Trial, of_people, people, trials

SEED = 9001
MOST_ROWS = 20_000
SHOTS = (10, 50, 100)
DRAWS = 20
RESAMPLED = 200
"""Draws of people for an interval."""
COLUMNS = {
    "activities": "macro-F1 of activities, people left out of all training, mean of five sets",
    "MotionSense": "macro-F1 of 6 activities, 2 s, 20 people, 5 folds by person; of encoders that never read the set",
    "home": "freezing, tdcsfog, 5 folds by person, AUROC without 2d57c2",
    "home AP": "the same, average precision",
    "home macro": "the same, mean AUROC over people",
    "Daphnet": "trained on tdcsfog, Daphnet trunk unseen, AUROC",
    "Daphnet macro": "the same, mean over people",
    "O'Day": "trained on tdcsfog, O'Day lumbar unseen, AUROC",
    **{f"k = {k}": f"{k} half seconds a class of 25 people, the 14 others, mean AUROC of {DRAWS} draws" for k in SHOTS},
}
STRESSED = (
    *(f"{where}, {name}" for name in STRESSES for where in ("home macro", "Daphnet macro")),
    "activities, without gyroscope",
)
"""By how much a column changes when only the people tested are recorded otherwise."""

Columns = slice | NDArray[np.int64]
Known = dict[str, dict[str, tuple[Trial, ...]]]
"""Trials of each site as they are (``""``) and under each stress."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What learns from vectors: a logistic regression, or LightGBM as a baseline.

    Parameters
    ----------
    context
        Whether the vectors 1, 2 and 4 s before and after are read too.
    """

    columns: Columns
    context: bool = True
    trees: bool = False


def inputs(trial: Trial, probe: Probe) -> NDArray[np.float32]:
    """What a probe reads of each half second."""
    own = trial.vectors[:, probe.columns].astype(np.float32)
    return with_context(own) if probe.context else own


def learnt(probe: Probe, x: NDArray[np.float32], y: NDArray[np.bool_], *, few: bool = False) -> Any:
    """A fitted probe, classes weighed alike; ``few`` labels are trusted more, of inputs that are scaled already."""
    if probe.trees:
        from lightgbm import LGBMClassifier  # noqa: PLC0415  only this baseline needs it

        least = 5 if few else 100
        return LGBMClassifier(
            n_estimators=300, learning_rate=0.05, num_leaves=31, min_child_samples=least, subsample=0.7,
            subsample_freq=1, colsample_bytree=0.4, class_weight="balanced", random_state=SEED, n_jobs=1, verbose=-1,
        ).fit(x, y)  # fmt: skip
    if few:
        return LogisticRegression(C=1e-2, max_iter=200).fit(x, y)
    return make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=200, class_weight="balanced")).fit(x, y)


def scores(model: Any, x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Higher is more like freezing."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(x), dtype=np.float64)
    return np.asarray(model.predict_proba(x)[:, 1], dtype=np.float64)


def fitted(items: Sequence[Trial], probe: Probe, seed: int) -> Any:
    """A probe of trials; of many half seconds some are drawn, few of them from the heaviest person."""
    draw = np.random.default_rng(seed)
    x = np.concatenate([inputs(t, probe)[t.judged] for t in items])
    y = np.concatenate([t.is_marked[t.judged] for t in items])
    weight = np.concatenate([np.full(int(t.judged.sum()), 0.2 if t.person == HEAVIEST else 1.0) for t in items])
    rows = draw.choice(len(x), min(MOST_ROWS, len(x)), replace=False, p=weight / weight.sum())
    return learnt(probe, x[rows], y[rows])


def tracks(model: Any, items: Sequence[Trial], probe: Probe) -> list[Track]:
    """Scores of trials."""
    return [Track(t.person, scores(model, inputs(t, probe)), t.is_marked, t.judged, t.marks) for t in items]


def at_home(items: Sequence[Trial], probe: Probe, seed: int) -> list[tuple[Any, tuple[str, ...]]]:
    """A probe of other people for the people of each of 5 folds."""
    freezers = {p: any(t.is_marked.any() for t in items if t.person == p) for p in people(items)}
    fold = folds(freezers, 5, SEED)
    found = []
    for i in range(5):
        inside, outside = ([p for p in fold if (fold[p] == i) is test] for test in (False, True))
        must_be_apart(inside, outside)
        found.append((fitted(of_people(items, inside), probe, seed), tuple(outside)))
    return found


def judged(probes: Sequence[tuple[Any, tuple[str, ...]]], items: Sequence[Trial], probe: Probe) -> list[Track]:
    """Everybody judged by the probe of others."""
    return [t for model, outside in probes for t in tracks(model, of_people(items, outside), probe)]


def few_labels(items: Sequence[Trial], probe: Probe) -> dict[str, float]:
    """AUROC on 14 people (the heaviest among neither) of probes from k half seconds a class of 25 others."""
    draw = np.random.default_rng(SEED)
    everybody = sorted(p for p in people(items) if p != HEAVIEST)
    chosen = set(draw.permutation(everybody)[:25].tolist())
    inside, outside = of_people(items, sorted(chosen)), of_people(items, sorted(set(everybody) - chosen))
    x, z = (np.concatenate([inputs(t, probe)[t.judged] for t in part]) for part in (inside, outside))
    y, truth = (np.concatenate([t.is_marked[t.judged] for t in part]) for part in (inside, outside))
    scale = StandardScaler().fit(x)  # no label is needed for it
    x, z = scale.transform(x), scale.transform(z)
    out = {}
    for k in SHOTS:
        each = []
        for _ in range(DRAWS):
            rows = np.concatenate([draw.choice(np.flatnonzero(y == c), k, replace=False) for c in (False, True)])
            each.append(roc_auc_score(truth, scores(learnt(probe, x[rows], y[rows], few=True), z)))
        out[f"k = {k}"] = float(np.mean(each))
    return out


def over_people(found: Sequence[Track]) -> dict[str, tuple[float, float]]:
    """95 % intervals over people of the figures at home."""
    of: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]] = {}
    for p in sorted({t.person for t in found}):
        own = [t for t in found if t.person == p]
        of[p] = tuple(np.concatenate([getattr(t, f)[t.judged] for t in own]) for f in ("scores", "truth"))  # type: ignore[assignment]  # two arrays
    alone = {p: auroc(*pair) for p, pair in of.items()}
    home, macro = [], []
    for draw in bootstrap(tuple(of), RESAMPLED, SEED):
        macro.append(np.nanmean([alone[p] for p in draw]))
        several = [of[p] for p in draw if p != HEAVIEST]
        home.append(auroc(*(np.concatenate(parts) for parts in zip(*several, strict=True))))
    return {
        name: (float(np.quantile(each, 0.025)), float(np.quantile(each, 0.975)))
        for name, each in (("home", home), ("home macro", macro))
    }


def figures(sites: Known, known: Rows, probe: Probe, *, is_new: bool) -> dict[str, Any]:
    """All columns of one probe, and ``intervals`` of some."""
    home = sites["tdcsfog"][""]
    scored = judged(at_home(home, probe, SEED), home, probe)
    without = summary([t for t in scored if t.person != HEAVIEST])
    model = fitted(home, probe, SEED)
    away = {site: summary(tracks(model, sites[site][""], probe)) for site in ("daphnet-trunk", "oday-lumbar")}
    is_linear = not probe.trees
    return {
        "activities": macro_f1(known, probe.columns, SEED)["mean"] if is_linear else None,
        "MotionSense": by_person(known, "motionsense", probe.columns, 5, SEED) if is_new and is_linear else None,
        "home": without.auroc,
        "home AP": without.ap,
        "home macro": summary(scored).macro_auroc,
        "Daphnet": away["daphnet-trunk"].auroc,
        "Daphnet macro": away["daphnet-trunk"].macro_auroc,
        "O'Day": away["oday-lumbar"].auroc,
        **few_labels(home, probe),
        "intervals": over_people(scored),
    }


def stress(sites: Known, known: Rows, bare: Rows, probe: Probe) -> dict[str, float]:
    """By how much columns change under each stress.

    Parameters
    ----------
    bare
        The people held out, without a gyroscope.
    """
    home, away = sites["tdcsfog"], sites["daphnet-trunk"]
    probes, model = at_home(home[""], probe, SEED), fitted(home[""], probe, SEED)
    macro = {name: summary(judged(probes, items, probe)).macro_auroc for name, items in home.items()}
    far = {name: summary(tracks(model, items, probe)).macro_auroc for name, items in away.items()}
    out = {}
    for name in STRESSES:
        out[f"home macro, {name}"] = macro[name] - macro[""]
        out[f"Daphnet macro, {name}"] = far[name] - far[""]
    if not probe.trees:
        before, after = (macro_f1(known, probe.columns, SEED, tested)["mean"] for tested in (None, bare))
        out["activities, without gyroscope"] = after - before
    return out


def stressed(data: Path, site: str, encoder: Encoder) -> dict[str, tuple[Trial, ...]]:
    """The trials of a site under each stress, each trial with a seed of its own."""

    def by(change: Callable[[Stream, int], Stream]) -> Callable[[Stream], Stream]:
        return lambda stream: change(stream, stream.segments[0].n_samples)

    return {name: trials(data, site, encoder, change=by(change)) for name, change in STRESSES.items()}


def code(*files: Path) -> str:
    """Hash of the files that figures come from: what others of their kind measured is measured again."""
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:16]


CODE = code(Path(__file__), Path(of_activities.__file__))
