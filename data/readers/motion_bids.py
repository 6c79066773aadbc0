"""Motion-BIDS: ``_motion.tsv`` without a header, its columns told by ``_channels.tsv``, its rate by ``_motion.json``.

Where a channel holds the latency of each row, rows lie at those times, else evenly.
When it began is told by ``acq_time`` in the ``_scans.tsv`` of the subject or session, where there is one.
Format: Jeung et al., Scientific Data 11, 2024, 716.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from data.errors import RecordingError
from data.names import tokens
from data.readers import _beside, _dialect
from data.readers._format import Request
from data.readers._names import place_of
from data.readers._table import Layout, Site, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording
from data.units import unit_named
from data.wall_clock import wall_us

_ENDINGS = ("_motion.tsv", "_motion.json", "_channels.tsv")
_MOST_ROWS = 100_000
"""Lines of a description that are looked at."""
_REAL_US = -1_420_070_400_000_000
"""1925: BIDS has dates that hide the real ones lie before it."""
_LATENCIES = ("LATENCY", "LATNCY")
"""Seconds since the onset, as the standard and its first draft call them."""
_KINDS = {"ACCEL": "acc", "GYRO": "gyro"}


def main_file(path: Path, head: bytes) -> Path | None:  # noqa: ARG001  told by its name alone, as BIDS has it
    """The table that a file is, or belongs to; None when it is no such file."""
    for ending in _ENDINGS:
        if path.name.endswith(ending) and path.name.startswith("sub-"):
            return _beside.neighbour(path, path.name.removesuffix(ending) + "_motion.tsv")
    return None


def read(request: Request) -> Recording:
    """A stream for each tracked point that has acceleration or rotation; dated where a scans file tells its start."""
    table = main_file(request.path, b"")
    assert table is not None
    stem = table.name.removesuffix("_motion.tsv")
    about = [_beside.neighbour(table, stem + e) for e in ("_channels.tsv", "_motion.json")]
    request = _beside.of_all(request, table, about)
    if not table.stat().st_size:
        raise RecordingError(table.name, "it is empty", "check that the export was finished and copied whole")
    channels, facts = _channels(about[0]), _beside.json_of(about[1])
    sites = _sites(channels, table)
    rates = {r for s in sites for r in _rates(s, channels)} or {facts.get("SamplingFrequency")}
    rate = rates.pop() if len(rates) == 1 else None
    try:
        rate_hz = float(str(rate))
    except ValueError as error:
        raise RecordingError(
            table.name, "its channels have no one sampling rate", "give SamplingFrequency as a number"
        ) from error
    dialect = _dialect.understand(table)
    if dialect.width != len(channels):
        raise RecordingError(
            table.name, f"it has {dialect.width} columns where {len(channels)} channels are named", "export it again"
        )
    device = " ".join(str(facts[k]) for k in ("Manufacturer", "ManufacturersModelName") if facts.get(k))
    latency = next((i for i, c in enumerate(channels) if c["type"].upper() in _LATENCIES), None)
    rows = TimeColumn("rows", rate_hz=rate_hz) if latency is None else TimeColumn("s", f"c{latency}")
    time, said = _started(rows, table)
    layout = Layout(sites, time, device or "unknown", nominal_hz=rate_hz, assumptions=said)
    return read_as(replace(request, dialect=dialect), layout)


def _channels(path: Path) -> list[dict[str, str]]:
    rows = _rows(path)
    if not rows or not {"name", "component", "type", "units"} <= set(rows[0]):
        raise RecordingError(path.name, "it does not name the channels as Motion-BIDS has it", "export it again")
    return rows


def _started(time: TimeColumn, table: Path) -> tuple[TimeColumn, tuple[str, ...]]:
    """The time of a table that begins when the scans file says, and what has to be said of that."""
    entities = re.match(r"(sub-[^_]+)(_ses-[^_]+)?_", table.name)
    if entities is None:
        return time, ()
    # The scans file lies beside the folder that BIDS calls motion; in a flat export, beside the table.
    place = table.parent.parent if table.parent.name == "motion" else table.parent
    scans = place / f"{entities[1]}{entities[2] or ''}_scans.tsv"
    text = _acq_time(scans, table.name) if scans.is_file() else ""
    if not text or text == "n/a":
        return time, ()
    try:
        start_us, is_utc = wall_us(text)
    except ValueError:
        return time, (f"{scans.name} gives {text[:40]!r} as its start, which is no date and time: left.",)
    if start_us < _REAL_US:
        return time, (f"The date in {scans.name} was moved before 1925, as is done to hide it: it has none.",)
    said = f"When it began, {text}, is told by {scans.name}."
    return replace(time, start_us=start_us, start_is_utc=is_utc), (said,)


def _acq_time(scans: Path, name: str) -> str:
    """What the scans file gives as the start of a file; empty where it gives none."""
    rows = (r for r in _rows(scans) if PurePosixPath(r.get("filename") or "").name == name)
    return (next(rows, {}).get("acq_time") or "").strip()


def _rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table with names, up to so many."""
    try:
        with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
            return list(csv.DictReader(islice(stream, _MOST_ROWS), delimiter="\t", restval=""))
    except csv.Error as error:
        raise RecordingError(path.name, f"it is no table with tabs ({error})", "export it again") from error


def _sites(channels: list[dict[str, str]], table: Path) -> tuple[Site, ...]:
    points: dict[str, dict[str, tuple[str, str]]] = {}
    worn: dict[str, str] = {}
    for i, c in enumerate(channels):
        kind, axis = _KINDS.get(c["type"].upper()), c["component"].lower()
        if kind and axis in ("x", "y", "z"):
            point = c.get("tracked_point") or "n/a"
            points.setdefault(point, {})[f"{kind}_{axis}"] = (f"c{i}", c["units"])
            worn.setdefault(point, c.get("placement") or "")
    sites = []
    for point, found in points.items():
        names = [f"{kind}_{a}" for kind in ("acc", "gyro") for a in "xyz" if f"{kind}_{a}" in found]
        units = {kind: {found[n][1] for n in names if n.startswith(kind)} for kind in ("acc", "gyro")}
        told = {kind: unit_named(u.pop()) if len(u) == 1 else None for kind, u in units.items()}
        placement, side, _, _ = place_of(tokens(point))
        if placement is Placement.UNKNOWN:
            placement, side, _, _ = place_of(tokens(worn[point]))
        channels_here = tuple((n, ((found[n][0], 1.0),)) for n in names)
        name = "-".join(tokens(point)) if placement is Placement.UNKNOWN else None
        sites.append(Site(placement, side, channels_here, told["acc"], told["gyro"], name=name))
    if not sites:
        kinds = ", ".join(dict.fromkeys(c["type"] for c in channels))
        raise RecordingError(
            table.name, f"it holds no acceleration or rotation (channels of type {kinds})", "bring the inertial sensors"
        )
    return tuple(sites)


# Any: numbers in words, or what JSON holds
def _rates(site: Site, channels: list[dict[str, str]]) -> set[Any]:
    mine = [channels[int(terms[0][0][1:])].get("sampling_frequency", "") for _, terms in site.channels]
    return {m for m in mine if m and m != "n/a"}
