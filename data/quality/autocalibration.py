"""How far gravity is from 1 g at rest, and what offset and scale of each axis would bring it there.

Van Hees et al. 2014 (J Appl Physiol 117:738-744): whichever way a sensor lies, at rest it measures 1 g, so the means
of windows at rest lie on a unit sphere; each axis' offset and scale are fitted by iteratively reweighted regression
on the nearest point of the sphere. Differs from the paper: windows whose means agree to 10 mg count once, so that a
night on one side does not outweigh the rest; no term for temperature, which a stream does not carry; and the result is
only reported. It changes no sample: detectors were trained on signals as the sensors gave them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_WINDOWS = 30
"""Different postures at rest, of ten seconds each; fewer do not say six numbers."""
REACH_G = 0.3
"""Each axis must have been at rest above this and below minus this (van Hees et al. 2014)."""
GOOD_G = 0.01
"""A mean error below this after fitting is a calibration (van Hees et al. 2014)."""
ALIKE_G = 0.01
PLAUSIBLE_G = (0.5, 1.5)
_ROUNDS = 1000
_ENOUGH = 1e-10


@dataclass(frozen=True, slots=True)
class Autocalibration:
    """What resting says about gravity.

    Parameters
    ----------
    windows
        Different postures at rest that were used.
    error_before_mg
        Mean distance from 1 g over them; None where nothing was at rest.
    error_after_mg
        The same after the fit; None where it was refused.
    scale, offset_g
        Of each axis: calibrated = scale · measured + offset. None where refused.
    refused
        Why there is no fit, in words; None when there is one.
    """

    windows: int
    error_before_mg: float | None
    error_after_mg: float | None = None
    scale: tuple[float, float, float] | None = None
    offset_g: tuple[float, float, float] | None = None
    refused: str | None = None


def autocalibrate(at_rest: NDArray[np.floating]) -> Autocalibration:
    """Fit the sphere.

    Parameters
    ----------
    at_rest
        ``(n, 3)`` g: means of windows of ten seconds at rest.
    """
    points = _different(np.asarray(at_rest, dtype=np.float64))
    if len(points):
        length = np.linalg.norm(points, axis=1)
        points = points[(length > PLAUSIBLE_G[0]) & (length < PLAUSIBLE_G[1])]
    if not len(points):
        return Autocalibration(0, None, refused="the sensor was never at rest")
    before = _error(points)
    few = f"only {len(points)} different postures at rest, {LEAST_WINDOWS} are needed"
    if len(points) < LEAST_WINDOWS:
        return Autocalibration(len(points), before, refused=few)
    if (points.max(axis=0) < REACH_G).any() or (points.min(axis=0) > -REACH_G).any():
        axis = "xyz"[int(np.argmin(np.minimum(points.max(axis=0), -points.min(axis=0))))]
        return Autocalibration(len(points), before, refused=f"at rest the {axis} axis was not turned both up and down")
    scale, offset = _fit(points)
    after = _error(points * scale + offset)
    if after >= min(before, 1000 * GOOD_G):
        return Autocalibration(len(points), before, refused=f"the best fit is still {after:.0f} mg off")
    return Autocalibration(len(points), before, after, _three(scale), _three(offset))


def _different(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points that agree to :data:`ALIKE_G` on every axis as one, their mean."""
    if not len(points):
        return points
    cells = np.round(points / ALIKE_G).astype(np.int64)
    _, index, count = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    sums = np.zeros((len(count), points.shape[1]))
    np.add.at(sums, index.ravel(), points)
    return np.asarray(sums / count[:, None])


def _fit(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    scale, offset = np.ones(3), np.zeros(3)
    weight = np.ones(len(points))
    last = np.inf
    for _ in range(_ROUNDS):
        here = points * scale + offset
        nearest = here / np.linalg.norm(here, axis=1, keepdims=True)
        share = (weight / weight.sum())[:, None]
        middle, goal = (share * here).sum(axis=0), (share * nearest).sum(axis=0)
        slope = (share * (here - middle) * (nearest - goal)).sum(axis=0) / (share * (here - middle) ** 2).sum(axis=0)
        scale, offset = slope * scale, slope * offset + goal - slope * middle
        left = points * scale + offset
        off = np.linalg.norm(left - left / np.linalg.norm(left, axis=1, keepdims=True), axis=1)
        now = float((weight * off**2).sum() / weight.sum())
        weight = np.minimum(1 / np.maximum(off, 1e-12), 1 / GOOD_G)
        if abs(last - now) < _ENOUGH:
            break
        last = now
    return scale, offset


def _error(points: NDArray[np.float64]) -> float:
    return float(1000 * np.abs(np.linalg.norm(points, axis=1) - 1).mean())


def _three(x: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(x[0]), float(x[1]), float(x[2])
