"""The Daphnet freezing-of-gait set as published: eleven whole numbers a line, no header.

Bächlin et al. 2010, doi:10.24432/C56K78: time in ms, ankle, thigh and trunk in mg (forward,
vertical, lateral), annotation 0 (not part of the experiment), 1 (no freeze), 2 (freeze).
"""

from __future__ import annotations

from itertools import pairwise

from data.readers._dialect import Dialect
from data.readers._format import Request
from data.readers._table import Layout, Marker, Site, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording, Side

_SITES = ((Placement.ANKLE, Side.UNKNOWN), (Placement.THIGH, Side.UNKNOWN), (Placement.TRUNK, Side.MIDDLE))


def fits(dialect: Dialect) -> bool:
    """Whether a headerless table is one of these files."""
    rows = dialect.rows[:200]
    if dialect.names is not None or dialect.width != 11 or dialect.delimiter not in (" ", "\t", ","):
        return False
    try:
        numbers = [[int(c) for c in row] for row in rows]
    except ValueError:
        return False
    times = [n[0] for n in numbers]
    return all(n[10] in (0, 1, 2) for n in numbers) and all(0 <= b - a <= 40 for a, b in pairwise(times))


def read(request: Request) -> Recording:
    """Three streams at 64 Hz with the annotations of the video."""
    sites = tuple(
        Site(
            placement,
            side,
            tuple((f"acc_{axis}", ((f"c{1 + 3 * i + j}", 1.0),)) for j, axis in enumerate("xyz")),
            acc_unit="mg",
        )
        for i, (placement, side) in enumerate(_SITES)
    )
    layout = Layout(
        sites=sites,
        time=TimeColumn("ms", "c0"),
        device="Daphnet research system",
        markers=(
            Marker("not part of the experiment", ("c10",), lambda n: n["c10"] == 0),
            Marker("freezing of gait", ("c10",), lambda n: n["c10"] == 2),
        ),
        nominal_hz=64.0,
        assumptions=(
            "Read as a Daphnet file: ankle, thigh and trunk in mg; axes forward, vertical, lateral as x, y, z.",
            "The side of the leg sensors is not in the file.",
        ),
    )
    return read_as(request, layout)
