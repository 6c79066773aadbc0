"""The ``motionward`` command. Exit code 0: all done; 1: some refused, the rest done; 2: wrong usage."""

from __future__ import annotations

import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from clinic.home import Home
from data.errors import MotionwardError, RecordingError

if TYPE_CHECKING:
    from clinic.store import Store

# Heavy modules (torch, scikit-learn, the readers) are imported where they are used: `--help` must stay quick.

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A patient's movement recording in, a timeline of abnormal episodes out. Not a medical device.",
)


def _positive(value: float | None) -> float | None:
    if value is not None and not (0 < value < float("inf")):
        raise typer.BadParameter("must be a positive number")
    return value


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
    float | None,
    typer.Option("--false-alarms", help="Move the detectors to so many false alarms an hour.", callback=_positive),
]
FormatOption = Annotated[
    Literal["fp32", "bf16"], typer.Option(help="How numbers are held while encoding; bf16 is faster on some machines.")
]

PortOption = Annotated[int, typer.Option(help="Port on this machine.")]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")]
RecipeArgument = Annotated[Path, typer.Argument(help="A TOML recipe.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder for the result.")]
DataFolder = Annotated[Path, typer.Option("--data", envvar="MOTIONWARD_SHARED_DATA", help="Folder of the data sets.")]
SHARED_DATA = Path("../shared/data")


def main() -> None:
    """Run the command line; an error that is meant for a person becomes one line on standard error."""
    try:
        app()
    except MotionwardError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has enough (`| head`); nothing may be written at the interpreter's end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        where = error.filename or "A file or folder"
        sys.stderr.write(f"{where}: {error.strerror or error}: check the name, the permissions and the disk's room\n")
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
            from clinic.intake import problem_of

            self._refuse(path, problem_of(path, error), error.hint)
        except MotionwardError as error:
            self._refuse(path, str(error).rstrip("."), "nothing was kept of this file")
        except BrokenPipeError:
            raise  # it is our output that broke, not the file
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


def _now() -> int:
    return time.time_ns() // 1000


def _actor() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"  # a container's user may have no name


def _home(named: Path | None) -> Home:
    return Home(named) if named is not None else Home.default()


def _store(named: Path | None, *, must_exist: bool = False) -> Store:
    from clinic.store import Store

    home = _home(named)
    if must_exist and not home.database.is_file():
        raise MotionwardError(f"There is no store at {home.root}: name its folder with --home.")
    return Store.open(home)


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
        empty: dict[str, Any] = {
            "sha256": None,
            "device": None,
            "clock": None,
            "start_utc": None,
            "assumptions": [],
            "streams": [],
        }
        lost: list[dict[str, Any]] = [
            {**empty, "file": r["file"], "problems": [f"{r['problem']}: {r['hint']}"]} for r in batch.refused
        ]
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
    number_format: FormatOption = "fp32",
    as_json: AsJson = False,
) -> None:
    """Analyse files without a store: episodes, scores, quality, manifest and report for each."""
    from clinic import __version__, analysis
    from clinic.intake import embedder, flags_in_words, placed
    from clinic.reports.tables import write_results
    from data.readers import read
    from models.detectors import load, shipped

    detectors = tuple(load(d) for d in detector) if detector else shipped()
    settings = analysis.Settings(false_alarms, number_format)
    batch, done = _Batch(), []
    taken: set[str] = set()
    for path in files:
        with batch.file(path):
            recording = placed(read(path, profile, zone=zone), placement or ())
            embed = embedder(settings, _progress(path.name))
            found = analysis.analyze(recording, detectors, settings, embed=embed, version=__version__)
            stem = path.stem if path.stem not in taken else f"{path.stem}-{recording.source.sha256[:8]}"
            taken.add(stem)
            write_results(recording, found, out / stem)
            done.append({"file": str(path), "results": str(out / stem), "episodes": len(found.episodes)})
            if not as_json:
                sys.stdout.write(f"{path}: {flags_in_words(len(found.episodes))} -> {out / stem / 'report.html'}\n")
    if as_json:
        _say(True, {"done": done, "refused": batch.refused}, str)
    batch.finish()


@app.command("import")
def import_(
    files: Files,
    patient: Annotated[str, typer.Option("--patient", help="The clinic's code for the patient.")],
    home: HomeOption = None,
    profile: ProfileOption = None,
    placement: PlacementOption = None,
    zone: ZoneOption = None,
    as_json: AsJson = False,
) -> None:
    """Store and analyse recordings of a patient; the same file twice changes nothing."""
    from clinic.intake import import_files

    show = _progress("import")
    outcomes = import_files(
        _store(home), files, patient, actor=_actor(), now=_now, zone=zone, profile=profile,
        placements={"*": placement or []}, progress=None if show is None else lambda _, share: show(share),
    )  # fmt: skip
    for path, outcome in zip(files, outcomes, strict=True):
        if outcome.status == "refused":
            sys.stderr.write(f"{path}: {outcome.sentence.removeprefix(f'{outcome.file}: ')}\n")
        elif not as_json:
            sys.stdout.write(f"{outcome.file}: {outcome.sentence}\n")
    if as_json:
        _say(True, [asdict(o) for o in outcomes], str)
    if any(o.status == "refused" for o in outcomes):
        raise typer.Exit(1)


