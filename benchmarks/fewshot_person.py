"""Labels of one person, tried on the same person or on others; part of :mod:`benchmarks.fewshot`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier

from benchmarks.fewshot_new import Classify, head, prototype
from benchmarks.fewshot_new import trees as forest
from benchmarks.fewshot_rows import NUMBER, SHOTS, Row, Told, f1, rows_of
from data.grid import HOP_US
from models.adapters.adapt import LINEAR, LOW_RANK, PROTOTYPE, SHIPPED
from models.adapters.choose import MANY, choose_adapter
from models.adapters.example import Example
from models.adapters.linear import fit_linear
from models.adapters.lowrank import fit_low_rank
from models.adapters.prototype import fit_prototype
from models.adapters.rate import learned_rate
from models.adapters.support import CLEAR_CELLS, margin_us
from models.calibration import fit_platt
from models.detectors import Detector, Personal
from models.detectors.correction import Correction
from models.detectors.rules import true_runs
from models.evaluation.metrics import auroc
from models.features import NAMES
from models.training.corpus import Trial, cut, people
from models.training.learn import Judged, alone
from models.training.personal import (
    Draw,
    Seen,
    Side,
    example_of,
    examples_of,
    f1_curve,
    rows_of_example,
    seen_by,
    side_of,
)
from models.training.validate import SEED

PIECE_CELLS = 240
"""Two minutes: recordings of a person who has few are tried in pieces of this."""
Ways = list[tuple[str, NDArray[np.float64], float]]
"""Name, log-odds of what examples are tried on, threshold."""
WHOLE = (1, 2, 4, 8)
"""Numbers of wholly marked recordings."""
CHOSEN, HINDSIGHT = "choose_adapter", "best threshold in hindsight"
ALONE = " on features, the examples alone"
ON_FEATURES: dict[str, tuple[Classify, float]] = {
    "logistic": (head, 0.0), "prototype": (prototype, 0.0), "ExtraTrees": (forest, 0.5)
}  # fmt: skip
"""What knows nothing but the examples, and from where on it says yes."""


def guard(detector: Detector) -> int:
    """Half seconds apart at which neither vector nor context of one half second reads what another's does."""
    return -(-2 * margin_us(detector.network) // HOP_US)


def pieces(judged: Judged, apart: int, length: int = PIECE_CELLS) -> Judged:
    """Recordings cut into pieces with a guard between; those that hold two at most stay whole."""
    items, odds = [], []
    for trial, z in zip(judged.trials, judged.log_odds, strict=True):
        firsts = range(0, trial.cells, length + apart) if trial.cells > 2 * length + apart else (0,)
        for first in firsts:
            last = min(trial.cells, first + length) if len(firsts) > 1 else trial.cells
            items.append(replace(cut(trial, first, last), name=f"{trial.name} {first}-{last}"))
            odds.append(z[first:last])
    return Judged(tuple(items), tuple(odds), tuple(np.zeros(t.cells, dtype=np.float32) for t in items))


def of_this_person(found: Sequence[Draw], prior: dict[str, Personal]) -> list[Row]:
    """k labelled episodes (and as many stretches without) of a person, tried on that person's other recordings.

    Parameters
    ----------
    prior
        For each person, what other patients showed.
    """
    names = sorted({d.person for d in found})

    def one(person: str) -> tuple[dict[int, Told], dict[int, list[str]]]:
        told: dict[int, Told] = {k: {} for k in SHOTS}
        kinds: dict[int, list[str]] = {k: [] for k in SHOTS}
        for d in (d for d in found if d.person == person):
            must_not_share(d)
            done: dict[tuple[int, bool], tuple[Ways, str]] = {}
            for k in SHOTS:
                key = len(d.shots(k)), k >= MANY  # who has few episodes gives the same ones for every larger k
                if key not in done:
                    done[key] = _ways(d, k, prior[person])
                ways, kind = done[key]
                kinds[k].append(kind)
                ways = [*ways, _refitted(d, k)]
                for name, log_odds, at in ways:
                    told[k].setdefault(name, {}).setdefault(person, []).append(
                        _told(d.query, log_odds, at, prior[person].balance)
                    )
                _, before, area = _told(d.query, d.query.log_odds, 0.0, prior[person].balance)
                best = (float(f1_curve(d.query).max()), before, area)
                told[k].setdefault(HINDSIGHT, {}).setdefault(person, []).append(best)
        return told, kinds

    with alone():
        every = Parallel(n_jobs=-1)(delayed(one)(p) for p in names)
    rows = []
    for k in SHOTS:
        each: Told = {}
        for told, _ in every:
            for name, of in told[k].items():
                each.setdefault(name, {}).update(of)
        used = Counter(kind for _, kinds in every for kind in kinds[k])
        shares = {f"used {kind}": n / used.total() for kind, n in sorted(used.items())}
        rows += [rows_of(name, k, of, **(shares if name == CHOSEN else {})) for name, of in each.items()]
    return rows


def must_not_share(d: Draw) -> None:
    """See that examples come from other recordings (or pieces with a guard between) than those they are tried on."""
    both = {e.recording for e in (*d.positives, *d.negatives)} & set(d.query.names)
    if both:
        raise ValueError(f"examples of {d.person} are tried on their own recordings: {sorted(both)}")


def _told(q: Side, log_odds: NDArray[np.float64], at: float, usual: float) -> tuple[float, float, float]:
    return f1(log_odds, q.truth, at), f1(q.log_odds, q.truth, usual), auroc(log_odds, q.truth)


def _ways(d: Draw, k: int, own: Personal) -> tuple[Ways, str]:
    """The adapters on one draw: name, log-odds of the query, threshold; and which one is chosen."""
    examples, q = d.shots(k), d.query
    chosen = choose_adapter(examples, own)
    found = {
        SHIPPED: None,
        PROTOTYPE: fit_prototype(examples, own),
        LINEAR: fit_linear(examples, own),
        CHOSEN: chosen.correction,
    }
    if k >= MANY:
        found[LOW_RANK] = fit_low_rank(examples, own)
    return [(name, moved_by(q, one), own.balance) for name, one in found.items()], chosen.kind


def moved_by(q: Side, found: Correction | None) -> NDArray[np.float64]:
    """Log-odds with what was learned."""
    return q.log_odds if found is None else q.log_odds + found.of(q.directions)[0]


def _refitted(d: Draw, k: int) -> tuple[str, NDArray[np.float64], float]:
    """What is no adapter: the obvious refit."""
    examples = d.shots(k)
    x = np.concatenate([e.log_odds for e in examples])
    y = np.concatenate([np.full(len(e.log_odds), e.is_positive) for e in examples])
    slope, intercept = fit_platt(x, y)
    return "bias and scale refitted", slope * d.query.log_odds + intercept, 0.0


def trees(
    examples: Sequence[Example], d: Draw, table: dict[str, NDArray[np.float32]], own: Sequence[Trial]
) -> NDArray[np.float64]:
    """Log-odds of the query by trees that know nothing but the examples."""
    x = np.concatenate([table[e.recording][rows_of_example(e)] for e in examples])
    y = np.concatenate([np.full(len(e.log_odds), e.is_positive) for e in examples])
    of = {t.name: t for t in own}
    z = np.concatenate([table[n][of[n].judged] for n in d.query.names])
    model = ExtraTreesClassifier(100, min_samples_leaf=2, class_weight="balanced", random_state=SEED, n_jobs=1)
    p = np.clip(model.fit(x, y).predict_proba(z)[:, 1], 1e-3, 1 - 1e-3)
    return np.asarray(np.log(p / (1 - p)))


def wholly_marked(judged: Judged, detector: Detector, found: Sequence[Draw], prior: dict[str, Personal]) -> list[Row]:
    """k wholly marked recordings of a person: what learning the share of time adds, or costs."""
    seen = seen_by(judged, detector.calibration, detector.network, detector.known)
    rng = np.random.default_rng(SEED)
    rows = []
    for k in WHOLE:
        each: Told = {}
        for d in found:
            own = prior[d.person]
            given = [t for t in judged.trials if t.person == d.person and t.name not in d.query.names]
            examples = whole_of([given[i] for i in rng.permutation(len(given))[:k]], seen)
            plain: Correction | None = None
            rated = None
            if any(e.is_positive for e in examples):
                chosen = choose_adapter(examples, own)
                plain = chosen.correction
            if plain is not None:
                rated = plain.raised(learned_rate(examples, plain, chosen.fit, own).shift)
            for name, one in ((SHIPPED, None), (CHOSEN, plain), (f"{CHOSEN}, share of time learned", rated)):
                told = _told(d.query, moved_by(d.query, one), own.balance, own.balance)
                each.setdefault(name, {}).setdefault(d.person, []).append(told)
        rows += [rows_of(name, k, of) for name, of in each.items()]
    return rows


def whole_of(items: Sequence[Trial], seen: Seen) -> list[Example]:
    """Every judged half second of some recordings, as examples of an unselected stretch."""
    out = []
    for t in items:
        for side in (True, False):
            for a, b in true_runs((t.is_marked == side) & t.judged):
                for first in [a] if side else range(a, b, CLEAR_CELLS):
                    last = b if side else min(b, first + CLEAR_CELLS)
                    out.append(replace(example_of(t, first, last, seen, is_positive=side), is_unselected=True))
    return out


def of_some_for_others(judged: Judged, detector: Detector, known: Personal) -> list[Row]:
    """k episodes of one person of another hospital, tried on the others there; and of each of these, tried on the one.

    Of the others only who has marked freezing can teach or be tried on.
    """
    seen = seen_by(judged, detector.calibration, detector.network, detector.known)
    is_feature = detector.network.columns >= judged.trials[0].vectors.shape[1] - len(NAMES)
    table = {t.name: detector.network.standardised(t.vectors)[:, is_feature].astype(np.float64) for t in judged.trials}
    rng = np.random.default_rng(SEED)
    rows = []
    for site in dict.fromkeys(t.site for t in judged.trials):
        here = [t for t in judged.trials if t.site == site]
        able = [p for p in people(here) if any(t.is_marked.any() for t in here if t.person == p)]
        ways = {"one person for the others": [([p], [o for o in able if o != p]) for p in able]}
        if len(able) > 2:
            ways["the others for one person"] = [([o for o in able if o != p], [p]) for p in able]
        for way, parts in ways.items():
            for k in SHOTS:
                each: Told = {}
                for givers, tried in parts:
                    _try_on_others(here, seen, known, givers, tried, k, rng, table, each)
                for name, of in each.items():
                    row = {"task": f"{site}, {way}"} | rows_of(name, k, of)
                    # Nothing was there before what knows the examples alone: nobody is harmed by it.
                    bare = ("gain", "harmed") if name.endswith(ALONE) else ()
                    rows.append({n: v for n, v in row.items() if not n.startswith(bare)} if bare else row)
    return rows


def _try_on_others(
    here: Sequence[Trial], seen: Seen, known: Personal, givers: Sequence[str], tried: Sequence[str], k: int,
    rng: np.random.Generator, table: dict[str, NDArray[np.float64]], each: Told,
) -> None:  # fmt: skip
    """Add to ``each`` what k episodes of every giver, with as many stretches without, do to those who gave none."""
    own = [[t for t in here if t.person == p] for p in givers]
    queries = {p: side_of([t for t in here if t.person == p], seen) for p in tried}
    for _ in range(NUMBER):
        examples = [e for of in own for side in (True, False) for e in examples_of(of, seen, rng, is_positive=side)[:k]]
        found = {
            SHIPPED: None,
            PROTOTYPE: fit_prototype(examples, known),
            LINEAR: fit_linear(examples, known),
            f"{CHOSEN}, as for one of them": choose_adapter(examples, known).correction,
            CHOSEN: choose_adapter(examples, known, of_others=True).correction,
        }
        if k >= MANY:
            found[LOW_RANK] = fit_low_rank(examples, known)
        # What networks say of the examples would be learned against and then not be there when others are told.
        plain = [replace(e, directions=x, log_odds=np.zeros(len(x))) for e in examples
                 for x in [table[e.recording][rows_of_example(e)]]]  # fmt: skip
        alone_said = {name: (classify(plain), at) for name, (classify, at) in ON_FEATURES.items()}
        for person, q in queries.items():
            for name, one in found.items():
                told = _told(q, moved_by(q, one), known.balance, known.balance)
                each.setdefault(name, {}).setdefault(person, []).append(told)
            x = np.concatenate([table[t.name][t.judged] for t in here if t.person == person])
            for name, (say, at) in alone_said.items():
                each.setdefault(f"{name}{ALONE}", {}).setdefault(person, []).append(_told(q, say(x), at, known.balance))
