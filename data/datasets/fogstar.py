"""FoG-STAR: ankles, back and wrist of 22 people with Parkinson's disease at seven motor tasks.

What was passed on of it here holds the gyroscopes of both ankles of six people, end to end without a mark of where
one ends: they stand as one person, ``pooled``, fit for showing and for rates, not for splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import (
    Published,
    Site,
    Terms,
    columns,
    marks,
    numbers,
    originals_of,
    packed,
    pieces,
    stack,
    whole_set,
)
from data.phenomena import FREEZING
from data.recording import CHANNELS, Placement, Recording, Side

TERMS = Terms(
    "fogstar",
    "Borzì L, Demrozi F, Bacchin RA, et al. A multi-level annotated sensor dataset of gait freezing manifestations "
    "and severity in Parkinson's disease. Sci Data, 2026, doi:10.1038/s41597-026-06645-1.",
    "CC BY 4.0",
)

RATE_HZ = 60.0
POOLED = "pooled"
PUBLISHED = Published(
    "fogstar", people=22, recordings=0, where="https://doi.org/10.1038/s41597-026-06645-1", layout="sensor_data.csv"
)
SITES = {
    "anklel": (Placement.ANKLE, Side.LEFT),
    "ankler": (Placement.ANKLE, Side.RIGHT),
    "back": (Placement.LOWER_BACK, Side.MIDDLE),
    "wrist": (Placement.WRIST, Side.UNKNOWN),
}


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """The pooled ankles; each person and task of the publisher's table, where it is there."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    path = root / PUBLISHED.folder / "test_ankles.parquet"
    if path.is_file():
        table = columns(path)
        rows = slice(0, len(table["fog"]))
        sites = [
            Site(
                Placement.ANKLE,
                side,
                stack(table, [f"ankle_{s}_gyr{a}_cdeg_s" for a in "XYZ"], rows, 0.01),
                CHANNELS[3:],
            )
            for s, side in (("l", Side.LEFT), ("r", Side.RIGHT))
        ]
        frozen = marks(table["fog"].astype(int) > 0, RATE_HZ, FREEZING)
        yield POOLED, packed("fogstar/pooled", RATE_HZ, sites, frozen, device="FoG-STAR")


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in originals_of(root, PUBLISHED, "sensor_data.csv"):
        frame = numbers(path, header=True)
        table = {str(title).lower().replace("_", ""): frame[title].to_numpy() for title in frame}
        key = table["subjectid"] * 1000 + table.get("taskid", 0)
        counted: dict[str, int] = {}
        for _, rows in pieces(key):
            person = f"{table['subjectid'][rows.start]:g}"
            counted[person] = counted.get(person, 0) + 1
            sites = [
                Site(
                    *SITES[place],
                    np.stack([table[f"{place}{s}{a}"][rows] for s in ("acc", "gyro") for a in "xyz"], axis=1),
                )
                for place in SITES
                if f"{place}accx" in table
            ]
            frozen = marks(table["fog"][rows] > 0, RATE_HZ, FREEZING)
            name = f"fogstar/{person}/{counted[person]}"
            yield person, packed(name, RATE_HZ, sites, frozen, device="FoG-STAR")
