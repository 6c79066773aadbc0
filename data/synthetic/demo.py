"""The demo patient: two weeks of somebody who does not exist."""

from __future__ import annotations

from data.recording import Recording
from data.synthetic.habits import Habits, Life, days_of
from data.synthetic.simulate import START_US, Script, simulate

DAYS = 14
ZONE = "Europe/Berlin"
"""No clock changes between 2 and 15 March 2026."""
HABITS = Habits(
    freezes=2.6,
    worse=1.4,
    worn_nights=frozenset({5}),
    charged_nights=frozenset(range(13)) - {5},
    charging=((4, 12.6, 2.8), (5, 16.2, 5.6), (6, 7.8, 5.0)),
    on=9.0,
    off=15.4,
)
DOSE = "levodopa/carbidopa 100/25 mg"


def demo_patient(seed: int = 7) -> tuple[Recording, list[tuple[int, str]]]:
    """Two weeks at the lower back, 50 Hz, six axes, from Monday 2 March 2026 on, and the doses.

    Worn from nine in the morning to half past three. Nights on the charger, where nothing is recorded, but for one
    worn; charged for some hours of the first Friday, and before and after that night. Freezing grows as a dose
    wears off, and a bit from the first week to the second. Samples are made when they are read.

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
