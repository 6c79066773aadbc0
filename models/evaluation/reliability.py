"""Whether probabilities mean what they say, over people: calibration error with its interval, and the diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.calibration import Bin, calibration_error, reliability
from models.evaluation.metrics import Track
from models.evaluation.splits import bootstrap

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How well probabilities are calibrated on some people.

    Parameters
    ----------
    pooled
        Error over all half seconds.
    even
        The same where every person weighs alike, and its 95 % interval over people.
    each
        The error of each person alone. It is above zero even for honest probabilities: a person has few half seconds,
        and a share of time with the phenomenon that nobody could know before.
    bins
        Of the diagram, every person weighing alike.
    """

    pooled: float
    even: float
    low: float
    high: float
    each: dict[str, float]
    bins: tuple[Bin, ...]

    @property
    def by_person(self) -> float:
        """Mean over people of the error of each alone."""
        return float(np.mean(list(self.each.values())))


def calibrated(tracks: Sequence[Track], seed: int, draws: int = 500) -> Calibrated:
    """Judge the probabilities of tracks where raters judged.

    Raises
    ------
    ValueError
        If raters judged nothing.
    """
    parts: dict[str, list[Track]] = {}
    for t in tracks:
        if t.judged.any():
            parts.setdefault(t.person, []).append(t)
    if not parts:
        raise ValueError("nothing was judged")
    said = {p: np.concatenate([t.scores[t.judged] for t in of]) for p, of in parts.items()}
    seen = {p: np.concatenate([t.truth[t.judged] for t in of]) for p, of in parts.items()}

    def together(people: Sequence[str]) -> tuple[Floats, NDArray[np.bool_], Floats]:
        weight = [np.full(len(said[p]), 1.0 / len(said[p])) for p in people]
        return (
            np.concatenate([said[p] for p in people]),
            np.concatenate([seen[p] for p in people]),
            np.concatenate(weight),
        )

    p, y, w = together(tuple(parts))
    drawn = [calibration_error(*together(some)) for some in bootstrap(tuple(parts), draws, seed)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    each = {person: calibration_error(said[person], seen[person]) for person in sorted(parts)}
    return Calibrated(
        calibration_error(p, y), calibration_error(p, y, w), float(low), float(high), each, reliability(p, y, w)
    )


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
