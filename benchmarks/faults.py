"""The faults that are put into recordings on purpose, and what each must be called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.quality import corrected
from data.recording import Clock, Recording, Segment, Stream

Rng = np.random.Generator

VERTICAL = {"simulated": 0, "TLVMC": 0, "Daphnet": 1, "MotionSense": 1, "SisFall": 1, "UMAFall": 0}
"""Which axis lies along the body of somebody who stands, by the beginning of the device's name: as published."""
STEEP = 0.7
ACTIVE_G = 0.05
UPRIGHT_S, ACTIVE_S = 10, 30


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind: how it is put into a recording, and the findings that would be false alarms in one without.

    Parameters
    ----------
    fits
        Whether it can be put into a recording.
    shows
        Whether the fault makes a difference to what a body can do, given the same draw as ``put``.
    """

    name: str
    put: Callable[[Recording, Rng], Recording]
    kinds: tuple[str, ...]
    fits: Callable[[Recording], bool] = lambda _: True
    shows: Callable[[Recording, Rng], bool] | None = None


def first(recording: Recording) -> tuple[Stream, Segment, NDArray[np.float32]]:
    """The first stream, its first segment and that one's samples."""
    stream = recording.streams[0]
    segment = stream.segments[0]
    return stream, segment, np.array(segment.samples[0 : segment.n_samples], dtype=np.float32)


def with_segments(recording: Recording, *segments: Segment, rate_hz: float | None = None) -> Recording:
    """The recording with its first stream's segments replaced."""
    stream = replace(recording.streams[0], segments=segments)
    stream = stream if rate_hz is None else replace(stream, rate_hz=rate_hz)
    return replace(recording, streams=(stream, *recording.streams[1:]))


def gap(recording: Recording, rng: Rng) -> Recording:
    """Three seconds to a minute are not there."""
    _, segment, x = first(recording)
    size = int(rng.uniform(3, 60) * segment.rate_hz)
    a = int(rng.integers(segment.rate_hz * 10, len(x) - size - segment.rate_hz * 10))
    later = Segment(segment.time_us(a + size), segment.rate_hz, x[a + size :])
    return with_segments(recording, replace(segment, samples=x[:a]), later)


def drift(recording: Recording, rng: Rng) -> Recording:
    """The sensor runs 0.7 to 1.9 % slower or faster than it says."""
    _, segment, x = first(recording)
    off = rng.uniform(0.007, 0.019) * rng.choice([-1, 1])
    return with_segments(recording, replace(segment, rate_hz=recording.streams[0].rate_hz * (1 + off), samples=x))


def wrong_rate(recording: Recording, rng: Rng) -> Recording:
    """The nominal rate is half or twice what the time stamps say."""
    return replace(
        recording,
        streams=(replace(recording.streams[0], rate_hz=recording.streams[0].rate_hz * float(rng.choice([0.5, 2.0]))),),
    )


def saturation(recording: Recording, rng: Rng) -> Recording:
    """Movement so strong that 1 % of one axis lies beyond the range of 2, 4 or 8 g."""
    _, segment, x = first(recording)
    limit, axis = float(rng.choice([2.0, 4.0, 8.0])), int(rng.integers(3))
    middle = np.median(x[:, :3], axis=0)
    strength = (limit - abs(middle[axis])) / max(float(np.quantile(np.abs(x[:, axis] - middle[axis]), 0.99)), 1e-3)
    x[:, :3] = np.clip((x[:, :3] - middle) * strength + middle, -limit, limit)
    return with_segments(recording, replace(segment, samples=x))


def upside_down(recording: Recording, _: Rng) -> Recording:
    """Worn upside-down throughout."""
    return corrected(recording, upside_down=recording.streams[0].name)


def turned_over(recording: Recording, rng: Rng) -> Recording:
    """Put on upside-down for the last third to half."""
    _, segment, x = first(recording)
    upright = vertical_of(recording)
    signs = np.ones(x.shape[1], dtype=np.float32)
    signs[[upright, (upright + 1) % 3]] = -1
    signs[3:] = signs[: x.shape[1] - 3]
    x[_turn(len(x), rng) :] *= signs
    return with_segments(recording, replace(segment, samples=x))


