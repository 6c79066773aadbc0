"""Mind Monitor exports of a Muse headband: a row for each sample of the EEG, acceleration in g, rotation in °/s."""

from __future__ import annotations

from data.readers import _stamps
from data.readers._dialect import Dialect
from data.readers._format import Request
from data.readers._table import Layout, Site, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording, Side

_TIME = "timestamp"
_MOVEMENT = tuple(f"{k}_{a}" for k in ("accelerometer", "gyro") for a in "xyz")


def fits(dialect: Dialect) -> bool:
    """Whether a table has the columns of these exports."""
    return {_TIME, *_MOVEMENT, "headbandon", "raw_tp9"} <= set(_titles(dialect))


def read(request: Request) -> Recording:
    """One stream, worn at the head, on the wall clock of the phone."""
    dialect = request.dialect
    assert dialect is not None
    key = {title: f"c{i}" for i, title in enumerate(_titles(dialect))}
    at = _titles(dialect).index(_TIME)
    stamps = [row[at] for row in dialect.rows if row[at].strip()]
    parse, dated, zoned = _stamps.text_format(stamps, dialect.preamble, request.path.name)
    names = (*(f"acc_{a}" for a in "xyz"), *(f"gyro_{a}" for a in "xyz"))
    site = Site(
        Placement.UNKNOWN,
        Side.UNKNOWN,
        tuple((n, ((key[c], 1.0),)) for n, c in zip(names, _MOVEMENT, strict=True)),
        acc_unit="g",
        gyro_unit="°/s",
        name="head",
    )
    layout = Layout(
        (site,),
        TimeColumn("text", key[_TIME], is_absolute=dated, parse=parse, has_zone=zoned),
        "Muse (Mind Monitor)",
        assumptions=(
            "Read as a Mind Monitor export of a Muse headband: acceleration in g, rotation in °/s.",
            "Its rows follow the EEG: between two updates of the movement sensor its values are repeated.",
        ),
    )
    return read_as(request, layout)


def _titles(dialect: Dialect) -> list[str]:
    return [name.strip().lower() for name in dialect.names or ()]
