"""The commands of learning: an encoder, a detector, and how good they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clinic.cli.options import AsJson, DetectorOption, OutFolder, PlacementOption, ProfileOption, ZoneOption
from clinic.cli.telling import progress, say

RecipeArgument = Annotated[Path, typer.Argument(help="A TOML recipe.")]
EncoderRecipeArgument = Annotated[
    Path, typer.Argument(help="A TOML recipe, or the name of one that ships, such as relcon.toml.")
]
DataFolder = Annotated[Path, typer.Option("--data", envvar="MOTIONWARD_SHARED_DATA", help="Folder of the data sets.")]
SHARED_DATA = Path("../shared/data")


def pretrain(recipe: EncoderRecipeArgument, out: OutFolder, data: DataFolder = SHARED_DATA) -> None:
    """Train an encoder from a recipe; of recordings of your own with skeletons or films too (docs/pretraining.md)."""
    from models.pretraining.train import pretrain as run

    run(recipe, out, data, _log)


def train_detector(recipe: RecipeArgument, out: OutFolder, data: DataFolder = SHARED_DATA) -> None:
    """Train a detector from a recipe, into a detector folder."""
    from models.training.train import train

    train(recipe, data, out, log=_log)


def evaluate(
    folder: Annotated[Path | None, typer.Argument(help="Recordings of your own with labels.csv beside them.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the result.")] = None,
    detector: DetectorOption = None,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    data: DataFolder = SHARED_DATA,
    *,
    as_json: AsJson = False,
) -> None:
    """Measure detectors: on labelled recordings of your own, or without a folder on the research sets.

    FOLDER holds recordings and a table of labels (docs/labels.md), with a column patient where somebody has several
    files. Written are evaluation.json and evaluation.md.
    """
    if folder is None:
        from models.training.validate import validate as run

        run(data, out or Path("docs/validation"), commit=_commit(), log=_log)
        return
    if out is None:
        raise typer.BadParameter("say where the result goes", param_hint="--out")
    from clinic import __version__
    from clinic.analysis import Settings
    from clinic.cli.recordings import chosen_detectors
    from clinic.evaluation import judged_streams, serving
    from clinic.labelled import labelled_files
    from clinic.reading import placed
    from clinic.reports.evaluated import measured
    from clinic.reports.evaluated_page import page, sentence
    from clinic.stored import embedder
    from data.errors import MotionwardError
    from data.readers import read

    try:
        choose = serving(chosen_detectors(detector or ()))
    except MotionwardError as error:
        raise typer.BadParameter(str(error), param_hint="--detector") from error
    streams = []
    for one in labelled_files(folder):
        recording = placed(read(one.path, profile, zone=zone), placement or ())
        streams += judged_streams(recording, one, choose, embedder(Settings(), progress(one.path.name)))
    told = measured(streams, __version__)
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "evaluation.md").write_text(page(told), encoding="utf-8")
    say(as_json, told, f"{sentence(told)}\n-> {out / 'evaluation.md'}")


def datasets(data: DataFolder = SHARED_DATA, *, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List and check the research sets: what is at hand of each, its terms, where the whole of it is to be had."""
    from data.datasets.registry import DATASETS, in_words, look

    found = {}
    for name, dataset in DATASETS.items():
        at_hand = look(dataset, data)
        found[name] = asdict(at_hand) | {"terms": asdict(dataset.terms), "published": asdict(dataset.published)}
        if not as_json:
            typer.echo(f"{name}\n" + "".join(f"    {line}\n" for line in in_words(dataset, at_hand, data)))
    if as_json:
        typer.echo(json.dumps(found, indent=1))


def pairs(
    folder: Annotated[Path, typer.Argument(help="Folder of recordings with skeletons (.npz, .mat, CSV) or films.")],
    *,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Match recordings with what a camera saw of them, and say how far their clocks are apart.

    A folder below it that holds both is a person's; its files are matched among themselves. What is found can train
    an encoder (docs/pretraining.md).
    """
    from data.pairs import find_pairs
    from data.skeletons import Skeleton

    found, left_out = find_pairs(folder)
    rows = [
        {
            "name": p.name,
            "person": p.person,
            "recording": p.recording.source.name,
            "seen": "skeleton" if isinstance(p.seen, Skeleton) else "film",
            "matched_by": p.by,
            "offset_s": round(p.offset_s, 2),
            "agreement": round(p.agreement, 3),
        }
        for p in found
    ]
    if as_json:
        typer.echo(json.dumps({"pairs": rows, "left_out": [asdict(one) for one in left_out]}, indent=1))
        return
    for p in rows:
        typer.echo(
            f"{p['person']}: {p['recording']} and its {p['seen']}, by {p['matched_by']}: the camera starts "
            f"{p['offset_s']:+} s after the recording (correlation of the movement {p['agreement']})"
        )
    for one in left_out:
        typer.echo(f"left out: {one.name}: {one.reason}")
    typer.echo(f"{len(rows)} pairs, {len(left_out)} files or pairs left out")


def _commit() -> str:
    """The commit of the checkout this runs from; nothing where it runs from a wheel."""
    here = Path(__file__).resolve().parents[2]
    git = shutil.which("git")
    if git is None or not (here / ".git").exists():
        return ""
    done = subprocess.run([git, "rev-parse", "HEAD"], cwd=here, check=False, capture_output=True, text=True)
    return done.stdout.strip()


def _log(line: str) -> None:
    typer.echo(line, err=True)
