"""The database's shape, brought up to date by numbered SQL files, each applied once."""

from __future__ import annotations

from importlib.resources import files

import duckdb

from clinic.store.access import StoreError


def _available() -> list[tuple[int, str, str]]:
    folder = files("clinic.store").joinpath("migrations")
    named = sorted((f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))
    return [(int(name[:4]), name, text) for name, text in named]


def newest() -> int:
    """Number of the newest shape this program knows."""
    return _available()[-1][0]


def shape_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Number of the shape a database has; 0 for an empty one."""
    known = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'migration'").fetchall()
    if not known[0][0]:
        return 0
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM migration").fetchall()[0][0])


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply what is missing, inside the caller's transaction.

    Raises
    ------
    StoreError
        If a newer motionward has written this store.
    """
    have = shape_of(connection)
    if have > newest():
        raise StoreError(
            f"The store has shape {have}, this motionward knows {newest()}: open it with the newer motionward."
        )
    connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER, name VARCHAR)")
    for number, name, text in _available():
        if number > have:
            for statement in (s for s in text.split(";") if s.strip()):
                connection.execute(statement)
            connection.execute("INSERT INTO migration VALUES (?, ?)", [number, name])
