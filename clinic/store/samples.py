"""Audits: the stretches that were drawn to be looked at, and what was said of each; rows that are only added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from clinic.store.access import StoreError, reading
from clinic.store.change import change
from clinic.store.labels import Labels
from clinic.store.read_rows import conditions
from clinic.store.rows import AnswerRow, Said, SampleRow
from clinic.store.write_rows import identity_of, insert
from data.intervals import Interval


@dataclass(frozen=True, slots=True)
class Samples(Labels):
    """The part of the store that is about audits; used as :class:`clinic.store.Store`."""

    def keep_sample(self, sample: SampleRow, *, actor: str, now_us: int) -> SampleRow:
        """Store stretches that were drawn, under an id made of what they were drawn from; it is given back.

        One of the same analyses and days that was drawn before is kept: an audit that was begun is not drawn again.
        """
        identity = identity_of(
            "audit", sample.patient, sample.stream, sample.phenomenon, *sample.runs, sample.interval.start,
            sample.interval.end,
        )  # fmt: skip
        row = [
            identity, sample.patient, sample.stream, sample.phenomenon, " ".join(sample.runs),
            " ".join(sample.detectors), sample.interval.start, sample.interval.end, sample.seed, sample.stretches,
            sample.plan, actor, now_us,
        ]  # fmt: skip

        def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
            if _samples(connection, id=identity):
                return False
            insert(connection, "audit_sample", [[*row, seq]])
            return True

        details = {"stream": sample.stream, "phenomenon": sample.phenomenon, "stretches": sample.stretches}
        change(self.home, "draw audit", sample.patient, details, actor=actor, now_us=now_us, rows=rows)
        return next(s for s in self.samples(sample.patient) if s.id == identity)

    def samples(self, patient: str) -> list[SampleRow]:
        """Those of a patient, newest first."""
        with reading(self.home) as connection:
            return _samples(connection, patient=patient)

    def answer(self, sample: str, stretch: int, verdict: str, episodes: int | None, *, actor: str, now_us: int) -> None:
        """What a person says of a stretch, counted from 0; the newest counts, the same again changes nothing.

        Parameters
        ----------
        verdict
            One of :class:`~clinic.store.rows.Said`.
        episodes
            How many there are, where that is not the usual one; None where nothing is counted.

        Raises
        ------
        ValueError
            For another verdict.
        StoreError
            If there is no such stretch.
        """
        verdict = Said(verdict).value

        def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
            found = _samples(connection, id=sample)
            if not found or not 0 <= stretch < found[0].stretches:
                raise StoreError("That stretch is not part of an audit in this store: load the page again.")
            before = [a for a in _present(connection, sample=sample) if a.stretch == stretch]
            if before and (before[0].verdict, before[0].episodes) == (verdict, episodes):
                return False
            _say(connection, seq, sample, stretch, verdict, episodes, actor, now_us, before[0].id if before else "")
            return True

        details = {"stretch": stretch, "verdict": verdict}
        change(self.home, "audit answer", sample, details, actor=actor, now_us=now_us, rows=rows)

    def withdraw_answer(self, sample: str, *, actor: str, now_us: int) -> int | None:
        """Take back a person's newest answer of an audit; each further call takes back the one before it.

        Returns
        -------
        The stretch it was about; None when nothing is left to take back.
        """
        taken: list[int] = []

        def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
            mine = [a for a in _present(connection, sample=sample, reviewer=actor) if a.verdict]
            if not mine:
                return False
            newest = max(mine, key=lambda a: a.seq)
            _say(connection, seq, sample, newest.stretch, "", None, actor, now_us, newest.id)
            taken.append(newest.stretch)
            return True

        change(self.home, "undo audit answer", sample, {}, actor=actor, now_us=now_us, rows=rows)
        return taken[0] if taken else None

    def answers(self, patient: str) -> list[AnswerRow]:
        """The answers of a patient's audits that stand, in the order in which they were given."""
        with reading(self.home) as connection:
            return [a for a in _present(connection, s__patient=patient) if a.verdict]


def _say(
    connection: duckdb.DuckDBPyConnection,
    seq: int,
    sample: str,
    stretch: int,
    verdict: str,
    episodes: int | None,
    reviewer: str,
    now_us: int,
    replaces: str,
) -> None:
    identity = identity_of("answer", sample, stretch, seq)
    row = [identity, sample, stretch, verdict, episodes, reviewer, now_us, replaces, seq]
    insert(connection, "audit_answer", [row])


def _samples(connection: duckdb.DuckDBPyConnection, **wanted: str | None) -> list[SampleRow]:
    where, values = conditions(**wanted)
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT id, patient, stream, phenomenon, runs, detectors, start_us, end_us, seed, stretches, plan, drawn_by, "  # noqa: S608  fixed names
        f"drawn_us FROM audit_sample {where} ORDER BY seq DESC",
        values,
    ).fetchall()
    return [
        SampleRow(
            owner, stream, what, tuple(runs.split()), tuple(detectors.split()), Interval(start, end), seed, stretches,
            plan, drawn_by, drawn_us, i,
        )
        for i, owner, stream, what, runs, detectors, start, end, seed, stretches, plan, drawn_by, drawn_us in rows
    ]  # fmt: skip


def _present(connection: duckdb.DuckDBPyConnection, **wanted: str | None) -> list[AnswerRow]:
    where, values = conditions(**wanted)
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT a.id, sample, stretch, verdict, episodes, reviewer, made_us, a.seq FROM present_answer AS a "  # noqa: S608  fixed names
        f"JOIN audit_sample AS s ON s.id = sample {where} ORDER BY a.seq",
        values,
    ).fetchall()
    return [AnswerRow(*row) for row in rows]
