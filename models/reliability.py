"""Whether probabilities mean what they say: the expected calibration error, and the reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15
"""Of a reliability diagram."""
DIAGRAM = "reliability.svg"
"""The reliability diagram beside a detector's card; its version does not cover it."""

FloatsIn = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Bin:
    """Half seconds of like probability: their mean, the share that was marked, and their share of the weight."""

    predicted: float
    found: float
    weight: float


def reliability(probability: FloatsIn, truth: NDArray[np.bool_], weight: FloatsIn | None = None) -> tuple[Bin, ...]:
    """The half seconds in :data:`BINS` bins of equal mass, by rising probability; empty ones are left out.

    Parameters
    ----------
    probability, truth, weight
        ``(n,)``; without a weight all half seconds weigh alike. Those of equal probability lie in one bin, which holds
        the middle of their mass.
    """
    values, group = np.unique(np.asarray(probability, dtype=np.float64), return_inverse=True)
    w = np.ones(len(group)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not w.sum() > 0:
        return ()
    each = np.bincount(group, w / w.sum())
    marked = np.bincount(group, w / w.sum() * np.asarray(truth, dtype=np.float64))
    at = np.minimum((np.cumsum(each) - each / 2) * BINS + 1e-9, BINS - 1).astype(int)
    mass, said, seen = (np.bincount(at, v, BINS) for v in (each, each * values, marked))
    return tuple(Bin(float(s / m), float(f / m), float(m)) for m, s, f in zip(mass, said, seen, strict=True) if m > 0)


def calibration_error(probability: FloatsIn, truth: NDArray[np.bool_], weight: FloatsIn | None = None) -> float:
    """Expected calibration error (Naeini et al., AAAI 2015) over bins of equal mass; NaN of nothing."""
    bins = reliability(probability, truth, weight)
    return sum(b.weight * abs(b.predicted - b.found) for b in bins) if bins else float("nan")


def diagram(bins: Sequence[Bin], title: str) -> str:
    """The reliability diagram as SVG: found against predicted, a dot for each bin, the honest line dashed."""
    size, left, top = 260, 46, 34
    bottom = top + size

    def x(v: float) -> float:
        return left + v * size

    def y(v: float) -> float:
        return bottom - v * size

    ticks = "".join(
        f'<path d="M{x(v):.0f} {top}V{bottom}M{left} {y(v):.0f}H{left + size}" stroke="#EDF0F3"/>'
        f'<text x="{x(v):.0f}" y="{bottom + 16}" text-anchor="middle">{v:g}</text>'
        f'<text x="{left - 6}" y="{y(v) + 4:.0f}" text-anchor="end">{v:g}</text>'
        for v in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    )
    line = " ".join(f"{x(b.predicted):.1f},{y(b.found):.1f}" for b in bins)
    dots = "".join(f'<circle cx="{x(b.predicted):.1f}" cy="{y(b.found):.1f}" r="4" fill="#0072B2"/>' for b in bins)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + size + 20}" height="{bottom + 44}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{left}" y="20" font-size="13">{title}</text>{ticks}'
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#626D78" stroke-dasharray="5 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#0072B2"/>{dots}'
        f'<text x="{left + size / 2}" y="{bottom + 36}" text-anchor="middle">probability that was given</text>'
        f'<text x="14" y="{top + size / 2}" text-anchor="middle" transform="rotate(-90 14 {top + size / 2})">'
        "share that was marked</text></svg>\n"
    )
