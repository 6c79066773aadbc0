"""Signals of a recording as Parquet: one file a stream and day, ten-minute row groups, with summaries.

Values that lie on a sensor's own step are kept as whole numbers of it (exactly), all others as float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.ahead import ahead
from data.parquet_files import told
from data.recording import Recording, Segment, Stream
from data.summary import SummaryWriter

_GROUP_S = 600.0
_AHEAD = 3
_DAY_US = 86_400_000_000
_STEPS = {
    "acc": (1 / 2048, 1 / 4096, 1 / 1024, 1 / 256, 0.001),
    "gyro": (1 / 16, 1 / 32, 1 / 64, 1 / 128, 0.01),
}
"""Steps that are tried, in g and in °/s: those of common sensors and of decimal exports."""
_WIDEST = 1 << 20
"""Largest whole number kept; Parquet packs the differences, so range costs nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows ``[row, row + n)`` of a day's file; together the pieces of a segment are the segment."""

    day: str
    row: int
    n: int


@dataclass(frozen=True, slots=True)
class ArchivedSamples:
    """Samples of one segment, read from its day files when asked for.

    Parameters
    ----------
    wanted
        Which of a file's columns; None for all.
    """

    folder: Path
    pieces: tuple[Piece, ...]
    shape: tuple[int, ...]
    wanted: tuple[int, ...] | None = None

    def columns(self, wanted: tuple[int, ...]) -> ArchivedSamples:
        """Some of the columns; the others are not read."""
        here = wanted if self.wanted is None else tuple(self.wanted[k] for k in wanted)
        return replace(self, shape=(self.shape[0], len(here)), wanted=here)

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, channels)`` float32 of the rows asked for."""
        start, stop, _ = rows.indices(self.shape[0])
        parts, at = [], 0
        for piece in self.pieces:
            low, high = max(start, at), min(stop, at + piece.n)
            if low < high:
                path = self.folder / f"{piece.day}.parquet"
                parts.append(_read_rows(path, piece.row + low - at, high - low, self.wanted))
            at += piece.n
        return np.concatenate(parts) if parts else np.zeros((0, self.shape[1]), dtype=np.float32)


def _read_rows(path: Path, first: int, count: int, wanted: tuple[int, ...] | None) -> NDArray[np.float32]:
    with told(path):
        return _rows(path, first, count, wanted)


def _rows(path: Path, first: int, count: int, wanted: tuple[int, ...] | None) -> NDArray[np.float32]:
    stamp = path.stat().st_mtime_ns  # a file written anew under the same name is another file
    group_rows = _rows_per_group(path, stamp)
    begin, end = first // group_rows, (first + count - 1) // group_rows
    blocks = [_group(path, stamp, g, wanted) for g in range(begin, end + 1)]
    joined = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    offset = first - begin * group_rows
    return joined[offset : offset + count]


@lru_cache(maxsize=256)
def _rows_per_group(path: Path, stamp: int) -> int:  # noqa: ARG001  the stamp is part of the key
    return int(pq.read_schema(path).metadata[b"rows_per_group"])


@lru_cache(maxsize=3)
def _group(path: Path, stamp: int, index: int, wanted: tuple[int, ...] | None) -> NDArray[np.float32]:  # noqa: ARG001  the stamp is part of the key
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        picked = names if wanted is None else [names[k] for k in wanted]
        table = file.read_row_group(index, columns=picked, use_threads=False).select(picked)
    block = np.empty((table.num_rows, table.num_columns), dtype=np.float32)
    for k, name in enumerate(table.column_names):
        values = table.column(name).to_numpy()
        step = float(table.schema.field(name).metadata[b"step"])
        block[:, k] = values if step == 0 else values * step
    block.setflags(write=False)
    return block


def write(recording: Recording, folder: Path, progress: Callable[[float], None] | None = None) -> dict[str, Any]:
    """Write every stream below an empty folder; memory does not grow with the recording.

    Returns
    -------
    ``{stream: [[start_us, rate_hz, [[day, row, n], ...]], ...]}``: what :func:`open_stream` needs, as JSON.
    """
    index: dict[str, Any] = {}
    total = sum(s.recorded_us for s in recording.streams)
    done = 0
    for stream in recording.streams:
        place = folder / stream.name
        place.mkdir(parents=True)
        summary = SummaryWriter(place, stream.channels)
        days: dict[str, int] = {}
        segments: list[Any] = [[s.start_us, s.rate_hz, []] for s in stream.segments]
        for day, parts in _by_day(stream):
            row = 0
            for number, _, n in parts:
                segments[number][2].append([day, row, n])
                row += n
            days[day] = row
            _write_day(place / f"{day}.parquet", stream, parts, summary)
            summary.flush()
            done += sum(round(n * 1e6 / stream.segments[k].rate_hz) for k, _, n in parts)
            if progress is not None:
                progress(min(1.0, done / total))
        summary.close()
        index[stream.name] = segments
    return index


def open_stream(stream: Stream, folder: Path, segments: list[Any]) -> Stream:
    """The stream with its samples read from the archive; ``stream`` gives all but the segments."""
    opened = []
    for start_us, rate_hz, parts in segments:
        pieces = tuple(Piece(str(day), int(row), int(n)) for day, row, n in parts)
        shape = (sum(p.n for p in pieces), len(stream.channels))
        opened.append(Segment(int(start_us), float(rate_hz), ArchivedSamples(folder / stream.name, pieces, shape)))
    return Stream(stream.name, stream.placement, stream.side, stream.rate_hz, stream.channels, tuple(opened))


def _by_day(stream: Stream) -> list[tuple[str, list[tuple[int, int, int]]]]:
    """``(day, [(segment, first sample, n), ...])`` in order of time; days are UTC."""
    days: dict[int, list[tuple[int, int, int]]] = {}
    for number, segment in enumerate(stream.segments):
        first = 0
        while first < segment.n_samples:
            day = segment.time_us(first) // _DAY_US
            n_before = (day + 1) * _DAY_US - segment.start_us
            last = min(segment.n_samples, int(np.ceil(n_before * segment.rate_hz / 1e6 - 1e-9)))
            last = max(last, first + 1)
            days.setdefault(day, []).append((number, first, last - first))
            first = last
    return [(str(np.datetime64(day, "D")), parts) for day, parts in sorted(days.items())]


def _blocks(
    stream: Stream, parts: list[tuple[int, int, int]], rows: int, summary: SummaryWriter | None = None
) -> Iterator[NDArray[np.float32]]:
    """The day's samples in blocks of exactly ``rows`` (the last may be shorter), each read once."""
    held: list[NDArray[np.float32]] = []
    size = 0
    for number, first, n in parts:
        segment, at = stream.segments[number], first
        while at < first + n:
            take = min(rows - size, first + n - at)
            piece = segment.samples[at : at + take]
            if summary is not None:
                summary.add(number, segment.time_us(at), segment.rate_hz, piece)
            held.append(piece)
            size += take
            at += take
            if size == rows:
                yield np.concatenate(held)
                held, size = [], 0
    if held:
        yield np.concatenate(held)


