"""Canonical units (g, °/s, µs), the conversions into them, and telling a unit from a name or from the signal."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

STANDARD_GRAVITY = 9.80665
"""m/s² in one g."""
DEGREES = 180.0 / np.pi

ACCELERATION = {
    "g": 1.0,
    "mg": 1e-3,
    "m/s²": 1 / STANDARD_GRAVITY,
    "cm/s²": 1e-2 / STANDARD_GRAVITY,
    "mm/s²": 1e-3 / STANDARD_GRAVITY,
    "1/64 g": 1 / 64,
}
"""Factors into g."""
ROTATION = {"°/s": 1.0, "rad/s": DEGREES, "mrad/s": DEGREES * 1e-3, "c°/s": 1e-2, "m°/s": 1e-3, "rpm": 6.0}
"""Factors into °/s."""
TIME = {"s": 1e6, "ms": 1e3, "µs": 1.0, "ns": 1e-3}
"""Factors into microseconds."""

_SPELLINGS = {
    "g": ("g", "gs", "gravity", "gn", "g0", "gee"),
    "mg": ("mg", "milli-g", "millig", "mgs"),
    "m/s²": ("m/s²", "m/s2", "m/s^2", "m/s**2", "m/(s^2)", "m/s/s", "ms-2", "ms^-2", "m.s-2", "m*s-2", "m s-2",
             "m s^-2", "m_s2", "mps2", "m/sec2", "m/sec^2", "mss", "m_per_s2", "m_s_2", "meter/second^2", "m·s⁻²",
             "ms2"),
    "cm/s²": ("cm/s²", "cm/s2", "cm/s^2", "cm_s2", "gal"),
    "mm/s²": ("mm/s²", "mm/s2", "mm/s^2", "mm_s2"),
    "1/64 g": ("1/64 g", "1/64g"),
    "°/s": ("°/s", "deg/s", "degs", "deg/sec", "dps", "deg_s", "deg s-1", "deg.s-1", "degrees/s", "°s-1", "º/s",
            "deg_per_s", "degree/s", "degrees per second"),
    "rad/s": ("rad/s", "rad/sec", "rad_s", "rads", "rad s-1", "rad.s-1", "rps", "radians/s", "rad_per_s",
              "radians per second"),
    "mrad/s": ("mrad/s", "mrad_s"),
    "c°/s": ("cdps", "c°/s", "cdeg/s", "cdeg_s"),
    "rpm": ("rpm", "r/min", "rev/min"),
    "m°/s": ("mdps", "m°/s", "mdeg/s", "mdeg_s"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "ms": ("ms", "msec", "millis", "milliseconds", "millisecond"),
    "µs": ("µs", "μs", "us", "usec", "micros", "microseconds", "microsecond"),
    "ns": ("ns", "nsec", "nanos", "nanoseconds", "nanosecond"),
}  # fmt: skip
_BY_SPELLING = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings}


def unit_named(text: str) -> str | None:
    """The unit a piece of text spells, in its canonical spelling; None when it spells none.

    >>> unit_named("m/(s^2)"), unit_named(" [deg/s] "), unit_named("volts")
    ('m/s²', '°/s', None)
    """
    whole = text.strip().lower()
    plain = whole.strip("()[]{}\"' ").strip()
    return _BY_SPELLING.get(whole) or _BY_SPELLING.get(plain) or _BY_SPELLING.get(re.sub(r"\s+", "", plain))


def is_acceleration(unit: str | None) -> bool:
    """Whether the unit measures acceleration."""
    return unit in ACCELERATION


def is_rotation(unit: str | None) -> bool:
    """Whether the unit measures angular rate."""
    return unit in ROTATION


def rest_magnitude(samples: NDArray[np.float32], rate_hz: float) -> float | None:
    """Length of the acceleration vector while the sensor is quietest.

    Parameters
    ----------
    samples
        ``(n, 3)`` acceleration in any one unit; rows of exact zeros and NaN are left out.
    rate_hz
        Samples per second.

    Returns
    -------
    Median length over the quietest tenth of one-second windows, in the samples' unit;
    None when there is not one window.
    """
    good = np.isfinite(samples).all(axis=1) & (samples != 0).any(axis=1)
    kept = samples[good].astype(np.float64)
    width = max(4, round(rate_hz))
    count = len(kept) // width
    if count == 0:
        return float(np.linalg.norm(kept.mean(axis=0))) if len(kept) >= 4 else None
    windows = kept[: count * width].reshape(count, width, 3)
    means = np.linalg.norm(windows.mean(axis=1), axis=1)
    spread = windows.std(axis=1).max(axis=1) / np.maximum(means, 1e-12)
    quiet = np.argsort(spread)[: max(1, count // 10)]
    return float(np.median(means[quiet]))


def keeps_its_length(samples: NDArray[np.float32], rate_hz: float, length: float) -> bool:
    """Whether most one-second means are as long as at rest, within a third: gravity is, rotation and free movement not.

    Parameters
    ----------
    samples, rate_hz
        As :func:`rest_magnitude` takes them.
    length
        What that found.
    """
    width = max(4, round(rate_hz))
    good = samples[np.isfinite(samples).all(axis=1) & (samples != 0).any(axis=1)].astype(np.float64)
    count = len(good) // width
    if count == 0:
        return True
    means = np.linalg.norm(good[: count * width].reshape(count, width, 3).mean(axis=1), axis=1)
    return bool((np.abs(means / length - 1) < 0.35).mean() >= 0.5)


def acceleration_unit_at_rest(magnitude: float) -> str | None:
    """The unit in which a sensor at rest would show this length; None when none fits within a quarter."""
    for unit in ("g", "m/s²", "mg"):
        if 0.75 <= magnitude * ACCELERATION[unit] <= 1.25:
            return unit
    return None


def rotation_unit_by_gravity(acc: NDArray[np.float32], gyro: NDArray[np.float32], rate_hz: float) -> str | None:
    """Whether a gyroscope counts rad/s or °/s, told from how fast gravity turns in the same sensor.

    When the sensor turns, the direction of gravity in it turns at most as fast as the
    gyroscope says; the two units differ by a factor of 57, so a rough ratio decides.

    Parameters
    ----------
    acc, gyro
        ``(n, 3)`` each, same rows; ``acc`` in any one unit.

    Returns
    -------
    ``"rad/s"``, ``"°/s"``, or None when the sensor never turns fast enough to tell, or its numbers are neither.
    """
    peak = float(np.nanpercentile(np.abs(gyro), 99.9)) if len(gyro) else 0.0
    ratio = _turning_ratio(acc, gyro, rate_hz)
    # Of a wearer who shakes the sensor the ratio is lower than due, never much higher: above are counts.
    if peak > 4000.0 or (ratio is not None and ratio > 250.0):
        return None
    if peak > 36.0:
        # More than 2000 °/s, were it rad/s: beyond what such sensors measure.
        return "°/s"
    if ratio is None or 6.0 <= ratio <= 10.0:
        return None
    return "rad/s" if ratio < 6.0 else "°/s"


def _turning_ratio(acc: NDArray[np.float32], gyro: NDArray[np.float32], rate_hz: float) -> float | None:
    """How many times faster the gyroscope says that gravity turns than it does: 1 in rad/s; None where it does not."""
    width = max(2, round(rate_hz * 0.4))
    good = np.isfinite(acc).all(axis=1) & np.isfinite(gyro).all(axis=1) & (acc != 0).any(axis=1)
    count = int(good.sum()) // width
    if count < 4:
        return None
    acc_mean = acc[good][: count * width].astype(np.float64).reshape(count, width, 3).mean(axis=1)
    gyro_mean = gyro[good][: count * width].astype(np.float64).reshape(count, width, 3).mean(axis=1)
    direction = acc_mean / np.maximum(np.linalg.norm(acc_mean, axis=1, keepdims=True), 1e-12)
    cosine = np.clip((direction[1:] * direction[:-1]).sum(axis=1), -1.0, 1.0)
    turned = np.arccos(cosine) * rate_hz / width
    # Turning about the vertical does not turn gravity: only the rest of the rotation counts.
    said = np.linalg.norm(np.cross((gyro_mean[1:] + gyro_mean[:-1]) / 2, direction[1:] + direction[:-1]), axis=1) / 2
    fast = turned >= max(0.15, float(np.percentile(turned, 80)))
    if fast.sum() < 2:
        return None
    return float(np.median(said[fast] / turned[fast]))
