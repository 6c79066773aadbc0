"""UTD-MHAD, the inertial part: 27 short actions, right wrist or right thigh, eight people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import Site, Terms, columns, packed, pieces, stack, whole
from data.datasets.trials import AXES, rows_of
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "utd-mhad",
    "Chen C, Jafari R, Kehtarnavaz N. UTD-MHAD: A Multimodal Dataset for Human Action Recognition Utilizing a Depth "
    "Camera and a Wearable Inertial Sensor. IEEE ICIP 2015.",
    "Published by its authors as freely available for research; cite the paper.",
)

RATE_HZ = 50.0
ACTIONS = (
    "swipe left", "swipe right", "wave", "clap", "throw", "cross arms", "basketball shoot", "draw x",
    "draw circle clockwise", "draw circle counter-clockwise", "draw triangle", "bowling", "boxing", "baseball swing",
    "tennis forehand", "arm curl", "tennis serve", "push", "knock", "catch", "pick up and throw", "jog in place",
    "walk in place", "sit to stand", "stand to sit", "lunge", "squat",
)  # fmt: skip
"""Name of action 1, 2, ... 27; the sensor sits on the right wrist for 1 to 21, on the right thigh from 22 on."""

FIRST_ON_THIGH = 22


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each clip with its person, annotated as a whole with its action."""
    folder = root / "utd-mhad"
    table = columns(folder / "inertial.parquet")
    about = {int(row["sequence"]): row for row in rows_of(folder / "sequences.csv")}
    for key, rows in pieces(table["sequence"]):
        row = about[int(str(key))]
        action = int(row["action"])
        samples = np.hstack(
            [stack(table, [f"acc_{a}" for a in AXES], rows, 1.0), stack(table, [f"gyro_{a}" for a in AXES], rows, 1.0)]
        )
        placement = Placement.THIGH if action >= FIRST_ON_THIGH else Placement.WRIST
        yield (
            row["subject"],
            packed(
                f"utd-mhad/a{action}_s{row['subject']}_t{row['trial']}",
                RATE_HZ,
                [Site(placement, Side.RIGHT, samples)],
                whole(len(samples), RATE_HZ, ACTIONS[action - 1]),
                device="UTD-MHAD",
            ),
        )
