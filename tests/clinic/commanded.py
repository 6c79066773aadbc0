"""The command line as a person uses it, without the cost of a new process.

Import as ``from tests.clinic.commanded import ...``.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from clinic.cli import main


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Of standard error."""
        return self.err.splitlines()


def motionward(*arguments: str | Path) -> Said:
    """Run ``motionward ARGUMENTS``; standard error is no terminal."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with _named("motionward", *map(str, arguments)), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


@contextmanager
def _named(*words: str) -> Iterator[None]:
    before, sys.argv = sys.argv, list(words)
    try:
        yield
    finally:
        sys.argv = before


def assert_refusals(said: Said, *files: Path) -> None:
    """One line ``FILE: problem: hint`` for each of these files, nothing else, exit code 1."""
    assert said.code == 1, said
    assert len(said.lines) == len(files), said.err
    for line, file in zip(said.lines, files, strict=True):
        assert line.startswith(f"{file}: "), line
        problem, _, hint = line.removeprefix(f"{file}: ").rpartition(": ")
        assert problem
        assert hint
        assert str(file) not in problem
        assert "Traceback" not in line
