"""What the columns of an unknown table mean: told from names and units, else from the numbers, and said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import _profile, _stamps
from data.readers._names import Name, place_of, read_name, tokens
from data.readers._table import Layout, Marker, Numbers, Site, Terms, TimeColumn
from data.recording import Placement, Side
from data.units import acceleration_unit_at_rest, is_acceleration, is_rotation, rest_magnitude, unit_named

_AXES = ("xyz", ("x", "y", "z"), ("f", "v", "l"), ("v", "ml", "ap"))
_COUNTERS = {"packetcounter", "sample", "samplenumber", "sampleno", "index", "frame", "counter", "n", "row", "", "id",
             "packet", "samples", "num"}  # fmt: skip
_FREEZE = {"fog", "freeze", "freezing", "freezelabel", "foglabel", "isfog", "freezingofgait"}
_WORDS = {"label", "labels", "activity", "annotation", "annotations", "event", "events", "activitylabel", "class"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an unknown table, with a look at its first rows."""

    key: str
    title: str
    unit: str | None
    numbers: NDArray[np.float64]
    words: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether the cells are words."""
        return bool(self.words)


def guess(columns: list[Column], preamble: str, file: Path, *, is_named: bool) -> Layout:
    """The layout of an unknown table.

    Parameters
    ----------
    preamble
        Free text before the table, or what else the file says about itself.
    is_named
        Whether the file names its columns.

    Raises
    ------
    RecordingError
        When the columns cannot be understood without a guess.
    """
    time, nominal, time_said = _time(columns, preamble, file)
    left = [c for c in columns if c.key != time.column]
    if is_named:
        said: list[str] = []
        sites = sites_by_name(left, file, said)
    else:
        sites, said = _nameless(left, file, nominal or time.rate_hz or 50.0, preamble)
    sites = _placed_by_preamble(sites, preamble, said)
    return Layout(
        sites=tuple(sites),
        time=time,
        device=_device(preamble),
        markers=_markers(left),
        nominal_hz=nominal,
        assumptions=(*time_said, *said),
    )


def stated_rate(preamble: str) -> float | None:
    """Samples a second that free text states: ``at 30 Hz``, ``Update Rate: 100.0Hz``."""
    found = re.search(
        r"(?:rate|frequency|\bat\b|\bfs\b)[^\n\d]{0,30}?(\d+(?:[.,]\d+)?)\s*(?:hz|samples)", preamble, re.IGNORECASE
    ) or re.search(
        r"(?:sampling|sample|output|update)[ _]?(?:rate|frequency)\W{0,12}(\d+(?:[.,]\d+)?)", preamble, re.IGNORECASE
    )
    return float(found[1].replace(",", ".")) if found else None


# --- time -----------------------------------------------------------------------------------------------------


def _time(columns: list[Column], preamble: str, file: Path) -> tuple[TimeColumn, float | None, list[str]]:
    rate = stated_rate(preamble)
    named = [c for c in columns if _speaks_of_time(c.title)]
    for column in columns:
        if column.unit in ("instant", "wall"):
            return TimeColumn("µs", column.key, is_absolute=True, is_wall=column.unit == "wall"), rate, []
    for column in [*named, *columns]:
        if column.is_text and _stamps.looks_like_time(column.words[0]):
            return _text_time(column, columns, preamble, file), rate, []
    numeric = [c for c in named if not c.is_text and _advances(c.numbers)]
    if not named or not numeric:
        numeric += [c for c in columns[:1] if not c.is_text and _plain(c.title) in ("", "t") and _advances(c.numbers)]
    best: tuple[TimeColumn, list[str]] | None = None
    for column in numeric:
        found = _numeric_time(column)
        if found and (best is None or (found[0].is_absolute and not best[0].is_absolute)):
            best = found
    if best:
        return best[0], rate, best[1]
    return (*_without_time(columns, numeric, rate, preamble, file),)


def _text_time(column: Column, columns: list[Column], preamble: str, file: Path) -> TimeColumn:
    """Stamps in words; a time of day takes its date from a column beside it, where there is one."""
    words = list(column.words)
    parse, dated, zoned = _stamps.text_format(words, preamble, file.name)
    date = next((c for c in columns if c.is_text and _stamps.looks_like_date(c.words[0])), None)
    if dated or date is None:
        return TimeColumn("text", column.key, is_absolute=dated, parse=parse, has_zone=zoned)
    joined = [f"{d} {w}" for d, w in zip(date.words, words, strict=False)]
    parse, _, zoned = _stamps.text_format(joined, preamble, file.name)
    return TimeColumn("text", column.key, date.key, is_absolute=True, parse=parse, has_zone=zoned)


def _numeric_time(column: Column) -> tuple[TimeColumn, list[str]] | None:
    t = column.numbers[np.isfinite(column.numbers)]
    # Over some samples at once, since they may come in bursts; the middle one, since there may be gaps.
    width = max(1, min(64, len(t) // 4))
    step = float(np.median((t[width:] - t[:-width]) / width))
    said_unit = unit_named(column.unit) if column.unit else None
    named = said_unit if said_unit in ("s", "ms", "µs", "ns") else read_name(column.title).unit
    named = named if named in ("s", "ms", "µs", "ns") else None
    if named is None and bool(np.median(np.diff(t)) == 1) and bool(np.all(np.diff(t) % 1 == 0)):
        return None
    unit, absolute = _stamps.number_unit(step, float(t.max()), named)
    if unit is None:
        return None
    said = [] if named else [f"The time column {column.title!r} is taken as {unit}, by its steps."]
    return TimeColumn(unit, column.key, is_absolute=absolute), said


def _without_time(
    columns: list[Column], numeric: list[Column], rate: float | None, preamble: str, file: Path
) -> tuple[TimeColumn, float | None, list[str]]:
    counters = [c for c in [*numeric, *columns] if _counts(c)]
    start = _stated_start(preamble)
    if rate is not None and counters:
        said = [f"{counters[0].title or 'The first column'!r} counts samples at the {rate:g} Hz that the file states."]
        return TimeColumn("samples", counters[0].key, rate_hz=rate, start_us=start), rate, said
    if rate is not None:
        said = [f"No time column: rows follow evenly at the {rate:g} Hz that the file states."]
        return TimeColumn("rows", rate_hz=rate, start_us=start), rate, said
    shipped = f"or use a shipped one ({', '.join(_profile.names())})"
    if counters or not numeric:
        what = f"column {counters[0].title!r} counts samples and" if counters else "it has no time column and"
        raise RecordingError(
            file.name,
            f"{what} nothing says the sampling rate",
            f"add a time column, give rate_hz in a profile, {shipped}",
        )
    raise RecordingError(
        file.name,
        f"the time column {numeric[0].title!r} fits no unit: its steps would mean an absurd rate",
        "say the unit of the time column in a profile",
    )


def _plain(title: str) -> str:
    return "".join(tokens(re.sub(r"[\(\[].*$", "", title)))


def _speaks_of_time(title: str) -> bool:
    plain = _plain(title)
    return (
        plain in ("t", "sec", "seconds", "ms", "date")
        or tokens(title)[:1] == ["t"]
        or any(word in plain for word in ("time", "stamp", "epoc", "elapsed", "clock"))
    )


def _advances(t: NDArray[np.float64]) -> bool:
    t = t[np.isfinite(t)]
    return len(t) > 1 and bool(t.max() > t.min()) and bool((np.diff(t) >= 0).mean() > 0.9)


def _counts(column: Column) -> bool:
    if column.is_text or (_plain(column.title) not in _COUNTERS and not _speaks_of_time(column.title)):
        return False
    t = column.numbers[np.isfinite(column.numbers)]
    return len(t) > 1 and bool(np.median(np.diff(t)) == 1)


def _stated_start(preamble: str) -> int | None:
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


# --- sensors --------------------------------------------------------------------------------------------------


def sites_by_name(columns: list[Column], file: Path, said: list[str]) -> list[Site]:
    """The sensor sites that column names speak of; ``said`` gains what was assumed.

    Raises
    ------
    RecordingError
        When no column is known as acceleration or rotation.
    """
    names = {c.key: read_name(c.title, c.unit) for c in columns if not c.is_text}
    groups: dict[tuple[str, tuple[str, ...], str], dict[str, str]] = {}
    for key, name in names.items():
        if name.axis:
            groups.setdefault((name.kind, name.place, name.quality), {}).setdefault(name.axis, key)
    triads = {group: keys for group, axes in groups.items() if (keys := _ordered(axes))}
    triads = _kind_of_bare(triads, names, columns, file, said)
    apple = _core_motion(triads)
    if apple:
        said.append(
            "Acceleration is put together as minus (gravity + user acceleration), since Apple devices count it "
            "along gravity."
        )
        return _placed([apple], file, said)
    best: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
    for (kind, place, quality), keys in sorted(triads.items(), key=lambda item: _preference(item[0][2])):
        if kind in ("acc", "gyro") and (kind, place) in best:
            said.append(f"Of several versions of {kind} the first choice was read, not {quality or 'the other'}.")
        elif kind in ("acc", "gyro"):
            best[kind, place] = keys
    if not best:
        _refuse(triads, groups, columns, file)
    places = list(dict.fromkeys(place for _, place in best))
    if len(places) == 2 and len(best) == 2 and {k for k, _ in best} == {"acc", "gyro"}:
        known = [p for p in places if place_of(p)[0] is not Placement.UNKNOWN]
        merged = known[0] if known else ()
        if len(known) < 2:
            best = {(k, merged): v for (k, _), v in best.items()}
            places = [merged]
    sites = [_Draft(place, best.get(("acc", place)), best.get(("gyro", place))) for place in places]
    return _placed([s.site(names) for s in sites], file, said)


@dataclass(frozen=True, slots=True)
class _Draft:
    place: tuple[str, ...]
    acc: tuple[str, ...] | None
    gyro: tuple[str, ...] | None

    def site(self, names: Mapping[str, Name]) -> Site:
        channels = [(f"acc_{a}", ((k, 1.0),)) for a, k in zip("xyz", self.acc or (), strict=False)]
        channels += [(f"gyro_{a}", ((k, 1.0),)) for a, k in zip("xyz", self.gyro or (), strict=False)]
        acc_unit = names[self.acc[0]].unit if self.acc else None
        gyro_unit = names[self.gyro[0]].unit if self.gyro else None
        return Site(
            Placement.UNKNOWN,
            Side.UNKNOWN,
            tuple(channels),
            acc_unit=acc_unit if is_acceleration(acc_unit) else None,
            gyro_unit=gyro_unit if is_rotation(gyro_unit) else None,
            name="-".join(self.place),
        )


def _ordered(axes: dict[str, str]) -> tuple[str, ...]:
    for order in _AXES:
        if all(a in axes for a in order):
            return tuple(axes[a] for a in order)
    return ()


def _preference(quality: str) -> int:
    return {"": 0, "ln": 0, "lownoise": 0, "wr": 1, "widerange": 1}.get(quality, 2)


def _core_motion(triads: Mapping[tuple[str, tuple[str, ...], str], tuple[str, ...]]) -> Site | None:
    """Apple's Core Motion: gravity and user acceleration apart, both counted along gravity."""
    kinds = {kind: keys for (kind, _, _), keys in triads.items()}
    moved = kinds.get("linear") or kinds.get("acc")
    if "gravity" not in kinds or moved is None or ("linear" in kinds and "acc" in kinds):
        return None
    channels: list[tuple[str, Terms]] = [
        (f"acc_{a}", ((g, -1.0), (m, -1.0))) for a, g, m in zip("xyz", kinds["gravity"], moved, strict=True)
    ]
    if "gyro" in kinds:
        channels += [(f"gyro_{a}", ((k, 1.0),)) for a, k in zip("xyz", kinds["gyro"], strict=True)]
    gyro_unit = "rad/s" if "gyro" in kinds else None
    return Site(Placement.UNKNOWN, Side.UNKNOWN, tuple(channels), gyro_unit=gyro_unit)


