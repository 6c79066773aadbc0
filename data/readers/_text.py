"""A text table as blocks of rows, streamed by pyarrow: constant memory whatever its length."""

from __future__ import annotations

import codecs
import io
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


class TextTable:
    """The rows of a text file; column keys are ``c0``, ``c1``, …"""

    def __init__(self, path: Path, dialect: Dialect, block: int = BLOCK) -> None:
        self.path = path
        self.dialect = dialect
        self.notes: list[str] = []
        self._block = block
        self._is_untidy = False

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
        self.notes = []
        try:
            yield from self._blocks(numbers, texts, pa.string() if self._is_untidy else pa.float64())
        except pa.ArrowInvalid as error:
            if self._is_untidy:
                raise self._refusal(error) from error
            self._is_untidy = True
            raise UntidyTableError from error

    # Any: pyarrow has no types
    def _blocks(self, numbers: Sequence[str], texts: Sequence[str], kind: Any) -> Iterator[Block]:
        skipped = 0
        total = 0
        odd = 0

        def skip(_: Any) -> str:
            nonlocal skipped
            skipped += 1
            return "skip"

        wanted = [*numbers, *texts]
        blanks = self.dialect.delimiter == " "
        with self._open() as stream:
            reader = pacsv.open_csv(
                stream,
                read_options=pacsv.ReadOptions(
                    column_names=[f"c{i}" for i in range(self.dialect.width)], block_size=self._block
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter="\t" if blanks else self.dialect.delimiter, invalid_row_handler=skip
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
            for batch in reader:
                found: dict[str, NDArray[np.float64]] = {}
                for c in numbers:
                    column = batch.column(c)
                    if kind == pa.string():
                        column, lost = _numbers(column, self.dialect.decimal)
                        odd += lost
                    found[c] = column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
                total += batch.num_rows
                yield Block(batch.num_rows, found, {c: batch.column(c).to_pylist() for c in texts})
        if skipped > max(1, total):
            raise RecordingError(
                self.path.name,
                f"{skipped} of its {skipped + total} rows do not have {self.dialect.width} columns",
                "check that it is one table with the same columns throughout",
            )
        if skipped:
            self.notes.append(f"{skipped} rows without the {self.dialect.width} columns of the table were left out.")
        if odd:
            if odd > 0.2 * total * max(1, len(numbers)):
                raise RecordingError(
                    self.path.name, f"{odd} of its cells are not numbers", "bring the raw samples as numbers"
                )
            self.notes.append(f"{odd} cells that are not numbers were taken as missing.")

    def _open(self) -> io.BufferedReader:
        raw = self.path.open("rb")
        plain: io.RawIOBase
        if self.dialect.encoding == "utf-16":
            plain = _Transcoded(raw, self.dialect.start)
        else:
            raw.seek(self.dialect.start)
            if self.dialect.delimiter == " ":
                plain = _Tidied(raw, blanks=True, ragged=self.dialect.ragged)
            elif self.dialect.ragged:
                plain = _Tidied(raw, blanks=False, ragged=True)
            else:
                return raw
        return io.BufferedReader(plain, BLOCK)

    def _refusal(self, error: Exception) -> RecordingError:
        found = re.search(r"column #(\d+)[^:]*: .*?'(.{0,40})", str(error))
        where = f"column {found[1]} holds {found[2]!r}" if found else "a cell cannot be read"
        return RecordingError(self.path.name, f"{where}, not a number", "check the column or name it in a profile")


# Any: pyarrow has no types
def _numbers(column: Any, decimal: str) -> tuple[Any, int]:
    """A text column as numbers; what is none becomes null and is counted."""
    trimmed = pc.utf8_trim_whitespace(column)
    plain = pc.replace_substring(trimmed, ",", ".") if decimal == "," else trimmed
    truth = pc.replace_substring_regex(plain, "(?i)^true$", "1")
    plain = pc.replace_substring_regex(truth, "(?i)^false$", "0")
    fits = pc.match_substring_regex(plain, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
    kept = pc.if_else(fits, plain, pa.scalar(None, pa.string()))
    lost = kept.null_count - column.null_count
    return pc.cast(kept, pa.float64()), int(lost)


class _Tidied(io.RawIOBase):
    """Bytes of a text file with runs of blanks as one tab, or without stray ``;`` at the line ends."""

    def __init__(self, raw: io.BufferedReader, *, blanks: bool, ragged: bool) -> None:
        self._raw, self._blanks, self._ragged = raw, blanks, ragged
        self._rest = b""
        self._ready = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._raw.close()
        super().close()

    # Any: the buffer protocol
    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            piece = self._raw.read(1 << 20)
            whole = self._rest + piece
            if piece:
                cut = whole.rfind(b"\n") + 1
                self._rest, whole = whole[cut:], whole[:cut]
            else:
                self._rest = b""
            if not whole and not piece:
                return 0
            self._ready = self._tidy(whole)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _tidy(self, lines: bytes) -> bytes:
        if self._ragged:
            lines = re.sub(rb"[ \t]*;[ \t]*(?=\r?\n|$)", b"", lines)
        if self._blanks:
            lines = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", lines)
            lines = re.sub(rb"[ \t]+", b"\t", lines)
        return lines


class _Transcoded(io.RawIOBase):
    """A UTF-16 file as UTF-8 bytes, from byte ``start`` of the UTF-8 on."""

    def __init__(self, raw: io.BufferedReader, start: int) -> None:
        self._raw, self._skip = raw, start
        self._decoder = codecs.getincrementaldecoder("utf-16")()
        self._ready = b""

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._raw.close()
        super().close()

    # Any: the buffer protocol
    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            piece = self._raw.read(1 << 20)
            self._ready = self._decoder.decode(piece, final=not piece).encode("utf-8")
            if not self._ready and not piece:
                return 0
            cut = min(self._skip, len(self._ready))
            self._skip -= cut
            self._ready = self._ready[cut:]
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count
