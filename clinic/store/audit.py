"""The audit chain: who did what, when, vouching for the rows of the same transaction.

Each event holds the hash of the one before it and a digest of the rows it added, so an
edited, deleted, inserted or reordered event *or row* is found. The chain's head also lies
in a small file outside the database, so a cut-off end is found too. Tamper-evident, not
tamper-proof: who owns the machine can rewrite both, but not the heads printed on reports.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import Any

import duckdb

from clinic.home import Home
from clinic.store.access import StoreError
from clinic.store.files import write_whole
from clinic.store.rows import AuditRow, Head

GENESIS = Head(0, "0" * 64)

TABLES = (
    "patient", "recording", "stream", "analysis_run", "quality", "span", "episode", "label", "review",
    "medication", "detector", "audit_sample", "audit_answer", "decision",
    "cohort_detector",
)  # fmt: skip
"""The tables whose rows the chain vouches for; each has ``id`` and ``seq``."""


def canonical(value: Any) -> str:  # Any: whatever JSON holds
    """JSON with sorted keys and no spare blanks: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hash(fields: list[Any]) -> str:
    return hashlib.sha256(canonical(fields).encode()).hexdigest()


def _digest(rows: list[dict[str, Any]]) -> str:
    return hashlib.sha256("\n".join(sorted(canonical(row) for row in rows)).encode()).hexdigest()


def _rows_of(connection: duckdb.DuckDBPyConnection, seq: int | None) -> dict[int, dict[str, list[Any]]]:
    """``{seq: {table: [count, digest]}}`` of the rows that name an event (or any event).

    Empty columns are left out of the digest, so that a column added later changes none.
    """
    found: dict[int, dict[str, list[Any]]] = defaultdict(dict)
    for table in _tables(connection) if seq is None else _tables_of(connection, seq):
        query = f"SELECT * FROM {table}" + ("" if seq is None else f" WHERE seq = {seq:d}")  # noqa: S608  fixed names
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.description or ()]
        groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for values in cursor.fetchall():
            row = {name: v for name, v in zip(names, values, strict=True) if v is not None}
            groups[row.get("seq", 0)].append(row)
        for number, group in groups.items():
            found[number][table] = [len(group), _digest(group)]
    return found


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables that are there: a backup may be from before some of them."""
    there = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    return [table for table in TABLES if table in there]


def _tables_of(connection: duckdb.DuckDBPyConnection, seq: int) -> list[str]:
    """The tables with rows that name an event: two questions instead of fourteen, while somebody waits."""
    tables = _tables(connection)
    query = " UNION ALL ".join(f"SELECT '{table}' FROM {table} WHERE seq = {seq:d}" for table in tables)  # noqa: S608  fixed names
    found = {row[0] for row in connection.execute(query).fetchall()}
    return [table for table in tables if table in found]


def head_of(connection: duckdb.DuckDBPyConnection) -> Head:
    """The chain's end inside the database."""
    ((seq, digest),) = connection.execute("SELECT max(seq), arg_max(hash, seq) FROM audit_event").fetchall()
    return GENESIS if seq is None else Head(int(seq), str(digest))


