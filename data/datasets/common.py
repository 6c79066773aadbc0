"""What the packed research sets share: their terms, and the way from a table to a recording."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    import pandas as pd

G = 9.80665
"""Standard gravity, m/s²."""

NOT_ANNOTATED = "not annotated"
"""Label of a span that nobody judged: neither freezing nor free of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a set was published, and whom to cite."""

    name: str
    citation: str
    licence: str


@dataclass(frozen=True, slots=True)
class Published:
    """What the publisher gives out, and where somebody gets it.

    Parameters
    ----------
    folder
        Name of the set's folder below the data root.
    people, recordings
        In the whole set; 0 recordings where the publisher counts otherwise.
    where
        Page that offers it.
    layout
        What to put below ``<folder>/original``, as downloaded; empty where only the packed form is read.
    splits
        Published splits by name: the people of each part.
    """

    folder: str
    people: int
    recordings: int
    where: str
    layout: str = ""
    splits: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """One sensor of a set: where it was worn and its samples.

    Parameters
    ----------
    samples
        ``(n, len(channels))`` float32 in g and °/s.
    channels
        Default: acceleration for three columns, acceleration and rotation for six.
    """

    placement: Placement
    side: Side
    samples: NDArray[np.float32]
    channels: tuple[str, ...] | None = None


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
            site.channels or CHANNELS[: site.samples.shape[1]],
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


def whole_set(
    root: Path,
    published: Published,
    packed: Iterator[tuple[str, Recording]],
    originals: Iterator[tuple[str, Recording]],
) -> Iterator[tuple[str, Recording]]:
    """The packed recordings, then those of the publisher's files that the packs lack.

    Raises
    ------
    RecordingError
        If there is neither.
    """
    seen: set[str] = set()
    for source in (packed, originals):
        for person, recording in source:
            if recording.source.name not in seen:
                seen.add(recording.source.name)
                yield person, recording
    if not seen:
        raise RecordingError(
            str(root / published.folder),
            "no recording of the set is there",
            f"name the folder that holds the research sets, or get it at {published.where}",
        )


def originals_of(root: Path, published: Published, pattern: str) -> list[Path]:
    """The publisher's files below ``<folder>/original``, in order of their names."""
    return sorted((root / published.folder / "original").rglob(pattern))


def numbers(path: Path, sep: str = ",", *, header: bool = False, comment: str | None = None) -> pd.DataFrame:
    """A publisher's table as float64; truth values become 0 and 1.

    Parameters
    ----------
    header
        Whether the first row names the columns; else they are counted from 0.
    comment
        From this character on a line is left away.

    Raises
    ------
    RecordingError
        If it is no table of numbers.
    """
    import pandas as pd  # noqa: PLC0415  half a second to import; the command line must start without it

    try:
        return pd.read_csv(path, sep=sep, header=0 if header else None, comment=comment).astype(np.float64)
    except ValueError as error:  # pandas' own are ValueErrors too
        raise RecordingError(str(path), f"it is no table of numbers ({error})", "get the file again") from error


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pieces(key: NDArray[np.generic]) -> Iterator[tuple[object, slice]]:
    """Value and rows of each run of equal values."""
    edges = np.flatnonzero(key[1:] != key[:-1]) + 1
    bounds = [0, *edges.tolist(), len(key)]
    for a, b in pairwise(bounds):
        if b > a:
            yield key[a], slice(a, b)


def stack(
    table: Mapping[str, NDArray[np.generic]], names: Sequence[str], rows: slice, unit: float
) -> NDArray[np.float32]:
    """``(n, len(names))`` float32 of the columns times ``unit``."""
    return np.stack([table[n][rows].astype(np.float32) * np.float32(unit) for n in names], axis=1)
