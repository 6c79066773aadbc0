"""Per-second and per-minute summaries of a stream, for drawing without its signal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

LEVELS = {"second": 1_000_000, "minute": 60_000_000}
"""Length of one bin in microseconds."""


class Summary:
    """Collects minimum, maximum and mean of each channel and the movement in each second and minute.

    Movement is the standard deviation of the length of the acceleration vector. A bin never
    holds samples of two segments: where one ends and another begins, there are two rows.
    """

    def __init__(self, channels: tuple[str, ...]) -> None:
        self._channels = channels
        self._acc = [channels.index(c) for c in channels if c.startswith("acc")]
        self._seconds: list[NDArray[np.float64]] = []

    def add(self, segment: int, start_us: int, rate_hz: float, block: NDArray[np.float32]) -> None:
        """Take in consecutive samples of one segment."""
        length = LEVELS["second"]
        times = start_us + np.round(np.arange(len(block)) * (1e6 / rate_hz)).astype(np.int64)
        second = times // length
        edge = np.flatnonzero(np.diff(second, prepend=second[0] - 1))
        count = np.diff(np.append(edge, len(block)))
        size = np.linalg.norm(block[:, self._acc].astype(np.float64), axis=1)
        self._seconds.append(
            np.column_stack(
                [
                    np.full(len(edge), segment),
                    second[edge] * length,
                    count,
                    np.add.reduceat(size, edge),
                    np.add.reduceat(size**2, edge),
                    np.minimum.reduceat(block, edge, axis=0),
                    np.maximum.reduceat(block, edge, axis=0),
                    np.add.reduceat(block.astype(np.float64), edge, axis=0),
                ]
            )
        )

    def table(self, level: str) -> pa.Table:
        """``start_us``, ``movement`` and ``<channel>_min|max|mean`` (float32) of a level."""
        rows = np.concatenate(self._seconds)
        bins = rows[:, 1].astype(np.int64) // LEVELS[level] * LEVELS[level]
        fresh = (np.diff(bins, prepend=bins[0] - 1) != 0) | (np.diff(rows[:, 0], prepend=-1) != 0)
        edge = np.flatnonzero(fresh)
        c = len(self._channels)
        n = np.add.reduceat(rows[:, 2], edge)
        mean = np.add.reduceat(rows[:, 3], edge) / n
        spread = np.maximum(np.add.reduceat(rows[:, 4], edge) / n - mean**2, 0.0)
        columns: dict[str, NDArray[np.generic]] = {"start_us": bins[edge], "movement": np.sqrt(spread)}
        for k, name in enumerate(self._channels):
            columns[f"{name}_min"] = np.minimum.reduceat(rows[:, 5 + k], edge)
            columns[f"{name}_max"] = np.maximum.reduceat(rows[:, 5 + c + k], edge)
            columns[f"{name}_mean"] = np.add.reduceat(rows[:, 5 + 2 * c + k], edge) / n
        return pa.table({k: v if k == "start_us" else v.astype(np.float32) for k, v in columns.items()})


def write_summary(summary: Summary, folder: Path) -> None:
    """Write ``second.parquet`` and ``minute.parquet``."""
    for level in LEVELS:
        pq.write_table(summary.table(level), folder / f"{level}.parquet", compression="zstd", row_group_size=86_400)


def read_summary(
    folder: Path, level: str, start_us: int, end_us: int, columns: list[str] | None = None
) -> dict[str, NDArray[np.generic]]:
    """The bins that begin in ``[start_us, end_us)``: ``start_us`` and the columns asked for (default all)."""
    table = pq.read_table(
        folder / f"{level}.parquet",
        columns=None if columns is None else ["start_us", *columns],
        filters=[("start_us", ">=", start_us), ("start_us", "<", end_us)],
        use_threads=False,
    )
    return {name: table.column(name).to_numpy() for name in table.column_names}
