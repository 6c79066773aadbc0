"""Scores of a run as Parquet, one file a stream and phenomenon, and beside them what nobody could judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.intervals import Interval
from data.parquet_files import told

if TYPE_CHECKING:  # who only reads the store need not load what analyses
    from clinic.analysis import Analysis

_GROUP = 7200  # an hour
_UNUSABLE = "unusable.parquet"


def _file(folder: Path, stream: str, phenomenon: str) -> Path:
    return folder / f"{stream}--{phenomenon.replace(' ', '-')}.parquet"


def write_scores(analysis: Analysis, folder: Path) -> None:
    """Write the scores of every judgement, and what of each stream is unusable, into an empty folder."""
    lost = [(q.stream, i.start, i.end, reason) for q in analysis.quality.streams for i, reason in q.unusable]
    columns = {
        name: pa.array([row[at] for row in lost], kind)
        for at, (name, kind) in enumerate(
            (("stream", pa.string()), ("start_us", pa.int64()), ("end_us", pa.int64()), ("reason", pa.string()))
        )
    }
    pq.write_table(pa.table(columns), folder / _UNUSABLE, compression="zstd")
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


def read_unusable(folder: Path) -> list[tuple[str, Interval, str]] | None:
    """Stream, stretch and reason of what was worn and unusable; None where a run was made before that was kept."""
    path = folder / _UNUSABLE
    if not path.is_file():
        return None
    with told(path):
        rows = pq.read_table(path, use_threads=False).to_pylist()
    return [(row["stream"], Interval(row["start_us"], row["end_us"]), row["reason"]) for row in rows]
