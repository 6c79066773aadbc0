"""O'Day turning-and-barrier course: up to eight sensors, two people; one recording for each walk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.datasets.common import (
    G,
    Published,
    Site,
    Terms,
    columns,
    marks,
    originals_of,
    packed,
    pieces,
    stack,
    whole_set,
)
from data.errors import MotionwardError, RecordingError
from data.phenomena import FREEZING
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "oday",
    "O'Day J, Lee M, Seagers K, et al. Assessing inertial measurement unit locations for freezing of gait detection "
    "and patient preference. J NeuroEng Rehabil 19, 2022, 20.",
    "BSD 3-clause, with the authors' code",
)

RATE_HZ = 128.0
SITES = (
    ("chest", Placement.CHEST, Side.MIDDLE),
    ("lumbar", Placement.LOWER_BACK, Side.MIDDLE),
    ("ankle_l", Placement.ANKLE, Side.LEFT),
    ("ankle_r", Placement.ANKLE, Side.RIGHT),
    ("foot_l", Placement.FOOT, Side.LEFT),
    ("foot_r", Placement.FOOT, Side.RIGHT),
    ("wrist_l", Placement.WRIST, Side.LEFT),
    ("wrist_r", Placement.WRIST, Side.RIGHT),
    ("thigh_l", Placement.THIGH, Side.LEFT),
    ("thigh_r", Placement.THIGH, Side.RIGHT),
)
"""The packed form lacks the thighs; both lack the head, which is no place of a sensor here."""

PUBLISHED = Published(
    "oday-fog",
    people=7,
    recordings=0,
    where="https://github.com/stanfordnmbl/imu-fog-detection",
    layout="the repository, with data/raw/imus6_subjects7/pt1_visit_....xlsx, ... and data/raw/imus11_subjects4/...",
)
PEOPLE = tuple(f"pt{i}" for i in range(1, 8))
_MOST_DRIFT_S = 0.1


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each walk with its person; a sensor that was not worn is left out."""
    return whole_set(root, PUBLISHED, _packed(root), _originals(root))


def _packed(root: Path) -> Iterator[tuple[str, Recording]]:
    for path in sorted((root / PUBLISHED.folder).glob("pt*.parquet")):
        table = columns(path)
        for walk, rows in pieces(table["recording"]):
            sites = []
            for name, placement, side in SITES:
                if f"{name}_ax_mm_s2" not in table:
                    continue
                acc = stack(table, [f"{name}_a{i}_mm_s2" for i in "xyz"], rows, 0.001 / G)
                gyro = stack(table, [f"{name}_g{i}_mrad_s" for i in "xyz"], rows, float(np.rad2deg(0.001)))
                if np.isfinite(acc).all() and np.isfinite(gyro).all():
                    sites.append(Site(placement, side, np.hstack([acc, gyro])))
            yield path.stem, _walk(str(walk), sites, table["freeze_label"][rows].astype(int) == 1)


def _originals(root: Path) -> Iterator[tuple[str, Recording]]:
    """A workbook for each walk: ``time`` (s), ``imu_<site>_ax`` to ``gz`` (m/s², rad/s), ``freeze_label``.

    Walks with eleven sensors are there once more with six of them. Units, rate and the other titles: the publisher's
    README and ``code/datapreprocessing.py``; how sensors are titled: programs of others that read the files.
    """
    paths: dict[str, Path] = {}
    for path in originals_of(root, PUBLISHED, "pt*_visit_*.xlsx"):
        paths.setdefault(path.stem, path)  # imus11_subjects4 comes before imus6_subjects7
    for name, path in sorted(paths.items()):
        person = name.partition("_")[0]
        if person not in PEOPLE:
            raise RecordingError(
                str(path),
                "it is of an earlier state of the repository, whose people have other numbers",
                f"get the present one at {PUBLISHED.where}",
            )
        yield person, _read(path)


def _workbook(path: Path) -> dict[str, NDArray[np.float64]]:
    """Columns of the first sheet by their titles; NaN where a cell is empty or holds words."""
    import pandas as pd  # noqa: PLC0415  only these files need it

    try:
        sheet = pd.read_excel(path, engine="openpyxl")
    except ImportError as error:  # an extra
        raise MotionwardError(
            f'Reading {path.name} needs openpyxl, which is not installed: pip install "motionward[devices]"'
        ) from error
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error, SyntaxError) as error:
        problem = f"it is no Excel workbook with a table ({error})"
        raise RecordingError(str(path), problem, "get the file again") from error
    return {str(title): pd.to_numeric(sheet[title], errors="coerce").to_numpy(np.float64) for title in sheet.columns}


def _read(path: Path) -> Recording:
    table = _workbook(path)
    missing = [title for title in ("time", "freeze_label", "imu_lumbar_ax") if title not in table]
    if missing:
        raise RecordingError(str(path), f"it has no column {', '.join(missing)}", "get the file again")
    time_s = table["time"]
    drift_s = time_s[-1] - time_s[0] - (len(time_s) - 1) / RATE_HZ if len(time_s) else np.nan
    if not abs(drift_s) < _MOST_DRIFT_S:
        raise RecordingError(
            str(path), f"its times are {drift_s:.2f} s away from {RATE_HZ:g} rows a second", "get the file again"
        )
    rows, sites = slice(None), []
    for name, placement, side in SITES:
        if f"imu_{name}_ax" not in table:
            continue
        acc = stack(table, [f"imu_{name}_a{i}" for i in "xyz"], rows, 1 / G)
        gyro = stack(table, [f"imu_{name}_g{i}" for i in "xyz"], rows, float(np.rad2deg(1.0)))
        if np.isfinite(acc).all() and np.isfinite(gyro).all():
            sites.append(Site(placement, side, np.hstack([acc, gyro])))
    return _walk(path.stem, sites, table["freeze_label"] == 1)


def _walk(name: str, sites: list[Site], frozen: NDArray[np.bool_]) -> Recording:
    return packed(f"oday/{name}", RATE_HZ, sites, marks(frozen, RATE_HZ, FREEZING), device="O'Day course")
