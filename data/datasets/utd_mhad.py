"""UTD-MHAD: 27 short actions of eight people, seen by a sensor at the wrist or thigh and by a depth camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from data.datasets.trials import AXES
from data.recording import Placement, Recording, Side

TERMS = Terms(
    "utd-mhad",
    "Chen C, Jafari R, Kehtarnavaz N. UTD-MHAD: A Multimodal Dataset for Human Action Recognition Utilizing a Depth "
    "Camera and a Wearable Inertial Sensor. IEEE ICIP 2015.",
    "Published by its authors as freely available for research; cite the paper.",
)

RATE_HZ = 50.0
ACTIONS = (
    "swipe left", "swipe right", "wave", "clap", "throw", "cross arms", "basketball shoot", "draw x",
    "draw circle clockwise", "draw circle counter-clockwise", "draw triangle", "bowling", "boxing", "baseball swing",
    "tennis forehand", "arm curl", "tennis serve", "push", "knock", "catch", "pick up and throw", "jog in place",
    "walk in place", "sit to stand", "stand to sit", "lunge", "squat",
)  # fmt: skip
"""Name of action 1, 2, ... 27; the sensor sits on the right wrist for 1 to 21, on the right thigh from 22 on."""

FIRST_ON_THIGH = 22


PUBLISHED = Published(
    "utd-mhad",
    people=8,
    recordings=861,
    where="https://personal.utdallas.edu/~kehtar/UTD-MHAD.html",
    layout="Inertial/a1_s1_t1_inertial.mat, ..., Skeleton/a1_s1_t1_skeleton.mat, ... and Depth/a1_s1_t1_depth.mat, ...",
    splits={
        "CMC-CMKM": {"train": ("1", "3", "5"), "validation": ("7",), "test": ("2", "4", "6", "8")},
        "odd and even": {"train": ("1", "3", "5", "7"), "test": ("2", "4", "6", "8")},
    },
)
JOINTS = (
    "head", "shoulder_center", "spine", "hip_center",
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist", "hand")),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "foot")),
)  # fmt: skip
SKELETON_STEP_M = 0.0002
SIDE, MARGIN = 64, 5
"""Pixels of a depth frame's side, and about the body before it is made that small."""
BEFORE_MM, BEHIND_MM = 1000, 600
"""From how far before the body's median depth, which is brightest, to how far behind it a depth film reaches."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One sequence as three sensors saw it.

    The camera's clock is wrong (its frames came at about 18 a second, not at the 30 that were published, while the
    inertial clock is right): the clips are laid over one another end to end, see :func:`inertial_index`.

    Parameters
    ----------
    inertial
        ``(n, 6)`` float32, g and °/s, at 50 Hz.
    skeleton
        ``(frames, 20, 3)`` float32, m, camera frame: x to the right of the picture, y up, z away from the camera.
    depth
        ``(k, 64, 64)`` uint8 of every second frame, 0 where there is no body, near is bright; None where there is none.
    """

    person: str
    action: int
    trial: int
    inertial: NDArray[np.float32]
    skeleton: NDArray[np.float32]
    depth: NDArray[np.uint8] | None

    @property
    def name(self) -> str:
        """As the publisher names its files."""
        return f"a{self.action}_s{self.person}_t{self.trial}"


def inertial_index(frame: NDArray[np.floating], frames: int, samples: int) -> NDArray[np.float64]:
    """Where in ``samples`` inertial samples each of some of ``frames`` camera frames lies, both laid end to end."""
    return np.asarray((np.asarray(frame, dtype=np.float64) + 0.5) / frames * samples - 0.5)


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each clip's inertial part with its person, annotated as a whole with its action."""
    return whole_set(
        root,
        PUBLISHED,
        ((c.person, _recording(c)) for c in _packed(root)),
        ((c.person, _recording(c)) for c in _originals(root)),
    )


def clips(root: Path) -> Iterator[Clip]:
    """Each clip with all that was recorded of it, the packed ones first.

    Raises
    ------
    RecordingError
        If there is none.
    """
    seen: set[str] = set()
    for source in (_packed(root, with_depth=True), _originals(root, with_depth=True)):
        for clip in source:
            if clip.name not in seen:
                seen.add(clip.name)
                yield clip
    if not seen:
        next(whole_set(root, PUBLISHED, iter(()), iter(())))


