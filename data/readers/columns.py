"""What a table shows of itself before anybody says what its columns mean: names, first rows, and its header's hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import RecordingError
from data.readers import _dialect, _profile, parquet, table
from data.readers._guess_time import Column

HEAD = 8 << 20
"""Bytes of a text from which a table is tried."""
HEAD_ROWS = 100_000
"""Rows of a Parquet file from which it is tried."""


@dataclass(frozen=True, slots=True)
class TableLook:
    """A table as it stands.

    Parameters
    ----------
    columns
        With numbers, or words, of the first rows.
    rows
        Cells of the first rows as they are written.
    preamble
        What stands before the table, or in the file's metadata.
    header
        Hash of the names of the columns, in their order; of their number where there are no names.
    is_named
        Whether the file names its columns.
    """

    path: Path
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    preamble: str
    header: str
    is_named: bool

    @property
    def titles(self) -> list[str]:
        """What the columns are called; empty where they have no names."""
        return [c.title for c in self.columns]

    def label(self, number: int) -> str:
        """A column for people, by its number from 1: its name, else ``column 3``."""
        return self.titles[number - 1] or f"column {number}"

    def key(self, number: int) -> str | int:
        """A column as a profile names it: by its name where only one has it, else by its number."""
        title = self.titles[number - 1].strip()
        return title if title and [t.strip().lower() for t in self.titles].count(title.lower()) == 1 else number


def look_at(path: Path) -> TableLook:
    """The columns of a text table or a Parquet file, and its first rows.

    Raises
    ------
    RecordingError
        When it is no table.
    """
    try:
        with path.open("rb") as stream:
            is_parquet = parquet.fits(stream.read(4))
        return _parquet(path) if is_parquet else _text(path)
    except OSError as error:
        raise RecordingError(path.name, f"reading failed ({error.strerror})", "check the file and try again") from error


def head_of(path: Path, folder: Path) -> Path:
    """The first part of a table as a file of the same name in ``folder``; the file itself where it is short."""
    with path.open("rb") as stream:
        is_parquet = parquet.fits(stream.read(4))
    target = folder / path.name
    if is_parquet:
        file = pq.ParquetFile(path, pre_buffer=False)
        if file.metadata.num_rows <= HEAD_ROWS:
            return path
        first = next(file.iter_batches(batch_size=HEAD_ROWS))
        pq.write_table(pa.Table.from_batches([first]), target)
        return target
    if path.stat().st_size <= HEAD:
        return path
    with path.open("rb") as stream:
        text = stream.read(HEAD)
    target.write_bytes(text[: text.rfind(b"\n") + 1])
    return target


def profiles_fitting(path: Path) -> tuple[str, ...]:
    """The shipped profiles that name columns which this table has; none where it is no table."""
    try:
        return _profile.fitting(look_at(path).titles)
    except RecordingError:
        return ()


def _text(path: Path) -> TableLook:
    dialect = _dialect.understand(path)
    columns = tuple(table.look(dialect))
    titles = [c.title for c in columns]
    is_named = dialect.names is not None
    return TableLook(
        path, columns, dialect.rows[:200], dialect.preamble, _hash(titles, dialect.units, is_named=is_named), is_named
    )


def _parquet(path: Path) -> TableLook:
    try:
        file = pq.ParquetFile(path, pre_buffer=False)
        seen = parquet.ParquetTable(path)
        columns = tuple(seen.look())
        first = next(file.iter_batches(batch_size=200, columns=[c.key for c in columns])).to_pydict()
    except (pa.ArrowInvalid, pa.ArrowException, StopIteration) as error:
        raise RecordingError(
            path.name, "it is a Parquet file that is empty or damaged", "copy it again from where it was made"
        ) from error
    rows = tuple(
        tuple("" if v is None else str(v) for v in row) for row in zip(*(first[c.key] for c in columns), strict=True)
    )
    titles = [c.title for c in columns]
    return TableLook(path, columns, rows, parquet.said_by_the_file(file), _hash(titles, None, is_named=True), True)


def _hash(titles: list[str], units: tuple[str, ...] | None, *, is_named: bool) -> str:
    words = [t.strip().lower() for t in titles] if is_named else [f"{len(titles)} columns without names"]
    return hashlib.sha256("\x1f".join([*words, "\x1e", *(units or ())]).encode()).hexdigest()[:16]
