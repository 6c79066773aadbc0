"""Freezing of gait at home, lower back (TLVMC): the people of tdcsfog's laboratory; labels where somebody looked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets import tdcsfog
from data.datasets.common import (
    NOT_ANNOTATED,
    Published,
    Site,
    Terms,
    marks,
    numbers,
    originals_of,
    packed,
    whole_set,
)
from data.phenomena import FREEZING
from data.recording import Placement, Recording, Side

TERMS = Terms("defog", tdcsfog.TERMS.citation, tdcsfog.TERMS.licence)

RATE_HZ = 100.0
PUBLISHED = Published(
    "defog", people=45, recordings=91, where=tdcsfog.PUBLISHED.where, layout="train/defog/*.csv and defog_metadata.csv"
)


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each series with its person; what is not both ``Valid`` and ``Task`` is ``not annotated``."""
    return whole_set(root, PUBLISHED, iter(()), _originals(root))


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    person = tdcsfog.people_of(root, PUBLISHED, "defog_metadata.csv")
    for path in originals_of(root, PUBLISHED, "*.csv"):
        if path.stem not in person:
            continue
        rows = numbers(path, header=True).to_numpy()
        judged = (rows[:, 7] > 0) & (rows[:, 8] > 0)
        annotations = (
            *marks(judged & (rows[:, 4:7].sum(axis=1) > 0), RATE_HZ, FREEZING),
            *marks(~judged, RATE_HZ, NOT_ANNOTATED),
        )
        site = Site(Placement.LOWER_BACK, Side.MIDDLE, rows[:, 1:4].astype(np.float32))
        name = f"defog/{person[path.stem]}/{path.stem}"
        yield person[path.stem], packed(name, RATE_HZ, [site], annotations, device="defog")
