"""Freezing of gait in the laboratory, lower back (TLVMC): one recording for each series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import (
    G,
    Published,
    Site,
    Terms,
    columns,
    marks,
    numbers,
    originals_of,
    packed,
    pieces,
    rows_of,
    stack,
    whole_set,
)
from data.errors import RecordingError
from data.phenomena import FREEZING
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "tdcsfog",
    "Salomon A, Gazit E, Ginis P, et al. A machine learning contest enhances automated freezing of gait detection "
    "and reveals time-of-day effects. Nat Commun 15, 2024, 4853. Howard A, Salomon A, Gazit E, et al. Parkinson's "
    "Freezing of Gait Prediction. Kaggle, 2023.",
    "Issued under the rules of a competition; for development and tests, not to be passed on.",
)

RATE_HZ = 128.0
HEAVIEST = "2d57c2"
"""The person who holds half of all freezing."""

KINDS = ("StartHesitation", "Turn", "Walking")


PUBLISHED = Published(
    "tdcsfog",
    people=62,
    recordings=833,
    where="https://www.kaggle.com/competitions/tlvmc-parkinsons-freezing-gait-prediction",
    layout="train/tdcsfog/*.csv and tdcsfog_metadata.csv",
)


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each series with its person; a freeze of any of the three kinds is ``freezing of gait``."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in sorted((root / PUBLISHED.folder / "signals").glob("*.parquet")):
        table = columns(path)
        for series, rows in pieces(table["Id"]):
            samples = stack(table, ("AccV_mm_s2", "AccML_mm_s2", "AccAP_mm_s2"), rows, 0.001 / G)
            yield path.stem, _series(path.stem, str(series), samples, stack(table, KINDS, rows, 1.0))


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    person = people_of(root, PUBLISHED, "tdcsfog_metadata.csv")
    for path in originals_of(root, PUBLISHED, "*.csv"):
        if path.stem in person:
            rows = numbers(path, header=True).to_numpy()
            yield (
                person[path.stem],
                _series(person[path.stem], path.stem, (rows[:, 1:4] / G).astype(np.float32), rows[:, 4:7]),
            )


def people_of(root: Path, published: Published, name: str) -> dict[str, str]:
    """The person of each series, from all tables that are there: the packs' own lacks those whose signals they lack.

    Raises
    ------
    RecordingError
        If two tables have other codes for the same series: somebody would stand as two people.
    """
    person: dict[str, str] = {}
    for place in (root / published.folder, root / "tdcsfog"):
        for path in sorted(place.rglob(name)):
            for row in rows_of(path):
                if person.setdefault(row["Id"], row["Subject"]) != row["Subject"]:
                    raise RecordingError(
                        str(path),
                        f"it has other codes for people than the other table of this name (series {row['Id']})",
                        "keep the newer issue of it alone",
                    )
    return person


def _series(person: str, name: str, samples: NDArray[np.float32], kinds: NDArray[np.floating]) -> Recording:
    sites = [Site(Placement.LOWER_BACK, Side.MIDDLE, samples)]
    frozen = marks(kinds.sum(axis=1) > 0, RATE_HZ, FREEZING)
    return packed(f"tdcsfog/{person}/{name}", RATE_HZ, sites, frozen, device="tdcsfog")
