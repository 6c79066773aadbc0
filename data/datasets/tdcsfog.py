"""Freezing of gait in the laboratory, lower back (TLVMC): one recording for each series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.datasets.common import FREEZING, G, Site, Terms, columns, marks, packed, pieces, stack
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


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each series with its person; a freeze of any of the three kinds is ``freezing of gait``."""
    for path in sorted((root / "tdcsfog" / "signals").glob("*.parquet")):
        table = columns(path)
        for series, rows in pieces(table["Id"]):
            samples = stack(table, ("AccV_mm_s2", "AccML_mm_s2", "AccAP_mm_s2"), rows, 0.001 / G)
            frozen = stack(table, KINDS, rows, 1.0).sum(axis=1) > 0
            yield (
                path.stem,
                packed(
                    f"tdcsfog/{path.stem}/{series}",
                    RATE_HZ,
                    [Site(Placement.LOWER_BACK, Side.MIDDLE, samples)],
                    marks(frozen, RATE_HZ, FREEZING),
                    device="tdcsfog",
                ),
            )
