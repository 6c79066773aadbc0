"""Adding rows. Each function writes with the number of the audit event that will vouch for them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from clinic.store.audit import canonical
from clinic.store.rows import WITHDRAWN, DetectorRow, DoseRow, PatientRow
from data.recording import Recording

if TYPE_CHECKING:  # who only reads the store need not load what analyses
    from clinic.analysis import Analysis

_FEW = 8
"""Rows up to which pandas is not worth its loading: a review is one row, and somebody waits for it."""


def identity_of(*parts: object) -> str:
    """An id that the same parts always give."""
    return hashlib.sha256(canonical([str(p) for p in parts]).encode()).hexdigest()[:32]


def _exists(connection: duckdb.DuckDBPyConnection, table: str, identity: str) -> bool:
    query = f"SELECT count(*) FROM {table} WHERE id = ?"  # noqa: S608  the table's name is ours
    return bool(connection.execute(query, [identity]).fetchall()[0][0])


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Many rows at once; for many a frame is a hundred times faster than row by row."""
    if not rows:
        return
    if len(rows) <= _FEW:
        marks = ", ".join("?" * len(rows[0]))
        for row in rows:
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", list(row))  # noqa: S608  the table's name is ours
        return
    # Half a second to load, and who only reads never needs it.
    import pandas as pd  # noqa: PLC0415

    names = [r[0] for r in connection.execute(f"DESCRIBE {table}").fetchall()]
    frame = pd.DataFrame(list(rows), columns=pd.Index(names))
    connection.register("incoming", frame)
    connection.execute(f"INSERT INTO {table} SELECT * FROM incoming")  # noqa: S608  the table's name is ours
    connection.unregister("incoming")


def patient(connection: duckdb.DuckDBPyConnection, seq: int, row: PatientRow) -> bool:
    """False when the patient is there already."""
    if _exists(connection, "patient", row.code):
        return False
    insert(connection, "patient", [[row.code, row.zone, row.is_simulated, row.created_us, seq]])
    return True


def recording(
    connection: duckdb.DuckDBPyConnection,
    seq: int,
    value: Recording,
    patient_code: str,
    now_us: int,
    index: dict[str, Any],  # JSON, of the archive
) -> bool:
    """A recording and its streams; False when its content is there already."""
    r = value
    if _exists(connection, "recording", r.source.sha256):
        return False
    marks = [[a.interval.start, a.interval.end, a.label, a.stream] for a in r.annotations]
    insert(
        connection,
        "recording",
        [
            [
                r.source.sha256, patient_code, r.source.name, r.source.size, r.device, r.clock.value, r.zone or "",
                r.is_simulated, now_us, canonical(list(r.assumptions)), canonical(marks), seq,
            ]
        ],
    )  # fmt: skip
    insert(
        connection,
        "stream",
        [
            [
                identity_of(r.source.sha256, s.name), r.source.sha256, s.name, position, s.placement.value,
                s.side.value, s.rate_hz, " ".join(s.channels), sum(g.n_samples for g in s.segments), s.interval.start,
                s.interval.end, canonical(index[s.name]), seq,
            ]
            for position, s in enumerate(r.streams)
        ],
    )  # fmt: skip
    return True


def owner(connection: duckdb.DuckDBPyConnection, seq: int, recording_id: str, patient_code: str) -> None:
    """The row of a recording once more, of another patient; an empty code is nobody."""
    connection.execute(
        "INSERT INTO recording SELECT * REPLACE (? AS patient, ? AS seq) FROM owned_recording WHERE id = ?",
        [patient_code, seq, recording_id],
    )


def analysis(
    connection: duckdb.DuckDBPyConnection,
    seq: int,
    run: str,
    recording_id: str,
    value: Analysis,
    manifest: str,
    now_us: int,
) -> bool:
    """A run with its findings, spans and episodes; False when it is there already."""
    if _exists(connection, "analysis_run", run):
        return False
    present_again(connection, seq, run, recording_id, manifest, now_us)
    owner = connection.execute("SELECT patient FROM owned_recording WHERE id = ?", [recording_id]).fetchall()[0][0]
    insert(
        connection,
        "quality",
        [
            [
                identity_of(run, "finding", n), run, recording_id, f.stream, f.kind, f.severity.value,
                f.interval.start, f.interval.end, f.sentence, seq,
            ]
            for n, f in enumerate(value.quality.findings)
        ],
    )  # fmt: skip
    spans = [
        (q.stream, "", kind, i, "")
        for q in value.quality.streams
        for kind, group in (("worn", q.worn), ("not worn", q.not_worn), ("gap", q.gaps))
        for i in group
    ]
    for j in value.judgements:
        spans += [(j.stream, j.phenomenon, "flagged", i, "") for i in j.flagged]
        spans += [(j.stream, j.phenomenon, "clear", i, "") for i in j.clear]
        spans += [(j.stream, j.phenomenon, "not judged", i, reason) for i, reason in j.not_judged]
    insert(
        connection,
        "span",
        [
            [identity_of(run, "span", n), run, recording_id, stream, phenomenon, kind, i.start, i.end, reason, seq]
            for n, (stream, phenomenon, kind, i, reason) in enumerate(spans)
        ],
    )
    insert(
        connection,
        "episode",
        [
            [
                identity_of(run, e.stream, e.phenomenon, e.interval.start, e.interval.end), run, recording_id, owner,
                e.stream, e.phenomenon, e.placement.value, e.interval.start, e.interval.end, e.peak, e.mean,
                e.certainty.value, e.detector, seq,
            ]
            for e in value.episodes
        ],
    )  # fmt: skip
    return True


