"""Daphnet freezing of gait: ankle, thigh and trunk, three people; one recording for each run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.datasets.common import FREEZING, NOT_ANNOTATED, Site, Terms, columns, marks, packed, pieces, stack
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "daphnet",
    "Bächlin M, Plotnik M, Roggen D, Maidan I, Hausdorff JM, Giladi N, Tröster G. Wearable Assistant for Parkinson's "
    "Disease Patients With the Freezing of Gait Symptom. IEEE Trans Inf Technol Biomed 14(2), 2010, 436-446.",
    "CC BY 4.0",
)

RATE_HZ = 64.0
SITES = (
    ("ankle", Placement.ANKLE, Side.UNKNOWN),
    ("thigh", Placement.THIGH, Side.UNKNOWN),
    ("trunk", Placement.TRUNK, Side.MIDDLE),
)


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each run with its person; rows outside the experiment are annotated as ``not annotated``."""
    for path in sorted((root / "daphnet").glob("S*.parquet")):
        table = columns(path)
        for run, rows in pieces(table["recording"]):
            label = table["annotation"][rows].astype(int)
            sites = [
                Site(
                    placement,
                    side,
                    stack(table, [f"{name}_{axis}_mg" for axis in ("forward", "vertical", "lateral")], rows, 0.001),
                )
                for name, placement, side in SITES
            ]
            annotations = (*marks(label == 2, RATE_HZ, FREEZING), *marks(label == 0, RATE_HZ, NOT_ANNOTATED))
            yield path.stem, packed(f"daphnet/{run}", RATE_HZ, sites, annotations, device="Daphnet")
