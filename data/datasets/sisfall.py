"""SisFall: falls and daily activities at the waist, 19 young and 12 older people; one recording for each trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import Published, Site, Terms, numbers, originals_of, packed, whole, whole_set
from data.datasets.trials import trials
from data.phenomena import FALL
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


PUBLISHED = Published(
    "sisfall",
    people=38,
    recordings=4505,
    where="http://sistemic.udea.edu.co/en/research/projects/english-falls/",
    layout="SA01/D01_SA01_R01.txt, ...",
)
ORIGINAL_HZ = 200.0
ACC_STEP_G, GYRO_STEP_DPS = 2 * 16 / 2**13, 2 * 2000 / 2**16


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial with its person, annotated as a whole with its activity, or ``fall``.

    The packs are at 50 Hz, low-passed at 20 Hz; the publisher's files stay at their 200 Hz.
    """
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for row, sites in trials(root / PUBLISHED.folder, 0.008, 0.5):
        yield row["person"], _trial(row["file"], RATE_HZ, sites[""])


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in originals_of(root, PUBLISHED, "[DF]??_S???_R??.txt"):
        # Five car trials of SA15 carry another person's name in the publication: the folder is right there.
        named = path.stem.split("_")
        person = path.parent.name if path.parent.name[:2] in ("SA", "SE") else named[1]
        steps = np.array([ACC_STEP_G] * 3 + [GYRO_STEP_DPS] * 3)
        samples = (numbers(path, comment=";").to_numpy()[:, :6] * steps).astype(np.float32)
        yield person, _trial(f"{named[0]}_{person}_{named[2]}.txt", ORIGINAL_HZ, samples)


def _trial(file: str, rate_hz: float, samples: NDArray[np.float32]) -> Recording:
    label = ACTIVITIES.get(file[:3], FALL)
    sites = [Site(Placement.WAIST, Side.MIDDLE, samples)]
    return packed(f"sisfall/{file}", rate_hz, sites, whole(len(samples), rate_hz, label), device="SisFall")
