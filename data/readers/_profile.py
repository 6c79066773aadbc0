"""Column-mapping profiles: a small TOML that says what the columns of a table mean, and wins over guessing.

A profile that was made for a table also holds ``header``, the hash of that table's column names.

.. code-block:: toml

    title = "SisFall, original files"   # shown as an assumption
    rate_hz = 200                       # when there is no time column, or it counts samples
    [time]                              # absent: rows follow at rate_hz
    column = "t"                        # name, or number from 1
    unit = "ms"                         # s, ms, us, ns, samples, text
    since_1970 = true                   # whether its numbers count from 1970; default no
    is_local = true                     # and are a wall clock, not UTC; default no
    date = "Day"                        # where the date of a text stands in a column of its own
    [[stream]]
    placement = "waist"                 # as in data.recording.Placement
    side = "middle"                     # left, right, middle, unknown
    acc = [1, 2, 3]                     # names, or numbers from 1
    acc_unit = "g"                      # g, mg, m/s2
    acc_scale = 0.00390625              # raw count into that unit
    acc_sign = [1, 1, -1]               # -1 where an axis points the other way; so gyro_sign
    gyro = [4, 5, 6]
    gyro_unit = "deg/s"                 # deg/s, rad/s
    where = { "Sensor ID" = 1 }         # only rows with this value
    [[label]]
    column = "freeze"
    equals = 1
    label = "freezing of gait"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import RecordingError
from data.readers._table import Layout, Marker, Site, TimeColumn
from data.recording import Placement, Side
from data.units import is_acceleration, is_rotation, unit_named

FOLDER = Path(__file__).parent / "profiles"
_KEYS = {"title", "rate_hz", "time", "stream", "label", "device", "header"}
_TIME_KEYS = {"column", "unit", "since_1970", "is_local", "date"}
_STREAM_KEYS = {"placement", "side", "name", "where", "acc", "acc_unit", "acc_scale", "acc_sign", "gyro", "gyro_unit",
                "gyro_scale", "gyro_sign"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as read from TOML; ``source`` names it in messages."""

    source: str
    # Any: TOML values; every one is checked where it is used
    table: dict[str, Any]


