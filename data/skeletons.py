"""Joints over time, from a user's file."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.readers import _mat5

LEAST_S = 3.0
"""Shorter clips say too little."""
_RATE_KEYS, _JOINT_KEYS = ("rate_hz", "fps", "rate"), ("joints", "skeleton", "d_skel", "positions")
_START_KEY, _NAMES_KEY = "start_utc_s", "joint_names"
_DAMAGE = (
    OSError, ValueError, TypeError, KeyError, EOFError, SyntaxError, TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy and the readers of tables say of files that are cut off or damaged."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joints over time.

    Parameters
    ----------
    joints
        ``(F, J, 3)`` float32, any unit of length.
    rate_hz
        Frames a second.
    start_us
        When the first was taken, microseconds since 1970 UTC; None where the file does not say.
    names
        What the file calls each joint; empty where it calls them nothing.
    """

    joints: NDArray[np.float32]
    rate_hz: float
    start_us: int | None = None
    names: tuple[str, ...] = ()


def read_skeleton(path: Path) -> Skeleton:
    """Joints from a file.

    ``.npz`` and ``.mat``: an array ``(F, J, 3)``, or ``(J, 3, F)`` as UTD-MHAD has it, under ``joints``, ``skeleton``
    or ``d_skel``, the frames a second under ``rate_hz`` or ``fps``, and, where it is known, the time of the first
    frame under ``start_utc_s`` (seconds since 1970) and the names of the joints under ``joint_names``. CSV: a column
    ``time_s``, then ``<joint>_x``, ``<joint>_y``, ``<joint>_z``.

    Raises
    ------
    RecordingError
        If it is none of these.
    """
    try:
        if path.suffix.lower() == ".npz":
            with path.open("rb") as file, np.load(file) as held:  # no pickles: refused by default
                return _of_arrays(path, {k: held[k] for k in held.files})
        if path.suffix.lower() == ".mat":
            content = path.read_bytes()
            if content.startswith(b"MATLAB 7.3"):
                raise RecordingError(str(path), "it is a MATLAB file of version 7.3", "save it with the option -v7")
            return _of_arrays(path, _mat5.loaded(content))
        return _of_table(path)
    except _DAMAGE as error:
        raise RecordingError(str(path), f"it holds no skeleton that can be read ({error})", _HINT) from error


_HINT = "give joints as an array of frames, joints and 3, with the frames a second as rate_hz"


def _of_arrays(path: Path, arrays: dict[str, NDArray[np.generic]]) -> Skeleton:
    found = next((np.asarray(arrays[k], dtype=np.float32) for k in _JOINT_KEYS if k in arrays), None)
    rate = next((float(np.asarray(arrays[k]).ravel()[0]) for k in _RATE_KEYS if k in arrays), None)
    if found is None or found.ndim != 3:
        raise RecordingError(str(path), "it holds no array of joints", _HINT)
    if rate is None or not 1 <= rate <= 1000:
        raise RecordingError(str(path), "it does not say how many frames a second it has", _HINT)
    if found.shape[2] != 3 and found.shape[1] == 3:
        found = found.transpose(2, 0, 1)
    start = float(np.asarray(arrays[_START_KEY]).ravel()[0]) if _START_KEY in arrays else None
    names = tuple(str(n).strip() for n in np.ravel(np.asarray(arrays.get(_NAMES_KEY, []))))
    if names and len(names) != found.shape[1]:
        raise RecordingError(str(path), f"it names {len(names)} joints and has {found.shape[1]}", "name each joint")
    start_us = None if start is None else round(start * 1e6)
    return _checked(path, Skeleton(np.ascontiguousarray(found), rate, start_us, names))


def _of_table(path: Path) -> Skeleton:
    import pandas as pd  # noqa: PLC0415  half a second to import; the command line must start without it

    table = pd.read_csv(path)
    joints = [str(c)[:-2] for c in table.columns if str(c).endswith("_x")]
    if "time_s" not in table or not joints:
        raise RecordingError(str(path), "it has no column time_s, or no columns like hips_x, hips_y, hips_z", _HINT)
    columns = [f"{joint}_{axis}" for joint in joints for axis in "xyz"]
    values = table[columns].to_numpy(dtype=np.float32).reshape(len(table), len(joints), 3)
    step = np.diff(table["time_s"].to_numpy(dtype=np.float64))
    if len(step) == 0 or not np.median(step) > 0:
        raise RecordingError(str(path), "its times do not rise", "check the column time_s")
    return _checked(path, Skeleton(values, float(1 / np.median(step)), names=tuple(joints)))


def _checked(path: Path, made: Skeleton) -> Skeleton:
    joints = made.joints
    if joints.shape[2] != 3 or len(joints) < LEAST_S * made.rate_hz:
        raise RecordingError(str(path), f"it is {joints.shape} and not {LEAST_S:g} s of joints", _HINT)
    if not np.isfinite(joints).all():
        raise RecordingError(str(path), "joints are missing in some frames", "fill them in, or cut those frames away")
    return made
