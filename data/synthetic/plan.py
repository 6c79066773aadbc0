"""What a simulated person does, and when: the truth that the signal is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Vector = tuple[float, float, float]
"""Direction of "up" in the body's own axes: along the spine, to the right, forward."""

STANDING: Vector = (0.99, 0.0, 0.14)
SITTING: Vector = (0.985, 0.0, -0.17)
SUPINE: Vector = (0.1, 0.05, 0.993)
ON_LEFT: Vector = (0.05, 0.99, 0.1)
ON_RIGHT: Vector = (0.05, -0.99, 0.12)
PRONE: Vector = (0.08, 0.1, -0.99)
ON_TABLE: Vector = (0.02, -0.03, 0.999)

LONGEST_S = 600.0
ACTS = ("walk", "stand", "sit", "chores", "sleep", "handle", "table")


@dataclass(frozen=True, slots=True)
class Phase:
    """Part of an act; ``strength`` scales it, for a turn it is the degrees turned (left is positive).

    A walk has steps, turn, hurry (the shortening steps before a freeze), freeze, akinetic and pause.
    """

    kind: str
    start_s: float
    end_s: float
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done, from ``start_s`` to ``end_s`` after the recording's start, in one posture.

    Parameters
    ----------
    kind
        One of ``ACTS``.
    up
        Where "up" lies for the body; the change from the act before takes two seconds.
    phases
        Inside the act, in order of time; those of a walk leave nothing out.
    """

    kind: str
    start_s: float
    end_s: float
    up: Vector
    phases: tuple[Phase, ...] = ()


Plan = tuple[Act, ...]
"""Acts that touch, the first at 0 s."""


def check(plan: Plan) -> None:
    """Refuse a plan with a hole, an unknown act, or phases outside their act.

    Raises
    ------
    ValueError
        Naming the act.
    """
    at = 0.0
    for act in plan:
        if act.start_s != at or act.end_s <= at or act.kind not in ACTS:
            raise ValueError(f"act {act.kind!r} at {act.start_s} s does not follow on {at} s")
        inside = act.start_s
        for phase in act.phases:
            if phase.start_s < inside or phase.end_s > act.end_s or phase.end_s <= phase.start_s:
                raise ValueError(f"phase {phase.kind!r} at {phase.start_s} s does not fit into its act")
            inside = phase.end_s
        at = act.end_s
    if not plan:
        raise ValueError("a plan needs at least one act")


def walk(start_s: float, parts: Sequence[tuple[str, float, float]]) -> Act:
    """A walk of ``(kind, seconds, strength)`` parts one after the other."""
    phases, at = [], start_s
    for kind, seconds, strength in parts:
        phases.append(Phase(kind, at, at + seconds, strength))
        at += seconds
    return Act("walk", start_s, at, STANDING, tuple(phases))


def short_walk(duration_s: float, freezes: Sequence[tuple[float, float]] = (), akinetic: Sequence[int] = ()) -> Plan:
    """A trial in the laboratory: standing, walking with a turn now and then, standing.

    Parameters
    ----------
    freezes
        ``(start_s, seconds)`` of each freeze, in order and at least 4 s apart; none in the
        first 6 s nor in the last 4 s.
    akinetic
        Which of the freezes are without trembling.

    Raises
    ------
    ValueError
        When the freezes do not fit.
    """
    if duration_s < 12:
        raise ValueError("a trial lasts 12 s or more")
    begin, end = 2.0, duration_s - 2.0
    phases: list[Phase] = []
    at = begin
    for number, (start, seconds) in enumerate(freezes):
        if start - at < 4.0 or start + seconds > end - 2.0:
            raise ValueError(f"the freeze at {start} s leaves no room to walk before or after it")
        phases += _stroll(at, start - 2.5)
        phases.append(Phase("hurry", start - 2.5, start))
        phases.append(Phase("akinetic" if number in akinetic else "freeze", start, start + seconds))
        at = start + seconds
    phases += _stroll(at, end)
    return (
        Act("stand", 0.0, begin, STANDING),
        Act("walk", begin, end, STANDING, tuple(phases)),
        Act("stand", end, float(duration_s), STANDING),
    )


def _stroll(start_s: float, end_s: float) -> list[Phase]:
    """Steps with a half turn every 15 s."""
    out, at, side = [], start_s, 1.0
    while end_s - at > 20.0:
        out += [Phase("steps", at, at + 15.0), Phase("turn", at + 15.0, at + 17.5, 180.0 * side)]
        at, side = at + 17.5, -side
    return [*out, Phase("steps", at, end_s)]


def quiet(kind: str, start_s: float, end_s: float, up: Vector, rng: np.random.Generator | None = None) -> list[Act]:
    """A long act in pieces of at most ten minutes, so that a slice of it is cheap to make.

    With ``rng`` each piece settles into a slightly other posture.
    """
    count = max(1, int(np.ceil((end_s - start_s) / LONGEST_S)))
    edges = [start_s + (end_s - start_s) * i / count for i in range(count)] + [end_s]
    out = []
    for a, b in pairwise(edges):
        shift = rng.normal(0, 0.03, 3) if rng is not None else np.zeros(3)
        out.append(Act(kind, a, b, unit(tuple(np.asarray(up) + shift))))
    return out


def unit(vector: Sequence[float]) -> Vector:
    """The vector at length 1."""
    x, y, z = (float(v) for v in np.asarray(vector) / np.linalg.norm(vector))
    return x, y, z
