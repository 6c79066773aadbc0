"""The errors that a person can meet on the way from a file to a recording."""

from __future__ import annotations


class MotionwardError(Exception):
    """Root of every error whose text is meant for a person to read."""


class FileError(MotionwardError):
    """What is wrong with a file, in one sentence.

    Parameters
    ----------
    source
        File name (and byte, row or sensor where known) the problem lies in.
    problem
        What is wrong: found and expected.
    hint
        What the person can do about it.
    """

    def __init__(self, source: str, problem: str, hint: str) -> None:
        self.source = printable(source)
        self.problem = printable(problem)
        self.hint = hint
        super().__init__(f"{self.source}: {self.problem}: {hint}")


class RecordingError(FileError):
    """A file, or a part of it, that cannot be trusted as a recording."""


class LabelsError(FileError):
    """A file of labels, or a line of it, that cannot be read or written as it stands."""


def printable(text: str) -> str:
    """A text without what a damaged file may bring into it: line ends and other signs that are not seen."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
