"""Few labels for the sensor's tower that was trained beside a camera: a linear probe and tuning, by person.

``python -m benchmarks.few_clips --kept FOLDER`` reads the towers that ``benchmarks.utd`` left in FOLDER and writes
``docs/validation/few_clips.json`` and a page made from it. After the few-shot table of the IMU-video paper (10, 20,
50, 100 labels a class, five draws), with splits by person.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.about import about
from benchmarks.utd import ALONE, ALONE_EACH, CROSSED, JOINTS, LABELS, SCRATCH, SPLIT, crossed, known_teacher
from data.conditioning import RATE_HZ, condition
from data.datasets.common import NOT_ANNOTATED
from data.datasets.registry import DATASETS, must_be_apart
from data.intervals import overlap_fraction
from data.phenomena import FREEZING
from data.recording import Recording, Stream
from models.pretraining.crossmodal import Towers, fit_labels, said, towers
from models.pretraining.pairs import SECONDS, Pairs, load_pairs
from models.training.corpus import HEAVIEST

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation"
SHOTS = (10, 20, 50, 100)
DRAWS = 5
CLIP_S = 5
TESTED = 0.4
"""Share of the people of a set who are only judged."""
SEED = 9001
PLAN = replace(LABELS, epochs=20)
WANTED = ("CMC", "CMC-CMKM, K = 1", "sigmoid", "sigmoid, PatchTST")
TUNED = (SCRATCH, f"{SCRATCH}, PatchTST", "CMC", "sigmoid", "sigmoid, PatchTST")
Figures = dict[str, list[list[float]]]
Answer = Callable[[NDArray[np.int64], NDArray[np.int64], int], NDArray[np.int64]]
"""Actions of the clips judged, from those labelled and a seed; both by their rows."""
SETS = {
    "utd-mhad": "27 actions, people 2, 4, 6, 8 judged (12 clips a class of the others: 10 labels at most)",
    "motionsense": "6 activities, a telephone in the pocket, 5 s",
    "tdcsfog": "freezing for half of 5 s or not at all, lower back, acceleration alone, without 2d57c2",
}


def clips_of(data: Path, name: str) -> tuple[Pairs, tuple[str, ...]]:
    """Clips of a set without a camera, and the people who are only judged."""
    if name == "utd-mhad":
        return load_pairs(data), SPLIT["test"]
    inertial, person, action = [], [], []
    for who, recording in DATASETS[name].load(data):
        for stream in recording.streams:
            for clip, label in _clips(recording, stream):
                inertial.append(clip)
                person.append(who)
                action.append(label)
    names = sorted(set(action))
    everybody = sorted(set(person) - {HEAVIEST.partition("/")[2]})
    tested = np.random.default_rng(SEED).permutation(everybody)[: round(TESTED * len(everybody))].tolist()
    clips = Pairs(
        np.stack(inertial),
        np.full(len(inertial), CLIP_S * RATE_HZ),
        np.zeros((len(inertial), 0), dtype=np.float32),
        np.array(person),
        np.array([names.index(a) for a in action]),
    )
    return clips.of(tuple(everybody)), tuple(tested)


def _clips(recording: Recording, stream: Stream) -> Iterator[tuple[NDArray[np.float32], str]]:
    """``(350, 6)`` clips of 5 s, 0 after their end, with what was done in them; those of two minds are left out."""
    length = CLIP_S * RATE_HZ
    for segment in stream.segments:
        source = condition(segment, stream.channels)
        starts = segment.interval.start + np.arange(0, source.n_samples - length + 1, length) * 1_000_000 // RATE_HZ
        for number, label in enumerate(_labels(recording, starts)):
            if label:
                piece = source.read(number * length, (number + 1) * length)
                rows = np.hstack([piece.acc, piece.gyro]).astype(np.float32)
                yield np.pad(rows, ((0, SECONDS * RATE_HZ - length), (0, 0))), label


def _labels(recording: Recording, starts: NDArray[np.int64]) -> list[str]:
    """The activity of the whole recording, else whether somebody freezes; empty where that is not known."""
    share = {
        label: overlap_fraction(
            starts, CLIP_S * 1_000_000, [a.interval for a in recording.annotations if a.label == label]
        )
        for label in (FREEZING, NOT_ANNOTATED)
    }
    if recording.source.name.startswith("tdcsfog"):
        known = (share[NOT_ANNOTATED] == 0) & ((share[FREEZING] == 0) | (share[FREEZING] >= 0.5))
        return ["" if not k else "freezing" if f else "none" for k, f in zip(known, share[FREEZING], strict=True)]
    return [recording.annotations[0].label] * len(starts)


def rows_of(train: Pairs, seed: int, folder: Path) -> Iterator[tuple[str, Towers]]:
    """The towers of each row, with the name of how it was pretrained."""
    yield SCRATCH, towers(len(JOINTS), seed)
    teacher = known_teacher(train, seed, folder / f"teacher-{seed}.safetensors")
    yield ALONE_EACH, teacher
    for name, plan, objective in (c for c in CROSSED if c[0] in WANTED):
        if "PatchTST" in name:  # which takes longest, and comes last
            yield f"{SCRATCH}, PatchTST", towers(len(JOINTS), seed, patches=True)
        yield name, crossed(train, name, plan, objective, seed, folder, teacher)


def probed(made: Towers, clips: Pairs, tested: tuple[str, ...]) -> Figures:
    """A logistic regression on the frozen tower's vectors."""
    vectors = _vectors(made, clips)

    def answer(few: NDArray[np.int64], judged: NDArray[np.int64], _: int) -> NDArray[np.int64]:
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        return np.asarray(probe.fit(vectors[few], clips.action[few]).predict(vectors[judged]))

    return told(clips, tested, answer)


