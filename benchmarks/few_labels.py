"""A handful of labels of other people: what the encoder adds to the features where each is read at its best.

``python -m benchmarks.few_labels --data DATA`` writes ``docs/validation/few_labels.json`` and a page made from it. Of
25 people of tdcsfog k half seconds a class are drawn; 14 others and Daphnet's three people are judged. How the features
are read, and how the encoder's vectors beside them, is chosen from as many ways each, on those 25 people alone.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.about import about
from benchmarks.encoder import OUT, rounded
from benchmarks.probing import SEED, SHOTS, Probe, learnt, scores
from data.datasets.registry import must_be_apart
from models.encoders.folder import load_encoder, save_encoder
from models.encoders.imu import shape_net
from models.evaluation.metrics import auroc
from models.evaluation.splits import bootstrap
from models.training.baselines import with_context
from models.training.corpus import HEAVIEST, Trial, of_people, people, trials

GIVERS, INNER, SPLITS = 25, 15, 3
"""People who give labels; how many of them, on how many splits, while the way of reading is chosen."""
DRAWS, DRAWS_INNER, RESAMPLED = 20, 10, 200
WIDE = 5
"""Half seconds over which the discriminant's vectors, and what the trees say, are averaged."""
LOGISTIC, SHRUNK = (1e-4, 1e-3, 1e-2), (0.1, 0.3, 0.6)
FEATURES, RANDOM, PRETRAINED = "features alone", "random weights beside them", "pretrained vectors beside them"
COLUMNS = ("home", "home macro", "Daphnet", "Daphnet macro")

TREES = "trees"
WAYS: dict[bool, tuple[tuple[str, ...], ...]] = {
    False: (
        (TREES,),
        *((f"logistic {c:g} of features",) for c in LOGISTIC),
        *((f"discriminant {s:g}",) for s in SHRUNK),
        *((TREES, f"logistic {c:g} of features") for c in LOGISTIC),
        *((TREES, f"discriminant {s:g}") for s in SHRUNK),
    ),
    True: (
        *((f"logistic {c:g} of vectors",) for c in LOGISTIC),
        *((f"logistic {c:g} of both",) for c in LOGISTIC),
        *((TREES, f"logistic {c:g} of vectors") for c in LOGISTIC),
        *((TREES, f"logistic {c:g} of both") for c in LOGISTIC),
        (TREES, "discriminant 0.3", "logistic 0.001 of vectors"),
    ),
}
"""As many ways to read the features alone, and the encoder's vectors beside them: means of what several say."""

Rows = NDArray[np.float32]


