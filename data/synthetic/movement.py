"""How each act moves the body, before the sensor: gravity's direction, acceleration and turning.

All arrays are ``(3, n)`` float32 in the body's axes (along the spine, to the right, forward).
What happens when (steps, trembling's ups and downs) is drawn apart from the rate, so that
all sensors of one person see the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.synthetic.person import HARMONICS, Person, Site
from data.synthetic.plan import Act, Phase, Vector

Array = NDArray[np.float32]
SETTLE_S = 2.0
"""How long a change of posture takes."""
FADE_S = 0.3


@dataclass(slots=True)
class Motion:
    """What an act does to the body: ``up`` (3, n), ``push`` g (3, n), ``spin`` °/s (3, n)."""

    up: Array
    push: Array
    spin: Array


def move(
    act: Act, ups: tuple[Vector, Vector], t: NDArray[np.float64], person: Person, site: Site, key: tuple[int, int]
) -> Motion:
    """The motion of one act at the instants ``t`` (seconds since the recording began).

    Parameters
    ----------
    ups
        "Up" at the end of the act before, and in this one.
    key
        Seed and number of the act.
    """
    rng = np.random.default_rng([*key, 3])
    n = len(t)
    tau = t - act.start_s
    if act.kind == "table":
        up = np.repeat(np.array(ups[1], dtype=np.float32)[:, None], n, axis=1)
        return Motion(up, np.zeros((3, n), dtype=np.float32), np.zeros((3, n), dtype=np.float32))
    up = _posture(ups, tau)
    push = np.zeros((3, n), dtype=np.float32)
    spin = np.zeros((3, n), dtype=np.float32)
    if act.kind in ("sit", "stand", "sleep"):
        _rest(act, t, tau, person, site, rng, up, push)
    elif act.kind in ("chores", "handle"):
        _busy(act, tau, site, rng, up, push, spin)
    else:
        _gait(act, t, person, site, rng, push, spin)
        up += _knots(rng, tau, act.end_s - act.start_s, 1.0, 3) * np.float32(0.02)
    for phase in act.phases:
        if phase.kind == "tremor":
            _tremor(phase, t, person, site, rng, push, spin)
    up /= np.sqrt(np.einsum("an,an->n", up, up))
    if n > 1:
        spin += _turning(up, (t[-1] - t[0]) / (n - 1))
    return Motion(up, push, spin)


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
    du = np.gradient(up, np.float32(step_s), axis=1)
    return (np.cross(du, up, axis=0) * np.float32(180 / np.pi)).astype(np.float32)


def _knots(rng: np.random.Generator, tau: NDArray[np.float64], seconds: float, rate_hz: float, rows: int) -> Array:
    """``(rows, n)`` random curves of unit variance at their knots, without power above ``rate_hz``."""
    count = int(np.ceil(seconds * rate_hz)) + 2
    values = rng.standard_normal((rows, count), dtype=np.float32)
    at = tau * rate_hz
    k = at.astype(np.int64)
    w = (at - k).astype(np.float32)
    w = w * w * (3 - 2 * w)
    return values[:, k] * (1 - w) + values[:, k + 1] * w


def _fade(tau: NDArray[np.float64], seconds: float, fade_s: float = FADE_S) -> Array:
    """1 inside, falling smoothly to 0 at both ends and beyond."""
    edge = np.clip(np.minimum(tau, seconds - tau) / fade_s, 0, 1)
    return (0.5 - 0.5 * np.cos(np.pi * edge)).astype(np.float32)


def _rest(
    act: Act,
    t: NDArray[np.float64],
    tau: NDArray[np.float64],
    person: Person,
    site: Site,
    rng: np.random.Generator,
    up: Array,
    push: Array,
) -> None:
    """Breath, sway and now and then a fidget."""
    seconds = act.end_s - act.start_s
    # The breath is a function of the recording's time, so that it runs on from act to act.
    breath = np.sin(2 * np.pi * person.breath_hz * t + 1.5 * np.sin(t / 17.0) + 0.8 * np.sin(t / 5.3))
    depth = 0.008 if act.kind == "sleep" else 0.006
    up[2] += (depth * breath).astype(np.float32)
    up[0] += (0.5 * depth * breath).astype(np.float32)
    sway = {"sit": 0.006, "stand": 0.014, "sleep": 0.0}[act.kind]
    fade = _fade(tau, seconds)
    if sway:
        up += _knots(rng, tau, seconds, 0.5, 3) * (np.float32(sway) * fade)
        push += _knots(rng, tau, seconds, 6.0, 3) * (np.float32(0.0015) * fade)
    # A sleeper twitches about twice an hour, a sitting person moves about once a minute.
    rare = 3.3 if act.kind == "sleep" else 2.0
    burst = np.maximum(_knots(rng, tau, seconds, 0.5, 1)[0] - np.float32(rare), 0) * fade
    if burst.any():
        burst *= np.float32(0.12 * site.chores)
        push += _knots(rng, tau, seconds, 5.0, 3) * burst
        up += _knots(rng, tau, seconds, 1.0, 3) * (2 * burst)


def _busy(
    act: Act, tau: NDArray[np.float64], site: Site, rng: np.random.Generator, up: Array, push: Array, spin: Array
) -> None:
    """Everyday movement: bending, reaching, turning about; or a sensor being put on or taken off."""
    seconds = act.end_s - act.start_s
    rough = 3.0 if act.kind == "handle" else site.chores
    fade = _fade(tau, seconds)
    lively = np.maximum(_knots(rng, tau, seconds, 0.25, 1)[0] + np.float32(0.4), 0) * fade
    lean = _knots(rng, tau, seconds, 0.3, 3)
    lean[2] = np.abs(lean[2]) * np.float32(2.0)  # bending is mostly forward
    up += lean * (np.float32(0.10 * rough) * lively)
    push += _knots(rng, tau, seconds, 3.0, 3) * (np.float32(0.030 * rough) * lively)
    push += _knots(rng, tau, seconds, 11.0, 3) * (np.float32(0.012 * rough) * lively)
    spin[0] += _knots(rng, tau, seconds, 0.7, 1)[0] * (np.float32(22.0 * rough) * lively)
    spin += _knots(rng, tau, seconds, 3.0, 3) * (np.float32(6.0 * rough) * lively)


def _gait(
    act: Act,
    t: NDArray[np.float64],
    person: Person,
    site: Site,
    rng: np.random.Generator,
    push: Array,
    spin: Array,
) -> None:
    """Steps with their harmonics and heel strikes, turns, hurried steps and freezes."""
    at, size = _steps(act, person, rng)
    which = np.searchsorted(at, t, side="right") - 1
    which = np.clip(which, 0, len(at) - 2)
    since = t - at[which]
    share = (since / (at[which + 1] - at[which])).astype(np.float32)
    stride = ((which % 2) + share) / 2  # of a stride, 0 to 1
    level = size[which] + (size[which + 1] - size[which]) * share
    level *= np.float32(person.vigour)
    # Each step differs a little in each harmonic.
    own = 1 + np.float32(0.28) * rng.standard_normal((HARMONICS, len(at)), dtype=np.float32)
    wave = np.exp(2j * np.pi * stride).astype(np.complex64)
    power = np.ones_like(wave)
    turn = np.exp(1j * person.phase).astype(np.complex64)
    for h in range(HARMONICS):
        power = power * wave
        now = level * (own[h, which] + (own[h, which + 1] - own[h, which]) * share)
        for axis in range(3):
            gain = site.gait_g[axis, h] * person.flavour[axis, h]
            push[axis] += gain * now * (power * turn[axis, h]).real
            if h < site.gait_dps.shape[1]:
                spin[axis] += site.gait_dps[axis, h] * now * (power * turn[axis, h]).imag
    hard = np.exp(0.35 * rng.standard_normal(len(at))).astype(np.float32)
    ring = (np.exp(-since / 0.045) * np.sin(2 * np.pi * 13.0 * since)).astype(np.float32) * level * hard[which]
    jolt = (np.exp(-since / 0.07) * np.sin(2 * np.pi * 7.5 * since + 0.5)).astype(np.float32) * level * hard[which]
    left = np.where(which % 2, np.float32(1), np.float32(-1))
    push[0] += np.float32(site.strike_g[0]) * (ring + np.float32(0.6) * jolt)
    push[1] += np.float32(site.strike_g[1]) * (ring * left + np.float32(0.5) * jolt)
    push[2] += np.float32(site.strike_g[2]) * (np.float32(0.6) * jolt - ring)
    fade = _fade(t - act.start_s, act.end_s - act.start_s)
    tau = t - act.start_s
    push += _knots(rng, tau, act.end_s - act.start_s, 2.5, 3) * (np.float32(0.025) * fade)
    spin += _knots(rng, tau, act.end_s - act.start_s, 3.0, 3) * (np.float32(5.0) * fade)
    for phase in act.phases:
        if phase.kind == "turn":
            _turn(phase, t, rng, spin)
        elif phase.kind in ("freeze", "akinetic"):
            _freeze(phase, t, person, site, rng, push, spin)


def _steps(act: Act, person: Person, rng: np.random.Generator) -> tuple[NDArray[np.float64], Array]:
    """Instant and size of each step of a walk; the last lies behind its end."""
    at, size, now, k = [act.start_s - 0.3], [0.0], act.start_s + 0.2, 0
    while True:
        while k + 1 < len(act.phases) and now >= act.phases[k].end_s:
            k += 1
        phase = act.phases[k]
        done = (now - phase.start_s) / (phase.end_s - phase.start_s)
        pace, reach = {
            "steps": (1.0, 1.0),
            "turn": (1.08, 0.7),
            "hurry": (1.15 + 0.45 * done, 0.95 - 0.5 * done),
        }.get(phase.kind, (1.0, 0.0))
        if now >= act.end_s:
            reach = 0.0
        at.append(now)
        slack = phase.strength if phase.kind in ("steps", "hurry") else 1.0
        size.append(reach * slack * float(np.exp(0.12 * rng.standard_normal())))
        if now >= act.end_s:
            # One more so that every instant of the act lies between two steps.
            return np.array([*at, now + 1.0]), np.array([*size, 0.0], dtype=np.float32)
        now += 60.0 / (person.cadence * pace) * max(0.6, 1 + person.unsteady * float(rng.standard_normal()))


def _turn(phase: Phase, t: NDArray[np.float64], rng: np.random.Generator, spin: Array) -> None:
    """A bell of yaw rate whose area is the angle turned, in jerks of a step each."""
    a, b = np.searchsorted(t, [phase.start_s, phase.end_s])
    seconds = phase.end_s - phase.start_s
    x = (t[a:b] - phase.start_s) / seconds
    bell = (1 - np.cos(2 * np.pi * x)) * (1 + 0.2 * np.sin(2 * np.pi * (1.7 * (t[a:b]) + rng.random())))
    spin[0, a:b] += (phase.strength / seconds * bell).astype(np.float32)


def _freeze(
    phase: Phase,
    t: NDArray[np.float64],
    person: Person,
    site: Site,
    rng: np.random.Generator,
    push: Array,
    spin: Array,
) -> None:
    """Trembling in place at 3-8 Hz whose rate and size wander; an akinetic freeze hardly trembles."""
    a, b = np.searchsorted(t, [phase.start_s, phase.end_s])
    tau, seconds = t[a:b] - phase.start_s, phase.end_s - phase.start_s
    if b <= a:
        return
    fade = _fade(tau, seconds)
    middle = float(np.clip(person.tremble_hz + 0.5 * rng.standard_normal(), 3.6, 7.0))
    strength = phase.strength * (0.08 if phase.kind == "akinetic" else 1.0)
    # The phase's own wander (two turns a second at most) keeps the rate inside 3-8 Hz.
    wander = _knots(rng, tau, seconds, 0.8, 1)[0] * np.float32(0.45)
    turn = 2 * np.pi * (middle * tau + wander)
    size = np.exp(0.35 * _knots(rng, tau, seconds, 1.5, 1)[0]) * fade * np.float32(strength)
    shift = rng.uniform(0, 2 * np.pi, 6)
    for axis in range(3):
        own = 1 + np.float32(0.25) * _knots(rng, tau, seconds, 2.5, 1)[0]
        wave = np.sin(turn + shift[axis]) + 0.38 * np.sin(2 * turn + shift[axis + 3]) + 0.15 * np.sin(3 * turn)
        push[axis, a:b] += np.float32(site.tremble_g[axis]) * own * size * wave.astype(np.float32)
        spin[axis, a:b] += np.float32(140 * site.tremble_g[axis]) * own * size * np.cos(turn + shift[axis])
    push[:, a:b] += _knots(rng, tau, seconds, 1.4, 3) * (np.float32(0.026) * fade)
    push[:, a:b] += _knots(rng, tau, seconds, 16.0, 3) * (np.float32(0.012) * size)


def _tremor(
    phase: Phase,
    t: NDArray[np.float64],
    person: Person,
    site: Site,
    rng: np.random.Generator,
    push: Array,
    spin: Array,
) -> None:
    """Rest tremor: a steady 4-6 Hz that waxes and wanes."""
    a, b = np.searchsorted(t, [phase.start_s, phase.end_s])
    if b <= a:
        return
    tau, seconds = t[a:b] - phase.start_s, phase.end_s - phase.start_s
    turn = 2 * np.pi * (person.tremor_hz * tau + 0.25 * _knots(rng, tau, seconds, 0.4, 1)[0])
    size = np.exp(0.4 * _knots(rng, tau, seconds, 0.3, 1)[0]) * _fade(tau, seconds, 1.0) * np.float32(phase.strength)
    shift = rng.uniform(0, 2 * np.pi, 3)
    for axis in range(3):
        wave = np.sin(turn + shift[axis]) + 0.2 * np.sin(2 * turn + 1.0)
        push[axis, a:b] += np.float32(site.tremor_g[axis]) * size * wave.astype(np.float32)
        spin[axis, a:b] += np.float32(500 * site.tremor_g[axis]) * size * np.cos(turn + shift[axis]).astype(np.float32)
