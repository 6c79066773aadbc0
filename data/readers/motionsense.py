"""MotionSense: an iPhone in the front trouser pocket (Malekzadeh et al. 2019), Core Motion columns.

Core Motion counts acceleration along gravity, so the specific force that every other
device gives is minus (gravity + user acceleration). Rotation is in rad/s.
"""

from __future__ import annotations

from data.readers._dialect import Dialect
from data.readers._format import Request
from data.readers._table import Layout, Site, Terms, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording, Side

RATE_HZ = 50.0
_COLUMNS = {f"{kind}.{axis}" for kind in ("gravity", "rotationrate", "useracceleration") for axis in "xyz"}


def fits(dialect: Dialect) -> bool:
    """Whether a table has Core Motion's columns under their own names."""
    return {n.strip().lower() for n in dialect.names or ()} >= _COLUMNS


def read(request: Request) -> Recording:
    """One six-axis stream at the thigh; the files have no time, rows follow at 50 Hz."""
    assert request.dialect is not None
    assert request.dialect.names is not None
    key = {name.strip().lower(): f"c{i}" for i, name in enumerate(request.dialect.names)}
    channels: list[tuple[str, Terms]] = [
        (f"acc_{a}", ((key[f"gravity.{a}"], -1.0), (key[f"useracceleration.{a}"], -1.0))) for a in "xyz"
    ]
    channels += [(f"gyro_{a}", ((key[f"rotationrate.{a}"], 1.0),)) for a in "xyz"]
    layout = Layout(
        sites=(Site(Placement.THIGH, Side.UNKNOWN, tuple(channels), acc_unit="g", gyro_unit="rad/s"),),
        time=TimeColumn("rows", rate_hz=RATE_HZ),
        device="Apple iPhone (Core Motion)",
        nominal_hz=RATE_HZ,
        assumptions=(
            "Read as a MotionSense file: phone in the trouser pocket, taken as thigh.",
            "Acceleration is minus (gravity + user acceleration) in g, rotation in rad/s.",
            "The file has no time stamps: rows are taken to follow at 50 Hz.",
        ),
    )
    return read_as(request, layout)
