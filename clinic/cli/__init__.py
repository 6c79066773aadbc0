"""The ``motionward`` command. Exit code 0: all done; 1: some refused, the rest done; 2: wrong usage.

Each module holds the commands of one subject; what they share stands in ``options``, ``telling`` and ``edges``.
Heavy modules (torch, scikit-learn, the readers) are imported where they are used: ``--help`` must stay quick.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from clinic import __version__
from clinic.cli import adapting, keeping, learning, recordings, serving
from data.errors import MotionwardError

# Plain, not boxed: an error stays one line that can be read, searched and quoted.
app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)  # fmt: skip

app.command()(recordings.inspect)
app.command()(recordings.analyze)
app.command()(adapting.adapt)
app.command("import")(recordings.import_)
app.command()(serving.demo)
app.command()(serving.serve)
app.command()(keeping.export)
app.command("verify-audit")(keeping.verify_audit)
app.command()(keeping.backup)
app.command()(keeping.restore)
app.command()(keeping.tidy)
app.command()(keeping.site)
app.command()(keeping.patients)
app.command()(keeping.reassign)
app.command()(learning.pretrain)
app.command()(learning.pairs)
app.command("train-detector")(learning.train_detector)
app.command()(learning.evaluate)
app.command()(learning.datasets)


def _tell_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"motionward {__version__}\n")
        raise typer.Exit


@app.callback()
def motionward(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """A patient's movement recording in, a timeline of abnormal episodes out. Not a medical device."""


def main() -> None:
    """Run the command line; an error that is meant for a person becomes one line on standard error."""
    try:
        app(prog_name="motionward")
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
