"""What kind of signal three columns hold where names alone do not tell: by unit, file name and gravity, and said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.names import tokens
from data.readers._guess_time import Column
from data.readers._names import Name
from data.readers._table import Site, Terms
from data.recording import Placement, Side
from data.units import acceleration_unit_at_rest, is_acceleration, keeps_its_length, rest_magnitude


def core_motion(
    triads: Mapping[tuple[str, tuple[str, ...], str], tuple[str, ...]],
    names: Mapping[str, Name],
    numbers: Mapping[str, NDArray[np.float64]],
    said: list[str],
) -> Site | None:
    """Apple's Core Motion: gravity and user acceleration apart, both in g and counted along gravity.

    Sensor Logger can be told to write them as Android does, in m/s² and against gravity.
    """
    kinds = {kind: keys for (kind, _, _), keys in triads.items()}
    moved = kinds.get("linear") or kinds.get("acc")
    if "gravity" not in kinds or moved is None:
        return None
    # Android phones also tell gravity, but count it upwards, and in m/s².
    if "linear" in kinds and "acc" in kinds and names[kinds["gravity"][0]].unit != "g":
        return None
    gravity = np.column_stack([numbers[k] for k in kinds["gravity"]])
    length = float(np.nanmedian(np.linalg.norm(gravity, axis=1))) if np.isfinite(gravity).any() else 1.0
    sign = 1.0 if acceleration_unit_at_rest(length) == "m/s²" else -1.0
    said.append(
        "Acceleration is put together as minus (gravity + user acceleration), since Apple devices count it "
        "along gravity."
        if sign < 0
        else "Acceleration is put together as gravity + user acceleration, in m/s² and so counted against gravity."
    )
    channels: list[tuple[str, Terms]] = [
        (f"acc_{a}", ((g, sign), (m, sign))) for a, g, m in zip("xyz", kinds["gravity"], moved, strict=True)
    ]
    if "gyro" in kinds:
        channels += [(f"gyro_{a}", ((k, 1.0),)) for a, k in zip("xyz", kinds["gyro"], strict=True)]
    gyro_unit = "rad/s" if "gyro" in kinds else None
    return Site(Placement.UNKNOWN, Side.UNKNOWN, tuple(channels), gyro_unit=gyro_unit)


def kind_of_bare(
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
                if not _shows_gravity(np.column_stack([numbers[k] for k in keys])):
                    continue
                turned = "acc"
                said.append("Columns x, y, z are taken as acceleration, by their length at rest.")
        out.setdefault((turned, place, quality), keys)
    return out


def linear_with_gravity(
    triads: Mapping[tuple[str, tuple[str, ...], str], tuple[str, ...]], columns: list[Column], said: list[str]
) -> dict[tuple[str, tuple[str, ...]], tuple[str, ...]]:
    """Acceleration that is called linear, as ROS calls every one, and shows gravity."""
    by_key = {c.key: c for c in columns}
    found = {}
    for (kind, place, _), keys in triads.items():
        called_so = kind == "linear" and "linear" in tokens(by_key[keys[0]].title)
        if called_so and _shows_gravity(np.column_stack([by_key[k].numbers for k in keys])):
            found["acc", place] = keys
            said.append("Acceleration that is called linear shows 1 g at rest: taken as with gravity, as of ROS.")
    return found


def _shows_gravity(values: NDArray[np.float64]) -> bool:
    """Whether three columns, ``(n, 3)``, are as long at rest as gravity is in some unit, and seldom much else."""
    single = values.astype(np.float32)
    length = rest_magnitude(single, 50.0)
    if length is None or acceleration_unit_at_rest(length) is None:
        return False
    return keeps_its_length(single, 50.0, length)
