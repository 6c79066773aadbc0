"""The formats of labels by name: a recording's labels out, and back in whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clinic.review.exchange import edf, elan, label_studio, table
from clinic.review.exchange.common import Entry, settled
from clinic.store.rows import Label
from data.errors import LabelsError
from data.recording import Recording


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that holds labels.

    Parameters
    ----------
    title
        What people call it.
    ending
        Of a file's name, with its dot; ``endings`` are those it may also have when read.
    precision_us
        Step of its times.
    """

    name: str
    title: str
    ending: str
    media_type: str
    write: Callable[[Sequence[Label], Recording], bytes]
    read: Callable[[Path, Recording], list[Entry]]
    endings: tuple[str, ...] = ()
    precision_us: int = 1


FORMATS = {
    f.name: f
    for f in (
        Format("csv", "CSV", ".csv", "text/csv", table.write, table.read),
        Format("edf", "EDF+", ".edf", "application/octet-stream", edf.write, edf.read, (".bdf",)),
        Format("label-studio", "Label Studio", ".json", "application/json", label_studio.write, label_studio.read),
        Format(
            "elan", "ELAN", ".txt", "text/tab-separated-values", elan.write, elan.read, (".tsv",), elan.PRECISION_US
        ),
    )
}
"""The formats by name, in the order in which they are offered."""


def export(labels: Sequence[Label], recording: Recording, name: str) -> bytes:
    """Labels of a recording as a file of the format ``name``.

    Raises
    ------
    LabelsError
        If the format cannot hold them.
    """
    return FORMATS[name].write(labels, recording)


def format_of(path: Path) -> Format:
    """The format that a file's name tells.

    Raises
    ------
    LabelsError
        If it tells none.
    """
    for form in FORMATS.values():
        if path.suffix.lower() in (form.ending, *form.endings):
            return form
    known = ", ".join(f"{f.ending} ({f.title})" for f in FORMATS.values())
    raise LabelsError(path.name, "its name does not say what it is", f"give it one of the endings {known}")


def read(
    path: Path,
    recording: Recording,
    present: Sequence[Label],
    *,
    rater: str,
    name: str | None = None,
    named: Iterable[str] = (),
) -> tuple[Label, ...]:
    """The labels that a file adds to those of a recording, whole or not at all; those that stand already add nothing.

    Parameters
    ----------
    present
        The labels of the recording that stand, of all raters.
    rater
        Who is taken to have made labels whose file does not say.
    name
        The format; None: what the file's name tells.
    named
        Classes of labels elsewhere, which are to be spelt here as there.

    Raises
    ------
    LabelsError
        Naming the line, or the like, and what is wrong there.
    RecordingError
        When an EDF+ file is damaged.
    """
    form = format_of(path) if name is None else FORMATS[name]
    try:
        entries = form.read(path, recording)
    except OSError as error:
        raise LabelsError(path.name, f"it cannot be read ({error.strerror})", "check its name and place") from error
    return settled(
        entries, recording, present, rater=rater, tool=form.title, precision_us=form.precision_us, named=named
    )
