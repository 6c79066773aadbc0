"""Sets of short labelled trials that share one layout: ``signals.parquet`` and ``recordings.csv``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import columns, pieces, rows_of, stack

AXES = ("x", "y", "z")


def trials(
    folder: Path, acc_unit: float, gyro_unit: float, prefixes: tuple[str, ...] = ("",)
) -> Iterator[tuple[dict[str, str], dict[str, NDArray[np.float32]]]]:
    """Each trial's row of ``recordings.csv`` and, for each prefix worn throughout, its six axes.

    Nothing where the packed form is not there.

    Parameters
    ----------
    acc_unit, gyro_unit
        What one step of the stored integers is, g and °/s.
    prefixes
        Beginning of the column names of each sensor.
    """
    if not (folder / "signals.parquet").is_file():
        return
    table = columns(folder / "signals.parquet")
    about = {int(row["recording"]): row for row in rows_of(folder / "recordings.csv")}
    for key, rows in pieces(table["recording"]):
        sites = {}
        for prefix in prefixes:
            acc = stack(table, [f"{prefix}acc_{a}" for a in AXES], rows, acc_unit)
            gyro = stack(table, [f"{prefix}gyro_{a}" for a in AXES], rows, gyro_unit)
            if np.isfinite(acc).all() and np.isfinite(gyro).all():
                sites[prefix] = np.hstack([acc, gyro])
        yield about[int(str(key))], sites
