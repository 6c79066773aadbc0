"""What an inertial sensor on a limb would have measured, from the joints that a camera saw (after Kwon et al., IMUTube,
Proc. ACM IMWUT 4(3):87, 2020)."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.signal import butter, filtfilt
from scipy.spatial.transform import Rotation

from data.units import STANDARD_GRAVITY

CUTOFF_HZ = 3.0
"""Joints of a depth camera jump by a centimetre from frame to frame: differentiated twice, more would be noise. At 3 Hz
the wrist's acceleration follows the sensor's best, and is nearly as strong (UTD-MHAD, 861 clips)."""
LEAST_FRAMES = 12


def virtual_imu(
    joints: NDArray[np.floating], frame_s: NDArray[np.floating], at_s: NDArray[np.floating], bone: tuple[int, int],
    up: NDArray[np.floating], across: tuple[int, int] | None = None,
) -> NDArray[np.float32]:  # fmt: skip
    """Acceleration and rotation of a sensor at the far end of a bone, along its own axes: z along the bone.

    How the bone turns about itself is not seen. Two joints ``across`` the body tell it where they lie square to the
    bone; else it is taken to be as little as may be.

    Parameters
    ----------
    joints
        ``(F, J, 3)`` m.
    frame_s
        ``(F,)``, evenly spaced; when each frame was taken.
    at_s
        ``(n,)``, evenly spaced; when the sensor samples.
    bone
        The near and the far joint.
    up
        ``(3,)`` unit vector against gravity, on the axes of the joints.

    Returns
    -------
    ``(n, 6)`` g and °/s.

    Raises
    ------
    ValueError
        If there are fewer than :data:`LEAST_FRAMES` frames, or the joints of the bone coincide.
    """
    if len(joints) < LEAST_FRAMES:
        raise ValueError(f"{len(joints)} frames are too few")
    x, t, s = (np.asarray(a, dtype=np.float64) for a in (joints, frame_s, at_s))
    rate = 1.0 / (t[1] - t[0])
    smooth = partial(filtfilt, *butter(2, min(CUTOFF_HZ, 0.45 * rate), fs=rate), axis=0)
    near, far = (CubicSpline(t, smooth(x[:, j])) for j in bone)
    along = _unit(far(s) - near(s))
    if across is None:
        axes = _least_turning(along)
    else:
        left, right = (CubicSpline(t, smooth(x[:, j]))(s) for j in across)
        side = right - left
        first = _unit(side - np.sum(side * along, axis=1, keepdims=True) * along)
        axes = np.stack([first, np.cross(along, first), along], axis=2)
    force = far(s, 2) / STANDARD_GRAVITY + np.asarray(up, dtype=np.float64)
    acc = np.einsum("nij,ni->nj", axes, force)
    turned = Rotation.from_matrix(axes)
    step = (turned[:-1].inv() * turned[1:]).as_rotvec() / (s[1] - s[0])
    rotation = np.concatenate([step[:1], 0.5 * (step[:-1] + step[1:]), step[-1:]])
    return np.hstack([acc, np.rad2deg(rotation)]).astype(np.float32)


def _least_turning(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(n, 3, 3)`` axes, in columns, whose third follows ``along`` without turning about it."""
    first = np.eye(3)[np.argmin(np.abs(along[0]))]
    at = _unit(first - (first @ along[0]) * along[0])
    found = np.empty((len(along), 3, 3))
    for i, z in enumerate(along):
        at = _unit(at - (at @ z) * z)  # a step turns by little: what leaves the plane is cut off
        found[i] = np.stack([at, np.cross(z, at), z], axis=1)
    return found


def _unit(v: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    if not (length > 1e-9).all():
        raise ValueError("the joints of a bone coincide")
    return np.asarray(v / length)
