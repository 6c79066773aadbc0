"""Scores of a run as Parquet, one file a stream and phenomenon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.parquet_files import told

if TYPE_CHECKING:  # who only reads the store need not load what analyses
    from clinic.analysis import Analysis

_GROUP = 7200  # an hour


def _file(folder: Path, stream: str, phenomenon: str) -> Path:
    return folder / f"{stream}--{phenomenon.replace(' ', '-')}.parquet"


def write_scores(analysis: Analysis, folder: Path) -> None:
    """Write the scores of every judgement into an empty folder."""
    for judgement in analysis.judgements:
        s = judgement.scores
        table = pa.table(
            {
                "start_us": s.grid.start_us,
                "probability": s.probability,
                "lower": s.lower,
                "upper": s.upper,
                "valid": s.valid,
            }
        )
        pq.write_table(table, _file(folder, s.stream, s.phenomenon), compression="zstd", row_group_size=_GROUP)


def read_scores(
    folder: Path, stream: str, phenomenon: str, start_us: int, end_us: int
) -> dict[str, NDArray[np.generic]]:
    """The half seconds that begin in ``[start_us, end_us)``."""
    path = _file(folder, stream, phenomenon)
    with told(path):
        table = pq.read_table(
            path, filters=[("start_us", ">=", start_us), ("start_us", "<", end_us)], use_threads=False
        )
    return {name: table.column(name).to_numpy() for name in table.column_names}
