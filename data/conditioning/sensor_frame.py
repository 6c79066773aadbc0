"""A conditioned segment turned back into the frame of its sensor: what gravity's alignment is compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.conditioning.condition import Aligned, Source, from_z, turn_of
from data.conditioning.reference import Reference

_Z = np.array([[0.0], [0.0], [1.0]])


@dataclass(frozen=True, slots=True)
class SensorFrame:
    """What the sensor measured along its own axes, read like the segment itself.

    The acceleration has gravity taken away where it points and 1 g put along z, so that whoever takes 1 g along z
    away has the movement alone, as after the alignment.
    """

    source: Source

    @property
    def n_samples(self) -> int:
        """Samples at 50 Hz of the whole segment."""
        return self.source.n_samples

    @property
    def reference(self) -> Reference:
        """What the segment is compared with."""
        return self.source.reference

    @property
    def has_gyro(self) -> bool:
        """Whether rotation was measured."""
        return self.source.has_gyro

    def read(self, start: int, stop: int) -> Aligned:
        """Samples ``[start, stop)`` of the segment."""
        piece = self.source.read(start, stop)
        turn = turn_of(self.reference)
        down = turn @ piece.gravity.T.astype(np.float64)

        def back(rows: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(turn.T @ from_z(rows, down))

        acc = back(piece.acc.T - _Z) + _Z
        gyro = back(piece.gyro.T.astype(np.float64))
        return replace(piece, acc=acc.T.astype(np.float32), gyro=gyro.T.astype(np.float32))
