"""From the rows of a table to a recording: time, units, gaps, annotations. In pieces, so length costs no memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.ahead import ahead
from data.errors import RecordingError
from data.files import Spool
from data.intervals import Interval, intersect
from data.joining.six_axes import COVERED, six_axes
from data.readers import _clock, _marks, _site
from data.readers._format import Request
from data.readers._table import Block, Layout, Site, TableSource, Terms, TimeColumn, UntidyTableError
from data.readers._views import PIECE, Rows
from data.recording import Annotation, Placement, Recording, Source, Stream, numbered, stream_name

UNPLACED = (
    "The file does not say where on the body the sensor was worn; until a placement is given, no detector judges it."
)


@dataclass(frozen=True, slots=True)
class _Raw:
    """All rows that carry a time, in the file's own units, and what was seen of them.

    ``present`` and ``full`` tell which channels hold any number, and which nothing but numbers, ``furthest`` how far
    from zero each goes.
    """

    rows: Rows
    present: NDArray[np.bool_]
    full: NDArray[np.bool_]
    furthest: NDArray[np.float32]
    untimed: int


def assemble(table: TableSource, layout: Layout, request: Request) -> Recording:
    """Read a table by its layout.

    Raises
    ------
    RecordingError
        When time runs backwards, the rate is absurd, a unit cannot be told or nothing is left.
    """
    source, zone, memory = request.source, request.zone, request.memory
    try:
        raw, clock, marks = _take(table, layout, source, memory, zone)
    except UntidyTableError:
        raw, clock, marks = _take(table, layout, source, memory, zone)
    said = [*layout.assumptions, *table.notes]
    if not len(raw.rows.stamps):
        raise RecordingError(
            source.name, "it holds no rows of numbers", "check that it is the data file and not an empty export"
        )
    if raw.untimed:
        said.append(f"{raw.untimed} rows without a readable time were left out.")
    made: list[tuple[Site, Stream]] = []
    at = 0
    for site in layout.sites:
        found: list[Stream] = []
        for part, columns in _parts(site, slice(at, at + len(site.channels)), raw, said):
            one = _site.make(
                part,
                raw.rows,
                columns,
                present=raw.present[columns],
                full=raw.full[columns],
                layout=layout,
                source=source,
                memory=memory,
                is_lenient=request.lenient,
                furthest=raw.furthest[columns],
            )
            said.extend(one.assumptions)
            found += [one.stream] if one.stream is not None else []
        at += len(site.channels)
        joined = six_axes(found, said) if len(found) > 1 else found
        made += [(site if stream is joined[0] else replace(site, name=stream.name), stream) for stream in joined]
    if not made:
        raise RecordingError(
            source.name, "none of its sensor columns holds numbers", "check that the sensor was switched on"
        )
    return _joined(
        made,
        lambda origin: clock.settle(origin, zone),
        marks.found(),
        device=layout.device,
        source=source,
        said=said,
    )


def _parts(site: Site, columns: slice, raw: _Raw, said: list[str]) -> list[tuple[Site, slice]]:
    """The site with its columns, or its acceleration and its rotation apart where too few rows hold both."""
    whole = [(site, columns)]
    of_acc = sum(name.startswith("acc") for name, _ in site.channels)
    if of_acc in (0, len(site.channels)) or raw.full[columns].all() or not raw.present[columns].all():
        return whole
    moved = both = 0
    for _, values in raw.rows.pieces():
        good = np.isfinite(values[:, columns])
        moves = good[:, :of_acc].all(axis=1)
        moved += int(moves.sum())
        both += int((moves & good.all(axis=1)).sum())
    # Without acceleration beside it, nothing tells the unit of a rotation that is not said.
    if both >= COVERED * moved or (site.gyro_unit is None and both):
        return whole
    name = site.name or ("" if site.placement is Placement.UNKNOWN else stream_name(site.placement, site.side))
    said.append(f"Of {moved} rows with acceleration {both} hold rotation: each was read by itself.")
    middle = columns.start + of_acc
    return [
        (replace(site, channels=site.channels[:of_acc]), slice(columns.start, middle)),
        (
            replace(site, channels=site.channels[of_acc:], name=f"{name}-gyroscope".strip("-")),
            slice(middle, columns.stop),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Sensor:
    """The rows of one site, their stamps in microseconds since 1970: UTC, or the device's wall clock.

    Parameters
    ----------
    nominal_hz
        Rate the device or the file states; None: taken from the stamps.
    """

    site: Site
    rows: Rows
    nominal_hz: float | None = None


def recording_of(
    sensors: Sequence[Sensor],
    request: Request,
    *,
    device: str,
    is_utc: bool | None,
    said: Sequence[str] = (),
    marks: Sequence[tuple[str, int, int]] = (),
    set_up_us: int | None = None,
    ahead_us: int | None = None,
) -> Recording:
    """The recording of sensors that each have times of their own, on one clock.

    Parameters
    ----------
    is_utc
        Whether the stamps are instants; else they are a wall clock of the request's zone. None: the file has no date.
    marks
        Label, start and end, on the clock of the stamps.
    set_up_us
        When the device's wall clock was set, as it shows it, where the file tells.
    ahead_us
        How far the device's clock was ahead of UTC, where the file tells and the stamps are UTC by it.

    Raises
    ------
    RecordingError
        When time runs backwards, the rate is absurd or nothing is left.
    """
    source, notes = request.source, list(said)
    made: list[tuple[Site, Stream]] = []
    for sensor in sensors:
        width = len(sensor.site.channels)
        present, full = np.zeros(width, dtype=bool), np.ones(width, dtype=bool)
        for first in range(0, len(sensor.rows.stamps), PIECE):
            good = np.isfinite(sensor.rows.values[first : first + PIECE])
            if good.all():  # ten times as fast as column by column
                present[:] = True
            else:
                present |= good.any(axis=0)
                full &= good.all(axis=0)
        one = _site.make(
            sensor.site, sensor.rows, slice(0, width), present=present, full=full,
            layout=Layout((sensor.site,), TimeColumn("instants"), device, nominal_hz=sensor.nominal_hz),
            source=source, memory=request.memory, is_lenient=request.lenient,
        )  # fmt: skip
        notes.extend(one.assumptions)
        if one.stream is not None:
            made.append((sensor.site, one.stream))
    if not made:
        raise RecordingError(source.name, "it holds no samples", "check that the sensor was switched on")
    return _joined(
        made,
        lambda origin: _clock.started(
            origin, request.zone, is_utc=is_utc, source=source.name, set_up_us=set_up_us, ahead_us=ahead_us
        ),
        marks,
        device=device,
        source=source,
        said=notes,
    )


def _joined(
    made: list[tuple[Site, Stream]],
    settle: Callable[[int], _clock.Settled],
    marks: Sequence[tuple[str, int, int]],
    *,
    device: str,
    source: Source,
    said: list[str],
) -> Recording:
    """Streams under names of their own, moved onto the recording's clock, with what was marked in them."""
    streams = named(made)
    settled = settle(min(s.segments[0].start_us for s in streams))
    streams = [_shifted(s, settled.shift_us) for s in streams]
    # Of a report that has room for a few, when it was recorded comes first.
    said = [*settled.assumptions, *settled.through(streams), *said]
    recorded = [i for s in streams for i in s.recorded]
    annotations = tuple(
        Annotation(piece, label)
        for label, a, b in marks
        for piece in intersect([Interval(a + settled.shift_us, b + settled.shift_us)], recorded)
    )
    if any(s.placement is Placement.UNKNOWN for s in streams):
        said.append(UNPLACED)
    return Recording(
        streams=tuple(streams),
        annotations=annotations,
        device=device,
        clock=settled.clock,
        zone=settled.zone,
        source=source,
        assumptions=tuple(dict.fromkeys(said)),
    )


