"""Blocks that were written twice: the same samples again, bit for bit, at another place of a segment.

Nothing is compared with everything. Some rows are anchors, chosen by their own values and the three before them, so
that a copy has the same anchors; the 32 rows from an anchor on make its fingerprint; and three or more anchors in a
row that were met before, all at one distance, are a copy. The principle is that of content-defined chunking
(Muthitacharoen et al. 2001, *A low-bandwidth network file system*).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WINDOW = 32
"""Rows of a fingerprint."""
LEAST_CHANGES = 24
"""A fingerprint in which fewer rows differ from the one before says nothing: a still sensor repeats itself."""
ANCHOR_MASK = np.uint32(63)
"""One row in 64 is an anchor."""
LEAST_ANCHORS = 3
FURTHEST = 1024
"""Rows between two anchors of one copy, at most."""
_AXES = np.array([2654435761, 2246822519, 3266489917], dtype=np.uint32)
_WEIGHTS = np.random.default_rng(1).integers(1, 2**63, WINDOW, dtype=np.uint64) | np.uint64(1)


class Repeats:
    """Finds copies across the borders of chunks; keeps some 16 bytes for every 64 rows."""

    def __init__(self) -> None:
        self._tail: NDArray[np.uint32] = np.zeros(0, dtype=np.uint32)
        self._prints: list[NDArray[np.uint64]] = []
        self._at: list[NDArray[np.int64]] = []

    def take(self, acc: NDArray[np.float32], first: int) -> None:
        """Read the next ``(axes, n)`` samples, the first of which is number ``first``."""
        bits = acc.view(np.uint32)
        rows: NDArray[np.uint32] = bits[0] * _AXES[0]
        for axis in range(1, len(bits)):
            rows = np.bitwise_xor(rows, bits[axis] * _AXES[axis % 3])
        rows = np.concatenate([self._tail, rows ^ np.right_shift(rows, np.uint32(15))])
        begin = first - len(self._tail)
        self._tail = rows[-(WINDOW + 3) :].copy()
        if len(rows) <= WINDOW + 3:
            return
        mixed = rows[3:] + rows[2:-1] * np.uint32(3) + rows[1:-2] * np.uint32(5) + rows[:-3] * np.uint32(7)
        mixed = (mixed ^ np.right_shift(mixed, np.uint32(13))) * np.uint32(0x5BD1E995)
        # The last window of one chunk is the first of the next.
        at = np.flatnonzero(np.right_shift(mixed[: len(rows) - WINDOW - 3], np.uint32(15)) & ANCHOR_MASK == 0) + 3
        if not len(at):
            return
        windows = rows[at[:, None] + np.arange(WINDOW)]
        lively = (windows[:, 1:] != windows[:, :-1]).sum(axis=1) >= LEAST_CHANGES
        self._prints.append(windows[lively].astype(np.uint64) @ _WEIGHTS)
        self._at.append(at[lively] + begin)

    def found(self) -> list[tuple[int, int]]:
        """``(first, end)`` sample numbers of each copy, the later of the two."""
        if not self._prints:
            return []
        prints, at = np.concatenate(self._prints), np.concatenate(self._at)
        order = np.lexsort((at, prints))
        same = prints[order[1:]] == prints[order[:-1]]
        later, earlier = at[order[1:]][same], at[order[:-1]][same]
        by_place = np.argsort(later)
        later, lag = later[by_place], (later - earlier)[by_place]
        breaks = np.flatnonzero((np.diff(lag) != 0) | (np.diff(later) > FURTHEST)) + 1
        runs = [run for run in np.split(later, breaks) if len(run) >= LEAST_ANCHORS]
        return [(int(run[0]), int(run[-1]) + WINDOW) for run in runs]
