"""Parquet tables: columns understood as in a CSV, signals read lazily by row group."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import _guess, _profile
from data.readers._assemble import assemble
from data.readers._format import Request
from data.readers._guess_time import Column
from data.readers._table import Block, Terms, saying_what_is_not_read
from data.recording import Recording, Samples

BATCH = 200_000
"""Rows decoded at once."""
WIDEST_GROUP = 4_000_000
"""Row groups of more rows are spooled, since reading one sample would decode them whole."""
_LOOK = 20_000


def fits(head: bytes) -> bool:
    """Whether a file begins like a Parquet file."""
    return head.startswith(b"PAR1")


def read(request: Request) -> Recording:
    """Read a Parquet table whose columns bear our names, names like those of a CSV, or those of a profile."""
    path = request.path
    try:
        file = _opened(path)
    except (pa.ArrowInvalid, pa.ArrowException) as error:
        raise RecordingError(
            path.name, "it is a Parquet file that is cut off or damaged", "copy it again from where it was made"
        ) from error
    if file.metadata.num_rows == 0:
        raise RecordingError(path.name, "it holds no rows", "check that the export was finished")
    table = ParquetTable(path)
    preamble = said_by_the_file(file)
    columns = table.look()
    if request.profile is not None:
        titles = [c.title for c in columns]
        layout = _profile.layout(request.profile, titles, titles, path.name)
    else:
        layout = _guess.guess(columns, preamble, path, is_named=True)
    layout = saying_what_is_not_read(layout, {c.key: c.title for c in columns if c.title or not c.is_empty})
    try:
        return assemble(table, layout, request)
    except pa.ArrowException as error:
        raise RecordingError(
            path.name, "a part of it cannot be decoded", "copy it again from where it was made"
        ) from error


class ParquetTable:
    """The rows of a Parquet file; column keys are the columns' names."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        schema = _opened(path).schema_arrow
        self._types = {field.name: field.type for field in schema}

    def look(self) -> list[Column]:
        """The columns with what their first rows hold."""
        first = next(_opened(self.path).iter_batches(batch_size=_LOOK))
        out: list[Column] = []
        for name, kind in self._types.items():
            column = first.column(name)
            if _is_numeric(kind):
                # An index without a name, as pandas writes it, has this one.
                title = "" if name == "__index_level_0__" else name
                out.append(Column(name, title, _instant_unit(kind), _numbers(column)))
            elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
                words = tuple(str(w) for w in column.to_pylist() if w is not None)
                if words:
                    out.append(Column(name, name, None, np.zeros(0), words))
        return out

    def blocks(self, numbers: Sequence[str], texts: Sequence[str]) -> Iterator[Block]:
        """The rows in order, batch by batch."""
        wanted = [*numbers, *texts]
        for batch in _opened(self.path).iter_batches(batch_size=BATCH, columns=wanted):
            yield Block(
                batch.num_rows,
                {c: _numbers(batch.column(c)) for c in numbers},
                {c: [None if w is None else str(w) for w in batch.column(c).to_pylist()] for c in texts},
            )

    def samples(self, channels: Sequence[Terms]) -> Samples | None:
        """The channels read from the file whenever asked for; None where its row groups are too long for that."""
        meta = _opened(self.path).metadata
        sizes = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
        return None if max(sizes) > WIDEST_GROUP else ParquetSamples(self.path, tuple(channels), sizes)


class ParquetSamples:
    """Rows of a Parquet file as float32, decoded row group by row group; the last group stays at hand."""

    def __init__(self, path: Path, channels: tuple[Terms, ...], sizes: list[int]) -> None:
        self._path = path
        self._channels = channels
        self._starts = [0, *np.cumsum(sizes).tolist()]
        self._held: tuple[int, NDArray[np.float32]] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return (self._starts[-1], len(self._channels))

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        start, stop, step = rows.indices(self.shape[0])
        pieces = [np.zeros((0, len(self._channels)), dtype=np.float32)]
        group = bisect_right(self._starts, start) - 1
        while group < len(self._starts) - 1 and self._starts[group] < stop:
            low = self._starts[group]
            pieces.append(self._group(group)[max(0, start - low) : stop - low])
            group += 1
        return np.concatenate(pieces)[:: step or 1]

    def _group(self, number: int) -> NDArray[np.float32]:
        if self._held is not None and self._held[0] == number:
            return self._held[1]
        names = list(dict.fromkeys(c for terms in self._channels for c, _ in terms))
        table = _opened(self._path).read_row_group(number, columns=names)
        values = np.empty((table.num_rows, len(self._channels)), dtype=np.float32)
        for i, terms in enumerate(self._channels):
            values[:, i] = sum(_numbers(table.column(c)) * factor for c, factor in terms)
        self._held = (number, values)
        return values


# Any in what follows: pyarrow has no types
def _opened(path: Path) -> Any:
    """A file that holds no more than the row group being read: reading ahead keeps all that was read."""
    return pq.ParquetFile(path, pre_buffer=False)


def _is_numeric(kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_boolean(kind)
        or types.is_timestamp(kind)
        or types.is_duration(kind)
        or types.is_time(kind)
        or types.is_decimal(kind)
    )


def _instant_unit(kind: Any) -> str | None:
    """``instant`` for time stamps with a zone, ``wall`` for those without; ``µs`` for durations; None for numbers."""
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        return "µs"
    if not pa.types.is_timestamp(kind):
        return None
    return "instant" if kind.tz else "wall"


def _numbers(column: Any) -> NDArray[np.float64]:
    """A column as float64, time stamps as microseconds; NaN where empty."""
    if pa.types.is_timestamp(column.type):
        column = pc.cast(pc.cast(column, pa.timestamp("us", column.type.tz), safe=False), pa.int64())
    elif pa.types.is_duration(column.type):
        column = pc.cast(pc.cast(column, pa.duration("us"), safe=False), pa.int64())
    elif pa.types.is_time(column.type):
        column = pc.cast(pc.cast(column, pa.time64("us"), safe=False), pa.int64())
    values: NDArray[np.float64] = (
        pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        if not (isinstance(column, pa.ChunkedArray))
        else pc.cast(column, pa.float64(), safe=False).to_numpy()
    )
    return values.astype(np.float64, copy=False)


def said_by_the_file(file: Any) -> str:
    """Rate and whatever else the schema's metadata says, as text."""
    meta = file.schema_arrow.metadata or {}
    lines = [
        f"{k.decode(errors='replace')}: {v.decode(errors='replace')[:200]}" for k, v in meta.items() if k != b"pandas"
    ]
    rate = meta.get(b"rate_hz") or meta.get(b"sampling_rate_hz") or meta.get(b"sampling_rate")
    if rate:
        lines.append(f"sampling rate {rate.decode(errors='replace')} Hz")
    return "\n".join(lines)
