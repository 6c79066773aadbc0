"""Reading rows: SQL in, frozen values out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np

from clinic.store.access import gone
from clinic.store.rows import (
    WITHDRAWN,
    ChosenRow,
    DetectorRow,
    DoseRow,
    EpisodeRow,
    FindingRow,
    PatientRow,
    RecordingRow,
    RejectedRow,
    RunRow,
    SpanRow,
    StreamRow,
)
from data.intervals import Interval
from data.recording import Annotation, Clock, Placement, Recording, Segment, Side, Source, Stream

Connection = duckdb.DuckDBPyConnection


def conditions(**wanted: str | None) -> tuple[str, list[str]]:
    """``WHERE`` clause and its values for the columns that are asked for."""
    named = {k.replace("__", "."): v for k, v in wanted.items() if v is not None}
    text = " AND ".join(f"{k} = ?" for k in named)
    return (f"WHERE {text}" if text else ""), list(named.values())


def patients(connection: Connection) -> list[PatientRow]:
    """All, by code; of one whose zone was changed the newest row counts."""
    rows = connection.execute(
        "SELECT id, zone, is_simulated, created_us FROM patient "
        "QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC) = 1 ORDER BY id"
    ).fetchall()
    return [PatientRow(*row) for row in rows]


def has_recording(connection: Connection, identity: str) -> bool:
    """Whether a recording is there."""
    return bool(connection.execute("SELECT count(*) FROM recording WHERE id = ?", [identity]).fetchall()[0][0])


def recording_ids(connection: Connection) -> set[str]:
    """Ids of all recordings."""
    return {row[0] for row in connection.execute("SELECT id FROM recording").fetchall()}


def _streams(connection: Connection, identity: str) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT name, placement, side, rate_hz, channels, n_samples, start_us, end_us, archive "
        "FROM stream WHERE recording = ? ORDER BY position",
        [identity],
    ).fetchall()


def recordings(connection: Connection, patient: str | None, table: str = "present_recording") -> list[RecordingRow]:
    """All, or one patient's, in order of their start; those that are nobody's stand in ``owned_recording`` alone."""
    where, values = conditions(patient=patient)
    rows = connection.execute(
        "SELECT id, patient, file, device, clock, zone, is_simulated, imported_us, assumptions "  # noqa: S608  fixed names
        f"FROM {table} {where}",
        values,
    ).fetchall()
    found = []
    for identity, owner, file, device, clock, zone, simulated, imported, assumptions in rows:
        streams = tuple(
            StreamRow(name, placement, side, rate, tuple(channels.split()), n, Interval(start, end))
            for name, placement, side, rate, channels, n, start, end, _ in _streams(connection, identity)
        )
        found.append(
            RecordingRow(
                identity, owner, file, device, clock, zone or None, simulated, imported,
                tuple(json.loads(assumptions)), streams,
            )
        )  # fmt: skip
    return sorted(found, key=lambda r: (min(s.interval.start for s in r.streams), r.id))


def recording(connection: Connection, identity: str) -> tuple[Recording, dict[str, list[Any]]]:
    """A recording whose segments hold no samples, and where the archive keeps those."""
    rows = connection.execute(
        "SELECT file, size, device, clock, zone, is_simulated, assumptions, annotations FROM present_recording "
        "WHERE id = ?",
        [identity],
    ).fetchall()
    if not rows:
        raise gone(identity)
    file, size, device, clock, zone, simulated, assumptions, annotations = rows[0]
    streams, indexes = [], {}
    for name, placement, side, rate, channels, _, start, _, index in _streams(connection, identity):
        named = tuple(channels.split())
        empty = Segment(start, rate, np.zeros((0, len(named)), dtype=np.float32))
        streams.append(Stream(name, Placement(placement), Side(side), rate, named, (empty,)))
        indexes[name] = json.loads(index)
    marks = tuple(Annotation(Interval(a, b), label, stream) for a, b, label, stream in json.loads(annotations))
    source = Source(file, size, identity)
    bare = Recording(
        tuple(streams), marks, device, Clock(clock), zone or None, source, tuple(json.loads(assumptions)), simulated
    )
    return bare, indexes


def runs(connection: Connection, recording_id: str | None) -> list[RunRow]:
    """Those for whom a recording is now, newest first."""
    where, values = conditions(run__recording=recording_id)
    rows = connection.execute(
        "SELECT run.id, run.recording, made_us, manifest FROM analysis_run AS run "  # noqa: S608  fixed names
        "JOIN present_recording AS r ON r.id = run.recording AND run.seq > r.seq "
        f"{where} ORDER BY run.seq DESC",
        values,
    ).fetchall()
    return [RunRow(identity, of, made, json.loads(manifest)) for identity, of, made, manifest in rows]


def last_runs(connection: Connection, patient: str) -> list[RunRow]:
    """Of each recording that is a patient's now, the newest made while it was theirs, also before it was away."""
    rows = connection.execute(
        "SELECT run.id, run.recording, made_us, manifest FROM analysis_run AS run "
        "JOIN present_recording AS now ON now.id = run.recording AND now.patient = ? WHERE now.patient = "
        "(SELECT arg_max(r.patient, r.seq) FROM recording AS r WHERE r.id = run.recording AND r.seq < run.seq) "
        "QUALIFY row_number() OVER (PARTITION BY run.recording ORDER BY run.seq DESC) = 1",
        [patient],
    ).fetchall()
    return [RunRow(identity, of, made, json.loads(manifest)) for identity, of, made, manifest in rows]