def averaged(values: NDArray[Any], trial: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means over :data:`WIDE` rows of the same trial, fewer at its ends.

    Parameters
    ----------
    values
        ``(n, d)``.
    trial
        ``(n,)``: number of each row's trial, never falling.
    """
    total = np.vstack([np.zeros((1, values.shape[1])), values.astype(np.float64).cumsum(axis=0)])
    at = np.arange(len(values))
    start = np.maximum(at - WIDE // 2, np.searchsorted(trial, trial, side="left"))
    stop = np.minimum(at + WIDE // 2 + 1, np.searchsorted(trial, trial, side="right"))
    return np.asarray((total[stop] - total[start]) / (stop - start)[:, None])


@dataclass(frozen=True, slots=True)
class Part:
    """What is read of some people's trials, laid end to end: ``(n, …)``, a row for each half second."""

    vectors: Rows
    context: Rows
    wide: NDArray[np.float64]
    trial: NDArray[np.int64]
    person: NDArray[np.str_]
    marked: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    @staticmethod
    def of(items: Sequence[Trial]) -> Part:
        """Of trials in the order given."""
        own = [t.vectors.astype(np.float32) for t in items]
        vectors, size = np.concatenate(own), [len(v) for v in own]
        trial = np.repeat(np.arange(len(items)), size)
        return Part(
            vectors, np.concatenate([with_context(v) for v in own]), averaged(vectors, trial), trial,
            np.repeat([t.person for t in items], size),
            np.concatenate([t.is_marked for t in items]), np.concatenate([t.judged for t in items]),
        )  # fmt: skip

    def figures(self, said: NDArray[np.float64]) -> tuple[float, float]:
        """AUROC of the judged half seconds, pooled and in the mean of people who have both kinds."""
        own = [self.judged & (self.person == p) for p in np.unique(self.person)]
        each = [auroc(said[rows], self.marked[rows]) for rows in own]
        return auroc(said[self.judged], self.marked[self.judged]), float(np.nanmean(each))


def inputs(part: Part, shape: int) -> dict[str, NDArray[Any]]:
    """What the readers read; the first ``shape`` columns are the encoder's, the rest features."""
    width = part.vectors.shape[1]
    ours = np.arange(part.context.shape[1]) % width < shape
    return {
        TREES: part.vectors[:, shape:],
        "discriminant": part.wide[:, shape:],
        "of features": part.context[:, ~ours],
        "of vectors": part.context[:, ours],
        "of both": part.context,
    }


@dataclass(frozen=True, slots=True)
class Task:
    """Labels of some people and half seconds of others, each input scaled by the former's, for which no label is read.

    Parameters
    ----------
    spread
        Eigenvalues and vectors of the discriminant's input.
    """

    known: dict[str, NDArray[Any]]
    asked: dict[str, NDArray[Any]]
    marked: NDArray[np.bool_]
    trial: NDArray[np.int64]
    spread: tuple[NDArray[np.float64], NDArray[np.float64]]

    @staticmethod
    def of(givers: Part, asked: Part, shape: int) -> Task:
        """Of two parts."""
        must_be_apart(set(givers.person), set(asked.person))
        known, others = {n: v[givers.judged] for n, v in inputs(givers, shape).items()}, inputs(asked, shape)
        for name, value in known.items():
            mean, sd = value.mean(axis=0), value.std(axis=0) + 1e-6
            known[name], others[name] = (value - mean) / sd, (others[name] - mean) / sd
        spread = np.linalg.eigh(np.cov(known["discriminant"].T))
        return Task(known, others, givers.marked[givers.judged], asked.trial, (spread[0], spread[1]))

    def drawn(self, k: int, draw: np.random.Generator) -> NDArray[np.int64]:
        """``(2 k,)`` rows: so many without freezing, and so many with."""
        return np.concatenate([draw.choice(np.flatnonzero(self.marked == c), k, replace=False) for c in (False, True)])

    def said(self, rows: NDArray[np.int64], ways: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], NDArray[Any]]:
        """What each way of reading says of all half seconds that are asked about, after these labels."""
        alone = {name: self._alone(name, rows) for name in dict.fromkeys(n for way in ways for n in way)}
        level = {name: (v - v.mean()) / (v.std() + 1e-9) for name, v in alone.items()}
        return {way: np.mean([level[name] for name in way], axis=0) for way in ways}

    def _alone(self, name: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        y, (kind, _, rest) = self.marked[rows], name.partition(" ")
        if kind == TREES:
            model = learnt(Probe(slice(None), trees=True), self.known[TREES][rows], y, few=True)
            sure = np.clip(scores(model, self.asked[TREES]), 1e-6, 1 - 1e-6)
            return averaged(np.log(sure / (1 - sure))[:, None], self.trial)[:, 0]
        if kind == "discriminant":  # Fisher's, its covariance that of all half seconds, shrunk towards a sphere
            x, (size, axes), shrunk = self.known[kind], self.spread, float(rest)
            along = (x[rows][y].mean(axis=0) - x[rows][~y].mean(axis=0)) @ axes / ((1 - shrunk) * size + shrunk)
            return np.asarray(self.asked[kind] @ (axes @ along))
        strength, _, which = rest.partition(" ")
        model = LogisticRegression(C=float(strength), max_iter=200).fit(self.known[which][rows], y)
        return np.asarray(model.decision_function(self.asked[which]))


def best_ways(items: Sequence[Trial], givers: Sequence[str], shape: int, *, beside: bool) -> dict[int, tuple[str, ...]]:
    """Of each number of labels, the way that reads best among the people who give them."""
    total: dict[int, dict[tuple[str, ...], list[float]]] = {k: {w: [] for w in WAYS[beside]} for k in SHOTS}
    for split in range(SPLITS):
        order = np.random.default_rng(SEED + split).permutation(givers).tolist()
        inside, outside = (Part.of(of_people(items, sorted(part))) for part in (order[:INNER], order[INNER:]))
        task = Task.of(inside, outside, shape)
        for k in SHOTS:
            draw = np.random.default_rng(SEED + k)
            for _ in range(DRAWS_INNER):
                for way, said in task.said(task.drawn(k, draw), WAYS[beside]).items():
                    total[k][way].append(outside.figures(said)[0])
    return {k: max(ways, key=lambda w: np.mean(ways[w])) for k, ways in total.items()}


def measured(
    home: Sequence[Trial], away: Sequence[Trial], shape: int, *, beside: bool
) -> Iterator[tuple[int, tuple[str, ...], dict[tuple[str, ...], dict[str, float]], dict[tuple[str, ...], Any], Part]]:
    """Of each number of labels: the way chosen, figures of all ways, and what each said at home ``(draws, n)``."""
    everybody = np.random.default_rng(SEED).permutation(sorted(p for p in people(home) if p != HEAVIEST)).tolist()
    givers = sorted(everybody[:GIVERS])
    chosen = best_ways(home, givers, shape, beside=beside)
    known, asked, far = (
        Part.of(part) for part in (of_people(home, givers), of_people(home, sorted(everybody[GIVERS:])), away)
    )
    here, there = Task.of(known, asked, shape), Task.of(known, far, shape)
    for k, way in chosen.items():
        draw = np.random.default_rng(SEED + k)
        found: dict[tuple[str, ...], list[tuple[float, ...]]] = {w: [] for w in WAYS[beside]}
        told: dict[tuple[str, ...], list[NDArray[np.float64]]] = {w: [] for w in WAYS[beside]}
        for _ in range(DRAWS):
            rows = here.drawn(k, draw)
            abroad = there.said(rows, WAYS[beside])
            for w, said in here.said(rows, WAYS[beside]).items():
                found[w].append((*asked.figures(said), *far.figures(abroad[w])))
                told[w].append(said)
        means = {w: dict(zip(COLUMNS, np.mean(f, axis=0).tolist(), strict=True)) for w, f in found.items()}
        yield k, way, means, {w: np.array(v) for w, v in told.items()}, asked


def gained(part: Part, before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval over people of what the mean AUROC of the draws gains.

    Parameters
    ----------
    before, after
        ``(draws, n)`` of the same labels.
    """
    own = {p: np.flatnonzero(part.judged & (part.person == p)) for p in np.unique(part.person)}
    gains = []
    for drawn in bootstrap(tuple(own), RESAMPLED, SEED):
        rows = np.concatenate([own[p] for p in drawn])
        found = [np.mean([auroc(said[rows], part.marked[rows]) for said in each]) for each in (before, after)]
        gains.append(found[1] - found[0])
    return float(np.nanquantile(gains, 0.025)), float(np.nanquantile(gains, 0.975))


def page(told: Mapping[str, Any]) -> str:
    """The tables as Markdown."""
    lines = [
        "# A handful of labels of other people",
        "",
        "Made by `python -m benchmarks.few_labels`; do not edit. AUROC of half seconds with freezing, mean of",
        f"{DRAWS} draws of k half seconds a class of {GIVERS} people of tdcsfog; judged are 14 others (not 2d57c2) and",
        "Daphnet's three people (trunk), of whom no label is read. How the features are read, and how the encoder's",
        f"vectors beside them, is *chosen* for each k from {len(WAYS[False])} ways each by {SPLITS} splits of those",
        f"{GIVERS} people; *best seen* is the way that is best at home of those judged, which nobody can know before.",
        "*Trees* are LightGBM on the features of a half second, averaged over 2.5 s; *logistic* reads the half second",
        "with those 1, 2 and 4 s before and after it; *discriminant* is Fisher's on features averaged over 2.5 s, its",
        "covariance that of the half seconds without label. Several are the mean of what each says.",
        "",
    ]
    for k in SHOTS:
        rows = [r for r in told["rows"] if r["k"] == k]
        lines += [f"## k = {k}", "", f"| input | | {' | '.join(COLUMNS)} | read by |", "|---" * 7 + "|"]
        for row in rows:
            for which in ("chosen", "best seen"):
                way = row[which]
                cells = " | ".join(f"{way['figures'][c]:.3f}".replace("0.", ".", 1) for c in COLUMNS)
                lines.append(f"| {row['row']} | {which} | {cells} | {', '.join(way['way'])} |")
        lines.append("")
        for row in rows:
            for against, (low, high) in row.get("gains", {}).items():
                gain = f"{low:+.3f} to {high:+.3f}".replace("0.", ".")
                which = f"{row['row'].capitalize()}, chosen, against the features alone, {against}"
                lines += [f"{which}: {gain} at home (95 % interval over people).", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_labels")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    begun, rows = time.perf_counter(), []
    alone: dict[int, dict[str, NDArray[np.float64]]] = {}
    shipped = load_encoder("imu-simclr")
    with tempfile.TemporaryDirectory() as scratch:
        random = save_encoder(Path(scratch) / "random", "random", shape_net(shipped.widths, SEED), mean=shipped.mean,
                              sd=shipped.sd, card="")  # fmt: skip
        for row, encoder in ((FEATURES, shipped), (RANDOM, random), (PRETRAINED, shipped)):
            home, away = (trials(asked.data, site, encoder) for site in ("tdcsfog", "daphnet-trunk"))
            for k, way, found, said, part in measured(home, away, shipped.widths[2], beside=row != FEATURES):
                best = max(found, key=lambda w: found[w]["home"])
                named = {"chosen": way, "best seen": best}
                told: dict[str, Any] = {"k": k, "row": row}
                told |= {which: {"way": list(w), "figures": rounded(found[w])} for which, w in named.items()}
                told["all"] = [{"way": list(w), "figures": rounded(f)} for w, f in found.items()]
                if row == FEATURES:
                    alone[k] = {which: said[w] for which, w in named.items()}
                else:
                    told["gains"] = {a: [round(v, 3) for v in gained(part, s, said[way])] for a, s in alone[k].items()}
                rows.append(told)
                print(k, row, told["chosen"], told["best seen"], told.get("gains"), flush=True)
    record = {**about("python -m benchmarks.few_labels", begun), "encoder": shipped.version, "rows": rows}
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "few_labels.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (asked.out / "few_labels.md").write_text(page(record), "utf-8")


if __name__ == "__main__":
    main()
