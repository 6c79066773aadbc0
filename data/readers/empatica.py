"""Empatica E4 exports: a line with the start in Unix seconds, one with the rate, then whole numbers in 1/64 g."""

from __future__ import annotations

from dataclasses import replace

from data.errors import RecordingError
from data.readers._dialect import Dialect, to_number
from data.readers._format import Request
from data.readers._table import Layout, Site, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording, Side


def fits(dialect: Dialect) -> bool:
    """Whether the first two rows are a start and a rate, the same in every column."""
    if dialect.names is not None or dialect.first_line != 1 or len(dialect.rows) < 3 or dialect.width != 3:
        return False
    first, second = ([to_number(c) for c in row] for row in dialect.rows[:2])
    return len(set(first)) == 1 and len(set(second)) == 1 and 1e9 < first[0] < 4e9 and 1 <= second[0] <= 1000


def read(request: Request) -> Recording:
    """One stream at the wrist, on an absolute clock."""
    dialect = request.dialect
    assert dialect is not None
    start, rate = to_number(dialect.rows[0][0]), to_number(dialect.rows[1][0])
    with request.path.open("rb") as stream:
        skip = len(stream.readline()) + len(stream.readline())
    if len(dialect.rows) < 4:
        raise RecordingError(request.path.name, "it has a header but no samples", "check that the export was finished")
    site = Site(
        Placement.WRIST,
        Side.UNKNOWN,
        tuple((f"acc_{a}", ((f"c{i}", 1.0),)) for i, a in enumerate("xyz")),
        acc_unit="1/64 g",
    )
    layout = Layout(
        sites=(site,),
        time=TimeColumn("rows", rate_hz=rate, start_us=round(start * 1e6), start_is_utc=True),
        device="Empatica E4",
        nominal_hz=rate,
        assumptions=("Read as an Empatica E4 file: worn at the wrist, acceleration in 1/64 g.",),
    )
    return read_as(replace(request, dialect=replace(dialect, start=dialect.start + skip, first_line=3)), layout)
