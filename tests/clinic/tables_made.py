"""Tables of labels, and what they are about. Import as ``from tests.clinic.tables_made import ...``."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from tests.signals import freezing_walk

HEAD = ("file", "stream", "start_s", "end_s", "label")


def table(path: Path, rows: list[tuple[object, ...]], head: tuple[str, ...] = HEAD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def dated_walk(path: Path, seed: int) -> Path:
    """A dated table of a simulated walk with two freezes; all of them begin at one time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (segment,) = freezing_walk(((20.0, 6.0), (45.0, 6.0)), 70.0, seed=seed).streams[0].segments
    samples = np.asarray(segment.samples[0 : segment.n_samples], dtype=np.float64)
    when = pd.date_range("2026-03-02T10:00:00Z", periods=len(samples), freq="10ms").strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    columns = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]
    made = pd.DataFrame(samples, columns=columns[: samples.shape[1]])
    made.insert(0, "time", when)
    made.to_csv(path, index=False)
    return path
