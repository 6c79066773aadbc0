"""Rows of the ``label`` table: read as values, added, replaced, removed and taken back, never changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import duckdb

from clinic.store.access import StoreError, gone
from clinic.store.read_rows import conditions
from clinic.store.rows import Label, LabelRow, LabelSource
from clinic.store.write_rows import identity_of, insert
from data.intervals import Interval
from data.labels import name_problem

Check = Callable[[Sequence[Label], Sequence[LabelRow]], str | None]
"""Told new labels and the present ones of their recording about the same time; answers why they may not be added."""

SEEN = "see detector"
"""The act of the audit trail that says that a rater was shown what a detector, or another rater, says of a stream."""

_COLUMNS = (
    "l.id, l.recording, stream, start_us, end_us, label, rater, made_us, replaces, l.seq, "
    "coalesce(source, 'drawn'), confidence, coalesce(tool, ''), coalesce(model, ''), "
    "coalesce(is_removed, FALSE), coalesce(undoes, '')"
)


_IN_TIME = "start_us, end_us, stream, label, rater"


def present(
    connection: duckdb.DuckDBPyConnection, patient: str | None, recording: str | None, rater: str | None
) -> list[LabelRow]:
    """Those that stand, of recordings that are somebody's, in order of time."""
    return _read(connection, "present_label", _IN_TIME, recording__patient=patient, l__recording=recording, rater=rater)


def history(connection: duckdb.DuckDBPyConnection, recording: str, rater: str | None) -> list[LabelRow]:
    """All rows that were ever added, oldest first."""
    return _read(connection, "label", "l.seq, start_us, l.id", l__recording=recording, rater=rater)


def classes(connection: duckdb.DuckDBPyConnection, patient: str, rater: str) -> list[str]:
    """The classes that were ever marked of a patient, the rater's own first, each in the order of its first mark."""
    rows = connection.execute(
        "SELECT label FROM label AS l JOIN present_recording AS recording ON recording.id = l.recording "
        "WHERE recording.patient = ? GROUP BY label "
        "ORDER BY count(*) FILTER (rater = ?) = 0, min(l.seq) FILTER (rater = ?), min(l.seq), label",
        [patient, rater, rater],
    ).fetchall()
    return [name for (name,) in rows]


def names(connection: duckdb.DuckDBPyConnection, rater: str) -> list[str]:
    """The classes of a rater's labels that stand, of whichever patient, by name."""
    rows = connection.execute(
        "SELECT DISTINCT label FROM present_label AS l JOIN present_recording AS recording "
        "ON recording.id = l.recording WHERE rater = ? ORDER BY label",
        [rater],
    ).fetchall()
    return [name for (name,) in rows]


def saw_detector(connection: duckdb.DuckDBPyConnection, recording: str, stream: str, rater: str) -> bool:
    """Whether a rater was ever shown what a detector says of a stream."""
    query = "SELECT details FROM audit_event WHERE act = ? AND object = ? AND actor = ?"
    told = connection.execute(query, [SEEN, recording, rater]).fetchall()
    return any(json.loads(text)["stream"] == stream for (text,) in told)


def _read(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    order: str,
    within: Interval | None = None,
    *,
    is_somebodys: bool = False,
    **wanted: str | None,
) -> list[LabelRow]:
    """Rows of recordings that are somebody's; where that is known already it is not asked again."""
    clause, values = conditions(**wanted)
    owned = "" if is_somebodys else "JOIN present_recording AS recording ON recording.id = l.recording"
    if within is not None:
        clause += f" AND start_us < {within.end:d} AND end_us > {within.start:d}"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {table} AS l {owned} {clause} ORDER BY {order}",  # noqa: S608  fixed names
        values,
    ).fetchall()
    return [
        LabelRow(
            stream, Interval(start, end), name, of, LabelSource(source), confidence, tool, model,
            identity, in_, made, replaces, removed, undoes, seq,
        )
        for identity, in_, stream, start, end, name, of, made, replaces, seq, source, confidence, tool, model,
        removed, undoes in rows
    ]  # fmt: skip


