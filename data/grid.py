"""The half-second grid that scores, embeddings and outcomes are given on.

Each segment has a grid of its own that begins at its first sample, so that no half
second crosses a gap and cutting a recording at a gap changes nothing on either side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.recording import Stream

HOP_US = 500_000
"""Length of one cell of the grid, microseconds."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Half seconds of a stream.

    Parameters
    ----------
    start_us
        ``(n,)`` int64, start of each half second, increasing.
    runs
        One slice into ``start_us`` for each segment, in order; an empty slice for a
        segment shorter than half a second.
    """

    start_us: NDArray[np.int64]
    runs: tuple[slice, ...]

    def __len__(self) -> int:
        return len(self.start_us)


def half_seconds(stream: Stream) -> Grid:
    """The grid of a stream: as many whole half seconds as each segment holds.

    A segment of n samples at r Hz lasts n / r seconds, its last sample included.
    """
    starts, runs, at = [], [], 0
    for segment in stream.segments:
        count = segment.interval.duration // HOP_US
        starts.append(segment.start_us + HOP_US * np.arange(count, dtype=np.int64))
        runs.append(slice(at, at + count))
        at += count
    merged = np.concatenate(starts) if starts else np.zeros(0, dtype=np.int64)
    merged.setflags(write=False)
    return Grid(merged, tuple(runs))
