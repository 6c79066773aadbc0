"""Any CSV or TSV: columns told by a profile, else by names, units and the numbers themselves."""

from __future__ import annotations

import re

import numpy as np

from data.readers import _guess, _profile, phyphox
from data.readers._assemble import assemble
from data.readers._dialect import Dialect, is_number, to_number
from data.readers._format import Request
from data.readers._guess_time import Column
from data.readers._table import Layout, saying_what_is_not_read
from data.readers._text import BLOCK, TextTable
from data.recording import Recording


def read(request: Request) -> Recording:
    """Read a table of samples whose columns nobody described, or a profile did."""
    dialect = request.dialect
    assert dialect is not None
    columns = look(dialect)
    if request.profile is not None:
        titles, keys = [c.title for c in columns], [c.key for c in columns]
        layout = _profile.layout(request.profile, titles, keys, request.path.name)
    else:
        layout = _guess.guess(columns, dialect.preamble, request.path, is_named=dialect.names is not None)
        layout = phyphox.dated(layout, request.path, dialect)
    shown = {c.key: c.title for c in columns if c.title or not c.is_empty}
    return read_as(request, saying_what_is_not_read(layout, shown))


def read_as(request: Request, layout: Layout) -> Recording:
    """Read a text table by a layout."""
    assert request.dialect is not None
    # A small limit on memory means small pieces of text too.
    block = BLOCK if request.memory is None else max(1 << 16, min(BLOCK, request.memory))
    return assemble(TextTable(request.path, request.dialect, block), layout, request)


def look(dialect: Dialect) -> list[Column]:
    """The columns with what their first rows hold."""
    columns = []
    for i in range(dialect.width):
        cells = [row[i] for row in dialect.rows]
        filled = [c.strip().strip('"') for c in cells if c.strip()]
        numbers = np.array([to_number(c, dialect.decimal) for c in cells])
        # Words are looked for only where numbers are rare: looking at every cell costs more than reading a minute.
        worded = (
            bool(filled)
            and np.isfinite(numbers).sum() < 0.5 * len(filled)
            and sum(is_number(c, dialect.decimal) for c in filled) < 0.5 * len(filled)
        )
        columns.append(
            Column(
                key=f"c{i}",
                title=re.sub(r"\s+", " ", dialect.names[i]) if dialect.names else "",
                unit=dialect.units[i] if dialect.units else None,
                numbers=np.full(len(cells), np.nan) if worded else numbers,
                words=tuple(filled) if worded else (),
            )
        )
    return columns