def _kind_of_bare(
    triads: dict[tuple[str, tuple[str, ...], str], tuple[str, ...]],
    names: Mapping[str, Name],
    columns: list[Column],
    file: Path,
    said: list[str],
) -> dict[tuple[str, tuple[str, ...], str], tuple[str, ...]]:
    """Columns called x, y, z: acceleration or rotation by unit, by file name, else by their length at rest."""
    out: dict[tuple[str, tuple[str, ...], str], tuple[str, ...]] = {}
    numbers = {c.key: c.numbers for c in columns}
    about = set(tokens(file.stem))
    for (kind, place, quality), keys in triads.items():
        turned = kind
        if (
            kind in ("bare", "acc")
            and about & {"linear", "user", "userlinear"}
            and is_acceleration(names[keys[0]].unit)
        ):
            turned = "linear"
        elif kind == "bare":
            if about & {"gyro", "gyroscope", "gyr"}:
                turned = "gyro"
            elif about & {"mag", "magnetometer", "gravity", "orientation"}:
                turned = "other"
            else:
                length = rest_magnitude(np.column_stack([numbers[k] for k in keys]).astype(np.float32), 50.0)
                if length is None or acceleration_unit_at_rest(length) is None:
                    continue
                turned = "acc"
                said.append("Columns x, y, z are taken as acceleration, by their length at rest.")
        out.setdefault((turned, place, quality), keys)
    return out


