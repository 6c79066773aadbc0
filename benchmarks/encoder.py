"""What each way of pretraining is worth: frozen vectors and a probe, for all encoders alike.

``python -m benchmarks.encoder SimCLR=FOLDER RelCon=FOLDER,FOLDER ... --data DATA`` writes
``docs/validation/encoder.json`` and a page made from it; several folders are several seeds. Each encoder stands beside
random weights, the hand-made features, and both together. What was measured before by the same code stays, and a
further seed stands below those of its name; what is to go is taken out of the JSON.
Nobody with Parkinson's disease took part in any pretraining; the people whose activities are told were left out too.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from joblib import Parallel, delayed

from benchmarks import probing
from benchmarks.probing import COLUMNS, STRESSED, Probe
from models.encoders.folder import Encoder, load_encoder, save_encoder
from models.encoders.imu import shape_net
from models.evaluation.stress import without_gyroscope
from models.features import NAMES
from models.pretraining.probe import collect
from models.pretraining.train import read_recipe
from models.training.corpus import trials
from models.training.fit import LEFT_OUT

OUT = Path(__file__).resolve().parents[1] / "docs" / "validation"
RECIPE = Path(__file__).resolve().parents[1] / "models" / "pretraining" / "recipes" / "simclr.toml"
PARTS = ("figures", "stress")
FEATURES, RANDOM = "hand-made features", "random weights"
TRAINED = {
    "masked, SimCLR and activities": "`both.toml`: contrast of partly hidden views, what is hidden, activities",
    "SimCLR and activities": "`simclr.toml`, the recipe that ships",
    "masked": "`masked.toml`: what is hidden is told from the rest",
    "SimCLR": "`simclr-alone.toml`: two views of a window attract",
    "RelCon": "`relcon.toml`: a motif distance ranks the candidates, by the candidate's statistics",
    "RelCon, own statistics": "`relcon-own.toml`: the same by each window's own statistics, shape alone",
    "RelCon, softmax in use": "`relcon-softmax.toml`: the motif distance attends by a softmax where it ranks",
    "RelCon, nearest alone": "`relcon-nearest.toml`: no ranks, the nearest candidate attracts",
    "RelCon, other people alone": "`relcon-others.toml`: no candidates of the same person",
    "RelCon, eight changes": "`relcon-eight.toml`: the distance learns from the published changes",
    "SimCLR and activities, without MotionSense": "`simclr-elsewhere.toml`",
    "activities alone": "`labels.toml`: the same network and windows, from scratch on the activities",
    "CMC": "`cmc.toml`: sensor and skeleton of UTD-MHAD's clips attract (36 minutes of 6 people)",
    "CMC-CMKM": "`cmkm.toml`: the same, with what the other modality holds for alike",
    "CMC-CMKM, undivided": "`cmkm-one.toml`: the same, no temperature inside a modality, as in the public code",
    "IMU to skeleton, sigmoid": "`sigmoid.toml`: the same clips, each pair by itself",
    "IMU, skeleton and depth, sigmoid": "`three.toml`: the same clips with their depth films, each two of three views",
    "all objectives and activities": "`sum.toml`: by lot hidden spans with contrast, RelCon or three views",
    "SimCLR, the same clips": "`simclr-clips.toml`: those clips without a camera",
    "SimCLR and activities, without alignment": "`no-alignment.toml`: the shipped recipe on the sensor's own axes",
    "SimCLR and activities, with virtual sensors": "`virtual.toml`: the shipped recipe and sensors made of skeletons",
    "SimCLR and activities, without yaw": "`no-yaw.toml`: the shipped recipe with no turns about the vertical",
}
"""How the encoders of a row were trained."""


@dataclass(frozen=True, slots=True)
class Job:
    """One encoder with the probes that read its vectors, by the name of their row; ``calm`` ones without stress."""

    name: str
    encoder: Encoder
    probes: dict[str, Probe]
    calm: dict[str, Probe] = field(default_factory=dict)


def jobs(given: dict[str, list[Encoder]], scratch: Path) -> list[Job]:
    """The encoders asked for, after the features alone and random weights."""
    first = next(iter(given.values()))[0]
    shape, hand = slice(0, first.widths[2]), slice(first.widths[2], first.dim)
    net = shape_net(first.widths, probing.SEED)
    untrained = save_encoder(scratch / "random", "random", net, mean=first.mean, sd=first.sd, card="")
    blind = first.widths[2] + np.array([i for i, n in enumerate(NAMES) if n not in LEFT_OUT])
    alone = {
        "85 hand-made features": Probe(hand),
        "the same without posture": Probe(blind),
        "the same without neighbours": Probe(hand, context=False),
        "85 features, LightGBM": Probe(hand, trees=True),
        "the same, without neighbours": Probe(hand, context=False, trees=True),
    }

    def beside(name: str, encoder: Encoder) -> Job:
        trees = {f"{name} + features, LightGBM": Probe(slice(None), context=False, trees=True)}
        return Job(name, encoder, {name: Probe(shape), f"{name} + features": Probe(slice(None))}, trees)

    return [
        Job(FEATURES, untrained, alone),
        beside(RANDOM, untrained),
        *(beside(name, encoder) for name, each in given.items() for encoder in each),
    ]


def measure(job: Job, data: Path, done: dict[str, Any], *, stress: bool) -> dict[str, Any]:
    """A row for each probe, those that are ``done`` already as they are."""
    encoder, record = job.encoder, {"name": job.name, "version": job.encoder.version, **done}
    held_out = read_recipe(RECIPE)["held_out"]
    known = collect(data, encoder, held_out)
    sites = {site: {"": trials(data, site, encoder)} for site in ("tdcsfog", "daphnet-trunk", "oday-lumbar")}
    card = encoder.folder / "card.md"
    is_new = not card.is_file() or "- **motionsense**" not in card.read_text("utf-8")
    old = done.get("figures", {})
    record["figures"] = {
        n: old.get(n) or probing.figures(sites, known, p, is_new=is_new) for n, p in (job.probes | job.calm).items()
    }
    if stress and not set(done.get("stress", ())) >= set(job.probes):
        for site in ("tdcsfog", "daphnet-trunk"):
            sites[site] |= probing.stressed(data, site, encoder)
        bare = collect(data, encoder, held_out, without_gyroscope)
        record["stress"] = {n: probing.stress(sites, known, bare, p) for n, p in job.probes.items()}
    return record


def rounded(found: Any) -> Any:
    """JSON with four decimals."""
    if isinstance(found, dict):
        return {k: rounded(v) for k, v in found.items()}
    if isinstance(found, list | tuple):
        return [rounded(v) for v in found]
    return round(found, 4) if isinstance(found, float) else found


def kept(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What was measured by this very code before, by name and version: each encoder takes minutes."""
    told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    rows = told["measured"] if told.get("code") == probing.CODE else []
    return {(r["name"], r["version"]): {part: r[part] for part in PARTS if part in r} for r in rows}


