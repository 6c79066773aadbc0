"""Mobilise-D ``data.mat``: tests and trials of a person with sensors on the body, as a MATLAB structure.

Layout: Palmerini et al., Scientific Data 10, 2023, 38.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.names import tokens
from data.readers import _mat5
from data.readers._assemble import Sensor, recording_of
from data.readers._clock import zone_named
from data.readers._damage import AGAIN
from data.readers._format import Request
from data.readers._names import place_of
from data.readers._table import Site
from data.readers._views import Rows
from data.recording import Placement, Recording

_SKIPPED = ("Standards", "Mag", "Bar")
"""Reference gait data, and sensors that nothing here makes use of."""
_SAME_RATE = 1.03
"""Trials whose rates differ by more than a clock strays cannot be one stream."""
_ODD = (ValueError, TypeError, KeyError, IndexError, OverflowError)
"""What a structure of another form may raise."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """What one sensor recorded in one trial: stamps in µs UTC, g and °/s."""

    name: str
    sensor: str
    stamps: NDArray[np.int64]
    values: NDArray[np.float32]
    rate_hz: float


def fits(head: bytes) -> bool:
    """Whether a file begins like a MATLAB file."""
    return head.startswith(b"MATLAB ")


def read(request: Request) -> Recording:
    """A stream for each sensor, its trials as segments, each trial marked; reference gait data are left."""
    path = request.path
    with path.open("rb") as stream:
        version = stream.read(10)
    if version == b"MATLAB 7.3":
        raise RecordingError(path.name, "it is a MATLAB file of version 7.3", "save it in MATLAB with the option -v7")
    try:
        content = _mat5.loaded(path.read_bytes(), skip=_SKIPPED)
    except ValueError as error:
        raise RecordingError(path.name, "it is a MATLAB file that is cut off or damaged", AGAIN) from error
    if not isinstance(content.get("data"), dict):
        tables = [name[:30] for name, value in content.items() if value is None and name]
        raise RecordingError(
            path.name,
            "it is a MATLAB file without Mobilise-D's structure 'data'"
            + (f" ({tables[0]!r} is a table or another object)" if tables else ""),
            "export a table with writetable as CSV" if tables else "bring data.mat, or a CSV",
        )
    said: list[str] = []
    zones: set[str] = set()
    try:
        trials = list(_trials(content["data"], said, zones))
    except _ODD as error:
        raise RecordingError(
            path.name, "its structure is not that of Mobilise-D's files", "export it as CSV"
        ) from error
    if not trials:
        raise RecordingError(path.name, "none of its trials holds a sensor's samples", "check the export")
    trials.sort(key=lambda t: (t.sensor, int(t.stamps[0])))
    sensors = [_joined([t for t in trials if t.sensor == s], path) for s in dict.fromkeys(t.sensor for t in trials)]
    zone = request.zone or zone_named(zones, said)
    spans: dict[str, tuple[int, int]] = {}
    for t in trials:
        low, high = spans.get(t.name, (int(t.stamps[0]), 0))
        spans[t.name] = (min(low, int(t.stamps[0])), max(high, int(t.stamps[-1] + 1e6 / t.rate_hz)))
    return recording_of(
        sensors, replace(request, zone=zone), device="Mobilise-D sensor unit", is_utc=True, said=said,
        marks=[(name, a, b) for name, (a, b) in spans.items()],
    )  # fmt: skip


# Any in what follows: MATLAB structures
def _trials(data: Any, said: list[str], zones: set[str]) -> Iterator[_Trial]:
    for measure in _named(data, r"TimeMeasure\d+"):
        # In the laboratory tests of several trials; at home recordings without any.
        found = [(f"{test[0]} {trial[0]}", trial[1]) for test in _named(measure[1], r"Test\d+")
                 for trial in _named(test[1], r"Trial\d+")]  # fmt: skip
        for name, trial in [*found, *_named(measure[1], r"Recording\d+")]:
            if isinstance(zone := trial.get("TimeZone"), str) and zone:
                zones.add(zone)
            units = [u for u in _named(trial.get("SU"), r".+") if np.size(u[1].get("Acc", ()))]
            if not units:
                said.append(f"{name} holds no sensor and was left out.")
            for sensor, unit in units:
                yield _trial(name, sensor, unit)


def _trial(name: str, sensor: str, unit: Any) -> _Trial:
    seconds = np.asarray(unit["Timestamp"], dtype=np.float64).ravel()
    if not (np.isfinite(seconds).all() and np.abs(seconds).max(initial=0) < 1e11):
        raise ValueError("times that are none")
    stamps = np.round(seconds * 1e6).astype(np.int64)
    found = [np.asarray(unit[k]) for k in ("Acc", "Gyr") if np.shape(unit.get(k, ())) == np.shape(unit["Acc"])]
    fs = unit["Fs"]
    rate = float(np.ravel(fs["Acc"] if isinstance(fs, dict) else fs)[0])
    # What does not fit into 32 bits is damage, and becomes a gap as infinity.
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.hstack(found).astype(np.float32)
    if values.shape[0] != len(stamps) or values.shape[1] not in (3, 6) or not rate > 0:
        raise ValueError("times and samples differ in number")
    return _Trial(name, sensor, stamps, values, rate)


def _joined(trials: list[_Trial], path: Path) -> Sensor:
    rates = {t.rate_hz for t in trials}
    if max(rates) > _SAME_RATE * min(rates):
        raise RecordingError(
            f"{path.name}, sensor {trials[0].sensor}",
            f"its trials have {' and '.join(f'{r:g}' for r in sorted(rates))} samples a second",
            "export the trials of each rate as a file of their own",
        )
    columns = min(t.values.shape[1] for t in trials)
    placement, side, _, _ = place_of(tokens(trials[0].sensor))
    site = Site(
        placement,
        side,
        tuple((f"{kind}_{a}", ((f"{kind}_{a}", 1.0),)) for kind in ("acc", "gyro")[: columns // 3] for a in "xyz"),
        acc_unit="g",
        gyro_unit="°/s",
        name="-".join(tokens(trials[0].sensor)) if placement is Placement.UNKNOWN else None,
    )
    rows = Rows(np.concatenate([t.stamps for t in trials]), np.concatenate([t.values[:, :columns] for t in trials]))
    return Sensor(site, rows, trials[0].rate_hz)


def _named(structure: Any, pattern: str) -> list[tuple[str, dict[str, Any]]]:
    """The structures within a structure whose names fit."""
    if not isinstance(structure, dict):
        return []
    return [(n, v) for n, v in structure.items() if isinstance(v, dict) and re.fullmatch(pattern, n)]
