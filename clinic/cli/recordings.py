"""The commands that take recordings: look at them, analyse them, store them."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from clinic.cli.edges import actor, now, store_at
from clinic.cli.options import (
    AlarmsOption,
    AsJson,
    DetectorOption,
    Files,
    HomeOption,
    LenientOption,
    Patient,
    PlacementOption,
    ProfileOption,
    ZoneOption,
)
from clinic.cli.telling import Batch, progress, say, stages
from data.errors import MotionwardError, RecordingError

if TYPE_CHECKING:
    from models.detectors import Detector

FormatOption = Annotated[
    Literal["fp32", "bf16"], typer.Option(help="How numbers are held while encoding; bf16 is faster on some machines.")
]

_NOTHING: dict[str, Any] = {  # Any: JSON
    "file": "", "sha256": None, "device": None, "clock": None, "start_utc": None, "zone": None,
    "assumptions": [], "streams": [], "annotations": 0, "problems": [], "notes": [],
}  # fmt: skip
"""What ``inspect --json`` tells of a file that cannot be read."""


def inspect(
    files: Files,
    as_json: AsJson = False,
    profile: ProfileOption = None,
    zone: ZoneOption = None,
    lenient: LenientOption = False,
) -> None:
    """Show what files hold and what was assumed; store nothing.

    Look at it once for every new kind of file.
    """
    from clinic.inspection import describe, in_words
    from data.readers import read

    batch, facts = Batch(), []
    for path in files:
        fact = {**_NOTHING, "file": str(path)}
        with batch.file(path):
            fact = {**describe(read(path, profile, zone=zone, lenient=lenient)), "file": str(path)}
            if not as_json:
                sys.stdout.write(in_words(fact) + "\n")
        if fact["sha256"] is None:
            fact["problems"] = ["{problem}: {hint}".format(**batch.refused[-1])]
        facts.append(fact)
    if as_json:
        say(True, facts, "")
    batch.finish()


def analyze(
    files: Files,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results, one folder a file.")],
    detector: DetectorOption = None,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    lenient: LenientOption = False,
    false_alarms: AlarmsOption = None,
    number_format: FormatOption = "fp32",
    as_json: AsJson = False,
) -> None:
    """Analyse files without a store: episodes, report.

    Each file gets a folder of its own, named like it: episodes.csv, scores.parquet, quality.json, manifest.json
    and report.html.
    """
    from clinic import __version__, analysis
    from clinic.intake import counted, embedder, flags_in_words, placed
    from clinic.reports.tables import write_results
    from data.readers import read

    detectors = chosen_detectors(detector or ())
    settings = analysis.Settings(false_alarms, number_format)
    batch, done = Batch(), []
    taken: set[str] = set()
    for path in files:
        with batch.file(path):
            recording = placed(read(path, profile, zone=zone, lenient=lenient), placement or ())
            stem = path.stem if path.stem not in taken else f"{path.stem}-{recording.source.sha256[:8]}"
            _check_place(path, out / stem)
            embed = embedder(settings, progress(path.name))
            found = analysis.analyze(recording, detectors, settings, embed=embed, version=__version__)
            taken.add(stem)
            write_results(recording, found, out / stem)
            done.append({"file": str(path), "results": str(out / stem), "episodes": len(found.episodes)})
            if not as_json:
                sys.stdout.write(
                    f"{path}: {flags_in_words(*counted(found.episodes))} -> {out / stem / 'report.html'}\n"
                )
    if as_json:
        say(True, {"done": done, "refused": batch.refused}, "")
    batch.finish()


def import_(
    files: Files,
    patient: Patient,
    home: HomeOption = None,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    lenient: LenientOption = False,
    as_json: AsJson = False,
) -> None:
    """Store and analyse recordings of a patient.

    The same file twice changes nothing.
    """
    from clinic.intake import import_files

    outcomes = import_files(
        store_at(home), files, patient, actor=actor(), now=now, zone=zone, profile=profile,
        placements={"*": placement or []}, lenient=lenient, progress=stages("import"),
    )  # fmt: skip
    for path, outcome in zip(files, outcomes, strict=True):
        if outcome.status == "refused":
            sys.stderr.write(f"{path}: {outcome.sentence.removeprefix(f'{outcome.file}: ')}\n")
        elif not as_json:
            sys.stdout.write(f"{outcome.file}: {outcome.sentence}\n")
    if as_json:
        say(True, [{**asdict(o), "file": str(path)} for path, o in zip(files, outcomes, strict=True)], "")
    if any(o.status == "refused" for o in outcomes):
        raise typer.Exit(1)


def chosen_detectors(named: Sequence[str]) -> tuple[Detector, ...]:
    """The detectors of that name, else the shipped ones; one that cannot be used is said before a file is read."""
    from models.detectors import encoder_of, load, shipped

    found: list[Detector] = []
    for name in named:
        try:
            found.append(load(name))
        except MotionwardError as error:
            raise typer.BadParameter(str(error), param_hint="--detector") from error
        try:
            is_here = encoder_of(found[-1]).version == found[-1].encoder_version
        except MotionwardError:
            is_here = False
        if not is_here:
            raise typer.BadParameter(
                f"The detector {name!r} needs the encoder {found[-1].encoder} {found[-1].encoder_version}, which this "
                "version of motionward does not have: get the detector's folder for this version.",
                param_hint="--detector",
            )
    return tuple(found) or shipped()


def _check_place(file: Path, folder: Path) -> None:
    """Say before the work what would stop the results after it."""
    from clinic.reports.tables import check_folder

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(folder.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        check_folder(folder)
    except OSError as error:
        problem = f"its results cannot be written to {folder} ({error.strerror})"
        raise RecordingError(str(file), problem, "name another folder with --out") from error
