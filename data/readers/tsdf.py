"""TSDF: a description in JSON and raw binary files of times and of values.

Format: Time Series Data Format, https://arxiv.org/abs/2211.11294.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.files import FileArray, Spool
from data.names import tokens
from data.readers import _beside, _guess
from data.readers._assemble import Sensor, recording_of
from data.readers._format import Request
from data.readers._guess_time import Column
from data.readers._names import place_of, read_name
from data.readers._table import Site
from data.readers._views import PIECE, Rows
from data.recording import Placement, Recording

_KEYS = ("file_name", "channels", "units", "data_type", "bits", "rows")
_TIME = re.compile(r"(?:time_)?(delta|difference|relative|absolute|unix|absolute_unix)_(ms|s|us)")
"""How the unit of a column of times is spelled: steps, time since the start, or time since 1970."""
_AGAIN = "export it again"


@dataclass(frozen=True, slots=True)
class _Part:
    """One binary file: ``values`` holds its rows in raw numbers."""

    channels: list[str]
    units: list[str]
    factors: NDArray[np.float64]
    values: FileArray
    path: Path


def main_file(path: Path, head: bytes) -> Path | None:
    """The description that a file is, or that names it; None when it belongs to no such recording."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        content = _beside.json_of(path)
        return path if "start_iso8601" in content and any(True for _ in _leaves(content)) else None
    if path.suffix.lower() != ".bin":
        return None
    return _beside.description_of(path, "*_meta.json", lambda text: f'"{path.name}"' in text)


def read(request: Request) -> Recording:
    """Acceleration and rotation by the scale and units of the description, times by its start."""
    with request.path.open("rb") as stream:
        path = main_file(request.path, stream.read(1024))
    assert path is not None
    content = _beside.json_of(path)
    said: list[str] = []
    parts = [_part(leaf, path) for leaf in _leaves(content) if not _is_dispensable(leaf, path, said)]
    request = _beside.of_all(request, path, [p.path for p in parts])
    times = [p for p in parts if any(_TIME.fullmatch(u) for u in p.units)]
    columns = [Column(f"{i}.{k}", title, part.units[k], np.zeros(0)) for i, part in enumerate(parts)
               for k, title in enumerate(part.channels) if part not in times]  # fmt: skip
    sites = _guess.sites_by_name(columns, path, said)
    if len(times) != 1:
        raise RecordingError(path.name, f"it names {len(times)} files of times where one is needed", _AGAIN)
    stamps, is_utc = _stamps(times[0], content, path)
    if any(p.values.shape[0] != len(stamps) for p in parts):
        raise RecordingError(path.name, "its files hold different numbers of rows", _AGAIN)
    sensors = [Sensor(_placed(site, content, said), Rows(stamps, _values(site, parts, request))) for site in sites]
    return recording_of(sensors, request, device=str(content.get("device_id", "unknown")), is_utc=is_utc, said=said)


