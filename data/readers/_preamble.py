"""What the lines before a table say of it: rate, start, placement, whose export it is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.errors import RecordingError
from data.names import tokens
from data.readers import _stamps
from data.readers._names import place_of
from data.readers._table import Site
from data.recording import Placement


def refuse_counts(preamble: str, file: Path) -> None:
    """Refuse an export of ActiLife that holds counts of movement.

    Raises
    ------
    RecordingError
        When its header names an epoch.
    """
    epoch = re.search(r"Epoch Period \(hh:mm:ss\)\s*(\d\d:\d\d:\d\d)", preamble)
    if epoch and epoch[1] != "00:00:00":
        raise RecordingError(
            file.name,
            f"it holds ActiGraph's counts of movement for each {epoch[1]} h, and no acceleration",
            "export the raw data in ActiLife, or bring the .gt3x file",
        )


def stated_rate(preamble: str) -> float | None:
    """Samples a second that free text states: ``at 30 Hz``, ``Update Rate: 100.0Hz``."""
    found = re.search(
        r"(?:rate|frequency|\bat\b|\bfs\b)[^\n\d]{0,30}?(\d+(?:[.,]\d+)?)\s*(?:hz|samples)", preamble, re.IGNORECASE
    ) or re.search(
        r"(?:sampling|sample|output|update)[ _]?(?:rate|frequency)\W{0,12}(\d+(?:[.,]\d+)?)", preamble, re.IGNORECASE
    )
    rate = float(found[1].replace(",", ".")) if found else 0.0
    return rate if rate > 0 else None


def stated_start(preamble: str) -> int | None:
    """Wall clock of the first row in an ActiLife export: its time and date stand on lines of their own."""
    time = re.search(r"Start Time\W+(\d\d?:\d\d:\d\d)", preamble)
    date = re.search(r"Start Date\W+(\d\d?[-/.]\d\d?[-/.]\d{4}|\d{4}-\d\d-\d\d)", preamble)
    if not time or not date:
        return None
    stamp = f"{date[1]} {time[1]}"
    try:
        parse, _, _ = _stamps.text_format([stamp], preamble, "")
    except RecordingError:
        return None
    value = parse([stamp])[0]
    return round(float(value)) if np.isfinite(value) else None


def placed(sites: list[Site], preamble: str, said: list[str]) -> list[Site]:
    """The placement that a line about it before the table names, for a single site without one."""
    if len(sites) != 1 or sites[0].placement is not Placement.UNKNOWN:
        return sites
    for line in preamble.splitlines():
        if re.search(r"location|placement|position|body|worn|device ?tag|sensor ?name", line, re.IGNORECASE):
            placement, side, _, _ = place_of(tokens(line))
            if placement is not Placement.UNKNOWN:
                said.append(f"The placement, {placement.value}, is taken from the line {line.strip()[:60]!r}.")
                return [replace(sites[0], placement=placement, side=side)]
    return sites


_MAKERS = (
    ("Xsens", re.compile(r"(?m)^//\s*(Update Rate|Filter Profile|MT Manager|DeviceId|Firmware Version)"), "rad/s"),
    ("Movella DOT", re.compile(r"(?m)^(DeviceTag|SyncStatus|OutputRate):"), "°/s"),
)
"""Makers whose exports name no units: what the lines before the table look like, and in what they count rotation."""


def turning_as_of_maker(sites: list[Site], preamble: str, said: list[str]) -> list[Site]:
    """The unit of rotation in an export that names none, where it is plain whose it is."""
    maker = next(((name, unit) for name, looks, unit in _MAKERS if looks.search(preamble)), None)
    turning = [s for s in sites if s.gyro_unit is None and any(c.startswith("gyro") for c, _ in s.channels)]
    if maker is None or not turning:
        return sites
    said.append(f"The table is an export of {maker[0]}, which counts rotation in {maker[1]}.")
    return [replace(s, gyro_unit=s.gyro_unit or maker[1]) for s in sites]


def device(preamble: str) -> str:
    """The maker or device that it names, or unknown."""
    found = re.search(r"(ActiGraph [\w+-]+|GENEActiv|Shimmer|Axivity|Xsens|Movella)", preamble, re.IGNORECASE)
    return found[1] if found else "unknown"
