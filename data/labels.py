"""Labelled spans as a table: the CSV that people write to teach a detector, read exactly or refused with its line.

Columns ``file, stream, start_s, end_s, label`` in any order, further ones are kept as text; in place of
``start_s, end_s`` a file may have ``start_utc, end_utc``. docs/labels.md describes the format.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from data.csv_tables import untamed
from data.errors import LabelsError
from data.intervals import Interval
from data.recording import Clock

COLUMNS = ("file", "stream", "start_s", "end_s", "label")
"""What a table of labels has at least."""
NOT = "not "
"""What stands before a phenomenon in the label of a span that does not have it."""
ALL = "all "
"""What stands before a phenomenon in the label of a span in which all of it is marked: what is left there is none."""
_UTC = ("start_utc", "end_utc")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FARTHEST_S = 10**11
_ROUNDED_US = 1_000
"""A spreadsheet may keep no more of a time."""


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """A span of one stream of one file with its label.

    Parameters
    ----------
    stream
        Empty where the file has one stream.
    interval
        Microseconds since 1970 UTC where ``clock`` is absolute, else since the recording's first sample.
    label
        The phenomenon, ``not <phenomenon>`` or ``all <phenomenon>``.
    line
        Where it stands in the table, from 1.
    more
        The cells of further columns, by their names.
    """

    file: str
    stream: str
    interval: Interval
    label: str
    clock: Clock = Clock.RELATIVE
    line: int = 0
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def phenomenon(self) -> str:
        """What the label is about."""
        return subject_of(self.label)

    @property
    def is_present(self) -> bool:
        """Whether the label says that the phenomenon is there."""
        return not self.label.startswith((NOT, ALL))

    @property
    def is_whole(self) -> bool:
        """Whether the label says that everything in its span is marked."""
        return self.label.startswith(ALL)

    def since(self, origin_us: int) -> Interval:
        """The span on the clock of a recording whose first sample was at ``origin_us``."""
        if self.clock is Clock.ABSOLUTE:
            return self.interval
        return Interval(self.interval.start + origin_us, self.interval.end + origin_us)


def contradiction(span: LabelledSpan, origin_us: int) -> str:
    """Which date of a span, in a further column, tells another instant than its seconds do; empty where none does.

    Parameters
    ----------
    origin_us
        The recording's first sample, since 1970 UTC.
    """
    if span.clock is Clock.ABSOLUTE:
        return ""
    at = span.since(origin_us)
    for name, us in zip(_UTC, (at.start, at.end), strict=True):
        told = instant(span.more.get(name, ""))
        if told is not None and abs(told - us) > _ROUNDED_US:
            return name
    return ""


def spelt_as(label: str, known: Iterable[str]) -> str | None:
    """The known class that a label differs from in capitals, blanks or underscores alone; None where there is none."""
    return next((k for k in known if k != label and _bare(k) == _bare(label)), None)


def _bare(label: str) -> str:
    return " ".join(label.replace("_", " ").casefold().split())


def phenomenon_of(label: str) -> str:
    """What a label is about: ``fall`` for both ``fall`` and ``not fall``."""
    return label.removeprefix(NOT)


def subject_of(label: str) -> str:
    """What a label teaches: ``fall`` for ``fall``, ``not fall`` and ``all fall``; the last is a class of its own."""
    return label.removeprefix(ALL) if label.startswith(ALL) else phenomenon_of(label)


def opposite(label: str) -> str:
    """The label that cannot hold at the same time: ``not fall`` for ``fall``, and back."""
    return label.removeprefix(NOT) if label.startswith(NOT) else NOT + label


def name_problem(label: str) -> str | None:
    """Why a text cannot be the name of a class, as the end of a sentence; None when it can."""
    if not label.strip() or label.strip() == NOT.strip() or not phenomenon_of(label).strip():
        return "has no class"
    if label != label.strip() or phenomenon_of(label) != phenomenon_of(label).strip():
        return f"has blanks at the ends of its class {label!r}"
    if phenomenon_of(label).startswith(NOT):
        return f"says 'not' twice in its class {label!r}"
    if label == ALL.strip() or (subject_of(label).startswith((NOT, ALL)) and label.startswith(ALL)):
        return f"does not say in its class {label!r} of what all is marked"
    strange = [c for c in label if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r"]
    return f"has a class that holds a character without a sign, {strange[0]!r}" if strange else None


def read_labels(path: Path) -> tuple[LabelledSpan, ...]:
    """The spans of a table, in its order.

    Raises
    ------
    LabelsError
        As :func:`parse_labels` does, or if the file cannot be opened.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LabelsError(path.name, f"it cannot be read ({error.strerror})", "check its name and place") from error
    return parse_labels(content, path.name)


