"""UMAFall: falls and daily activities, chest, waist, wrist and ankle at once; one recording for each trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.datasets.common import Site, Terms, packed, whole
from data.datasets.trials import trials
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


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial without a long radio loss, with its person and the sensors that were worn."""
    for row, sites in trials(root / "umafall", 0.008, 0.5, tuple(SITES)):
        if not sites or float(row["longest_gap_s"]) > LONGEST_GAP_S:
            continue
        length = len(next(iter(sites.values())))
        label = "fall" if row["kind"] == "Fall" else ACTIVITIES[row["activity"]]
        yield (
            row["person"],
            packed(
                f"umafall/{row['file']}",
                RATE_HZ,
                [Site(*SITES[prefix], samples) for prefix, samples in sites.items()],
                whole(length, RATE_HZ, label),
                device="UMAFall",
            ),
        )
