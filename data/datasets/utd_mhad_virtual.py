"""Sensors that nobody wore: what seven of them would have measured in the clips of UTD-MHAD, from its skeletons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.datasets.common import Site, packed, whole
from data.datasets.utd_mhad import ACTIONS, JOINTS, RATE_HZ, Clip, clips, inertial_index
from data.recording import Placement, Recording, Side
from data.virtual_imu import LEAST_FRAMES, virtual_imu

UP = np.array([0.0, 1.0, 0.0])
"""Against gravity on the camera's axes, which stood level."""
_HIPS = ("left_hip", "right_hip")
BONES = (
    (Placement.LOWER_BACK, Side.MIDDLE, ("spine", "hip_center"), _HIPS),
    (Placement.WRIST, Side.LEFT, ("left_elbow", "left_wrist"), None),
    (Placement.WRIST, Side.RIGHT, ("right_elbow", "right_wrist"), None),
    (Placement.THIGH, Side.LEFT, ("left_hip", "left_knee"), _HIPS),
    (Placement.THIGH, Side.RIGHT, ("right_hip", "right_knee"), _HIPS),
    (Placement.ANKLE, Side.LEFT, ("left_knee", "left_ankle"), _HIPS),
    (Placement.ANKLE, Side.RIGHT, ("right_knee", "right_ankle"), _HIPS),
)
"""Where, the bone at whose far end the sensor sits, and what tells how the bone turns about itself."""


def load(root: Path) -> Iterator[tuple[str, Recording]]:
    """Each clip that has a skeleton as virtual sensors, with its person, annotated as a whole with its action."""
    for clip in clips(root):
        if len(clip.skeleton) >= LEAST_FRAMES:
            yield clip.person, _recording(clip)


def _recording(clip: Clip) -> Recording:
    samples, frames, number = len(clip.inertial), len(clip.skeleton), {name: i for i, name in enumerate(JOINTS)}
    frame_s = inertial_index(np.arange(float(frames)), frames, samples) / RATE_HZ
    at_s = np.arange(samples) / RATE_HZ

    def seen(pair: tuple[str, str]) -> tuple[int, int]:
        return number[pair[0]], number[pair[1]]

    sites = [
        Site(place, side,
             virtual_imu(clip.skeleton, frame_s, at_s, seen(bone), UP, None if across is None else seen(across)))
        for place, side, bone, across in BONES
    ]  # fmt: skip
    return packed(
        f"utd-mhad-virtual/{clip.name}",
        RATE_HZ,
        sites,
        whole(samples, RATE_HZ, ACTIONS[clip.action - 1]),
        device="made from a skeleton",
        assumptions=("no sensor was there: acceleration and rotation are those of a camera's joints",),
    )
