"""Empatica EmbracePlus ``.avro``: half an hour of all its sensors, each with a start, a rate and whole numbers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.joining.six_axes import six_axes
from data.readers._assemble import Sensor, recording_of
from data.readers._blocks import BlockStamps
from data.readers._damage import AGAIN
from data.readers._extra import needed_for
from data.readers._format import Request
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import Placement, Recording, Side

_BROKEN = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, MemoryError, RecursionError,
    EOFError, StopIteration, struct.error, zlib.error,
)  # fmt: skip
"""What reading a damaged file may raise."""
_PRESS_US = 1_000_000


def fits(head: bytes) -> bool:
    """Whether a file begins like an Avro container."""
    return head.startswith(b"Obj\x01")


def read(request: Request) -> Recording:
    """One stream at the wrist, one more where the gyroscope ran at other times; presses of the button as annotations.

    The stated zone is not added to the times, which are UTC already.
    """
    path = request.path
    with needed_for(path, "an Avro file"):
        import fastavro  # noqa: PLC0415  an extra
        from fastavro.schema import SchemaParseException, UnknownType  # noqa: PLC0415  an extra
    try:
        with path.open("rb") as stream:
            sessions = list(fastavro.reader(stream))
    except (*_BROKEN, SchemaParseException, UnknownType) as error:
        raise RecordingError(path.name, "it is an Avro file that is cut off or damaged", AGAIN) from error
    if len(sessions) != 1 or not isinstance(sessions[0], dict) or "rawData" not in sessions[0]:
        raise RecordingError(
            path.name, "it is an Avro file, but not one of an EmbracePlus", "export the recording as CSV"
        )
    try:
        raw = sessions[0]["rawData"]
        # Not every version of the files has every sensor.
        kinds = (("acc", "accelerometer"), ("gyro", "gyroscope"))
        found = {kind: _values(raw[name]) for kind, name in kinds if raw.get(name) is not None}
        pressed = [int(t) for t in (raw.get("tags") or {}).get("tagsTimeMicros") or ()]
    except _BROKEN as error:
        raise RecordingError(path.name, "it lacks a part that every EmbracePlus file has", AGAIN) from error
    here = {kind: one for kind, one in found.items() if one is not None}
    if not here:
        raise RecordingError(
            path.name, "it holds no acceleration", "check that the accelerometer was switched on for the study"
        )
    said = ["Read as an EmbracePlus file: worn at the wrist, acceleration in g by the ranges that the file states."]
    recording = recording_of(
        _sensors(here), request, device="Empatica EmbracePlus", is_utc=True, said=said,
        marks=[("event marker", t, t + _PRESS_US) for t in pressed],
    )  # fmt: skip
    # A gyroscope of which a few samples more or less are there is of the same wrist.
    laid: list[str] = []
    streams = six_axes(recording.streams, laid)
    return replace(recording, streams=tuple(streams), assumptions=(*recording.assumptions, *laid))


# Any: what Avro holds
def _values(sensor: Mapping[str, Any]) -> tuple[int, float, NDArray[np.float32]] | None:
    """Start, rate and values in the sensor's unit; None of a sensor that was off."""
    rate, p = float(sensor["samplingFrequency"]), sensor["imuParams"]
    raw = np.column_stack([np.asarray(sensor[a], dtype=np.float64) for a in "xyz"])
    if not len(raw):
        return None
    low, high = float(p["digitalMin"]), float(p["digitalMax"])
    if not (rate > 0 and high > low and p["physicalMax"] > p["physicalMin"]):
        raise ValueError("no scale or rate")
    # Not by the file's conversionFactor: that one is rounded, and 0.06 % off.
    values = (raw - low) / (high - low) * (p["physicalMax"] - p["physicalMin"]) + p["physicalMin"]
    return int(sensor["timestampStart"]), rate, values.astype(np.float32)


def _sensors(found: Mapping[str, tuple[int, float, NDArray[np.float32]]]) -> list[Sensor]:
    """One sensor where rotation was taken together with acceleration, else one each."""
    starts = [start for start, _, _ in found.values()]
    rates = [rate for _, rate, _ in found.values()]
    lengths = {len(values) for _, _, values in found.values()}
    if len(lengths) == 1 and max(rates) - min(rates) < 0.01 and max(starts) - min(starts) < 0.5e6 / max(rates):
        groups = [list(found)]
    else:
        groups = [[kind] for kind in found]
    out = []
    for kinds in groups:
        start, rate, _ = found[kinds[0]]
        values = np.hstack([found[kind][2] for kind in kinds])
        stamps = BlockStamps(np.array([0, len(values)]), np.array([float(start)]), np.array([1e6 / rate]))
        channels = tuple((f"{kind}_{a}", ((f"{kind}_{a}", 1.0),)) for kind in kinds for a in "xyz")
        site = Site(Placement.WRIST, Side.UNKNOWN, channels, acc_unit="g", gyro_unit="°/s")
        out.append(Sensor(site, Rows(stamps, values)))
    return out
