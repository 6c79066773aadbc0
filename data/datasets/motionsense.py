"""MotionSense: a phone in the trouser pocket, six activities, 20 people; one recording for each trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import Site, Terms, packed, whole
from data.datasets.trials import trials
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "motionsense",
    "Malekzadeh M, Clegg RG, Cavallaro A, Haddadi H. Mobile Sensor Data Anonymization. IoTDI 2019.",
    "MIT",
)

RATE_HZ = 50.0
ACTIVITIES = {
    "dws": "stairs",
    "ups": "stairs",
    "wlk": "walking",
    "jog": "jogging",
    "sit": "sitting",
    "std": "standing",
}
DUPLICATE = ("1", "sit", "13")
"""The same file as trial 5 of that person in the published set."""


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial with its person. Core Motion's acceleration points along gravity: its sign is turned here."""
    for row, sites in trials(root / "motionsense", -0.002, float(np.rad2deg(0.005))):
        if (row["person"], row["activity"], row["trial"]) == DUPLICATE:
            continue
        samples = sites[""]
        yield (
            row["person"],
            packed(
                f"motionsense/{row['activity']}_{row['trial']}/sub_{row['person']}",
                RATE_HZ,
                [Site(Placement.THIGH, Side.UNKNOWN, samples)],
                whole(len(samples), RATE_HZ, ACTIVITIES[row["activity"]]),
                device="MotionSense",
                assumptions=("The phone reports acceleration along gravity: its sign was turned.",),
            ),
        )
