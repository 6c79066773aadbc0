"""A folder of recordings with tables of labels beside them: which file is whose, and what is marked in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import LabelsError
from data.labels import LabelledSpan, read_labels

TABLES = ("labels.csv", "*.labels.csv", "*-labels.csv")
PATIENT = "patient"
"""Column that says whose a file is."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A file of the folder with its labels.

    Parameters
    ----------
    is_named
        Whether anything says whose it is; else it is taken for a person's of its own.
    """

    person: str
    path: Path
    table: str
    spans: tuple[LabelledSpan, ...]
    is_named: bool = True


def labelled_files(folder: Path) -> tuple[Labelled, ...]:
    """The files of a folder that a table of labels beside them speaks of, and whose they are.

    A person is named by the column ``patient``; without one, by the folder inside the folder; else each file is a
    person of its own.

    Raises
    ------
    LabelsError
        If there is no table, no label in them, labels of two phenomena, a label of a file that is not there, or two
        people for one file.
    """
    if not folder.is_dir():
        raise LabelsError(str(folder), "it is no folder", "name the folder that holds recordings and labels.csv")
    tables = sorted({p for pattern in TABLES for p in folder.rglob(pattern)})
    if not tables:
        raise LabelsError(
            str(folder), "it holds no table of labels", "put labels.csv beside the recordings (docs/labels.md)"
        )
    found: dict[Path, list[tuple[str, LabelledSpan]]] = {}
    for table in tables:
        for span in read_labels(table):
            where = f"{table.name}, line {span.line}"
            path = next((p for p in (table.parent / span.file, folder / span.file) if span.file and p.is_file()), None)
            if path is None:
                raise LabelsError(
                    where, f"there is no file {span.file!r}", f"put it beside {table.name}, or mend its name"
                )
            found.setdefault(path.resolve(), []).append((table.name, span))
    every = [span for of in found.values() for _, span in of]
    if not every:
        raise LabelsError(tables[0].name, "it holds no label", "mark what a detector is to find")
    phenomena = sorted({s.phenomenon for s in every})
    if len(phenomena) > 1:
        raise LabelsError(
            tables[0].name, f"it is about {' and '.join(phenomena)}", "evaluate one at a time, each from a folder"
        )
    whose = {path: _person(path, of, folder.resolve()) for path, of in found.items()}
    return tuple(
        Labelled(whose[path] or path.stem, path, of[0][0], tuple(s for _, s in of), bool(whose[path]))
        for path, of in sorted(found.items())
    )


def patient_of(name: str, spans: Sequence[tuple[str, LabelledSpan]]) -> str:
    """Whose a file is by the column of that name, of tables' names and their spans; empty where none says.

    Raises
    ------
    LabelsError
        If two people are named for it.
    """
    named = {s.more.get(PATIENT, "") for _, s in spans} - {""}
    if len(named) > 1:
        table, span = next((t, s) for t, s in spans if s.more.get(PATIENT, "") == max(named))
        raise LabelsError(
            f"{table}, line {span.line}",
            f"{name} is of {' and of '.join(sorted(named))}",
            "name one patient a file",
        )
    return next(iter(named), "")


def _person(path: Path, spans: Sequence[tuple[str, LabelledSpan]], folder: Path) -> str:
    """Whose a file is by the column, else by its folder; empty where neither says."""
    inside = path.relative_to(folder).parts if path.is_relative_to(folder) else ()
    return patient_of(path.name, spans) or (inside[0] if len(inside) > 1 else "")
