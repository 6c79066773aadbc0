"""The commands of learning: an encoder, a detector, and how good they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from clinic.cli.options import OutFolder

RecipeArgument = Annotated[Path, typer.Argument(help="A TOML recipe.")]
DataFolder = Annotated[Path, typer.Option("--data", envvar="MOTIONWARD_SHARED_DATA", help="Folder of the data sets.")]
SHARED_DATA = Path("../shared/data")


def pretrain(recipe: RecipeArgument, out: OutFolder, data: DataFolder = SHARED_DATA) -> None:
    """Train an encoder from a recipe."""
    from models.pretraining.train import pretrain as run

    run(recipe, out, data, _log)


def train_detector(recipe: RecipeArgument, out: OutFolder, data: DataFolder = SHARED_DATA) -> None:
    """Train a detector from a recipe, into a detector folder."""
    from models.training.train import train

    train(recipe, data, out, log=_log)


def evaluate(out: OutFolder = Path("docs/validation"), data: DataFolder = SHARED_DATA) -> None:
    """Measure the freezing detector on people it never saw."""
    from models.training.validate import validate as run

    run(data, out, commit=_commit(), log=_log)


def datasets(data: DataFolder = SHARED_DATA, *, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the research sets: what is at hand of each, its terms, and where the whole of it is to be had."""
    from data.datasets.registry import DATASETS, in_words, look

    found = {}
    for name, dataset in DATASETS.items():
        at_hand = look(dataset, data)
        found[name] = asdict(at_hand) | {"terms": asdict(dataset.terms), "published": asdict(dataset.published)}
        if not as_json:
            typer.echo(f"{name}\n" + "".join(f"    {line}\n" for line in in_words(dataset, at_hand, data)))
    if as_json:
        typer.echo(json.dumps(found, indent=1))


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
