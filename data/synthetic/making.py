"""An act in the making: its instants, its random numbers, and the three curves that are built up.

All arrays are ``(3, n)`` float32 in the body's axes (along the spine, to the right, forward).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.synthetic.person import Person, Site
from data.synthetic.plan import Act, Phase

Array = NDArray[np.float32]
FADE_S = 0.3


@dataclass(slots=True)
class Making:
    """What is known of an act, and what has been built of it so far.

    Parameters
    ----------
    t
        ``(n,)`` seconds since the recording began.
    up
        Direction of "up", of any length until the end.
    push
        Acceleration without gravity, g.
    spin
        Angular rate, °/s.
    """

    act: Act
    t: NDArray[np.float64]
    person: Person
    site: Site
    rng: np.random.Generator
    up: Array
    push: Array
    spin: Array

    @property
    def tau(self) -> NDArray[np.float64]:
        """Seconds since the act began."""
        return self.t - self.act.start_s

    @property
    def seconds(self) -> float:
        """How long the act lasts."""
        return self.act.end_s - self.act.start_s

    def knots(self, rate_hz: float, rows: int) -> Array:
        """Random curves over the whole act (see :func:`knots`)."""
        return knots(self.rng, self.tau, self.seconds, rate_hz, rows)

    def rows_of(self, phase: Phase) -> slice:
        """The samples that lie in a phase."""
        a, b = np.searchsorted(self.t, [phase.start_s, phase.end_s])
        return slice(int(a), int(b))


def knots(rng: np.random.Generator, tau: NDArray[np.float64], seconds: float, rate_hz: float, rows: int) -> Array:
    """``(rows, n)`` random curves of unit variance at their knots, with little power above ``rate_hz``.

    What is drawn depends on ``seconds`` and not on ``tau``, so that sensors of any rate see the same.
    """
    values = rng.standard_normal((rows, int(np.ceil(seconds * rate_hz)) + 2), dtype=np.float32)
    steps = np.diff(values, axis=1)
    at = tau * rate_hz
    k = at.astype(np.int32)
    w = (at - k).astype(np.float32)
    w *= w * (3 - 2 * w)
    out = np.empty((rows, len(tau)), dtype=np.float32)
    for row in range(rows):
        np.take(steps[row], k, out=out[row], mode="clip")
        out[row] *= w
        out[row] += np.take(values[row], k, mode="clip")
    return out


def fade(tau: NDArray[np.float64], seconds: float, fade_s: float = FADE_S) -> Array:
    """1 inside, falling smoothly to 0 at both ends."""
    out = np.ones(len(tau), dtype=np.float32)
    a, b = np.searchsorted(tau, [fade_s, seconds - fade_s])
    for part in (slice(0, int(a)), slice(max(int(a), int(b)), None)):
        edge = np.clip(np.minimum(tau[part], seconds - tau[part]) / fade_s, 0, 1)
        out[part] = 0.5 - 0.5 * np.cos(np.pi * edge)
    return out
