"""A text table as blocks of rows, piece after piece: constant memory whatever its length."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers._dialect import Dialect
from data.readers._table import Block, Terms, UntidyTableError
from data.recording import Samples

BLOCK = 8 << 20
"""Bytes of text read at once."""
_NULLS = [
    "",
    "NaN",
    "nan",
    "NAN",
    "NA",
    "N/A",
    "n/a",
    "null",
    "NULL",
    "None",
    "-",
    "#N/A",
    "inf",
    "-inf",
    "Inf",
    "-Inf",
]


_GROUPED = r"^[+-]?\d{1,3}(?:[,' ]\d{3}(?:[,' ]\d{3})*(?:\.\d+)?|(?:\.\d{3})+\.\d+)$"
"""A number whose thousands are set apart, once a decimal comma became a point: 1,000.5 and 1.000.5."""


class _GroupedError(Exception):
    """A cell holds a number whose thousands are set apart: left out, only what is below a thousand would remain."""


class TextTable:
    """The rows of a text file; column keys are ``c0``, ``c1``, …"""

    def __init__(self, path: Path, dialect: Dialect, block: int = BLOCK) -> None:
        self.path = path
        self.dialect = dialect
        self.notes: list[str] = []
        self._block = block
        self._is_untidy = False
        self._skipped = 0

    def samples(self, channels: Sequence[Terms]) -> Samples | None:  # noqa: ARG002  a text has to be read through
        """None: a text cannot be read from the middle."""
        return None

    def blocks(self, numbers: Sequence[str], texts: Sequence[str]) -> Iterator[Block]:
        """The rows in order.

        Raises
        ------
        UntidyTableError
            Once, when words stand between the numbers; from then on such cells become NaN and are counted.
        """
        self.notes, self._skipped = [], 0
        total = odd = 0
        for piece in self._pieces():
            # Piece by piece and not by pyarrow's own stream: that one reads ahead in a thread of its own,
            # which may outlive the program and take it down at its end.
            table = self._parsed(piece, numbers, texts)
            if table is None:
                continue
            found: dict[str, NDArray[np.float64]] = {}
            for c in numbers:
                column = table.column(c).combine_chunks()
                if self._is_untidy:
                    try:
                        column, lost = _numbers(column, self.dialect.decimal)
                    except _GroupedError as error:
                        raise RecordingError(
                            self.path.name, "its numbers have marks between thousands", "export them without such marks"
                        ) from error
                    odd += lost
                found[c] = _as_numpy(column)
            total += table.num_rows
            yield Block(table.num_rows, found, {c: table.column(c).to_pylist() for c in texts})
        self._take_stock(total, odd, len(numbers))

    # Any: pyarrow has no types
    def _parsed(self, piece: bytes, numbers: Sequence[str], texts: Sequence[str]) -> Any:
        kind = pa.string() if self._is_untidy else pa.float64()
        wanted = [*numbers, *texts]
        if not piece.strip():
            return None
        try:
            return pacsv.read_csv(
                pa.BufferReader(piece),
                read_options=pacsv.ReadOptions(column_names=[f"c{i}" for i in range(self.dialect.width)]),
                parse_options=pacsv.ParseOptions(
                    delimiter="\t" if self.dialect.delimiter == " " else self.dialect.delimiter,
                    invalid_row_handler=self._skip,
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types={c: kind if c in numbers else pa.string() for c in wanted},
                    include_columns=wanted,
                    null_values=_NULLS,
                    strings_can_be_null=True,
                    decimal_point=self.dialect.decimal,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid as error:
            if self._is_untidy:
                raise self._refusal(error) from error
            self._is_untidy = True
            raise UntidyTableError from error

    # Any: pyarrow's row
    def _skip(self, _: Any) -> str:
        self._skipped += 1
        return "skip"

    def _take_stock(self, total: int, odd: int, columns: int) -> None:
        if self._skipped > max(1, total):
            raise RecordingError(
                self.path.name,
                f"{self._skipped} of its {self._skipped + total} rows do not have {self.dialect.width} columns",
                "check that it is one table with the same columns throughout",
            )
        if self._skipped:
            self.notes.append(
                f"{self._skipped} rows without the {self.dialect.width} columns of the table were left out."
            )
        if odd > 0.2 * total * max(1, columns):
            raise RecordingError(
                self.path.name, f"{odd} of its cells are not numbers", "bring the raw samples as numbers"
            )
        if odd:
            self.notes.append(f"{odd} cells that are not numbers were taken as missing.")

    def _pieces(self) -> Iterator[bytes]:
        """The rows as UTF-8, cut at line ends, with one delimiter between cells."""
        wide = self.dialect.encoding == "utf-16"
        decoder = codecs.getincrementaldecoder("utf-16")(errors="replace") if wide else None
        skip = self.dialect.start if wide else 0
        rest = b""
        with self.path.open("rb") as stream:
            if not wide:
                stream.seek(self.dialect.start)
            while True:
                raw = stream.read(self._block)
                text = raw if decoder is None else decoder.decode(raw, final=not raw).encode("utf-8")
                cut = min(skip, len(text))
                skip -= cut
                whole = rest + text[cut:]
                if not raw:
                    yield self._tidy(whole)
                    return
                end = whole.rfind(b"\n") + 1
                rest = whole[end:]
                yield self._tidy(whole[:end])

    def _tidy(self, lines: bytes) -> bytes:
        lines = _as_utf8(lines)
        if self.dialect.ragged:
            lines = re.sub(rb"[ \t]*;[ \t]*(?=\r?\n|$)", b"", lines)
        if self.dialect.delimiter == " ":
            lines = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", lines)
            lines = re.sub(rb"[ \t]+", b"\t", lines)
        return lines

    def _refusal(self, error: Exception) -> RecordingError:
        found = re.search(r"column #(\d+)[^:]*: .*?'(.{0,40})", str(error))
        where = f"column {found[1]} holds {found[2]!r}" if found else "a cell cannot be read"
        return RecordingError(self.path.name, f"{where}, not a number", "check the column or name it in a profile")


def _as_utf8(lines: bytes) -> bytes:
    """Lines that are in UTF-8 as they are, others read byte by byte: pyarrow stops at what is no UTF-8."""
    try:
        lines.decode("utf-8")
    except UnicodeDecodeError:
        return lines.decode("latin-1").encode("utf-8")
    return lines


# Any: pyarrow has no types
def _numbers(column: Any, decimal: str) -> tuple[Any, int]:
    """A text column as numbers; what is none becomes null and is counted."""
    plain = pc.utf8_trim_whitespace(column)
    plain = pc.replace_substring(plain, ",", ".") if decimal == "," else plain
    plain = pc.replace_substring_regex(plain, "(?i)^true$", "1")
    plain = pc.replace_substring_regex(plain, "(?i)^false$", "0")
    fits = pc.match_substring_regex(plain, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    if pc.any(pc.match_substring_regex(plain, _GROUPED)).as_py():
        raise _GroupedError
    kept = pc.if_else(fits, plain, pa.scalar(None, pa.string()))
    return pc.cast(kept, pa.float64()), int(kept.null_count - column.null_count)


# Any: pyarrow's array
def _as_numpy(column: Any) -> NDArray[np.float64]:
    """``(n,)`` of a column of float64, NaN where it is null; pyarrow's own way there loads pandas, half a second."""
    filled = column.fill_null(np.nan) if column.null_count else column
    if not len(filled):
        return np.empty(0)
    return np.frombuffer(filled.buffers()[1], np.float64, len(filled), 8 * filled.offset)
