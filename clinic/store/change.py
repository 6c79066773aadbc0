"""One change: its rows, its files and the audit event that vouches for them, all of them or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb

from clinic import __version__
from clinic.home import Home
from clinic.store import audit
from clinic.store.access import locked, looking, transaction
from clinic.store.files import Pending, pending_file
from clinic.store.rows import Head


def change(
    home: Home,
    act: str,
    object_: str,
    details: dict[str, Any],  # JSON
    *,
    actor: str,
    now_us: int,
    rows: Callable[[duckdb.DuckDBPyConnection, int], bool],
    files: Pending | None = None,
) -> bool:
    """Write rows and their audit event in one transaction; ``rows`` may answer False: nothing to do.

    ``files`` get their name just before the commit and lose it again when that fails; the new head
    lies ready before the commit and gets its name after it.
    """
    head = None
    with locked(home.lock, exclusive=True), pending_file(home.head) as new_head:
        try:
            with transaction(home) as connection:
                last = audit.settle(home, connection)
                if not rows(connection, last.seq + 1):
                    return False
                head = audit.append(
                    connection, last, at_us=now_us, actor=actor, act=act, object_=object_, details=details,
                    software=__version__,
                )  # fmt: skip
                new_head.content.write_bytes(audit.head_text(head))
                new_head.sync()
                if files is not None:
                    files.keep()
        except BaseException:
            # Somebody may have interrupted between the commit and here: then rows name the files already.
            if files is not None and not (head is not None and _holds(home, head)):
                files.undo()
            raise
        new_head.keep()
    return True


def _holds(home: Home, head: Head) -> bool:
    """Whether an event was committed; the caller holds the lock."""
    with looking(home) as connection:
        return audit.head_of(connection) == head
