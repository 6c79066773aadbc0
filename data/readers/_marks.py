"""Label columns of a table into labelled spans."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.readers._table import Block, Marker


class Marks:
    """Joins the rows that a marker holds for into spans, block after block.

    A span ends at the next row's time; the last one a step after the last row.
    """

    def __init__(self, markers: tuple[Marker, ...]) -> None:
        self._markers = markers
        self._open: dict[tuple[int, str], int] = {}
        self._done: list[tuple[str, int, int]] = []
        self._last: int | None = None
        self._step = 0

    @property
    def numbers(self) -> set[str]:
        """Numeric columns needed."""
        return {c for m in self._markers if m.holds is not None for c in m.columns}

    @property
    def texts(self) -> set[str]:
        """Text columns needed."""
        return {c for m in self._markers if m.holds is None for c in m.columns}

    def take(self, block: Block, kept: NDArray[np.bool_], stamps: NDArray[np.int64]) -> None:
        """One more block; ``kept`` are the rows with a time, ``stamps`` their times."""
        if not len(stamps):
            return
        for i, marker in enumerate(self._markers):
            if marker.holds is not None:
                self._edges(i, {marker.label: marker.holds(block.numbers)[kept]}, stamps)
            else:
                words = np.array([(w or "").strip() for w in block.texts[marker.columns[0]]])[kept]
                present = {str(w) for w in np.unique(words)} | {label for j, label in self._open if j == i}
                self._edges(i, {w: words == w for w in present if w}, stamps)
        if len(stamps) > 1:
            self._step = int(np.median(np.diff(stamps[-1000:])))
        self._last = int(stamps[-1])

    def found(self) -> list[tuple[str, int, int]]:
        """Label, start and end of every span, in order of time."""
        end = (self._last or 0) + max(1, self._step)
        still = [(label, start, end) for (_, label), start in self._open.items()]
        return sorted([*self._done, *still], key=lambda span: (span[1], span[2]))

    def _edges(self, marker: int, masks: dict[str, NDArray[np.bool_]], stamps: NDArray[np.int64]) -> None:
        for label, mask in masks.items():
            key = (marker, label)
            was = key in self._open
            changes = np.flatnonzero(np.diff(np.concatenate([[was], mask]).astype(np.int8)))
            for at in changes:
                if mask[at]:
                    self._open[key] = int(stamps[at])
                else:
                    self._done.append((label, self._open.pop(key), int(stamps[at])))