def parse_labels(content: bytes, source: str) -> tuple[LabelledSpan, ...]:
    """The spans of a table, in its order; all of it, or an error that names the first line that is wrong.

    Comma, semicolon or tab between cells, and a decimal comma where cells are not parted by commas;
    times are rounded to the microsecond.

    Parameters
    ----------
    source
        The table's name, for errors.

    Raises
    ------
    LabelsError
        If a column is missing, a cell cannot be read, or a span is empty.
    """
    text = text_of(content, source)
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    delimiter = max(",;\t", key=first.count)
    names = tuple(n.strip().lower() for n in next(csv.reader([first], delimiter=delimiter), []))
    clock = _clock_of(names, source)
    lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    found: list[LabelledSpan] = []
    line = 1
    try:
        for number, cells in enumerate(reader):
            if number and any(c.strip() for c in cells):
                found.append(_span(names, cells, clock, delimiter, f"{source}, line {line}", line))
            line = reader.line_num + 1
    except csv.Error as error:
        raise LabelsError(f"{source}, line {line}", f"it is no CSV ({error})", "check the quotation marks") from error
    return tuple(found)


def text_of(content: bytes, source: str) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises
    ------
    LabelsError
        If it is something else.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LabelsError(
            f"{source}, line {line}", "it is not text in UTF-8", "save it as UTF-8 and import it again"
        ) from error


def microseconds(text: str) -> int | None:
    """Seconds as a text, rounded to whole microseconds; None where it is no number."""
    try:
        seconds = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not seconds.is_finite() or abs(seconds) > _FARTHEST_S:
        return None
    return int((seconds * 1_000_000).to_integral_value())


def instant(text: str) -> int | None:
    """An ISO 8601 time with its offset, in microseconds since 1970 UTC; None for anything else."""
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return None if told.tzinfo is None else (told - _EPOCH) // timedelta(microseconds=1)


def seconds_text(microseconds_: int) -> str:
    """Seconds to the microsecond, exactly."""
    sign, size = "-" if microseconds_ < 0 else "", abs(microseconds_)
    return f"{sign}{size // 1_000_000}.{size % 1_000_000:06d}"


def _clock_of(names: tuple[str, ...], source: str) -> Clock:
    twice = [n for n in names if n and names.count(n) > 1]
    if twice:
        raise LabelsError(f"{source}, line 1", f"it has two columns {twice[0]!r}", "keep one of them")
    missing = [n for n in COLUMNS if n not in names]
    if set(missing) == {"start_s", "end_s"} and set(_UTC) <= set(names):
        return Clock.ABSOLUTE
    if missing:
        raise LabelsError(
            f"{source}, line 1", f"the column {missing[0]!r} is missing", f"name the columns {', '.join(COLUMNS)}"
        )
    return Clock.RELATIVE


def _span(
    names: Sequence[str], cells: Sequence[str], clock: Clock, delimiter: str, where: str, line: int
) -> LabelledSpan:
    if len(cells) != len(names):
        raise LabelsError(
            where,
            f"it has {len(cells)} cells and the header {len(names)}",
            "put cells with commas into quotation marks",
        )
    row = {name: untamed(cell).strip() for name, cell in zip(names, cells, strict=True)}
    problem = name_problem(row["label"])
    if problem:
        raise LabelsError(where, f"it {problem}", "name the phenomenon, or 'not' and the phenomenon")
    if clock is Clock.ABSOLUTE:
        start, end = (_cell(row, n, instant(row[n]), "2026-03-02T06:00:00Z", where) for n in _UTC)
    else:
        decimal = {n: row[n] if delimiter == "," else row[n].replace(",", ".") for n in ("start_s", "end_s")}
        start, end = (_cell(row, n, microseconds(decimal[n]), "12.5", where) for n in ("start_s", "end_s"))
        if start < 0:
            raise LabelsError(
                where, f"it starts at {row['start_s']} s", "count seconds from the recording's first sample"
            )
    if end <= start:
        raise LabelsError(where, "the span ends where or before it starts", "give the end after the start")
    more = {n: c for n, c in row.items() if n not in COLUMNS}
    return LabelledSpan(row["file"], row["stream"], Interval(start, end), row["label"], clock, line, more)


def _cell(row: Mapping[str, str], name: str, value: int | None, like: str, where: str) -> int:
    if value is None:
        raise LabelsError(where, f"{name} is {row[name]!r}", f"write a time such as {like}")
    return value