def append(
    connection: duckdb.DuckDBPyConnection,
    last: Head,
    *,
    at_us: int,
    actor: str,
    act: str,
    object_: str,
    details: dict[str, Any],  # JSON
    software: str,
) -> Head:
    """Add the event that vouches for the rows just written with the number after ``last``; in their transaction.

    Parameters
    ----------
    last
        The chain's end, as :func:`settle` found it in the same transaction.
    """
    seq = last.seq + 1
    text = canonical({**details, "rows": _rows_of(connection, seq).get(seq, {})})
    fields = [seq, at_us, actor, act, object_, text, software, last.hash]
    digest = _hash(fields)
    connection.execute("INSERT INTO audit_event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*fields, digest])
    return Head(seq, digest)


def _read(details: str) -> dict[str, Any]:
    """What an event says; nothing where its text was altered beyond reading (the hash tells that)."""
    try:
        said = json.loads(details)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def events(connection: duckdb.DuckDBPyConnection, limit: int | None = None) -> list[AuditRow]:
    """Newest first."""
    return [
        AuditRow(seq, at, actor, act, object_, _read(details), digest, previous)
        for seq, at, actor, act, object_, details, _, previous, digest in connection.execute(
            "SELECT * FROM audit_event ORDER BY seq DESC LIMIT ?", [2**31 if limit is None else limit]
        ).fetchall()
    ]


def saved_head(home: Home) -> Head | None:
    """The head in the file beside the database; None where there is no such file.

    Raises
    ------
    StoreError
        If the file holds something else.
    """
    if not home.head.is_file():
        return None
    words = home.head.read_bytes().decode("utf-8", "replace").split()
    if len(words) != 2 or not words[0].isdecimal():
        raise StoreError(f"{home.head} is damaged: restore the newest backup with `motionward restore`.")
    return Head(int(words[0]), words[1])


def head_text(head: Head) -> bytes:
    """What the file beside the database holds."""
    return f"{head.seq} {head.hash}\n".encode("ascii")


def settle(home: Home, connection: duckdb.DuckDBPyConnection) -> Head:
    """Compare the saved head with the chain's and return the latter; the caller holds the lock.

    A chain one event ahead is what a kill between commit and head leaves: the head is moved on.

    Raises
    ------
    StoreError
        If entries were lost, or the saved head is gone or of another store: nothing may be added then.
    """
    actual, saved = head_of(connection), saved_head(home)
    way_out = "restore the newest backup with `motionward restore`"
    if saved is None and actual.seq > 0:
        raise StoreError(f"{home.head} is missing, so lost entries could not be seen: {way_out}.")
    if saved is not None and actual.seq < saved.seq:
        raise StoreError(f"The store at {home.root} has lost its last {saved.seq - actual.seq} entries: {way_out}.")
    if saved is not None and saved != actual and not _has(connection, saved):
        raise StoreError(f"The store at {home.root} and {home.head.name} do not belong together: {way_out}.")
    if saved is None or actual.seq == saved.seq + 1:
        write_whole(home.head, head_text(actual))
    return actual


def _has(connection: duckdb.DuckDBPyConnection, head: Head) -> bool:
    rows = connection.execute("SELECT hash FROM audit_event WHERE seq = ?", [head.seq]).fetchall()
    return head == GENESIS or (bool(rows) and rows[0][0] == head.hash)


def problems(connection: duckdb.DuckDBPyConnection, saved: Head | None) -> list[str]:
    """Everything that is not as it was written; empty when the chain and all rows are whole.

    The chain may be one event ahead of the saved head: a kill between commit and head does that.
    """
    found: list[str] = []
    previous, expected_seq = GENESIS.hash, 1
    rows = connection.execute("SELECT * FROM audit_event ORDER BY seq").fetchall()
    present = _rows_of(connection, None)
    hashes = {0: GENESIS.hash}
    for seq, at, actor, act, object_, details, software, before, digest in rows:
        if seq != expected_seq:
            missing = f"{expected_seq}" if seq == expected_seq + 1 else f"{expected_seq} to {seq - 1}"
            found.append(f"audit entry {missing} is missing")
        if before != previous:
            found.append(f"audit entry {seq} does not follow the one before it")
        if _hash([seq, at, actor, act, object_, details, software, before]) != digest:
            found.append(f"audit entry {seq} was altered")
        promised = _read(details).get("rows", {})
        actual = present.pop(seq, {})
        found += [
            f"rows of table {table} vouched for by audit entry {seq} were altered, added or removed"
            for table in sorted(set(promised) | set(actual))
            if promised.get(table) != actual.get(table)
        ]
        hashes[seq] = digest
        previous, expected_seq = digest, seq + 1
    found += [f"rows of table {t} name audit entry {s}, which is not there" for s, ts in present.items() for t in ts]
    last = rows[-1][0] if rows else 0
    if saved is None:
        if rows:
            found.append("the file clinic.head is missing, so a cut-off end could not be seen")
    elif last < saved.seq:
        found.append(f"the store has lost its last {saved.seq - last} entries: restore the newest backup")
    elif hashes.get(saved.seq) != saved.hash:
        found.append(f"audit entry {saved.seq} is not the one that clinic.head names")
    elif last > saved.seq + 1:
        found.append(f"clinic.head is {last - saved.seq} entries behind the store")
    return found
