"""What the columns of an unknown table mean: told from names and units, else from the numbers, and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.names import tokens
from data.readers import _preamble
from data.readers._guess_time import Column, has_time_unit, of_sensors, plain_title, time_of
from data.readers._in_turn import refuse_several
from data.readers._kinds import core_motion, kind_of_bare, linear_with_gravity
from data.readers._names import Name, place_of, read_name
from data.readers._table import Layout, Marker, Numbers, Site
from data.recording import Placement, Side
from data.units import acceleration_unit_at_rest, is_acceleration, is_rotation, keeps_its_length, rest_magnitude

_Key = TypeVar("_Key")
_AXES = ("xyz", ("x", "y", "z"), ("f", "v", "l"), ("v", "ml", "ap"))
_FREEZE = {"fog", "freeze", "freezing", "freezelabel", "foglabel", "isfog", "freezingofgait"}
_WORDS = {"label", "labels", "activity", "annotation", "annotations", "event", "events", "activitylabel", "class"}


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
    _preamble.refuse_counts(preamble, file)
    time, nominal, time_said = time_of(columns, preamble, file)
    left = [c for c in columns if c.key != time.column and not has_time_unit(c)]
    if is_named:
        said: list[str] = []
        sites = sites_by_name(left, file, said)
    else:
        sites, said = _nameless(left, file, nominal or time.rate_hz or 50.0, preamble)
    triads = [[terms[0][0] for name, terms in s.channels if name.startswith(k)] for s in sites for k in ("acc", "gyro")]
    time = of_sensors(time, columns, [keys for keys in triads if keys], file, time_said)
    sites = _preamble.placed(sites, preamble, said)
    sites = _preamble.turning_as_of_maker(sites, preamble, said)
    layout = Layout(
        sites=tuple(sites),
        time=time,
        device=_preamble.device(preamble),
        markers=_markers(left),
        nominal_hz=nominal,
        assumptions=(*time_said, *said),
    )
    refuse_several(sites, columns, layout.columns, file)
    return layout


def sites_by_name(columns: list[Column], file: Path, said: list[str]) -> list[Site]:
    """The sensor sites that column names speak of; ``said`` gains what was assumed.

    Raises
    ------
    RecordingError
        When no column is known as acceleration or rotation.
    """
    is_anatomical = any({"ml", "ap"} & set(tokens(c.title)) for c in columns)
    names = {c.key: read_name(c.title, c.unit, is_anatomical=is_anatomical) for c in columns if not c.is_text}
    groups = _by_axis(columns, names, file)
    triads = {group: keys for group, axes in groups.items() if (keys := ordered(axes))}
    triads = kind_of_bare(triads, names, columns, file, said)
    apple = core_motion(triads, names, {c.key: c.numbers for c in columns}, said)
    if apple:
        return _placed([apple], file, said)
    best: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
    for (kind, place, quality), keys in sorted(triads.items(), key=lambda item: _preference(item[0][2])):
        if kind in ("acc", "gyro") and (kind, place) in best:
            said.append(f"Of several versions of {kind} the first choice was read, not {quality or 'the other'}.")
        elif kind in ("acc", "gyro"):
            best[kind, place] = keys
    if not any(kind == "acc" for kind, _ in best):
        best |= linear_with_gravity(triads, columns, said)
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


def _by_axis(
    columns: list[Column], names: Mapping[str, Name], file: Path
) -> dict[tuple[str, tuple[str, ...], str], dict[str, str]]:
    """Columns by axis, for each kind, place and version that their names speak of."""
    groups: dict[tuple[str, tuple[str, ...], str], dict[str, str]] = {}
    titles = {c.key: c.title for c in columns}
    for key, name in names.items():
        if not name.axis:
            continue
        first = groups.setdefault((name.kind, name.place, name.quality), {}).setdefault(name.axis, key)
        if first != key and titles[first].casefold() == titles[key].casefold() and name.kind in ("acc", "gyro", "bare"):
            raise RecordingError(
                file.name,
                f"two of its columns are called {titles[key]!r}, and nothing says which is of which sensor",
                "give the columns of each sensor names of their own, or say in a profile, by number, which are whose",
            )
    return groups


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


def ordered(axes: Mapping[str, _Key]) -> tuple[_Key, ...]:
    """What stands for x, y and z among columns by axis; empty where one is missing."""
    for order in _AXES:
        if all(a in axes for a in order):
            return tuple(axes[a] for a in order)
    return ()


def _preference(quality: str) -> int:
    return {"": 0, "ln": 0, "lownoise": 0, "wr": 1, "widerange": 1}.get(quality, 2)


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
        f"no column is known as acceleration or rotation (columns {shown or 'of plain numbers: none'})",
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


def _nameless(columns: list[Column], file: Path, rate: float, preamble: str) -> tuple[list[Site], list[str]]:
    """A table without a header: three columns of acceleration, or six with rotation after it."""
    numeric = [c for c in columns if not c.is_text and np.isfinite(c.numbers).any()]
    if "GENEActiv" in preamble:
        # Light, button and temperature follow the three axes.
        numeric = numeric[:3]
    if len(numeric) == 6 and not rotates([c.numbers for c in numeric[3:]]):
        raise RecordingError(
            file.name,
            "it has no column names and its last three columns do not look like rotation",
            "add a header line or give a profile that names the columns",
        )
    if len(numeric) not in (3, 6):
        raise RecordingError(
            file.name,
            f"it has no column names, and without them 3 or 6 columns of numbers can be told apart, not {len(numeric)}",
            "add a header line or give a profile that names the columns",
        )
    acc = np.column_stack([c.numbers for c in numeric[:3]]).astype(np.float32)
    length = rest_magnitude(acc, rate)
    fits = length is not None and acceleration_unit_at_rest(length) is not None
    if length is None or not fits or not keeps_its_length(acc, rate, length):
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


def rotates(columns: list[NDArray[np.float64]]) -> bool:
    """Whether three columns look like a gyroscope: near zero while quiet, far from it now and then."""
    rotation = np.column_stack(columns)
    rotation = rotation[np.isfinite(rotation).all(axis=1)]
    peak = np.percentile(np.abs(rotation), 99, axis=0)
    middle = np.abs(np.median(rotation, axis=0))
    return bool((peak > 0).all() and (middle < 0.5 * peak).all())


# --- the rest -------------------------------------------------------------------------------------------------


def _markers(columns: list[Column]) -> tuple[Marker, ...]:
    plain = {plain_title(c.title): c for c in columns}
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
