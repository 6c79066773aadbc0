"""What the columns of a table seem to mean, each guess with its reason: where the column mapper begins."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data import units
from data.errors import RecordingError
from data.names import tokens
from data.readers import _guess_time, _preamble
from data.readers._guess import ordered, rotates
from data.readers._names import Name, place_of, read_name
from data.readers._stamps import number_unit
from data.readers.columns import TableLook
from data.readers.mapping import Mapping, SensorColumns, Triad, numbers_of
from data.recording import Placement, Side

_IN_A_PROFILE = {
    "g": ("g", 1.0), "mg": ("mg", 1.0), "m/s²": ("m/s2", 1.0), "1/64 g": ("g", 1 / 64),
    "mm/s²": ("m/s2", 1e-3), "cm/s²": ("m/s2", 1e-2),
    "°/s": ("deg/s", 1.0), "c°/s": ("deg/s", 1e-2), "m°/s": ("deg/s", 1e-3), "rpm": ("deg/s", 6.0),
    "rad/s": ("rad/s", 1.0), "mrad/s": ("rad/s", 1e-3),
}  # fmt: skip
"""Canonical units as a profile writes them: its unit, and what one of them is in it."""
_FALLBACK_HZ = 50.0
"""For judging what is at rest, where nothing tells the rate."""


UNIT_OPEN = {
    "acc_unit": "Its length at rest cannot be told: say the unit.",
    "gyro_unit": "Its unit cannot be told from these rows: say it.",
}
"""What is said of a unit that nothing tells: the one in the mapping only holds its place."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping to begin with, and why: a sentence each for the time and for every sensor's parts."""

    mapping: Mapping
    time_why: str
    sensor_whys: tuple[ReadOnly[str, str], ...]


def guess(look: TableLook) -> Guess:
    """What the columns seem to mean; what cannot be told is left open, never made up."""
    time, date, time_unit, absolute, rate, why = _time(look)
    taken = {n for n in (time, date) if n is not None}
    found = _by_name(look, taken) or _by_numbers(look, taken, rate or _FALLBACK_HZ)
    sensors, whys = [], []
    for words, acc, gyro, because in found or [((), None, None, {})]:
        placement, side, place_why = _place(words, look, alone=len(found) <= 1)
        sensor, said = _units(look, acc, gyro, rate or _FALLBACK_HZ)
        sensors.append(SensorColumns(sensor.acc, sensor.gyro, placement, side))
        whys.append({**because, **said, "placement": place_why})
    name = look.path.stem[:60]
    mapping = Mapping(name, tuple(sensors), time, time_unit, rate, absolute[0], absolute[1], date)
    return Guess(mapping, why, tuple(whys))


_Found = tuple[tuple[str, ...], tuple[int, int, int] | None, tuple[int, int, int] | None, dict[str, str]]


_Time = tuple[int | None, int | None, str, tuple[bool, bool], float | None, str]


def _time(look: TableLook) -> _Time:
    """Column, date column, unit, whether it counts from 1970 and as a wall clock, rate, and why."""
    stated = _preamble.stated_rate(look.preamble)
    try:
        time, rate, said = _guess_time.time_of(list(look.columns), look.preamble, look.path)
    except RecordingError as error:
        return _growing(look, stated) or (
            None, None, "s", (False, False), stated, f"Nothing tells the time: {error.problem}."
        )  # fmt: skip
    numbers = {c.key: n for n, c in enumerate(look.columns, 1)}
    if time.column is None:
        return None, None, "s", (False, False), time.rate_hz, said[0]
    column = look.columns[numbers[time.column] - 1]
    date = numbers.get(time.date_column or "")
    unit = {"µs": "us"}.get(time.unit, time.unit)
    if time.unit == "text":
        why = f"Its cells are times, such as {column.words[0][:40]!r}."
    elif said:
        why = said[0]
    else:
        why = f"Its name speaks of time in {unit}."
    if time.is_absolute and time.unit != "text":
        why += " Its numbers are so large that they count from 1970."
    absolute = time.unit != "text" and time.is_absolute
    return numbers[time.column], date, unit, (absolute, absolute and time.is_wall), rate or time.rate_hz, why