def present_again(
    connection: duckdb.DuckDBPyConnection, seq: int, run: str, recording_id: str, manifest: str, now_us: int
) -> bool:
    """Make a run the present one of its recording, in place of the one before; False when it is that already."""
    older = connection.execute("SELECT id FROM present_run WHERE recording = ?", [recording_id]).fetchall()
    if older and older[0][0] == run:
        return False
    insert(connection, "analysis_run", [[run, recording_id, now_us, manifest, older[0][0] if older else "", seq]])
    return True


def doses(connection: duckdb.DuckDBPyConnection, seq: int, rows: Sequence[DoseRow]) -> bool:
    """Those that are not there yet, or no more; False when all are."""
    gone = {row[0] for row in connection.execute("SELECT replaces FROM medication WHERE replaces <> ''").fetchall()}
    present = {
        tuple(row[1:])
        for row in connection.execute("SELECT id, patient, taken_us, what, source FROM medication").fetchall()
        if row[0] not in gone
    }
    fresh = [r for r in rows if (r.patient, r.taken_us, r.what, r.source) not in present]
    named = [(identity_of(r.id, seq) if _exists(connection, "medication", r.id) else r.id, r) for r in fresh]
    insert(connection, "medication", [[i, r.patient, r.taken_us, r.what, r.source, "", seq] for i, r in named])
    return bool(fresh)


def withdraw_dose(connection: duckdb.DuckDBPyConnection, seq: int, dose: str) -> bool:
    """A row in the place of a dose, which is none itself; ``KeyError`` for one that is not there."""
    found = connection.execute("SELECT patient, taken_us FROM medication WHERE id = ?", [dose]).fetchall()
    if not found:
        raise KeyError(f"no dose {dose!r}")
    if connection.execute("SELECT 1 FROM medication WHERE replaces = ?", [dose]).fetchall():
        return False
    insert(connection, "medication", [[identity_of("withdrawn", dose, seq), *found[0], "", WITHDRAWN, dose, seq]])
    return True


def review(
    connection: duckdb.DuckDBPyConnection, seq: int, episode: str, verdict: str, reviewer: str, now_us: int
) -> bool:
    """A verdict on an episode, naming the one it replaces; ``KeyError`` for an episode that is not there."""
    owner = connection.execute(
        "SELECT r.patient FROM episode JOIN owned_recording AS r ON r.id = episode.recording WHERE episode.id = ?",
        [episode],
    ).fetchall()
    if not owner:
        raise KeyError(f"no episode {episode!r}")
    older = connection.execute("SELECT id, verdict FROM present_review WHERE episode = ?", [episode]).fetchall()
    if (older[0][1] if older else "") == verdict:
        return False
    replaced = older[0][0] if older else ""
    identity = identity_of("review", episode, seq)
    insert(connection, "review", [[identity, episode, owner[0][0], verdict, reviewer, now_us, replaced, seq]])
    return True


def answered_by(connection: duckdb.DuckDBPyConnection, labels: Sequence[str]) -> str:
    """The episode whose present verdict was given in one change with one of these labels; empty for none."""
    found = connection.execute(
        "SELECT episode FROM present_review WHERE verdict <> '' AND seq IN (SELECT unnest(?))",
        [_changes(connection, labels)],
    ).fetchall()
    return str(found[0][0]) if found else ""


def unreview(
    connection: duckdb.DuckDBPyConnection, seq: int, labels: Sequence[str], chain: Sequence[str], now_us: int
) -> None:
    """Make the verdicts that were given with labels what they were before, where they still count.

    Parameters
    ----------
    labels
        What is taken back.
    chain
        The same labels with all that they stand in place of: a verdict that somebody else gave since is left alone.
    """
    replaced = dict(
        connection.execute(
            "SELECT episode, arg_min(replaces, seq) FROM review WHERE seq IN (SELECT unnest(?)) GROUP BY episode",
            [_changes(connection, labels)],
        ).fetchall()
    )
    given = connection.execute(
        "SELECT id, episode, patient, reviewer FROM present_review WHERE seq IN (SELECT unnest(?))",
        [_changes(connection, chain)],
    ).fetchall()
    rows = []
    for identity, episode, patient_code, reviewer in given:
        if episode in replaced:
            before = connection.execute("SELECT verdict FROM review WHERE id = ?", [replaced[episode]]).fetchall()
            verdict = before[0][0] if before else ""
            new = identity_of("review", episode, seq)
            rows.append([new, episode, patient_code, verdict, reviewer, now_us, identity, seq])
    insert(connection, "review", rows)


def _changes(connection: duckdb.DuckDBPyConnection, labels: Sequence[str]) -> list[int]:
    """Numbers of the audit events that vouch for labels."""
    found = connection.execute("SELECT DISTINCT seq FROM label WHERE id IN (SELECT unnest(?))", [list(labels)])
    return [seq for (seq,) in found.fetchall()]


def detector(connection: duckdb.DuckDBPyConnection, seq: int, row: DetectorRow) -> bool:
    """False when that version is there already."""
    if _exists(connection, "detector", row.id):
        return False
    insert(connection, "detector", [[row.id, row.name, row.phenomenon, row.parent, row.accepted_us, seq]])
    return True


def cohort_detector(connection: duckdb.DuckDBPyConnection, seq: int, name: str, version: str, now_us: int) -> bool:
    """A version for every patient; an empty one is the shipped one."""
    insert(connection, "cohort_detector", [[identity_of("cohort", name, seq), name, version, now_us, seq]])
    return True


def look(connection: duckdb.DuckDBPyConnection, seq: int, patient_code: str, actor: str, now_us: int) -> bool:
    """Somebody looked at a patient: a review of no episode."""
    insert(connection, "review", [[identity_of("look", seq), "", patient_code, "looked", actor, now_us, "", seq]])
    return True
