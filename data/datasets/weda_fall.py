"""WEDA-FALL: a smartwatch at the wrist, people of 20 to 95; one recording for each trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import Site, Terms, marks, packed, whole
from data.datasets.trials import trials
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "weda-fall",
    "Marques J, Moreno P. Online Fall Detection Using Wrist Devices. Sensors 23(3), 2023, 1146.",
    "Public without a licence file; cite the paper.",
)

RATE_HZ = 50.0
ACTIVITIES = {
    "D01": "walking",
    "D02": "jogging",
    "D03": "stairs",
    "D04": "sitting down and getting up",
    "D05": "collapsing into a chair",
    "D06": "bending",
    "D07": "stumbling",
    "D08": "jumping",
    "D09": "hitting a table",
    "D10": "clapping",
    "D11": "opening a door",
}


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial with its person; a fall only where the authors marked it, other activities as a whole."""
    for row, sites in trials(root / "weda-fall", 0.005, float(np.rad2deg(0.05))):
        samples = sites[""]
        if row["code"].startswith("F"):
            seconds = np.arange(len(samples)) / RATE_HZ
            inside = (seconds >= float(row["fall_start_s"])) & (seconds < float(row["fall_end_s"]))
            annotations = marks(inside, RATE_HZ, "fall")
        else:
            annotations = whole(len(samples), RATE_HZ, ACTIVITIES[row["code"]])
        yield (
            row["person"],
            packed(
                f"weda-fall/{row['code']}/U{row['person']}_R{row['trial']}",
                RATE_HZ,
                [Site(Placement.WRIST, Side.UNKNOWN, samples)],
                annotations,
                device="WEDA-FALL",
            ),
        )
