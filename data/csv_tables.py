"""Tables as CSV that a spreadsheet cannot run, and their cells read back as they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def table_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV text with ``\\n`` ends; a cell that a spreadsheet would run as a formula gets an apostrophe."""
    return "".join(_line(row) for row in (columns, *([_tame(cell) for cell in row] for row in rows)))


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    # The module puts quotes about a carriage return only where one ends its lines.
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def untamed(cell: str) -> str:
    """A cell of :func:`table_csv` as it was before: without the apostrophe, where that function put one."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def _tame(cell: object) -> object:
    text = str(cell)
    # A text that has apostrophes of its own before a formula gets one more, so that reading back is exact.
    return f"'{text}" if _is_formula(text.lstrip("'")) else cell


def _is_formula(text: str) -> bool:
    is_number = text.lstrip("+-").replace(".", "", 1).isdigit()
    return text[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number