def _take(
    table: TableSource,
    layout: Layout,
    source: Source,
    memory: int | None,
    zone: str | None,
    *,
    may_be_lazy: bool = True,
) -> tuple[_Raw, _clock.Clockwork, _marks.Marks]:
    clock = _clock.Clockwork(layout.time, source.name, zone)
    marks = _marks.Marks(layout.markers)
    channels = [(site, terms) for site in layout.sites for _, terms in site.channels]
    numbers = {c for site in layout.sites for c in site.columns} | marks.numbers | clock.numbers
    texts = marks.texts | clock.texts
    stamps = Spool(None, np.int64, memory)
    values = Spool(len(channels), np.float32, memory)
    lazy = table.samples([terms for _, terms in channels]) if may_be_lazy else None
    present, full = np.zeros(len(channels), dtype=bool), np.ones(len(channels), dtype=bool)
    furthest = np.zeros(len(channels), dtype=np.float32)
    untimed = 0
    try:
        for block in ahead(table.blocks(sorted(numbers), sorted(texts))):
            t = clock.stamps(block)
            timed = np.isfinite(t)
            untimed += int((~timed).sum())
            t_us = np.round(t[timed]).astype(np.int64)
            columns = [_channel(block, site, terms)[timed] for site, terms in channels]
            for k, column in enumerate(columns):
                good = np.isfinite(column) if not _is_full(column) else np.ones(min(1, len(column)), dtype=bool)
                present[k] |= good.any()
                full[k] &= good.all()
                if good.any():
                    furthest[k] = max(furthest[k], np.nanmax(column), -np.nanmin(column))
            stamps.append(t_us)
            if lazy is None:
                values.append(np.column_stack(columns))
            marks.take(block, timed, t_us)
        rows_taken = Rows(stamps.finish(), values.finish() if lazy is None else lazy)
    finally:
        stamps.close()
        values.close()
    if lazy is not None and (untimed or any(site.where for site in layout.sites)):
        return _take(table, layout, source, memory, zone, may_be_lazy=False)
    return _Raw(rows_taken, present, full, furthest, untimed), clock, marks


def _channel(block: Block, site: Site, terms: Terms) -> NDArray[np.float32]:
    total: NDArray[Any] = np.zeros(1)
    for column, factor in terms:
        total = total + (block.numbers[column] if factor == 1 else factor * block.numbers[column])
    for column, value in site.where:
        total = np.where(block.numbers[column] == value, total, np.nan)
    with np.errstate(over="ignore"):
        single = total.astype(np.float32)
    if not _is_full(single):
        single[~np.isfinite(single)] = np.nan
    return single


def _is_full(values: NDArray[np.float32]) -> bool:
    """Whether there is nothing but numbers, as far as their sum tells, which is quick; False proves nothing."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(np.add.reduce(values)))


def named(pairs: list[tuple[Site, Stream]]) -> list[Stream]:
    """The streams under names of their own: a second one of a place gets a number."""
    out: list[Stream] = []
    taken: set[str] = set()
    for site, stream in pairs:
        name = numbered(site.name or stream_name(site.placement, site.side), taken)
        taken.add(name)
        out.append(replace(stream, name=name))
    return out


def _shifted(stream: Stream, shift_us: int) -> Stream:
    moved = tuple(replace(s, start_us=s.start_us + shift_us) for s in stream.segments)
    return replace(stream, segments=moved)
