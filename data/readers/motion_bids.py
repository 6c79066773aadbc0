"""Motion-BIDS: ``_motion.tsv`` without a header, its columns told by ``_channels.tsv``, its rate by ``_motion.json``.

Format: Jeung et al., Scientific Data 11, 2024, 716.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.errors import RecordingError
from data.readers import _beside, _dialect
from data.readers._format import Request
from data.readers._names import place_of, tokens
from data.readers._table import Layout, Site, TimeColumn
from data.readers.table import read_as
from data.recording import Placement, Recording
from data.units import unit_named

_ENDINGS = ("_motion.tsv", "_motion.json", "_channels.tsv")
_KINDS = {"ACCEL": "acc", "GYRO": "gyro"}


def main_file(path: Path, head: bytes) -> Path | None:  # noqa: ARG001  told by its name alone, as BIDS has it
    """The table that a file is, or belongs to; None when it is no such file."""
    for ending in _ENDINGS:
        if path.name.endswith(ending) and path.name.startswith("sub-"):
            return _beside.neighbour(path, path.name.removesuffix(ending) + "_motion.tsv")
    return None


def read(request: Request) -> Recording:
    """A stream for each tracked point that has acceleration or rotation, without a date."""
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
    layout = Layout(sites, TimeColumn("rows", rate_hz=rate_hz), device or "unknown", nominal_hz=rate_hz)
    return read_as(replace(request, dialect=dialect), layout)


def _channels(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", restval=""))
    if not rows or not {"name", "component", "type", "units"} <= set(rows[0]):
        raise RecordingError(path.name, "it does not name the channels as Motion-BIDS has it", "export it again")
    return rows


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
