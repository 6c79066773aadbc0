"""In which units a sensor site of a table counts, and from where on a number is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data import units
from data.errors import RecordingError
from data.readers._table import Site
from data.recording import Samples, Source

LOOKED_AT = 400_000
"""Rows kept at hand for telling units."""
FURTHEST_G = 100.0
"""No sensor that people wear is moved so hard; files have such numbers, -999 or 32767, where they have none."""


def factors_of(
    site: Site, names: tuple[str, ...], values: Samples, *, rate: float, source: Source, title: str
) -> tuple[NDArray[np.float32], list[str]]:
    """Factor of each channel into g or °/s, and what was told from the signal."""
    said: list[str] = []
    looked = _looked_at(values, rate)
    acc = [i for i, n in enumerate(names) if n.startswith("acc")]
    gyro = [i for i, n in enumerate(names) if n.startswith("gyro")]
    factors = np.ones(len(names))
    if acc:
        unit = site.acc_unit
        if unit is None:
            unit = _acc_unit(looked[:, acc], rate, source, title)
            said.append(f"{title}: acceleration taken as {unit}, by its length at rest.")
        factors[acc] = units.ACCELERATION[unit] * site.acc_scale
    if gyro:
        unit = site.gyro_unit
        if unit is None:
            if not acc:
                raise RecordingError(
                    source.name,
                    f"the unit of the rotation of {title} is not said and there is no acceleration to tell it by",
                    "name it in the header (deg/s or rad/s) or in a profile",
                )
            unit = units.rotation_unit_by_gravity(looked[:, acc], looked[:, gyro], rate)
            if unit is None:
                raise RecordingError(
                    source.name,
                    f"the unit of the rotation of {title} is not said, and by how gravity turns in the sensor it is "
                    "neither °/s nor rad/s for sure",
                    "name it in the header (deg/s or rad/s), or say in a profile what one count is",
                )
            said.append(f"{title}: rotation taken as {unit}, by how fast gravity turns in the sensor.")
        factors[gyro] = units.ROTATION[unit] * site.gyro_scale
    return factors.astype(np.float32), said


def _acc_unit(acc: NDArray[np.float32], rate: float, source: Source, title: str) -> str:
    magnitude = units.rest_magnitude(acc, rate)
    if magnitude is None:
        raise RecordingError(
            source.name,
            f"the acceleration of {title} is zero throughout",
            "check that the sensor was switched on",
        )
    unit = units.acceleration_unit_at_rest(magnitude)
    if unit is None:
        raise RecordingError(
            source.name,
            f"the unit of the acceleration of {title} is not said and its length at rest, {magnitude:.4g}, "
            "is neither 1 g, 9.81 m/s² nor 1000 mg",
            "give the unit or the scale in a profile; acceleration without gravity cannot be used",
        )
    if not units.keeps_its_length(acc, rate, magnitude):
        raise RecordingError(
            source.name,
            f"the unit of the acceleration of {title} is not said, and it does not keep one length, as with gravity it "
            "would",
            "export the raw accelerometer, which shows 1 g at rest, or name the unit in the header or in a profile",
        )
    return unit


def _looked_at(values: Samples, rate: float) -> NDArray[np.float32]:
    n = values.shape[0]
    if n <= LOOKED_AT:
        return values[0:n]
    width = max(64, round(20 * rate))
    starts = np.linspace(0, n - width, LOOKED_AT // width).astype(int)
    return np.concatenate([values[int(a) : int(a) + width] for a in starts])


def beyond(
    names: tuple[str, ...], factors: NDArray[np.float32], furthest: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """The furthest that each channel may go, in the file's units; None where none goes further."""
    is_acc = np.array([n.startswith("acc") for n in names])
    most = np.where(is_acc, np.float32(FURTHEST_G) / factors, np.float32(np.inf)).astype(np.float32)
    return most if (furthest > most).any() else None


def is_to_scale(names: tuple[str, ...], factors: NDArray[np.float32], values: Samples, rate: float) -> bool:
    """Whether the acceleration is about 1 g at rest: else its unit is wrong, and not some of its values."""
    acc = [i for i, n in enumerate(names) if n.startswith("acc")]
    length = units.rest_magnitude(_looked_at(values, rate)[:, acc], rate)
    return length is not None and 0.5 <= length * float(factors[acc[0]]) <= 2.0
