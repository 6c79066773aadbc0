"""Walking: steps with their harmonics and heel strikes, turns, hurried steps and freezes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.synthetic.making import Array, Making, fade, knots
from data.synthetic.person import HARMONICS, Person
from data.synthetic.plan import Act, Phase

TREMBLING = {"freeze": 1.0, "akinetic": 0.06, "hurry": 0.6}
"""How strong the trembling is: hardly there in a freeze without movement, setting in with the steps before one."""
SWAY_G = (0.010, 0.034, 0.016)
"""Of the trunk while the feet are stuck, slow."""


def gait(m: Making) -> None:
    """Build a walk."""
    level = _stride(m, *_steps(m.act, m.person, m.rng))
    soft = fade(m.tau, m.seconds)
    m.push += m.knots(2.5, 3) * ((np.float32(0.006) + np.float32(0.022) * level) * soft)
    m.push += m.knots(9.0, 3) * (np.float32(0.030) * level)
    m.spin += m.knots(3.0, 3) * (np.float32(5.0) * soft)
    m.up += m.knots(1.0, 3) * np.float32(0.02)
    for phase in m.act.phases:
        if phase.kind == "turn":
            _turn(m, phase)
        elif phase.kind in TREMBLING:
            _tremble(m, phase)


def _steps(act: Act, person: Person, rng: np.random.Generator) -> tuple[NDArray[np.float64], Array]:
    """Instant and size of each step of a walk; the last lies behind its end."""
    at, size, now, k = [act.start_s - 0.3], [0.0], act.start_s + 0.2, 0
    while now < act.end_s:
        while k + 1 < len(act.phases) and now >= act.phases[k].end_s:
            k += 1
        phase = act.phases[k]
        done = (now - phase.start_s) / (phase.end_s - phase.start_s)
        pace, reach = {
            "steps": (1.0, phase.strength),
            "turn": (1.08, 0.7),
            "hurry": (1.15 + 0.45 * done, (0.8 - 0.5 * done) * phase.strength),
        }.get(phase.kind, (1.0, 0.0))
        at.append(now)
        size.append(reach * float(np.exp(0.12 * rng.standard_normal())))
        now += 60.0 / (person.cadence * pace) * max(0.6, 1 + person.unsteady * float(rng.standard_normal()))
    # Two more so that every instant of the act lies between two steps.
    return np.array([*at, now, now + 1.0]), np.array([*size, 0.0, 0.0], dtype=np.float32)


def _stride(m: Making, at: NDArray[np.float64], size: Array) -> Array:
    """The waveform of the steps: harmonics of the stride, and what rings after each contact.

    Returns
    -------
    ``(n,)`` how strongly the person steps.
    """
    site, person, rng = m.site, m.person, m.rng
    which = np.clip(np.searchsorted(at, m.t, side="right") - 1, 0, len(at) - 2)
    since = (m.t - at[which]).astype(np.float32)
    share = since / np.diff(at).astype(np.float32)[which]
    level = size[which] + np.diff(size)[which] * share
    level *= np.float32(person.vigour)
    # Each step differs a little in each harmonic.
    own = 1 + np.float32(0.5) * rng.standard_normal((HARMONICS, len(at)), dtype=np.float32)
    change = np.diff(own, axis=1)
    wave = np.exp(np.complex64(1j * np.pi) * ((which % 2) + share)).astype(np.complex64)
    power = np.ones_like(wave)
    turn = np.exp(1j * person.phase).astype(np.complex64)
    for h in range(HARMONICS):
        power *= wave
        shaped = power * (level * (own[h][which] + change[h][which] * share))
        for axis in range(3):
            gain = site.gait_g[axis, h] * person.flavour[axis, h] * turn[axis, h]
            m.push[axis] += gain.real * shaped.real - gain.imag * shaped.imag
            if h < site.gait_dps.shape[1]:
                swing = site.gait_dps[axis, h] * turn[axis, h]
                m.spin[axis] += swing.real * shaped.imag + swing.imag * shaped.real
    hard = level * np.exp(0.35 * rng.standard_normal(len(at))).astype(np.float32)[which]
    ring = np.exp(since / np.float32(-0.045)) * np.sin(np.float32(2 * np.pi * 13.0) * since) * hard
    jolt = np.exp(since / np.float32(-0.07)) * np.sin(np.float32(2 * np.pi * 7.5) * since + np.float32(0.5)) * hard
    side = np.where(which % 2, np.float32(1), np.float32(-1))
    m.push[0] += np.float32(site.strike_g[0]) * (ring + np.float32(0.6) * jolt)
    m.push[1] += np.float32(site.strike_g[1]) * (ring * side + np.float32(0.5) * jolt)
    m.push[2] += np.float32(site.strike_g[2]) * (np.float32(0.6) * jolt - ring)
    return level


def _turn(m: Making, phase: Phase) -> None:
    """A bell of yaw rate whose area is nearly the angle turned, uneven as steps make it."""
    rows = m.rows_of(phase)
    seconds = phase.end_s - phase.start_s
    t = m.t[rows]
    bell = 1 - np.cos(2 * np.pi * (t - phase.start_s) / seconds)
    bell *= 1 + 0.2 * np.sin(2 * np.pi * (1.7 * t + m.rng.random()))
    m.spin[0, rows] += (phase.strength / seconds * bell).astype(np.float32)


def _tremble(m: Making, phase: Phase) -> None:
    """Trembling in place at 3-8 Hz whose rate and size wander."""
    rows, rng, seconds = m.rows_of(phase), m.rng, phase.end_s - phase.start_s
    tau = m.t[rows] - phase.start_s
    soft = fade(tau, seconds)
    middle = float(np.clip(m.person.tremble_hz + 0.5 * rng.standard_normal(), 3.8, 6.8))
    wander = knots(rng, tau, seconds, 1.3, 1)[0] * np.float32(0.35)
    turn = 2 * np.pi * (middle * tau + wander)
    size = np.exp(0.55 * knots(rng, tau, seconds, 2.0, 1)[0]) * soft
    size *= np.float32(phase.strength * TREMBLING[phase.kind])
    shift = rng.uniform(0, 2 * np.pi, 6)
    shift[2] = shift[1] + 0.6 * rng.standard_normal()  # the trunk rocks along a slant, not in circles
    for axis in range(3):
        own = size * (1 + np.float32(0.4) * knots(rng, tau, seconds, 3.0, 1)[0])
        wave = np.sin(turn + shift[axis]) + 0.38 * np.sin(2 * turn + shift[axis + 3]) + 0.15 * np.sin(3 * turn)
        gain = m.site.tremble_g[axis]
        m.push[axis, rows] += (gain * own * wave).astype(np.float32)
        m.spin[axis, rows] += (140 * gain * own * np.cos(turn + shift[axis])).astype(np.float32)
        # The feet patter: what reaches the trunk is far from a pure tone.
        patter = knots(rng, tau, seconds, 5.0, 1)[0] * np.sin(2 * turn) + 0.5 * knots(rng, tau, seconds, 22.0, 1)[0]
        m.push[axis, rows] += (0.65 * gain * size * patter).astype(np.float32)
    sway = np.array(SWAY_G, dtype=np.float32)[:, None]
    m.push[:, rows] += knots(rng, tau, seconds, 1.4, 3) * (sway * soft)