def _write_day(path: Path, stream: Stream, parts: list[tuple[int, int, int]], summary: SummaryWriter) -> None:
    rows = max(1, round(_GROUP_S * stream.rate_hz))
    blocks = ahead(_blocks(stream, parts, rows, summary), _AHEAD)
    first = next(blocks)
    steps = [_step(name, first[:, k]) for k, name in enumerate(stream.channels)]
    unfit = _write_as(path, stream, chain([first], blocks), rows, steps)
    for _ in blocks:  # the summary still wants the rest of a day that did not fit
        pass
    seen = [first]
    while unfit is not None:
        # A still sensor lies on every step, a moving one shows its own: each try knows one more block.
        seen.append(unfit)
        steps = [_step(name, np.concatenate([b[:, k] for b in seen])) for k, name in enumerate(stream.channels)]
        unfit = _write_as(path, stream, ahead(_blocks(stream, parts, rows), _AHEAD), rows, steps)


def _write_as(
    path: Path, stream: Stream, blocks: Iterable[NDArray[np.float32]], rows: int, steps: list[float]
) -> NDArray[np.float32] | None:
    """Write the day with the given steps; returns the first block with a value that does not lie on them."""
    schema = pa.schema(
        [
            pa.field(name, pa.float32() if step == 0 else pa.int32(), metadata={"step": repr(step)})
            for name, step in zip(stream.channels, steps, strict=True)
        ],
        metadata={"rows_per_group": str(rows), "rate_hz": repr(stream.rate_hz)},
    )
    encoding = {
        name: "BYTE_STREAM_SPLIT" if step == 0 else "DELTA_BINARY_PACKED"
        for name, step in zip(stream.channels, steps, strict=True)
    }
    with pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=3, use_dictionary=False, column_encoding=encoding
    ) as writer:
        for block in blocks:
            columns = [_encode(block[:, k], step) for k, step in enumerate(steps)]
            if any(c is None for c in columns):
                return block
            writer.write_table(pa.table(columns, schema=schema), row_group_size=rows)
    return None


def _step(channel: str, values: NDArray[np.float32]) -> float:
    """The coarsest known step all values lie on exactly; 0 where there is none."""
    tried = sorted(_STEPS["acc" if channel.startswith("acc") else "gyro"], reverse=True)
    return next((s for s in tried if _encode(values, s) is not None), 0.0)


def _encode(values: NDArray[np.float32], step: float) -> NDArray[Any] | None:
    """Whole numbers of ``step`` that give back the same float32 bit by bit, or None; the values for step 0."""
    if step == 0:
        return values
    whole = np.rint(values.astype(np.float64) / step)
    if not np.abs(whole).max(initial=0) <= _WIDEST:
        return None
    back = (whole.astype(np.int32).astype(np.float64) * step).astype(np.float32)
    # Bits, not values: minus zero would come back as zero, and an angle made of it would turn round.
    same = np.array_equal(back.view(np.uint32), np.ascontiguousarray(values).view(np.uint32))
    return whole.astype(np.int32) if same else None