def tuned(made: Towers, clips: Pairs, tested: tuple[str, ...]) -> Figures:
    """The tower learns with a head; no label is spent on choosing the epoch: the last that tells the few best."""

    def answer(few: NDArray[np.int64], judged: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        copy = Towers(*(deepcopy(m) for m in (made.inertial, made.seen, made.heads)))
        labelled = clips.rows(few)
        return said(
            clips.rows(judged), copy, fit_labels(labelled, labelled, copy, ALONE, PLAN, seed, frozen=False), ALONE
        )

    return told(clips, tested, answer)


def told(clips: Pairs, tested: tuple[str, ...], answer: Answer) -> Figures:
    """Balanced accuracy and macro-F1 of each draw, by number of labels a class."""
    learning, judged = (np.flatnonzero(np.isin(clips.person, tested) == is_tested) for is_tested in (False, True))
    must_be_apart(set(clips.person[learning]), set(clips.person[judged]))
    of = [learning[clips.action[learning] == a] for a in np.unique(clips.action)]
    truth = clips.action[judged]
    out: Figures = {}
    for k in (k for k in SHOTS if k <= min(len(rows) for rows in of)):
        draw = np.random.default_rng(SEED + k)
        out[str(k)] = []
        for number in range(DRAWS):
            told = answer(np.concatenate([draw.choice(rows, k, replace=False) for rows in of]), judged, number)
            f1 = f1_score(truth, told, average="macro", zero_division=0)
            out[str(k)].append([float(balanced_accuracy_score(truth, told)), float(f1)])
    return out


def _vectors(made: Towers, clips: Pairs) -> NDArray[np.float32]:
    with torch.inference_mode():
        pieces = np.array_split(np.arange(len(clips.action)), len(clips.action) // 256 + 1)
        return np.concatenate([made.encode(clips.rows(rows), None, ALONE)[0].numpy() for rows in pieces])


def measured(data: Path, seed: int, folder: Path) -> dict[str, dict[str, Figures]]:
    """By set and row; what is done lies in ``folder``."""
    torch.set_num_threads(1)
    file, found = folder / f"few-{seed}.json", so_far(seed, folder)
    train = load_pairs(data).of(SPLIT["train"])
    sets = {name: clips_of(data, name) for name in SETS}
    for row, made in rows_of(train, seed, folder):
        for name, (clips, tested) in sets.items():
            for how, learn in (("probe", probed), ("tuned", tuned)):
                title = f"{row}, {how}"
                if title not in found.setdefault(name, {}) and (how == "probe" or row in TUNED):
                    found[name][title] = learn(made, clips, tested)
                    file.write_text(json.dumps(found), "utf-8")
                    sys.stderr.write(f"{name}: {title}\n")
    return found


def so_far(seed: int, folder: Path) -> dict[str, dict[str, Any]]:
    """The rows that are done."""
    file = folder / f"few-{seed}.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else {}


def missing(results: dict[str, dict[str, Any]]) -> list[str]:
    """The rows that are not done of every set."""
    rows = [SCRATCH, ALONE_EACH, *WANTED, f"{SCRATCH}, PatchTST"]
    titles = [f"{r}, {how}" for r in rows for how in ("probe", "tuned") if how == "probe" or r in TUNED]
    lacking = {t: [name for name in SETS if not _is_whole(results.get(name, {}), t)] for t in titles}
    return [f"{t} ({', '.join(names)})" for t, names in lacking.items() if names]


def _is_whole(rows: dict[str, Any], title: str) -> bool:
    return title in rows and set(rows[title]) == {k for row in rows.values() for k in row}


def page(found: dict[str, Any]) -> str:
    """The tables as Markdown: mean over the draws, with their standard deviation."""
    lines = [
        "# Few labels for a sensor that learned beside a camera",
        "",
        "Made by `python -m benchmarks.few_clips`; do not edit. The sensor's tower learned from the clips of three",
        "people of UTD-MHAD and what a camera saw of them ([utd.md](utd.md)), or not at all; then k labelled clips a",
        f"class of people of each set, all others judged. Balanced accuracy, mean of {DRAWS} draws (their deviation).",
        "*probe*: logistic regression on the frozen tower (from scratch: random weights); *tuned*: it learns too, in",
        f"{PLAN.epochs} epochs of batches of {PLAN.batch}, which is few steps where there are few clips.",
        "One seed of the towers. Macro-F1 of each draw is in the JSON.",
        "",
    ]
    for name, rows in found["results"].items():
        shots = list(dict.fromkeys(k for row in rows.values() for k in row))
        lines += [f"## {name}: {SETS[name]}", "", "| row | " + " | ".join(f"k = {k}" for k in shots) + " |"]
        lines += ["|---|" + "---|" * len(shots)]
        for title, row in rows.items():
            each = [[accuracy for accuracy, _ in row.get(k, ())] for k in shots]
            cells = [f"{np.mean(v):.3f} ({np.std(v, ddof=1):.3f})" if v else "–" for v in each]
            lines.append(f"| {title} | {' | '.join(cells)} |")
        lines.append("")
    if found["missing"]:
        lines += [f"Not measured yet: {'; '.join(found['missing'])}.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_clips")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, required=True, help="the folder that benchmarks.utd keeps its towers in")
    parser.add_argument("--so-far", action="store_true", help="measure nothing: write the rows that are done")
    given, begun = parser.parse_args(), time.perf_counter()
    results = so_far(given.seed, given.kept) if given.so_far else measured(given.data, given.seed, given.kept)
    found = about("python -m benchmarks.few_clips", begun) | {
        "seed": given.seed,
        "missing": missing(results),
        "results": {
            name: {row: {k: np.round(v, 4).tolist() for k, v in each.items()} for row, each in rows.items()}
            for name, rows in results.items()
        },
    }
    if given.so_far:
        del found["seconds"]  # they were spent before
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "few_clips.json").write_text(json.dumps(found) + "\n", "utf-8")
    (given.out / "few_clips.md").write_text(page(found), "utf-8")
    sys.stdout.write(page(found))


if __name__ == "__main__":
    main()
