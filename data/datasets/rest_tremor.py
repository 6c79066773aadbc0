"""An accelerometer on the hand at rest, recorded beside an EEG: 28 people with Parkinson's disease, 28 without.

Its unit was never calibrated: the median length at rest of each recording is taken as 1 g, so frequencies and ratios
can be used and strengths cannot. Two saturated recordings and one without signal are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import Published, Site, Terms, columns, packed, pieces, rows_of, stack, whole, whole_set
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "rest-tremor",
    "Cavanagh JF, Kumar P, Mueller AA, Richardson SP, Mueen A. Diminished EEG habituation to novel events effectively "
    "classifies Parkinson's patients. Clin Neurophysiol 129(2), 2018, 409-418.",
    "Public repository of patient EEG; licence not checked.",
)

RATE_HZ = 100.0
PUBLISHED = Published("rest-tremor", people=56, recordings=84, where="http://predict.cs.unm.edu/downloads.php")


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each usable session with its person, annotated as a whole with ``parkinson`` or ``control``."""
    return whole_set(root, PUBLISHED, _packed(root), iter(()))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    folder = root / PUBLISHED.folder
    if not (folder / "recordings.parquet").is_file():
        return
    about = {(row["person"], row["session"]): row for row in rows_of(folder / "recordings.csv")}
    table = columns(folder / "recordings.parquet")
    key = np.char.add(np.char.add(table["person"].astype(str), "/"), table["session"].astype(str))
    for which, rows in pieces(key):
        person, session = str(which).split("/")
        row = about[person, session]
        if row["quality"]:
            continue
        raw = stack(table, [f"acc_{a}_u500" for a in "xyz"], rows, 1.0)
        samples = raw / np.median(np.linalg.norm(raw, axis=1))
        group = "parkinson" if row["group"] == "PD" else "control"
        yield (
            person,
            packed(
                f"rest-tremor/{person}/{session}",
                RATE_HZ,
                [Site(Placement.HAND, Side.UNKNOWN, samples)],
                whole(len(samples), RATE_HZ, group),
                device="rest-tremor",
                assumptions=("The unit is not calibrated: the median length at rest was taken as 1 g.",),
            ),
        )
