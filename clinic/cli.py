"""The ``motionward`` command. Exit code 0: all done; 1: some refused, the rest done; 2: wrong usage."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from data.errors import MotionwardError, RecordingError
from data.recording import Placement, Recording, Side

# Heavy modules (torch, scikit-learn, the readers) are imported where they are used: `--help` must stay quick.

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A patient's movement recording in, a timeline of abnormal episodes out. Not a medical device.",
)

Files = Annotated[list[Path], typer.Argument(help="Recordings: CSV, EDF, Parquet and others; see `inspect`.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary.")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="The data folder; default MOTIONWARD_HOME.")]
ProfileOption = Annotated[str | None, typer.Option(help="A column profile: a TOML file or a shipped name.")]
ZoneOption = Annotated[str | None, typer.Option(help="IANA zone for files that name none, such as Europe/Berlin.")]
PlacementOption = Annotated[
    list[str] | None,
    typer.Option("--placement", help="Where the sensor was worn: 'lower back', 'left ankle', or 'STREAM=left ankle'."),
]
DetectorOption = Annotated[
    list[str] | None, typer.Option("--detector", help="A shipped name or a detector folder; default: all shipped.")
]
AlarmsOption = Annotated[
    float | None, typer.Option("--false-alarms", help="Move the detectors to so many false alarms an hour.")
]


def main() -> None:
    """Run the command line; an error that is meant for a person becomes one line on standard error."""
    try:
        app()
    except MotionwardError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


class _Batch:
    """Goes through files one by one: a refused one is named on standard error and the rest goes on."""

    def __init__(self) -> None:
        self.refused: list[dict[str, str]] = []

    @contextmanager
    def file(self, path: Path) -> Iterator[None]:
        try:
            yield
        except RecordingError as error:
            self._refuse(path, error.problem, error.hint)
        except MotionwardError as error:
            self._refuse(path, str(error), "nothing was kept of this file")
        except OSError as error:
            self._refuse(path, error.strerror or str(error), f"check {error.filename or path} and try again")

    def _refuse(self, path: Path, problem: str, hint: str) -> None:
        self.refused.append({"file": str(path), "problem": problem, "hint": hint})
        sys.stderr.write(f"{path}: {problem}: {hint}\n")

    def finish(self) -> None:
        if self.refused:
            raise typer.Exit(1)


def _say(as_json: bool, value: Any, text: Callable[[], str]) -> None:  # Any: whatever json.dumps takes
    sys.stdout.write((json.dumps(value, indent=2, ensure_ascii=False) if as_json else text()) + "\n")


def _progress(label: str) -> Callable[[float], None] | None:
    """A one-line progress display on standard error, to a terminal only."""
    if not sys.stderr.isatty():
        return None

    def show(share: float) -> None:
        sys.stderr.write(f"\r{label}: {share:4.0%}" + ("\n" if share >= 1 else ""))
        sys.stderr.flush()

    return show


def _placed(recording: Recording, placements: Sequence[str]) -> Recording:
    """Apply ``lower back``, ``left ankle`` or ``stream=left ankle`` to a recording."""
    for text in placements:
        stream, _, worn = text.rpartition("=")
        side_word, _, rest = worn.strip().partition(" ")
        side = Side(side_word) if side_word in ("left", "right") else Side.UNKNOWN
        name = rest if side is not Side.UNKNOWN else worn.strip()
        try:
            recording = recording.with_placement(Placement(name.replace("-", " ")), side, stream or None)
        except ValueError as error:
            known = ", ".join(p.value for p in Placement)
            raise typer.BadParameter(f"{text!r}: {error}; placements are {known}, with left or right before") from error
    return recording


@app.command()
def inspect(files: Files, as_json: AsJson = False, profile: ProfileOption = None, zone: ZoneOption = None) -> None:
    """Show what files hold, what had to be assumed, and their quality at a glance; store nothing."""
    from clinic.inspection import describe, in_words
    from data.readers import read

    batch, facts = _Batch(), []
    for path in files:
        with batch.file(path):
            facts.append({**describe(read(path, profile, zone=zone)), "file": str(path)})
            if not as_json:
                sys.stdout.write(in_words(facts[-1]) + "\n")
    if as_json:
        empty = {"sha256": None, "device": None, "clock": None, "start_utc": None, "assumptions": [], "streams": []}
        lost = [{**empty, "file": r["file"], "problems": [f"{r['problem']}: {r['hint']}"]} for r in batch.refused]
        _say(True, [*facts, *lost], str)
    batch.finish()


@app.command()
def analyze(
    files: Files,
    out: Annotated[Path, typer.Option("--out", help="Folder for the results, one folder a file.")],
    detector: DetectorOption = None,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    false_alarms: AlarmsOption = None,
    number_format: Annotated[str, typer.Option(help="fp32 or bf16.")] = "fp32",
    as_json: AsJson = False,
) -> None:
    """Analyse files without a store: episodes, scores, quality, manifest and report for each."""
    from clinic import __version__
    from clinic.analysis import Settings
    from clinic.analysis import analyze as run
    from clinic.reports.tables import write_results
    from data.readers import read
    from models.detectors import load, shipped
    from models.embedding import embed, load_encoder

    detectors = tuple(load(d) for d in detector) if detector else shipped()
    settings = Settings(false_alarms, number_format)
    batch, done, taken = _Batch(), [], set()
    for path in files:
        with batch.file(path):
            recording = _placed(read(path, profile, zone=zone), placement or ())
            show = _progress(path.name)
            analysis = run(
                recording,
                detectors,
                settings,
                embed=lambda stream, d, show=show: embed(  # type: ignore[misc]  # mypy can't see a default's type
                    stream, load_encoder(d.encoder), d.channels, number_format, progress=show
                ),
                version=__version__,
            )
            stem = path.stem if path.stem not in taken else f"{path.stem}-{recording.source.sha256[:8]}"
            taken.add(stem)
            write_results(recording, analysis, out / stem)
            done.append({"file": str(path), "results": str(out / stem), "episodes": len(analysis.episodes)})
            if not as_json:
                sys.stdout.write(f"{path}: {len(analysis.episodes)} flags -> {out / stem / 'report.html'}\n")
    if as_json:
        _say(True, {"done": done, "refused": batch.refused}, str)
    batch.finish()
