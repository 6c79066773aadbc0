"""A user's own recordings that a sensor and a camera made at once: matched, laid over one another, or left out.

A folder holds inertial files (any format that can be read) and skeletons (``.npz``, ``.mat`` or CSV). A pair is two
files with one name, but for words like ``imu`` and ``skeleton``. How far the camera's clock is behind the sensor's is
told from the movement itself: where the strength of both over time agrees best.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError, RecordingError
from data.readers import read
from data.recording import CHANNELS, Recording, Stream

ENERGY_HZ = 20.0
"""Rate at which the strength of movement is compared."""
MOST_OFFSET_S = 30.0
LEAST_SHARED_S = 3.0
LEAST_AGREEMENT = 0.4
"""Correlation of both strengths below which two files are not taken for one scene."""
LEAST_LEAD = 0.05
"""By how much the best offset has to beat any other that is more than a second away."""

_VIEWS = (".npz", ".mat")
_WORDS = re.compile(
    r"[-_ ]?(imu|inertial|sensor|acc|accel|skeleton|skel|joints|pose|depth|video|cam|camera)(?![a-z])", re.IGNORECASE
)
_SKELETON = re.compile(r"(skeleton|skel|joints|pose)(?![a-z])", re.IGNORECASE)
_RATE_KEYS, _JOINT_KEYS = ("rate_hz", "fps", "rate"), ("joints", "skeleton", "d_skel", "positions")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joints over time.

    Parameters
    ----------
    joints
        ``(F, J, 3)`` float32, any unit of length.
    rate_hz
        Frames a second.
    """

    joints: NDArray[np.float32]
    rate_hz: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A recording and the skeleton of the same scene.

    Parameters
    ----------
    offset_s
        The skeleton's first frame lies so many seconds after the recording's first sample.
    agreement
        Correlation of both strengths of movement there.
    """

    name: str
    recording: Recording
    skeleton: Skeleton
    offset_s: float
    agreement: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that became no pair, and why, in a sentence."""

    name: str
    reason: str


