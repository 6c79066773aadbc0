"""Plain binary files that behave like arrays, so that nothing needs a long recording in memory."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import DTypeLike, NDArray

from data.recording import Samples

MEMORY_LIMIT = 48_000_000
"""A spool larger than this many bytes goes on in a file."""


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


class TemporaryFile:
    """A file in the temporary folder that goes when nothing refers to it any more, or the process ends."""

    __slots__ = ("__weakref__", "_finalizer", "path")

    def __init__(self) -> None:
        handle, name = tempfile.mkstemp(prefix="motionward-", suffix=".spool")
        os.close(handle)
        self.path = Path(name)
        self._finalizer = weakref.finalize(self, _remove, self.path)


class TemporaryFolder:
    """A folder in the temporary folder that goes, with all in it, when nothing refers to it any more."""

    __slots__ = ("__weakref__", "_finalizer", "path")

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="motionward-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class FileArray:
    """Rows of a plain binary file, read slice by slice.

    Parameters
    ----------
    path
        File of ``dtype`` values, rows one after the other.
    offset
        Bytes before the first row.
    shape
        ``(rows,)`` or ``(rows, columns)``.
    owner
        Kept alive as long as this array is: the temporary file, where it is one.
    """

    path: Path
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    owner: TemporaryFile | None = field(default=None, compare=False, repr=False)

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    # Any: one class serves float32 samples and int64 time stamps
    def __getitem__(self, rows: slice, /) -> NDArray[Any]:
        """``(n, columns)`` of the rows asked for; only forward slices with step 1."""
        start, stop, step = rows.indices(self.shape[0])
        if step != 1:
            raise ValueError("a file array is read in slices of step 1")
        count = max(0, stop - start)
        width = self.row_bytes // self.dtype.itemsize
        values = np.fromfile(
            self.path, dtype=self.dtype, count=count * width, offset=self.offset + start * self.row_bytes
        )
        return values.reshape((count, *self.shape[1:]))

    def part(self, start: int, stop: int) -> FileArray:
        """The rows ``[start, stop)`` as an array of their own; nothing is read."""
        shape = (max(0, min(stop, self.shape[0]) - start), *self.shape[1:])
        return FileArray(self.path, self.offset + start * self.row_bytes, shape, self.dtype, self.owner)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows ``[start, stop)`` of other samples; nothing is read until asked for."""

    samples: Samples
    start: int
    stop: int

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return (self.stop - self.start, *self.samples.shape[1:])

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        start, stop, step = rows.indices(self.stop - self.start)
        return self.samples[self.start + start : self.start + max(start, stop) : step]


def part(samples: Samples, start: int, stop: int) -> Samples:
    """The rows ``[start, stop)`` of samples of any kind, without reading a file."""
    if isinstance(samples, np.ndarray):
        return samples[start:stop]
    if isinstance(samples, FileArray):
        return samples.part(start, stop)
    return Rows(samples, start, stop)


@runtime_checkable
class Apart(Protocol):
    """Samples whose columns lie apart, so that some can be read without the others."""

    def columns(self, wanted: tuple[int, ...]) -> Samples:
        """The columns wanted, in that order."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Some columns of other samples, picked as they are read."""

    samples: Samples
    wanted: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """``(rows, columns)``."""
        return (self.samples.shape[0], len(self.wanted))

    def __getitem__(self, rows: slice, /) -> NDArray[np.float32]:
        """``(n, columns)`` float32 of the rows asked for."""
        return self.samples[rows][:, list(self.wanted)]


def columns(samples: Samples, wanted: tuple[int, ...]) -> Samples:
    """Some columns of samples of any kind; nothing is read until asked for, and no more than has to be."""
    if wanted == tuple(range(samples.shape[1])):
        return samples
    return samples.columns(wanted) if isinstance(samples, Apart) else Columns(samples, wanted)


class Spool:
    """Takes rows piece by piece; in memory while small, in a temporary file beyond ``limit`` bytes."""

    def __init__(self, columns: int | None, dtype: DTypeLike, limit: int | None = None) -> None:
        self._tail = () if columns is None else (columns,)
        self._dtype = np.dtype(dtype)
        self._limit = MEMORY_LIMIT if limit is None else limit
        self._pieces: list[NDArray[Any]] = []
        self._bytes = 0
        self._rows = 0
        self._owner: TemporaryFile | None = None
        self._stream: IO[bytes] | None = None

    def __len__(self) -> int:
        return self._rows

    # Any: float32 samples or int64 stamps
    def append(self, rows: NDArray[Any]) -> None:
        """Add ``(n, columns)`` rows at the end."""
        piece = np.ascontiguousarray(rows, dtype=self._dtype)
        if piece.shape[1:] != self._tail:
            raise ValueError(f"rows of shape {piece.shape[1:]} do not fit {self._tail}")
        self._rows += len(piece)
        self._bytes += piece.nbytes
        if self._stream is None and self._bytes > self._limit:
            self._owner = TemporaryFile()
            self._stream = self._owner.path.open("wb")
            for held in self._pieces:
                held.tofile(self._stream)
            self._pieces = []
        if self._stream is None:
            self._pieces.append(piece)
        else:
            piece.tofile(self._stream)

    def finish(self) -> NDArray[Any] | FileArray:
        """Everything taken, as a read-only array or a file array."""
        if self._stream is not None:
            self._stream.close()
            assert self._owner is not None
            return FileArray(self._owner.path, 0, (self._rows, *self._tail), self._dtype, self._owner)
        whole = np.concatenate(self._pieces) if self._pieces else np.zeros((0, *self._tail), dtype=self._dtype)
        whole.setflags(write=False)
        return whole

    def close(self) -> None:
        """Let go of the file when the work is given up."""
        if self._stream is not None:
            self._stream.close()


def sha256_of(path: Path) -> str:
    """Hash of a file's content, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(4 << 20):
            digest.update(piece)
    return digest.hexdigest()
