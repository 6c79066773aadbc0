"""Whose a recording is: one that was imported for the wrong patient is given to another, or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb

from clinic.store import read_rows, write_rows
from clinic.store.access import StoreError, reading
from clinic.store.change import change
from clinic.store.people import People
from clinic.store.rows import RecordingRow
from data.wall_clock import are_alike, zones_taken


@dataclass(frozen=True, slots=True)
class Owners(People):
    """The part of the store that is about whose a recording is; used as :class:`clinic.store.Store`."""

    def reassign(self, recording: str, patient: str, *, actor: str, now_us: int) -> bool:
        """Make a stored recording another patient's; of an empty code nobody's, so that it counts nowhere.

        Nothing of it is altered or lost, and labels and verdicts go with it; but it has no present analysis until it
        is analysed for its new owner, whose detectors may be others. An audit of the former owner's flags, and what
        was decided on their detectors, stay theirs.

        Returns
        -------
        Whether anything was changed: it may be that patient's already.

        Raises
        ------
        StoreError
            If there is no such recording or patient, one of the two is simulated, or the recording's times are those
            of a wall clock of another zone than the patient's; nothing is changed then.
        """
        details: dict[str, Any] = {"to": patient}  # Any: JSON

        def rows(connection: duckdb.DuckDBPyConnection, seq: int) -> bool:
            found = read_rows.recordings(connection, None, "owned_recording")
            row = next((r for r in found if r.id == recording), None)
            if row is None:
                raise StoreError(f"There is no recording {recording[:12]} in {self.home.root}: import it first.")
            if row.patient == patient:
                return False
            if patient:
                self._check_fits(connection, row, patient)
            details.update({"from": row.patient, "file": row.file})
            write_rows.owner(connection, seq, recording, patient)
            return True

        act = "reassign recording" if patient else "withdraw recording"
        return change(self.home, act, recording, details, actor=actor, now_us=now_us, rows=rows)

    def withdrawn(self) -> list[RecordingRow]:
        """The recordings that are nobody's, in order of their start."""
        with reading(self.home) as connection:
            return read_rows.recordings(connection, "", "owned_recording")

    def former_owner(self, recording: str) -> str:
        """Whose a recording was last, now or before it was withdrawn; empty for one that is not here."""
        with reading(self.home) as connection:
            return read_rows.former_owner(connection, recording)

    def _check_fits(self, connection: duckdb.DuckDBPyConnection, row: RecordingRow, patient: str) -> None:
        new = next((p for p in read_rows.patients(connection) if p.code == patient), None)
        if new is None:
            raise StoreError(f"There is no patient {patient!r} in {self.home.root}: add the patient first.")
        if new.is_simulated != row.is_simulated:
            which = "the recording is simulated" if row.is_simulated else f"{patient} is simulated"
            raise StoreError(f"{row.file} cannot be {patient}'s: {which}; name another patient.")
        for zone in zones_taken(row.assumptions):
            if not all(are_alike(zone, new.zone, s.interval) for s in row.streams):
                raise StoreError(
                    f"{row.file} cannot be {patient}'s: its wall clock was taken as of {zone}, and {patient} is of "
                    f"{new.zone}; give it to a patient of {zone}."
                )


def check_owner(connection: duckdb.DuckDBPyConnection, recording: str, patient: str | None) -> bool:
    """See that a recording is still the patient's by whose detectors it was analysed; True, for it is.

    Raises
    ------
    StoreError
        If somebody gave it away or withdrew it meanwhile.
    """
    row = next(r for r in read_rows.recordings(connection, None, "owned_recording") if r.id == recording)
    if patient is not None and row.patient != patient:
        now = f"given to {row.patient}" if row.patient else "withdrawn"
        raise StoreError(
            f"{row.file} was {now} while it was analysed for {patient}, so that analysis was not stored: see on the "
            "page Patients, Recordings, whose it is."
        )
    return True
