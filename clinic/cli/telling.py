"""How commands speak: results on standard output, one line for each refused file and progress on standard error."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from data.errors import MotionwardError, RecordingError, printable


class Batch:
    """Goes through files one by one: a refused one is named on standard error and the rest goes on."""

    def __init__(self) -> None:
        self.refused: list[dict[str, str]] = []

    @contextmanager
    def file(self, path: Path) -> Iterator[None]:
        """Do what belongs to one file; its error ends that alone."""
        try:
            yield
        except RecordingError as error:
            from clinic.intake import problem_of

            # Errors name a file as it can be shown.
            self._refuse(path, problem_of(Path(printable(str(path))), error), error.hint)
        except MotionwardError as error:
            self._refuse(path, str(error).rstrip("."), "nothing was kept of this file")
        except BrokenPipeError:
            raise  # it is our output that broke, not the file
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                self._refuse(path, "the disk that the result is written to is full", "free some space and try again")
            else:
                self._refuse(path, error.strerror or str(error), f"check {error.filename or path} and try again")

    def _refuse(self, path: Path, problem: str, hint: str) -> None:
        self.refused.append({"file": str(path), "problem": problem, "hint": hint})
        sys.stderr.write(f"{printable(str(path))}: {problem}: {hint}\n")

    def finish(self) -> None:
        """End with exit code 1 when a file was refused."""
        if self.refused:
            raise typer.Exit(1)


def say(as_json: bool, value: Any, text: str) -> None:  # Any: whatever json.dumps takes
    """Print the result for a machine or for a person."""
    sys.stdout.write((json.dumps(value, indent=2, ensure_ascii=False) if as_json else text) + "\n")


def progress(label: str) -> Callable[[float], None] | None:
    """A one-line progress display on standard error, to a terminal only."""
    if not sys.stderr.isatty():
        return None

    is_whole = False

    def show(share: float) -> None:
        nonlocal is_whole
        if is_whole and share >= 1:  # said already, and the line has ended
            return
        is_whole = share >= 1
        sys.stderr.write(f"\r{label}: {share:4.0%}" + ("\n" if is_whole else ""))
        sys.stderr.flush()

    return show


def stages(label: str) -> Callable[[str, float], None] | None:
    """The same for work that also tells what it is at, which one line has no room for."""
    show = progress(label)
    return None if show is None else lambda _, share: show(share)
