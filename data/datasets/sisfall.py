"""SisFall: falls and daily activities at the waist, 19 young and 12 older people; one recording for each trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.datasets.common import Site, Terms, packed, whole
from data.datasets.trials import trials
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "sisfall",
    "Sucerquia A, Lopez JD, Vargas-Bonilla JF. SisFall: A Fall and Movement Dataset. Sensors 17(1), 2017, 198.",
    "Offered for public download without a licence text; cite the paper.",
)

RATE_HZ = 50.0
ACTIVITIES = {
    "D01": "walking",
    "D02": "walking",
    "D03": "jogging",
    "D04": "jogging",
    "D05": "stairs",
    "D06": "stairs",
    "D07": "sitting down and getting up",
    "D08": "sitting down and getting up",
    "D09": "sitting down and getting up",
    "D10": "sitting down and getting up",
    "D11": "collapsing into a chair",
    "D12": "lying down",
    "D13": "lying down",
    "D14": "turning over in bed",
    "D15": "bending",
    "D16": "bending",
    "D17": "getting in and out of a car",
    "D18": "stumbling",
    "D19": "jumping",
}
"""What each code means; every F code is a fall."""


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial with its person, annotated as a whole with its activity, or ``fall``."""
    for row, sites in trials(root / "sisfall", 0.008, 0.5):
        label = ACTIVITIES.get(row["code"], "fall")
        samples = sites[""]
        yield (
            row["person"],
            packed(
                f"sisfall/{row['file']}",
                RATE_HZ,
                [Site(Placement.WAIST, Side.MIDDLE, samples)],
                whole(len(samples), RATE_HZ, label),
                device="SisFall",
            ),
        )
