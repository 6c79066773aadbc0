"""The demo patient: two weeks of somebody who does not exist."""

from __future__ import annotations

from data.recording import Recording
from data.synthetic.habits import Habits, Life, days_of
from data.synthetic.simulate import START_US, Script, simulate

DAYS = 14
ZONE = "Europe/Berlin"
"""No clock changes between 2 and 15 March 2026."""
HABITS = Habits(
    freezes=1.5,
    worse=1.6,
    worn_nights=frozenset({9}),
    charged_nights=frozenset(range(13)) - {9},
    idle=frozenset({2, 4, 5, 6, 11}),
    charging=((9, 12.2, 9.6),),
    on=8.1,
    off=18.8,
)
DOSE = "levodopa/carbidopa 100/25 mg"


def demo_patient(seed: int = 7) -> tuple[Recording, list[tuple[int, str]]]:
    """Two weeks at the lower back, 50 Hz, six axes, from Monday 2 March 2026 on, and the doses.

    Worn on three days of the first week and six of the second, for more than ten hours between 08:00 and 22:00; but on
    the second Wednesday it was charged from noon on, before the one night that it was worn. All other nights, and five
    days, it spent on the charger, where nothing is recorded. Freezing grows as a dose wears off, and from the first
    week to the second. Samples are made when they are read.

    Returns
    -------
    The recording, and ``(taken_us, what)`` of each dose in order of time.
    """
    life = _life(seed)
    script = Script(life.plan, 50.0, START_US, ZONE, gaps=life.gaps, name="demo-patient")
    end_s = life.plan[-1].end_s
    return simulate(script, seed), [(START_US + round(at * 1e6), DOSE) for at in life.doses_s if at < end_s]


def _life(seed: int) -> Life:
    return days_of(DAYS, START_US, ZONE, HABITS, seed)