def _growing(look: TableLook, rate: float | None) -> _Time | None:
    """The first column whose numbers grow from row to row by what makes a believable rate."""
    for number in numbers_of(look):
        steps = np.diff(look.columns[number - 1].numbers)
        if len(steps) < 10 or not (steps >= 0).all() or not np.median(steps) > 0:
            continue
        step, largest = float(np.median(steps)), float(look.columns[number - 1].numbers[-1])
        unit, absolute = number_unit(step, largest, None)
        if unit is None or step == 1:
            continue
        hz = 1e6 / (units.TIME[unit] * step)
        why = f"Its numbers only grow, by {step:g} from row to row: as {unit} that is {hz:.4g} Hz."
        return number, None, {"µs": "us"}.get(unit, unit), (absolute, False), rate, why
    return None


def _by_name(look: TableLook, taken: set[int]) -> list[_Found]:
    """Sensors whose columns' names speak of them."""
    groups: dict[tuple[tuple[str, ...], str], dict[str, int]] = {}
    for number in numbers_of(look):
        column = look.columns[number - 1]
        name: Name = read_name(column.title, column.unit)
        if number not in taken and name.axis and name.kind in ("acc", "gyro", "bare", "linear"):
            groups.setdefault((name.place, name.kind), {}).setdefault(name.axis, number)
    triads = {group: keys for group, axes in groups.items() if (keys := ordered(axes))}
    found: list[_Found] = []
    for place in dict.fromkeys(place for place, _ in triads):
        acc = triads.get((place, "acc")) or triads.get((place, "bare")) or triads.get((place, "linear"))
        gyro = triads.get((place, "gyro"))
        if acc is None and gyro is None:
            continue
        because = {}
        if acc:
            names = ", ".join(look.label(n) for n in acc)
            because["acc"] = f"The names {names} speak of acceleration along x, y and z."
            if (place, "acc") not in triads:
                because["acc"] = f"The names {names} are axes; that they are acceleration is a guess."
            if acc == triads.get((place, "linear")):
                because["acc"] = f"{names} seem to have gravity taken out: such columns cannot be used."
                acc = None
        if gyro:
            because["gyro"] = f"The names {', '.join(look.label(n) for n in gyro)} speak of rotation."
        found.append((place, _three(acc), _three(gyro), because))
    return found


def _three(keys: tuple[int, ...] | None) -> tuple[int, int, int] | None:
    return (keys[0], keys[1], keys[2]) if keys else None


def _by_numbers(look: TableLook, taken: set[int], rate: float) -> list[_Found]:
    """One sensor told by the numbers alone: three neighbouring columns that keep one length while at rest."""
    free = [n for n in numbers_of(look) if n not in taken and _moves(look.columns[n - 1].numbers)]
    # Sensors come three columns at a time: a triad that begins a group of three before any other.
    fitting = [at for at in range(len(free) - 2) if _keeps_one_length(_values(look, _from(free, at)), rate)]
    if not fitting:
        return []
    at = min(fitting, key=lambda k: (k % 3 != 0, k))
    acc = _from(free, at)
    after = free[at + 3 : at + 6]
    gyro = _three(tuple(after)) if len(after) == 3 and rotates([look.columns[n - 1].numbers for n in after]) else None
    because = {"acc": "No names tell: these three columns keep one length while they are quiet, as gravity does."}
    if gyro:
        because["gyro"] = "The three columns after them lie near zero while quiet, as rotation does."
    return [((), acc, gyro, because)]


def _from(free: list[int], at: int) -> tuple[int, int, int]:
    return free[at], free[at + 1], free[at + 2]


