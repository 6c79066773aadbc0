"""All research sets by name: what is at hand of each, and who is who over all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data.datasets import (
    daphnet,
    defog,
    fogstar,
    motionsense,
    oday,
    pads,
    rest_tremor,
    sisfall,
    tdcsfog,
    umafall,
    utd_mhad,
    weda_fall,
)
from data.datasets.common import Published, Terms
from data.errors import MotionwardError, RecordingError
from data.recording import Recording

Load = Callable[[Path], Iterator[tuple[str, Recording]]]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A research set: its terms, what was published of it, and how it is read."""

    terms: Terms
    published: Published
    load: Load

    @property
    def name(self) -> str:
        """Short name, the first part of its people's names."""
        return self.terms.name


DATASETS: dict[str, Dataset] = {
    module.TERMS.name: Dataset(module.TERMS, module.PUBLISHED, module.load)
    for module in (
        tdcsfog, defog, daphnet, oday, fogstar, pads, rest_tremor, utd_mhad, motionsense, sisfall, umafall, weda_fall,
    )
}  # fmt: skip

_SAME_PEOPLE = {"defog": "tdcsfog"}
"""Sets that were recorded of another set's people, under the same codes."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """What is there of a set.

    Parameters
    ----------
    sha256
        Of the names and contents of its files, in the order of their names.
    problem
        Why it cannot be read, in words; empty when it can.
    """

    people: int
    recordings: int
    hours: float
    sha256: str
    problem: str = ""


def identity(dataset: str, person: str) -> str:
    """The one name of a person over all sets: ``<set>/<person>``, the same in every set that they took part in."""
    return f"{_SAME_PEOPLE.get(dataset, dataset)}/{person}"


def must_be_apart(training: Iterable[str], testing: Iterable[str]) -> None:
    """Refuse people who stand on both sides of a split; names as :func:`identity` gives them.

    Raises
    ------
    MotionwardError
        Naming them.
    """
    both = sorted(set(training) & set(testing))
    if both:
        shown = ", ".join(both[:5]) + (f" and {len(both) - 5} more" if len(both) > 5 else "")
        raise MotionwardError(
            f"{len(both)} {'person is' if len(both) == 1 else 'people are'} in training and in testing ({shown}): "
            "leave them out of one."
        )


def look(dataset: Dataset, root: Path) -> AtHand:
    """Read all of a set, and say what is there."""
    people, recordings, hours = set(), 0, 0.0
    try:
        for person, recording in dataset.load(root):
            people.add(person)
            recordings += 1
            hours += max(s.recorded_us for s in recording.streams) / 3.6e9
    except RecordingError as error:
        return AtHand(0, 0, 0.0, "", str(error))
    return AtHand(len(people), recordings, hours, fingerprint(root / dataset.published.folder))


def in_words(dataset: Dataset, at_hand: AtHand, root: Path) -> list[str]:
    """What a person wants to know of a set, a line each."""
    published = dataset.published
    counted = f", {published.recordings} recordings" if published.recordings else ""
    here = f"{at_hand.people} people, {at_hand.recordings} recordings, {at_hand.hours:.1f} h"
    place = root / published.folder / "original"
    return [
        f"not there: {at_hand.problem}"
        if at_hand.problem
        else f"here: {here} (published: {published.people} people{counted})",
        f"whole set: {published.where}",
        f"put it in: {place}, as {published.layout}" if published.layout else "read in its packed form only",
        f"terms: {dataset.terms.licence}",
        f"cite: {dataset.terms.citation}",
        *([f"sha256 of the files: {at_hand.sha256}"] if at_hand.sha256 else []),
    ]


def fingerprint(folder: Path) -> str:
    """SHA-256 of the names and contents of all files below a folder."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            each = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()} {each}\n".encode())
    return total.hexdigest()