def _refuse(
    triads: Mapping[tuple[str, tuple[str, ...], str], tuple[str, ...]],
    groups: Mapping[tuple[str, tuple[str, ...], str], dict[str, str]],
    columns: list[Column],
    file: Path,
) -> None:
    kinds = {kind for kind, _, _ in triads}
    shown = ", ".join(repr(c.title) for c in columns[:6]) + (", …" if len(columns) > 6 else "")
    if "linear" in kinds or any(k == "linear" for k, _, _ in groups):
        raise RecordingError(
            file.name,
            "its acceleration has gravity taken out (free, user or linear acceleration)",
            "export the raw accelerometer, which shows 1 g at rest",
        )
    if any(kind in ("acc", "gyro") for kind, _, _ in groups):
        raise RecordingError(
            file.name, f"it does not have all three axes of a sensor (columns {shown})", "export x, y and z"
        )
    raise RecordingError(
        file.name,
        f"no column is known as acceleration or rotation (columns {shown})",
        "name the columns in a profile, or bring the file with the accelerometer",
    )


def _placed(sites: list[Site], file: Path, said: list[str]) -> list[Site]:
    """Placements from the words of the columns, else from the file's name when there is one site."""
    words = [tuple(site.name.split("-")) if site.name else () for site in sites]
    common = set.intersection(*(set(w) for w in words)) if len(words) > 1 else set()
    out = []
    for site, mine in zip(sites, words, strict=True):
        placement, side, rest, loose = place_of(mine)
        if placement is Placement.UNKNOWN and len(sites) == 1:
            placement, side, _, loose = place_of(tokens(file.stem))
            if placement is not Placement.UNKNOWN:
                said.append(f"The placement, {placement.value}, is taken from the file's name.")
        if loose:
            said.append(f"{loose!r} is taken as {placement.value}.")
        name = None
        if placement is Placement.UNKNOWN and len(sites) > 1:
            name = "-".join(w for w in rest if w not in common) or None
        out.append(replace(site, placement=placement, side=side, name=name))
    return out