def find_pairs(folder: Path) -> tuple[list[Pair], list[LeftOut]]:
    """The pairs of a folder, and the files that are in none.

    Raises
    ------
    RecordingError
        If the folder is not there.
    """
    if not folder.is_dir():
        raise RecordingError(str(folder), "it is no folder", "name the folder that holds the recordings and skeletons")
    inertial: dict[str, list[Path]] = {}
    views: dict[str, list[Path]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
        is_view = path.suffix.lower() in _VIEWS or _SKELETON.search(path.stem) is not None
        (views if is_view else inertial).setdefault(key_of(path), []).append(path)
    pairs, left_out = [], []
    for key in sorted(inertial.keys() | views.keys()):
        mine, theirs = inertial.get(key, []), views.get(key, [])
        if len(mine) != 1 or len(theirs) != 1:
            left_out += [LeftOut(p.name, _unmatched(mine, theirs)) for p in (*mine, *theirs)]
            continue
        try:
            recording, skeleton = read(mine[0]), read_skeleton(theirs[0])
            offset_s, agreement = align(recording, skeleton)
            pairs.append(Pair(key, recording, skeleton, offset_s, agreement))
        except MotionwardError as error:
            left_out.append(LeftOut(f"{mine[0].name} and {theirs[0].name}", str(error)))
    return pairs, left_out


def key_of(path: Path) -> str:
    """What a file's name says beside what kind of file it is: equal for both files of a pair."""
    return _WORDS.sub("", path.stem).lower().strip("-_ ")


def _unmatched(mine: list[Path], theirs: list[Path]) -> str:
    if not theirs:
        return "no skeleton has its name: give both the same name"
    if not mine:
        return "no recording has its name: give both the same name"
    names = ", ".join(p.name for p in (*mine, *theirs))
    return f"several files have one name ({names}): keep one recording and one skeleton"


def read_skeleton(path: Path) -> Skeleton:
    """Joints from a file.

    ``.npz`` and ``.mat``: an array ``(F, J, 3)``, or ``(J, 3, F)`` as UTD-MHAD has it, under ``joints``, ``skeleton``
    or ``d_skel``, and the frames a second under ``rate_hz`` or ``fps``. CSV: a column ``time_s``, then
    ``<joint>_x``, ``<joint>_y``, ``<joint>_z``.

    Raises
    ------
    RecordingError
        If it is none of these.
    """
    try:
        if path.suffix.lower() == ".npz":
            with np.load(path) as held:  # no pickles: refused by default
                return _of_arrays(path, {k: held[k] for k in held.files})
        if path.suffix.lower() == ".mat":
            from scipy.io import loadmat  # noqa: PLC0415  slow to import; the command line must start without it

            return _of_arrays(path, loadmat(path))
        return _of_table(path)
    except (OSError, ValueError, KeyError) as error:
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
    return _checked(path, np.ascontiguousarray(found), rate)


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
    return _checked(path, values, float(1 / np.median(step)))


def _checked(path: Path, joints: NDArray[np.float32], rate_hz: float) -> Skeleton:
    if joints.shape[2] != 3 or len(joints) < LEAST_SHARED_S * rate_hz:
        raise RecordingError(str(path), f"it is {joints.shape} and not {LEAST_SHARED_S:g} s of joints", _HINT)
    if not np.isfinite(joints).all():
        raise RecordingError(str(path), "joints are missing in some frames", "fill them in, or cut those frames away")
    return Skeleton(joints, rate_hz)


def align(recording: Recording, skeleton: Skeleton) -> tuple[float, float]:
    """How far the skeleton starts after the recording, s, and how well both movements agree there.

    Raises
    ------
    RecordingError
        If they agree nowhere, or as well in two places.
    """
    mine, theirs = energy_of(recording.streams[0]), energy_of_joints(skeleton)
    offsets, agreements = correlations(mine, theirs)
    where = f"{recording.source.name} and its skeleton"
    if len(offsets) == 0:
        raise RecordingError(where, f"they are shorter than {LEAST_SHARED_S:g} s", "bring longer recordings")
    best = int(agreements.argmax())
    if agreements[best] < LEAST_AGREEMENT:
        raise RecordingError(
            where,
            f"their movements agree nowhere within {MOST_OFFSET_S:g} s (best correlation {agreements[best]:.2f})",
            "check that both show the same scene, and that the frames a second are right",
        )
    away = np.abs(offsets - offsets[best]) > 1.0
    if away.any() and agreements[away].max() > agreements[best] - LEAST_LEAD:
        other = offsets[away][agreements[away].argmax()]
        raise RecordingError(
            where,
            f"the movement repeats itself: offsets of {offsets[best]:.1f} and {other:.1f} s fit as well",
            "clap once at the start, or cut both to the same instant",
        )
    return float(offsets[best]), float(agreements[best])


def energy_of(stream: Stream) -> NDArray[np.float64]:
    """Strength of a sensor's movement at 20 Hz, through its gaps as nothing: acceleration against its running mean."""
    acc = [stream.channels.index(c) for c in CHANNELS[:3] if c in stream.channels]
    n = max(1, int(stream.interval.duration / 1e6 * ENERGY_HZ))
    out = np.zeros(n)
    for segment in stream.segments:
        samples = np.asarray(segment.samples[:], dtype=np.float64)[:, acc]
        moved = np.linalg.norm(samples - _running(samples, round(segment.rate_hz)), axis=1)
        begin = int((segment.start_us - stream.interval.start) / 1e6 * ENERGY_HZ)
        at = (np.arange(n - begin) * segment.rate_hz / ENERGY_HZ).astype(int)
        at = at[at < len(moved)]
        out[begin : begin + len(at)] = moved[at]
    return smooth(out)


def energy_of_joints(skeleton: Skeleton) -> NDArray[np.float64]:
    """Strength of a body's movement at 20 Hz: acceleration of the quarter of its joints that move most over all.

    Joints are smoothed over 0.2 s first: a centimetre of a tracker's noise is 1 g otherwise.
    """
    position = _running(skeleton.joints.astype(np.float64), max(3, round(0.2 * skeleton.rate_hz)))
    change = np.linalg.norm(np.diff(position, n=2, axis=0, prepend=position[:1], append=position[-1:]), axis=2)
    busiest = change.mean(axis=0).argsort()[-max(1, change.shape[1] // 4) :]
    strength = change[:, busiest].mean(axis=1)
    at = np.arange(int(len(strength) / skeleton.rate_hz * ENERGY_HZ)) * skeleton.rate_hz / ENERGY_HZ
    return smooth(np.interp(at, np.arange(len(strength)), strength))


def _running(x: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Mean over about ``size`` rows around each; fewer at the ends."""
    total = np.concatenate([np.zeros_like(x[:1]), np.cumsum(x, axis=0)])
    at = np.arange(len(x))
    low, high = np.maximum(at - size // 2, 0), np.minimum(at + size // 2 + 1, len(x))
    return np.asarray((total[high] - total[low]) / (high - low).reshape(-1, *[1] * (x.ndim - 1)))


def smooth(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over half a second, then the logarithm above a tenth of the usual: no single jerk shall decide."""
    size = round(0.5 * ENERGY_HZ)
    mean = np.convolve(x, np.ones(size) / size, mode="same")
    return np.asarray(np.log(mean + 0.1 * (np.median(mean) + 1e-9)))


def correlations(
    mine: NDArray[np.float64], theirs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets, s, and the correlation at each, over what both share there (at least half of the shorter one)."""
    least = max(int(LEAST_SHARED_S * ENERGY_HZ), min(len(mine), len(theirs)) // 2)
    most = int(MOST_OFFSET_S * ENERGY_HZ)
    offsets, found = [], []
    for lag in range(-most, most + 1):
        a = mine[max(0, lag) : lag + len(theirs)] if lag + len(theirs) > 0 else mine[:0]
        b = theirs[max(0, -lag) : max(0, -lag) + len(a)]
        a = a[: len(b)]
        if len(a) >= least and a.std() > 1e-9 and b.std() > 1e-9:
            offsets.append(lag / ENERGY_HZ)
            found.append(float(np.corrcoef(a, b)[0, 1]))
    return np.array(offsets), np.array(found)
