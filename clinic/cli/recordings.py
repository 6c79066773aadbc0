"""The commands that take recordings: look at them, analyse them, store them."""

from __future__ import annotations

import errno
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from clinic.cli.edges import actor, now, store_at
from clinic.cli.options import (
    AlarmsOption,
    AsJson,
    DetectorOption,
    Files,
    FilesOrFolders,
    HomeOption,
    JoinOption,
    LenientOption,
    Patient,
    PlacementOption,
    ProfileOption,
    PromisedOption,
    StartOption,
    ZoneOption,
)
from clinic.cli.telling import Batch, progress, say, stages
from clinic.home import Home
from data.errors import MotionwardError, RecordingError, printable

if TYPE_CHECKING:
    from clinic.reading import Said
    from data.recording import Recording
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
    start: StartOption = None,
    join: JoinOption = False,
) -> None:
    """Show what files hold and what was assumed; store nothing.

    Look at it once for every new kind of file.
    """
    from clinic.inspection import describe, in_words

    batch, facts = Batch(), []
    said = _said(files, profile, lenient, start, None)
    for paths in _work(files, join):
        path = paths[0]
        fact = {**_NOTHING, "file": str(path)}
        with batch.file(path):
            recording = _read(Home.default(), paths, said, zone)
            fact = {**describe(recording), "file": ", ".join(str(p) for p in paths)}
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
    start: StartOption = None,
    join: JoinOption = False,
    false_alarms: AlarmsOption = None,
    promised: PromisedOption = None,
    number_format: FormatOption = "fp32",
    as_json: AsJson = False,
) -> None:
    """Analyse files without a store: episodes, report.

    Each file gets a folder of its own, named like it: episodes.csv, scores.parquet, quality.json, manifest.json
    and report.html. Files that are joined share one, named like the first.
    """
    from clinic import __version__, analysis
    from clinic.grounds import keeping, taught_with
    from clinic.intake import judged_in_words
    from clinic.reports.evidence import evidence_in_file
    from clinic.reports.tables import write_results
    from clinic.stored import embedder
    from clinic.timeline.dial import promise_sentence
    from clinic.timeline.validity import read_validity

    detectors = chosen_detectors(detector or ())
    settings = analysis.Settings(false_alarms, number_format, promised=promised)
    silent = {d.version: d for d in map(settings.of, detectors) if promised and d.rules.sure_from is None}
    batch, done = Batch(), []
    home = Home.default()
    validity = read_validity(home.validity)
    taken: set[str] = set()
    said = _said(files, profile, lenient, start, placement)
    for paths in _work(files, join):
        path = paths[0]
        with batch.file(path):
            recording = _read(home, paths, said, zone)
            stem = path.stem if path.stem not in taken else f"{path.stem}-{recording.source.sha256[:8]}"
            _check_place(path, out / stem)
            embed, seen = keeping(embedder(settings, progress(path.name)))
            found = analysis.analyze(recording, detectors, settings, embed=embed, version=__version__)
            for used in [silent.pop(d["version"]) for d in found.manifest["detectors"] if d["version"] in silent]:
                typer.echo(f"{used.name}: {promise_sentence(used, promised)}", err=True)
            taken.add(stem)
            evidence = evidence_in_file(recording, found, detectors, seen)
            write_results(recording, found, out / stem, validity, taught_with(detectors), evidence)
            done.append({"file": str(path), "results": str(out / stem), "episodes": len(found.episodes)})
            if not as_json:
                sys.stdout.write(f"{path}: {judged_in_words(found)} -> {out / stem / 'report.html'}\n")
    if as_json:
        say(True, {"done": done, "refused": batch.refused}, "")
    batch.finish()


def import_(
    files: FilesOrFolders,
    patient: Patient,
    home: HomeOption = None,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    lenient: LenientOption = False,
    start: StartOption = None,
    join: JoinOption = False,
    table: Annotated[Path | None, typer.Option("--table", help="Write what happened to each file as CSV.")] = None,
    as_json: AsJson = False,
) -> None:
    """Store and analyse recordings of a patient.

    The same file twice changes nothing: an import that was stopped goes on when it is started again.
    """
    from clinic.intake import OUTCOME_COLUMNS, Outcome, import_files, outcomes_csv
    from clinic.site import computer_zone

    store = store_at(home)
    paths = _files_of(files)
    work = _work(paths, join)
    is_batch = paths != files

    def done(outcome: Outcome) -> None:
        names = ", ".join(str(p) for p in work[len(told)])
        told.append({**asdict(outcome), "file": names})
        if outcome.status == "refused":
            said = printable(outcome.sentence.removeprefix(f"{outcome.file}: "))
            sys.stderr.write(f"{printable(names)}: {said}\n")
        elif not as_json:
            sys.stdout.write(f"{outcome.file}: {outcome.sentence}\n")
        if table is not None:
            # As it goes: what happened is known, too, of work that is stopped.
            write_whole(table, outcomes_csv(told).encode())

    told: list[dict[str, Any]] = []  # Any: JSON
    if table is not None:
        from clinic.store.files import write_whole

        write_whole(table, (",".join(OUTCOME_COLUMNS) + "\n").encode())
    import_files(
        store, paths, patient, actor=actor(), now=now, zone=zone, otherwise=computer_zone(), is_joined=join,
        said=_said(paths, profile, lenient, start, placement), progress=stages("import"), done=done,
    )  # fmt: skip
    if as_json:
        say(True, told, "")
    elif is_batch:
        counts = Counter(o["status"] for o in told)
        shown = ", ".join(f"{n} {status}" for status, n in counts.items()) or "no recording found"
        sys.stdout.write(f"{len(told)} files: {shown}.\n")
    if any(o["status"] == "refused" for o in told):
        raise typer.Exit(1)


def _files_of(named: Sequence[Path]) -> list[Path]:
    """The files that were named, and those in the folders that were."""
    from clinic.reading import files_below

    paths: list[Path] = []
    for path in named:
        paths += files_below(path)[0] if path.is_dir() else [path]
    return paths


def _work(files: Sequence[Path], is_joined: bool) -> list[tuple[Path, ...]]:
    """The files of each recording."""
    return [tuple(files)] if is_joined else [(path,) for path in files]


def _said(
    files: Sequence[Path],
    profile: str | None,
    lenient: bool,
    start: Sequence[str] | None,
    placement: Sequence[str] | None,
) -> dict[str, Said]:
    """What the options say of each file."""
    from clinic.reading import Said

    said = Said(profile, lenient, None, tuple(placement or ()))
    out = {"*": said}
    for text in start or ():
        file, _, when = text.rpartition("=")
        if file and file not in {n for p in files for n in (p.name, str(p))}:
            raise typer.BadParameter(f"{file!r} is none of the files given", param_hint="--start")
        if not file and len(files) > 1:
            raise typer.BadParameter("say of which file: FILE=TIME", param_hint="--start")
        out[file or "*"] = replace(said, start=when)
    return out


def _read(home: Home, paths: Sequence[Path], said: Mapping[str, Said], zone: str | None) -> Recording:
    """The recording in a file, or in several that are joined."""
    from clinic.reading import of_file, read_said, read_together

    if len(paths) == 1:
        return read_said(home, paths[0], of_file(said, paths[0]), zone=zone)
    return read_together(home, paths, said, zone=zone)


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
