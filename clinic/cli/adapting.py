"""The command that teaches a detector."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clinic.cli.edges import actor
from clinic.cli.options import AsJson, Files, OutFolder, PlacementOption, ProfileOption, ZoneOption
from clinic.cli.telling import progress, say
from clinic.home import Home
from data.errors import MotionwardError

if TYPE_CHECKING:
    from clinic.analysis import Embed


def adapt(
    files: Files,
    labels: Annotated[Path, typer.Option("--labels", help="CSV: file, stream, start_s, end_s, label.")],
    detector: Annotated[str, typer.Option("--detector", help="A shipped name or a detector folder.")],
    out: OutFolder,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    as_json: AsJson = False,
) -> None:
    """Teach a detector with a few labelled stretches, into a new detector folder.

    A label is the phenomenon, or "not" and the phenomenon. Where the labels do not show that it helps, the folder
    holds the detector as it was; where the phenomenon is another than the detector's, a new one is made for it.
    """
    from clinic.adaptation import marks_of, sources, teach
    from clinic.reading import Said, read_said
    from data.labels import read_labels
    from models.adapters.adapt import SHIPPED
    from models.adapters.card import card_text
    from models.detectors import folder_of, load, save

    if out.exists() and any(out.iterdir()):
        raise MotionwardError(f"{out} is not empty: name a new folder with --out.")
    before = load(detector)
    spans = read_labels(labels)
    if not spans:
        raise MotionwardError(f"{labels.name} holds no label: mark at least one episode of {before.phenomenon}.")
    stranger = next((s for s in spans if s.file not in _names(files)), None)
    if stranger is not None:
        raise MotionwardError(f"{labels.name}, line {stranger.line}: {stranger.file!r} is none of the files given.")
    phenomena = sorted({s.phenomenon for s in spans})
    if len(phenomena) > 1:
        raise MotionwardError(
            f"{labels.name} is about {' and '.join(phenomena)}: teach one at a time, from two tables."
        )
    found = []
    for path in files:
        recording = read_said(Home.default(), path, Said(profile, placements=tuple(placement or ())), zone=zone)
        own = [s for s in spans if s.file in _names([path])]
        found += sources(recording, marks_of(recording, own, labels.name), before, _embed(path))
    choice, examples = teach(found, before, phenomena[0], actor())
    if choice.kind == SHIPPED:
        shutil.copytree(folder_of(detector), out, dirs_exist_ok=True)
        made = load(out)
    else:
        card = (folder_of(detector) / "card.md").read_text(encoding="utf-8")
        made = save(choice.detector, out, card_text(choice.detector, card, examples))
    told = {
        "out": str(out), "detector": made.name, "version": made.version, "parent": made.parent, "adapter": choice.kind,
        "why": choice.why, "episodes": sum(e.is_positive for e in examples),
        "others": sum(not e.is_positive and e.weight == 1.0 for e in examples),
    }  # fmt: skip
    say(as_json, told, f"{choice.why}\n{made.name} {made.version} -> {out}")


def _embed(path: Path) -> Embed:
    from clinic.analysis import Settings
    from clinic.intake import embedder

    return embedder(Settings(), progress(path.name))


def _names(files: list[Path]) -> set[str]:
    """What a table may call these files."""
    return {name for path in files for name in (str(path), path.name)}
