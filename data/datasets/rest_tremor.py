"""An accelerometer on the hand at rest, recorded beside an EEG: 28 people with Parkinson's disease, 28 without.

Its unit was never calibrated: the median length at rest of each recording is taken as 1 g, so frequencies and ratios
can be used and strengths cannot. Two saturated recordings and one without signal are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import (
    Published,
    Site,
    Terms,
    columns,
    originals_of,
    packed,
    pieces,
    rows_of,
    stack,
    whole,
    whole_set,
)
from data.errors import RecordingError
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "rest-tremor",
    "Cavanagh JF, Kumar P, Mueller AA, Richardson SP, Mueen A. Diminished EEG habituation to novel events effectively "
    "classifies Parkinson's patients. Clin Neurophysiol 129(2), 2018, 409-418.",
    "Public repository of patient EEG; licence not checked.",
)

RATE_HZ, RATE_AS_PUBLISHED_HZ = 100.0, 500.0
FIRST_CONTROL = 850
"""Whoever has this number or a higher one has no Parkinson's disease."""
UNUSABLE = {("8010", "1"), ("907", "1"), ("818", "1")}
"""Sessions whose accelerometer was saturated, or gave no signal."""
PUBLISHED = Published(
    "rest-tremor",
    people=56,
    recordings=84,
    where="http://predict.cs.unm.edu/downloads.php",
    layout="801_1_PD_REST.mat, ..., 890_1_PD_REST.mat, ..., in any folders",
)


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each usable session with its person, annotated as a whole with ``parkinson`` or ``control``."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    folder = root / PUBLISHED.folder
    if not (folder / "recordings.parquet").is_file():
        return
    about = {(row["person"], row["session"]): row for row in rows_of(folder / "recordings.csv")}
    table = columns(folder / "recordings.parquet")
    key = np.char.add(np.char.add(table["person"].astype(str), "/"), table["session"].astype(str))
    for which, rows in pieces(key):
        person, session = str(which).split("/")
        row = about[person, session]
        if row["quality"]:
            continue
        raw = stack(table, [f"acc_{a}_u500" for a in "xyz"], rows, 1.0)
        yield person, _session(person, session, raw, RATE_HZ, has_parkinson=row["group"] == "PD")


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    """An EEGLAB structure for each session: 63 channels of EEG, one of the eye, and X, Y, Z of the hand at 500 Hz.

    As the publisher's own script has it that made the files.
    """
    for path in originals_of(root, PUBLISHED, "*_*_PD_REST.mat"):
        person, session, *_ = path.name.split("_")
        if (person, session) not in UNUSABLE:
            has_parkinson = int(person) < FIRST_CONTROL
            yield person, _session(person, session, _hand(path), RATE_AS_PUBLISHED_HZ, has_parkinson=has_parkinson)


def _hand(path: Path) -> NDArray[np.float32]:
    """``(n, 3)`` in the recorder's unit."""
    from scipy.io import loadmat  # noqa: PLC0415  slow to import; the command line must start without it

    try:
        eeg = loadmat(path, variable_names=["EEG"], simplify_cells=True)["EEG"]
        labels = [str(place["labels"]).strip().upper() for place in eeg["chanlocs"]]
        rate_hz, data = float(eeg["srate"]), np.asarray(eeg["data"], dtype=np.float32)
        samples = np.ascontiguousarray(data[[labels.index(axis) for axis in "XYZ"]].T)
    except (OSError, ValueError, KeyError, TypeError, IndexError, NotImplementedError) as error:
        raise RecordingError(
            str(path), f"it is no EEGLAB structure with channels X, Y and Z ({error})", "get the file again"
        ) from error
    if rate_hz != RATE_AS_PUBLISHED_HZ or samples.ndim != 2:
        raise RecordingError(
            str(path), f"it is {data.shape} at {rate_hz:g} Hz, not continuous at 500", "get the file again"
        )
    return samples


def _session(person: str, session: str, raw: NDArray[np.float32], rate_hz: float, *, has_parkinson: bool) -> Recording:
    samples = raw / np.median(np.linalg.norm(raw, axis=1))
    return packed(
        f"rest-tremor/{person}/{session}",
        rate_hz,
        [Site(Placement.HAND, Side.UNKNOWN, samples)],
        whole(len(samples), rate_hz, "parkinson" if has_parkinson else "control"),
        device="rest-tremor",
        assumptions=("The unit is not calibrated: the median length at rest was taken as 1 g.",),
    )
