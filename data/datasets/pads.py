"""PADS: a watch on each wrist, eleven short tasks; a diagnosis for each person, no sample is marked.

The packs hold rotation alone, without the first 0.48 s of each task. The publisher's acceleration has no gravity.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import (
    Published,
    Site,
    Terms,
    columns,
    numbers,
    originals_of,
    packed,
    pieces,
    stack,
    whole,
    whole_set,
)
from data.recording import CHANNELS, Placement, Recording, Side

TERMS = Terms(
    "pads",
    "Varghese J, Brenner A, Fujarski M, van Alen CM, Plagwitz L, Warnecke T. Machine Learning in the Parkinson's "
    "disease smartwatch (PADS) dataset. npj Parkinsons Dis 10, 2024, 9.",
    "A Creative Commons attribution licence, on PhysioNet.",
)

RATE_HZ = 100.0
PUBLISHED = Published(
    "pads",
    people=469,
    recordings=469 * 11,
    where="https://physionet.org/content/parkinsons-disease-smartwatch/1.0.0/",
    layout="movement/observation_*.json and movement/timeseries/*.txt",
)
CUT = 48
"""Samples at the start of a task in which the watch itself vibrates."""
SIDES = {"LeftWrist": Side.LEFT, "RightWrist": Side.RIGHT}


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each task with its person, both wrists, annotated as a whole with the task's name."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in sorted((root / PUBLISHED.folder / "gyro").glob("*.parquet")):
        table = columns(path)
        sites: dict[str, list[Site]] = {}
        key = np.char.add(np.char.add(table["task"].astype(str), "/"), table["wrist"].astype(str))
        for which, rows in pieces(key):
            task, wrist = str(which).split("/")
            gyro = stack(table, [f"gyro_{a}_mrad_s" for a in "xyz"], rows, float(np.rad2deg(0.001)))
            sites.setdefault(task, []).append(Site(Placement.WRIST, SIDES[wrist], gyro, CHANNELS[3:]))
        for task, worn in sites.items():
            yield path.stem, _task(path.stem, task, worn)


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in originals_of(root, PUBLISHED, "observation_*.json"):
        about = json.loads(path.read_text("utf-8"))
        for session in about["session"]:
            worn = []
            for record in session["records"]:
                file = path.parent / record["file_name"]
                if file.is_file():
                    titles = record["channels"]
                    rows = numbers(file).to_numpy()[CUT:]
                    gyro = rows[:, [titles.index(f"Gyroscope_{a}") for a in "XYZ"]]
                    worn.append(
                        Site(
                            Placement.WRIST,
                            SIDES[record["device_location"]],
                            np.rad2deg(gyro).astype(np.float32),
                            CHANNELS[3:],
                        )
                    )
            if worn:
                yield about["subject_id"], _task(about["subject_id"], session["record_name"], worn)


def _task(person: str, task: str, worn: list[Site]) -> Recording:
    annotations = whole(len(worn[0].samples), RATE_HZ, task)
    return packed(f"pads/{person}/{task}", RATE_HZ, worn, annotations, device="PADS")
