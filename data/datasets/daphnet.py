"""Daphnet freezing of gait: ankle, thigh and trunk, three people; one recording for each run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import (
    NOT_ANNOTATED,
    Published,
    Site,
    Terms,
    columns,
    marks,
    numbers,
    originals_of,
    packed,
    pieces,
    stack,
    whole_set,
)
from data.phenomena import FREEZING
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "daphnet",
    "Bächlin M, Plotnik M, Roggen D, Maidan I, Hausdorff JM, Giladi N, Tröster G. Wearable Assistant for Parkinson's "
    "Disease Patients With the Freezing of Gait Symptom. IEEE Trans Inf Technol Biomed 14(2), 2010, 436-446.",
    "CC BY 4.0",
)

RATE_HZ = 64.0
SITES = (
    ("ankle", Placement.ANKLE, Side.UNKNOWN),
    ("thigh", Placement.THIGH, Side.UNKNOWN),
    ("trunk", Placement.TRUNK, Side.MIDDLE),
)


PUBLISHED = Published(
    "daphnet",
    people=10,
    recordings=17,
    where="https://archive.ics.uci.edu/dataset/245/daphnet+freezing+of+gait",
    layout="dataset/S01R01.txt, ...",
)
_NAMES = [f"{name}_{axis}_mg" for name, *_ in SITES for axis in ("forward", "vertical", "lateral")]


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each run with its person; rows outside the experiment are annotated as ``not annotated``."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in sorted((root / PUBLISHED.folder).glob("S*.parquet")):
        table = columns(path)
        for run, rows in pieces(table["recording"]):
            yield path.stem, _run(str(run), stack(table, _NAMES, rows, 0.001), table["annotation"][rows].astype(int))


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in originals_of(root, PUBLISHED, "S??R??.txt"):
        rows = numbers(path, " ").to_numpy()
        yield path.stem[:3], _run(path.stem, (rows[:, 1:10] * 0.001).astype(np.float32), rows[:, 10].astype(int))


def _run(name: str, acc: NDArray[np.float32], label: NDArray[np.int_]) -> Recording:
    sites = [Site(place, side, acc[:, 3 * i : 3 * i + 3]) for i, (_, place, side) in enumerate(SITES)]
    annotations = (*marks(label == 2, RATE_HZ, FREEZING), *marks(label == 0, RATE_HZ, NOT_ANNOTATED))
    return packed(f"daphnet/{name}", RATE_HZ, sites, annotations, device="Daphnet")
