"""Vectors of a stream: each half second once, in chunks, with memory that does not grow with the recording.

A vector is the shape branch's output followed by the 85 hand-made features, standardised and cut: learned shape
and plain physics see different things, so a detector gets both, and posture and strength are not learned away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.conditioning import Conditioned, Held, SensorFrame, condition, shape_input
from data.files import Spool
from data.grid import Grid, half_seconds
from data.recording import CHANNELS, Stream
from models.encoders.folder import Encoder, load_encoder, load_shape_net
from models.features import CELL, features
from models.workers import in_order

if TYPE_CHECKING:
    from models.encoders.imu import ShapeNet

CHUNK_CELLS = 1200
"""Half seconds encoded at once: ten minutes."""

CLIP = 5.0
"""Standardised features beyond this are cut: a sensor's glitch must not drown the rest."""

FORMATS = ("fp32", "bf16")

READS_US = 5_500_000
"""From so far to either side of its half second a vector is told: by what the network reads, the strength around it,
and the filter that tells which way is down there."""


class Vectors(Protocol):
    """Rows of vectors that can be read piece by piece: an array, or a file that behaves like one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n, dim)``."""

    def __getitem__(self, rows: slice, /) -> NDArray[np.float16]:
        """``(k, dim)`` float16 of the rows asked for."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """A vector for each half second of a stream.

    Parameters
    ----------
    encoder
        Version of the encoder that made them.
    vectors
        ``(n, dim)`` float16 for the ``n`` half seconds of ``grid``: shape values, then the
        standardised features.
    valid
        ``(n,)`` bool: gravity could be told in most of the half second.
    """

    stream: str
    encoder: str
    grid: Grid
    vectors: Vectors
    valid: NDArray[np.bool_]


def embed(
    stream: Stream,
    encoder: Encoder | str | Path,
    channels: tuple[str, ...] = CHANNELS,
    number_format: str = "fp32",
    progress: Callable[[float], None] | None = None,
) -> Embeddings:
    """Encode a stream; nothing crosses a gap.

    The vectors of a long stream go to a temporary file that disappears with the last reference to them.

    Parameters
    ----------
    encoder
        Or the name of a shipped one, or its folder.
    channels
        Channels that may be used; the gyroscope is used when all its axes are wanted and there.
    number_format
        ``fp32``, or ``bf16``: faster on some processors, and off by up to half a per cent.
    progress
        Called with the share that is done, from 0 to 1.

    Raises
    ------
    ValueError
        If an acceleration axis is missing or the number format unknown.
    MotionwardError
        If the encoder cannot be read.
    """
    if number_format not in FORMATS:
        raise ValueError(f"unknown number format {number_format!r}; there are {', '.join(FORMATS)}")
    used = encoder if isinstance(encoder, Encoder) else load_encoder(encoder)
    net = _net(used.folder, used.version)
    grid = half_seconds(stream)
    spool = Spool(used.dim, np.float16)
    valid = np.zeros(len(grid), dtype=bool)

    def pieces() -> Iterator[tuple[Held, slice]]:
        for segment, run in zip(stream.segments, grid.runs, strict=True):
            if run.stop == run.start:
                continue
            source = condition(segment, stream.channels, channels)
            for first in range(0, run.stop - run.start, CHUNK_CELLS):
                cells = slice(first, min(first + CHUNK_CELLS, run.stop - run.start))
                yield _held(source, cells), cells

    done = 0
    try:
        for vectors, ok in in_order(lambda piece: _chunk(*piece, used, net, number_format), pieces()):
            spool.append(vectors)
            valid[done : done + len(ok)] = ok
            done += len(ok)
            if progress is not None:
                progress(done / len(grid))
        valid.setflags(write=False)
        return Embeddings(stream.name, used.version, grid, spool.finish(), valid)
    finally:
        spool.close()


def _held(source: Conditioned, cells: slice) -> Held:
    """The samples that some half seconds depend on; 100 more on both sides for the local strength."""
    from models.encoders.imu import BEFORE, EXTRA  # noqa: PLC0415  torch, as above

    begin = cells.start * CELL - BEFORE
    return source.hold(begin - 100, begin + (cells.stop - cells.start) * CELL + EXTRA + 100)


def _chunk(
    held: Held, cells: slice, encoder: Encoder, net: ShapeNet, number_format: str
) -> tuple[NDArray[np.float16], NDArray[np.bool_]]:
    """Vectors and validity of some half seconds of one segment."""
    import torch  # noqa: PLC0415  torch is loaded when something is to be encoded, not before

    from models.encoders.imu import BEFORE, EXTRA  # noqa: PLC0415  as above

    first, last = cells.start, cells.stop
    begin = first * CELL - BEFORE
    end = begin + (last - first) * CELL + EXTRA
    seen = features(held, first, last)
    scaled = np.clip((seen - encoder.mean) / encoder.sd, -CLIP, CLIP)
    source = SensorFrame(held) if encoder.frame == "sensor" else held
    x = torch.from_numpy(shape_input(source, begin, end)).unsqueeze(0)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=number_format == "bf16"):
        shape = net(x)[0].float().numpy()
    stuck = held.read(first * CELL, last * CELL).held.reshape(-1, CELL).mean(axis=1)
    # Torch rounds to the same float16 twenty times as fast as numpy.
    return torch.from_numpy(np.hstack([shape, scaled])).half().numpy(), stuck < 0.5


@lru_cache(maxsize=2)
def _net(folder: Path, version: str) -> Any:  # noqa: ARG001  the version makes a retrained folder a new entry
    """The network of an encoder, read once; Any: its type would import torch."""
    return load_shape_net(load_encoder(folder))
