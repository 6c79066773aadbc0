"""Rows of several sensors in turn under the same column names: read as one they would be a movement nobody made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.names import tokens
from data.readers._guess_time import Column
from data.readers._table import Site

MOST = 64
"""Values that a column which tells sensors apart may have."""
FEWEST = 10
"""Changes from one of its values to another that are enough to tell."""
_OF_SENSORS = {"sensor", "sensors", "device", "deviceid", "sensorid", "mac", "address", "node", "imu", "id", "serial",
               "location", "placement", "position", "side", "limb", "unit", "tag", "source", "type"}  # fmt: skip
"""Words in the name of a column of numbers that tells sensors apart; else it may be a coarse reading of a movement."""


def refuse_several(sites: Sequence[Site], columns: Sequence[Column], read: set[str], file: Path) -> None:
    """Refuse a table whose rows are of several sensors.

    Parameters
    ----------
    columns
        All columns with their first rows.
    read
        Keys of the columns that have a meaning already; one of the others may tell the sensors apart.

    Raises
    ------
    RecordingError
        When the rows of one sensor go on with the next row but one, or later, and not with the next.
    """
    by_key = {c.key: c for c in columns}
    for site in sites:
        keys = [terms[0][0] for _, terms in site.channels[:3]]
        values = np.column_stack([by_key[k].numbers for k in keys])
        for column in columns:
            if column.key not in read and _tells_apart(column, values):
                name = column.title or f"{columns.index(column) + 1}"
                hint = "split it into a file for each sensor"
                hint += "" if column.is_text else ", or say in a profile which rows are whose (where)"
                raise RecordingError(file.name, f"its rows are of several sensors, told apart by column {name!r}", hint)


def _tells_apart(column: Column, values: NDArray[np.float64]) -> bool:
    """Whether rows of one value of a column follow one another, and rows of two do not, though they are neighbours."""
    codes = _codes(column, len(values))
    if codes is None:
        return False
    good = np.isfinite(values).all(axis=1)
    codes, values = codes[good], values[good]
    by_code = np.argsort(codes, kind="stable")
    same = np.diff(codes[by_code]) == 0
    following = np.full(len(codes), -1)
    following[by_code[:-1][same]] = by_code[1:][same]
    changes = np.flatnonzero((np.diff(codes) != 0) & (following[:-1] > 0))
    if len(changes) < FEWEST:
        return False
    to_next = float(np.median(np.abs(values[changes + 1] - values[changes]).sum(axis=1)))
    to_own = float(np.median(np.abs(values[following[changes]] - values[changes]).sum(axis=1)))
    return to_own < 0.5 * to_next


def _codes(column: Column, rows: int) -> NDArray[np.int64] | None:
    """A number for each value of a column of a few values; None of any other."""
    if column.is_text:
        if len(column.words) != rows or len(set(column.words[:1000])) > MOST:
            return None
        found = np.unique(np.array(column.words), return_inverse=True)
    else:
        is_named_so = not column.title or _OF_SENSORS & set(tokens(column.title))
        if not is_named_so or len(column.numbers) != rows or not np.isfinite(column.numbers).all():
            return None
        found = np.unique(column.numbers, return_inverse=True)
    return found[1] if 2 <= len(found[0]) <= MOST else None