def run_ids(connection: Connection, recording_id: str | None) -> set[str]:
    """Ids of all runs that there ever were, of one recording or of all."""
    where, values = conditions(recording=recording_id)
    return {row[0] for row in connection.execute(f"SELECT id FROM analysis_run {where}", values).fetchall()}  # noqa: S608  fixed names


def spans(
    connection: Connection, patient: str | None, recording_id: str | None, kinds: tuple[str, ...] | None
) -> list[SpanRow]:
    """Of the present runs."""
    where, values = conditions(recording__patient=patient, span__recording=recording_id)
    rows = connection.execute(
        "SELECT span.run, span.recording, stream, phenomenon, kind, start_us, end_us, reason FROM span "  # noqa: S608  fixed names
        "JOIN present_run ON span.run = present_run.id AND span.recording = present_run.recording "
        "JOIN present_recording AS recording ON recording.id = span.recording "
        f"{where} ORDER BY start_us, stream, phenomenon",
        values,
    ).fetchall()
    return [
        SpanRow(run, of, stream, phenomenon, kind, Interval(start, end), reason)
        for run, of, stream, phenomenon, kind, start, end, reason in rows
        if kinds is None or kind in kinds
    ]


def findings(connection: Connection, patient: str | None, recording_id: str | None) -> list[FindingRow]:
    """Of the present runs."""
    where, values = conditions(recording__patient=patient, quality__recording=recording_id)
    rows = connection.execute(
        "SELECT run, quality.recording, stream, kind, severity, start_us, end_us, sentence FROM quality "  # noqa: S608  fixed names
        "JOIN present_run ON quality.run = present_run.id "
        "JOIN present_recording AS recording ON recording.id = quality.recording "
        f"{where} ORDER BY start_us, stream, kind",
        values,
    ).fetchall()
    return [
        FindingRow(run, of, stream, kind, severity, Interval(start, end), sentence)
        for run, of, stream, kind, severity, start, end, sentence in rows
    ]


def episodes(
    connection: Connection, patient: str | None, recording_id: str | None, phenomenon: str | None
) -> list[EpisodeRow]:
    """Of the present runs, with the newest verdict on each."""
    where, values = conditions(recording__patient=patient, episode__recording=recording_id, phenomenon=phenomenon)
    rows = connection.execute(
        "SELECT episode.id, run, episode.recording, recording.patient, stream, phenomenon, placement, start_us, "  # noqa: S608  fixed names
        "end_us, peak, mean, certainty, detector, coalesce(verdict, ''), coalesce(reviewer, '') FROM episode "
        "JOIN present_run ON episode.run = present_run.id "
        "JOIN present_recording AS recording ON recording.id = episode.recording "
        f"LEFT JOIN present_review ON present_review.episode = episode.id {where} ORDER BY start_us, stream",
        values,
    ).fetchall()
    return [
        EpisodeRow(i, run, of, owner, stream, what, placement, Interval(start, end), *rest)
        for i, run, of, owner, stream, what, placement, start, end, *rest in rows
    ]


