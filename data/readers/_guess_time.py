"""Where the time of an unknown table stands: a column of stamps or numbers, a counter, or a rate in its preamble."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import RecordingError
from data.names import tokens
from data.readers import _preamble, _profile, _stamps
from data.readers._names import read_name
from data.readers._table import TimeColumn
from data.units import TIME, unit_named

_COUNTERS = {"packetcounter", "sample", "samplenumber", "sampleno", "index", "frame", "counter", "n", "row", "", "id",
             "packet", "samples", "num"}  # fmt: skip
APART_US = 10_000.0
"""How far two sensors' own times may lie apart without a word."""
_FOREIGN_UNITS = {"min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours", "day", "days", "tick", "ticks"}
"""Words of a time column's name that say a unit which is none of ours: its steps must not be taken for another."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an unknown table, with a look at its first rows."""

    key: str
    title: str
    unit: str | None
    numbers: NDArray[np.float64]
    words: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether the cells are words."""
        return bool(self.words)

    @property
    def is_empty(self) -> bool:
        """Whether its first rows hold neither words nor numbers."""
        return not self.words and not np.isfinite(self.numbers).any()


def time_of(columns: list[Column], preamble: str, file: Path) -> tuple[TimeColumn, float | None, list[str]]:
    """The time column, the rate that the file states, and what was assumed.

    Raises
    ------
    RecordingError
        When there is neither a time nor a rate.
    """
    rate = _preamble.stated_rate(preamble)
    named = [c for c in columns if _speaks_of_time(c.title) or has_time_unit(c)]
    for column in columns:
        if column.unit in ("instant", "wall"):
            return TimeColumn("µs", column.key, is_absolute=True, is_wall=column.unit == "wall"), rate, []
    for column in [*named, *columns]:
        if column.is_text and _stamps.looks_like_time(column.words[0]):
            return _text_time(column, columns, preamble, file), rate, []
    numeric = [c for c in named if not c.is_text and _advances(c.numbers)]
    if not named or not numeric:
        # An index without a name stands last in a Parquet file.
        nameless = [c for c in (*columns[:1], *columns[1:][-1:]) if plain_title(c.title) in ("", "t")]
        numeric += [c for c in nameless if not c.is_text and _advances(c.numbers)]
    best: tuple[TimeColumn, list[str]] | None = None
    for column in numeric:
        found = _numeric_time(column)
        if found and _contradicts(column, found[0], rate):
            continue
        if found and (best is None or (found[0].is_absolute and not best[0].is_absolute)):
            best = found
    if best:
        time, said = _started(*best, preamble)
        return time, rate, said
    return (*_without_time(columns, numeric, rate, preamble, file),)


def _contradicts(column: Column, time: TimeColumn, rate: float | None) -> bool:
    """Whether Xsens' ``SampleTimeFine`` counts tenths of milliseconds, as the rate that its file states shows.

    Of no other column: a rate that a file states may be that of another sensor.
    """
    if rate is None or plain_title(column.title) != "sampletimefine":
        return False
    t = column.numbers[np.isfinite(column.numbers)]
    step = float(np.median(np.diff(t))) if len(t) > 1 else 0.0
    return step > 0 and not 0.5 < 1e6 / (step * TIME[time.unit]) / rate < 2.0


def _started(time: TimeColumn, said: list[str], preamble: str) -> tuple[TimeColumn, list[str]]:
    """Numbers that count from no date with the start that a Movella DOT's header names."""
    found = re.search(r"(?m)^StartTime:[\s,]*(\d{4}-\d\d-\d\d[^,\r\n]*)", preamble)
    if time.is_absolute or found is None:
        return time, said
    stamp = found[1].strip()
    try:
        parse, _, zoned = _stamps.text_format([stamp], preamble, "")
    except RecordingError:
        return time, said
    value = parse([stamp])[0]
    if not np.isfinite(value):
        return time, said
    said = [*said, f"The first sample is placed at the start that the header names, {stamp}."]
    return replace(time, start_us=round(float(value)), start_is_utc=zoned), said