def add(
    connection: duckdb.DuckDBPyConnection,
    seq: int,
    recording: str,
    labels: Sequence[Label],
    now_us: int,
    *,
    replaces: str = "",
    check: Check | None,
    first: int = 0,
) -> list[LabelRow]:
    """Add labels, or one in place of another of the same rater.

    Parameters
    ----------
    first
        How many rows the same change made before.

    Raises
    ------
    KeyError
        For a stream that is not here.
    StoreError
        For a recording that is not here, and with the reason why a label may not be added.
    """
    streams = connection.execute(
        "SELECT name, start_us, end_us FROM stream "
        "WHERE recording = ? AND (SELECT arg_max(patient, seq) FROM recording WHERE id = ?) <> ''",
        [recording, recording],
    ).fetchall()
    if not streams:
        raise gone(recording)
    within = {name: Interval(start, end) for name, start, end in streams}
    if replaces:
        (label,) = labels
        _own(connection, recording, replaces, label.rater)
    for label in labels:
        if label.stream not in within:
            raise KeyError(f"no stream {label.stream!r}; there are {sorted(within)}")
    reached = Interval(min(x.interval.start for x in labels), max(x.interval.end for x in labels))
    near = _read(connection, "present_label", _IN_TIME, reached, is_somebodys=True, l__recording=recording)
    refused = check(labels, [row for row in near if row.id != replaces]) if check else None
    if refused:
        raise StoreError(refused)
    for label in labels:  # after the check, whose reasons say what to do
        problem = _problem(label, within[label.stream])
        if problem:
            raise StoreError(f"The label was not stored, because it {problem}.")
    rows = [
        _row(label, identity_of("label", seq, n), recording, now_us, seq, replaces)
        for n, label in enumerate(labels, first)
    ]
    _insert(connection, rows)
    return rows


def chain(connection: duckdb.DuckDBPyConnection, recording: str, labels: Sequence[str]) -> list[str]:
    """Labels and all that they stand in place of."""
    replaced = {row.id: row.replaces for row in history(connection, recording, None)}
    found = []
    for label in labels:
        at = label
        while at:
            found.append(at)
            at = replaced.get(at, "")
    return found


def remove(
    connection: duckdb.DuckDBPyConnection, seq: int, recording: str, labels: Sequence[str], rater: str, now_us: int
) -> list[LabelRow]:
    """Say that a rater's labels are there no more.

    Raises
    ------
    StoreError
        If one is not there, or another rater's.
    """
    rows = [
        _row(
            _own(connection, recording, label, rater), identity_of("label", seq, n), recording, now_us, seq, label,
            is_removed=True,
        )
        for n, label in enumerate(labels)
    ]  # fmt: skip
    _insert(connection, rows)
    return rows


def undo(
    connection: duckdb.DuckDBPyConnection, seq: int, recording: str, rater: str, now_us: int, stream: str
) -> list[LabelRow]:
    """Take back a rater's newest change of a stream that still stands; empty when there is none.

    A change is whatever one audit event vouches for: a label, a moved edge, a removal, what an import brought here.
    """
    rows = [row for row in history(connection, recording, rater) if row.stream == stream]
    by_id = {r.id: r for r in rows}
    followed_by = {r.replaces: r for r in rows if r.replaces}
    taken_back = {by_id[r.undoes].seq for r in rows if r.undoes}
    standing = [r.seq for r in rows if not r.undoes and r.seq not in taken_back]
    if not standing:
        return []
    made: list[LabelRow] = []
    for n, row in enumerate(r for r in rows if r.seq == max(standing)):
        newest = row
        while newest.id in followed_by:
            newest = followed_by[newest.id]
        before = by_id.get(row.replaces)
        made.append(
            _row(
                before or row, identity_of("label", seq, n), recording, now_us, seq, newest.id,
                is_removed=before is None, undoes=row.id,
            )
        )  # fmt: skip
    _insert(connection, made)
    return made


def _own(connection: duckdb.DuckDBPyConnection, recording: str, label: str, rater: str) -> LabelRow:
    rows = _read(connection, "present_label", _IN_TIME, l__recording=recording, l__id=label)
    if not rows:
        raise StoreError("That label is there no more, it was changed or removed meanwhile: load the page again.")
    (found,) = rows
    if found.rater != rater:
        raise StoreError(f"That label is {found.rater}'s and stays as it is: mark the span yourself.")
    return found


def _problem(label: Label, within: Interval) -> str | None:
    """What is wrong with a label taken alone, as the end of a sentence."""
    span = label.interval
    if not label.rater.strip():
        return "names nobody who made it"
    if span.duration == 0:
        return "covers no time"
    if span.start < within.start or span.end > within.end:
        return "lies outside its stream"
    if label.confidence is not None and not 0 <= label.confidence <= 1:
        return f"has the confidence {label.confidence}, which is not between 0 and 1"
    return name_problem(label.label)


def _row(
    label: Label,
    identity: str,
    recording: str,
    now_us: int,
    seq: int,
    replaces: str,
    *,
    is_removed: bool = False,
    undoes: str = "",
) -> LabelRow:
    return LabelRow(
        label.stream, label.interval, label.label, label.rater, label.source, label.confidence, label.tool,
        label.model, identity, recording, now_us, replaces, is_removed, undoes, seq,
    )  # fmt: skip


def _insert(connection: duckdb.DuckDBPyConnection, rows: Sequence[LabelRow]) -> None:
    """In the order of the table's columns, which grew with the migrations."""
    insert(
        connection,
        "label",
        [
            [
                r.id, r.recording, r.stream, r.interval.start, r.interval.end, r.label, r.rater, r.made_us, r.replaces,
                r.seq, r.source.value, r.confidence, r.tool, r.model, r.is_removed, r.undoes,
            ]
            for r in rows
        ],
    )  # fmt: skip
