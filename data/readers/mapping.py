"""What a person says the columns of a table mean, and its profile in TOML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from data.readers import _profile
from data.readers._profile import Profile
from data.readers.columns import TableLook
from data.recording import Placement, Side

ACC_UNITS = ("g", "mg", "m/s2")
GYRO_UNITS = ("deg/s", "rad/s")
TIME_UNITS = ("s", "ms", "us", "ns", "samples", "text")
"""Spellings that a profile takes; ``samples`` counts at the rate, ``text`` is a date or a time of day."""


@dataclass(frozen=True, slots=True)
class Triad:
    """Three columns, by their numbers from 1, as x, y and z.

    Parameters
    ----------
    signs
        -1 for an axis that points the other way.
    scale
        What one count is in ``unit``.
    """

    columns: tuple[int, int, int]
    unit: str
    signs: tuple[int, int, int] = (1, 1, 1)
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class SensorColumns:
    """The columns of one sensor; ``where`` is a column's number and the value of the rows that belong to it."""

    acc: Triad | None
    gyro: Triad | None
    placement: Placement = Placement.UNKNOWN
    side: Side = Side.UNKNOWN
    where: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """What the columns of a table mean.

    Parameters
    ----------
    time
        Number of the time column from 1; None where rows follow at ``rate_hz``.
    since_1970, is_local
        Whether its numbers count from 1970, and as a wall clock.
    date
        Number of the column that holds the date of a text, where it stands apart.
    """

    title: str
    sensors: tuple[SensorColumns, ...]
    time: int | None
    time_unit: str
    rate_hz: float | None = None
    since_1970: bool = False
    is_local: bool = False
    date: int | None = None


def toml_of(mapping: Mapping, look: TableLook) -> str:
    """The profile as TOML; it bears the hash of the table's header, so that it can be offered again."""
    lines = [f"title = {text_of(mapping.title)}", f'header = "{look.header}"']
    if mapping.rate_hz is not None:
        lines.append(f"rate_hz = {mapping.rate_hz:g}")
    if mapping.time is not None:
        lines += ["", "[time]", f"column = {_key(look, mapping.time)}", f'unit = "{mapping.time_unit}"']
        lines += ["since_1970 = true"] if mapping.since_1970 else []
        lines += ["is_local = true"] if mapping.is_local else []
        lines += [f"date = {_key(look, mapping.date)}"] if mapping.date is not None else []
    for sensor in mapping.sensors:
        lines += ["", "[[stream]]", f'placement = "{sensor.placement.value}"', f'side = "{sensor.side.value}"']
        for kind, triad in (("acc", sensor.acc), ("gyro", sensor.gyro)):
            if triad is None:
                continue
            lines.append(f"{kind} = [{', '.join(_key(look, c) for c in triad.columns)}]")
            lines.append(f'{kind}_unit = "{triad.unit}"')
            lines += [f"{kind}_scale = {triad.scale!r}"] if triad.scale != 1 else []
            lines += [f"{kind}_sign = {list(triad.signs)}"] if triad.signs != (1, 1, 1) else []
        if sensor.where is not None:
            column, value = sensor.where
            lines.append(f"where = {{ {text_of(str(look.key(column)))} = {value:g} }}")
    return "\n".join(lines) + "\n"


def profile_of(mapping: Mapping, look: TableLook) -> Profile:
    """The profile as :func:`data.readers.read` takes it."""
    return _profile.parsed(toml_of(mapping, look).encode(), mapping.title)


def problems(mapping: Mapping, look: TableLook) -> list[str]:
    """What is still missing, a sentence each; empty when the profile can be tried."""
    said = []
    if mapping.time is None and not mapping.rate_hz:
        said.append("Say which column holds the time, or the rate.")
    if mapping.time is not None and mapping.time_unit == "samples" and not mapping.rate_hz:
        said.append("A column that counts samples needs the rate.")
    for number, sensor in enumerate(mapping.sensors, 1):
        who = "The sensor" if len(mapping.sensors) == 1 else f"Sensor {number}"
        if sensor.acc is None and sensor.gyro is None:
            said.append(f"{who} has no columns yet.")
        for word, triad in (("acceleration", sensor.acc), ("rotation", sensor.gyro)):
            if triad is not None:
                said += _of_triad(f"{who}, {word}", triad, look, mapping.time)
    return said


def _of_triad(who: str, triad: Triad, look: TableLook, time: int | None) -> list[str]:
    said = []
    if len(set(triad.columns)) < 3:
        said.append(f"{who}: x, y and z need three different columns.")
    worded = [look.label(c) for c in triad.columns if look.columns[c - 1].is_text]
    said += [f"{who}: {name} holds words, not numbers." for name in dict.fromkeys(worded)]
    if time in triad.columns:
        said.append(f"{who}: {look.label(int(time or 0))} is the time.")
    if not triad.scale > 0:
        said.append(f"{who}: the scale must be more than 0; turn an axis round by its sign.")
    return said


def saved_header(profile: Profile) -> str:
    """The hash of the header that a profile was made for; empty where it says none."""
    return str(profile.table.get("header", ""))


def title_of(profile: Profile) -> str:
    """What a profile is called."""
    return str(profile.table.get("title", profile.source))


def _key(look: TableLook, number: int) -> str:
    key = look.key(number)
    return text_of(key) if isinstance(key, str) else str(key)


def text_of(text: str) -> str:
    """A text as TOML writes it."""
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def numbers_of(look: TableLook) -> Sequence[int]:
    """The columns that hold numbers, by their numbers from 1."""
    return [n for n, c in enumerate(look.columns, 1) if not c.is_text]
