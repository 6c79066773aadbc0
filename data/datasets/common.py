"""What the packed research sets share: their terms, and the way from a table to a recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from data.errors import RecordingError
from data.intervals import Interval
from data.recording import (
    CHANNELS,
    Annotation,
    Clock,
    Placement,
    Recording,
    Segment,
    Side,
    Source,
    Stream,
    stream_name,
)

G = 9.80665
"""Standard gravity, m/s²."""

FREEZING = "freezing of gait"
"""Label of a span that raters called a freeze, of whatever kind."""

NOT_ANNOTATED = "not annotated"
"""Label of a span that nobody judged: neither freezing nor free of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a set was published, and whom to cite."""

    name: str
    citation: str
    licence: str


@dataclass(frozen=True, slots=True)
class Site:
    """One sensor of a set: where it was worn and its samples.

    Parameters
    ----------
    samples
        ``(n, 3)`` or ``(n, 6)`` float32 in g and °/s.
    """

    placement: Placement
    side: Side
    samples: NDArray[np.float32]


def packed(
    name: str,
    rate_hz: float,
    sites: Sequence[Site],
    annotations: Sequence[Annotation],
    *,
    device: str,
    assumptions: Sequence[str] = (),
) -> Recording:
    """A recording of one unbroken stretch that starts at 0; ``name`` says which trial of which set."""
    streams = tuple(
        Stream(
            stream_name(site.placement, site.side),
            site.placement,
            site.side,
            rate_hz,
            CHANNELS[: site.samples.shape[1]],
            (Segment(0, rate_hz, np.ascontiguousarray(site.samples, dtype=np.float32)),),
        )
        for site in sites
    )
    size = sum(site.samples.nbytes for site in sites)
    return Recording(
        streams, tuple(annotations), device, Clock.RELATIVE, None, Source(name, size, ""), tuple(assumptions)
    )


def marks(mask: NDArray[np.bool_], rate_hz: float, label: str) -> tuple[Annotation, ...]:
    """One annotation for each run of True; sample ``i`` covers ``[i / rate, (i + 1) / rate)``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    times = [round(int(e) * 1e6 / rate_hz) for e in edges]
    return tuple(Annotation(Interval(a, b), label) for a, b in zip(times[::2], times[1::2], strict=True))


def whole(samples: int, rate_hz: float, label: str) -> tuple[Annotation, ...]:
    """One annotation over all of a trial."""
    return marks(np.ones(samples, dtype=bool), rate_hz, label)


def columns(path: Path, names: Sequence[str] | None = None) -> dict[str, NDArray[np.generic]]:
    """Columns of a Parquet file as arrays; a null becomes NaN.

    Raises
    ------
    RecordingError
        If the file is not there.
    """
    if not path.is_file():
        raise RecordingError(str(path), "the file is not there", "name the folder that holds the packed research sets")
    table = pq.read_table(path, columns=None if names is None else list(names))
    out = {}
    for name in table.column_names:
        column = table.column(name)
        if column.null_count:
            column = pc.cast(column, "float32")
        out[name] = column.combine_chunks().to_numpy(zero_copy_only=False)
    return out


def pieces(key: NDArray[np.generic]) -> Iterator[tuple[object, slice]]:
    """Value and rows of each run of equal values."""
    edges = np.flatnonzero(key[1:] != key[:-1]) + 1
    bounds = [0, *edges.tolist(), len(key)]
    for a, b in pairwise(bounds):
        if b > a:
            yield key[a], slice(a, b)


def stack(table: dict[str, NDArray[np.generic]], names: Sequence[str], rows: slice, unit: float) -> NDArray[np.float32]:
    """``(n, len(names))`` float32 of the columns times ``unit``."""
    return np.stack([table[n][rows].astype(np.float32) * np.float32(unit) for n in names], axis=1)
