"""MotionSense: a phone in the trouser pocket, six activities, 20 people; one recording for each trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import Published, Site, Terms, numbers, originals_of, packed, whole, whole_set
from data.datasets.trials import AXES, trials
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


PUBLISHED = Published(
    "motionsense",
    people=24,
    recordings=360,
    where="https://github.com/mmalekzadeh/motion-sense",
    layout="A_DeviceMotion_data/<activity>_<trial>/sub_<person>.csv",
)


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial with its person. Core Motion's acceleration points along gravity: its sign is turned here."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for row, sites in trials(root / PUBLISHED.folder, -0.002, float(np.rad2deg(0.005))):
        if (row["person"], row["activity"], row["trial"]) != DUPLICATE:
            yield row["person"], _trial(row["person"], row["activity"], row["trial"], sites[""])


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in originals_of(root, PUBLISHED, "A_DeviceMotion_data/*/sub_*.csv"):
        person, (activity, trial) = path.stem.removeprefix("sub_"), path.parent.name.split("_")
        if (person, activity, trial) == DUPLICATE:
            continue
        table = numbers(path, header=True)
        acc = [-(table[f"gravity.{a}"] + table[f"userAcceleration.{a}"]) for a in AXES]
        gyro = [np.rad2deg(table[f"rotationRate.{a}"]) for a in AXES]
        yield person, _trial(person, activity, trial, np.stack([*acc, *gyro], axis=1).astype(np.float32))


def _trial(person: str, activity: str, trial: str, samples: NDArray[np.float32]) -> Recording:
    return packed(
        f"motionsense/{activity}_{trial}/sub_{person}",
        RATE_HZ,
        [Site(Placement.THIGH, Side.UNKNOWN, samples)],
        whole(len(samples), RATE_HZ, ACTIVITIES[activity]),
        device="MotionSense",
        assumptions=("The phone reports acceleration along gravity: its sign was turned.",),
    )