def _placed_by_preamble(sites: list[Site], preamble: str, said: list[str]) -> list[Site]:
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


def _nameless(columns: list[Column], file: Path, rate: float, preamble: str) -> tuple[list[Site], list[str]]:
    """A table without a header: three columns of acceleration, or six with rotation after it."""
    numeric = [c for c in columns if not c.is_text and np.isfinite(c.numbers).any()]
    if "GENEActiv" in preamble:
        # Light, button and temperature follow the three axes.
        numeric = numeric[:3]
    if len(numeric) == 6 and not _rotates([c.numbers for c in numeric[3:]]):
        raise RecordingError(
            file.name,
            "it has no column names and its last three columns do not look like rotation",
            "add a header line or give a profile that names the columns",
        )
    if len(numeric) not in (3, 6):
        raise RecordingError(
            file.name,
            f"it has no column names and {len(numeric)} columns of numbers, so they cannot be told apart",
            "add a header line or give a profile that names the columns",
        )
    acc = np.column_stack([c.numbers for c in numeric[:3]]).astype(np.float32)
    length = rest_magnitude(acc, rate)
    if length is None or acceleration_unit_at_rest(length) is None:
        raise RecordingError(
            file.name,
            "it has no column names and its first three columns do not look like acceleration "
            f"(length at rest {0.0 if length is None else length:.4g})",
            "add a header line or give a profile that names the columns and their unit",
        )
    keys = [c.key for c in numeric]
    draft = _Draft((), tuple(keys[:3]), tuple(keys[3:]) or None)
    blank = {k: Name("bare", "", None, (), "") for k in keys}
    said = [
        "No column names: the columns are taken as acceleration x, y, z"
        + (" and rotation x, y, z." if len(keys) == 6 else ".")
    ]
    return _placed([draft.site(blank)], file, said), said


