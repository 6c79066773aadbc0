"""Per-second and per-minute summaries of a stream, for drawing without its signal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.parquet_files import told

LEVELS = {"second": 1_000_000, "minute": 60_000_000}
"""Length of one bin in microseconds."""


class SummaryWriter:
    """Writes minimum, maximum and mean of each channel and the movement in each second and minute.

    Movement is the standard deviation of the length of the acceleration vector. A bin never
    holds samples of two segments: where one ends and another begins, there are two rows.

    Parameters
    ----------
    folder
        Takes ``second.parquet`` and ``minute.parquet``.
    channels
        Of the blocks that :meth:`add` is given.
    """

    def __init__(self, folder: Path, channels: tuple[str, ...]) -> None:
        self._channels = channels
        self._acc = [channels.index(c) for c in channels if c.startswith("acc")]
        self._seconds: list[NDArray[np.float64]] = []
        names = [f"{name}_{what}" for what in ("min", "max", "mean") for name in channels]
        fields = [pa.field(name, pa.float32()) for name in ("movement", *names)]
        self._schema = pa.schema([pa.field("start_us", pa.int64()), *fields])
        self._writers = {
            level: pq.ParquetWriter(folder / f"{level}.parquet", self._schema, compression="zstd") for level in LEVELS
        }

    def add(self, segment: int, start_us: int, rate_hz: float, block: NDArray[np.float32]) -> None:
        """Take in consecutive samples of one segment."""
        length = LEVELS["second"]
        times = start_us + np.round(np.arange(len(block)) * (1e6 / rate_hz)).astype(np.int64)
        second = times // length
        edge = np.flatnonzero(np.diff(second, prepend=second[0] - 1))
        count = np.diff(np.append(edge, len(block)))
        acc = block[:, self._acc].astype(np.float64)
        size = np.sqrt(np.einsum("ij,ij->i", acc, acc))
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
                    np.add.reduceat(block, edge, axis=0, dtype=np.float64),
                ]
            )
        )

    def flush(self) -> None:
        """Write what was added; call it where a minute ends, such as at the end of a UTC day."""
        if self._seconds:
            rows = np.concatenate(self._seconds)
            self._seconds = []
            for level, writer in self._writers.items():
                writer.write_table(self._table(rows, LEVELS[level]))

    def close(self) -> None:
        """Write the rest and finish both files."""
        self.flush()
        for writer in self._writers.values():
            writer.close()

    def _table(self, rows: NDArray[np.float64], length: int) -> pa.Table:
        bins = rows[:, 1].astype(np.int64) // length * length
        fresh = (np.diff(bins, prepend=bins[0] - 1) != 0) | (np.diff(rows[:, 0], prepend=-1) != 0)
        edge = np.flatnonzero(fresh)
        low, high, total = np.split(rows[:, 5:], 3, axis=1)
        n = np.add.reduceat(rows[:, 2], edge)
        spread = np.add.reduceat(rows[:, 4], edge) / n - (np.add.reduceat(rows[:, 3], edge) / n) ** 2
        values = [
            np.sqrt(np.maximum(spread, 0.0))[:, None],
            np.minimum.reduceat(low, edge, axis=0),
            np.maximum.reduceat(high, edge, axis=0),
            np.add.reduceat(total, edge, axis=0) / n[:, None],
        ]
        columns = [bins[edge], *np.hstack(values).astype(np.float32).T]
        return pa.table([np.ascontiguousarray(c) for c in columns], schema=self._schema)


def read_summary(
    folder: Path, level: str, start_us: int, end_us: int, columns: list[str] | None = None
) -> dict[str, NDArray[np.generic]]:
    """The bins that begin in ``[start_us, end_us)``: ``start_us`` and the columns asked for (default all)."""
    path = folder / f"{level}.parquet"
    with told(path):
        table = pq.read_table(
            path,
            columns=None if columns is None else ["start_us", *columns],
            filters=[("start_us", ">=", start_us), ("start_us", "<", end_us)],
            use_threads=False,
        )
    return {name: table.column(name).to_numpy() for name in table.column_names}
