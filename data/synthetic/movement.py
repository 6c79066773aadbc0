"""How each act moves the body, before the sensor: gravity's direction, acceleration and turning.

What happens when (steps, trembling's ups and downs) is drawn apart from the rate, so that
all sensors of one person see the same steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.synthetic.gait import gait
from data.synthetic.making import Array, Making, fade, knots
from data.synthetic.person import Person, Site
from data.synthetic.plan import Act, Phase, Vector

SETTLE_S = 2.0
"""How long a change of posture takes."""


def move(
    act: Act, ups: tuple[Vector, Vector], t: NDArray[np.float64], *, who: tuple[Person, Site], key: tuple[int, int]
) -> Making:
    """The motion of one act at the instants ``t`` (seconds since the recording began).

    Parameters
    ----------
    ups
        "Up" at the end of the act before, and in this one.
    who
        The person, and the place on the body.
    key
        Seed and number of the act.

    Returns
    -------
    With ``up`` of length 1, ``push`` in g and ``spin`` in °/s, each ``(3, n)``.
    """
    rng = np.random.default_rng([*key, 3])
    zeros = np.zeros((3, len(t)), dtype=np.float32)
    m = Making(act, t, *who, rng, _posture(ups, t - act.start_s), zeros, zeros.copy())
    if act.kind == "table":
        m.up[:] = np.array(ups[1], dtype=np.float32)[:, None]
        return m
    if act.kind == "walk":
        gait(m)
    elif act.kind in ("chores", "handle"):
        _busy(m)
    else:
        _rest(m)
    if max(m.site.tremor_g) > 0:
        for phase in act.phases:
            if phase.kind == "tremor":
                _tremor(m, phase)
    m.up /= np.sqrt(np.einsum("an,an->n", m.up, m.up))
    if len(t) > 1:
        m.spin += _turning(m.up, (t[-1] - t[0]) / (len(t) - 1))
    return m


def _posture(ups: tuple[Vector, Vector], tau: NDArray[np.float64]) -> Array:
    """From the posture before to this one along a smooth arc, not yet of length 1."""
    a, b = (np.array(up, dtype=np.float32)[:, None] for up in ups)
    out = np.repeat(b, len(tau), axis=1)
    k = int(np.searchsorted(tau, SETTLE_S))
    ease = (0.5 - 0.5 * np.cos(np.pi * tau[:k] / SETTLE_S)).astype(np.float32)
    # Opposite directions would pass through nothing: lean to the side on the way.
    side = np.array([[0.0], [0.3], [0.1]], dtype=np.float32) * np.sqrt(np.maximum(0, 1 - (a * b).sum()))
    out[:, :k] = a + (b - a) * ease + side * (4 * ease * (1 - ease))
    return out


def _turning(up: Array, step_s: float) -> Array:
    """Angular rate (°/s) that turns "up" as given: for a direction fixed in the world u' = u x w."""
    du = np.empty_like(up)
    du[:, 1:-1] = up[:, 2:] - up[:, :-2]
    du[:, 0], du[:, -1] = 2 * (up[:, 1] - up[:, 0]), 2 * (up[:, -1] - up[:, -2])
    du *= np.float32(90 / np.pi / step_s)
    out = np.empty_like(up)
    for i, (j, k) in enumerate(((1, 2), (2, 0), (0, 1))):
        out[i] = du[j] * up[k] - du[k] * up[j]
    return out


def _rest(m: Making) -> None:
    """Breath, sway and now and then a fidget."""
    kind, t = m.act.kind, m.t
    # The breath is a function of the recording's time, so that it runs on from act to act. It is
    # slow: worked out five times a second and drawn out from there.
    coarse = np.arange(np.floor(t[0] * 5), np.ceil(t[-1] * 5) + 2) / 5 if len(t) else t
    breath = np.sin(2 * np.pi * m.person.breath_hz * coarse + 1.5 * np.sin(coarse / 17) + 0.8 * np.sin(coarse / 5.3))
    depth = (0.010 if kind == "sleep" else 0.006) * np.interp(t, coarse, breath).astype(np.float32)
    m.up[0] += np.float32(0.8) * depth
    m.up[2] += depth
    sway = {"sit": 0.006, "stand": 0.014, "sleep": 0.0}[kind]
    soft = fade(m.tau, m.seconds)
    if sway:
        m.up += m.knots(0.5, 3) * (np.float32(sway) * soft)
    # A sleeper twitches some times an hour, a sitting person moves about once a minute.
    burst = np.maximum(m.knots(0.5, 1)[0] - np.float32(2.9 if kind == "sleep" else 2.0), 0) * soft
    rows = np.flatnonzero(burst)
    if len(rows):
        burst = burst[rows] * np.float32(0.12 * m.site.chores)
        m.push[:, rows] += knots(m.rng, m.tau[rows], m.seconds, 5.0, 3) * burst
        m.up[:, rows] += knots(m.rng, m.tau[rows], m.seconds, 1.0, 3) * (2 * burst)


def _busy(m: Making) -> None:
    """Everyday movement: bending, reaching, turning about; or a sensor being put on or taken off."""
    rough = 3.0 if m.act.kind == "handle" else m.site.chores
    lively = np.maximum(m.knots(0.25, 1)[0] + np.float32(0.4), 0) * fade(m.tau, m.seconds)
    lean = m.knots(0.3, 3)
    lean[2] = np.abs(lean[2]) * np.float32(2.0)  # bending is mostly forward
    m.up += lean * (np.float32(0.10 * rough) * lively)
    m.push += m.knots(1.2, 3) * (np.float32(0.030 * rough) * lively)
    m.push += m.knots(4.0, 3) * (np.float32(0.008 * rough) * lively)
    m.spin[0] += m.knots(0.7, 1)[0] * (np.float32(22.0 * rough) * lively)
    m.spin += m.knots(3.0, 3) * (np.float32(6.0 * rough) * lively)


def _tremor(m: Making, phase: Phase) -> None:
    """Rest tremor: a steady 4-6 Hz that waxes and wanes."""
    rows, rng, seconds = m.rows_of(phase), m.rng, phase.end_s - phase.start_s
    tau = m.t[rows] - phase.start_s
    turn = 2 * np.pi * (m.person.tremor_hz * tau + 0.25 * knots(rng, tau, seconds, 0.4, 1)[0])
    size = np.exp(0.4 * knots(rng, tau, seconds, 0.3, 1)[0]) * fade(tau, seconds, 1.0) * np.float32(phase.strength)
    shift = rng.uniform(0, 2 * np.pi, 3)
    for axis in range(3):
        gain, wave = m.site.tremor_g[axis], np.sin(turn + shift[axis]) + 0.2 * np.sin(2 * turn + 1.0)
        m.push[axis, rows] += (gain * size * wave).astype(np.float32)
        m.spin[axis, rows] += (500 * gain * size * np.cos(turn + shift[axis])).astype(np.float32)
