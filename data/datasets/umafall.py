"""UMAFall: falls and daily activities, chest, waist, wrist and ankle at once; one recording for each trial."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import Published, Site, Terms, numbers, originals_of, packed, whole, whole_set
from data.datasets.trials import trials
from data.phenomena import FALL
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "umafall",
    "Casilari E, Santoyo-Ramon JA, Cano-Garcia JM. UMAFall: A Multisensor Dataset for the Research on Automatic Fall "
    "Detection. Procedia Computer Science 110, 2017, 32-39.",
    "Public research archive, believed to be CC BY 4.0; cite the paper.",
)

RATE_HZ = 20.0
LONGEST_GAP_S = 0.5
"""Trials with a longer radio loss are left out: their samples were spread over it."""

SITES = {
    "chest_": (Placement.CHEST, Side.MIDDLE),
    "waist_": (Placement.WAIST, Side.MIDDLE),
    "wrist_": (Placement.WRIST, Side.UNKNOWN),
    "ankle_": (Placement.ANKLE, Side.UNKNOWN),
}
ACTIVITIES = {
    "Aplausing": "clapping",
    "Bending": "bending",
    "GoDownstairs": "stairs",
    "GoUpstairs": "stairs",
    "HandsUp": "raising the hands",
    "Hopping": "jumping",
    "Jogging": "jogging",
    "LyingDown_OnABed": "lying down",
    "MakingACall": "telephoning",
    "OpeningDoor": "opening a door",
    "Sitting_GettingUpOnAChair": "sitting down and getting up",
    "Walking": "walking",
}


PUBLISHED = Published(
    "umafall",
    people=19,
    recordings=746,
    where="https://figshare.com/articles/dataset/UMA_ADL_FALL_Dataset_zip/4214283",
    layout="UMAFall_Subject_*.csv",
)
NODES = {1: "chest_", 2: "waist_", 3: "wrist_", 4: "ankle_"}
"""Sensors of a file by number; 0, the phone in the pocket, is left out."""
SPOILED = (13,)
"""People whose files, as published, have thousands separators inside their numbers."""
_NAME = re.compile(r"UMAFall_Subject_(\d+)_(ADL|Fall)_(.+?)_(\d+)_\d{4}-")


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial without a long radio loss, with its person and the sensors that were worn."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for row, sites in trials(root / PUBLISHED.folder, 0.008, 0.5, tuple(SITES)):
        if sites and float(row["longest_gap_s"]) <= LONGEST_GAP_S:
            label = FALL if row["kind"] == "Fall" else ACTIVITIES[row["activity"]]
            yield row["person"], _trial(row["file"], label, sites)


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in originals_of(root, PUBLISHED, "UMAFall_Subject_*.csv"):
        named = _NAME.match(path.name)
        if named is None or int(named[1]) in SPOILED:
            continue
        person, kind, activity, _ = named.groups()
        sites = _nodes(numbers(path, ";", comment="%").to_numpy())
        if sites:
            label = FALL if kind == "Fall" else ACTIVITIES[activity]
            yield str(int(person)), _trial(path.name, label, sites)


def _nodes(rows: NDArray[np.float64]) -> dict[str, NDArray[np.float32]]:
    """Six axes of each node on one grid from when all had begun until the first ended; none with a long radio loss.

    Arrivals come in bursts, samples do not: those of a sensor are laid evenly from its first arrival to its last.
    """
    heard: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
    for number, prefix in NODES.items():
        for kind in (0, 1):
            mine = rows[(rows[:, 6] == number) & (rows[:, 5] == kind)]
            if len(mine) > 1 and np.diff(mine[:, 0]).max() <= 1000 * LONGEST_GAP_S:
                at = np.linspace(mine[0, 0], mine[-1, 0], len(mine)) / 1000
                heard.setdefault(prefix, []).append((at, mine[:, 2:5]))
    whole_nodes = {prefix: both for prefix, both in heard.items() if len(both) == 2}
    times = [at for both in whole_nodes.values() for at, _ in both]
    if not times:
        return {}
    begin, end = max(at[0] for at in times), min(at[-1] for at in times)
    grid = begin + np.arange(int((end - begin) * RATE_HZ)) / RATE_HZ
    return {
        prefix: np.stack([np.interp(grid, at, xyz[:, i]) for at, xyz in both for i in range(3)], axis=1).astype(
            np.float32
        )
        for prefix, both in whole_nodes.items()
    }


def _trial(file: str, label: str, sites: dict[str, NDArray[np.float32]]) -> Recording:
    length = len(next(iter(sites.values())))
    return packed(
        f"umafall/{file}",
        RATE_HZ,
        [Site(*SITES[prefix], samples) for prefix, samples in sites.items()],
        whole(length, RATE_HZ, label),
        device="UMAFall",
    )
