"""A simulated person: signals that were never measured, with the truth as annotations."""

from __future__ import annotations

from data.synthetic.demo import demo_patient
from data.synthetic.habits import Habits, Life, days_of, wearing_off
from data.synthetic.plan import Act, Phase, Plan, short_walk
from data.synthetic.simulate import Script, simulate

__all__ = [
    "Act",
    "Habits",
    "Life",
    "Phase",
    "Plan",
    "Script",
    "days_of",
    "demo_patient",
    "short_walk",
    "simulate",
    "wearing_off",
]
