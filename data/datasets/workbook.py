"""The table in an Excel workbook, as far as a publisher's numbers need it: one sheet, titles in its first row.

Read here because no library that motionward installs does. Format: ECMA-376, part 1, SpreadsheetML.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError

_SHEET, _STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
_DAMAGE = (
    OSError, ValueError, KeyError, IndexError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error,
    ET.ParseError,
)  # fmt: skip


def table(path: Path) -> dict[str, NDArray[np.float64]]:
    """Columns of the first sheet by their titles; NaN where a cell is empty or holds words.

    Raises
    ------
    RecordingError
        If it is no workbook, or has no table.
    """
    try:
        with zipfile.ZipFile(path) as file:
            strings: list[str] = []
            if _STRINGS in file.namelist():
                with file.open(_STRINGS) as part:
                    strings = [_words(one) for one in _elements(part, "si")]
            with file.open(_SHEET) as part:
                rows = [_cells(row, strings) for row in _elements(part, "row")]
        titles = {at: str(title) for at, title in rows[0].items()}
    except _DAMAGE as error:
        problem = f"it is no Excel workbook with a table ({error})"
        raise RecordingError(str(path), problem, "get the file again") from error
    out = {title: np.full(len(rows) - 1, np.nan) for title in titles.values()}
    for i, cells in enumerate(rows[1:]):
        for at, value in cells.items():
            if at in titles and isinstance(value, float):
                out[titles[at]][i] = value
    return out


def _elements(part: IO[bytes], name: str) -> Iterator[ET.Element]:
    """Each element of that name, whatever its namespace; its content is gone when the next one is asked for."""
    for _, element in ET.iterparse(part):  # noqa: S314  expat from 2.4 on refuses entities that grow without end
        if element.tag.rpartition("}")[2] == name:
            yield element
            element.clear()


def _cells(row: ET.Element, strings: list[str]) -> dict[int, float | str]:
    """Number or words of each cell that has some, by its column from 0."""
    out: dict[int, float | str] = {}
    at = -1
    for cell in row:
        named = re.match("[A-Z]+", cell.get("r", ""))
        at = at + 1 if named is None else _column(named.group())
        kind = cell.get("t", "n")
        text = _words(cell) if kind == "inlineStr" else next((v.text for v in cell if v.tag.endswith("}v")), None)
        if text:
            out[at] = strings[int(text)] if kind == "s" else float(text) if kind in {"n", "b"} else text
    return out


def _words(element: ET.Element) -> str:
    return "".join(part.text or "" for part in element.iter() if part.tag.endswith("}t"))


def _column(letters: str) -> int:
    """``A`` is 0, ``Z`` 25, ``AA`` 26."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