def _packed(root: Path, *, with_depth: bool = False) -> Iterator[Clip]:
    folder = root / PUBLISHED.folder
    if not (folder / "inertial.parquet").is_file():
        return
    inertial, skeleton = columns(folder / "inertial.parquet"), columns(folder / "skeleton.parquet")
    bones = dict(pieces(skeleton["sequence"]))
    titles = [f"{joint}_{axis}" for joint in JOINTS for axis in AXES]
    about = {int(row["sequence"]): row for row in rows_of(folder / "sequences.csv")}
    videos: dict[str, dict[tuple[int, int], NDArray[np.uint8]]] = {}
    for key, rows in pieces(inertial["sequence"]):
        row = about[int(str(key))]
        person, action, trial = row["subject"], int(row["action"]), int(row["trial"])
        if with_depth and person not in videos:
            videos = {person: _depth(folder / f"depth64_s{person}.npz")}
        samples = np.hstack(
            [
                stack(inertial, [f"acc_{a}" for a in AXES], rows, 1.0),
                stack(inertial, [f"gyro_{a}" for a in AXES], rows, 1.0),
            ]
        )
        joints = stack(skeleton, titles, bones[key], SKELETON_STEP_M).reshape(-1, len(JOINTS), 3)
        yield Clip(person, action, trial, samples, joints, videos.get(person, {}).get((action, trial)))


def _depth(path: Path) -> dict[tuple[int, int], NDArray[np.uint8]]:
    """Frames of each (action, trial) of one person."""
    if not path.is_file():
        return {}
    with np.load(path) as held:
        frames, start = held["frames"], held["start"]
        keys = zip(held["action"].tolist(), held["trial"].tolist(), strict=True)
        return {k: frames[a:b] for k, a, b in zip(keys, start[:-1], start[1:], strict=True)}


def _originals(root: Path, *, with_depth: bool = False) -> Iterator[Clip]:
    from scipy.io import loadmat  # noqa: PLC0415  slow to import; the command line must start without it

    # Beside one another here, in a folder for each modality as published.
    beside = {p.name: p for p in originals_of(root, PUBLISHED, "a*_s*_t*_*.mat")}
    for path in originals_of(root, PUBLISHED, "a*_s*_t*_inertial.mat"):
        name = path.name.removesuffix("_inertial.mat")
        action, person, trial = (part[1:] for part in name.split("_"))
        bones, film = beside.get(f"{name}_skeleton.mat"), beside.get(f"{name}_depth.mat")
        samples = loadmat(path)["d_iner"].astype(np.float32)
        joints = (
            np.zeros((0, len(JOINTS), 3), dtype=np.float32)
            if bones is None
            else np.ascontiguousarray(loadmat(bones)["d_skel"].astype(np.float32).transpose(2, 0, 1))
        )
        depth = small(loadmat(film)["d_depth"]) if with_depth and film is not None else None
        yield Clip(person, int(action), int(trial), samples, joints, depth)


def small(depth: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """A depth film as :class:`Clip` has it: every second frame, the square about the body, 64 pixels wide.

    Parameters
    ----------
    depth
        ``(240, 320, T)`` mm, 0 where there is no body.
    """
    rows, columns = np.nonzero(depth.any(axis=2))
    if len(rows) == 0:
        return np.zeros((-(-depth.shape[2] // 2), SIDE, SIDE), dtype=np.uint8)
    side = max(np.ptp(rows), np.ptp(columns)) + 1 + 2 * MARGIN
    # The nearest pixel, not a mean: between a body and nothing there is nothing.
    at = ((np.arange(SIDE) + 0.5) / SIDE - 0.5) * side
    y, x = ((i.min() + i.max() + 1) / 2 + at for i in (rows, columns))
    inside = ((y >= 0) & (y < depth.shape[0]))[:, None] & ((x >= 0) & (x < depth.shape[1]))[None, :]
    picked = depth[
        np.clip(y.astype(int), 0, depth.shape[0] - 1)[:, None],
        np.clip(x.astype(int), 0, depth.shape[1] - 1)[None, :],
        ::2,
    ].astype(np.float64)
    far = np.median(depth[depth > 0]) + BEHIND_MM
    bright = 1 + 254 * (far - picked) / (BEFORE_MM + BEHIND_MM)
    seen = np.where((picked > 0) & inside[..., None], np.clip(np.rint(bright), 1, 255), 0)
    return np.ascontiguousarray(seen.transpose(2, 0, 1).astype(np.uint8))


def source_of(clip: Clip) -> str:
    """Name of the source of the recording that is the clip's inertial part."""
    return f"utd-mhad/{clip.name}"


def _recording(clip: Clip) -> Recording:
    placement = Placement.THIGH if clip.action >= FIRST_ON_THIGH else Placement.WRIST
    return packed(
        source_of(clip),
        RATE_HZ,
        [Site(placement, Side.RIGHT, clip.inertial)],
        whole(len(clip.inertial), RATE_HZ, ACTIONS[clip.action - 1]),
        device="UTD-MHAD",
    )