def ordered(known: Sequence[tuple[str, str]], asked: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """All of them once, by name as first met: a further seed stands behind those of its name."""
    each = list(dict.fromkeys([*known, *asked]))
    return [key for name in dict.fromkeys(n for n, _ in each) for key in each if key[0] == name]


def table(columns: Sequence[str], rows: dict[str, list[dict[str, Any]]], form: str) -> list[str]:
    """Markdown: the mean over seeds, and the lowest and highest where there are several."""

    def cell(values: list[float | None]) -> str:
        told = [v for v in values if v is not None]
        if not told:
            return "–"
        # Figures without the leading zero; differences with their sign.
        texts = [format(v, form) for v in (np.mean(told), min(told), max(told))]
        mean, low, high = (t.replace("0.", ".", 1) for t in texts)
        return mean if len(told) == 1 else f"{mean} ({low} to {high})"

    return [
        "| input of the probe | " + " | ".join(columns) + " |",
        "|---|" + "---|" * len(columns),
        *(
            f"| {n} | " + " | ".join(cell([one.get(c) for one in each]) for c in columns) + " |"
            for n, each in rows.items()
        ),
    ]


def page(told: dict[str, Any]) -> str:
    """The tables as Markdown."""
    figures: dict[str, list[dict[str, Any]]] = {}
    stress: dict[str, list[dict[str, Any]]] = {}
    for record in told["measured"]:
        for rows, part in ((figures, "figures"), (stress, "stress")):
            for name, row in record.get(part, {}).items():
                rows.setdefault(name, []).append(row)
    seeds = {name: len(each) for name, each in figures.items() if len(each) > 1}
    lines = [
        "# What pretraining is worth",
        "",
        "Made by `python -m benchmarks.encoder`; do not edit. Frozen vectors and a probe (logistic, unless LightGBM is",
        "named) that also reads the vectors 1, 2 and 4 s before and after. Where an encoder was trained from several",
        "seeds: the mean, lowest and highest; another seed moves a row by .01 at home, and by .05 in other hospitals.",
        "",
        *table(tuple(COLUMNS), figures, ".3f"),
        "",
        "How they were trained:",
        "",
        *(f"- **{name}**: {how}" for name, how in TRAINED.items() if name in figures),
        "",
        "What the columns are:",
        "",
        *(f"- **{name}**: {what}" for name, what in COLUMNS.items()),
        "",
        "Several seeds: " + (", ".join(f"{name} {n}" for name, n in seeds.items()) or "none") + ".",
        "",
        "## Intervals over people",
        "",
        "![Mean AUROC at home with its interval over people, and on Daphnet](encoder.svg)",
        "",
        "95 % intervals over the 40 people of tdcsfog (39 in *home*), of the first seed; Daphnet has three people and",
        "O'Day two: no interval is worth printing, and an order of close rows there may turn round.",
        "",
        "| input of the probe | home | home macro |",
        "|---|---|---|",
        *(
            f"| {name} | " + " | ".join(_interval(each[0], c) for c in ("home", "home macro")) + " |"
            for name, each in figures.items()
        ),
        "",
        "## Under stress",
        "",
        "By how much a figure changes when the people tested, and they alone, are recorded by a sensor that is mounted",
        "in another direction, has no gyroscope or another rate, or when they move more weakly or strongly.",
        "Wanted: no column loses more than .010 when turned and .020 otherwise.",
        "",
        *table(STRESSED, stress, "+.3f"),
        "",
        "Encoders: " + ", ".join(f"{r['name']} {r['version']}" for r in told["measured"]) + ".",
        "",
    ]
    return "\n".join(lines)


def _interval(row: dict[str, Any], column: str) -> str:
    low, high = row["intervals"][column]
    return f"{row[column]:.3f} ({low:.2f}–{high:.2f})".replace("0.", ".")


def drawn(told: dict[str, Any]) -> str:
    """An SVG: for each row, the macro AUROC at home with its interval, and that of the hospital never seen."""
    rows = [(name, row) for record in told["measured"] for name, row in record["figures"].items()]
    left, width, step, low = 400, 860, 22, 0.5

    def x(value: float) -> float:
        return left + (width - left - 20) * (max(value, low) - low) / (1 - low)

    marks = []
    for i, (name, row) in enumerate(rows):
        y = 40 + i * step
        a, b = row["intervals"]["home macro"]
        marks.append(
            f'<text x="{left - 10}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
            f'<line x1="{x(a):.1f}" x2="{x(b):.1f}" y1="{y}" y2="{y}" stroke="#1f2937"/>'
            f'<circle cx="{x(row["home macro"]):.1f}" cy="{y}" r="4" fill="#1f2937"/>'
            f'<rect x="{x(row["Daphnet macro"]) - 4:.1f}" y="{y - 4}" width="8" height="8" fill="#0072B2"/>'
        )
    ticks = "".join(
        f'<line x1="{x(v):.1f}" x2="{x(v):.1f}" y1="26" y2="{40 + len(rows) * step}" stroke="#e5e7eb"/>'
        f'<text x="{x(v):.1f}" y="18" text-anchor="middle">{v:.1f}</text>'
        for v in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
    )
    height = 80 + len(rows) * step
    legend = (
        f'<text x="{left}" y="{height - 14}">● tdcsfog, by person (95 % over people)</text>'
        f'<text x="{left + 260}" y="{height - 14}" fill="#0072B2">■ Daphnet, never seen</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>{ticks}{"".join(marks)}{legend}</svg>\n'
    )


def write(out: Path, found: dict[tuple[str, str], dict[str, Any]]) -> None:
    """``encoder.json``, the page and the picture made from it, of what is measured."""
    told = {
        "made_by": "python -m benchmarks.encoder",
        "code": probing.CODE,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "columns": COLUMNS,
        "measured": [{"name": n, "version": v, **r} for (n, v), r in found.items() if "figures" in r],
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "encoder.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (out / "encoder.md").write_text(page(told), "utf-8")
    (out / "encoder.svg").write_text(drawn(told), "utf-8")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoder")
    parser.add_argument("encoders", nargs="+", help="NAME=FOLDER[,FOLDER...] or NAME=name of a shipped one")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MOTIONWARD_SHARED_DATA", "../shared/data")))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--processes", type=int, default=-1)
    asked = parser.parse_args()
    named = (text.partition("=") for text in asked.encoders)
    given = {name: [load_encoder(where) for where in several.split(",")] for name, _, several in named}
    known = kept(asked.out / "encoder.json")
    with tempfile.TemporaryDirectory() as scratch:
        # What needs no pretraining was measured once: another encoder's scaling of the features is no seed of theirs.
        there = {name for name, _ in known} & {FEATURES, RANDOM}
        todo = [job for job in jobs(given, Path(scratch)) if job.name not in there]
        found = {key: known.get(key, {}) for key in ordered([*known], [(j.name, j.encoder.version) for j in todo])}
        wanted = []
        for job in todo:
            # Stress is measured of the first seed alone.
            first = next(version for name, version in found if name == job.name)
            stress = job.encoder.version == first
            done = found[job.name, job.encoder.version]
            is_whole = set(done.get("figures", ())) >= set(job.probes | job.calm)
            if not is_whole or (stress and not set(done.get("stress", ())) >= set(job.probes)):
                wanted.append((job, done, stress))
        each = Parallel(n_jobs=asked.processes, return_as="generator")(
            delayed(measure)(job, asked.data, done, stress=stress) for job, done, stress in wanted
        )
        for record in each:
            found[record["name"], record["version"]] = rounded(
                {k: record[k] for k in ("figures", "stress") if k in record}
            )
            # Each takes minutes: what is measured is kept when the next one fails.
            write(asked.out, found)
        write(asked.out, found)
    sys.stdout.write((asked.out / "encoder.md").read_text("utf-8"))


if __name__ == "__main__":
    main()
