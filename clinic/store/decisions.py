"""What a third annotator decided where two differ: rows that are only added, the newest of each difference counts."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from clinic.store.access import reading
from clinic.store.change import change
from clinic.store.rows import DecisionRow
from clinic.store.samples import Samples
from clinic.store.write_rows import identity_of, insert
from data.intervals import Interval


@dataclass(frozen=True, slots=True)
class Decisions(Samples):
    """The part of the store that is about consensus; used as :class:`clinic.store.Store`."""

    def decide(self, decision: DecisionRow, *, actor: str, now_us: int) -> None:
        """Store what a third keeps of one difference; a later decision about the same counts instead."""
        d = decision

        def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
            edges = [
                edge for span in (d.one, d.two, d.kept) for edge in ((span.start, span.end) if span else (None,) * 2)
            ]
            identity = identity_of("decision", d.recording, seq)
            insert(
                connection,
                "decision",
                [[identity, d.recording, d.stream, d.label, *d.raters, *edges, d.decided_by, now_us, seq]],
            )
            return True

        details = {"stream": d.stream, "label": d.label, "decided_by": d.decided_by}
        change(self.home, "decide difference", d.recording, details, actor=actor, now_us=now_us, rows=rows)

    def decisions(self, recording: str) -> list[DecisionRow]:
        """All that were ever made about a recording, oldest first."""
        with reading(self.home) as connection:
            rows = connection.execute(
                "SELECT recording, stream, label, rater_one, rater_two, one_start_us, one_end_us, two_start_us, "
                "two_end_us, kept_start_us, kept_end_us, decided_by, made_us FROM decision WHERE recording = ? "
                "ORDER BY seq",
                [recording],
            ).fetchall()
        return [
            DecisionRow(of, stream, label, (one, two), _span(a, b), _span(c, d), _span(e, f), by, made)
            for of, stream, label, one, two, a, b, c, d, e, f, by, made in rows
        ]


def _span(start: int | None, end: int | None) -> Interval | None:
    return None if start is None or end is None else Interval(start, end)
