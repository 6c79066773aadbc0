"""APDM Opal ``.h5``: a group for each sensor, with its own times in microseconds UTC.

File format 5 keeps them below ``Sensors``, older ones at the top, with calibrated values in a group of their own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from data.errors import RecordingError
from data.files import Spool
from data.names import tokens
from data.readers._assemble import Sensor, recording_of
from data.readers._clock import zone_named
from data.readers._damage import AGAIN
from data.readers._extra import needed_for
from data.readers._format import Request
from data.readers._names import place_of
from data.readers._table import Site
from data.readers._views import PIECE, Rows
from data.recording import Placement, Recording
from data.units import is_acceleration, is_rotation, unit_named

MAGIC = b"\x89HDF\r\n\x1a\n"
_KINDS = {
    "acc": ("Accelerometer", "Calibrated/Accelerometers"),
    "gyro": ("Gyroscope", "Calibrated/Gyroscopes"),
}
"""Where a kind of samples lies within a sensor's group, now and in older formats."""
_OLD_UNITS = {"acc": "m/s²", "gyro": "rad/s"}
"""The units of the older formats, whose files need not name them."""
_BROKEN = (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError, OverflowError, MemoryError)
"""What reading a damaged file may raise."""


def fits(head: bytes) -> bool:
    """Whether a file begins like an HDF5 file."""
    return head.startswith(MAGIC)


def read(request: Request) -> Recording:
    """A stream for each sensor, placed by its label, in the zone that the sensors were set up in."""
    path = request.path
    with needed_for(path, "an HDF5 file"):
        import h5py  # noqa: PLC0415  an extra
    said: list[str] = []
    try:
        with h5py.File(path, "r") as file:
            groups = _present(file["Sensors"]) if "Sensors" in file else _older(file)
            if not groups:
                raise RecordingError(
                    path.name,
                    "it is an HDF5 file, but not one of an APDM Opal with calibrated samples",
                    "export it again with a newer version of the maker's program, or as CSV",
                )
            sensors = [_sensor(name, group, request, said) for name, group in groups.items()]
            zones = {_text(_settings(g).get("Timezone", b"")) for g in groups.values()} - {""}
            errors = file.get("Errors/Message")
            if errors is not None and len(errors):
                said.append(f"The device reports {len(errors)} errors of its own.")
    except _BROKEN as error:
        raise RecordingError(path.name, "it is an HDF5 file that is cut off or damaged", AGAIN) from error
    zone = request.zone or zone_named(zones, said)
    return recording_of(
        [s for s in sensors if s is not None], replace(request, zone=zone), device="APDM Opal", is_utc=True, said=said
    )


# Any: h5py has no types
def _present(sensors: Any) -> dict[str, Any]:
    """The sensors of file format 5 by their numbers; what else may lie in a group of that name is left."""
    groups = dict(sensors) if hasattr(sensors, "keys") else {}
    return {n: g for n, g in groups.items() if hasattr(g, "keys") and "Time" in g}


# Any: h5py has no types
def _older(file: Any) -> dict[str, Any]:
    """The sensors of file formats before 5, by their labels."""
    labels = file.attrs.get("MonitorLabelList", ())
    names = dict(zip(map(_text, file.attrs.get("CaseIdList", ())), map(_text, labels), strict=False))
    groups = {n: g for n, g in file.items() if hasattr(g, "keys") and "Calibrated" in g and "Time" in g}
    return {_text(g.attrs.get("MonitorLabel", b"")) or names.get(n) or n: g for n, g in groups.items()}


# Any: h5py has no types
def _settings(group: Any) -> Any:
    return group["Configuration"].attrs if "Configuration" in group else group.attrs


# Any: h5py has no types
def _sensor(name: str, group: Any, request: Request, said: list[str]) -> Sensor | None:
    """One sensor's samples, piece by piece out of the file; None where it holds none."""
    settings = _settings(group)
    label = _text(settings.get("Label 0", b"")) or name
    kinds = [(kind, t) for kind, titles in _KINDS.items() for t in titles if t in group and len(group[t])]
    if not kinds:
        said.append(f"Sensor {label} holds no samples and was left out.")
        return None
    units = {kind: _unit(group[title], kind, f"{request.path.name}, sensor {label}") for kind, title in kinds}
    time = group["Time"]
    lengths = {len(time), *(len(group[title]) for _, title in kinds)}
    if len(lengths) != 1 or any(group[title].shape[1:] != (3,) for _, title in kinds):
        raise RecordingError(f"{request.path.name}, sensor {label}", "its times and samples differ in number", AGAIN)
    stamps = Spool(None, np.int64, request.memory)
    values = Spool(3 * len(kinds), np.float32, request.memory)
    try:
        for a in range(0, len(time), PIECE):
            stamps.append(time[a : a + PIECE].astype(np.int64))
            # What does not fit into 32 bits is damage, and becomes a gap as infinity.
            with np.errstate(over="ignore", invalid="ignore"):
                values.append(np.hstack([group[title][a : a + PIECE] for _, title in kinds]).astype(np.float32))
        rows = Rows(stamps.finish(), values.finish())
    finally:
        stamps.close()
        values.close()
    placement, side, _, loose = place_of(tokens(label))
    if loose:
        said.append(f"{loose!r} is taken as {placement.value}.")
    site = Site(
        placement,
        side,
        tuple((f"{kind}_{a}", ((f"{kind}_{a}", 1.0),)) for kind, _ in kinds for a in "xyz"),
        acc_unit=units.get("acc"),
        gyro_unit=units.get("gyro"),
        name=re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-") if placement is Placement.UNKNOWN else None,
    )
    rate = settings.get("Sample Rate", settings.get("SampleRate"))
    return Sensor(site, rows, None if rate is None else float(rate))


# Any: h5py has no types
def _unit(data: Any, kind: str, where: str) -> str:
    said = _text(data.attrs.get("Units", b""))
    is_old = data.name.rsplit("/", 2)[1] == "Calibrated"
    unit = unit_named(said) if said or not is_old else _OLD_UNITS[kind]
    if unit is None or not (is_acceleration(unit) if kind == "acc" else is_rotation(unit)):
        raise RecordingError(where, f"its unit is {said!r}", "export it with m/s² and rad/s")
    return unit


# Any: h5py gives bytes or str
def _text(value: Any) -> str:
    return value.decode("utf-8", errors="replace").strip("\x00 ") if isinstance(value, bytes) else str(value).strip()