def _rotates(columns: list[NDArray[np.float64]]) -> bool:
    """Whether three columns look like a gyroscope: near zero while quiet, far from it now and then."""
    rotation = np.column_stack(columns)
    rotation = rotation[np.isfinite(rotation).all(axis=1)]
    peak = np.percentile(np.abs(rotation), 99, axis=0)
    middle = np.abs(np.median(rotation, axis=0))
    return bool((peak > 0).all() and (middle < 0.5 * peak).all())


# --- the rest -------------------------------------------------------------------------------------------------


def _markers(columns: list[Column]) -> tuple[Marker, ...]:
    plain = {_plain(c.title): c for c in columns}
    out: list[Marker] = []
    kinds = [plain[k] for k in ("starthesitation", "turn", "walking") if k in plain and not plain[k].is_text]
    if len(kinds) == 3:
        keys = tuple(c.key for c in kinds)
        out.append(Marker("freezing of gait", keys, partial(_any_above_zero, keys)))
    for title, column in plain.items():
        if title in _FREEZE and not column.is_text:
            out.append(Marker("freezing of gait", (column.key,), partial(_is_one, column.key)))
        elif title in _WORDS and column.is_text:
            out.append(Marker("", (column.key,)))
    return tuple(out)


def _any_above_zero(keys: tuple[str, ...], numbers: Numbers) -> NDArray[np.bool_]:
    return np.asarray(np.logical_or.reduce([numbers[k] > 0 for k in keys]), dtype=np.bool_)


def _is_one(key: str, numbers: Numbers) -> NDArray[np.bool_]:
    return np.asarray(numbers[key] == 1, dtype=np.bool_)


def _device(preamble: str) -> str:
    found = re.search(r"(ActiGraph [\w+-]+|GENEActiv|Shimmer|Axivity|Xsens|Movella)", preamble, re.IGNORECASE)
    return found[1] if found else "unknown"
