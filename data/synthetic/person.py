"""Who is simulated: a body's own way to walk, tremble and breathe, and how its sensor sits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.recording import Placement
from data.synthetic.plan import Vector

HARMONICS = 12
"""Of the stride; the step is the second."""


@dataclass(frozen=True, slots=True)
class Site:
    """How movement looks where a sensor sits. Axes: along the limb or spine, to the right, forward.

    Parameters
    ----------
    gait_g
        ``(3, 12)`` amplitude of each harmonic of the stride.
    gait_dps
        ``(3, 3)`` amplitude of the angular rate's first harmonics of the stride.
    strike_g, tremble_g, tremor_g
        Heel strike, freezing's trembling and rest tremor on each axis.
    chores
        Gain of everyday movement.
    sit_up
        "Up" while sitting, where it is not that of the trunk.
    sided
        Whether there are two of them, left and right.
    """

    gait_g: NDArray[np.float32]
    gait_dps: NDArray[np.float32]
    strike_g: tuple[float, float, float]
    tremble_g: tuple[float, float, float]
    tremor_g: tuple[float, float, float]
    chores: float
    sit_up: Vector | None = None
    sided: bool = True


def _table(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


# The lower back's figures were set so that standard deviations and the power in 0.5-3, 3-8, 8-15 and
# 15-25 Hz lie with few exceptions inside the middle half of real walks and freezes of 39 people (tdcsfog).
LOWER_BACK = Site(
    _table(
        (0.010, 0.075, 0.010, 0.070, 0.008, 0.050, 0.006, 0.034, 0.004, 0.022, 0.003, 0.016),
        (0.045, 0.012, 0.078, 0.010, 0.052, 0.008, 0.046, 0.006, 0.032, 0.005, 0.020, 0.004),
        (0.010, 0.095, 0.010, 0.052, 0.008, 0.034, 0.006, 0.022, 0.004, 0.018, 0.003, 0.014),
    ),
    _table((14.0, 5.0, 6.0), (4.0, 16.0, 4.0), (13.0, 6.0, 7.0)),
    (0.16, 0.10, 0.24),
    (0.065, 0.075, 0.045),
    (0.0, 0.0, 0.0),
    1.0,
    sided=False,
)
ANKLE = Site(
    _table(
        (0.22, 0.26, 0.22, 0.18, 0.13, 0.10, 0.08, 0.06, 0.05, 0.04, 0.03, 0.02),
        (0.08, 0.08, 0.07, 0.06, 0.05, 0.05, 0.04, 0.03, 0.03, 0.02, 0.02, 0.01),
        (0.32, 0.30, 0.20, 0.16, 0.12, 0.09, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02),
    ),
    _table((15.0, 12.0, 8.0), (130.0, 95.0, 45.0), (18.0, 14.0, 8.0)),
    (0.70, 0.25, 0.55),
    (0.16, 0.14, 0.20),
    (0.010, 0.010, 0.012),
    0.9,
)
WRIST = Site(
    _table(
        (0.12, 0.08, 0.05, 0.05, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01),
        (0.10, 0.06, 0.05, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01),
        (0.13, 0.09, 0.05, 0.04, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01),
    ),
    _table((20.0, 8.0, 4.0), (60.0, 15.0, 8.0), (18.0, 8.0, 4.0)),
    (0.08, 0.05, 0.07),
    (0.05, 0.05, 0.05),
    (0.08, 0.11, 0.09),
    2.2,
    (0.2, 0.25, 0.947),
)
SITES = {
    Placement.LOWER_BACK: LOWER_BACK,
    Placement.TRUNK: LOWER_BACK,
    Placement.WAIST: LOWER_BACK,
    Placement.ANKLE: ANKLE,
    Placement.WRIST: WRIST,
    Placement.HAND: WRIST,
}
"""The placements that can be simulated."""


_PHASE = np.array([-0.6, 1.6, 0.9])
"""The harmonics of each axis nearly in step, so that they pile up at the foot's contact."""


@dataclass(frozen=True, slots=True)
class Person:
    """What stays the same for one person.

    Parameters
    ----------
    cadence
        Steps a minute at a comfortable pace.
    unsteady
        Coefficient of variation of the step time.
    vigour
        Gain of everything walked.
    tremble_hz, tremor_hz, breath_hz
        Middle frequencies of freezing's trembling, rest tremor and breath.
    phase
        ``(3, 12)`` of the stride's harmonics, radians.
    flavour
        ``(3, 12)`` factors on a site's harmonics.
    """

    cadence: float
    unsteady: float
    vigour: float
    tremble_hz: float
    tremor_hz: float
    breath_hz: float
    phase: NDArray[np.float32]
    flavour: NDArray[np.float32]


def person_of(seed: int) -> Person:
    """The person that a seed stands for."""
    rng = np.random.default_rng([seed, 1])
    return Person(
        float(rng.uniform(98, 114)),
        float(rng.uniform(0.06, 0.1)),
        float(rng.uniform(0.75, 1.0)),
        float(rng.uniform(4.2, 6.0)),
        float(rng.uniform(4.6, 5.4)),
        float(rng.uniform(0.22, 0.29)),
        (_PHASE[:, None] + rng.normal(0, 0.9, (3, HARMONICS))).astype(np.float32),
        np.exp(rng.normal(0, 0.2, (3, HARMONICS))).astype(np.float32),
    )


@dataclass(frozen=True, slots=True)
class Mount:
    """How a sensor sits: the turn from the body's axes to its own, and its small faults."""

    turn: NDArray[np.float32]
    offset_g: NDArray[np.float32]
    offset_dps: NDArray[np.float32]


def mount_of(seed: int, placement: Placement) -> Mount:
    """A sensor strapped on some degrees askew, with offsets of a few mg and tenths of a degree a second."""
    rng = np.random.default_rng([seed, 2, list(Placement).index(placement)])
    return Mount(
        rotation(rng.normal(0, np.deg2rad(6), 3)),
        rng.normal(0, 0.004, 3).astype(np.float32),
        rng.normal(0, 0.3, 3).astype(np.float32),
    )


def rotation(vector: NDArray[np.float64]) -> NDArray[np.float32]:
    """Matrix of the turn about ``vector`` by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if not angle:
        return np.eye(3, dtype=np.float32)
    x, y, z = vector / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k), dtype=np.float32)
