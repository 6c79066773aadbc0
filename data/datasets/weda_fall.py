"""WEDA-FALL: a smartwatch at the wrist, people of 20 to 95; one recording for each trial."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import (
    G,
    Published,
    Site,
    Terms,
    marks,
    numbers,
    originals_of,
    packed,
    rows_of,
    whole,
    whole_set,
)
from data.datasets.trials import trials
from data.phenomena import FALL
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


PUBLISHED = Published(
    "weda-fall",
    people=25,
    recordings=969,
    where="https://github.com/joaojtmarques/WEDA-FALL",
    layout="dataset/50Hz/<code>/U<person>_R<trial>_accel.csv and _gyro.csv, and dataset/fall_timestamps.csv",
)
SLOWER = ("5Hz", "10Hz", "25Hz", "40Hz")
"""Folders in which the publisher gives the same recordings once more, thinned out."""


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each trial with its person; a fall only where the authors marked it, other activities as a whole.

    By their own time stamps the falls come at about 40 Hz and all else at about 50: nothing above 20 Hz is real in
    them, and whatever learns from this set has to cut all of it below that.
    """
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for row, sites in trials(root / PUBLISHED.folder, 0.005, float(np.rad2deg(0.05))):
        marked = None if not row["fall_start_s"] else (float(row["fall_start_s"]), float(row["fall_end_s"]))
        yield row["person"], _trial(row["code"], row["person"], row["trial"], sites[""], marked)


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    marked: dict[str, tuple[float, float]] = {}
    for path in originals_of(root, PUBLISHED, "fall_timestamps.csv"):
        for row in rows_of(path):
            marked[row["filename"]] = float(row["start_time"]), float(row["end_time"])
    for path in originals_of(root, PUBLISHED, "U??_R??_accel.csv"):
        if path.parent.parent.name in SLOWER:
            continue
        code, (user, trial, _) = path.parent.name, path.stem.split("_")
        other = path.with_name(f"{user}_{trial}_gyro.csv")
        if not other.is_file():
            continue
        acc, gyro = (numbers(file, header=True).to_numpy() for file in (path, other))
        until = min(acc[-1, 0], gyro[-1, 0])
        grid = np.arange(round(until * RATE_HZ)) / RATE_HZ
        samples = [
            np.interp(grid, t[:, 0], t[:, i]) * u for t, u in ((acc, 1 / G), (gyro, 180 / np.pi)) for i in (1, 2, 3)
        ]
        person, number = str(int(user[1:])), str(int(trial[1:]))
        span = marked.get(f"{code}/{user}_{trial}")
        if span is None and code.startswith("F"):
            continue  # a fall that nobody marked is neither a fall nor free of one
        yield person, _trial(code, person, number, np.stack(samples, axis=1).astype(np.float32), span)


def _trial(
    code: str, person: str, trial: str, samples: NDArray[np.float32], marked: tuple[float, float] | None
) -> Recording:
    if marked is not None:
        seconds = np.arange(len(samples)) / RATE_HZ
        annotations = marks((seconds >= marked[0]) & (seconds < marked[1]), RATE_HZ, FALL)
    else:
        annotations = whole(len(samples), RATE_HZ, ACTIVITIES[code])
    sites = [Site(Placement.WRIST, Side.UNKNOWN, samples)]
    return packed(f"weda-fall/{code}/U{person}_R{trial}", RATE_HZ, sites, annotations, device="WEDA-FALL")
