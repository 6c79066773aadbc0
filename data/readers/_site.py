"""One sensor site of a table: its units, its gaps, its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import units
from data.errors import RecordingError
from data.files import Spool, part
from data.readers._order import Order, Pieces, backwards, first_back
from data.readers._scale import FURTHEST_G, beyond, factors_of, is_to_scale
from data.readers._table import Layout, Site
from data.readers._timeline import Run, Spacing, few_for_a_rate, runs, spacing
from data.readers._views import PIECE, Rows, Within, columns_of, scaled
from data.recording import Samples, Segment, Source, Stream, stream_name

SLOWEST_HZ, FASTEST_HZ = 5.0, 2000.0
"""Rates outside are refused: too slow to show a movement, or no body-worn sensor."""
STRETCH = 100_000
"""Rows interpolated at once."""


@dataclass(frozen=True, slots=True)
class Made:
    """A stream, or None where the site holds nothing, and what was assumed on the way."""

    stream: Stream | None
    assumptions: tuple[str, ...]


def make(
    site: Site,
    rows: Rows,
    columns: slice,
    *,
    present: NDArray[np.bool_],
    full: NDArray[np.bool_],
    layout: Layout,
    source: Source,
    memory: int | None,
    is_lenient: bool,
    furthest: NDArray[np.float32] | None = None,
) -> Made:
    """Build the stream of one site from the rows of its table.

    Parameters
    ----------
    rows
        All rows of the table.
    columns, present, full
        The site's share of the channels, which of those hold any number, and which nothing but numbers.
    is_lenient
        Whether a few rows out of order are put in order; else such a file is refused.
    furthest
        The site's share of each channel's furthest value from zero, where it was looked for.
    """
    name = site.name or stream_name(site.placement, site.side)
    title = "the sensor" if name == "unknown" else name
    said: list[str] = []
    names = tuple(name for (name, _), here in zip(site.channels, present, strict=True) if here)
    if not names:
        return Made(None, (f"Nothing was recorded at {title}: all its values are missing.",))
    if len(names) < len(site.channels):
        gone = ", ".join(name for (name, _), here in zip(site.channels, present, strict=True) if not here)
        said.append(f"{title}: {gone} hold no values and were left out.")
    _check_triads(names, source, title)
    picked = np.arange(columns.start, columns.stop)[present]
    back = first_back(rows.stamps)
    order = Order(source.name) if back and is_lenient else None
    if full[present].all() and not site.where and order is None and not _are_doubled(rows, columns):
        if back:
            raise backwards(source.name, *back)
        stamps, values, lost = rows.stamps, columns_of(rows.values, picked), _Lost()
    else:
        stamps, values, lost = _kept(rows, picked, source, memory, order)
        if order and (first := spacing(stamps)) and order.is_put_back(stamps, first.period_us):
            order = Order(source.name, drops=True)
            stamps, values, lost = _kept(rows, picked, source, memory, order)
        said.extend(order.said(title) if order else ())
    space = spacing(stamps)
    if (space is None or space.is_bursty) and (few := few_for_a_rate(stamps)) is not None:
        raise RecordingError(
            source.name,
            f"the times of {title} are too coarse to tell a rate: {len(stamps)} samples share {few} of them",
            "export it with times to the millisecond, or with the sampling rate in place of times",
        )
    if space is None:
        raise RecordingError(
            source.name,
            f"the time of {title} does not advance" if len(stamps) > 1 else f"{title} holds a single sample",
            "give the column that holds the time, or the rate, in a profile",
        )
    check_rate(1e6 / space.period_us, source, layout)
    factors, told = factors_of(site, names, values, rate=1e6 / space.period_us, source=source, title=title)
    limits = None if furthest is None else beyond(names, factors, furthest[present])
    if limits is not None and is_to_scale(names, factors, values, 1e6 / space.period_us):
        most = np.full(rows.values.shape[1], np.inf, dtype=np.float32)
        most[picked] = limits
        within = make(
            site, Rows(rows.stamps, Within(rows.values, most)), columns, present=present, full=np.zeros_like(full),
            layout=layout, source=source, memory=memory, is_lenient=is_lenient,
        )  # fmt: skip
        text = f"{title}: acceleration beyond {FURTHEST_G:g} g, which stands for none in some files, counts as missing."
        return Made(within.stream, (*within.assumptions, text))
    said.extend(told)
    placed = runs(stamps, space)
    if len(stamps) < 2 * len(placed) and len(placed) > 3:
        raise RecordingError(
            source.name,
            f"the time stamps of {title} are too irregular: {len(placed)} gaps in {len(stamps)} rows",
            "export the recording with its own time stamps at a fixed rate",
        )
    said.extend(_said_of_lost(lost, title, is_told_apart=bool(site.where), has_gaps=len(placed) > 1))
    said.extend(_said_of(placed, space, title))
    segments = tuple(_segment(run, values, factors, memory) for run in placed)
    wanders = any(run.knots is not None for run in placed)
    rate = _nominal(segments, layout.nominal_hz, 1e6 / space.period_us if wanders else None)
    return Made(Stream(name, site.placement, site.side, rate, names, segments), tuple(said))


def _said_of_lost(lost: _Lost, title: str, *, is_told_apart: bool, has_gaps: bool) -> list[str]:
    said = []
    if lost.doubled:
        said.append(f"{title}: {lost.doubled} rows that repeat the row before were dropped.")
    if lost.empty and not is_told_apart:
        where = "; where they lie, there is a gap" if has_gaps else ""
        said.append(f"{title}: {lost.empty} rows with missing values were left out{where}.")
    return said


@dataclass(slots=True)
class _Lost:
    empty: int = 0
    doubled: int = 0


# Any: int64 stamps and float32 values, in memory or in a file
def _kept(
    rows: Rows, picked: NDArray[np.int64], source: Source, memory: int | None, order: Order | None
) -> tuple[Any, Any, _Lost]:
    """Rows of the site without missing values, in order of time; repeated rows dropped where stamps are fine.

    Parameters
    ----------
    order
        Puts rows in order; None: a file whose time runs backwards is refused.
    """
    lost = _Lost()
    stamps, values = Spool(None, np.int64, memory), Spool(len(picked), np.float32, memory)
    doubled = _are_doubled(rows, slice(int(picked[0]), int(picked[-1]) + 1))
    # A block that was written twice is found only once its rows are in order.
    doubled |= order is not None and not _are_coarse(rows)
    last_t: int | None = None
    last_row = np.full(len(picked), np.nan, dtype=np.float32)
    pieces = _whole(rows, picked, source, lost, must_follow=order is None)
    try:
        for t, values_here in pieces if order is None else order.ordered(pieces):
            t_kept, kept = t, values_here
            if doubled and len(t):
                before = np.concatenate([[t_kept[0] if last_t is None else last_t], t_kept[:-1]])
                same = (t_kept == before) & (kept == np.concatenate([last_row[None], kept[:-1]])).all(axis=1)
                lost.doubled += int(same.sum())
                t_kept, kept = t_kept[~same], kept[~same]
            if len(t_kept):
                last_t, last_row = int(t_kept[-1]), kept[-1]
                stamps.append(t_kept)
                values.append(kept)
        return stamps.finish(), values.finish(), lost
    finally:
        stamps.close()
        values.close()


def _whole(rows: Rows, picked: NDArray[np.int64], source: Source, lost: _Lost, *, must_follow: bool) -> Pieces:
    """Rows of the site without missing values, as they stand; ``lost`` gains those that have some."""
    last: int | None = None
    row = 0
    for t, every in rows.pieces():
        mine = every[:, picked]
        good = np.isfinite(mine).all(axis=1)
        lost.empty += int((~good).sum())
        numbers, kept = row + np.flatnonzero(good), t[good]
        row += len(t)
        if must_follow and len(kept):
            before = np.concatenate([[kept[0] if last is None else last], kept[:-1]])
            back = np.flatnonzero(kept < before)
            if len(back):
                at = back[0]
                raise backwards(source.name, int(numbers[at]), int(before[at]), int(kept[at]))
            last = int(kept[-1])
        yield kept, mine[good]


def _are_doubled(rows: Rows, columns: slice) -> bool:
    """Whether rows with the stamp of the row before are mere copies of it, as the first piece shows.

    Where stamps are coarse, many rows share one and a sensor at rest may repeat its values: those stay.
    """
    for a in range(0, len(rows.stamps), PIECE):
        again = np.diff(rows.stamps[a : a + PIECE]) == 0
        if not again.any():
            continue
        every = rows.values[a : a + PIECE]
        same = (every[1:, columns] == every[:-1, columns]).all(axis=1)
        if same[again].mean() > 0.95 and same[~again].mean() < 0.2:
            # However many: the sensor moves from stamp to stamp, and never within one.
            return True
        return bool(again.mean() < 0.05 and same[again].mean() > 0.5)
    return False


def _are_coarse(rows: Rows) -> bool:
    """Whether so many rows share a stamp that two of one stamp may well be alike."""
    return bool((np.diff(rows.stamps[:PIECE]) == 0).mean() > 0.05) if len(rows.stamps) > 1 else False


def _check_triads(names: tuple[str, ...], source: Source, title: str) -> None:
    for kind, word in (("acc", "acceleration"), ("gyro", "rotation")):
        count = sum(n.startswith(kind) for n in names)
        if count not in (0, 3):
            raise RecordingError(
                source.name, f"{title} has {count} of 3 axes of {word}", "export all three axes of the sensor"
            )


def check_rate(rate: float, source: Source, layout: Layout) -> None:
    if not SLOWEST_HZ <= rate <= FASTEST_HZ:
        unit = layout.time.unit
        read_as = f" (time read as {unit})" if unit in units.TIME else ""
        raise RecordingError(
            source.name,
            f"its rate would be {rate:.4g} samples a second{read_as}, outside {SLOWEST_HZ:g} to {FASTEST_HZ:g}",
            "check the time column, or say its unit in a profile",
        )


def _said_of(placed: list[Run], space: Spacing, title: str) -> list[str]:
    said: list[str] = []
    if len(placed) > 1:
        gaps = "1 gap" if len(placed) == 2 else f"{len(placed) - 1} gaps"
        said.append(f"{title}: {gaps} in the time stamps; nothing is filled in.")
    if any(run.knots is not None for run in placed):
        said.append(f"{title}: the clock of the stamps wanders; samples were interpolated onto an even grid.")
    elif space.is_bursty:
        said.append(
            f"{title}: samples arrive in bursts or share coarse time stamps; they were placed evenly at the mean rate."
        )
    elif max(run.jitter_us for run in placed) > 0.75 * space.period_us:
        worst = max(run.jitter_us for run in placed) / 1e3
        said.append(f"{title}: time stamps are up to {worst:.0f} ms off an even clock; samples were placed evenly.")
    return said


def _segment(run: Run, values: Samples, factors: NDArray[np.float32], memory: int | None) -> Segment:
    if run.knots is None:
        samples: Samples = part(values, run.first, run.last)
        count = run.last - run.first
    else:
        samples = _even(run, values, memory)
        count = samples.shape[0]
    assert count > 0
    return Segment(run.start_us, run.rate_hz, scaled(samples, factors))


def _even(run: Run, values: Samples, memory: int | None) -> Samples:
    """Samples interpolated at even times through the wandering clock of the stamps, as many as there were."""
    assert run.knots is not None
    rows, times = run.knots[:, 0], run.knots[:, 1]
    count = run.last - run.first
    spool = Spool(values.shape[1], np.float32, memory)
    for a in range(0, count, STRETCH):
        wanted = times[0] + np.arange(a, min(count, a + STRETCH)) * (1e6 / run.rate_hz)
        at = np.interp(wanted, times, rows)
        low = int(at[0])
        held = values[run.first + low : min(run.last, run.first + int(at[-1]) + 2)].astype(np.float64)
        index = np.arange(len(held)) + low
        spool.append(np.column_stack([np.interp(at, index, held[:, c]) for c in range(held.shape[1])]))
    done = spool.finish()
    spool.close()
    return done


def _nominal(segments: tuple[Segment, ...], stated: float | None, typical: float | None) -> float:
    """The rate that is stated, or ``typical`` of a clock that wanders, or that of the longest segment."""
    measured = typical or max(segments, key=lambda s: s.n_samples).rate_hz
    if stated is not None and abs(measured / stated - 1) < 0.03:
        return stated
    near = round(measured)
    return float(near) if abs(measured / near - 1) < 0.001 else round(measured, 3)