def turn_shows(recording: Recording, rng: Rng) -> bool:
    """Whether the wearer is upright for ten seconds before the turn and after it, and upright and active for thirty."""
    _, segment, x = first(recording)
    second = round(segment.rate_hz)
    cells = x[: len(x) // second * second, :3].reshape(-1, second, 3)
    mean = cells.mean(axis=1)
    upright = np.abs(mean[:, vertical_of(recording)]) > STEEP * np.linalg.norm(mean, axis=1)
    active = np.linalg.norm(cells.std(axis=1), axis=1) > ACTIVE_G
    at = _turn(len(x), rng) / second
    before, after = upright[: int(at)].sum(), upright[int(at) + 1 :].sum()
    return bool(min(before, after) >= UPRIGHT_S and (upright & active).sum() >= ACTIVE_S)


def moves(recording: Recording, _: Rng) -> bool:
    """Whether the wearer is active for thirty seconds."""
    _, segment, x = first(recording)
    second = round(segment.rate_hz)
    cells = x[: len(x) // second * second, :3].reshape(-1, second, 3)
    return bool((np.linalg.norm(cells.std(axis=1), axis=1) > ACTIVE_G).sum() >= ACTIVE_S)


def _turn(length: int, rng: Rng) -> int:
    return int(rng.uniform(0.5, 0.66) * length)


def vertical_of(recording: Recording) -> int:
    """The axis along the body."""
    return next(axis for make, axis in VERTICAL.items() if recording.device.startswith(make))


def wrong_unit(recording: Recording, rng: Rng) -> Recording:
    """Acceleration in m/s², in mg, or in raw counts of 1/2048 g, taken for g."""
    _, segment, x = first(recording)
    x[:, :3] *= float(rng.choice([9.80665, 1000.0, 2048.0]))
    return with_segments(recording, replace(segment, samples=x))


def gyro_unit(recording: Recording, _: Rng) -> Recording:
    """Turning rate in rad/s taken for °/s."""
    segment, x = first(recording)[1:]
    x[:, 3:] *= np.pi / 180
    return with_segments(recording, replace(segment, samples=x))


def stuck(recording: Recording, rng: Rng) -> Recording:
    """One axis holds its value for 70 s or more."""
    _, segment, x = first(recording)
    size = int(rng.uniform(70, 100) * segment.rate_hz)
    a = int(rng.integers(0, len(x) - size))
    axis = int(rng.integers(x.shape[1]))
    x[a : a + size, axis] = x[a, axis]
    return with_segments(recording, replace(segment, samples=x))


def repeated(recording: Recording, rng: Rng) -> Recording:
    """A block of 10 to 30 s is written twice, the second time at once or later."""
    _, segment, x = first(recording)
    size = int(rng.uniform(10, 30) * segment.rate_hz)
    a = int(rng.integers(0, len(x) - size))
    at = int(rng.integers(a + size, len(x) + 1))
    return with_segments(recording, replace(segment, samples=np.concatenate([x[:at], x[a : a + size], x[at:]])))


def unset(recording: Recording, _: Rng) -> Recording:
    """The device's clock was never set."""
    return replace(recording, clock=Clock.UNSET, zone=None)


def swapped(recording: Recording, _: Rng) -> Recording:
    """Left and right ankle exchanged."""
    return corrected(recording, swapped=("left-ankle", "right-ankle"))


def has_gyroscope(recording: Recording) -> bool:
    """Whether the first stream turns."""
    return len(recording.streams[0].channels) == 6


def is_known(recording: Recording) -> bool:
    """Whether it is known which way up this kind of sensor is worn."""
    return recording.device.startswith(("simulated", "TLVMC"))


def is_whole(recording: Recording) -> bool:
    """Whether the sensor's range suffices: those of UMAFall are known to cut off peaks."""
    return not recording.device.startswith("UMAFall")


FAULTS = (
    Fault("gap", gap, ("gaps",)),
    Fault("drift", drift, ("drift",)),
    Fault("wrong rate", wrong_rate, ("rate",)),
    Fault("saturation", saturation, ("saturation",), is_whole),
    Fault("upside-down", upside_down, ("upside-down",), is_known),
    Fault("turned over", turned_over, ("turned over",), shows=turn_shows),
    Fault("wrong unit", wrong_unit, ("scale",)),
    Fault("wrong unit of the gyroscope", gyro_unit, ("gyroscope scale",), has_gyroscope, moves),
    Fault("stuck axis", stuck, ("dead channel",)),
    Fault("repeated block", repeated, ("repeated block",)),
    Fault("clock never set", unset, ("clock not set",)),
)
SWAP = Fault("left and right swapped", swapped, ("sides swapped",))
