"""Sensor Logger exports, one CSV a sensor: x, y, z without a unit, whose meaning the file's name tells.

``Accelerometer.csv`` is without gravity, ``TotalAcceleration.csv`` and what is called uncalibrated is with it:
in g and along gravity, as Apple counts it, unless the app was told to write all devices' alike, in m/s² against it.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.errors import RecordingError
from data.readers._dialect import Dialect, to_number
from data.readers._format import Request
from data.readers._table import Layout, Site, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording, Side
from data.units import acceleration_unit_at_rest, rest_magnitude

_COLUMNS = {"time", "seconds_elapsed", "x", "y", "z"}
_WITH_GRAVITY = ("totalacceleration", "accelerometeruncalibrated", "watchaccelerometeruncalibrated")
_TURNING = {"gyroscope", "gyroscopeuncalibrated"}


def fits(dialect: Dialect) -> bool:
    """Whether a table has exactly the columns of these exports."""
    return {n.strip().lower() for n in dialect.names or ()} == _COLUMNS


def read(request: Request) -> Recording:
    """Acceleration with gravity, or rotation, of one sensor; the zone and the device of ``Metadata.csv`` beside it."""
    dialect = request.dialect
    assert dialect is not None
    assert dialect.names is not None
    keys = {name.strip().lower(): f"c{i}" for i, name in enumerate(dialect.names)}
    stem = request.path.stem.lower()
    # The app's own names may have been given a word before them, such as the recording's.
    kind = next((k for k in sorted((*_WITH_GRAVITY, *_TURNING), key=len, reverse=True) if stem.endswith(k)), None)
    if kind is None:
        problem = (
            "in a Sensor Logger export, this file's acceleration has gravity taken out"
            if stem.endswith("accelerometer")
            else "it is a Sensor Logger file of another sensor than acceleration or rotation"
        )
        raise RecordingError(request.path.name, problem, "bring TotalAcceleration.csv, or the whole ZIP archive")
    lead = "gyro" if kind in _TURNING else "acc"
    factor = -1.0 if lead == "acc" and _is_in_g(dialect, keys) else 1.0
    facts = _metadata(request.path.with_name("Metadata.csv"))
    on_watch = kind.startswith("watch")
    site = Site(
        Placement.WRIST if on_watch else Placement.UNKNOWN,
        Side.UNKNOWN,
        tuple((f"{lead}_{a}", ((keys[a], factor),)) for a in "xyz"),
        gyro_unit="rad/s" if lead == "gyro" else None,
        name=None if lead == "acc" else "gyroscope",
    )
    said = [f"Read as Sensor Logger's {kind}: {'acceleration with gravity' if lead == 'acc' else 'rotation in rad/s'}."]
    if factor < 0:
        said.append("Acceleration is turned round, since Apple devices count it along gravity.")
    layout = Layout(
        (site,),
        TimeColumn("ns", keys["time"], is_absolute=True),
        # Not the device's own name in the facts, which people give: Anna's phone.
        "Apple Watch"
        if on_watch
        else {"android": "Android phone", "ios": "iPhone"}.get(facts.get("platform", ""), "unknown"),
        assumptions=tuple(said),
    )
    zone = request.zone or facts.get("recording timezone") or None
    return read_as(replace(request, zone=zone), layout)


def _is_in_g(dialect: Dialect, keys: dict[str, str]) -> bool:
    """Whether the first rows are as long at rest as 1 g is: Android's are in m/s²."""
    at = [int(keys[a].removeprefix("c")) for a in "xyz"]
    values = np.array([[to_number(row[i], dialect.decimal) for i in at] for row in dialect.rows], dtype=np.float32)
    length = rest_magnitude(values, 50.0)
    return length is not None and acceleration_unit_at_rest(length) == "g"


def _metadata(path: Path) -> dict[str, str]:
    """The app's facts about a recording; none where the file is not there."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        rows = list(csv.DictReader(stream, restval=""))
    return rows[0] if len(rows) == 1 else {}