@app.command()
def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Build and analyse the simulated patient, open nothing, exit 0.")
    ] = False,
    home: HomeOption = None,
    port: PortOption = 8501,
    browser: BrowserOption = True,
) -> None:
    """Open the app with a simulated patient; its two weeks are made on the first start."""
    if check:
        from clinic.intake import make_demo

        show = _progress("demo")
        store = _store(home)
        outcome = make_demo(
            store, actor=_actor(), now=_now, progress=None if show is None else lambda _, share: show(share)
        )
        problems = store.verify()
        sys.stdout.write(f"{outcome.sentence}\n")
        if problems:
            raise MotionwardError(f"The store is not whole: {'; '.join(problems)}.")
        return
    from clinic.serve import begin_demo
    from clinic.serve import serve as run

    begin_demo(_home(home))
    raise typer.Exit(run(_home(home), port=port, open_browser=browser))


@app.command()
def serve(home: HomeOption = None, port: PortOption = 8501, browser: BrowserOption = True) -> None:
    """Open the app on this machine."""
    from clinic.serve import serve as run

    raise typer.Exit(run(_home(home), port=port, open_browser=browser))


@app.command()
def export(
    patient: Annotated[str, typer.Option("--patient", help="The clinic's code for the patient.")],
    formats: Annotated[str, typer.Option("--format", help="Of html, pdf, csv, separated by commas.")] = "html,csv",
    out: Annotated[Path | None, typer.Option("--out", help="Folder; default exports/ in the data folder.")] = None,
    home: HomeOption = None,
) -> None:
    """Write a patient's report and tables."""
    from clinic.reports.files import FORMATS, export_patient

    wanted = [f.strip() for f in formats.split(",") if f.strip()]
    unknown = sorted(set(wanted) - set(FORMATS))
    if unknown or not wanted:
        raise typer.BadParameter(f"unknown format {', '.join(unknown) or 'none'}; use html, pdf or csv")
    store = _store(home)
    if patient not in {p.code for p in store.patients()}:
        raise MotionwardError(f"There is no patient {patient!r} in {store.home.root}: see `motionward serve`.")
    for path in export_patient(store, patient, wanted, out or store.home.exports):
        sys.stdout.write(f"{path}\n")


@app.command("verify-audit")
def verify_audit(home: HomeOption = None) -> None:
    """Check that no row was altered, lost, inserted or cut off."""
    store = _store(home, must_exist=True)
    problems = store.verify()
    for problem in problems:
        sys.stderr.write(f"{store.home.root}: {problem}\n")
    if problems:
        raise typer.Exit(1)
    head = store.head()
    sys.stdout.write(f"{store.home.root}: whole, {head.seq} entries, head {head.hash[:16]}\n")


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")], home: HomeOption = None
) -> None:
    """Copy the store, then open and verify the copy."""
    from clinic.store.backup import backup as run

    sys.stdout.write(f"{run(_home(home), target)}\n")


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="A folder made by backup.")], home: HomeOption = None) -> None:
    """Put a backup into an empty data folder, after verifying it."""
    from clinic.store.backup import restore as run

    run(source, _home(home))
    sys.stdout.write(f"{_home(home).root}: restored and whole\n")


@app.command()
def tidy(home: HomeOption = None) -> None:
    """Remove what a crash left behind and no row names."""
    removed = _store(home, must_exist=True).tidy()
    sys.stdout.write(f"{len(removed)} left-overs removed\n")


@app.command()
def pretrain(recipe: RecipeArgument, out: OutFolder, data: DataFolder = SHARED_DATA) -> None:
    """Train an encoder from a recipe."""
    from models.pretraining.train import pretrain as run

    run(recipe, out, data, lambda line: typer.echo(line, err=True))


@app.command("train-detector")
def train_detector(recipe: RecipeArgument, out: OutFolder, data: DataFolder = SHARED_DATA) -> None:
    """Train a detector from a recipe, into a detector folder."""
    from models.training.train import train

    train(recipe, data, out, log=lambda line: typer.echo(line, err=True))


@app.command()
def evaluate(out: OutFolder = Path("docs/validation"), data: DataFolder = SHARED_DATA) -> None:
    """Measure the freezing detector and its baselines on people who took no part in training."""
    from models.training.validate import validate as run

    run(data, out)
