"""Samples seen through a transformation that is worked out as they are read: some columns, or other units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.files import columns
from data.readers._timeline import Stamps
from data.recording import Samples

PIECE = 500_000
"""Rows handled at once."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table: ``(n,)`` int64 µs and ``(n, channels)`` float32 in the file's own units."""

    stamps: Stamps
    values: Samples

    def pieces(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Consecutive rows."""
        for a in range(0, len(self.stamps), PIECE):
            yield self.stamps[a : a + PIECE], self.values[a : a + PIECE]


def columns_of(values: Samples, picked: NDArray[np.int64]) -> Samples:
    """The picked columns: at once of an array, as they are read of a file."""
    if isinstance(values, np.ndarray) and len(picked) < values.shape[1]:
        return values[:, picked]
    return columns(values, tuple(picked.tolist()))


@dataclass(frozen=True, slots=True)
class Scaled:
    """Samples times a factor for each channel, worked out as they are read."""

    samples: Samples
    factors: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return self.samples.shape

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        return self.samples[rows] * self.factors


@dataclass(frozen=True, slots=True)
class Within:
    """Samples whose values beyond ``most``, one for each channel, are missing."""

    samples: Samples
    most: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return self.samples.shape

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        values = self.samples[rows]
        return np.where(np.abs(values) <= self.most, values, np.float32(np.nan))


@dataclass(frozen=True, slots=True)
class Kept:
    """Samples that lie in files which go when ``owner`` does."""

    samples: Samples
    owner: object

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return self.samples.shape

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        return self.samples[rows]


def scaled(samples: Samples, factors: NDArray[np.float32]) -> Samples:
    """Samples in canonical units: at once for an array, as they are read for a file."""
    if np.all(factors == 1):
        return samples
    if isinstance(samples, np.ndarray):
        done: NDArray[np.float32] = samples * factors
        done.setflags(write=False)
        return done
    return Scaled(samples, factors)