# Any in what follows: JSON
def _leaves(node: dict[str, Any], above: dict[str, Any] | None = None, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The descriptions of single files, with what is said above them."""
    here = {**(above or {}), **{k: v for k, v in node.items() if k != "sensors"}}
    if "file_name" in node:
        yield here
    below = node.get("sensors")
    if isinstance(below, list) and depth < 8:
        for inner in below:
            if isinstance(inner, dict):
                yield from _leaves(inner, here, depth + 1)


def _is_dispensable(leaf: dict[str, Any], path: Path, said: list[str]) -> bool:
    """Whether a file is absent that holds neither times nor axes of a sensor, such as a mark of quality."""
    if not all(isinstance(leaf.get(k), list) for k in ("channels", "units")) or _beside.is_here(
        path, leaf["file_name"]
    ):
        return False
    told = zip(leaf["channels"], leaf["units"], strict=False)
    if any(_TIME.fullmatch(str(unit)) or read_name(str(title), str(unit)).axis for title, unit in told):
        return False
    names = ", ".join(str(c)[:30] for c in leaf["channels"][:3])
    said.append(f"{str(leaf['file_name'])[:60]} ({names}) is named but not here; times and movement do not need it.")
    return True


def _part(leaf: dict[str, Any], path: Path) -> _Part:
    missing = [k for k in _KEYS if k not in leaf]
    if missing:
        raise RecordingError(
            path.name, f"its description of {str(leaf['file_name'])[:60]} lacks {missing[0]!r}", _AGAIN
        )
    data = _beside.neighbour(path, str(leaf["file_name"]))
    channels, units = leaf["channels"], leaf["units"]
    factors = leaf.get("scale_factors") or [1.0] * len(channels)
    order = {"big": ">", "little": "<"}.get(str(leaf.get("endianness", "little")).strip().lower(), "|")
    if order == "|" and leaf["bits"] != 8:
        raise RecordingError(
            path.name,
            f"it does not say whether {data.name} is written from the low or the high byte on "
            f"('endianness' is {str(leaf['endianness'])[:20]!r})",
            "write 'little' or 'big' there",
        )
    try:
        kind = np.dtype(
            f"{order}{ {'int': 'i', 'uint': 'u', 'float': 'f'}[leaf['data_type']] }{int(leaf['bits']) // 8}"
        )
        rows, scale = int(leaf["rows"]), np.asarray(factors, dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(path.name, f"it does not say how {data.name} is written", _AGAIN) from error
    if scale.shape != (len(channels),) or len(units) != len(channels) or not np.isfinite(scale).all():
        raise RecordingError(path.name, f"it names units or scales for other channels than {data.name} has", _AGAIN)
    if rows < 1 or data.stat().st_size != rows * len(channels) * kind.itemsize:
        raise RecordingError(
            path.name,
            f"{data.name} does not have the {rows} rows that are promised",
            "copy it again from where it was made",
        )
    values = FileArray(data, 0, (rows, len(channels)), kind)
    return _Part([str(c) for c in channels], [str(u) for u in units], scale, values, data)


def _stamps(part: _Part, content: dict[str, Any], path: Path) -> tuple[NDArray[np.int64], bool]:
    at, found = next((i, m) for i, u in enumerate(part.units) if (m := _TIME.fullmatch(u)))
    kind, unit = found.groups()
    ms = part.values[0 : part.values.shape[0]][:, at].astype(np.float64) * part.factors[at]
    ms *= {"s": 1e3, "ms": 1.0, "us": 1e-3}[unit]
    if not np.isfinite(ms).all() or np.abs(ms).max(initial=0) > 1e13:
        raise RecordingError(part.path.name, "it holds times that are no numbers", _AGAIN)
    if kind in ("unix", "absolute", "absolute_unix"):
        return np.round(ms * 1e3).astype(np.int64), True
    try:
        start = datetime.fromisoformat(str(content.get("start_iso8601")))
    except ValueError as error:
        raise RecordingError(path.name, "its start is not a date and time", _AGAIN) from error
    is_utc = start.tzinfo is not None
    wall = np.datetime64(start.replace(tzinfo=None), "us").astype(np.int64)
    offset = start.utcoffset()
    start_us = int(wall) - (round(offset.total_seconds() * 1e6) if offset is not None else 0)
    passed = np.cumsum(ms) if kind in ("delta", "difference") else ms
    return start_us + np.round(passed * 1e3).astype(np.int64), is_utc


def _values(site: Site, parts: list[_Part], request: Request) -> NDArray[np.float32] | FileArray:
    """The site's channels in the units that are said, piece by piece."""
    picked = [tuple(int(n) for n in terms[0][0].split(".")) for _, terms in site.channels]
    spool = Spool(len(picked), np.float32, request.memory)
    try:
        for a in range(0, parts[picked[0][0]].values.shape[0], PIECE):
            held = {i: parts[i].values[a : a + PIECE].astype(np.float64) * parts[i].factors for i, _ in picked}
            spool.append(np.column_stack([held[i][:, k] for i, k in picked]))
        return spool.finish()
    finally:
        spool.close()


def _placed(site: Site, content: dict[str, Any], said: list[str]) -> Site:
    """The placement that the device's name tells, where the channels tell none."""
    if site.placement is not Placement.UNKNOWN:
        return site
    placement, side, _, loose = place_of(tokens(str(content.get("device_id", ""))))
    if placement is Placement.UNKNOWN:
        return site
    said.append(f"The placement, {placement.value}, is taken from {loose or placement.value!r} in the device's name.")
    return Site(placement, side, site.channels, site.acc_unit, site.gyro_unit)