def _text_time(column: Column, columns: list[Column], preamble: str, file: Path) -> TimeColumn:
    """Stamps in words; a time of day takes its date from a column beside it, where there is one."""
    words = list(column.words)
    parse, dated, zoned = _stamps.text_format(words, preamble, file.name)
    date = next((c for c in columns if c.is_text and _stamps.looks_like_date(c.words[0])), None)
    if dated or date is None:
        return TimeColumn("text", column.key, is_absolute=dated, parse=parse, has_zone=zoned)
    joined = [f"{d} {w}" for d, w in zip(date.words, words, strict=False)]
    parse, _, zoned = _stamps.text_format(joined, preamble, file.name)
    return TimeColumn("text", column.key, date.key, is_absolute=True, parse=parse, has_zone=zoned)


def _numeric_time(column: Column) -> tuple[TimeColumn, list[str]] | None:
    t = column.numbers[np.isfinite(column.numbers)]
    # Over some samples at once, since they may come in bursts; the middle one, since there may be gaps.
    width = max(1, min(64, len(t) // 4))
    step = float(np.median((t[width:] - t[:-width]) / width))
    said_unit = unit_named(column.unit) if column.unit else None
    named = said_unit if said_unit in ("s", "ms", "µs", "ns") else read_name(column.title).unit
    named = named if named in ("s", "ms", "µs", "ns") else None
    if named is None and bool(np.median(np.diff(t)) == 1) and bool(np.all(np.diff(t) % 1 == 0)):
        return None
    if named is None and (_FOREIGN_UNITS & set(tokens(column.title)) or _is_clock_face(t)):
        return None
    unit, absolute = _stamps.number_unit(step, float(t.max()), named)
    if unit is None:
        return None
    called = f"The time column {column.title!r}" if column.title else "The column without a name that counts time"
    said = [] if named else [f"{called} is taken as {unit}, by its steps."]
    return TimeColumn(unit, column.key, is_absolute=absolute), said


def has_time_unit(column: Column) -> bool:
    """Whether a column's unit, in its name or below it, is one of time, as of ``X [s]`` in Delsys' exports."""
    unit = unit_named(column.unit) if column.unit else read_name(column.title).unit
    return not column.is_text and unit in TIME


def of_sensors(
    time: TimeColumn, columns: list[Column], sensors: list[list[str]], file: Path, said: list[str]
) -> TimeColumn:
    """The time column that stands before the sensors, where a table has several that do not run alike.

    Parameters
    ----------
    time
        The column that was found without regard to the sensors.
    sensors
        Keys of the columns of each.

    Raises
    ------
    RecordingError
        When sensors have times of their own at rates of their own, or it cannot be told which time is whose.
    """
    at = {c.key: i for i, c in enumerate(columns)}
    clocks = [c for c in columns if (_speaks_of_time(c.title) or has_time_unit(c)) and _runs_on(c.numbers)]
    told = [(c, found[0]) for c in clocks if not c.is_text and (found := _numeric_time(c))]
    chosen = next((c for c, t in told if t.column == time.column), None)
    if chosen is None or len(told) < 2:
        return time
    named = [(c, t) for c, t in told if has_time_unit(c)]
    before = [[(c, t) for c, t in named if at[c.key] < min(at[k] for k in keys)] for keys in sensors]
    if all(_elapsed(c, t, chosen, time) for c, t in told):
        own = {b[-1][0].key: b[-1] for b in before if b}.values()
        said += [text for c, t in own if t.is_absolute == time.is_absolute and (text := _off(c, t, chosen, time))]
        return time
    if all(before):
        (first, its), *others = [b[-1] for b in before]
        if all(_elapsed(c, t, first, its) for c, t in others):
            said.append(f"Of several time columns that which stands before the sensor is used, {first.title!r}.")
            return its
    other = next(c for c, t in told if not _elapsed(c, t, chosen, time))
    raise RecordingError(
        file.name,
        f"its time columns {chosen.title!r} and {other.title!r} do not run alike, and nothing says which is whose",
        "export a file for each sensor, with one time column",
    )


def _elapsed(one: Column, its: TimeColumn, other: Column, others: TimeColumn) -> bool:
    """Whether as much time passes in two columns over the same rows."""
    both = np.flatnonzero(np.isfinite(one.numbers) & np.isfinite(other.numbers))
    if len(both) < 2:
        return False
    spans = [(c.numbers[both[-1]] - c.numbers[both[0]]) * TIME[t.unit] for c, t in ((one, its), (other, others))]
    return bool(abs(spans[0] - spans[1]) <= 0.01 * max(spans))


def _off(one: Column, its: TimeColumn, used: Column, time: TimeColumn) -> str:
    """How far a sensor's own times lie off those that are used for all; empty where it makes no difference."""
    off_us = np.abs(one.numbers * TIME[its.unit] - used.numbers * TIME[time.unit])
    furthest = float(np.nanmax(off_us, initial=0.0))
    if furthest < APART_US:
        return ""
    return f"All sensors have the times in {used.title!r}; those in {one.title!r} lie {furthest / 1e6:.3g} s off."


def _is_clock_face(t: NDArray[np.float64]) -> bool:
    """Whether numbers show hours, minutes and seconds in their digits: 95959.98 is followed by 100000.00."""
    seconds, minutes = t % 100, t // 100 % 100
    passes = np.isin(np.diff(t) // 1, (40, 4040))
    return bool(passes.any() and (seconds < 60).all() and (minutes < 60).all())


def _without_time(
    columns: list[Column], numeric: list[Column], rate: float | None, preamble: str, file: Path
) -> tuple[TimeColumn, float | None, list[str]]:
    counters = [c for c in [*numeric, *columns] if _counts(c)]
    start = _preamble.stated_start(preamble)
    if rate is not None and counters:
        said = [f"{_called(counters[0], columns)} counts samples at the {rate:g} Hz that the file states."]
        return TimeColumn("samples", counters[0].key, rate_hz=rate, start_us=start), rate, said
    if rate is not None:
        said = [f"No time column: rows follow evenly at the {rate:g} Hz that the file states."]
        return TimeColumn("rows", rate_hz=rate, start_us=start), rate, said
    shipped = f"or use a shipped one ({', '.join(_profile.names())})"
    worded = next((c for c in columns if c.is_text and _speaks_of_time(c.title)), None)
    if worded is not None:
        raise RecordingError(
            file.name,
            f"the times in {_called(worded, columns)} ({worded.words[0][:40]!r}) are in no known form",
            "export them as year-month-day hours:minutes:seconds, or as seconds",
        )
    if counters or not numeric:
        what = f"{_called(counters[0], columns)} counts samples and" if counters else "it has no time column and"
        raise RecordingError(
            file.name,
            f"{what} nothing says the sampling rate",
            f"add a time column, give rate_hz in a profile, {shipped}",
        )
    raise RecordingError(
        file.name,
        f"the time in {_called(numeric[0], columns)} is not said to be in s, ms, us or ns, and its steps do not tell",
        "say its unit in a profile, or export the time in seconds",
    )


def _called(column: Column, columns: list[Column]) -> str:
    """A column by its name, else by its number."""
    return f"column {column.title!r}" if column.title else f"column {columns.index(column) + 1}"


def plain_title(title: str) -> str:
    """The words of a title, joined, without what stands in brackets."""
    return "".join(tokens(re.sub(r"[\(\[].*$", "", title)))


def _speaks_of_time(title: str) -> bool:
    plain = plain_title(title)
    return (
        plain in ("t", "ts", "sec", "seconds", "ms", "date", "zeit", "uhrzeit", "temps", "tiempo", "tempo", "tijd")
        or tokens(title)[:1] == ["t"]
        or any(word in plain for word in ("time", "stamp", "epoc", "elapsed", "clock"))
    )


def _advances(t: NDArray[np.float64]) -> bool:
    t = t[np.isfinite(t)]
    return len(t) > 1 and bool(t.max() > t.min()) and bool((np.diff(t) >= 0).mean() > 0.9)


def _runs_on(t: NDArray[np.float64]) -> bool:
    """Whether numbers never fall, as the thousandths that go with a column of whole seconds do."""
    return _advances(t) and bool((np.diff(t[np.isfinite(t)]) >= 0).all())


def _counts(column: Column) -> bool:
    if column.is_text or (plain_title(column.title) not in _COUNTERS and not _speaks_of_time(column.title)):
        return False
    t = column.numbers[np.isfinite(column.numbers)]
    return len(t) > 1 and bool((np.diff(t) == 1).mean() > 0.5)
