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

MEASURED_ON = {
    "tdcsfog": "d874eec63f43591035a9335f0f6b99047b7f6ca9a42b356d375fabc06e856fdc",
    "defog": "3a3044a4a0c1891dddf8ebce94d0764588abe3259f028027f804fb6c7c573c93",
    "daphnet": "9e7333b98a95e15258d154e5208c42e8aa67e1223ee7bc3bda8d5ab45268b1ec",
    "oday": "aef45539622b11adff79fc1f5f52bc2e3fb49a313b162b7f619f132a251d048e",
    "fogstar": "013df8cca5b884f5d31282a31329deee9c5c5588550a8fb75b2847d01ab9248e",
    "pads": "c9b7b99fc6281a7f910bc455dfc750f16f375231582e380f23152849958ff02e",
    "rest-tremor": "dfd95267f1e7cc4574b9d4b80b942a4c122336d1e27a0f04c6c3ba6e5a1e657f",
    "utd-mhad": "b18a32e2148903b51bf4f180b611a690920ac6a7e7eafba807a7d3c9e3c3a2ff",
    "motionsense": "80792f1f17da08d66f712ef59d48e66e0787079a0344f3a5c8d3ce6f9a48751a",
    "sisfall": "9aa45fcde7fd250c08514c2eecb3b76da54a824f6fcef1017ec248a87d9d09b4",
    "umafall": "7f3f7cbfdbc68acedd00a355c0e0ee6373cfd7319c3ab091fe9ac1acf8b02d0c",
    "weda-fall": "cbfd4be9cde392db6fd0909e069c0711f3de1bbc551b66cb056a8af7db9ed8ff",
}
"""Fingerprint of each set as the figures of ``docs/validation`` were measured on it, and what ships was made of."""

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
    as_measured
        Whether these are the very files that the figures of ``docs/validation`` were measured on.
    """

    people: int
    recordings: int
    hours: float
    sha256: str
    problem: str = ""
    as_measured: bool = False


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
    sha256 = fingerprint(root / dataset.published.folder)
    return AtHand(len(people), recordings, hours, sha256, as_measured=sha256 == MEASURED_ON[dataset.name])


def in_words(dataset: Dataset, at_hand: AtHand, root: Path) -> list[str]:
    """What a person wants to know of a set, a line each."""
    published = dataset.published
    counted = f", {published.recordings} recordings" if published.recordings else ""
    here = f"{at_hand.people} people, {at_hand.recordings} recordings, {at_hand.hours:.1f} h"
    place = root / published.folder / "original"
    same = "the files" if at_hand.as_measured else "not the files"
    return [
        f"not there: {at_hand.problem}"
        if at_hand.problem
        else f"here: {here} (published: {published.people} people{counted})",
        f"whole set: {published.where}",
        f"put it in: {place}, as {published.layout}" if published.layout else "read in its packed form only",
        f"terms: {dataset.terms.licence}",
        f"cite: {dataset.terms.citation}",
        *(
            [f"sha256 of the files: {at_hand.sha256}, {same} that docs/validation was measured on"]
            if at_hand.sha256
            else []
        ),
    ]


def fingerprint(folder: Path) -> str:
    """SHA-256 of the names and contents of all files below a folder."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            each = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()} {each}\n".encode())
    return total.hexdigest()
