"""Films of a movement, small and grey: only how they change from frame to frame is wanted, and a clip for a network.

Decoded by PyAV, which motionward neither installs nor ships: its wheels hold codecs under the GPL.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import MotionwardError, RecordingError

SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".m4v")
SIDE = 64
"""Height and width that every frame is reduced to."""
INSTALL = "pip install 'av>=18,<19'"


@dataclass(frozen=True, slots=True)
class Film:
    """Frames over time.

    Parameters
    ----------
    frames
        ``(F, 64, 64)`` uint8, evenly spaced.
    rate_hz
        Frames a second.
    start_us
        Microseconds since 1970 UTC that the file gives for its making; None where it gives none.
    """

    frames: NDArray[np.uint8]
    rate_hz: float
    start_us: int | None = None


def read_film(path: Path) -> Film:
    """A film of any length, a frame at a time; 4 KiB of it are kept of each frame.

    Raises
    ------
    MotionwardError
        If PyAV is not installed.
    RecordingError
        If the file is no film, or too short to say anything.
    """
    try:
        import av  # noqa: PLC0415  an extra
    except ModuleNotFoundError as error:
        raise MotionwardError(f"Reading {path.name} needs PyAV, which is not installed: {INSTALL}") from error
    frames: list[NDArray[np.uint8]] = []
    times: list[float] = []
    try:
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            made = _instant({**file.metadata, **stream.metadata}.get("creation_time"))
            for frame in file.decode(stream):
                frames.append(frame.reformat(SIDE, SIDE, "gray").to_ndarray())
                times.append(len(times) if frame.time is None else frame.time)
    except (av.FFmpegError, IndexError, OSError) as error:
        raise RecordingError(path.name, "it is no film that can be decoded", "convert it to MP4 (H.264)") from error
    step = np.diff(np.array(times, dtype=np.float64))
    if len(step) < SIDE or not np.median(step) > 0:
        raise RecordingError(path.name, f"it has only {len(frames)} frames", "bring a film of some seconds")
    rate = float(1 / np.median(step))
    # Phones film at a rate that wanders: frames are put where an even clock would have them.
    even = np.arange(times[0], times[-1], 1 / rate)
    nearest = np.clip(np.searchsorted(times, even + 0.5 / rate) - 1, 0, len(frames) - 1)
    return Film(np.stack(frames)[nearest], rate, made)


def change(film: Film) -> NDArray[np.float64]:
    """``(F,)`` mean change of brightness to the frame before, of what changes most: the quarter of busiest places."""
    x = film.frames.astype(np.float32)
    moved = np.abs(np.diff(x, axis=0, prepend=x[:1])).reshape(len(x), -1)
    busiest = moved.mean(axis=0).argsort()[-moved.shape[1] // 4 :]
    return np.asarray(moved[:, busiest].mean(axis=1), dtype=np.float64)


def _instant(text: str | None) -> int | None:
    """``2026-03-02T06:00:00.000000Z`` as microseconds; None for nothing, and for the year 1970 and before."""
    if not text:
        return None
    try:
        at = np.datetime64(text.rstrip("Z").replace(" ", "T"), "us").astype(np.int64)
    except ValueError:
        return None
    return int(at) if at > 0 else None