def names() -> tuple[str, ...]:
    """The profiles that come with the program."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.toml")))


def load(profile: Path | str) -> Profile:
    """A profile by the name of a shipped one, or by its file.

    Raises
    ------
    RecordingError
        When there is none, or it is not valid TOML.
    """
    path = Path(profile)
    if path.suffix != ".toml" and (FOLDER / f"{profile}.toml").is_file():
        path = FOLDER / f"{profile}.toml"
    try:
        return parsed(path.read_bytes(), path.name)
    except OSError as error:
        raise RecordingError(
            str(profile), "there is no such profile", f"name a TOML file or one of {', '.join(names())}"
        ) from error


def parsed(content: bytes, source: str) -> Profile:
    """A profile from its text, which came from the file ``source``.

    Raises
    ------
    RecordingError
        When it is not valid TOML, or has a key that means nothing.
    """
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecordingError(source, f"it is not valid TOML ({error})", "mend the profile") from error
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise RecordingError(source, f"unknown key {unknown[0]!r}", f"use {', '.join(sorted(_KEYS))}")
    return Profile(source, table)


def fitting(titles: Sequence[str]) -> tuple[str, ...]:
    """The shipped profiles all of whose columns, by name, a table with these titles has."""
    here = {t.strip().lower() for t in titles}
    return tuple(n for n in names() if (wanted := _columns_by_name(load(n).table)) and wanted <= here)


# Any: TOML values
def _columns_by_name(table: dict[str, Any]) -> set[str]:
    wanted = [table.get("time", {}).get("column")]
    for stream in table.get("stream", []):
        wanted += [*stream.get("acc", []), *stream.get("gyro", []), *stream.get("where", {})]
    return {w.strip().lower() for w in wanted if isinstance(w, str)}


def layout(profile: Profile, titles: list[str], keys: list[str], file: str) -> Layout:
    """The layout a profile gives to a table whose columns have these titles and keys.

    Raises
    ------
    RecordingError
        When the profile does not fit the table, or is not complete.
    """
    return _Fitting(profile, titles, keys, file).layout()


class _Fitting:
    def __init__(self, profile: Profile, titles: list[str], keys: list[str], file: str) -> None:
        self._profile, self._titles, self._keys, self._file = profile, titles, keys, file

    def layout(self) -> Layout:
        table = self._profile.table
        rate = table.get("rate_hz")
        if rate is not None and not (isinstance(rate, int | float) and rate > 0):
            raise self._wrong(f"rate_hz is {rate!r}", "give samples a second as a number")
        streams = table.get("stream") or []
        if not streams:
            raise self._wrong("it has no [[stream]]", "say which columns hold acceleration")
        title = str(table.get("title", self._profile.source))
        return Layout(
            sites=tuple(self._site(s) for s in streams),
            time=self._time(table.get("time"), rate),
            device=str(table.get("device", "unknown")),
            markers=tuple(self._marker(m) for m in table.get("label", [])),
            nominal_hz=None if rate is None else float(rate),
            assumptions=(f"Columns are read by the profile {title!r}.",),
        )

    # Any: TOML values
    def _time(self, time: dict[str, Any] | None, rate: float | None) -> TimeColumn:
        if time is None:
            if rate is None:
                raise self._wrong("it gives neither [time] nor rate_hz", "add one of them")
            return TimeColumn("rows", rate_hz=float(rate))
        unknown = sorted(set(time) - _TIME_KEYS)
        if unknown:
            raise self._wrong(f"unknown key {unknown[0]!r} in [time]", f"use {', '.join(sorted(_TIME_KEYS))}")
        column = self._column(time.get("column"))
        said = str(time.get("unit", ""))
        if said in ("samples", "text"):
            if said == "samples" and rate is None:
                raise self._wrong("time counts samples but rate_hz is missing", "add rate_hz")
            date = self._column(time["date"]) if "date" in time else None
            return TimeColumn(said, column, date, rate_hz=None if rate is None else float(rate))
        unit = unit_named(said)
        if unit not in ("s", "ms", "µs", "ns"):
            raise self._wrong(f"the unit of time is {said!r}", "use s, ms, us, ns, samples or text")
        return TimeColumn(
            unit, column, is_absolute=bool(time.get("since_1970", False)), is_wall=bool(time.get("is_local", False))
        )

    # Any: TOML values
    def _site(self, stream: dict[str, Any]) -> Site:
        unknown = sorted(set(stream) - _STREAM_KEYS)
        if unknown:
            raise self._wrong(f"unknown key {unknown[0]!r} in [[stream]]", f"use {', '.join(sorted(_STREAM_KEYS))}")
        try:
            placement = Placement(str(stream.get("placement", "unknown")).replace("-", " ").replace("_", " "))
            side = Side(str(stream.get("side", "unknown")))
        except ValueError as error:
            raise self._wrong(str(error), f"use one of {', '.join(Placement)}; left, right, middle") from error
        channels = []
        for kind in ("acc", "gyro"):
            columns = stream.get(kind)
            if columns is None:
                continue
            if not isinstance(columns, list) or len(columns) != 3:
                raise self._wrong(f"{kind} names {columns!r}", "give three columns, x, y and z")
            signs = stream.get(f"{kind}_sign", [1, 1, 1])
            if len(signs) != 3 or any(s not in (1, -1) for s in signs):
                raise self._wrong(f"{kind}_sign is {signs!r}", "give three of 1 and -1, for x, y and z")
            channels += [
                (f"{kind}_{a}", ((self._column(c), float(s)),)) for a, c, s in zip("xyz", columns, signs, strict=True)
            ]
        if not channels:
            raise self._wrong("a [[stream]] names no columns", "give acc, gyro or both")
        acc_unit, gyro_unit = (unit_named(str(stream[k])) if k in stream else None for k in ("acc_unit", "gyro_unit"))
        if "acc_unit" in stream and not is_acceleration(acc_unit):
            raise self._wrong(f"acc_unit is {stream['acc_unit']!r}", "use g, mg or m/s2")
        if "gyro_unit" in stream and not is_rotation(gyro_unit):
            raise self._wrong(f"gyro_unit is {stream['gyro_unit']!r}", "use deg/s or rad/s")
        where = stream.get("where", {})
        return Site(
            placement,
            side,
            tuple(channels),
            acc_unit=acc_unit or ("g" if "acc_scale" in stream else None),
            gyro_unit=gyro_unit or ("°/s" if "gyro_scale" in stream else None),
            acc_scale=float(stream.get("acc_scale", 1.0)),
            gyro_scale=float(stream.get("gyro_scale", 1.0)),
            name=re.sub(r"[^a-z0-9]+", "-", str(stream["name"]).lower()).strip("-") if "name" in stream else None,
            where=tuple((self._column(c), float(v)) for c, v in where.items()),
        )

    # Any: TOML values
    def _marker(self, label: dict[str, Any]) -> Marker:
        column = self._column(label.get("column"))
        value = float(label.get("equals", 1))
        return Marker(str(label.get("label", "labelled")), (column,), lambda n: n[column] == value)

    def _column(self, wanted: object) -> str:
        if isinstance(wanted, int) and 1 <= wanted <= len(self._keys):
            return self._keys[wanted - 1]
        if isinstance(wanted, str) and wanted.isdigit() and wanted not in self._titles:
            return self._column(int(wanted))  # a key of TOML is a text, also where it stands for a number
        for title, key in zip(self._titles, self._keys, strict=True):
            if isinstance(wanted, str) and title.strip().lower() == wanted.strip().lower():
                return key
        shown = ", ".join(repr(t) for t in self._titles[:8])
        raise RecordingError(
            self._file,
            f"the profile {self._profile.source} wants column {wanted!r}, which is not there (columns {shown})",
            "choose the profile that belongs to this kind of file",
        )

    def _wrong(self, problem: str, hint: str) -> RecordingError:
        return RecordingError(self._profile.source, problem, hint)
