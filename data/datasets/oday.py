"""O'Day turning-and-barrier course: up to eight sensors, two people; one recording for each walk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import G, Published, Site, Terms, columns, marks, packed, pieces, stack, whole_set
from data.phenomena import FREEZING
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "oday",
    "O'Day J, Lee M, Seagers K, et al. Assessing inertial measurement unit locations for freezing of gait detection "
    "and patient preference. J NeuroEng Rehabil 19, 2022, 20.",
    "BSD 3-clause, with the authors' code",
)

RATE_HZ = 128.0
SITES = (
    ("chest", Placement.CHEST, Side.MIDDLE),
    ("lumbar", Placement.LOWER_BACK, Side.MIDDLE),
    ("ankle_l", Placement.ANKLE, Side.LEFT),
    ("ankle_r", Placement.ANKLE, Side.RIGHT),
    ("foot_l", Placement.FOOT, Side.LEFT),
    ("foot_r", Placement.FOOT, Side.RIGHT),
    ("wrist_l", Placement.WRIST, Side.LEFT),
    ("wrist_r", Placement.WRIST, Side.RIGHT),
)


PUBLISHED = Published("oday-fog", people=7, recordings=0, where="https://github.com/stanfordnmbl/imu-fog-detection")


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each walk with its person; a sensor that was not worn is left out."""
    return whole_set(root, PUBLISHED, _packed(root), iter(()))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in sorted((root / PUBLISHED.folder).glob("pt*.parquet")):
        table = columns(path)
        for walk, rows in pieces(table["recording"]):
            sites = []
            for name, placement, side in SITES:
                if f"{name}_ax_mm_s2" not in table:
                    continue
                acc = stack(table, [f"{name}_a{i}_mm_s2" for i in "xyz"], rows, 0.001 / G)
                gyro = stack(table, [f"{name}_g{i}_mrad_s" for i in "xyz"], rows, float(np.rad2deg(0.001)))
                if np.isfinite(acc).all() and np.isfinite(gyro).all():
                    sites.append(Site(placement, side, np.hstack([acc, gyro])))
            frozen = table["freeze_label"][rows].astype(int) > 0
            yield (
                path.stem,
                packed(f"oday/{walk}", RATE_HZ, sites, marks(frozen, RATE_HZ, FREEZING), device="O'Day course"),
            )