def _moves(values: NDArray[np.float64]) -> bool:
    """Whether a column goes up and down, as one of a sensor does, and neither stands still nor counts."""
    steps = np.diff(values[np.isfinite(values)])
    return bool((steps > 0).any() and (steps < 0).any() and (steps != 0).mean() > 0.1)


def _keeps_one_length(values: NDArray[np.float32], rate: float) -> bool:
    """Whether three columns behave like gravity: far from zero, and of one length in the quietest tenth of seconds."""
    width = max(4, round(rate))
    count = len(values) // width
    if count < 2 or rotates(list(values.T.astype(np.float64))):
        return False
    windows = values[: count * width].astype(np.float64).reshape(count, width, 3)
    lengths = np.linalg.norm(windows.mean(axis=1), axis=1)
    quiet = np.argsort(windows.std(axis=1).max(axis=1))[: max(2, count // 10)]
    middle = float(lengths[quiet].mean())
    return bool(np.isfinite(lengths).all()) and middle > 0 and float(lengths[quiet].std()) < 0.1 * middle


def _units(
    look: TableLook, acc: tuple[int, int, int] | None, gyro: tuple[int, int, int] | None, rate: float
) -> tuple[SensorColumns, dict[str, str]]:
    """Units and scales, by the names, else by the length at rest and by how fast gravity turns."""
    said: dict[str, str] = {}
    moved = turned = None
    if acc:
        unit, scale = _named_unit(look, acc, units.ACCELERATION), 1.0
        length = units.rest_magnitude(_values(look, acc), rate)
        if unit:
            said["acc_unit"] = f"The file names the unit {unit}."
        elif length is not None and (told := units.acceleration_unit_at_rest(length)):
            unit = told
            said["acc_unit"] = f"At rest its length is {length:.4g}, which is 1 g in {unit}."
        elif length:
            unit, scale = "g", float(f"{1 / length:.6g}")
            said["acc_unit"] = f"At rest its length is {length:.4g}, no known unit: taken as counts, so many to 1 g."
        else:
            unit = "g"
            said["acc_unit"] = UNIT_OPEN["acc_unit"]
        plain, one = _IN_A_PROFILE[unit]
        moved = Triad(acc, plain, scale=scale * one)
    if gyro:
        unit = _named_unit(look, gyro, units.ROTATION)
        if unit:
            said["gyro_unit"] = f"The file names the unit {unit}."
        elif acc and (by := units.rotation_unit_by_gravity(_values(look, acc), _values(look, gyro), rate)):
            unit = by
            said["gyro_unit"] = f"It turns as fast as gravity does in the sensor if it is {unit}."
        else:
            unit = "°/s"
            said["gyro_unit"] = UNIT_OPEN["gyro_unit"]
        plain, one = _IN_A_PROFILE[unit]
        turned = Triad(gyro, plain, scale=one)
    return SensorColumns(moved, turned), said


def _named_unit(look: TableLook, triad: tuple[int, int, int], known: ReadOnly[str, float]) -> str | None:
    named = {read_name(look.columns[n - 1].title, look.columns[n - 1].unit).unit for n in triad}
    unit = next(iter(named)) if len(named) == 1 else None
    return unit if unit in known else None


def _place(words: tuple[str, ...], look: TableLook, *, alone: bool) -> tuple[Placement, Side, str]:
    placement, side, rest, _ = place_of(words)
    if placement is not Placement.UNKNOWN:
        return placement, side, f"The columns' names say {' '.join(w for w in words if w not in rest)}."
    if alone:
        placement, side, _, _ = place_of(tokens(look.path.stem))
        if placement is not Placement.UNKNOWN:
            return placement, side, f"The file's name, {look.path.name}, says so."
    return Placement.UNKNOWN, Side.UNKNOWN, "Nothing says where it was worn: say it."


def _values(look: TableLook, triad: tuple[int, int, int]) -> NDArray[np.float32]:
    return np.column_stack([look.columns[n - 1].numbers for n in triad]).astype(np.float32)