def called_wrong(connection: Connection, patient: str | None, phenomenon: str, reviewer: str) -> list[RejectedRow]:
    """Of every run, also those that others replaced; who says something of the same time later has changed their mind.

    That holds for flags of two runs which overlap, as for two words on one.
    """
    where, values = conditions(recording__patient=patient, phenomenon=phenomenon, reviewer=reviewer)
    rows = connection.execute(
        "WITH said AS (SELECT episode.recording, stream, start_us, end_us, verdict, review.made_us, review.seq "  # noqa: S608  fixed names
        "FROM episode JOIN present_recording AS recording ON recording.id = episode.recording "
        f"JOIN present_review AS review ON review.episode = episode.id AND verdict <> '' {where}) "
        "SELECT recording, stream, start_us, end_us, made_us FROM said WHERE verdict = 'wrong' AND NOT EXISTS ("
        "SELECT 1 FROM said AS later WHERE later.recording = said.recording AND later.stream = said.stream "
        "AND later.seq > said.seq AND later.start_us < said.end_us AND later.end_us > said.start_us) "
        "ORDER BY start_us, stream",
        values,
    ).fetchall()
    return [RejectedRow(of, stream, Interval(start, end), made) for of, stream, start, end, made in rows]


def doses(connection: Connection, patient: str) -> list[DoseRow]:
    """In order of time; one that was replaced or withdrawn is left out."""
    rows = connection.execute(
        "SELECT id, patient, taken_us, what, source FROM medication WHERE patient = ? "
        "AND id NOT IN (SELECT replaces FROM medication) AND source <> ? ORDER BY taken_us",
        [patient, WITHDRAWN],
    ).fetchall()
    return [DoseRow(*row) for row in rows]


def last_look(connection: Connection, patient: str) -> int | None:
    """When somebody last looked at or judged something of a patient."""
    newest = connection.execute("SELECT max(made_us) FROM review WHERE patient = ?", [patient]).fetchall()[0][0]
    return None if newest is None else int(newest)


def detectors(connection: duckdb.DuckDBPyConnection) -> list[DetectorRow]:
    """Those that somebody took over, oldest first."""
    rows = connection.execute("SELECT id, name, phenomenon, parent, accepted_us FROM detector ORDER BY seq").fetchall()
    return [DetectorRow(*row) for row in rows]


def cohort_detectors(connection: Connection) -> list[tuple[str, str]]:
    """Name and version of each detector that was ever for every patient, oldest first."""
    rows = connection.execute("SELECT name, version FROM cohort_detector ORDER BY seq").fetchall()
    return [(str(name), str(version)) for name, version in rows]


def chosen_detectors(connection: Connection, patient: str) -> dict[str, ChosenRow]:
    """By name, what was decided on for a patient, unless another was accepted on a recording of theirs since."""
    theirs = _owned_by(connection, patient)
    events = connection.execute(
        "SELECT seq, act, object, details, actor, at_us FROM audit_event "
        "WHERE act IN ('change detector', 'keep detector', 'follow every patient', 'accept detector') ORDER BY seq"
    ).fetchall()
    chosen: dict[str, ChosenRow] = {}
    for seq, act, object_, text, actor, at_us in events:
        details = json.loads(text)
        if act == "accept detector" and theirs(details["recording"], seq):
            chosen.pop(details["name"], None)
            if "chosen" in details:  # it was accepted once before, or they go on to follow every patient
                chosen[details["name"]] = ChosenRow(details["name"], details["chosen"], actor, at_us)
        elif act != "accept detector" and any(theirs(r, seq) for r in details["recordings"]):
            version = None if act == "follow every patient" else details["after"]
            chosen[object_] = ChosenRow(object_, version, actor, at_us)
    return chosen


def former_owner(connection: Connection, recording_id: str) -> str:
    """Whose a recording was last, now or before it was withdrawn; empty for one that is not here."""
    found = connection.execute(
        "SELECT patient FROM recording WHERE id = ? AND patient <> '' ORDER BY seq DESC LIMIT 1", [recording_id]
    ).fetchall()
    return str(found[0][0]) if found else ""


def _owned_by(connection: Connection, patient: str) -> Callable[[str, int], bool]:
    """Tells whether a recording was the patient's when the event of a number happened."""
    owners: dict[str, list[tuple[int, str]]] = {}
    for identity, owner, seq in connection.execute("SELECT id, patient, seq FROM recording ORDER BY seq").fetchall():
        owners.setdefault(identity, []).append((seq, owner))

    def theirs(recording_id: str, at: int) -> bool:
        return [owner for seq, owner in owners.get(recording_id, ()) if seq <= at][-1:] == [patient]

    return theirs


def recordings_by_file(connection: Connection) -> dict[str, list[str]]:
    """The ids of the recordings that a file's name has, which may be several."""
    found: dict[str, list[str]] = {}
    for identity, file in connection.execute("SELECT id, file FROM owned_recording ORDER BY seq").fetchall():
        found.setdefault(str(file), []).append(str(identity))
    return found
